"""Seals whose validity ends soon, for those who look after what ends."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from gateway.core.clock import Clock
from gateway.core.errors import StoreUnavailable
from gateway.core.expiry import Expiry, ExpiryKind
from gateway.core.seals.register import SealRegister

NEAR: Final = timedelta(days=60)
"""Before and after the end: a seal that ended long ago is nobody's concern any more."""

MOST: Final = 200


class SealExpiries:
    """An ExpirySource over the register, by the seals' ids."""

    def __init__(self, register: SealRegister, clock: Clock) -> None:
        self._register = register
        self._clock = clock

    async def __call__(self) -> Sequence[Expiry]:
        """Seals that end soon or ended lately and are not revoked; none while the register cannot be read."""
        now = self._clock.now()
        try:
            ending = await self._register.ending(now - NEAR, now + NEAR, MOST)
        except StoreUnavailable:
            return []
        return [Expiry(kind=ExpiryKind.SEAL, name=seal_id, expires_at=ends_at) for seal_id, ends_at in ending]
