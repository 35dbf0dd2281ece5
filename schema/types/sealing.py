"""用印: documents that are to get a seal, how far they are, and what was found in sealed ones."""

from datetime import datetime
from typing import Self

import strawberry

from gateway.core.seals.attempt import Attempt as CoreAttempt
from gateway.core.seals.platform import SealStatus
from gateway.core.seals.sealing import Sealing as CoreSealing
from gateway.core.seals.sealing import SealingState, Settler
from gateway.core.seals.sealings import SealingCount
from gateway.core.seals.verification import Verdict
from gateway.core.seals.verification import Verification as CoreVerification
from gateway.core.text import Language
from gateway.services.sealing.asking import DocumentRequest, SealRequest, place_of
from gateway.services.sealing.settle_sealing import Settlement
from schema.context import ContextInfo
from schema.types.common import Node, PageInfo, Problem
from schema.types.files import FileTicket


@strawberry.input(description="已上传完成的文件 · A file whose bytes have been sent")
class FileRef:
    upload: strawberry.ID = strawberry.field(description="createUpload 所给的 id · The id that createUpload gave")


@strawberry.input(description="盖章位置：页码自 1 起，毫米，自左上角 · Page from 1, millimetres from the top left")
class Position:
    page: int = strawberry.field(description="自 1 起；负数自末页倒数 · From 1; from the end if it is negative")
    x: float
    y: float


@strawberry.input(
    description="一份文件用一枚印章；at、keyword、crossPage 三选一 · "
    "One document and one seal; one of at, keyword, crossPage"
)
class SealDocumentInput:
    idempotency_key: str = strawberry.field(
        description="同一键同一请求，只盖一次 · The same key and request are sealed once, however often they are sent"
    )
    use: strawberry.ID
    seal: strawberry.ID
    file: FileRef
    at: Position | None = None
    keyword: str | None = strawberry.field(default=None, description="盖在这段文字处 · Where this text stands")
    cross_page: bool | None = strawberry.field(default=False, description="骑缝章 · Across the edges of all pages")

    def request(self) -> SealRequest:
        """The use case's request; raises Refusal BAD_INPUT for the place."""
        at = (self.at.page, self.at.x, self.at.y) if self.at else None
        return SealRequest(
            use=self.use,
            seal=self.seal,
            place=place_of(at, self.keyword, across=bool(self.cross_page)),
            documents=(DocumentRequest(self.idempotency_key, self.file.upload),),
        )


@strawberry.input(description="一批中的一份文件 · One document of many")
class BatchDocumentInput:
    idempotency_key: str
    file: FileRef


@strawberry.input(description="多份文件用同一枚印章，位置相同 · Many documents, one seal, one place")
class SealDocumentsInput:
    use: strawberry.ID
    seal: strawberry.ID
    documents: list[BatchDocumentInput]
    at: Position | None = None
    keyword: str | None = None
    cross_page: bool | None = False

    def request(self) -> SealRequest:
        """The use case's request; raises Refusal BAD_INPUT for the place."""
        at = (self.at.page, self.at.x, self.at.y) if self.at else None
        return SealRequest(
            use=self.use,
            seal=self.seal,
            place=place_of(at, self.keyword, across=bool(self.cross_page)),
            documents=tuple(DocumentRequest(one.idempotency_key, one.file.upload) for one in self.documents),
        )


@strawberry.input(description="审批用印：须为印章归属部门的另一人 · By another officer of the body that owns the seal")
class ApproveSealingInput:
    sealing: strawberry.ID
    approve: bool | None = strawberry.field(default=True, description="不同意填 false · False if he does not agree")


@strawberry.input(description="撤回尚未动用印章的申请 · Cancel what has not been sealed yet")
class CancelSealingInput:
    sealing: strawberry.ID


@strawberry.input(
    description="裁定存疑的用印；notSealed、file、number 三选一 · "
    "Says what became of a sealing in doubt: one of notSealed, file, number"
)
class SettleSealingInput:
    sealing: strawberry.ID
    reason: str
    not_sealed: bool | None = strawberry.field(default=False, description="平台没有盖章 · The platform did not seal it")
    file: FileRef | None = strawberry.field(
        default=None, description="平台所盖的文件，核验后才放行 · What the platform made; it is verified first"
    )
    number: str | None = strawberry.field(
        default=None, description="平台的业务编号，据此查询 · The platform's number, by which it is asked"
    )

    def settlement(self) -> Settlement:
        """The use case's request."""
        return Settlement(
            sealing=self.sealing,
            reason=self.reason,
            unsealed=bool(self.not_sealed),
            upload=self.file.upload if self.file else None,
            number=self.number,
        )


@strawberry.input(description="待核验的文件 · A file that is to be verified")
class VerifyFileInput:
    file: FileRef


@strawberry.type(description="核验的一步 · One step of an examination")
class VerificationStep:
    number: int
    name: str
    verdict: Verdict
    message: str


@strawberry.type(description="核验结果，取各步中最差者 · What was found; the verdict is the worst of the steps'")
class Verification:
    verdict: Verdict
    steps: list[VerificationStep]

    @classmethod
    def of(cls, verification: CoreVerification, language: Language) -> Self:
        """The verification in the reader's language."""
        return cls(
            verdict=verification.verdict,
            steps=[
                VerificationStep(
                    number=step.number,
                    name=step.name.render(language),
                    verdict=step.verdict,
                    message=step.message.render(language),
                )
                for step in verification.steps
            ],
        )


@strawberry.type(description="一次动用印章或请求平台 · One use of the seal, or request to a platform")
class SealAttempt:
    number: int
    at: datetime
    platform: str | None
    told: SealStatus | None = strawberry.field(
        description="平台对本次请求的答复，空为尚无答复 · What the platform answered to it; null while it has not"
    )

    @classmethod
    def of(cls, attempt: CoreAttempt) -> Self:
        """The attempt as it is shown."""
        return cls(number=attempt.number, at=attempt.at, platform=attempt.platform, told=attempt.told)


@strawberry.type(description="一份文件的用印 · One document that is to get one seal")
class Sealing(Node):
    id: strawberry.ID
    state: SealingState
    seal: strawberry.ID
    item: str
    batch: strawberry.ID | None
    pages: int | None
    requested_at: datetime
    changed_at: datetime
    platform: str | None
    number: str | None = strawberry.field(description="平台的业务编号 · The platform's own number")
    attempts: list[SealAttempt]
    problems: list[Problem] = strawberry.field(description="未放行或等待的原因 · Why it is not released, or waits")
    verification: Verification | None
    settled_by: Settler | None
    reason: str | None = strawberry.field(
        description="裁定或不予批准时所说的理由 · Why it was settled so, or not approved, in the words of whoever did"
    )
    core: strawberry.Private[CoreSealing]

    @strawberry.field(description="盖章后的文件，仅在放行后、仅限申请人 · The sealed document, once it is released")
    async def file(self, info: ContextInfo) -> FileTicket | None:
        """A ticket, made when it is asked for."""
        context = info.context
        ticket = await context.use_cases.sealing.give(self.core, context.call)
        return None if ticket is None else FileTicket.of(ticket)

    @classmethod
    def of(cls, sealing: CoreSealing, language: Language) -> Self:
        """The sealing as it is shown; of a document that failed, what was found but never the document."""
        return cls(
            id=strawberry.ID(sealing.id),
            state=sealing.state,
            seal=strawberry.ID(sealing.seal),
            item=sealing.use.item,
            batch=None if sealing.batch is None else strawberry.ID(sealing.batch),
            pages=sealing.pages,
            requested_at=sealing.requested_at,
            changed_at=sealing.changed_at,
            platform=sealing.platform,
            number=sealing.number,
            attempts=[SealAttempt.of(one) for one in sealing.attempts],
            problems=[Problem.of(trouble.refusal(), language) for trouble in sealing.troubles],
            verification=None if sealing.verification is None else Verification.of(sealing.verification, language),
            settled_by=sealing.settled_by,
            reason=sealing.reason,
            core=sealing,
        )


@strawberry.type(description="用印及游标 · A sealing with its cursor")
class SealingEdge:
    cursor: str
    node: Sealing


@strawberry.type(description="用印列表，新者在前 · Sealings, newest first")
class SealingConnection:
    nodes: list[Sealing]
    edges: list[SealingEdge]
    page_info: PageInfo


@strawberry.type(description="一枚印章、一个应用、一种状态的用印次数 · Sealings of one seal, application and state")
class SealingStatistics:
    seal: strawberry.ID
    application: str
    state: SealingState
    count: int

    @classmethod
    def of(cls, line: SealingCount) -> Self:
        """The line as it is shown."""
        return cls(seal=strawberry.ID(line.seal), application=line.application, state=line.state, count=line.count)


@strawberry.type(description="用印申请的结果 · What asking for a seal gave")
class SealDocumentPayload:
    sealing: Sealing | None
    problems: list[Problem]


@strawberry.type(description="批量用印申请的结果 · What asking for many seals gave")
class SealDocumentsPayload:
    batch: strawberry.ID | None = strawberry.field(description="sealings(batch:) 用它查询 · Ask sealings for it")
    sealings: list[Sealing] | None = strawberry.field(description="按文件的次序 · In the order of the documents")
    problems: list[Problem]


@strawberry.type(description="审批用印的结果 · What approving gave")
class ApproveSealingPayload:
    sealing: Sealing | None
    problems: list[Problem]


@strawberry.type(description="撤回用印的结果 · What cancelling gave")
class CancelSealingPayload:
    sealing: Sealing | None
    problems: list[Problem]


@strawberry.type(description="裁定的结果 · What settling gave")
class SettleSealingPayload:
    sealing: Sealing | None
    problems: list[Problem]


@strawberry.type(description="核验盖章文件的结果 · What verifying gave")
class VerifySealedDocumentPayload:
    verification: Verification | None
    problems: list[Problem]
