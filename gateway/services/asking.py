"""Ask several licence sources at the same time and judge what each of them answered."""

import asyncio
from bisect import insort
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import msgspec

from gateway.core.audit.events import Heard
from gateway.core.call import Call
from gateway.core.caller import Role
from gateway.core.clock import Clock, Deadline
from gateway.core.merge import Contribution
from gateway.core.notices import in_language, joint
from gateway.core.outcome import ANSWERED, Fault, Outcome, ServedFrom, SourceReport
from gateway.core.ports import Answer, AssignedSource, LicenceSource, ReportDefect, Row
from gateway.core.text import Text

Ask = Callable[[LicenceSource, Call], Awaitable[Answer]]
Admit = Callable[[Row], Text | None]
"""Why a row is left out; None lets it in."""

REPLY_RESERVE = 0.05
"""Share of the remaining time that is kept for merging and writing the answer."""

LEAST_RESERVE = 0.03
"""Seconds that are kept at least, but never more than half: a short deadline still gets its partial answer."""

ANSWER_COST = 0.006
"""Seconds that merging and writing one answer takes, generously: askings end at least as far apart as that.

Else all that wait for a system that hangs would be written at one moment, and the last of them after their deadline.
"""

TICK = 0.005
"""Seconds by which a timer may be early."""

PATIENCE = 0.3
"""Share of the reserve for which a source that is late may still say why, if that is not more than an answer's cost."""

OTHER_HOLDERS = Text("该系统返回了他人的证照，已剔除", "rows of another holder were left out")
"""The reason of a row that belongs to somebody else."""

UNTOLD = Text("", "")
"""The reason of a row that the caller may not even know of: a system that has only such rows has none, to him."""

_READS_SYSTEM_TEXT = frozenset({Role.OFFICER, Role.OPERATIONS, Role.DEPARTMENT, Role.HUB})

_NOT_ASSIGNED = Text(
    "该系统返回了未分配给它的签发机构或类型的证照，已剔除",
    "rows of issuers or types not assigned to this system were left out",
)
_UNREADABLE = Text("部分记录无法读取", "some rows could not be read")
_SILENT = Text(
    "在请求方期限留给该系统的 {milliseconds} 毫秒内未答复",
    "no answer within {milliseconds} ms, which is what the caller's deadline left for this system",
)
_CALLERS_LIMIT = Text("请求方的期限不允许再等", "the caller's deadline allowed no more")
_DEFECT = Text(
    "网关在处理该系统时出错，请求编号 {request_id}",
    "an error inside the gateway while it asked this system, request {request_id}",
)


class Asked(msgspec.Struct, frozen=True):
    """What a round of asking gave: the rows that were let in, by system, and a report per system.

    ``heard`` is the same for the audit: how it really was, whatever the caller may know of it.
    """

    contributions: list[Contribution]
    reports: list[SourceReport]
    heard: tuple[Heard, ...] = ()


class _Judged(msgspec.Struct, frozen=True):
    """An answer, the rows of it that were let in, when it came, and what is to be said about it."""

    answer: Answer
    rows: list[Row]
    as_of: datetime
    notice: str | None


_Timed = tuple[_Judged, float]
"""With the milliseconds that it took."""


class Asker:
    """Runs one question against several sources within the call's deadline.

    Args:
        clock: judges the deadline.
        report_defect: is told of a source that broke, which is the gateway's fault and spoils no other answer.
    """

    def __init__(self, clock: Clock, report_defect: ReportDefect) -> None:
        self._clock = clock
        self._report_defect = report_defect
        self._ends: list[float] = []
        self._left: set[asyncio.Task[_Timed]] = set()

    async def ask_all(self, assigned: Sequence[AssignedSource], ask: Ask, admit: Admit, call: Call) -> Asked:
        """Every source's answer, in the order given; what has arrived in time is never lost for what has not.

        Args:
            assigned: the sources to ask, in order of authority.
            ask: the question.
            admit: why a row is not about whom or what was asked; such rows are left out and reported.
            call: gives the deadline; sources get a little less, so that the answer is still written in time.
        """
        remaining = call.deadline.remaining(self._clock)
        with self._moment(call.deadline, remaining) as end:
            reserve = call.deadline.at - end
            answers = await self._answers(
                [self._ask(source, ask, admit, call.until(Deadline(end))) for source in assigned],
                remaining - reserve + min(reserve * PATIENCE, ANSWER_COST),
            )
        contributions: list[Contribution] = []
        reports: list[SourceReport] = []
        heard: list[Heard] = []
        for source, answer in zip(assigned, answers, strict=True):
            system = source.source.system
            judged, milliseconds = answer or self._silent(remaining - reserve, call)
            if judged.rows:
                contributions.append(Contribution(system, judged.as_of, judged.rows))
            reports.append(_report(system, judged, milliseconds, call))
            heard.append(_heard(system, judged))
        return Asked(contributions, reports, tuple(heard))

    @contextmanager
    def _moment(self, deadline: Deadline, remaining: float) -> Iterator[float]:
        """When to stop waiting for sources: the last moment that leaves the reserve and that no other asking has."""
        end = deadline.at - min(max(remaining * REPLY_RESERVE, LEAST_RESERVE), remaining / 2)
        for taken in reversed(self._ends):
            if taken <= end - ANSWER_COST:
                break
            if taken < end + ANSWER_COST:
                end = taken - ANSWER_COST
        end = max(end, deadline.at - remaining / 2)
        insort(self._ends, end)
        try:
            yield end
        finally:
            self._ends.remove(end)

    async def _answers(self, askings: Sequence[Coroutine[None, None, _Timed]], seconds: float) -> list[_Timed | None]:
        """What the askings come to; None for those that are not done in time, which are left to their own end."""
        tasks = [asyncio.create_task(asking) for asking in askings]
        if not tasks:
            return []
        try:
            # Adapters keep the same deadline and know better why it was missed: they are given a moment to say so.
            await asyncio.wait(tasks, timeout=seconds)
        finally:
            for task in tasks:
                if not task.done():
                    self._leave(task)
        return [task.result() if task.done() else None for task in tasks]

    def _leave(self, task: asyncio.Task[_Timed]) -> None:
        """Cancel a task without waiting for it: it may take its time, or not listen at all."""
        self._left.add(task)
        task.add_done_callback(self._left.discard)
        task.cancel()

    async def _ask(self, source: AssignedSource, ask: Ask, admit: Admit, call: Call) -> _Timed:
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
        answer = await ask(source.source, call)
        as_of = answer.as_of or self._clock.now()
        rows, notices = _admitted(source, answer, admit)
        if answer.outcome is Outcome.OK and not rows and notices == [UNTOLD]:
            return _Judged(_without_rows(answer), [], as_of, None)
        notices = [notice for notice in notices if notice is not UNTOLD]
        texts = [in_language(answer.notice, call.language)] if answer.notice else []
        if answer.outcome is Outcome.TIMED_OUT and call.deadline.remaining(self._clock) < TICK:
            texts.append(_CALLERS_LIMIT.render(call.language))
        texts += [notice.render(call.language) for notice in notices]
        return _Judged(answer, rows, as_of, joint(call.language).join(texts) or None)

    def _silent(self, seconds: float, call: Call) -> _Timed:
        """What is said of a source that did not even say itself that it was late; its rows are not waited for."""
        notice = _SILENT.render(call.language, milliseconds=f"{seconds * 1000:.0f}")
        answer = Answer(outcome=Outcome.TIMED_OUT, fault=Fault.THEIRS)
        return _Judged(answer, [], self._clock.now(), notice), seconds * 1000

    def _broken(self, source: AssignedSource, error: BaseException, call: Call) -> _Judged:
        self._report_defect(source.source.system, error)
        answer = Answer(outcome=Outcome.GATEWAY_ERROR, fault=Fault.OURS)
        return _Judged(answer, [], self._clock.now(), _DEFECT.render(call.language, request_id=call.request_id))


def as_if_absent(report: SourceReport) -> SourceReport:
    """The report in which nobody can see whether there is such a licence that is not for him, or none."""
    return msgspec.structs.replace(_untold(report), truncated=False)


def _untold(report: SourceReport) -> SourceReport:
    """A report without a word of what was left out; that the system cut its answer off stays said.

    What was asked for may have been beyond the cut, and an answer that may lack it is not complete.
    """
    if report.outcome not in ANSWERED:
        return report
    return msgspec.structs.replace(report, outcome=Outcome.NOT_FOUND, code=None, message=None, notice=None)


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


def _without_rows(answer: Answer) -> Answer:
    """What is told of an answer that has only rows of which the caller may not know."""
    return Answer(outcome=Outcome.NOT_FOUND, truncated=answer.truncated, received=answer.received)


def _heard(system: str, judged: _Judged) -> Heard:
    answer = judged.answer
    return Heard(
        system=system,
        outcome=answer.outcome,
        fault=answer.fault,
        rows=len(judged.rows),
        bytes=sum(reply.bytes for reply in answer.received),
        sha256=tuple(reply.sha256 for reply in answer.received),
    )


def _report(system: str, judged: _Judged, milliseconds: float, call: Call) -> SourceReport:
    answer = judged.answer
    answered = answer.outcome in ANSWERED
    person = call.caller.person
    report = SourceReport(
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
    return _untold(report) if answer.outcome is Outcome.NOT_FOUND else report
