"""Root fields of Query on exports of shared records."""

from typing import Final

import strawberry

from schema.context import ContextInfo
from schema.types.share_exports import SharedExport, SharedExportConnection, shown

_EXPORTS: Final = 20


@strawberry.type
class ShareExportQueries:
    """One's own exports."""

    @strawberry.field(description="本人的一次导出 · One of the caller's exports")
    async def shared_export(self, info: ContextInfo, id: strawberry.ID) -> SharedExport | None:  # noqa: A002 - the contract's name
        context = info.context
        found = await context.use_cases.exports.find(id, context.call)
        return None if found is None else shown(found, info)

    @strawberry.field(description="本人的导出，新者在前 · The caller's exports, newest first")
    async def shared_exports(
        self, info: ContextInfo, first: int | None = _EXPORTS, after: str | None = None
    ) -> SharedExportConnection | None:
        context = info.context
        found = await context.use_cases.exports.find.page(_EXPORTS if first is None else first, after, context.call)
        return SharedExportConnection.of(found, [shown(one, info) for one in found.nodes])
