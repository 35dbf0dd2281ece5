"""Root fields of Subscription: each turns its arguments into one use case's stream."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from schema.context import ContextInfo
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
