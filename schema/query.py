"""Root fields of Query: each turns its arguments into one use case's request."""

from datetime import datetime

import strawberry

from gateway.core.system import SystemState
from gateway.services.fetch_licences import LicencesRequest
from gateway.services.holders import HolderRequest
from gateway.services.list_calls import DEFAULT_WINDOW, CallsRequest
from gateway.services.read_audit import AuditRequest
from schema.context import ContextInfo
from schema.dispute_queries import DisputeQueries
from schema.execution.selection import selected_names
from schema.export_queries import ShareExportQueries
from schema.pages import page_info
from schema.scalars import RegionCode
from schema.seal_queries import SealQueries
from schema.sealing_queries import SealingQueries
from schema.share_exchange_queries import ShareExchangeQueries
from schema.share_queries import ShareQueries
from schema.shared_records import SharedRecordQueries
from schema.types.audit import (
    AuditEventConnection,
    AuditFilter,
    DataUseConnection,
    data_use_connection,
    event_connection,
)
from schema.types.calls import CallStatistics, Expiry, SystemCall, SystemCallConnection, SystemCallEdge
from schema.types.licences import (
    WANTED,
    HolderInput,
    LicenceLookup,
    LicenceResult,
    LicenceType,
    LicenceTypeConnection,
    LicenceTypeEdge,
)
from schema.types.systems import System, SystemConnection, SystemEdge
from schema.types.uses import PreApplication, PreApplicationConnection, PreApplicationEdge
from schema.types.viewer import Viewer

_LIMIT = 200
_EVENTS = 50
_TYPES = 20
_SYSTEMS = 100
_CALLS = 50
_EXPIRIES = 100


@strawberry.type(description="查询 · What can be asked")
class Query(
    SealQueries,
    SealingQueries,
    ShareQueries,
    ShareExchangeQueries,
    DisputeQueries,
    SharedRecordQueries,
    ShareExportQueries,
):
    """What can be asked."""

    @strawberry.field(description="当前调用者 · Who is asking")
    def viewer(self, info: ContextInfo) -> Viewer:
        return Viewer.of(info.context.call.caller)

    @strawberry.field(
        description="查询持证人的电子证照；completeness 说明所有被分配的系统是否都已应答 · "
        "A holder's licences from every assigned system; `completeness` says whether all of them answered"
    )
    async def licences(
        self,
        info: ContextInfo,
        use: strawberry.ID,
        holder: HolderInput,
        types: list[str] | None = None,
        region: RegionCode | None = None,
        limit: int | None = _LIMIT,
    ) -> LicenceResult | None:
        document = holder.document or None
        request = LicencesRequest(
            use=use,
            holder=HolderRequest(
                viewer=bool(holder.viewer),
                document=(document.type, document.number, document.name) if document else None,
            ),
            types=tuple(types) if types is not None else None,
            region=region,
            limit=_LIMIT if limit is None else limit,
        )
        context = info.context
        return await context.use_cases.fetch_licences(request, _wanted(info, "nodes"), context.call)  # type: ignore[return-value] # rows are structs, not instances

    @strawberry.field(description="按 id 查询一个证照 · One licence by its id")
    async def licence(self, info: ContextInfo, use: strawberry.ID, id: strawberry.ID) -> LicenceLookup | None:  # noqa: A002 - the contract's name
        context = info.context
        return await context.use_cases.fetch_licence(use, id, _wanted(info, "licence"), context.call)  # type: ignore[return-value] # rows are structs, not instances

    @strawberry.field(
        description="逾期未关联办件的预办编号，供监督 · Pre-application numbers not bound in time, for supervision"
    )
    async def overdue_applications(
        self, info: ContextInfo, first: int | None = _TYPES, after: str | None = None
    ) -> PreApplicationConnection | None:
        context = info.context
        found = await context.use_cases.pre_applications.overdue(
            _TYPES if first is None else first, after, context.call
        )
        nodes = [PreApplication.of(application) for application in found.nodes]
        return PreApplicationConnection(
            nodes=nodes,
            edges=[
                PreApplicationEdge(cursor=cursor, node=node) for cursor, node in zip(found.cursors, nodes, strict=True)
            ],
            page_info=page_info(found),
            total_count=found.total,
        )

    @strawberry.field(
        description="审计事件，新者在前，仅审计人员；查阅本身也被记录 · "
        "Audit events, newest first, for auditors; that they were read is one too"
    )
    async def audit_events(
        self,
        info: ContextInfo,
        filter: AuditFilter | None = None,  # noqa: A002 - the contract's name
        first: int | None = _EVENTS,
        after: str | None = None,
    ) -> AuditEventConnection | None:
        context = info.context
        request = filter.request() if filter else AuditRequest()
        found = await context.use_cases.read_audit.events(
            request, _EVENTS if first is None else first, after, context.call
        )
        return event_connection(found.nodes, found.cursors, page_info(found), context.call.language)

    @strawberry.field(
        description="本人数据的使用情况：何时、哪个机构、为何、查了哪些系统 · "
        "Uses of the viewer's own data: when, by which body, what for, from which systems"
    )
    async def my_data_use(
        self, info: ContextInfo, first: int | None = _EVENTS, after: str | None = None
    ) -> DataUseConnection | None:
        context = info.context
        found = await context.use_cases.read_audit.own_uses(_EVENTS if first is None else first, after, context.call)
        return data_use_connection(found.nodes, found.cursors, page_info(found), context.call.language)

    @strawberry.field(description="证照类型目录 · The types of licence this province knows")
    def licence_types(
        self, info: ContextInfo, search: str | None = None, first: int | None = _TYPES, after: str | None = None
    ) -> LicenceTypeConnection | None:
        found = info.context.use_cases.list_licence_types(search, _TYPES if first is None else first, after)
        nodes = [LicenceType(code=kind.code, name=kind.name) for kind in found.nodes]
        return LicenceTypeConnection(
            nodes=nodes,
            edges=[
                LicenceTypeEdge(cursor=cursor, node=node) for cursor, node in zip(found.cursors, nodes, strict=True)
            ],
            page_info=page_info(found),
            total_count=found.total,
        )

    @strawberry.field(description="接入系统 · The registered systems")
    def systems(
        self,
        info: ContextInfo,
        state: SystemState | None = None,
        region: RegionCode | None = None,
        first: int | None = _SYSTEMS,
        after: str | None = None,
    ) -> SystemConnection | None:
        context = info.context
        found = context.use_cases.list_systems(state, region, _SYSTEMS if first is None else first, after)
        nodes = [System.of(view, context.call.language) for view in found.nodes]
        return SystemConnection(
            nodes=nodes,
            edges=[SystemEdge(cursor=cursor, node=node) for cursor, node in zip(found.cursors, nodes, strict=True)],
            page_info=page_info(found),
            total_count=found.total,
        )

    @strawberry.field(description="按代码查询一个系统 · One system by its code")
    def system(self, info: ContextInfo, code: str) -> System | None:
        context = info.context
        view = context.use_cases.list_systems.find(code)
        return System.of(view, context.call.language) if view else None

    @strawberry.field(
        description="对系统的调用，最新的在前；默认最近 24 小时，最长 31 天。"
        "运维看全部，部门看本部门的系统，应用看自己的调用 · "
        "Calls to systems, newest first; the last 24 hours unless said, 31 days at most. "
        "Operations see all, a department those to its own systems, an application its own"
    )
    async def system_calls(
        self,
        info: ContextInfo,
        system: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        first: int | None = _CALLS,
        after: str | None = None,
    ) -> SystemCallConnection | None:
        context = info.context
        request = CallsRequest(system=system, since=since, until=until)
        found = await context.use_cases.list_calls(request, _CALLS if first is None else first, after, context.call)
        nodes = [SystemCall.of(recorded) for recorded in found.nodes]
        return SystemCallConnection(
            nodes=nodes,
            edges=[SystemCallEdge(cursor=cursor, node=node) for cursor, node in zip(found.cursors, nodes, strict=True)],
            page_info=page_info(found),
        )

    @strawberry.field(
        description="最近 window 秒内各操作的调用统计 · "
        "How the calls of each operation went in the last `window` seconds"
    )
    async def system_statistics(
        self, info: ContextInfo, system: str | None = None, window: int | None = DEFAULT_WINDOW
    ) -> list[CallStatistics] | None:
        context = info.context
        seconds = DEFAULT_WINDOW if window is None else window
        lines = await context.use_cases.list_calls.statistics(system, seconds, context.call)
        return [CallStatistics.of(line) for line in lines]

    @strawberry.field(
        description="将到期的证书、密钥与凭据，最近的在前；运维看全部，部门看本部门的系统 · "
        "Certificates, keys and secrets that end, the nearest first; operations see all, a department its systems'"
    )
    def expiries(self, info: ContextInfo, first: int | None = _EXPIRIES) -> list[Expiry] | None:
        context = info.context
        found = context.use_cases.watch_expiry(_EXPIRIES if first is None else first, context.call)
        return [Expiry.of(expiry, days) for expiry, days in found]


def _wanted(info: ContextInfo, node: str) -> frozenset[str]:
    """The ROW_FIELDS that the selected fields of the licences under ``node`` are made of."""
    names = selected_names(info._raw_info, info.context.prepared, (node,))  # noqa: SLF001 - strawberry's own door to graphql-core
    return frozenset().union(*(WANTED.get(name, frozenset()) for name in names))
