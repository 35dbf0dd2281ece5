"""The notice board: every replica's copy of the notices, kept up with the store and with the time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from gateway.core.clock import Clock
from gateway.core.errors import StoreUnavailable
from gateway.core.system_notice import SystemNotice, SystemNotices, SystemNoticeStore

RETRY_SECONDS: Final = 1.0
LONGEST_SECONDS: Final = 60.0
"""How long it sleeps at most, should the wall clock be set meanwhile."""

_log = structlog.get_logger("systems")
Wait = Callable[[float, asyncio.Event], Awaitable[None]]
"""Waits so many seconds, or until the event is set."""


async def wait(seconds: float, woken: asyncio.Event) -> None:
    """The Wait of a running gateway."""
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        pass


class LiveNotices:
    """A NoticeBoard over a store; ``load`` it before the first call is made.

    Args:
        store: has the notices of all replicas.
        clock: says which of them hold.
        pause: how it waits.
    """

    def __init__(self, store: SystemNoticeStore, clock: Clock, pause: Wait = wait) -> None:
        self._store = store
        self._clock = clock
        self._pause = pause
        self._notices: dict[str, SystemNotices] = {}
        self._held: dict[str, SystemNotice | None] = {}
        self._changed = asyncio.Event()
        self._never = asyncio.Event()
        self.on_change: Callable[[str], None] = lambda _: None

    def of(self, system: str) -> SystemNotices:
        """All notices of a system."""
        return self._notices.get(system) or SystemNotices(system)

    def current(self, system: str) -> SystemNotice | None:
        """The notice because of which the system is not asked at this moment."""
        notices = self._notices.get(system)
        return None if notices is None else notices.current(self._clock.now())

    def take(self, notices: SystemNotices) -> None:
        """A version that was put in the store; older ones than are known change nothing."""
        known = self._notices.get(notices.system)
        if known is not None and known.version >= notices.version:
            return
        self._notices[notices.system] = notices
        self._changed.set()
        self._tell()

    async def load(self) -> None:
        """Read all notices; raises StoreUnavailable."""
        for notices in await self._store.all():
            self.take(notices)

    async def follow(self) -> None:
        """Take what any replica puts, until it is cancelled; a store that is away is asked again."""
        while True:
            try:
                async with self._store.changes() as changes:
                    await self.load()  # what was put while nobody listened
                    async for notices in changes:
                        self.take(notices)
            except StoreUnavailable as error:
                _log.warning("system.notices.unread", reason=str(error))
            await self._pause(RETRY_SECONDS, self._never)

    async def keep_time(self) -> None:
        """Tell of notices that begin or end, until it is cancelled."""
        while True:
            self._changed.clear()
            self._tell()
            now = self._clock.now()
            moments = [notices.next_change(now) for notices in self._notices.values()]
            seconds = [(moment - now).total_seconds() for moment in moments if moment is not None]
            await self._pause(min([*seconds, LONGEST_SECONDS]), self._changed)

    def _tell(self) -> None:
        """Tell of the systems whose current notice is another one than when it was told last."""
        for system in self._notices:
            current = self.current(system)
            if self._held.get(system) != current:
                self._held[system] = current
                self.on_change(system)
