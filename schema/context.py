"""What resolvers are given: the call, the prepared document and the use cases."""

from dataclasses import dataclass

from strawberry.types import Info

from gateway.core.call import Call
from gateway.services.create_upload import CreateUpload
from gateway.services.disable_system import DisableSystem
from gateway.services.enable_system import EnableSystem
from gateway.services.export_calls import ExportCalls
from gateway.services.fetch_licence import FetchLicence
from gateway.services.fetch_licences import FetchLicences
from gateway.services.list_calls import ListCalls
from gateway.services.list_licence_types import ListLicenceTypes
from gateway.services.list_systems import ListSystems
from gateway.services.open_use import OpenUse
from gateway.services.plan_maintenance import PlanMaintenance
from gateway.services.pre_applications import PreApplications
from gateway.services.present_licence import PresentLicence
from gateway.services.read_audit import ReadAudit
from gateway.services.record_mandate import RecordMandate
from gateway.services.watch_expiry import WatchExpiry
from gateway.services.watch_systems import WatchSystems
from schema.execution.documents import PreparedDocument


@dataclass(frozen=True)
class UseCases:
    """The use cases behind the schema."""

    open_use: OpenUse
    fetch_licences: FetchLicences
    fetch_licence: FetchLicence
    present_licence: PresentLicence
    mandates: RecordMandate
    pre_applications: PreApplications
    list_licence_types: ListLicenceTypes
    list_systems: ListSystems
    read_audit: ReadAudit
    watch_systems: WatchSystems
    disable_system: DisableSystem
    enable_system: EnableSystem
    plan_maintenance: PlanMaintenance
    list_calls: ListCalls
    export_calls: ExportCalls
    watch_expiry: WatchExpiry
    create_upload: CreateUpload


@dataclass(frozen=True)
class Context:
    """One operation's context."""

    call: Call
    prepared: PreparedDocument
    use_cases: UseCases


ContextInfo = Info[Context, None]
