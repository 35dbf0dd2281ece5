"""数据共享年度报告: the yearly report, as it is shown."""

from datetime import datetime

import strawberry

from gateway.core.sharing.reporting import Figure, ReportLine
from gateway.core.sharing.reporting import ShareReport as CoreReport
from schema.scalars import CreditCode


@strawberry.type(description="年度报告的一行：一个单位，或合计 · The figures of one body, or of all")
class ShareReportLine:
    body: CreditCode | None = strawberry.field(description="合计为空 · Null of all")
    unconditional: int = strawberry.field(
        description="期末目录中无条件共享的资源 · Resources at the end, by sharing type"
    )
    conditional: int
    not_shared: int
    received: int = strawberry.field(description="收到的申请 · Requests that reached the competent authority")
    approved: int
    partly_approved: int
    refused: int
    returned: int = strawberry.field(description="退回补正次数 · How often requests were returned")
    withdrawn: int
    expired: int
    average_days: float | None = strawberry.field(
        description="办结平均工作日，退回期间不计；无办结为空 · "
        "Working days from receipt to decision on average, without those with the requester; null without a decision"
    )
    overdue: int = strawberry.field(description="本年逾期的申请 · Requests of which a stage became late in the year")
    grants: int = strawberry.field(description="期末有效的授权 · Grants in force at the end")
    records: int = strawberry.field(description="据凭据给出的记录数 · Records given, as receipts have them")
    disputes: int = strawberry.field(description="提出的校核 · Disputes that were reported")

    @classmethod
    def of(cls, line: ReportLine) -> "ShareReportLine":
        """The line as it is shown."""
        shown = {figure.value: line.of(figure) for figure in Figure if figure is not Figure.DAYS}
        body = None if line.body is None else CreditCode(line.body)
        return cls(body=body, average_days=line.average_days, **shown)


@strawberry.type(description="数据共享年度报告，按库中所存逐项计数 · The yearly report, counted from what is stored")
class ShareReport:
    year: int
    since: datetime
    until: datetime = strawberry.field(description="统计截止，年内为当前 · Counted until then: now in the present year")
    deadline_edition: int = strawberry.field(description="据以认定逾期的时限规则版本 · Edition of the deadline rules")
    total: ShareReportLine
    providers: list[ShareReportLine]
    requesters: list[ShareReportLine]

    @classmethod
    def of(cls, report: CoreReport) -> "ShareReport":
        """The report as it is shown."""
        return cls(
            year=report.year.number,
            since=report.year.since,
            until=report.year.end,
            deadline_edition=report.edition,
            total=ShareReportLine.of(report.total),
            providers=[ShareReportLine.of(line) for line in report.providers],
            requesters=[ShareReportLine.of(line) for line in report.requesters],
        )
