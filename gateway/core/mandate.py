"""Mandates (委托): a holder lets another person use his licences, for named items, until an end."""

from datetime import datetime

import msgspec

from gateway.core.licence import Holder


class Mandate(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded mandate.

    Attributes:
        principal: whose licences may be used; ``agent`` is who may use them.
        items: item codes for which it was given; ``types`` licence types, None for whatever the item may use.
        expires_at: the end; ``revoked_at`` an earlier one, set by the principal.
    """

    id: str
    principal: Holder
    agent: Holder
    items: frozenset[str]
    types: frozenset[str] | None
    recorded_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def is_open(self, at: datetime) -> bool:
        """Whether it still holds at that moment."""
        return at < self.expires_at and (self.revoked_at is None or at < self.revoked_at)

    def __repr__(self) -> str:
        """Id only: a mandate names two persons."""
        return f"Mandate(id={self.id!r})"
