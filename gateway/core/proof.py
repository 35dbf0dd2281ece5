"""What proving a basis gave: whom the use reaches, and what narrows it."""

from datetime import datetime

import msgspec

from gateway.core.licence import Holder, LicenceKey


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """A basis that was proven.

    Attributes:
        item: the item that it was proven for.
        holder: the only holder that the use reaches; None if the basis reaches whoever the case needs.
        types: the only licence types; None for whatever the item may use.
        licence: the only licence.
        until: an end that comes before the use's own, such as that of a mandate.
        case: the open case that was found.
    """

    item: str
    holder: Holder | None = None
    types: frozenset[str] | None = None
    licence: LicenceKey | None = None
    until: datetime | None = None
    case: str | None = None

    def __repr__(self) -> str:
        """Item only: a proof names persons."""
        return f"Proof(item={self.item!r})"
