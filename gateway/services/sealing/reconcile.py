"""Compare the seal log with a platform's own, day by day: what was in doubt is settled, what does not fit is told."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

import structlog

from gateway.core import problems
from gateway.core.audit.seal_kinds import SEAL_RECONCILED, SEAL_SETTLED
from gateway.core.call import Call
from gateway.core.caller import OURSELVES
from gateway.core.clock import CHINA, Clock, Deadline, china_date, utc
from gateway.core.outcome import Outcome
from gateway.core.records import both
from gateway.core.seals.platform import LoggedSealing, SealPlatform, SealPlatforms
from gateway.core.seals.sealing import Sealing, SealingState, Settler
from gateway.core.seals.sealings import SealingStore
from gateway.core.tasks import Claim, Rest, Step, TaskStore
from gateway.services.reconciling import AFTER_MIDNIGHT, Comparison, Lines, closed_at, day_task, read_day
from gateway.services.sealing.pace import KIND_RECONCILE, Pace, waking
from gateway.services.sealing.seal_log import SealLog
from gateway.services.sealing.tools import trouble_of

_EARLIER: Final = timedelta(days=3)
"""A request may be sealed so long after it was first sent."""
_AT_ONCE: Final = 500
_AGAIN: Final = timedelta(hours=1)
_GIVE_UP: Final = timedelta(days=7)

_log = structlog.get_logger("sealing")


class Reconcile:
    """A Handler of days of platforms."""

    kind = KIND_RECONCILE
    most = 1

    def __init__(
        self,
        sealings: SealingStore,
        tasks: TaskStore,
        platforms: SealPlatforms,
        log: SealLog,
        clock: Clock,
        pace: Pace,
    ) -> None:
        self._sealings = sealings
        self._tasks = tasks
        self._platforms = platforms
        self._log = log
        self._clock = clock
        self._pace = pace

    async def work(self, claims: Sequence[Claim]) -> None:
        """Compare the days, each of which has its successor compared when it is over."""
        for claim in claims:
            await self._day(claim, *read_day(claim.subject))

    async def _day(self, claim: Claim, system: str, day: date) -> None:
        platform = self._platforms.seal_platform(system)
        outcome = Outcome.NOT_ASKED
        if platform is not None:
            log = await platform.log(day, self._call())
            if log.outcome is Outcome.OK:
                await self._done(claim, system, day, await self._compared(platform, day, log.lines))
                return
            outcome = log.outcome
            if outcome is Outcome.NOT_ASKED:  # it has none: what is in doubt there, a person settles
                await self._tasks.settle([Step(claim, Rest.DONE)])
                return
        _log.error("seal.log.unread", system=system, day=day.isoformat(), outcome=outcome.value)
        now = self._clock.now()
        then = now + _AGAIN if now < closed_at(day) + _GIVE_UP else Rest.DONE
        await self._tasks.settle([Step(claim, then)])

    async def _done(self, claim: Claim, system: str, day: date, found: Comparison) -> None:
        event = self._log.compared(
            SEAL_RECONCILED, self._clock.now(), platform=system, day=day.isoformat(), **found.words()
        )
        following = self._tasks.adding([day_task(KIND_RECONCILE, system, day + timedelta(days=1))])
        await self._tasks.settle([Step(claim, Rest.DONE, both(self._log.within(event), following))])
        if found.differs():
            _log.error(
                "seal.log.differs",
                system=system,
                day=day.isoformat(),
                unknown=found.unknown,
                missing=found.missing,
                doubled=found.doubled,
            )
        _log.info("seal.log.compared", system=system, day=day.isoformat(), lines=found.lines, settled=found.settled)

    async def _compared(self, platform: SealPlatform, day: date, lines: Sequence[LoggedSealing]) -> Comparison:
        found = Comparison(lines=len(lines))
        index = Lines(lines)
        begins = utc(datetime.combine(day, time(), CHINA))
        async for sealing in self._ours(platform.system, begins - _EARLIER, begins + timedelta(days=1)):
            mine = index.of(sealing.order_key, sealing.number)
            if len({line.number for line in mine}) > 1:
                found.doubled += 1
            if mine:
                found.settled += await self._present(sealing, mine[0], found)
            elif sealing.state is SealingState.IN_DOUBT:
                found.settled += await self._absent(platform, day, sealing)
            elif sealing.state is SealingState.RELEASED and _days(sealing, sealing.changed_at) == [day]:
                found.missing += 1
        found.unknown += len(index.unused())
        return found

    async def _present(self, sealing: Sealing, line: LoggedSealing, found: Comparison) -> int:
        """They sealed it: if it is in doubt here, it is asked for by their number."""
        if sealing.state is SealingState.IN_DOUBT and sealing.number != line.number:
            after = sealing.learn_number(Settler.RECONCILIATION, line.number, self._clock.now())
            return await self._settled(sealing, after)
        if sealing.state is SealingState.FAILED and sealing.result is None and sealing.signature is None:
            found.unknown += 1
        return 0

    async def _absent(self, platform: SealPlatform, day: date, sealing: Sealing) -> int:
        """They did not seal it on any day on which they could have: it was never sealed.

        What they once said that they would do is left to a person.
        """
        days = _days(sealing, sealing.attempts[-1].at)
        if sealing.was_accepted or days[-1] != day:
            return 0
        for other in days[:-1]:
            log = await platform.log(other, self._call())
            if log.outcome is not Outcome.OK or Lines(log.lines).of(sealing.order_key, sealing.number):
                return 0
        trouble = trouble_of(problems.SEALING_NOT_SEALED)
        after = sealing.settle_unsealed(Settler.RECONCILIATION, trouble, self._clock.now())
        return await self._settled(sealing, after)

    async def _settled(self, before: Sealing, after: Sealing) -> int:
        line = self._log.line(SEAL_SETTLED, after, OURSELVES, by=Settler.RECONCILIATION.value)
        woken = waking(self._tasks, after.id, self._clock.now())
        kept = await self._sealings.change(before, after, (line, *woken))
        if kept:
            await self._sealings.tell([after.id])
        return int(kept)

    async def _ours(self, system: str, since: datetime, until: datetime) -> AsyncIterator[Sealing]:
        after: str | None = None
        while True:
            some = await self._sealings.sent(system, since, until, after, _AT_ONCE)
            for sealing in some:
                yield sealing
            if len(some) < _AT_ONCE:
                return
            after = some[-1].id

    def _call(self) -> Call:
        deadline = Deadline.after(self._pace.attempt_seconds, self._clock)
        return Call(request_id="reconciliation", caller=OURSELVES, deadline=deadline)


def _days(sealing: Sealing, last: datetime) -> list[date]:
    """The days on which a platform may have sealed it, whose clock may be another than ours."""
    first = china_date(sealing.attempts[0].at)
    days = (china_date(last + AFTER_MIDNIGHT) - first).days
    return [first + timedelta(days=count) for count in range(days + 1)]
