"""Root fields of Mutation on exports of shared records."""

import strawberry

from schema.attempting import attempt
from schema.context import ContextInfo
from schema.types.share_exports import (
    CancelSharedExportInput,
    ExportSharedRecordsInput,
    SharedExportPayload,
    shown,
)


@strawberry.type
class ShareExportMutations:
    """Asking for exports."""

    @strawberry.mutation(
        description="把授权下的大量数据导出为文件：立即返回，进展见 sharedExport 与 sharedExportProgress · "
        "Have many records under a grant written to a file: it answers at once, and goes on as sharedExport tells"
    )
    async def export_shared_records(
        self,
        info: ContextInfo,
        input: ExportSharedRecordsInput,  # noqa: A002 - the contract's name
    ) -> SharedExportPayload | None:
        context = info.context
        done, problems = await attempt(context.use_cases.exports.ask(input.request(), context.call), info)
        return SharedExportPayload(export=None if done is None else shown(done, info), problems=problems)

    @strawberry.mutation(description="撤回一次导出 · Cancel an export")
    async def cancel_shared_export(
        self,
        info: ContextInfo,
        input: CancelSharedExportInput,  # noqa: A002 - the contract's name
    ) -> SharedExportPayload | None:
        context = info.context
        done, problems = await attempt(context.use_cases.exports.ask.cancel(input.export, context.call), info)
        return SharedExportPayload(export=None if done is None else shown(done, info), problems=problems)
