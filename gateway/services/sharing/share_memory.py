"""Grants and resources as they were a moment ago, so that many uses read them once.

Nothing leaves because of it: what is spent is spent by the versions that the use was decided by, and the transaction
that spends finds a grant that was changed or revoked meanwhile.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, Generic, TypeVar

from gateway.core.clock import Clock
from gateway.core.sharing.catalogue import ResourceStore
from gateway.core.sharing.grants import Grant
from gateway.core.sharing.records import GrantStore
from gateway.core.sharing.resources import Resource

SECONDS: Final = 1.0
"""How long what was read is good for."""

MOST: Final = 5_000
"""Grants, and resources, that are remembered."""

T = TypeVar("T")


class ShareMemory:
    """Reads grants and resources, and remembers them for SECONDS."""

    def __init__(self, grants: GrantStore, resources: ResourceStore, clock: Clock) -> None:
        self._grants = grants
        self._resources = resources
        self._lineages: _Recent[Sequence[Grant]] = _Recent(clock)
        self._found: _Recent[Resource] = _Recent(clock)

    async def lineage(self, grant_id: str) -> Sequence[Grant]:
        """As GrantStore.lineage."""
        known = self._lineages.get(grant_id)
        if known is None:
            known = await self._grants.lineage(grant_id)
            if known:
                self._lineages.put(grant_id, known)
        return known

    async def resource(self, code: str) -> Resource | None:
        """As ResourceStore.find."""
        known = self._found.get(code)
        if known is None:
            known = await self._resources.find(code)
            if known is not None:
                self._found.put(code, known)
        return known

    def forget(self, grant_id: str) -> None:
        """Read this grant again the next time."""
        self._lineages.drop(grant_id)

    def forget_resource(self, code: str) -> None:
        """Read this resource again the next time."""
        self._found.drop(code)


class _Recent(Generic[T]):
    """What was put in the last SECONDS, the oldest forgotten first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, T]] = OrderedDict()

    def get(self, key: str) -> T | None:
        found = self._kept.get(key)
        return found[1] if found is not None and self._clock.monotonic() - found[0] < SECONDS else None

    def put(self, key: str, value: T) -> None:
        self._kept.pop(key, None)
        self._kept[key] = (self._clock.monotonic(), value)
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)

    def drop(self, key: str) -> None:
        self._kept.pop(key, None)
