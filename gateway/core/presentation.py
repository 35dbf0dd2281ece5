"""Presented licences (亮证): a holder shows a code that lives for minutes, a checker reads that one licence with it."""

from datetime import datetime

import msgspec

from gateway.core.licence import Holder, LicenceKey

Reader = tuple[str, str]
"""Who reads a code: the application's code and the person's subject. The first one is the only one."""


class Presentation(msgspec.Struct, frozen=True, kw_only=True):
    """A licence that its holder is showing. ``item`` is the purpose that the holder agreed to."""

    code: str
    item: str
    holder: Holder
    licence: LicenceKey
    expires_at: datetime

    def __repr__(self) -> str:
        """Nothing: the code is a secret, the holder a person."""
        return "Presentation(...)"
