"""调用记录与到期: the operational record of calls to systems, and what ends on a known day."""

from datetime import datetime

import strawberry

from gateway.core.call_ledger import CallStatistics as CoreStatistics
from gateway.core.call_ledger import RecordedCall, Spread
from gateway.core.call_record import BreakerState, CallKind, NotSent
from gateway.core.expiry import Expiry as CoreExpiry
from gateway.core.expiry import ExpiryKind
from gateway.core.outcome import Fault, Outcome, ServedFrom
from gateway.services.export_calls import ExportFormat
from gateway.services.list_calls import CallsRequest
from schema.types.common import PageInfo, Problem
from schema.types.files import FileTicket


@strawberry.type(description="对系统的一次调用，不含任何个人信息 · One call to a system, without anything of a person")
class SystemCall:
    asked_at: datetime = strawberry.field(description="需要调用的时刻 · When it was wanted")
    sent_at: datetime | None = strawberry.field(description="发出的时刻 · When it went out")
    answered_at: datetime = strawberry.field(description="结束的时刻 · When its end was known")
    request_id: str = strawberry.field(description="所属请求的编号 · Of the request that needed it")
    application: str = strawberry.field(description="调用方应用 · Code of the application for which it was made")
    system: str
    version: int = strawberry.field(description="清单版本 · Version of the system's manifest")
    operation: str
    kind: CallKind
    attempt: int = strawberry.field(description="第几次尝试 · 1, or more where the call was repeated")
    queued_milliseconds: float = strawberry.field(description="排队毫秒数 · How long it waited for a place")
    milliseconds: float = strawberry.field(description="从发出到结束的毫秒数 · From sending to the end")
    request_bytes: int
    reply_bytes: int | None
    reply_sha256: str | None = strawberry.field(description="应答正文的摘要 · Digest of the reply's body")
    status: int | None = strawberry.field(description="HTTP 状态码 · HTTP status")
    outcome: Outcome
    fault: Fault | None
    code: str | None = strawberry.field(description="系统自身的代码 · The system's own code")
    served_from: ServedFrom | None
    breaker: BreakerState
    not_sent: NotSent | None = strawberry.field(description="未发出的原因 · Why it never reached the wire")
    succeeded: bool = strawberry.field(description="系统是否尽责 · Whether the system did its part")

    @classmethod
    def of(cls, recorded: RecordedCall) -> "SystemCall":
        """The recorded call."""
        record = recorded.record
        return cls(
            asked_at=record.asked_at,
            sent_at=record.sent_at,
            answered_at=record.answered_at,
            request_id=record.request_id,
            application=record.application,
            system=record.system,
            version=record.version,
            operation=record.operation,
            kind=record.kind,
            attempt=record.attempt,
            queued_milliseconds=record.queued_ms,
            milliseconds=record.taken_ms,
            request_bytes=record.request_bytes,
            reply_bytes=record.received.bytes if record.received else None,
            reply_sha256=record.received.sha256 if record.received else None,
            status=record.status,
            outcome=record.outcome,
            fault=record.fault,
            code=record.code,
            served_from=record.served_from,
            breaker=record.breaker,
            not_sent=record.not_sent,
            succeeded=record.succeeded,
        )


@strawberry.type(description="分页中的调用 · A call in a page")
class SystemCallEdge:
    cursor: str
    node: SystemCall


@strawberry.type(description="调用分页，最新的在前 · A page of calls, newest first")
class SystemCallConnection:
    nodes: list[SystemCall]
    edges: list[SystemCallEdge]
    page_info: PageInfo


@strawberry.type(description="数值分布 · How many values lie")
class CallSpread:
    least: float
    average: float
    most: float
    deviation: float = strawberry.field(description="标准差 · Standard deviation")
    p50: float
    p95: float

    @classmethod
    def of(cls, spread: Spread | None) -> "CallSpread | None":
        """The spread, if there were values."""
        if spread is None:
            return None
        return cls(
            least=spread.least,
            average=spread.average,
            most=spread.most,
            deviation=spread.deviation,
            p50=spread.p50,
            p95=spread.p95,
        )


@strawberry.type(description="某种结果的次数 · How many calls ended in one way")
class OutcomeCount:
    outcome: Outcome
    calls: int


@strawberry.type(description="时间窗内的统计 · How the calls of one operation went over a window")
class CallStatistics:
    system: str
    operation: str
    calls: int
    succeeded: int
    outcomes: list[OutcomeCount]
    last_success: datetime | None
    last_failure: datetime | None
    milliseconds: CallSpread | None = strawberry.field(description="耗时 · Of calls that went out")
    request_bytes: CallSpread | None
    reply_bytes: CallSpread | None

    @classmethod
    def of(cls, line: CoreStatistics) -> "CallStatistics":
        """The line."""
        return cls(
            system=line.system,
            operation=line.operation,
            calls=line.calls,
            succeeded=line.succeeded,
            outcomes=[OutcomeCount(outcome=outcome, calls=calls) for outcome, calls in line.outcomes.items()],
            last_success=line.last_success,
            last_failure=line.last_failure,
            milliseconds=CallSpread.of(line.milliseconds),
            request_bytes=CallSpread.of(line.request_bytes),
            reply_bytes=CallSpread.of(line.reply_bytes),
        )


@strawberry.input(description="导出调用记录 · Which calls to export, and how")
class ExportSystemCallsInput:
    format: ExportFormat
    system: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def request(self) -> CallsRequest:
        """What the use case is asked for."""
        return CallsRequest(system=self.system, since=self.since, until=self.until)


@strawberry.type(description="导出的结果 · What exporting gave")
class ExportSystemCallsPayload:
    file: FileTicket | None
    problems: list[Problem]


@strawberry.type(description="将到期之物 · Something that is of no use from a known instant on")
class Expiry:
    kind: ExpiryKind
    name: str = strawberry.field(description="何物，从不含其值 · Which one of its kind; never its value")
    system: str | None
    expires_at: datetime
    days: int = strawberry.field(description="剩余整天数，过期为负 · Whole days left, negative once it has ended")

    @classmethod
    def of(cls, expiry: CoreExpiry, days: int) -> "Expiry":
        """The expiry, so many days before it."""
        return cls(
            kind=expiry.kind,
            name=expiry.name,
            system=expiry.system,
            expires_at=expiry.expires_at,
            days=days,
        )
