"""Run exports: the handler of their tasks. It goes on from what is kept, whoever was stopped and wherever."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.outcome import ANSWERED, Outcome, SourceReport
from gateway.core.problems import ProblemCode
from gateway.core.records import Also
from gateway.core.sharing.exports import GOING, MOST_DAYS, Export
from gateway.core.sharing.grants import broken
from gateway.core.tasks import Claim, Rest, Step, Then
from gateway.core.trouble import Trouble
from gateway.services.sharing.exports.day_quota import Room
from gateway.services.sharing.exports.export_desk import KIND_EXPORT, ExportDesk
from gateway.services.sharing.exports.fetch_page import FetchPage
from gateway.services.sharing.exports.write_export import WriteExport

TURN_SECONDS: Final = 60.0
"""After so long another export has its turn."""

GIVE_UP: Final = timedelta(minutes=30)
"""How long a system may give nothing."""

LONGEST: Final = timedelta(days=1)
"""How long an export may go on, whatever becomes of its workers; as long again for each day that it waits for."""

LOOK: Final = timedelta(hours=1)
"""How often one that waits is looked at: whether its grant has ended."""

MOST_LAPSES: Final = 5
"""Workers in a row that died of it, perhaps."""

_SOON: Final = timedelta(seconds=1)
_LEAST_WAIT, _LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=1)
_LOST: Final = frozenset({Outcome.INVALID, Outcome.EXPIRED})
"""What a system says to a place that it does not know any more."""

_log = structlog.get_logger("sharing")


class Tasks(Protocol):
    """The leases of this process, as far as exports need them."""

    def check(self, claim: Claim) -> None:
        """The task is this process's, and will be for as long as it takes to begin something; raises LeaseLost."""
        ...

    async def settle(self, steps: Sequence[Step], also: Also | None = None) -> frozenset[int]:
        """Take steps; the ids of the tasks whose lease had been lost."""
        ...


class RunExports:
    """A Handler of exports."""

    kind = KIND_EXPORT
    most = 1

    def __init__(self, desk: ExportDesk, tasks: Tasks, fetch: FetchPage, write: WriteExport) -> None:
        self._desk = desk
        self._tasks = tasks
        self._fetch = fetch
        self._write = write

    async def work(self, claims: Sequence[Claim]) -> None:
        """Take each export as far as it goes in its turn, and settle its task."""
        for claim in claims:
            export = await self._desk.exports.find(claim.subject)
            then: Then = Rest.DONE
            if export is not None and export.state in GOING:
                then = await self._turn(claim, export)
            await self._tasks.settle([Step(claim, then)])

    async def _turn(self, claim: Claim, export: Export) -> Then:
        now = self._desk.clock.now()
        if claim.lapses >= MOST_LAPSES or now - export.asked_at >= LONGEST * (1 + export.days):
            return await self._fail(export, Trouble(problems.EXPORT_BROKEN.number))
        if export.goes_on_at is not None and now < export.goes_on_at:
            return await self._still_waiting(export, export.goes_on_at)
        if export.pages and not await self._desk.has_receipts(export):
            return now + _SOON
        return await self._pages(claim, export)

    async def _pages(self, claim: Claim, export: Export) -> Then:
        """Fetch what the turn and the day have room for, and write it once it is whole."""
        ends = self._desk.clock.monotonic() + TURN_SECONDS
        while not export.is_whole:
            if self._desk.clock.monotonic() >= ends:
                return self._desk.clock.now()
            room = await self._desk.quota(export.grant)
            if room.page == 0:
                return await self._used_up(export, room)
            self._tasks.check(claim)
            try:
                turn = await self._fetch(export, room.page)
            except Refusal as refusal:
                if refusal.problem is problems.QUOTA_EXHAUSTED:
                    return await self._exhausted(export, room)
                return await self._refused(export, refusal)
            if turn.report.outcome not in ANSWERED:
                return await self._unanswered(export, turn.report)
            export = turn.export
        self._tasks.check(claim)
        return await self._written(export)

    async def _written(self, export: Export) -> Then:
        try:
            after = await self._write(export)
        except Refusal as refusal:
            return await self._refused(export, refusal)
        if after is None:
            return self._desk.clock.now() + _SOON
        _log.info("sharing.export.ready", pages=after.pages, rows=after.rows)
        return Rest.DONE

    async def _refused(self, export: Export, refusal: Refusal) -> Then:
        """What may pass is tried again; what is known by then says whether it goes on."""
        problem = refusal.problem
        if problem in {problems.EXPORT_MOVED, problems.SHARED_GRANT_CHANGED, problems.SHARED_RESOURCE_CHANGED}:
            return self._desk.clock.now() + _SOON
        if problem is problems.TOO_MANY_HOLDERS or problem.code in {ProblemCode.INTERNAL, ProblemCode.TIMEOUT}:
            return await self._stalled(export, Trouble.of(refusal), None)
        if problem is problems.CURSOR_INVALID:
            return await self._fail(export, Trouble(problems.EXPORT_LOST.number))
        return await self._fail(export, Trouble.of(refusal))

    async def _unanswered(self, export: Export, report: SourceReport) -> Then:
        if export.cursor is not None and report.outcome in _LOST:
            return await self._fail(export, Trouble(problems.EXPORT_LOST.number))
        minutes = GIVE_UP // timedelta(minutes=1)
        values = {"system": report.system, "outcome": report.outcome.value, "minutes": minutes}
        return await self._stalled(export, Trouble(problems.EXPORT_SOURCE_AWAY.number, {**values}), report.retry_after)

    async def _exhausted(self, export: Export, before: Room) -> Then:
        """A page that the day had room for a moment ago has found none."""
        room = await self._desk.quota(export.grant)
        is_other = room.until != before.until or (room.is_more_then and room.page)
        return self._desk.clock.now() + _SOON if is_other else await self._used_up(export, room)

    async def _used_up(self, export: Export, room: Room) -> Then:
        """Wait for the next day, if there is more then, and something that proves the use by then."""
        if not room.is_more_then or export.kept is None or not export.kept.is_provable:
            return await self._fail(export, Trouble(problems.QUOTA_EXHAUSTED.number))
        if export.days >= MOST_DAYS:
            return await self._fail(export, Trouble(problems.EXPORT_DAYS.number, {"days": MOST_DAYS}))
        now = self._desk.clock.now()
        after = export.wait(room.until, now)
        if not await self._desk.exports.change(export, after):
            return now + _SOON
        _log.info("sharing.export.waiting", pages=after.pages, rows=after.rows, days=after.days)
        return min(room.until, now + LOOK)

    async def _still_waiting(self, export: Export, until: datetime) -> Then:
        """Nothing, unless the grant has ended meanwhile: what was fetched is not kept until the next day then."""
        now = self._desk.clock.now()
        lineage = await self._desk.grants.lineage(export.grant)
        reason = broken(lineage) or next(filter(None, (one.closed(now) for one in lineage)), None)
        if reason is not None:
            return await self._fail(export, Trouble.of(Refusal(problems.GRANT_DENIED, reason=reason)))
        return min(until, now + LOOK)

    async def _stalled(self, export: Export, trouble: Trouble, wanted: int | None) -> Then:
        """Try again, ever later; give up when nothing came for long."""
        now = self._desk.clock.now()
        if export.stalled_at is None:
            await self._desk.exports.change(export, export.stall(now))
        since = now - (export.stalled_at or now)
        if since >= GIVE_UP:
            return await self._fail(export, trouble)
        asked = timedelta(seconds=wanted or 0)
        return now + min(max(since / 4, asked, _LEAST_WAIT), _LONGEST_WAIT)

    async def _fail(self, export: Export, trouble: Trouble) -> Then:
        """It ends without a file, and says what became of what had been fetched."""
        deleted = Trouble(problems.EXPORT_DELETED.number, {"rows": export.rows, "pages": export.pages})
        troubles = (trouble, deleted) if export.pages else (trouble,)
        after = export.fail(troubles, self._desk.clock.now())
        if not await self._desk.exports.change(export, after, self._desk.ended(after)):
            return self._desk.clock.now() + _SOON
        _log.warning("sharing.export.failed", reason=trouble.number, pages=after.pages, rows=after.rows)
        return Rest.DONE
