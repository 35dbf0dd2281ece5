"""The clock of data sharing: each day reminders and escalations, what expires, and what of grants is over.

A day is a durable task that adds the next one, so that no day is left out, however long nothing ran.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

import structlog

from gateway.core.audit.events import Event
from gateway.core.audit.share_kinds import GRANT_OVER, SHARE_ESCALATED, SHARE_EXPIRED, SHARE_REMINDED
from gateway.core.clock import CHINA, utc
from gateway.core.records import both
from gateway.core.sharing.corrections import Dispute
from gateway.core.sharing.deadlines import Run, SignalKind
from gateway.core.sharing.parties import GATEWAY
from gateway.core.sharing.records import DisputeStore, ShareRequestStore
from gateway.core.sharing.requests import ShareRequest
from gateway.core.tasks import Claim, NewTask, Rest, Step, TaskStore
from gateway.services.sharing.desk import ShareDesk

KIND_DAY: Final = "share-day"
MORNING: Final = time(7, tzinfo=CHINA)
_AT_ONCE: Final = 500
_MOST: Final = 10_000
"""Requests or grants that end on one day; of requests the rest follows on the next."""
_KINDS: Final = {SignalKind.REMINDER: SHARE_REMINDED, SignalKind.ESCALATION: SHARE_ESCALATED}

_log = structlog.get_logger("sharing")


def day_task(day: date) -> NewTask:
    """The task of a day, due in its morning."""
    due = utc(datetime.combine(day, MORNING))
    return NewTask(kind=KIND_DAY, key=day.isoformat(), subject=day.isoformat(), due_at=due)


class ShareDay:
    """A Handler of days."""

    kind = KIND_DAY
    most = 1

    def __init__(self, desk: ShareDesk, tasks: TaskStore) -> None:
        self._desk = desk
        self._tasks = tasks

    async def work(self, claims: Sequence[Claim]) -> None:
        """Do the days."""
        for claim in claims:
            await self._day(claim, date.fromisoformat(claim.subject))

    async def _day(self, claim: Claim, day: date) -> None:
        now = self._desk.clock.now()
        expired = await self._expire(now)
        told = [event async for event in self._signals(day, now)]
        over = await self._over(day, now)
        lines = self._desk.log.within([*told, *over])
        following = self._tasks.adding([day_task(day + timedelta(days=1))])

        await self._tasks.settle([Step(claim, Rest.DONE, both(following, lines))])
        _log.info("sharing.day", day=day.isoformat(), expired=expired, told=len(told), over=len(over))

    async def _expire(self, now: datetime) -> int:
        """Let those expire that waited for the requester too long; who sends one back meanwhile comes first."""
        count, requests = 0, self._desk.requests
        for request in await requests.expiring(now, _MOST):
            after = request.expire(by=GATEWAY, at=now)
            line = self._desk.log.within([self._desk.log.of_request(SHARE_EXPIRED, after, now)])
            count += await requests.change(request, after, line)
        return count

    async def _signals(self, day: date, now: datetime) -> AsyncIterator[Event]:
        deadlines, log = self._desk.rules.deadlines, self._desk.log
        async for of, run in self._runs():
            for signal in deadlines.signals(run):
                if signal.on == day:
                    yield log.of_deadline(
                        _KINDS[signal.kind], of, run.id, now,
                        stage=run.stage.value, days=signal.days, day=day.isoformat(),
                    )  # fmt: skip

    async def _runs(self) -> AsyncIterator[tuple[str, Run]]:
        """The stages that go on, each with what it is one of."""
        async for run in open_runs(self._desk.requests):
            yield "share request", run
        async for run in open_corrections(self._desk.disputes):
            yield "dispute", run

    async def _over(self, day: date, now: datetime) -> Sequence[Event]:
        """The grants whose time ended on the day before."""
        begins = utc(datetime.combine(day - timedelta(days=1), time(), CHINA))
        ended = await self._desk.grants.ending(begins, begins + timedelta(days=1), _MOST)
        return [self._desk.log.of_grant(GRANT_OVER, grant, now) for grant in ended]


async def open_requests(requests: ShareRequestStore) -> AsyncIterator[ShareRequest]:
    """Every request for which a clock may run."""
    after: str | None = None
    while some := await requests.open_ones(after, _AT_ONCE):
        for request in some:
            yield request
        after = some[-1].id


async def open_disputes(disputes: DisputeStore) -> AsyncIterator[Dispute]:
    """Every dispute that is still to be answered."""
    after: str | None = None
    while some := await disputes.open_ones(after, _AT_ONCE):
        for dispute in some:
            yield dispute
        after = some[-1].id


async def answered_disputes(disputes: DisputeStore) -> AsyncIterator[Dispute]:
    """Every dispute of whose answer somebody is to take note yet."""
    after: str | None = None
    while some := await disputes.answered_ones(after, _AT_ONCE):
        for dispute in some:
            yield dispute
        after = some[-1].id


async def open_corrections(disputes: DisputeStore) -> AsyncIterator[Run]:
    """What is waited for in disputes: an answer, and that everyone takes note of it."""
    async for dispute in open_disputes(disputes):
        yield dispute.run()
    async for dispute in answered_disputes(disputes):
        run = dispute.acknowledgement()
        assert run is not None, "it is answered"
        yield run


async def open_runs(requests: ShareRequestStore) -> AsyncIterator[Run]:
    """The stages that go on."""
    async for request in open_requests(requests):
        for run in request.runs():
            if run.ended is None:
                yield run
