"""共享数据导出: all records of one question under a grant as a file, how far it is, and what proves it."""

from datetime import datetime
from typing import Final, Self, cast

import strawberry

from gateway.core.sharing.exports import Export, ExportState
from gateway.core.sharing.tables import TableFormat
from gateway.core.text import Language
from gateway.services.paging import Page
from gateway.services.sharing.exports.export_shared import ExportRequest
from schema.context import ContextInfo
from schema.pages import page_info
from schema.scalars import JSON
from schema.types.common import Node, PageInfo, Problem
from schema.types.files import FileTicket
from schema.types.licences import Withheld

_RECEIPTS: Final = 20


@strawberry.input(
    description="导出共享数据：与 sharedRecords 相同的条件，取全部各页 · "
    "What sharedRecords is asked, for all of its pages as one file"
)
class ExportSharedRecordsInput:
    idempotency_key: str = strawberry.field(
        description="同一键同一请求，只导出一次 · The same key and request are one export, however often they are sent"
    )
    use: strawberry.ID = strawberry.field(
        description="导出期间须持续有效 · It has to be live until the last page is fetched"
    )
    grant: strawberry.ID
    parameters: JSON
    fields: list[str] | None = None
    format: TableFormat

    def request(self) -> ExportRequest:
        """The use case's request."""
        return ExportRequest(
            key=self.idempotency_key,
            use=self.use,
            grant=self.grant,
            parameters=self.parameters,
            fields=None if self.fields is None else tuple(self.fields),
            format=self.format,
        )


@strawberry.input(description="撤回导出；已取得的数据即行删除 · Cancels an export; what had been fetched is deleted")
class CancelSharedExportInput:
    export: strawberry.ID


@strawberry.type(
    description="共享数据导出：逐页重新判定授权，权限中途终止则不成文件 · "
    "An export: each page is decided anew, and what ends on the way leaves no file"
)
class SharedExport(Node):
    id: strawberry.ID
    state: ExportState
    grant: strawberry.ID
    resource: str
    format: TableFormat
    rows: int = strawberry.field(description="已取得的行数 · Records that were fetched")
    pages: int
    withheld: list[Withheld]
    problems: list[Problem] = strawberry.field(
        description="未成文件的原因，或文件的缺憾 · Why there is no file, or what the file lacks"
    )
    manifest: JSON | None = strawberry.field(
        description="文件的清单：SHA-256、行数与各页凭据的根，签名同凭据，可离线核验 · "
        "What vouches for the file: its SHA-256, rows and the root over its receipts, signed as a receipt is"
    )
    goes_on_at: datetime | None = strawberry.field(
        description="用尽当日用量、等待次日时，继续的时间 · When it goes on, while it waits for the next day's quota"
    )
    asked_at: datetime
    changed_at: datetime
    expires_at: datetime = strawberry.field(description="文件保存至 · Until when the file is kept")
    core: strawberry.Private[Export]

    @strawberry.field(description="文件，仅限申请人，完成后方有 · The file, for who asked alone, once it is ready")
    async def file(self, info: ContextInfo) -> FileTicket | None:
        """A ticket, made when it is asked for."""
        context = info.context
        ticket = await context.use_cases.exports.find.file(self.core, context.call)
        return None if ticket is None else FileTicket.of(ticket)

    @strawberry.field(
        description="各页的凭据，自第 after 页之后，一次最多 200 份 · "
        "The receipts of the pages after page `after`, 200 at a time at most"
    )
    async def receipts(self, info: ContextInfo, first: int | None = _RECEIPTS, after: int | None = 0) -> list[JSON]:
        """The receipts, as they are handed out."""
        find = info.context.use_cases.exports.find
        return cast("list[JSON]", await find.receipts(self.core, _RECEIPTS if first is None else first, after or 0))

    @classmethod
    def of(cls, export: Export, state: ExportState, language: Language) -> Self:
        """The export as it is shown; its parameters are not."""
        return cls(
            id=strawberry.ID(export.id),
            state=state,
            grant=strawberry.ID(export.grant),
            resource=export.resource,
            format=export.format,
            rows=export.rows,
            pages=export.pages,
            withheld=[
                Withheld(path=field, reason=reason.render(language)) for field, reason in export.withheld.items()
            ],
            problems=[Problem.of(one.refusal(), language) for one in (*export.troubles, *export.warnings)],
            manifest=None if export.manifest is None else JSON(export.manifest),
            goes_on_at=export.goes_on_at,
            asked_at=export.asked_at,
            changed_at=export.changed_at,
            expires_at=export.expires_at,
            core=export,
        )


@strawberry.type(description="导出及游标 · An export with its cursor")
class SharedExportEdge:
    cursor: str
    node: SharedExport


@strawberry.type(description="导出列表，新者在前 · Exports, newest first")
class SharedExportConnection:
    nodes: list[SharedExport]
    edges: list[SharedExportEdge]
    page_info: PageInfo

    @classmethod
    def of(cls, found: Page[Export], nodes: list[SharedExport]) -> Self:
        """The page as it is shown."""
        edges = [SharedExportEdge(cursor=cursor, node=node) for cursor, node in zip(found.cursors, nodes, strict=True)]
        return cls(nodes=nodes, edges=edges, page_info=page_info(found))


@strawberry.type(description="申请或撤回导出的结果 · What asking for an export, or cancelling it, gave")
class SharedExportPayload:
    export: SharedExport | None
    problems: list[Problem]


def shown(export: Export, info: ContextInfo) -> SharedExport:
    """The export in the caller's language, as far as it is at this moment."""
    context = info.context
    return SharedExport.of(export, context.use_cases.exports.find.state(export), context.call.language)
