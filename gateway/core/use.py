"""Purpose: a use is declared and checked once, and every sensitive field is asked under it."""

from datetime import datetime
from enum import StrEnum

import msgspec


class UseBasis(StrEnum):
    """The four bases for using a licence, kept apart in every record and rule."""

    HOLDER = "HOLDER"
    ENTRUSTED = "ENTRUSTED"
    STATUTORY = "STATUTORY"
    PRESENTED = "PRESENTED"


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """An open purpose, bound to one application and one person until ``expires_at``.

    Attributes:
        case: the case number for a statutory use; ``application`` a pre-application number instead.
        owner_application: code of the application that opened it.
        owner_subject: subject of the person that opened it.
    """

    id: str
    item: str
    basis: UseBasis
    expires_at: datetime
    owner_application: str
    owner_subject: str
    case: str | None = None
    application: str | None = None
    note: str | None = None
