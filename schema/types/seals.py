"""电子印章: the seals of the register, who may use them, and the changes of both. Where keys are is never shown."""

from datetime import datetime

import strawberry

from gateway.core.seals.platform import Mode
from gateway.core.seals.register import Ownership, RouteKind, SealState
from gateway.services.authorise_seal import AuthorisationRequest
from gateway.services.register_seal import RenewalRequest, SealRequest
from gateway.services.seal_intake import RouteRequest
from gateway.services.seal_views import AuthorisationView, SealView
from schema.scalars import CreditCode
from schema.types.common import Node, PageInfo, Problem


@strawberry.type(description="印章归属的一段时间 · A time in which a body owns a seal")
class SealOwnership:
    body: CreditCode
    since: datetime
    until: datetime | None = strawberry.field(description="空为至今 · Null until further notice")

    @classmethod
    def of(cls, ownership: Ownership) -> "SealOwnership":
        """The ownership as it is shown."""
        return cls(body=CreditCode(ownership.body), since=ownership.since, until=ownership.until)


@strawberry.type(
    description="用印授权：应用、机构、人员、事项、文件类型、页数须同时满足；* 表示全部 · "
    "Who may use a seal for what: all of it has to fit at once; * stands for all"
)
class SealAuthorisation:
    id: strawberry.ID
    applications: list[str]
    bodies: list[str] = strawberry.field(description="其经办人员可用印的机构 · Bodies whose officers may use it")
    limited_to_accounts: bool = strawberry.field(description="是否限定到人 · Whether only some officers may")
    accounts: list[str] | None = strawberry.field(
        description="限定的人员，仅归属部门、枢纽、审计可见 · Those officers, for the owner, the hub and auditors"
    )
    items: list[str]
    documents: list[str] = strawberry.field(description="文件的媒体类型 · Media types of documents")
    pages: int | None = strawberry.field(description="最多页数，空为不限 · Pages at the most; null for any number")
    since: datetime
    until: datetime | None

    @classmethod
    def of(cls, shown: AuthorisationView) -> "SealAuthorisation":
        """The authorisation as it is shown."""
        one = shown.authorisation
        return cls(
            id=strawberry.ID(one.id),
            applications=sorted(one.applications),
            bodies=sorted(one.bodies),
            limited_to_accounts=one.accounts is not None,
            accounts=None if shown.accounts is None else list(shown.accounts),
            items=sorted(one.items),
            documents=sorted(one.documents),
            pages=one.pages,
            since=one.since,
            until=one.until,
        )


@strawberry.type(description="在册印章 · A seal of the register")
class Seal(Node):
    number: str = strawberry.field(description="印章编号（esID） · Its number in its structure")
    name: str
    state: SealState
    state_since: datetime | None = strawberry.field(
        description="何时进入该状态，空为登记时起 · Null since registration"
    )
    reason: str | None = strawberry.field(
        description="冻结或注销的原因，仅归属机构与管理人员可见 · Why, for the owner and those who look after seals"
    )
    owner: CreditCode | None = strawberry.field(description="当前归属机构 · The body that owns it now")
    owners: list[SealOwnership] = strawberry.field(description="历任归属机构 · One after the other")
    valid_from: datetime = strawberry.field(description="印章与签章人证书均有效的起始 · Of seal and certificate both")
    valid_until: datetime
    route: RouteKind = strawberry.field(description="密钥所在：本网关或印章平台 · Where its key is")
    platform: str | None = strawberry.field(description="印章平台的系统代码 · Code of the platform that has the key")
    two_person: bool = strawberry.field(
        description="是否每次用印须另一人审批 · Whether another officer approves each use"
    )
    authorisations: list[SealAuthorisation] = strawberry.field(
        description="归属机构与管理人员见全部，其他见本机构的 · "
        "The owner and those who look after seals see all, others their own"
    )
    version: int = strawberry.field(description="登记的版本，变更时须提交 · Version of the entry, for changes")

    @classmethod
    def of(cls, seal: SealView) -> "Seal":
        """The seal as it is shown."""
        return cls(
            id=strawberry.ID(seal.id),
            number=seal.number,
            name=seal.name,
            state=seal.state,
            state_since=seal.state_since,
            reason=seal.reason,
            owner=None if seal.owner is None else CreditCode(seal.owner),
            owners=[SealOwnership.of(one) for one in seal.owners],
            valid_from=seal.valid_from,
            valid_until=seal.valid_until,
            route=seal.route,
            platform=seal.platform,
            two_person=seal.two_person,
            authorisations=[SealAuthorisation.of(one) for one in seal.authorisations],
            version=seal.version,
        )


@strawberry.type(description="分页中的印章 · A seal in a page")
class SealEdge:
    cursor: str
    node: Seal


@strawberry.type(description="印章分页 · A page of seals")
class SealConnection:
    nodes: list[Seal]
    edges: list[SealEdge]
    page_info: PageInfo
    total_count: int


@strawberry.input(description="印章平台上的印章 · A seal on a platform")
class SealPlatformInput:
    system: str = strawberry.field(description="平台的系统代码 · The platform's code among the systems")
    number: str = strawberry.field(description="平台给印章的编号 · What the platform calls the seal")
    mode: Mode


@strawberry.input(
    one_of=True, description="用印途径：本网关的密钥，或印章平台 · By a key of this gateway, or by a platform"
)
class SealRouteInput:
    key: str | None = strawberry.field(
        default=strawberry.UNSET, description="密钥引用，不含口令：pkcs11:…、sdf:… · A key's reference, without any PIN"
    )
    platform: SealPlatformInput | None = strawberry.UNSET

    def request(self) -> RouteRequest:
        """The use case's request."""
        platform = self.platform or None
        if platform is None:
            return RouteRequest(key=self.key or None)
        return RouteRequest(platform=platform.system, number=platform.number, mode=platform.mode)


_STRUCTURE = (
    "印章结构（GB/T 38540），DER 的 Base64，过长时分段，依次拼接 · "
    "The seal, Base64 of DER; a long one in pieces, which are put together"
)
_CERTIFICATES = "签章人证书在前，其后为签发者，DER 的 Base64 · The signer's first, then its issuers', Base64 of DER"
_VERSION = "读到的 version · The version that was read"


@strawberry.input(description="登记一枚在他处制作备案的印章 · Register a seal that was made and filed elsewhere")
class RegisterSealInput:
    structure: list[str] = strawberry.field(description=_STRUCTURE)
    certificates: list[str] = strawberry.field(description=_CERTIFICATES)
    owner: CreditCode
    route: SealRouteInput
    two_person: bool = False

    def request(self) -> SealRequest:
        """The use case's request."""
        return SealRequest(
            structure="".join(self.structure),
            certificates=tuple(self.certificates),
            owner=self.owner,
            route=self.route.request(),
            two_person=self.two_person,
        )


@strawberry.input(description="换发：新的印章结构与证书 · Renew: another structure and certificates")
class RenewSealInput:
    id: strawberry.ID
    structure: list[str] = strawberry.field(description=_STRUCTURE)
    certificates: list[str] = strawberry.field(description=_CERTIFICATES)
    route: SealRouteInput | None = strawberry.field(default=None, description="空为不变 · Null where it stays")
    expected_version: int = strawberry.field(description=_VERSION)

    def request(self) -> RenewalRequest:
        """The use case's request."""
        return RenewalRequest(
            id=self.id,
            structure="".join(self.structure),
            certificates=tuple(self.certificates),
            route=None if self.route is None else self.route.request(),
            expected_version=self.expected_version,
        )


@strawberry.input(description="授权用印；每项写明，或仅写 * 表示全部 · Write everything out, or * alone for all")
class AuthoriseSealInput:
    id: strawberry.ID
    applications: list[str]
    bodies: list[str]
    accounts: list[str] | None = strawberry.field(
        default=None,
        description="人员，写作 签发方#subject，与审计中一致；空为这些机构的全部经办人员 · "
        "Persons as the audit names them, issuer#subject; null for every officer of the bodies",
    )
    items: list[str]
    documents: list[str]
    since: datetime | None = strawberry.field(default=None, description="空为现在起 · Null from now on")
    until: datetime | None = strawberry.field(default=None, description="空为直至撤销 · Null until it is withdrawn")
    pages: int | None = strawberry.field(default=None, description="最多页数，空为不限 · Null for any number")
    expected_version: int = strawberry.field(description=_VERSION)

    def request(self) -> AuthorisationRequest:
        """The use case's request."""
        return AuthorisationRequest(
            id=self.id,
            applications=tuple(self.applications),
            bodies=tuple(self.bodies),
            accounts=None if self.accounts is None else tuple(self.accounts),
            items=tuple(self.items),
            documents=tuple(self.documents),
            since=self.since,
            until=self.until,
            pages=self.pages,
            expected_version=self.expected_version,
        )


@strawberry.input(description="撤销一项用印授权 · Withdraw an authorisation")
class WithdrawSealAuthorisationInput:
    id: strawberry.ID
    authorisation: strawberry.ID
    expected_version: int = strawberry.field(description=_VERSION)


@strawberry.input(description="冻结印章，不论版本，立即生效 · Freeze a seal, whatever its version, at once")
class FreezeSealInput:
    id: strawberry.ID
    reason: str


@strawberry.input(description="解冻印章，须由冻结人以外的人员 · By another person than the one who froze it")
class UnfreezeSealInput:
    id: strawberry.ID
    expected_version: int = strawberry.field(description=_VERSION)


@strawberry.input(description="注销印章，不可恢复 · Revoke a seal for good")
class RevokeSealInput:
    id: strawberry.ID
    reason: str
    expected_version: int = strawberry.field(description=_VERSION)


@strawberry.input(description="把印章移交给另一机构 · Hand a seal over to another body")
class HandOverSealInput:
    id: strawberry.ID
    body: CreditCode
    expected_version: int = strawberry.field(description=_VERSION)


@strawberry.type(description="登记的结果 · What came of registering a seal")
class RegisterSealPayload:
    seal: Seal | None
    problems: list[Problem]


@strawberry.type(description="换发的结果 · What came of renewing a seal")
class RenewSealPayload:
    seal: Seal | None
    problems: list[Problem]


@strawberry.type(description="授权的结果 · What came of authorising the use of a seal")
class AuthoriseSealPayload:
    seal: Seal | None
    problems: list[Problem]


@strawberry.type(description="撤销授权的结果 · What came of withdrawing an authorisation")
class WithdrawSealAuthorisationPayload:
    seal: Seal | None
    problems: list[Problem]


@strawberry.type(description="冻结的结果 · What came of freezing a seal")
class FreezeSealPayload:
    seal: Seal | None
    problems: list[Problem]


@strawberry.type(description="解冻的结果 · What came of unfreezing a seal")
class UnfreezeSealPayload:
    seal: Seal | None
    problems: list[Problem]


@strawberry.type(description="注销的结果 · What came of revoking a seal")
class RevokeSealPayload:
    seal: Seal | None
    problems: list[Problem]


@strawberry.type(description="移交的结果 · What came of handing a seal over")
class HandOverSealPayload:
    seal: Seal | None
    problems: list[Problem]
