"""Asking the one system that answers for a resource, in time, and what is said of how it went."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from gateway.core.audit.events import Heard
from gateway.core.call import Call
from gateway.core.caller import Role
from gateway.core.clock import Clock, Deadline
from gateway.core.notices import in_language, joint
from gateway.core.outcome import ANSWERED, Fault, Outcome, ServedFrom, SourceReport
from gateway.core.ports import ReportDefect
from gateway.core.sharing.answers import Checked, Cut
from gateway.core.sharing.receipts import Reply
from gateway.core.sharing.source import ShareAnswer, ShareQuestion, ShareSources
from gateway.core.text import Text

REPLY_RESERVE: Final = 0.05
"""Share of the remaining time that is kept for spending, recording and writing the answer."""

LEAST_RESERVE: Final = 0.05
"""Seconds that are kept at least, but never more than half."""

_READS_SYSTEM_TEXT: Final = frozenset({Role.OFFICER, Role.OPERATIONS, Role.DEPARTMENT, Role.HUB})
_NOT_THERE: Final = Text(
    "该系统未接入，或未分配提供共享数据", "this system is not connected, or not assigned to share records"
)
_DEFECT: Final = Text(
    "网关在处理该系统时出错，请求编号 {request_id}",
    "an error inside the gateway while it asked this system, request {request_id}",
)
_UNREADABLE: Final = Text("部分记录或数值无法读取", "some records or values could not be read")
_DROPPED: Final = Text("该系统返回了未查询的字段，已剔除", "fields that were not asked for were left out")
_CUTS: Final[Mapping[Cut, Text]] = {
    Cut.FOREIGN: Text("该系统返回了他人的记录，已扣留", "records of somebody else were held back"),
    Cut.UNPROVEN: Text("部分记录未注明所属对象，已扣留", "records that do not say whose they are were held back"),
    Cut.OUTSIDE: Text("授权范围以外的记录已剔除", "records outside of the grant's rows were left out"),
}


class Told(msgspec.Struct, frozen=True):
    """An answer, and the milliseconds that it took."""

    system: str
    answer: ShareAnswer
    milliseconds: float


class ShareAsker:
    """Asks systems.

    Args:
        sources: the systems.
        clock: judges the deadline.
        report_defect: is told of a system whose adapter broke.
    """

    def __init__(self, sources: ShareSources, clock: Clock, report_defect: ReportDefect) -> None:
        self._sources = sources
        self._clock = clock
        self._report_defect = report_defect

    async def ask(self, system: str, question: ShareQuestion, call: Call) -> Told:
        """What the system says; never raises for what it did."""
        started = self._clock.monotonic()
        source = self._sources.share_source(system)
        if source is None:
            answer = ShareAnswer(outcome=Outcome.NOT_ASKED, notice=_NOT_THERE.render(call.language))
            return Told(system, answer, 0.0)
        remaining = call.deadline.remaining(self._clock)
        reserve = min(max(remaining * REPLY_RESERVE, LEAST_RESERVE), remaining / 2)
        try:
            answer = await source.query(question, call.until(Deadline(call.deadline.at - reserve)))
        except Exception as error:  # noqa: BLE001 - a broken adapter is no answer, and nobody's secret
            self._report_defect(system, error)
            notice = _DEFECT.render(call.language, request_id=call.request_id)
            answer = ShareAnswer(outcome=Outcome.GATEWAY_ERROR, fault=Fault.OURS, notice=notice)
        return Told(system, answer, (self._clock.monotonic() - started) * 1000)

    def report(self, told: Told, checked: Checked, call: Call, *, dirty: bool) -> SourceReport:
        """The line of ``sources``; ``dirty`` if values were none of their field's type."""
        answer, language = told.answer, call.language
        said = [in_language(answer.notice, language)] if answer.notice else []
        notices: list[Text] = [_CUTS[cut] for cut in Cut if checked.cut.get(cut)]
        notices += [_DROPPED] if checked.dropped else []
        notices += [_UNREADABLE] if dirty or answer.dirty or answer.unreadable else []
        said += [notice.render(language) for notice in notices]
        answered = answer.outcome in ANSWERED
        person = call.caller.person
        return SourceReport(
            system=told.system,
            outcome=answer.outcome,
            fault=answer.fault,
            served_from=ServedFrom.LIVE if answered else None,
            as_of=(answer.as_of or self._clock.now()) if answered else None,
            milliseconds=round(told.milliseconds, 1),
            truncated=answer.truncated,
            code=answer.code,
            message=answer.message if person is not None and person.role in _READS_SYSTEM_TEXT else None,
            notice=joint(language).join(said) or None,
            retry_after=answer.retry_after,
        )


def heard(told: Told, rows: int) -> Heard:
    """The same for the audit."""
    answer = told.answer
    return Heard(
        system=told.system,
        outcome=answer.outcome,
        fault=answer.fault,
        rows=rows,
        bytes=sum(reply.bytes for reply in answer.received),
        sha256=tuple(reply.sha256 for reply in answer.received),
    )


def replies(told: Told) -> Sequence[Reply]:
    """The same for the receipt."""
    return [Reply(told.system, reply.bytes, reply.sha256) for reply in told.answer.received]
