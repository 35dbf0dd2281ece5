"""共享授权: grants, and why a use is given what."""

from collections.abc import Sequence
from datetime import datetime

import strawberry

from gateway.core.sharing.grants import Grant
from gateway.core.sharing.scope import Scope
from gateway.core.sharing.terms import Access, Quota
from gateway.core.text import Language
from gateway.services.sharing.list_grants import Explained
from gateway.services.sharing.narrow_grant import NarrowRequest
from schema.scalars import CreditCode
from schema.types.common import Node, PageInfo, Problem
from schema.types.share_terms import ShareConditionInput, ShareFieldInput, ShareTerms


@strawberry.type(name="Grant", description="共享授权 · A grant")
class ShareGrant(Node):
    request: strawberry.ID
    resource: str
    provider: CreditCode
    requester: CreditCode
    authority: CreditCode
    terms: ShareTerms
    issued_at: datetime
    exchange: str | None = strawberry.field(
        description="上级平台自己的授权，不直接使用 · The system, of an exchange's own grant, which is not used itself"
    )
    parent: strawberry.ID | None = strawberry.field(description="上级授权，只能收窄 · The grant above, only narrowed")
    revoked_at: datetime | None
    revoked_for: str | None = strawberry.field(description="规则所列理由的代码 · A code of the rules' lists")
    narrowed_for: str | None = strawberry.field(
        description="收窄的理由；未曾收窄为空 · Why it gives less than was approved; null if it was not narrowed"
    )
    version: int

    @classmethod
    def of(cls, grant: Grant) -> "ShareGrant":
        """The grant as its parties and users see it."""
        return cls(
            id=strawberry.ID(grant.id),
            request=strawberry.ID(grant.request),
            resource=grant.resource,
            provider=CreditCode(grant.provider),
            requester=CreditCode(grant.requester),
            authority=CreditCode(grant.authority),
            terms=ShareTerms.of(grant.terms),
            issued_at=grant.issued_at,
            exchange=None if grant.upstream is None else grant.upstream.system,
            parent=None if grant.parent is None else strawberry.ID(grant.parent),
            revoked_at=grant.revoked_at,
            revoked_for=grant.revoked_for,
            narrowed_for=grant.narrowed_for,
            version=grant.version,
        )


@strawberry.type(name="GrantEdge", description="分页中的授权 · A grant in a page")
class ShareGrantEdge:
    cursor: str
    node: ShareGrant


@strawberry.type(name="GrantConnection", description="授权分页 · A page of grants")
class ShareGrantConnection:
    nodes: list[ShareGrant]
    edges: list[ShareGrantEdge]
    page_info: PageInfo


@strawberry.type(description="一个字段为何这样给予 · What is given of a field, and why")
class GrantExplanation:
    field: str
    access: Access
    grants: list[strawberry.ID] = strawberry.field(description="起决定作用的授权 · Grants that give no more than that")
    missing: str | None = strawberry.field(description="不给时缺少的条件 · The condition that does not hold")

    @classmethod
    def of(cls, explained: Explained, language: Language) -> "GrantExplanation":
        """The explanation as it is shown."""
        one = explained.explanation
        return cls(
            field=explained.field,
            access=one.access,
            grants=[strawberry.ID(grant) for grant in one.grants],
            missing=None if one.missing is None else one.missing.render(language),
        )


@strawberry.input(description="终止授权，立即生效 · Revoke a grant, at once")
class RevokeGrantInput:
    id: strawberry.ID
    reason: str = strawberry.field(description="规则所列理由的代码 · A code of the rules' lists")
    expected_version: int = strawberry.field(description="读到的 version · The version that was read")


@strawberry.type(description="终止授权的结果 · What came of revoking")
class RevokeGrantPayload:
    grant: ShareGrant | None
    problems: list[Problem]


@strawberry.input(
    description="收窄授权：填写要保留的部分，空为不变；立即生效 · "
    "What is to be left of a grant, at once; null where it stays as it is"
)
class NarrowGrantInput:
    id: strawberry.ID
    expected_version: int = strawberry.field(description="读到的 version · The version that was read")
    reason: str = strawberry.field(
        description="规则所列终止理由的代码 · A code of the rules' lists of reasons to revoke"
    )
    fields: list[ShareFieldInput] | None = strawberry.field(
        default=None, description="只保留这些字段 · The only fields that are given any more"
    )
    items: list[str] | None = None
    applications: list[str] | None = None
    bodies: list[CreditCode] | None = None
    persons: list[str] | None = strawberry.field(default=None, description="人员的 subject · Subjects of persons")
    scope: list[ShareConditionInput] | None = strawberry.field(
        default=None, description="另加的行范围条件 · Conditions that hold besides those of the grant"
    )
    per_day: int | None = None
    in_all: int | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def request(self) -> NarrowRequest:
        """The use case's request."""
        fields = None if self.fields is None else tuple((one.name, one.access) for one in self.fields)
        return NarrowRequest(
            id=self.id,
            expected_version=self.expected_version,
            reason=self.reason,
            fields=fields,
            items=_listed(self.items),
            applications=_listed(self.applications),
            bodies=_listed(self.bodies),
            persons=_listed(self.persons),
            scope=Scope(tuple(one.condition() for one in self.scope or ())),
            quota=Quota(self.per_day, self.in_all),
            valid_from=self.valid_from,
            valid_until=self.valid_until,
        )


@strawberry.type(description="收窄授权的结果 · What came of narrowing")
class NarrowGrantPayload:
    grant: ShareGrant | None
    problems: list[Problem]


def _listed(texts: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if texts is None else tuple(texts)
