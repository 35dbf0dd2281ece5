"""Root fields of Query on the seal register."""

from typing import Final

import strawberry

from schema.context import ContextInfo
from schema.pages import page_info
from schema.scalars import CreditCode
from schema.types.seals import Seal, SealConnection, SealEdge

_SEALS: Final = 20


@strawberry.type
class SealQueries:
    """Seals for those whom they concern."""

    @strawberry.field(
        description="在册印章，按 id 排序；枢纽、运维、审计见全部，经办与部门人员见本机构拥有或可用的 · "
        "Seals in the register, by id: the hub, operations and auditors see all, officers and departments those "
        "that their body owns or may use"
    )
    async def seals(
        self, info: ContextInfo, owner: CreditCode | None = None, first: int | None = _SEALS, after: str | None = None
    ) -> SealConnection | None:
        context = info.context
        found = await context.use_cases.seals.list(owner, _SEALS if first is None else first, after, context.call)
        nodes = [Seal.of(seal) for seal in found.nodes]
        return SealConnection(
            nodes=nodes,
            edges=[SealEdge(cursor=cursor, node=node) for cursor, node in zip(found.cursors, nodes, strict=True)],
            page_info=page_info(found),
            total_count=found.total,
        )

    @strawberry.field(description="按 id 查询一枚印章 · One seal by its id")
    async def seal(self, info: ContextInfo, id: strawberry.ID) -> Seal | None:  # noqa: A002 - as the contract names ids
        context = info.context
        found = await context.use_cases.seals.list.find(id, context.call)
        return None if found is None else Seal.of(found)
