"""What resolvers are given: the call, the prepared document and the use cases."""

from dataclasses import dataclass

from strawberry.types import Info

from gateway.core.call import Call
from gateway.services.authorise_seal import AuthoriseSeal
from gateway.services.change_seal import ChangeSeal
from gateway.services.create_upload import CreateUpload
from gateway.services.disable_system import DisableSystem
from gateway.services.enable_system import EnableSystem
from gateway.services.export_calls import ExportCalls
from gateway.services.fetch_licence import FetchLicence
from gateway.services.fetch_licences import FetchLicences
from gateway.services.list_calls import ListCalls
from gateway.services.list_licence_types import ListLicenceTypes
from gateway.services.list_seals import ListSeals
from gateway.services.list_systems import ListSystems
from gateway.services.open_use import OpenUse
from gateway.services.plan_maintenance import PlanMaintenance
from gateway.services.pre_applications import PreApplications
from gateway.services.present_licence import PresentLicence
from gateway.services.read_audit import ReadAudit
from gateway.services.record_mandate import RecordMandate
from gateway.services.register_seal import RegisterSeal
from gateway.services.sealing.decide_sealing import DecideSealing
from gateway.services.sealing.find_sealings import FindSealings
from gateway.services.sealing.give_sealed import GiveSealed
from gateway.services.sealing.seal_documents import SealDocuments
from gateway.services.sealing.settle_sealing import SettleSealing
from gateway.services.sealing.verify_document import VerifyDocument
from gateway.services.sharing.add_to_request import AddToRequest
from gateway.services.sharing.decide_request import DecideRequest
from gateway.services.sharing.fetch_shared import FetchShared
from gateway.services.sharing.find_requests import FindRequests
from gateway.services.sharing.list_grants import ListGrants
from gateway.services.sharing.list_resources import ListResources
from gateway.services.sharing.request_share import RequestShare
from gateway.services.sharing.revoke_grant import RevokeGrant
from gateway.services.sharing.supervise import Supervise
from gateway.services.watch_expiry import WatchExpiry
from gateway.services.watch_systems import WatchSystems
from schema.execution.documents import PreparedDocument


@dataclass(frozen=True)
class SealCases:
    """The use cases of the seal register."""

    register: RegisterSeal
    authorise: AuthoriseSeal
    change: ChangeSeal
    list: ListSeals


@dataclass(frozen=True)
class SealingCases:
    """The use cases of sealing documents."""

    ask: SealDocuments
    decide: DecideSealing
    settle: SettleSealing
    find: FindSealings
    give: GiveSealed
    verify: VerifyDocument


@dataclass(frozen=True)
class SharingCases:
    """The use cases of share requests and grants."""

    request: RequestShare
    decide: DecideRequest
    add: AddToRequest
    find: FindRequests
    grants: ListGrants
    revoke: RevokeGrant
    supervise: Supervise
    resources: ListResources


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
    seals: SealCases
    sealing: SealingCases
    sharing: SharingCases
    fetch_shared: FetchShared


@dataclass(frozen=True)
class Context:
    """One operation's context."""

    call: Call
    prepared: PreparedDocument
    use_cases: UseCases


ContextInfo = Info[Context, None]
