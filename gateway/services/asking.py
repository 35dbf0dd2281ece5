"""Ask several licence sources at the same time and judge what each of them answered."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import msgspec

from gateway.core.call import Call
from gateway.core.caller import Role
from gateway.core.clock import Clock
from gateway.core.merge import Contribution
from gateway.core.outcome import Fault, Outcome, ServedFrom, SourceReport
from gateway.core.ports import Answer, AssignedSource, LicenceSource, Row
from gateway.core.text import Text

Ask = Callable[[LicenceSource, Call], Awaitable[Answer]]
Admit = Callable[[Row], bool]

REPLY_RESERVE = 0.05
"""Share of the remaining time that is kept for merging and writing the answer."""

_READS_SYSTEM_TEXT = frozenset({Role.OFFICER, Role.OPERATIONS, Role.DEPARTMENT, Role.HUB})

_NOT_ASSIGNED = Text(
    "该系统返回了未分配给它的签发机构或类型的证照，已剔除",
    "rows of issuers or types not assigned to this system were left out",
)
_NOT_HOLDERS = Text("该系统返回了他人的证照，已剔除", "rows of another holder were left out")
_UNREADABLE = Text("部分记录无法读取", "some rows could not be read")


class Asked(msgspec.Struct, frozen=True):
    """What a round of asking gave: the rows that were let in, by system, and a report per system."""

    contributions: list[Contribution]
    reports: list[SourceReport]


class Asker:
    """Runs one question against several sources within the call's deadline."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def ask_all(self, assigned: Sequence[AssignedSource], ask: Ask, admit: Admit, call: Call) -> Asked:
        """Every source's answer, in the order given.

        Args:
            assigned: the sources to ask, in order of authority.
            ask: the question.
            admit: whether a row is about whom or what was asked; others are left out and reported.
            call: gives the deadline; sources get a little less, so that the answer is still written in time.
        """
        remaining = call.deadline.remaining(self._clock)
        until = call.until(call.deadline.within(remaining * (1 - REPLY_RESERVE), self._clock))
        answers = await asyncio.gather(*(self._ask(source.source, ask, until) for source in assigned))
        contributions: list[Contribution] = []
        reports: list[SourceReport] = []
        for source, (answer, milliseconds) in zip(assigned, answers, strict=True):
            as_of = answer.as_of or self._clock.now()
            rows, notice = _admitted(source, answer, admit, call)
            if rows:
                contributions.append(Contribution(source.source.system, as_of, rows))
            reports.append(_report(source.source.system, answer, as_of, milliseconds, notice, call))
        return Asked(contributions, reports)

    async def _ask(self, source: LicenceSource, ask: Ask, call: Call) -> tuple[Answer, float]:
        started = self._clock.monotonic()
        try:
            async with asyncio.timeout(call.deadline.remaining(self._clock)):
                answer = await ask(source, call)
        except TimeoutError:
            # The adapter keeps the same deadline; this catches one that does not, and its rows are not waited for.
            answer = Answer(outcome=Outcome.TIMED_OUT, fault=Fault.THEIRS, notice="no answer within the deadline")
        return answer, (self._clock.monotonic() - started) * 1000


def not_asked(system: str, notice: Text, call: Call) -> SourceReport:
    """The report of an assigned system that had no part in a question."""
    return SourceReport(system=system, outcome=Outcome.NOT_ASKED, notice=notice.render(call.language))


def _admitted(source: AssignedSource, answer: Answer, admit: Admit, call: Call) -> tuple[list[Row], str | None]:
    notices: list[Text] = []
    if answer.dropped:
        notices.append(_UNREADABLE)
    allowed = [
        row
        for row in answer.rows
        if source.assignment.allows_issuer(row.issuer) and source.assignment.allows_type(row.type)
    ]
    if len(allowed) < len(answer.rows):
        notices.append(_NOT_ASSIGNED)
    rows = [row for row in allowed if admit(row)]
    if len(rows) < len(allowed):
        notices.append(_NOT_HOLDERS)
    texts = [notice.render(call.language) for notice in notices]
    if answer.notice:
        texts.insert(0, answer.notice)
    return rows, "; ".join(texts) or None


def _report(
    system: str, answer: Answer, as_of: datetime, milliseconds: float, notice: str | None, call: Call
) -> SourceReport:
    answered = answer.outcome in {Outcome.OK, Outcome.NOT_FOUND}
    person = call.caller.person
    return SourceReport(
        system=system,
        outcome=answer.outcome,
        fault=answer.fault,
        served_from=ServedFrom.LIVE if answered else None,
        as_of=as_of if answered else None,
        milliseconds=round(milliseconds, 1),
        truncated=answer.truncated,
        code=answer.code,
        message=answer.message if person is not None and person.role in _READS_SYSTEM_TEXT else None,
        notice=notice,
        retry_after=answer.retry_after,
    )
