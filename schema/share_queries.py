"""Root fields of Query on requests and grants of data sharing."""

from datetime import datetime
from typing import Final

import strawberry

from gateway.core.sharing.catalogue import ResourceChoice
from gateway.core.sharing.grants import Grant
from gateway.core.sharing.steps import RequestState
from gateway.services.sharing.list_grants import Question
from gateway.services.sharing.sight import SeenPage, ShareRole
from schema.context import ContextInfo
from schema.pages import page_info
from schema.scalars import CreditCode
from schema.types.common import PageInfo
from schema.types.share_grants import GrantExplanation, ShareGrant, ShareGrantConnection, ShareGrantEdge
from schema.types.share_parameters import ShareParameterInput
from schema.types.share_report import ShareReport
from schema.types.share_requests import (
    OverdueShareRequest,
    ShareDeadline,
    ShareDeadlineChange,
    ShareRequest,
    ShareRequestConnection,
    ShareRequestEdge,
    ShareStatistics,
)
from schema.types.share_resources import Resource, ResourceConnection, ResourceEdge

_SHARES: Final = 20


@strawberry.type
class ShareQueries:
    """Requests and grants for those whom they concern."""

    @strawberry.field(
        description="目录资源，按编码排序；search 中的词全部出现，item 为该事项需要的 · "
        "Resources of the catalogue by code: those with all words of `search`, those that `item` needs"
    )
    async def resources(
        self,
        info: ContextInfo,
        search: str | None = None,
        provider: CreditCode | None = None,
        item: str | None = None,
        first: int | None = _SHARES,
        after: str | None = None,
    ) -> ResourceConnection | None:
        context = info.context
        choice = ResourceChoice(words=search, provider=provider, item=item)
        size = _SHARES if first is None else first
        found = await context.use_cases.sharing.resources(choice, size, after, context.call)
        nodes = [Resource.of(one) for one in found.nodes]
        return ResourceConnection(
            nodes=nodes,
            edges=[ResourceEdge(cursor=cursor, node=node) for cursor, node in zip(found.cursors, nodes, strict=True)],
            page_info=page_info(found),
            total_count=found.total,
        )

    @strawberry.field(description="按目录编码查询一项资源 · One resource by its catalogue code")
    async def resource(self, info: ContextInfo, code: str) -> Resource | None:
        context = info.context
        found = await context.use_cases.sharing.resources.find(code, context.call)
        return None if found is None else Resource.of(found)

    @strawberry.field(
        description="一件共享申请：各方与监督人员可见 · One share request: for its parties and supervision"
    )
    async def share_request(self, info: ContextInfo, id: strawberry.ID) -> ShareRequest | None:  # noqa: A002 - the contract's name
        context = info.context
        found = await context.use_cases.sharing.find(id, context.call)
        return None if found is None else ShareRequest.of(found)

    @strawberry.field(
        description="本单位作为申请方、提供方或主管部门的申请，新者在前；不填 role 为全部 · "
        "Requests of one's body in a role, newest first; in any without one, and all for the hub and auditors"
    )
    async def share_requests(
        self,
        info: ContextInfo,
        role: ShareRole | None = None,
        state: RequestState | None = None,
        first: int | None = _SHARES,
        after: str | None = None,
    ) -> ShareRequestConnection | None:
        context = info.context
        size = _SHARES if first is None else first
        found = await context.use_cases.sharing.find.page(role, state, size, after, context.call)
        nodes = [ShareRequest.of(one) for one in found.page.nodes]
        return ShareRequestConnection(
            nodes=nodes,
            edges=[
                ShareRequestEdge(cursor=cursor, node=node)
                for cursor, node in zip(found.page.cursors, nodes, strict=True)
            ],
            page_info=PageInfo(has_next_page=found.page.has_next, end_cursor=found.end),
        )

    @strawberry.field(
        description="授权：不填 role 为本单位可使用的 · Grants: those that one's body may use, or is a party of by role"
    )
    async def grants(
        self,
        info: ContextInfo,
        role: ShareRole | None = None,
        first: int | None = _SHARES,
        after: str | None = None,
    ) -> ShareGrantConnection | None:
        context = info.context
        found: SeenPage[Grant] = await context.use_cases.sharing.grants(
            role, _SHARES if first is None else first, after, context.call
        )
        nodes = [ShareGrant.of(one) for one in found.page.nodes]
        return ShareGrantConnection(
            nodes=nodes,
            edges=[
                ShareGrantEdge(cursor=cursor, node=node) for cursor, node in zip(found.page.cursors, nodes, strict=True)
            ],
            page_info=PageInfo(has_next_page=found.page.has_next, end_cursor=found.end),
        )

    @strawberry.field(description="按 id 查询一项授权 · One grant by its id")
    async def grant(self, info: ContextInfo, id: strawberry.ID) -> ShareGrant | None:  # noqa: A002 - as the contract names ids
        context = info.context
        found = await context.use_cases.sharing.grants.find(id, context.call)
        return None if found is None else ShareGrant.of(found)

    @strawberry.field(
        description="当前人员按此事项与参数使用授权，各字段为何给予或不给 · "
        "What the caller would be given under a grant for this item, and why"
    )
    async def grant_explanation(
        self,
        info: ContextInfo,
        grant: strawberry.ID,
        item: str,
        parameters: list[ShareParameterInput] | None = None,
        fields: list[str] | None = None,
    ) -> list[GrantExplanation] | None:
        context = info.context
        question = Question(
            grant=grant,
            item=item,
            parameters={one.name: one.value for one in parameters or ()},
            fields=None if fields is None else tuple(fields),
        )
        found = await context.use_cases.sharing.grants.why(question, context.call)
        return [GrantExplanation.of(one, context.call.language) for one in found]

    @strawberry.field(
        description="逾期的申请，逾期最久者在前；枢纽、运维、审计与主管部门可查 · "
        "Late requests, latest first: for the hub, operations, auditors and competent authorities"
    )
    async def overdue_share_requests(self, info: ContextInfo) -> list[OverdueShareRequest] | None:
        context = info.context
        found = await context.use_cases.sharing.supervise.overdue(context.call)
        return [
            OverdueShareRequest(
                request=ShareRequest.of(one.request), deadline=ShareDeadline.of(one.clocked, context.call.language)
            )
            for one in found
        ]

    @strawberry.field(
        description="换用所给时限规则（TOML）会改变什么；不作任何变更 · "
        "What deadline rules of this TOML would change for requests that go on; nothing is changed"
    )
    async def share_deadline_changes(self, info: ContextInfo, rules: str) -> list[ShareDeadlineChange] | None:
        context = info.context
        changes = await context.use_cases.sharing.supervise.what_if(rules, context.call)
        return [ShareDeadlineChange.of(one) for one in changes]

    @strawberry.field(
        description="一段时间内各步骤的件数，供年度报告；最长 366 天 · "
        "How many steps of each kind were taken, for the yearly report; 366 days at most"
    )
    async def share_statistics(
        self, info: ContextInfo, since: datetime, until: datetime
    ) -> list[ShareStatistics] | None:
        context = info.context
        counts = await context.use_cases.sharing.supervise.statistics(since, until, context.call)
        return [ShareStatistics.of(one) for one in counts]

    @strawberry.field(
        description="年度报告：按提供单位、申请单位与合计；枢纽、运维、审计可查 · "
        "The yearly report by providers, by requesters and in all: for the hub, operations and auditors"
    )
    async def share_report(self, info: ContextInfo, year: int) -> ShareReport | None:
        context = info.context
        return ShareReport.of(await context.use_cases.sharing.report(year, context.call))
