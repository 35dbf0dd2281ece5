"""Watch the catalogue: whoever shows what can be used of it is told when that has changed, by whichever replica."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from gateway.core.errors import StoreUnavailable
from gateway.core.sharing.catalogue import ResourceChoice, ResourceStore
from gateway.core.sharing.resources import Resource

RETRY_SECONDS: Final = 1.0
PAUSE_SECONDS: Final = 0.5
"""Between two readings: a catalogue that is imported is announced in many parts."""

_AT_ONCE: Final = 200
_SERVED: Final = ResourceChoice(served=True)

_log = structlog.get_logger("sharing")

Told = Callable[[Sequence[Resource], int], Awaitable[None]]
"""Is given the resources that can be used, by code, and how many there are beyond those that were read."""

Pause = Callable[[float], Awaitable[None]]
"""Waits so many seconds."""


class WatchCatalogue:
    """Reads resources that are served and shared, again whenever any is put.

    Args:
        resources: has them.
        tell: is told of them, first by ``load``; it raises nothing.
        most: how many are read.
        pause: how it waits.
    """

    def __init__(self, resources: ResourceStore, tell: Told, most: int, pause: Pause = asyncio.sleep) -> None:
        self._resources = resources
        self._tell = tell
        self._most = most
        self._pause = pause
        self._changed = asyncio.Event()
        self._known: tuple[list[Resource], int] = ([], 0)

    async def load(self) -> None:
        """Read what can be used now, and tell of it if it is not what was told before; raises StoreUnavailable."""
        found: list[Resource] = []
        while len(found) < self._most:
            last = found[-1].code if found else None
            most = min(_AT_ONCE, self._most - len(found))
            page = await self._resources.page(_SERVED, last, most)
            found.extend(page)
            if len(page) < most:
                break
        beyond = 0
        if len(found) == self._most:
            beyond = max(0, await self._resources.count(_SERVED) - self._most)
        if (found, beyond) != self._known:
            self._known = (found, beyond)
            await self._tell(found, beyond)

    async def follow(self) -> None:
        """Hear of what any replica puts, until it is cancelled; a store that is away is asked again."""
        while True:
            try:
                async with self._resources.changes() as changes:
                    self._changed.set()  # for what was put while nobody listened
                    async for _ in changes:
                        self._changed.set()
            except StoreUnavailable as error:
                _log.warning("sharing.catalogue.unread", reason=str(error))
            await self._pause(RETRY_SECONDS)

    async def keep_reading(self) -> None:
        """Read anew what has changed, until it is cancelled; changes that come meanwhile are read together."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self.load()
            except StoreUnavailable as error:
                _log.warning("sharing.catalogue.unread", reason=str(error))
                self._changed.set()
            await self._pause(PAUSE_SECONDS)
