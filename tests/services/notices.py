"""A notice store in memory, which passes the suite of the real one."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from gateway.core.errors import StoreUnavailable
from gateway.core.records import Also
from gateway.core.system_notice import SystemNotices


class MemoryNotices:
    """A SystemNoticeStore.

    Attributes:
        away: while set, nothing can be read or followed.
    """

    def __init__(self) -> None:
        self._notices: dict[str, SystemNotices] = {}
        self._followers: list[asyncio.Queue[SystemNotices | None]] = []
        self.away = False

    async def all(self) -> Sequence[SystemNotices]:
        self._reach()
        return [self._notices[system] for system in sorted(self._notices)]

    async def find(self, system: str) -> SystemNotices:
        self._reach()
        return self._notices.get(system) or SystemNotices(system)

    async def put(self, notices: SystemNotices, also: Also | None = None) -> bool:
        if (await self.find(notices.system)).version != notices.version - 1:
            return False
        self._notices[notices.system] = notices
        if also is not None:
            await also(object())
        for follower in self._followers:
            follower.put_nowait(notices)
        return True

    @asynccontextmanager
    async def changes(self) -> AsyncIterator[AsyncIterator[SystemNotices]]:
        self._reach()
        told: asyncio.Queue[SystemNotices | None] = asyncio.Queue()
        self._followers.append(told)

        async def changes() -> AsyncIterator[SystemNotices]:
            while (notices := await told.get()) is not None:
                yield notices
            raise StoreUnavailable("gone")

        try:
            yield changes()
        finally:
            self._followers.remove(told)

    def break_off(self) -> None:
        """Whoever follows loses the store."""
        for follower in self._followers:
            follower.put_nowait(None)

    def _reach(self) -> None:
        if self.away:
            raise StoreUnavailable("away")
