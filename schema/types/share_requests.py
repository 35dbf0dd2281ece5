"""数据共享申请: requests as their parties see them, with their clocks, and the inputs by which they move."""

from datetime import date, datetime

import strawberry

from gateway.core.sharing.deadlines import Change, Stage, explain
from gateway.core.sharing.forwarding import Forwarding, ForwardingState
from gateway.core.sharing.parties import Party
from gateway.core.sharing.records import StepCount
from gateway.core.sharing.requests import ShareRequest as CoreRequest
from gateway.core.sharing.resources import Authority, SharingType
from gateway.core.sharing.steps import Action, RequestState
from gateway.core.sharing.steps import Attachment as CoreAttachment
from gateway.core.text import Language
from gateway.services.sharing.decide_request import Decision, DecisionRequest
from gateway.services.sharing.desk import Issued
from gateway.services.sharing.request_share import Change as ChangeRequest
from gateway.services.sharing.request_share import NewRequest
from gateway.services.sharing.supervise import Clocked
from schema.context import ContextInfo
from schema.scalars import CreditCode, RegionCode
from schema.types.common import Node, PageInfo, Problem
from schema.types.files import FileTicket
from schema.types.share_grants import ShareGrant
from schema.types.share_terms import SharePurpose, SharePurposeInput, ShareTerms, ShareTermsInput

_VERSION = "读到的 version · The version that was read"


@strawberry.type(description="一个办理环节的时限 · The clock of one stage")
class ShareDeadline:
    stage: Stage
    started: datetime
    ended: datetime | None
    due: date | None = strawberry.field(
        description="最后一个按时的日子；退回期间停表为空 · The last day in time; null while the clock stands still"
    )
    late: int = strawberry.field(description="逾期工作日数 · Working days by which it is or was late")
    provisional: bool = strawberry.field(description="节假日安排未公布 · Whether the calendar is only assumed")
    why: list[str] = strawberry.field(description="如何计算，逐句说明 · How it was counted, a sentence each")

    @classmethod
    def of(cls, clocked: Clocked, language: Language) -> "ShareDeadline":
        """The clock as it is shown."""
        run, due = clocked.run, clocked.due
        return cls(
            stage=run.stage,
            started=run.started,
            ended=run.ended,
            due=None if due is None else due.day,
            late=clocked.late,
            provisional=due is not None and due.provisional,
            why=[] if due is None else [line.render(language) for line in explain(due)],
        )


@strawberry.type(description="办理记录中的一步 · One step on the record")
class ShareStep:
    number: int
    action: Action
    before: RequestState
    after: RequestState
    party: Party
    at: datetime
    reason: str | None
    note: str | None


@strawberry.type(description="各方之间的消息 · What one party wrote to the others")
class ShareMessage:
    party: Party
    at: datetime
    text: str


@strawberry.type(description="附件 · A file that was added")
class ShareAttachment:
    name: str
    bytes: int
    sha256: str
    party: Party
    at: datetime
    core: strawberry.Private[CoreAttachment]
    request: strawberry.Private[CoreRequest]

    @strawberry.field(
        description="下载票据：仅限申请各方，领取入审计；监督人员为空 · "
        "A ticket for the parties of the request, and who got it is audited; null for anybody else"
    )
    async def file(self, info: ContextInfo) -> FileTicket | None:
        """The ticket."""
        context = info.context
        ticket = await context.use_cases.sharing.give_attachment(self.request, self.core, context.call)
        return None if ticket is None else FileTicket.of(ticket)


@strawberry.type(description="在上级平台的进展 · How far a request is at the exchange that decides on it")
class ShareForwarding:
    system: str
    number: str | None = strawberry.field(description="上级平台的编号 · What the exchange calls it")
    state: ForwardingState
    since: datetime = strawberry.field(description="当前状态始于 · When the present state began")
    attempts: int = strawberry.field(description="发送次数 · How often it was sent")
    needs_person: bool = strawberry.field(description="须由人裁定 · Whether somebody has to settle it")

    @classmethod
    def of(cls, forwarding: Forwarding) -> "ShareForwarding":
        """The forwarding as it is shown."""
        return cls(
            system=forwarding.system,
            number=forwarding.number,
            state=forwarding.state,
            since=forwarding.since,
            attempts=forwarding.attempts,
            needs_person=forwarding.needs_person(),
        )


@strawberry.type(description="数据共享申请 · A request of one body for one resource")
class ShareRequest(Node):
    resource: str = strawberry.field(description="目录编码 · Catalogue code")
    state: RequestState
    version: int = strawberry.field(description="办理时须提交 · For the next step")
    sharing: SharingType
    decided_by: Authority
    region: RegionCode
    requester: CreditCode
    own_office: CreditCode | None
    authority: CreditCode
    provider: CreditCode
    in_charge: Party | None = strawberry.field(description="下一步由谁办理 · Who is to take the next step")
    drafted_at: datetime
    expires_at: datetime | None
    purpose: SharePurpose
    wanted: ShareTerms
    granted: ShareTerms | None
    steps: list[ShareStep]
    messages: list[ShareMessage]
    attachments: list[ShareAttachment]
    exchange_number: str | None = strawberry.field(description="上级平台的编号 · What the exchange calls it")
    forwarding: ShareForwarding | None = strawberry.field(description="在上级平台的进展 · How far it is there")
    core: strawberry.Private[CoreRequest]

    @strawberry.field(description="各环节的时限 · The clock of each stage")
    def deadlines(self, info: ContextInfo) -> list[ShareDeadline]:
        """By which day each stage is or was to be over."""
        context = info.context
        clocks = context.use_cases.sharing.supervise.clocks(self.core)
        return [ShareDeadline.of(one, context.call.language) for one in clocks]

    @strawberry.field(description="据此发放的授权 · The grant that was issued for it")
    async def grant(self, info: ContextInfo) -> ShareGrant | None:
        """The grant."""
        found = await info.context.use_cases.sharing.find.grant(self.core)
        return None if found is None else ShareGrant.of(found)

    @classmethod
    def of(cls, request: CoreRequest) -> "ShareRequest":
        """The request as its parties see it: parties, not persons."""
        return cls(
            id=strawberry.ID(request.id),
            resource=request.resource,
            state=request.state,
            version=request.version,
            sharing=request.sharing,
            decided_by=request.decided_by,
            region=RegionCode(request.region),
            requester=CreditCode(request.requester),
            own_office=None if request.own_office is None else CreditCode(request.own_office),
            authority=CreditCode(request.authority),
            provider=CreditCode(request.provider),
            in_charge=request.in_charge(),
            drafted_at=request.drafted_at,
            expires_at=request.expires_at,
            purpose=SharePurpose(text=request.purpose.text, basis=request.purpose.basis),
            wanted=ShareTerms.of(request.wanted),
            granted=None if request.granted is None else ShareTerms.of(request.granted),
            steps=[
                ShareStep(
                    number=one.number,
                    action=one.action,
                    before=one.before,
                    after=one.after,
                    party=one.by.party,
                    at=one.at,
                    reason=one.reason,
                    note=one.note,
                )
                for one in request.steps
            ],
            messages=[ShareMessage(party=one.by.party, at=one.at, text=one.text) for one in request.messages],
            attachments=[
                ShareAttachment(
                    name=one.name,
                    bytes=one.bytes,
                    sha256=one.sha256,
                    party=one.added_by.party,
                    at=one.at,
                    core=one,
                    request=request,
                )
                for one in request.attachments
            ],
            exchange_number=None if request.forwarding is None else request.forwarding.number,
            forwarding=None if request.forwarding is None else ShareForwarding.of(request.forwarding),
            core=request,
        )


@strawberry.type(description="分页中的申请 · A request in a page")
class ShareRequestEdge:
    cursor: str
    node: ShareRequest


@strawberry.type(description="申请分页 · A page of requests")
class ShareRequestConnection:
    nodes: list[ShareRequest]
    edges: list[ShareRequestEdge]
    page_info: PageInfo


@strawberry.type(description="逾期的申请 · A late request")
class OverdueShareRequest:
    request: ShareRequest
    deadline: ShareDeadline


@strawberry.type(description="规则变更对一个环节的影响 · What other rules would change for a stage")
class ShareDeadlineChange:
    request: strawberry.ID
    stage: Stage
    before: date | None
    after: date | None
    newly_late: bool

    @classmethod
    def of(cls, change: Change) -> "ShareDeadlineChange":
        """The change as it is shown."""
        return cls(
            request=strawberry.ID(change.run.id),
            stage=change.run.stage,
            before=None if change.before is None else change.before.day,
            after=None if change.after is None else change.after.day,
            newly_late=change.newly_late,
        )


@strawberry.type(description="共享办理统计的一行 · One line of the statistics")
class ShareStatistics:
    resource: str
    action: Action
    after: RequestState
    reason: str | None
    count: int

    @classmethod
    def of(cls, line: StepCount) -> "ShareStatistics":
        """The line as it is shown."""
        return cls(resource=line.resource, action=line.action, after=line.after, reason=line.reason, count=line.count)


@strawberry.input(description="数据共享申请；submit 为假则存为草稿 · A request; a draft unless submit")
class RequestShareInput:
    idempotency_key: str
    resource: str
    terms: ShareTermsInput
    purpose: SharePurposeInput
    submit: bool = True

    def request(self) -> NewRequest:
        """The use case's request."""
        return NewRequest(
            key=self.idempotency_key,
            resource=self.resource,
            terms=self.terms.request(),
            purpose=self.purpose.purpose(),
            submit=self.submit,
        )


@strawberry.input(description="修改草稿，或提交、补正后再提交；空的部分不变 · What is left out stays")
class ChangeShareRequestInput:
    id: strawberry.ID
    expected_version: int = strawberry.field(description=_VERSION)
    terms: ShareTermsInput | None = None
    purpose: SharePurposeInput | None = None

    def request(self) -> ChangeRequest:
        """The use case's request."""
        return ChangeRequest(
            id=self.id,
            expected_version=self.expected_version,
            terms=None if self.terms is None else self.terms.request(),
            purpose=None if self.purpose is None else self.purpose.purpose(),
        )


@strawberry.input(description="办理申请的一步 · A step of whoever is in charge")
class DecideShareRequestInput:
    id: strawberry.ID
    expected_version: int = strawberry.field(description=_VERSION)
    decision: Decision
    granted: ShareTermsInput | None = strawberry.field(
        default=None, description="部分同意时给出 · What is approved, if not all of it"
    )
    reason: str | None = strawberry.field(default=None, description="规则所列理由的代码 · A code of the rules' lists")
    note: str | None = None
    until: datetime | None = strawberry.field(default=None, description="退回补正的期限 · Until when it is mended")

    def request(self) -> DecisionRequest:
        """The use case's request."""
        return DecisionRequest(
            id=self.id,
            expected_version=self.expected_version,
            decision=self.decision,
            granted=None if self.granted is None else self.granted.request(),
            reason=self.reason,
            note=self.note,
            until=self.until,
        )


@strawberry.input(description="撤回申请 · Withdraw a request")
class WithdrawShareRequestInput:
    id: strawberry.ID
    expected_version: int = strawberry.field(description=_VERSION)


@strawberry.input(description="给各方的消息 · A message to the parties")
class WriteToShareRequestInput:
    id: strawberry.ID
    expected_version: int = strawberry.field(description=_VERSION)
    text: str


@strawberry.input(description="附上一个已上传的文件 · Add a file that was uploaded")
class AttachToShareRequestInput:
    id: strawberry.ID
    expected_version: int = strawberry.field(description=_VERSION)
    upload: strawberry.ID


@strawberry.type(description="申请的结果；直接开通时带授权 · What came of it; with the grant where one was issued")
class RequestSharePayload:
    request: ShareRequest | None
    grant: ShareGrant | None
    problems: list[Problem]

    @classmethod
    def of(cls, done: Issued | None, problems: list[Problem]) -> "RequestSharePayload":
        """The payload."""
        return cls(
            request=None if done is None else ShareRequest.of(done.request),
            grant=None if done is None or done.grant is None else ShareGrant.of(done.grant),
            problems=problems,
        )


@strawberry.type(description="办理的结果；同意时带授权 · What came of it; with the grant once it is approved")
class DecideShareRequestPayload:
    request: ShareRequest | None
    grant: ShareGrant | None
    problems: list[Problem]


@strawberry.type(description="变更申请的结果 · What came of changing a request")
class ShareRequestPayload:
    request: ShareRequest | None
    problems: list[Problem]


@strawberry.type(description="撤回的结果 · What came of withdrawing")
class WithdrawShareRequestPayload:
    request: ShareRequest | None
    problems: list[Problem]
