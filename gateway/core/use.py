"""Purpose: a use is declared and checked once, and every sensitive field is asked under it."""

import re
from datetime import datetime
from enum import StrEnum

import msgspec

from gateway.core.licence import Holder, LicenceKey

_ITEM = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{5,39}")


def is_item_code(text: str) -> bool:
    """Whether it has the form of a service item's code: 6 to 40 letters, digits or hyphens."""
    return _ITEM.fullmatch(text) is not None


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
        mandate: id of the mandate of an entrusted use.
        owner_application: code of the application that opened it.
        owner_subject: subject of the person that opened it.
        proven_at: when its case was last found open.
        reaches: the only holder that it reaches; None for whoever the case needs.
        types: the only licence types; None for whatever the item may use. ``licence`` is the only licence.
    """

    id: str
    item: str
    basis: UseBasis
    expires_at: datetime
    owner_application: str
    owner_subject: str
    case: str | None = None
    application: str | None = None
    mandate: str | None = None
    note: str | None = None
    proven_at: datetime | None = None
    reaches: Holder | None = None
    types: frozenset[str] | None = None
    licence: LicenceKey | None = None

    @property
    def is_provable(self) -> bool:
        """Whether something proves it beside its time: a case, or a mandate, can be asked for again."""
        return self.basis is UseBasis.STATUTORY or self.mandate is not None

    def __repr__(self) -> str:
        """Basis only: a use's id is its key, and it names persons and cases."""
        return f"Use(basis={self.basis.value})"
