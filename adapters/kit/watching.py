"""News of health for whoever watches: bounded, since of each system only the newest state waits to be read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from gateway.core.health import HealthChange


class HealthNews:
    """A HealthWatch that is told of changes."""

    def __init__(self) -> None:
        self._watchers: set[_Waiting] = set()

    def tell(self, change: HealthChange) -> None:
        """Hand a change to all who watch at this moment; waits for nobody."""
        for watcher in self._watchers:
            watcher.add(change)

    @asynccontextmanager
    async def watch(self) -> AsyncIterator[AsyncIterator[HealthChange]]:
        """Changes as they happen, until the block ends; of each system only the newest waits."""
        waiting = _Waiting()
        self._watchers.add(waiting)
        try:
            yield waiting
        finally:
            self._watchers.discard(waiting)


class _Waiting:
    """The changes that one watcher has not read yet, by system, the oldest first."""

    def __init__(self) -> None:
        self._changes: dict[str, HealthChange] = {}
        self._some = asyncio.Event()

    def add(self, change: HealthChange) -> None:
        unread = self._changes.pop(change.code, None)
        if unread is not None:
            change = msgspec.structs.replace(change, before=unread.before)
        if change.before is not change.after:  # else it is back where it was when it was last told of
            self._changes[change.code] = change
        if self._changes:
            self._some.set()
        else:
            self._some.clear()

    def __aiter__(self) -> AsyncIterator[HealthChange]:
        return self

    async def __anext__(self) -> HealthChange:
        await self._some.wait()
        code = next(iter(self._changes))
        change = self._changes.pop(code)
        if not self._changes:
            self._some.clear()
        return change
