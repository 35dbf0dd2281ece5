"""共享授权: grants, and why a use is given what."""

from datetime import datetime

import strawberry

from gateway.core.sharing.grants import Grant
from gateway.core.sharing.terms import Access
from gateway.core.text import Language
from gateway.services.sharing.list_grants import Explained
from schema.scalars import CreditCode
from schema.types.common import Node, PageInfo, Problem
from schema.types.share_terms import ShareTerms


@strawberry.type(name="Grant", description="共享授权 · A grant")
class ShareGrant(Node):
    request: strawberry.ID
    resource: str
    provider: CreditCode
    requester: CreditCode
    authority: CreditCode
    terms: ShareTerms
    issued_at: datetime
    parent: strawberry.ID | None = strawberry.field(description="上级授权，只能收窄 · The grant above, only narrowed")
    revoked_at: datetime | None
    revoked_for: str | None = strawberry.field(description="规则所列理由的代码 · A code of the rules' lists")
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
            parent=None if grant.parent is None else strawberry.ID(grant.parent),
            revoked_at=grant.revoked_at,
            revoked_for=grant.revoked_for,
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
