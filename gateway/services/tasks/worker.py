"""The worker: claims tasks, hands them to their handlers, keeps the leases alive, and stops without losing any."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from random import SystemRandom
from typing import Final

import msgspec
import structlog

from gateway.core.clock import Clock
from gateway.core.defects import trace
from gateway.core.errors import StoreUnavailable
from gateway.core.tasks import Claim
from gateway.services.notice_board import Wait, wait
from gateway.services.tasks.hand import Hand, Outage
from gateway.services.tasks.handler import Post
from gateway.services.tasks.leases import Leases

_BEATS: Final = 3
_LOOKS: Final = 12
"""Leases are extended three times while one lasts; whether they are lost is looked at twelve times."""
_CHANCE: Final = SystemRandom().random

_log = structlog.get_logger("tasks")


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of a worker.

    Attributes:
        lease: for so long tasks are leased at a time: what a task waits when its worker dies.
        look: how often it looks for tasks of which nobody told it: later attempts, leases that ended.
        stop: for so long it lets handlers go on when it stops.
    """

    lease: float = 60.0
    look: float = 1.0
    stop: float = 20.0


class Worker:
    """Works until it is told to stop.

    Args:
        leases: the tasks.
        posts: a handler for each kind.
        clock: measures leases.
        pace: how long and how often.
        pause: how it waits.
        chance: spreads what is tried again.
    """

    def __init__(
        self,
        leases: Leases,
        posts: Sequence[Post],
        clock: Clock,
        pace: Pace | None = None,
        pause: Wait = wait,
        chance: Callable[[], float] = _CHANCE,
    ) -> None:
        self._leases = leases
        self._posts = posts
        self._clock = clock
        self._pace = pace or Pace()
        self._pause = pause
        self._chance = chance
        self._hands: dict[asyncio.Task[None], Hand] = {}
        self._news: list[asyncio.Event] = []
        self._outage = Outage()
        self._stopping = False
        self._idle = asyncio.Event()
        self._never = asyncio.Event()

    @property
    def in_hand(self) -> int:
        """Groups that are being worked on."""
        return len(self._hands)

    def stop(self) -> None:
        """Claim no more; ``run`` ends when what is in hand is done or handed back."""
        self._stopping = True
        for news in self._news:
            news.set()

    async def run(self) -> None:
        """Work until it is told to stop. If it is cancelled instead, what is in hand waits until its lease is over."""
        beating = asyncio.create_task(self._keep_alive())
        serving = [asyncio.create_task(self._serve(post)) for post in self._posts]
        try:
            await asyncio.gather(*serving)
            await self._finish()
        finally:
            tasks = [beating, *serving, *self._hands]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, post: Post) -> None:
        """Claim while there are tasks and free hands; then wait for news of either."""
        mine: set[asyncio.Task[None]] = set()
        with self._leases.arrivals(post.handler.kind) as news:
            self._news.append(news)
            while not self._stopping:
                news.clear()
                claims = await self._claim(post) if len(mine) < post.hands else ()
                if claims:
                    task = self._begin(post, claims)
                    mine.add(task)
                    task.add_done_callback(mine.discard)
                    task.add_done_callback(lambda _: news.set())
                if len(claims) < post.handler.most and not self._stopping:
                    await self._pause(self._pace.look, news)

    async def _claim(self, post: Post) -> Sequence[Claim]:
        now = self._clock.now()
        until = now + timedelta(seconds=self._pace.lease)
        try:
            claims = await self._leases.claim(post.handler.kind, now, until, post.handler.most)
        except StoreUnavailable as error:
            self._outage.begun(error)
            return ()
        except Exception as error:  # noqa: BLE001 - it looks again after a moment
            _log.error("task.defect", kind=post.handler.kind, trace=trace(error))
            return ()
        self._outage.ended()
        return claims

    def _begin(self, post: Post, claims: Sequence[Claim]) -> "asyncio.Task[None]":
        hand = Hand(post, claims, self._leases, self._clock, self._outage, self._rest, self._chance)
        task = asyncio.create_task(hand.run())
        self._hands[task] = hand
        task.add_done_callback(self._end)
        return task

    def _end(self, task: "asyncio.Task[None]") -> None:
        del self._hands[task]
        if not self._hands:
            self._idle.set()

    async def _rest(self) -> None:
        await self._pause(self._pace.look, self._never)

    async def _keep_alive(self) -> None:
        """Extend leases a third of one after the last time; stop handlers who have lost theirs, or who hang."""
        due = self._clock.monotonic() + self._pace.lease / _BEATS
        while True:
            await self._pause(self._pace.lease / _LOOKS, self._never)
            if self._clock.monotonic() >= due and await self._extended():
                due = self._clock.monotonic() + self._pace.lease / _BEATS
            for hand in list(self._hands.values()):
                hand.look()

    async def _extended(self) -> bool:
        claims = [claim for hand in self._hands.values() for claim in hand.held()]
        try:
            if claims:
                await self._leases.extend(claims, self._clock.now() + timedelta(seconds=self._pace.lease))
        except StoreUnavailable as error:
            self._outage.begun(error)
            return False
        except Exception as error:  # noqa: BLE001 - it tries again at the next look, and until then leases hold or end
            _log.error("task.defect", trace=trace(error))
            return False
        return True

    async def _finish(self) -> None:
        """Let handlers end for a while, then have what they have left handed back."""
        self._idle.clear()
        if self._hands:
            await self._pause(self._pace.stop, self._idle)
        for hand in list(self._hands.values()):
            hand.stop()
        await asyncio.gather(*self._hands)


@asynccontextmanager
async def working(worker: Worker) -> AsyncIterator[None]:
    """The worker works until the block ends, and is then stopped."""
    task = asyncio.create_task(worker.run(), name="tasks")
    try:
        yield
    finally:
        worker.stop()
        await task
