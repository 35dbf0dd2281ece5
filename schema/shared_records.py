"""The root field of Query on shared data."""

from typing import Final

import strawberry

from gateway.services.sharing.decide_use import SharedRequest
from schema.context import ContextInfo
from schema.scalars import JSON
from schema.types.shared_records import SharedRecordResult

_RECORDS: Final = 20


@strawberry.type
class SharedRecordQueries:
    """Records, under a use and a grant."""

    @strawberry.field(
        description="按授权使用共享数据；parameters 以信息项名称为键，必须给出查询主键；fields 不填为资源的全部字段 · "
        "Records under a grant: `parameters` by the names of information items, keys among them; `fields` all by "
        "default, of which `withheld` names those that are not opened"
    )
    async def shared_records(
        self,
        info: ContextInfo,
        use: strawberry.ID,
        grant: strawberry.ID,
        parameters: JSON,
        fields: list[str] | None = None,
        first: int | None = _RECORDS,
        after: str | None = None,
    ) -> SharedRecordResult | None:
        context = info.context
        request = SharedRequest(
            use=use,
            grant=grant,
            parameters=parameters,
            fields=None if fields is None else tuple(fields),
            first=_RECORDS if first is None else first,
            after=after,
        )
        return SharedRecordResult.of(await context.use_cases.fetch_shared(request, context.call), context.call.language)
