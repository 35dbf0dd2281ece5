"""校核: disputes as those whom they concern see them, and the inputs by which they move."""

from collections.abc import Sequence
from datetime import datetime

import strawberry

from gateway.core.sharing.corrections import DisputeRole, DisputeState
from gateway.core.sharing.recipients import Recipient
from gateway.core.sharing.steps import Attachment
from gateway.services.sharing.disputes.answer_dispute import DisputeAnswer, SourceStep
from gateway.services.sharing.disputes.dispute_record import NewDispute
from gateway.services.sharing.disputes.dispute_sight import SeenDispute
from gateway.services.sharing.disputes.settle_dispute import DisputeSettlement
from gateway.services.sharing.sight import SeenPage
from schema.context import ContextInfo
from schema.scalars import CreditCode, RegionCode
from schema.types.common import Node, PageInfo, Problem
from schema.types.files import FileTicket
from schema.types.sealing import FileRef
from schema.types.share_parameters import ShareParameterInput
from schema.types.share_requests import ShareDeadline, ShareForwarding

_VERSION = "读到的 version · The version that was read"


@strawberry.type(description="证据 · A file that shows what is wrong")
class DisputeEvidence:
    name: str
    bytes: int
    sha256: str
    at: datetime
    core: strawberry.Private[Attachment]
    seen: strawberry.Private[SeenDispute]

    @strawberry.field(
        description="下载票据：仅限提出方与数源单位，领取入审计 · "
        "A ticket for reporter and source, and who got it is audited; null for anybody else"
    )
    async def file(self, info: ContextInfo) -> FileTicket | None:
        """The ticket."""
        context = info.context
        ticket = await context.use_cases.sharing.disputes.evidence(self.seen, self.core, context.call)
        return None if ticket is None else FileTicket.of(ticket)


@strawberry.type(description="收到过该记录的单位与应用 · A body and application that received the record")
class DisputeRecipient:
    body: CreditCode
    application: str
    fields: list[str] = strawberry.field(description="收到的相关字段 · Which of the fields it received")
    grants: list[strawberry.ID]
    last_at: datetime = strawberry.field(description="最近一次收到 · When it received it last")
    receipt: strawberry.ID = strawberry.field(description="最近一次的凭据 · The receipt of that")
    told_at: datetime | None = strawberry.field(
        description="该单位确认知悉的时刻 · When the body itself took note of the answer"
    )

    @classmethod
    def of(cls, one: Recipient) -> "DisputeRecipient":
        """The recipient as it is shown."""
        return cls(
            body=CreditCode(one.body),
            application=one.application,
            fields=sorted(one.fields),
            grants=[strawberry.ID(grant) for grant in sorted(one.grants)],
            last_at=one.last_at,
            receipt=strawberry.ID(one.receipt),
            told_at=one.told_at,
        )


@strawberry.type(
    description="数据校核：网关不保存更正后的值，收到过的单位重新查询 · "
    "A dispute over a record. The gateway keeps no corrected value: whoever received the record fetches it again"
)
class Dispute(Node):
    state: DisputeState
    version: int = strawberry.field(description="办理时须提交 · For the next step")
    roles: list[DisputeRole] = strawberry.field(
        description="本单位在其中的角色；枢纽与审计人员为空 · What the caller's body has to do with it"
    )
    resource: str = strawberry.field(description="目录编码 · Catalogue code")
    subject: str | None = strawberry.field(
        description="记录所属对象的引用，与凭据中的 subject 相同 · Whose record, as `subject` of receipts says it"
    )
    fields: list[str] = strawberry.field(description="提出有误的字段 · Which fields are disputed")
    text: str | None = strawberry.field(description="提出的理由；仅收到过的单位为空 · Null for a mere recipient")
    reporter: CreditCode | None = strawberry.field(
        description="提出单位；仅收到过的单位为空 · Null for a mere recipient"
    )
    source: CreditCode
    region: RegionCode
    reported_at: datetime
    answered_at: datetime | None
    extended: bool
    note: str | None = strawberry.field(
        description="数源单位或上级平台最近的说明 · What the source or the exchange said last"
    )
    corrected: list[str] = strawberry.field(description="已更正的字段 · Which fields the source corrected")
    evidence: list[DisputeEvidence] = strawberry.field(description="仅收到过的单位看不到 · Empty for a mere recipient")
    recipients: list[DisputeRecipient] = strawberry.field(
        description="须告知的单位：数源单位与监督看到全部，其他只看到本单位 · "
        "Who is to be told: all for the source and supervision, else one's own body"
    )
    forwarding: ShareForwarding | None = strawberry.field(
        description="在上级平台的进展：记录来自该平台，由其答复；仅收到过的单位为空 · "
        "How far it is at the exchange that the record came from, which answers it; null for a mere recipient"
    )
    recipient_count: int
    told_count: int
    core: strawberry.Private[SeenDispute]

    @strawberry.field(description="答复的时限 · By when it is to be answered")
    def deadline(self, info: ContextInfo) -> ShareDeadline:
        """Its clock."""
        context = info.context
        clocked = context.use_cases.sharing.disputes.overdue.clock(self.core.dispute)
        return ShareDeadline.of(clocked, context.call.language)

    @strawberry.field(
        description="各接收单位确认知悉的时限；未答复时为空 · By when everyone is to take note of the answer"
    )
    def acknowledgement(self, info: ContextInfo) -> ShareDeadline | None:
        """Its other clock."""
        context = info.context
        clocked = context.use_cases.sharing.disputes.overdue.noting(self.core.dispute)
        return None if clocked is None else ShareDeadline.of(clocked, context.call.language)

    @classmethod
    def of(cls, seen: SeenDispute) -> "Dispute":
        """The dispute as this reader sees it."""
        dispute, claim = seen.dispute, seen.dispute.claim
        return cls(
            id=strawberry.ID(dispute.id),
            state=dispute.state,
            version=dispute.version,
            roles=sorted(seen.roles),
            resource=dispute.delivery.resource,
            subject=dispute.delivery.subject or None,
            fields=sorted(claim.fields),
            text=claim.text if seen.shows_claim else None,
            reporter=CreditCode(dispute.delivery.body) if seen.shows_claim else None,
            source=CreditCode(dispute.source),
            region=RegionCode(dispute.region),
            reported_at=dispute.reported_at,
            answered_at=dispute.answered_at,
            extended=dispute.extended,
            note=dispute.note,
            corrected=sorted(dispute.corrected),
            evidence=[
                DisputeEvidence(name=one.name, bytes=one.bytes, sha256=one.sha256, at=one.at, core=one, seen=seen)
                for one in (claim.evidence if seen.shows_claim else ())
            ],
            recipients=[DisputeRecipient.of(one) for one in seen.recipients],
            forwarding=ShareForwarding.of(dispute.forwarding) if dispute.forwarding and seen.shows_claim else None,
            recipient_count=len(dispute.recipients),
            told_count=len(dispute.recipients) - len(dispute.untold()),
            core=seen,
        )


@strawberry.type(description="分页中的校核 · A dispute in a page")
class DisputeEdge:
    cursor: str
    node: Dispute


@strawberry.type(description="校核分页 · A page of disputes")
class DisputeConnection:
    nodes: list[Dispute]
    edges: list[DisputeEdge]
    page_info: PageInfo

    @classmethod
    def of(cls, found: SeenPage[SeenDispute]) -> "DisputeConnection":
        """The page as it is shown."""
        nodes = [Dispute.of(one) for one in found.page.nodes]
        return cls(
            nodes=nodes,
            edges=[
                DisputeEdge(cursor=cursor, node=node) for cursor, node in zip(found.page.cursors, nodes, strict=True)
            ],
            page_info=PageInfo(has_next_page=found.page.has_next, end_cursor=found.end),
        )


@strawberry.type(description="逾期的校核 · A late dispute")
class OverdueDispute:
    dispute: Dispute
    deadline: ShareDeadline


@strawberry.input(description="对收到的一条记录提出校核 · Reports a record that one's body received as wrong")
class DisputeRecordInput:
    idempotency_key: str
    receipt: strawberry.ID = strawberry.field(description="收到该记录时的凭据 id · The id of its receipt")
    fields: list[str] = strawberry.field(description="有误的字段 · Which fields are wrong")
    text: str = strawberry.field(description="哪里不对；不写个人信息 · What is wrong; name no persons")
    evidence: list[FileRef]
    record: list[ShareParameterInput] | None = strawberry.field(
        default=None,
        description="记录来自上级平台时：查询该记录所用的键，只告知该平台 · "
        "Of a record that came from an exchange: the keys with which it was asked for, told to that exchange alone",
    )

    def request(self) -> NewDispute:
        """The use case's request."""
        return NewDispute(
            key=self.idempotency_key,
            receipt=self.receipt,
            fields=tuple(self.fields),
            text=self.text,
            evidence=uploads(self.evidence),
            record={one.name: one.value for one in self.record or ()},
        )


@strawberry.input(description="补充证据 · More evidence, after the source has asked for it")
class SupplementDisputeInput:
    id: strawberry.ID
    expected_version: int = strawberry.field(description=_VERSION)
    evidence: list[FileRef]


@strawberry.input(description="撤回校核，答复之前 · Takes a dispute back before there is an answer")
class WithdrawDisputeInput:
    id: strawberry.ID
    expected_version: int = strawberry.field(description=_VERSION)


@strawberry.input(description="数源单位的一步：退回补充证据、延期、答复 · A step of the source")
class AnswerDisputeInput:
    id: strawberry.ID
    expected_version: int = strawberry.field(description=_VERSION)
    step: SourceStep
    note: str = strawberry.field(description="说明；不写个人信息 · What it says; name no persons")
    corrected: list[str] | None = strawberry.field(
        default=None,
        description="答复时：已更正的字段，核实无误则不填 · What was corrected; none if it was right",
    )

    def request(self) -> DisputeAnswer:
        """The use case's request."""
        return DisputeAnswer(
            id=self.id,
            expected_version=self.expected_version,
            step=self.step,
            note=self.note,
            corrected=tuple(self.corrected or ()),
        )


@strawberry.input(
    description="裁定转办的校核：给出编号、重新发送，或交回本级数源单位 · "
    "What becomes of a dispute at its exchange: its number there, that it is sent again, or that it is answered here"
)
class SettleDisputeInput:
    dispute: strawberry.ID
    expected_version: int = strawberry.field(description=_VERSION)
    number: str | None = strawberry.field(default=None, description="上级平台的编号 · What the exchange calls it")
    send_again: bool | None = False
    hand_back: bool | None = strawberry.field(default=False, description="由本级数源单位答复 · The source here answers")
    reason: str = strawberry.field(description="如何得知，或理由 · How it is known, or why")

    def settlement(self) -> DisputeSettlement:
        """The use case's request."""
        return DisputeSettlement(
            dispute=self.dispute,
            expected_version=self.expected_version,
            reason=self.reason,
            number=self.number,
            send_again=bool(self.send_again),
            hand_back=bool(self.hand_back),
        )


@strawberry.input(description="确认知悉答复 · Says that one's body has taken note of the answer")
class AcknowledgeDisputeInput:
    id: strawberry.ID
    application: str | None = strawberry.field(
        default=None,
        description="收到该记录的应用，缺省为当前应用 · Through which it was received; else the one that asks",
    )


@strawberry.type(description="提出校核的结果 · What came of reporting a record")
class DisputeRecordPayload:
    dispute: Dispute | None
    problems: list[Problem]


@strawberry.type(description="办理校核的结果 · What came of a step of a dispute")
class DisputePayload:
    dispute: Dispute | None
    problems: list[Problem]


def uploads(files: Sequence[FileRef]) -> tuple[str, ...]:
    """The ids of uploaded files."""
    return tuple(one.upload for one in files)
