"""Open uses in memory: bounded, gone with the process (docs/adr says why, and until when)."""

from cachetools import TTLCache

from gateway.core.clock import Clock
from gateway.core.use import Use

_MOST_USES = 200_000


class MemoryUses:
    """A UseStore for one process; the oldest uses make room when it is full."""

    def __init__(self, clock: Clock, lifetime_seconds: float) -> None:
        self._uses: TTLCache[str, Use] = TTLCache(_MOST_USES, lifetime_seconds, timer=clock.monotonic)

    async def add(self, use: Use) -> None:
        """Keep a new use until its time is over."""
        self._uses[use.id] = use

    async def find(self, use_id: str) -> Use | None:
        """The use of this id, or None."""
        return self._uses.get(use_id)
