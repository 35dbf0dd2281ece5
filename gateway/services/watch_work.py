"""Watch the work that is not done: how much there is and since when, as the last look found it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import msgspec

from gateway.core.errors import StoreUnavailable
from gateway.core.seals.sealing import SealingState
from gateway.core.seals.sealings import SealingStanding, SealingStore
from gateway.core.sharing.forwarding import ForwardingState
from gateway.core.sharing.forwardings import ForwardingStanding, ForwardingStore
from gateway.core.tasks import TaskCounts, TaskStore

PERIOD: Final = 15.0
"""Seconds between two looks: whoever reads metrics often does not ask the database often."""


class WorkSeen(msgspec.Struct, frozen=True):
    """Sealings and requests at exchanges by the state that they are in, tasks by kind; only what has not ended."""

    sealings: Mapping[SealingState, SealingStanding]
    tasks: Mapping[str, TaskCounts]
    forwardings: Mapping[ForwardingState, ForwardingStanding] = {}


class WatchWork:
    """Looks now and then."""

    def __init__(self, sealings: SealingStore, tasks: TaskStore, forwardings: ForwardingStore) -> None:
        self._sealings = sealings
        self._tasks = tasks
        self._forwardings = forwardings
        self._seen: WorkSeen | None = None

    def seen(self) -> WorkSeen | None:
        """What the last look found; None before the first one, and while the database cannot be reached."""
        return self._seen

    async def look(self) -> None:
        """Count once."""
        try:
            forwardings = await self._forwardings.states()
            self._seen = WorkSeen(await self._sealings.states(), await self._tasks.counts(), forwardings)
        except StoreUnavailable:
            self._seen = None

    async def keep_looking(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await sleep(PERIOD)
