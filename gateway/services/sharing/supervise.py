"""Supervision of data sharing: what is overdue, what other rules would change, and the numbers of the yearly report."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from gateway.core import problems
from gateway.core.audit.share_kinds import SHARE_SUPERVISED
from gateway.core.call import Call
from gateway.core.caller import Role
from gateway.core.errors import Refusal
from gateway.core.sharing.deadline_file import read_deadlines
from gateway.core.sharing.deadlines import Change, DeadlineRules, Due, Run, what_if
from gateway.core.sharing.records import StepCount
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.rules import complete
from gateway.services.sharing.desk import ShareDesk
from gateway.services.sharing.share_day import open_corrections, open_requests

MOST_SHOWN: Final = 1_000
LONGEST: Final = timedelta(days=366)
LONGEST_RULES: Final = 500_000
SUPERVISORS: Final = frozenset({Role.HUB, Role.OPERATIONS, Role.AUDITOR})


class Clocked(msgspec.Struct, frozen=True):
    """A stage: by when it is to be over, and by how many working days it is late."""

    run: Run
    due: Due | None
    late: int


class OverdueRequest(msgspec.Struct, frozen=True):
    """A request and its late stage."""

    request: ShareRequest
    clocked: Clocked


class Supervise:
    """Answers those who look after data sharing, and every party about the clocks of its request."""

    def __init__(self, desk: ShareDesk) -> None:
        self._desk = desk

    def clocks(self, request: ShareRequest) -> Sequence[Clocked]:
        """The stages of a request that the caller may see."""
        now, deadlines = self._desk.clock.now(), self._desk.rules.deadlines
        return [Clocked(run, deadlines.due(run), deadlines.overdue(run, now)) for run in request.runs()]

    async def overdue(self, call: Call) -> Sequence[OverdueRequest]:
        """The late requests, latest first, MOST_SHOWN at most.

        Raises:
            Refusal: FORBIDDEN for all but the hub, operations, auditors and competent authorities.
        """
        async with self._desk.audit.noting(SHARE_SUPERVISED, call) as note:
            note.says(what="overdue")
            body = self.admit(call)
            late = [
                OverdueRequest(request, clocked)
                async for request in open_requests(self._desk.requests)
                if body is None or request.authority == body
                for clocked in self.clocks(request)
                if clocked.late and clocked.run.ended is None
            ]
            note.counts(len(late))
        return sorted(late, key=lambda one: (-one.clocked.late, one.request.id))[:MOST_SHOWN]

    async def what_if(self, rules: str, call: Call) -> Sequence[Change]:
        """What rules of this file would change for the stages that go on; nothing is changed.

        Raises:
            Refusal: FORBIDDEN as above, BAD_INPUT for rules that do not hold.
        """
        async with self._desk.audit.noting(SHARE_SUPERVISED, call) as note:
            note.says(what="what-if")
            body = self.admit(call)
            read = read_deadlines(rules[:LONGEST_RULES])
            if read.value is None or len(rules) > LONGEST_RULES:
                raise Refusal(problems.SHARE_RULES_INVALID, "rules", findings="; ".join(read.findings[:20]))
            now = self._desk.rules.deadlines
            then = DeadlineRules(read.value.edition, complete(read.value.rules), now.calendar)
            runs = [
                run
                async for request in open_requests(self._desk.requests)
                if body is None or request.authority == body
                for run in request.runs()
                if run.ended is None
            ]
            runs += [
                run
                async for run in open_corrections(self._desk.disputes)
                if body is None or self._desk.rules.offices.authority(run.region) == body
            ]
            changes = what_if(now, then, runs, self._desk.clock.now())
            note.counts(len(changes))
        return changes[:MOST_SHOWN]

    async def statistics(self, since: datetime, until: datetime, call: Call) -> Sequence[StepCount]:
        """How many steps of each kind were taken in a span, by resource, state and reason: for the yearly report.

        Raises:
            Refusal: FORBIDDEN for all but the hub, operations and auditors; BAD_INPUT for the span.
        """
        async with self._desk.audit.noting(SHARE_SUPERVISED, call) as note:
            note.says(what="statistics")
            if self.admit(call) is not None:
                raise Refusal(problems.SHARE_SUPERVISION_FORBIDDEN)
            if not timedelta() < until - since <= LONGEST:
                raise Refusal(problems.WINDOW_INVALID, "since", days=LONGEST.days)
            counts = await self._desk.requests.steps(since, until)
            note.counts(len(counts))
        return counts

    def admit(self, call: Call) -> str | None:
        """The competent authority for which the caller looks; None for who sees all; raises Refusal for the rest."""
        person = call.caller.person
        if person is not None and person.role in SUPERVISORS:
            return None
        if person is None or person.role not in {Role.OFFICER, Role.DEPARTMENT} or person.body is None:
            raise Refusal(problems.SHARE_SUPERVISION_FORBIDDEN)
        if not self._desk.rules.offices.is_authority(person.body):
            raise Refusal(problems.SHARE_SUPERVISION_FORBIDDEN)
        return person.body
