"""Root fields of Mutation. A payload's problems are what the caller can mend; what policy refuses is an error."""

import strawberry

from gateway.core.system_notice import SystemNotices
from gateway.services.create_upload import UploadRequest
from gateway.services.record_mandate import MandateRequest
from schema.attempting import attempt as _attempt
from schema.catalogue_mutations import CatalogueMutations
from schema.context import ContextInfo
from schema.dispute_mutations import DisputeMutations
from schema.export_mutations import ShareExportMutations
from schema.seal_mutations import SealMutations
from schema.sealing_mutations import SealingMutations
from schema.share_exchange_mutations import ShareExchangeMutations
from schema.share_mutations import ShareMutations
from schema.types.calls import ExportSystemCallsInput, ExportSystemCallsPayload
from schema.types.files import CreateUploadInput, CreateUploadPayload, FileTicket, Upload
from schema.types.system_notices import (
    CancelMaintenanceInput,
    DisableSystemInput,
    EnableSystemInput,
    PlanMaintenanceInput,
)
from schema.types.systems import DisableSystemPayload, EnableSystemPayload, MaintenancePayload, System
from schema.types.uses import (
    ApplicationPayload,
    BindApplicationInput,
    Mandate,
    MandatePayload,
    OpenApplicationInput,
    OpenUseInput,
    OpenUsePayload,
    PreApplication,
    PresentLicenceInput,
    PresentLicencePayload,
    RecordMandateInput,
    RevokeMandateInput,
    Use,
)


@strawberry.type(description="变更 · What can be changed")
class Mutation(
    SealMutations,
    SealingMutations,
    ShareMutations,
    ShareExchangeMutations,
    DisputeMutations,
    CatalogueMutations,
    ShareExportMutations,
):
    """What can be changed."""

    @strawberry.mutation(
        description="开立用途；此后的敏感查询都须携带它 · Open a purpose under which sensitive fields are asked"
    )
    async def open_use(self, info: ContextInfo, input: OpenUseInput) -> OpenUsePayload | None:  # noqa: A002 - the contract's name
        context = info.context
        use, problems = await _attempt(context.use_cases.open_use(input.request(), context.call), info)
        if use is None:
            return OpenUsePayload(use=None, problems=problems)
        opened = Use(id=strawberry.ID(use.id), item=use.item, basis=use.basis, expires_at=use.expires_at)
        return OpenUsePayload(use=opened, problems=[])

    @strawberry.mutation(description="登记委托，由持证人本人办理 · Record a mandate, by the signed-in holder")
    async def record_mandate(self, info: ContextInfo, input: RecordMandateInput) -> MandatePayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        request = MandateRequest(
            agent=(input.agent.type, input.agent.number, input.agent.name),
            items=tuple(input.items),
            types=tuple(input.types) if input.types is not None else None,
            expires_at=input.expires_at,
        )
        mandate, problems = await _attempt(context.use_cases.mandates(request, context.call), info)
        return MandatePayload(mandate=Mandate.of(mandate) if mandate else None, problems=problems)

    @strawberry.mutation(description="撤销本人登记的委托 · End a mandate of one's own")
    async def revoke_mandate(self, info: ContextInfo, input: RevokeMandateInput) -> MandatePayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        mandate, problems = await _attempt(context.use_cases.mandates.revoke(input.id, context.call), info)
        return MandatePayload(mandate=Mandate.of(mandate) if mandate else None, problems=problems)

    @strawberry.mutation(description="亮证：取得几分钟内有效的码 · Show a licence: a code that lives for minutes")
    async def present_licence(self, info: ContextInfo, input: PresentLicenceInput) -> PresentLicencePayload | None:  # noqa: A002 - the contract's name
        context = info.context
        attempt = context.use_cases.present_licence(input.use, input.licence, context.call)
        presentation, problems = await _attempt(attempt, info)
        if presentation is None:
            return PresentLicencePayload(code=None, expires_at=None, problems=problems)
        return PresentLicencePayload(code=presentation.code, expires_at=presentation.expires_at, problems=[])

    @strawberry.mutation(
        description="申请预办编号，须在期限内关联办件 · A number for a case to come, to be bound in time"
    )
    async def open_application(self, info: ContextInfo, input: OpenApplicationInput) -> ApplicationPayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        opened, problems = await _attempt(context.use_cases.pre_applications.open(input.item, context.call), info)
        return ApplicationPayload(application=PreApplication.of(opened) if opened else None, problems=problems)

    @strawberry.mutation(description="把预办编号关联到办件 · Bind a pre-application number to its case")
    async def bind_application(self, info: ContextInfo, input: BindApplicationInput) -> ApplicationPayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        attempt = context.use_cases.pre_applications.bind(input.number, input.case, context.call)
        bound, problems = await _attempt(attempt, info)
        return ApplicationPayload(application=PreApplication.of(bound) if bound else None, problems=problems)

    @strawberry.mutation(description="申请上传一个文件 · A place to which one file can be sent")
    async def create_upload(self, info: ContextInfo, input: CreateUploadInput) -> CreateUploadPayload | None:  # noqa: A002 - the contract's name
        context = info.context
        request = UploadRequest(input.name, input.bytes, input.sha256)
        created, problems = await _attempt(context.use_cases.create_upload(request, context.call), info)
        return CreateUploadPayload(upload=Upload.of(created) if created else None, problems=problems)

    @strawberry.mutation(
        description="停用系统：不再查询它，调用方读到原因 · Disable a system: it is not asked, and callers read why"
    )
    async def disable_system(self, info: ContextInfo, input: DisableSystemInput) -> DisableSystemPayload | None:  # noqa: A002 - the contract's name
        context = info.context
        done, problems = await _attempt(context.use_cases.disable_system(input.request(), context.call), info)
        return DisableSystemPayload(system=_system(done, info), problems=problems)

    @strawberry.mutation(description="启用被停用的系统 · Enable a system that was disabled")
    async def enable_system(self, info: ContextInfo, input: EnableSystemInput) -> EnableSystemPayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        attempt = context.use_cases.enable_system(input.code, input.expected_version, context.call)
        done, problems = await _attempt(attempt, info)
        return EnableSystemPayload(system=_system(done, info), problems=problems)

    @strawberry.mutation(
        description="安排维护窗口：期间不查询、不报警 · Plan maintenance: no calls and no alarms in the window"
    )
    async def plan_maintenance(self, info: ContextInfo, input: PlanMaintenanceInput) -> MaintenancePayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        done, problems = await _attempt(context.use_cases.plan_maintenance(input.request(), context.call), info)
        return MaintenancePayload(system=_system(done, info), problems=problems)

    @strawberry.mutation(description="取消维护窗口 · Cancel a maintenance window")
    async def cancel_maintenance(self, info: ContextInfo, input: CancelMaintenanceInput) -> MaintenancePayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        attempt = context.use_cases.plan_maintenance.cancel(
            input.code, input.window, input.expected_version, context.call
        )
        done, problems = await _attempt(attempt, info)
        return MaintenancePayload(system=_system(done, info), problems=problems)

    @strawberry.mutation(description="导出对系统的调用记录 · Export the calls to systems as a file")
    async def export_system_calls(
        self,
        info: ContextInfo,
        input: ExportSystemCallsInput,  # noqa: A002 - as the contract names inputs
    ) -> ExportSystemCallsPayload | None:
        context = info.context
        attempt = context.use_cases.export_calls(input.request(), input.format, context.call)
        ticket, problems = await _attempt(attempt, info)
        return ExportSystemCallsPayload(file=FileTicket.of(ticket) if ticket else None, problems=problems)


def _system(done: SystemNotices | None, info: ContextInfo) -> System | None:
    """The system whose notices were changed, as it is now."""
    view = info.context.use_cases.list_systems.find(done.system) if done is not None else None
    return None if view is None else System.of(view, info.context.call.language)
