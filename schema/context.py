"""What resolvers are given: the call, the prepared document and the use cases."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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
from gateway.services.sharing.catalogue.import_catalogue import ImportCatalogue
from gateway.services.sharing.catalogue.list_resources import ListResources
from gateway.services.sharing.decide_request import DecideRequest
from gateway.services.sharing.disputes.acknowledge_dispute import AcknowledgeDispute
from gateway.services.sharing.disputes.answer_dispute import AnswerDispute
from gateway.services.sharing.disputes.dispute_record import DisputeRecord
from gateway.services.sharing.disputes.find_disputes import FindDisputes
from gateway.services.sharing.disputes.give_evidence import GiveEvidence
from gateway.services.sharing.disputes.overdue_disputes import OverdueDisputes
from gateway.services.sharing.disputes.settle_dispute import SettleDispute
from gateway.services.sharing.exchanges.check_upstream import CheckUpstream
from gateway.services.sharing.exchanges.import_exchange import ImportExchange
from gateway.services.sharing.exchanges.list_forwardings import ListDisputeForwardings, ListForwardings
from gateway.services.sharing.exchanges.settle_forwarding import SettleForwarding
from gateway.services.sharing.exports.export_shared import ExportShared
from gateway.services.sharing.exports.find_exports import FindExports
from gateway.services.sharing.fetch_shared import FetchShared
from gateway.services.sharing.find_requests import FindRequests
from gateway.services.sharing.give_attachment import GiveAttachment
from gateway.services.sharing.list_grants import ListGrants
from gateway.services.sharing.narrow_grant import NarrowGrant
from gateway.services.sharing.report_sharing import ReportSharing
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
class DisputeCases:
    """The use cases of disputes over shared records."""

    report: DisputeRecord
    answer: AnswerDispute
    acknowledge: AcknowledgeDispute
    find: FindDisputes
    evidence: GiveEvidence
    overdue: OverdueDisputes
    forwardings: ListDisputeForwardings
    settle: SettleDispute


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
    disputes: DisputeCases
    resources: ListResources
    import_catalogue: ImportCatalogue
    give_attachment: GiveAttachment
    narrow: NarrowGrant
    report: ReportSharing


@dataclass(frozen=True)
class ExportCases:
    """The use cases of exports of shared records."""

    ask: ExportShared
    find: FindExports


@dataclass(frozen=True)
class ExchangeCases:
    """The use cases of what exchanges decide."""

    list: ListForwardings
    settle: SettleForwarding
    check: CheckUpstream
    import_catalogue: ImportExchange


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
    exchanges: ExchangeCases
    fetch_shared: FetchShared
    exports: ExportCases


@dataclass(frozen=True)
class Context:
    """One operation's context."""

    call: Call
    prepared: PreparedDocument
    use_cases: UseCases
    typed: Mapping[str, str] = field(default_factory=dict)
    """Names of the root fields of resources, by catalogue code."""


ContextInfo = Info[Context, None]
