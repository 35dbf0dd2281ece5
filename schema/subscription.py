"""Root fields of Subscription: each turns its arguments into one use case's stream."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from schema.context import ContextInfo
from schema.types.sealing import Sealing
from schema.types.share_disputes import Dispute
from schema.types.share_exports import SharedExport, shown
from schema.types.share_requests import ShareRequest
from schema.types.systems import System, SystemHealthChange


@strawberry.type(description="订阅 · What can be watched")
class Subscription:
    """What can be watched."""

    @strawberry.subscription(
        description="系统状态的变化，自订阅之时起；读得慢时合并为最新状态 · "
        "Changes of systems' states from now on; a slow reader gets the newest state of each"
    )
    def system_health(
        self,
        info: ContextInfo,
        codes: Annotated[
            list[str] | None,
            strawberry.argument(description="只关注这些系统；不填为全部 · Only these systems; all if left out"),
        ] = None,
    ) -> AsyncGenerator[SystemHealthChange, None]:
        context = info.context
        changes = context.use_cases.watch_systems(codes)  # refused here, before the stream begins

        async def told() -> AsyncGenerator[SystemHealthChange, None]:
            async with aclosing(changes):
                async for told in changes:
                    yield SystemHealthChange(
                        system=System.of(told.system, context.call.language),
                        from_=told.change.before,
                        to=told.change.after,
                        at=told.change.at,
                    )

        return told()

    @strawberry.subscription(
        description="一份文件用印的进展：先给出现状，直至结束 · "
        "How a sealing goes on: as it is now, then each change, until its end"
    )
    async def sealing_progress(self, info: ContextInfo, id: strawberry.ID) -> AsyncGenerator[Sealing, None]:  # noqa: A002 - the contract's name
        context = info.context
        changes = await context.use_cases.sealing.find.watch(id, context.call)
        async with aclosing(changes):
            async for sealing in changes:
                yield Sealing.of(sealing, context.call.language)

    @strawberry.subscription(
        description="共享申请的变化：给出 id 则先给现状，直至结束；不给则为本人可见的全部 · "
        "How a share request goes on: with an id as it is now, then each change until its end; else all that one sees"
    )
    async def share_request_changed(
        self,
        info: ContextInfo,
        id: strawberry.ID | None = None,  # noqa: A002 - the contract's name
    ) -> AsyncGenerator[ShareRequest, None]:
        context = info.context
        changes = await context.use_cases.sharing.find.watch(id, context.call)
        async with aclosing(changes):
            async for request in changes:
                yield ShareRequest.of(request)

    @strawberry.subscription(
        description="校核的变化：给出 id 则先给现状，直至办结；不给则为本人可见的全部 · "
        "How a dispute goes on: with an id as it is now, then each change until its end; else all that one sees"
    )
    async def dispute_changed(
        self,
        info: ContextInfo,
        id: strawberry.ID | None = None,  # noqa: A002 - as the contract names ids
    ) -> AsyncGenerator[Dispute, None]:
        context = info.context
        changes = await context.use_cases.sharing.disputes.find.watch(id, context.call)
        async with aclosing(changes):
            async for seen in changes:
                yield Dispute.of(seen)

    @strawberry.subscription(
        description="共享数据导出的进展：先给出现状，直至结束 · How an export goes on: as it is now, then to its end"
    )
    async def shared_export_progress(self, info: ContextInfo, id: strawberry.ID) -> AsyncGenerator[SharedExport, None]:  # noqa: A002 - the contract's name
        context = info.context
        changes = await context.use_cases.exports.find.watch(id, context.call)
        async with aclosing(changes):
            async for export in changes:
                yield shown(export, info)
