"""电子证照: licences, their holders, issuers and faces. All attributes of gateway.core.licence, none resolved here."""

from datetime import date, datetime

import strawberry

from gateway.core.licence import LicenceState
from gateway.core.outcome import Completeness
from schema.scalars import CreditCode, LicenceIdentifier
from schema.types.common import PageInfo, SourceReport


@strawberry.type(description="持证人 · Someone the licence was issued to")
class Holder:
    type: str | None = strawberry.field(description="证件类型代码 · Identity document type: 111, 001, 414, 511, 999")
    number: str | None
    name: str | None


@strawberry.input(description="持证人证件 · The holder's identity document")
class DocumentInput:
    type: str = strawberry.field(description="证件类型 · 111, 414, 511, 001 or 999")
    number: str
    name: str


@strawberry.input(one_of=True, description="持证人：本人或所示证件 · The holder: the signed-in person or a document")
class HolderInput:
    viewer: bool | None = strawberry.UNSET
    document: DocumentInput | None = strawberry.UNSET


@strawberry.type(description="机构 · An organisation")
class Organisation:
    code: CreditCode | None
    name: str | None


@strawberry.type(description="证照类型 · A kind of licence")
class LicenceType:
    code: str | None
    name: str | None


@strawberry.type(description="照面信息项 · One printed field of the licence's face")
class FaceField:
    name: str
    label: str | None
    value: str | None


@strawberry.type(
    description="出处 · Which of the selected fields came from one system, and where it says something else"
)
class Provenance:
    system: str
    as_of: datetime
    fields: list[str] = strawberry.field(description="取自该系统的字段 · Fields whose value is this system's")
    disagrees: list[str] = strawberry.field(
        description="该系统另有说法的字段 · Fields where this system says otherwise"
    )


@strawberry.type(description="未提供的字段及原因 · A field left out on purpose, and why")
class Withheld:
    path: str
    reason: str


@strawberry.type(description="电子证照 · Electronic licence")
class Licence:
    id: strawberry.ID = strawberry.field(description="不透明标识，不含个人信息 · Opaque, carries no personal data")
    state: LicenceState
    provenance: list[Provenance]
    warnings: list[str] = strawberry.field(description="未能照原样采用的值 · What could not be taken as it came")
    withheld: list[Withheld]
    identifier: LicenceIdentifier | None
    type: LicenceType | None
    number: str | None = strawberry.field(description="证照编号 · The printed number")
    name: str | None
    holders: list[Holder] | None
    issuer: Organisation | None
    issued_on: date | None
    valid_from: date | None
    valid_until: date | None = strawberry.field(
        description="有效期止；空且 pastEndDate 为 false 表示长期 · Last day; null with pastEndDate false means no end"
    )
    past_end_date: bool | None = strawberry.field(
        description="是否已过有效期，期限不明时为空 · Whether it is past its last day; null if that is unknown"
    )
    state_reason: str | None
    raw_state: str | None = strawberry.field(description="来源系统的原状态 · The source's own word for the state")
    face: list[FaceField] | None


@strawberry.type(description="证照查询结果 · Licences, and what each system contributed")
class LicenceResult:
    nodes: list[Licence]
    completeness: Completeness
    sources: list[SourceReport]


@strawberry.type(description="单个证照查询结果 · One licence, and what each system contributed")
class LicenceLookup:
    licence: Licence | None
    completeness: Completeness
    sources: list[SourceReport]


@strawberry.type(description="分页中的证照类型 · A licence type in a page")
class LicenceTypeEdge:
    cursor: str
    node: LicenceType


@strawberry.type(description="证照类型分页 · A page of licence types")
class LicenceTypeConnection:
    nodes: list[LicenceType]
    edges: list[LicenceTypeEdge]
    page_info: PageInfo
    total_count: int


WANTED: dict[str, frozenset[str]] = {
    "identifier": frozenset({"identifier"}),
    "type": frozenset({"type", "type_name"}),
    "number": frozenset({"number"}),
    "name": frozenset({"name"}),
    "holders": frozenset({"holders"}),
    "issuer": frozenset({"issuer", "issuer_name"}),
    "issuedOn": frozenset({"issued_on"}),
    "validFrom": frozenset({"valid_from"}),
    "validUntil": frozenset({"valid_until"}),
    "pastEndDate": frozenset({"valid_until"}),
    "state": frozenset({"state"}),
    "stateReason": frozenset({"state_reason"}),
    "rawState": frozenset({"raw_state"}),
    "face": frozenset({"face"}),
}
"""Which ROW_FIELDS a field of Licence is made of; fields that are not here come from the gateway itself."""
