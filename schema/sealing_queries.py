"""Root fields of Query on sealings."""

from datetime import datetime
from typing import Final

import strawberry

from gateway.core.seals.sealing import Sealing as CoreSealing
from gateway.core.seals.sealing import SealingState
from gateway.core.text import Language
from gateway.services.paging import Page
from gateway.services.sealing.find_sealings import ListRequest
from schema.context import ContextInfo
from schema.pages import page_info
from schema.types.sealing import Sealing, SealingConnection, SealingEdge, SealingStatistics

_SEALINGS: Final = 20


@strawberry.type
class SealingQueries:
    """Sealings for those whom they concern."""

    @strawberry.field(
        description="一份文件的用印：申请人、印章归属机构与监督人员可见 · "
        "One sealing: for who asked, the body that owns the seal, and supervision"
    )
    async def sealing(self, info: ContextInfo, id: strawberry.ID) -> Sealing | None:  # noqa: A002 - the contract's name
        context = info.context
        found = await context.use_cases.sealing.find(id, context.call)
        return None if found is None else Sealing.of(found, context.call.language)

    @strawberry.field(
        description="本人申请的用印，新者在前；approvals 为真则是待本机构审批的 · "
        "The caller's sealings, newest first; with `approvals` those that wait for an approval of his body"
    )
    async def sealings(
        self,
        info: ContextInfo,
        batch: strawberry.ID | None = None,
        state: SealingState | None = None,
        approvals: bool | None = False,  # noqa: FBT001, FBT002 - an argument of the schema
        first: int | None = _SEALINGS,
        after: str | None = None,
    ) -> SealingConnection | None:
        context = info.context
        request = ListRequest(batch, state, bool(approvals))
        size = _SEALINGS if first is None else first
        return _connection(await context.use_cases.sealing.find.page(request, size, after, context.call), info)

    @strawberry.field(
        description="存疑的用印，供裁定：监督人员见全部，印章归属机构见本机构的 · "
        "Sealings in doubt, to be settled: all for supervision, those of its seals for a body"
    )
    async def doubtful_sealings(
        self, info: ContextInfo, first: int | None = _SEALINGS, after: str | None = None
    ) -> SealingConnection | None:
        context = info.context
        size = _SEALINGS if first is None else first
        return _connection(await context.use_cases.sealing.find.doubtful(size, after, context.call), info)

    @strawberry.field(
        description="用印统计，默认最近 30 天，最长 366 天 · "
        "How many seals were asked for and what came of it; the last 30 days unless said, 366 at most"
    )
    async def sealing_statistics(
        self, info: ContextInfo, since: datetime | None = None, until: datetime | None = None
    ) -> list[SealingStatistics] | None:
        context = info.context
        lines = await context.use_cases.sealing.find.statistics(since, until, context.call)
        return [SealingStatistics.of(line) for line in lines]


def _connection(found: Page[CoreSealing], info: ContextInfo) -> SealingConnection:
    language: Language = info.context.call.language
    nodes = [Sealing.of(sealing, language) for sealing in found.nodes]
    return SealingConnection(
        nodes=nodes,
        edges=[SealingEdge(cursor=cursor, node=node) for cursor, node in zip(found.cursors, nodes, strict=True)],
        page_info=page_info(found),
    )
