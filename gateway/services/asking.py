"""Ask several licence sources at the same time and judge what each of them answered."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import msgspec

from gateway.core.call import Call
from gateway.core.caller import Role
from gateway.core.clock import Clock
from gateway.core.merge import Contribution
from gateway.core.outcome import ANSWERED, Fault, Outcome, ServedFrom, SourceReport
from gateway.core.ports import Answer, AssignedSource, LicenceSource, ReportDefect, Row
from gateway.core.text import Text

Ask = Callable[[LicenceSource, Call], Awaitable[Answer]]
Admit = Callable[[Row], Text | None]
"""Why a row is left out; None lets it in."""

REPLY_RESERVE = 0.05
"""Share of the remaining time that is kept for merging and writing the answer."""

OTHER_HOLDERS = Text("该系统返回了他人的证照，已剔除", "rows of another holder were left out")
"""The reason of a row that belongs to somebody else."""

_READS_SYSTEM_TEXT = frozenset({Role.OFFICER, Role.OPERATIONS, Role.DEPARTMENT, Role.HUB})

_NOT_ASSIGNED = Text(
    "该系统返回了未分配给它的签发机构或类型的证照，已剔除",
    "rows of issuers or types not assigned to this system were left out",
)
_UNREADABLE = Text("部分记录无法读取", "some rows could not be read")
_DEFECT = Text(
    "网关在处理该系统时出错，请求编号 {request_id}",
    "an error inside the gateway while it asked this system, request {request_id}",
)


class Asked(msgspec.Struct, frozen=True):
    """What a round of asking gave: the rows that were let in, by system, and a report per system."""

    contributions: list[Contribution]
    reports: list[SourceReport]


class _Judged(msgspec.Struct, frozen=True):
    """An answer, the rows of it that were let in, when it came, and what is to be said about it."""

    answer: Answer
    rows: list[Row]
    as_of: datetime
    notice: str | None


class Asker:
    """Runs one question against several sources within the call's deadline.

    Args:
        clock: judges the deadline.
        report_defect: is told of a source that broke, which is the gateway's fault and spoils no other answer.
    """

    def __init__(self, clock: Clock, report_defect: ReportDefect) -> None:
        self._clock = clock
        self._report_defect = report_defect

    async def ask_all(self, assigned: Sequence[AssignedSource], ask: Ask, admit: Admit, call: Call) -> Asked:
        """Every source's answer, in the order given.

        Args:
            assigned: the sources to ask, in order of authority.
            ask: the question.
            admit: why a row is not about whom or what was asked; such rows are left out and reported.
            call: gives the deadline; sources get a little less, so that the answer is still written in time.
        """
        remaining = call.deadline.remaining(self._clock)
        until = call.until(call.deadline.within(remaining * (1 - REPLY_RESERVE), self._clock))
        answers = await asyncio.gather(*(self._ask(source, ask, admit, until) for source in assigned))
        contributions: list[Contribution] = []
        reports: list[SourceReport] = []
        for source, (judged, milliseconds) in zip(assigned, answers, strict=True):
            system = source.source.system
            if judged.rows:
                contributions.append(Contribution(system, judged.as_of, judged.rows))
            reports.append(_report(system, judged, milliseconds, call))
        return Asked(contributions, reports)

    async def _ask(self, source: AssignedSource, ask: Ask, admit: Admit, call: Call) -> tuple[_Judged, float]:
        started = self._clock.monotonic()
        try:
            judged = await self._judged(source, ask, admit, call)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            judged = self._broken(source, error, call)  # something inside the source was cancelled, not this call
        except Exception as error:  # noqa: BLE001 - the boundary at which one broken adapter must not spoil others
            judged = self._broken(source, error, call)
        return judged, (self._clock.monotonic() - started) * 1000

    async def _judged(self, source: AssignedSource, ask: Ask, admit: Admit, call: Call) -> _Judged:
        try:
            async with asyncio.timeout(call.deadline.remaining(self._clock)):
                answer = await ask(source.source, call)
        except TimeoutError:
            # The adapter keeps the same deadline; this catches one that does not, and its rows are not waited for.
            answer = Answer(outcome=Outcome.TIMED_OUT, fault=Fault.THEIRS, notice="no answer within the deadline")
        as_of = answer.as_of or self._clock.now()
        rows, notices = _admitted(source, answer, admit)
        texts = [answer.notice] if answer.notice else []
        texts += [notice.render(call.language) for notice in notices]
        return _Judged(answer, rows, as_of, "; ".join(texts) or None)

    def _broken(self, source: AssignedSource, error: BaseException, call: Call) -> _Judged:
        self._report_defect(source.source.system, error)
        answer = Answer(outcome=Outcome.GATEWAY_ERROR, fault=Fault.OURS)
        return _Judged(answer, [], self._clock.now(), _DEFECT.render(call.language, request_id=call.request_id))


def not_asked(system: str, notice: Text, call: Call) -> SourceReport:
    """The report of an assigned system that had no part in a question."""
    return SourceReport(system=system, outcome=Outcome.NOT_ASKED, notice=notice.render(call.language))


def _admitted(source: AssignedSource, answer: Answer, admit: Admit) -> tuple[list[Row], list[Text]]:
    """The rows that are let in, and why others are not, each reason once."""
    notices: dict[Text, None] = {_UNREADABLE: None} if answer.dropped else {}
    rows: list[Row] = []
    for row in answer.rows:
        is_assigned = source.assignment.allows_issuer(row.issuer) and source.assignment.allows_type(row.type)
        reason = admit(row) if is_assigned else _NOT_ASSIGNED
        if reason is None:
            rows.append(row)
        else:
            notices[reason] = None
    return rows, list(notices)


def _report(system: str, judged: _Judged, milliseconds: float, call: Call) -> SourceReport:
    answer = judged.answer
    answered = answer.outcome in ANSWERED
    person = call.caller.person
    return SourceReport(
        system=system,
        outcome=answer.outcome,
        fault=answer.fault,
        served_from=ServedFrom.LIVE if answered else None,
        as_of=judged.as_of if answered else None,
        milliseconds=round(milliseconds, 1),
        truncated=answer.truncated,
        code=answer.code,
        message=answer.message if person is not None and person.role in _READS_SYSTEM_TEXT else None,
        notice=judged.notice,
        retry_after=answer.retry_after,
    )
