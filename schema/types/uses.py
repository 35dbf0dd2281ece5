"""用途: declaring why licences are asked for."""

from datetime import datetime

import strawberry

from gateway.core.application import PreApplication as CorePreApplication
from gateway.core.mandate import Mandate as CoreMandate
from gateway.core.use import UseBasis
from gateway.services.open_use import UseRequest
from schema.types.common import PageInfo, Problem
from schema.types.licences import DocumentInput


@strawberry.input(description="持证人授权 · The signed-in holder himself")
class HolderUse:
    item: str = strawberry.field(description="事项编码 · Code of the service item")
    scan: str | None = strawberry.field(
        default=None,
        description="窗口现场授权：持证人出示的码 · On-site authorisation: the code that the holder shows a clerk",
    )
    note: str | None = None


@strawberry.input(description="委托 · Under a recorded mandate")
class EntrustedUse:
    item: str
    mandate: strawberry.ID
    note: str | None = None


@strawberry.input(description="依职能查验 · An officer, for a case")
class StatutoryUse:
    item: str
    case: str | None = strawberry.field(default=None, description="办件编号 · Case number")
    application: str | None = strawberry.field(default=None, description="预办编号 · Pre-application number of ours")
    note: str | None = None


@strawberry.input(description="亮证 · A code the holder shows")
class PresentedUse:
    code: str
    note: str | None = None


@strawberry.input(one_of=True, description="用途，四选一 · A purpose, exactly one of the four bases")
class OpenUseInput:
    holder: HolderUse | None = strawberry.UNSET
    entrusted: EntrustedUse | None = strawberry.UNSET
    statutory: StatutoryUse | None = strawberry.UNSET
    presented: PresentedUse | None = strawberry.UNSET

    def request(self) -> UseRequest:
        """What the use case is asked for."""
        if self.holder:
            return UseRequest(
                basis=UseBasis.HOLDER, item=self.holder.item, scan=self.holder.scan, note=self.holder.note
            )
        if self.entrusted:
            return UseRequest(
                basis=UseBasis.ENTRUSTED,
                item=self.entrusted.item,
                mandate=self.entrusted.mandate,
                note=self.entrusted.note,
            )
        if self.statutory:
            return UseRequest(
                basis=UseBasis.STATUTORY,
                item=self.statutory.item,
                case=self.statutory.case,
                application=self.statutory.application,
                note=self.statutory.note,
            )
        assert self.presented, "oneOf leaves no other input"
        return UseRequest(basis=UseBasis.PRESENTED, item=None, code=self.presented.code, note=self.presented.note)


@strawberry.type(description="已开立的用途 · An open purpose, bound to the caller")
class Use:
    id: strawberry.ID
    item: str
    basis: UseBasis
    expires_at: datetime


@strawberry.type(description="开立用途的结果 · What opening a purpose gave")
class OpenUsePayload:
    use: Use | None
    problems: list[Problem]


@strawberry.input(description="登记委托 · A mandate, by the signed-in holder")
class RecordMandateInput:
    agent: DocumentInput = strawberry.field(description="受托人 · Who may use the licences")
    items: list[str] = strawberry.field(description="事项编码 · Items for which it is given")
    types: list[str] | None = strawberry.field(
        default=None,
        description="证照类型，不填为事项所需的全部 · Licence types; all that the item may use if left out",
    )
    expires_at: datetime


@strawberry.type(description="委托 · A recorded mandate")
class Mandate:
    id: strawberry.ID
    items: list[str]
    types: list[str] | None
    expires_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, mandate: CoreMandate) -> "Mandate":
        """The mandate without the persons: each side knows them."""
        return cls(
            id=strawberry.ID(mandate.id),
            items=sorted(mandate.items),
            types=sorted(mandate.types) if mandate.types is not None else None,
            expires_at=mandate.expires_at,
            revoked_at=mandate.revoked_at,
        )


@strawberry.type(description="登记或撤销委托的结果 · What recording or revoking a mandate gave")
class MandatePayload:
    mandate: Mandate | None
    problems: list[Problem]


@strawberry.input(description="撤销委托 · Ends a mandate")
class RevokeMandateInput:
    id: strawberry.ID


@strawberry.input(description="亮证 · Shows one of one's own licences")
class PresentLicenceInput:
    use: strawberry.ID
    licence: strawberry.ID


@strawberry.type(description="亮证码，几分钟内有效 · A code that lives for minutes")
class PresentLicencePayload:
    code: str | None
    expires_at: datetime | None
    problems: list[Problem]


@strawberry.input(description="申请预办编号 · A number for a case to come")
class OpenApplicationInput:
    item: str


@strawberry.input(description="关联办件 · Names the case of a pre-application number")
class BindApplicationInput:
    number: str
    case: str


@strawberry.type(description="预办编号 · A pre-application number")
class PreApplication:
    number: str
    item: str
    opened_at: datetime
    due_at: datetime
    bound_at: datetime | None
    uses: int = strawberry.field(description="其下开立的用途数 · Uses that were opened under it")

    @classmethod
    def of(cls, application: CorePreApplication) -> "PreApplication":
        """The number without its case and officer."""
        return cls(
            number=application.number,
            item=application.item,
            opened_at=application.opened_at,
            due_at=application.due_at,
            bound_at=application.bound_at,
            uses=application.uses,
        )


@strawberry.type(description="预办编号操作的结果 · What opening or binding a number gave")
class ApplicationPayload:
    application: PreApplication | None
    problems: list[Problem]


@strawberry.type(description="预办编号及游标 · A number with its cursor")
class PreApplicationEdge:
    cursor: str
    node: PreApplication


@strawberry.type(description="逾期未关联的预办编号 · Numbers that were not bound in time")
class PreApplicationConnection:
    nodes: list[PreApplication]
    edges: list[PreApplicationEdge]
    page_info: PageInfo
    total_count: int
