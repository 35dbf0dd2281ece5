"""What a worker is tried with: a store in memory, handlers that do as they are told, and virtual time."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

from gateway.core.clock import Clock
from gateway.core.errors import StoreUnavailable
from gateway.core.tasks import Claim
from gateway.services.tasks.handler import Post
from gateway.services.tasks.leases import Leases
from gateway.services.tasks.worker import Pace, Worker
from tests.kit.virtual_time import in_virtual_time
from tests.tasks.making import KIND, finish, subjects
from tests.tasks.memory import MemoryTasks

T = TypeVar("T")
Work = Callable[[Sequence[Claim]], Awaitable[None]]
AWAY = StoreUnavailable("away")


class Scripted:
    """A Handler that does what the test says, and remembers which groups it was given and when."""

    def __init__(self, shop: "Shop", most: int, kind: str, script: Work | None) -> None:
        self.kind = kind
        self.most = most
        self._shop = shop
        self._script = script or self._finish
        self.groups: list[tuple[float, list[str]]] = []
        self.at_once = 0
        self.most_at_once = 0

    async def work(self, claims: Sequence[Claim]) -> None:
        self.groups.append((self._shop.clock.monotonic(), subjects(claims)))
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            await self._script(claims)
        finally:
            self.at_once -= 1

    async def _finish(self, claims: Sequence[Claim]) -> None:
        await finish(self._shop.leases, *claims)


class Shop:
    """A store in memory, and the leases and workers of one process."""

    def __init__(self, clock: Clock, store: MemoryTasks | None = None) -> None:
        self.clock = clock
        self.store = store or MemoryTasks(clock)
        self.leases = Leases(self.store, clock)

    def handler(self, script: Work | None = None, *, most: int = 10, kind: str = KIND) -> Scripted:
        return Scripted(self, most, kind, script)

    def worker(self, *handlers: Scripted, hands: int = 2, longest: float = 900.0, pace: Pace | None = None) -> Worker:
        posts = [Post(handler=one, hands=hands, longest=longest) for one in handlers]
        return Worker(self.leases, posts, self.clock, pace, pause, lambda: 1.0)

    async def done(self, count: int) -> None:
        """Wait until so many tasks are done."""
        while sum(row.state == "DONE" for row in self.store.rows.values()) < count:  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(0.01)


async def pause(seconds: float, woken: asyncio.Event) -> None:
    """Waits as the worker's own does, without an error that is thrown into coroutines: coverage would lose them."""
    waiting = asyncio.create_task(woken.wait())
    try:
        await asyncio.wait({waiting}, timeout=seconds)
    finally:
        waiting.cancel()


def shop_test(test: Callable[[Shop], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """A test in virtual time."""

    def run() -> None:
        in_virtual_time(lambda clock: test(Shop(clock)))

    run.__name__ = test.__name__
    return run


def events(logs: Sequence[Any], *names: str) -> list[Any]:
    return [line for line in logs if line["event"] in names]
