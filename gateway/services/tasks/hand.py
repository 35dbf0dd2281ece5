"""A group of tasks in hand: a handler works on them, and what he leaves undone is due again."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Final

import structlog

from gateway.core.clock import Clock
from gateway.core.defects import trace
from gateway.core.errors import StoreUnavailable
from gateway.core.tasks import Claim, LeaseLost, Step
from gateway.services.tasks.handler import Post
from gateway.services.tasks.leases import Leases

FIRST_DELAY: Final = 1.0
LONGEST_DELAY: Final = 300.0
ALONE_AFTER: Final = 2
"""Leases in a row that ended by themselves: the task may be what kills its workers, and is not to take others along."""
_MOST_DOUBLINGS: Final = 10

_log = structlog.get_logger("tasks")


class Cut(StrEnum):
    """Why a handler is stopped in the middle."""

    LOST = "LOST"
    OVERLONG = "OVERLONG"


class Outage:
    """Tells once that the store is away, and once that it is back."""

    def __init__(self) -> None:
        self._is_away = False

    def begun(self, error: StoreUnavailable) -> None:
        """The store did not answer."""
        if not self._is_away:
            _log.warning("task.store_unavailable", reason=str(error))
        self._is_away = True

    def ended(self) -> None:
        """It did."""
        if self._is_away:
            _log.info("task.store_back")
        self._is_away = False


class Hand:
    """One group in the hands of its handler.

    Args:
        post: who does it.
        claims: the group.
        leases: through which it was claimed.
        clock: tells what is due again when.
        outage: is told of the store.
        rest: waits a moment before the store is asked again.
        chance: a number from 0 to 1, so that what broke together is not tried again together.
    """

    def __init__(
        self,
        post: Post,
        claims: Sequence[Claim],
        leases: Leases,
        clock: Clock,
        outage: Outage,
        rest: Callable[[], Awaitable[None]],
        chance: Callable[[], float],
    ) -> None:
        self._post = post
        self._kind = post.handler.kind
        self._claims = claims
        self._leases = leases
        self._clock = clock
        self._outage = outage
        self._rest = rest
        self._chance = chance
        self._party: Sequence[Claim] = ()
        self._work: asyncio.Task[None] | None = None
        self._began = 0.0
        self._cut: Cut | None = None
        self._is_stopped = False

    def held(self) -> list[Claim]:
        """Those of the group that are still to be settled, and are this process's."""
        return self._held(self._claims)

    def look(self) -> None:
        """Stop a handler who has lost every lease, or who hangs."""
        if self._work is None:
            return
        if self._clock.monotonic() - self._began >= self._post.longest:
            self._cut = Cut.OVERLONG
        elif self._leases.unsettled(self._party) and not self._held(self._party):
            self._cut = Cut.LOST
        else:
            return
        self._work.cancel()

    def stop(self) -> None:
        """Stop the handler; what is left of the group is handed back."""
        self._is_stopped = True
        if self._work is not None:
            self._work.cancel()

    async def run(self) -> None:
        """Have the group done. Whatever breaks, the worker goes on."""
        try:
            for claims in self._parties():
                await self._attempt(claims)
        except Exception as error:  # noqa: BLE001 - leases end by themselves, so somebody does the tasks again
            self._defect(self._claims, error)
        finally:
            self._leases.forget(self._claims)

    def _parties(self) -> Iterator[Sequence[Claim]]:
        together = [claim for claim in self._claims if claim.lapses < ALONE_AFTER]
        if together:
            yield together
        for claim in self._claims:
            if claim.lapses >= ALONE_AFTER:
                yield [claim]

    async def _attempt(self, claims: Sequence[Claim]) -> None:
        claims = self._held(claims)
        if not claims:
            return
        if self._is_stopped:
            await self._hand_back(claims)
            return
        error = await self._worked(claims)
        held = self._held(claims)
        lost = len(self._leases.unsettled(claims)) - len(held)
        if lost:
            _log.warning("task.lease_lost", kind=self._kind, tasks=lost)
        if self._is_stopped:
            await self._hand_back(held)
        elif isinstance(error, StoreUnavailable):
            self._outage.begun(error)
            await self._put_off(held)
        elif self._is_told(claims, error, held) and len(claims) > 1:
            for claim in held:
                await self._attempt([claim])
        else:
            await self._put_off(held)

    async def _worked(self, claims: Sequence[Claim]) -> BaseException | None:
        """What the handler raised; a handler who was stopped raises CancelledError."""
        self._party, self._cut, self._began = claims, None, self._clock.monotonic()
        work = self._work = asyncio.create_task(self._post.handler.work(claims))
        try:
            await asyncio.wait({work})
        except asyncio.CancelledError:
            work.cancel()
            await asyncio.wait({work})
            raise
        finally:
            self._work = None
        return asyncio.CancelledError() if work.cancelled() else work.exception()

    def _is_told(self, claims: Sequence[Claim], error: BaseException | None, held: Sequence[Claim]) -> bool:
        """Tell of a defect; whether it may be of one task alone, so that the others should not suffer."""
        if self._cut is Cut.OVERLONG:
            _log.error("task.overlong", kind=self._kind, tasks=len(claims), seconds=self._post.longest)
            return True
        if self._cut is Cut.LOST or isinstance(error, LeaseLost):
            return False
        if error is not None:
            self._defect(claims, error)
            return True
        if held:
            _log.error("task.unsettled", kind=self._kind, tasks=len(held))
        return False

    def _defect(self, claims: Sequence[Claim], error: BaseException) -> None:
        attempt = max(claim.attempt for claim in claims)
        _log.error("task.defect", kind=self._kind, tasks=len(claims), attempt=attempt, trace=trace(error))

    async def _hand_back(self, claims: Sequence[Claim]) -> None:
        """Due at once, for another replica."""
        if claims:
            _log.info("task.handed_back", kind=self._kind, tasks=len(claims))
            now = self._clock.now()
            await self._settle([Step(claim, now) for claim in claims])

    async def _put_off(self, claims: Sequence[Claim]) -> None:
        """Due after a while that grows with the attempts."""
        now = self._clock.now()
        await self._settle([Step(claim, now + self._delay(claim)) for claim in claims])

    def _delay(self, claim: Claim) -> timedelta:
        longest = min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(claim.attempt - 1, _MOST_DOUBLINGS))
        return timedelta(seconds=longest * (1 + self._chance()) / 2)

    async def _settle(self, steps: Sequence[Step]) -> None:
        """As long as the leases hold, unless the worker stops: then the store has one chance."""
        while steps:
            try:
                await self._leases.settle(steps)
            except StoreUnavailable as error:
                self._outage.begun(error)
            else:
                self._outage.ended()
                return
            if self._is_stopped:
                return
            await self._rest()
            steps = [step for step in steps if self._leases.holds(step.claim)]

    def _held(self, claims: Sequence[Claim]) -> list[Claim]:
        return [claim for claim in self._leases.unsettled(claims) if self._leases.holds(claim)]
