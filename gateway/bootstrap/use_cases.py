"""The use cases, put together from what is open."""

from datetime import timedelta

import msgspec
import structlog

from adapters.kit.registry import Registry
from gateway.bootstrap.exchanges import build_exchange_cases, build_forwardings
from gateway.bootstrap.records import Records
from gateway.bootstrap.sealing import SealingParts, build_sealing_cases
from gateway.bootstrap.seals import build_seal_cases
from gateway.bootstrap.share_exports import build_exports
from gateway.bootstrap.shared_records import SharedParts, build_shared
from gateway.bootstrap.sharing import build_sharing_cases
from gateway.core.clock import Clock
from gateway.core.defects import trace
from gateway.core.identifiers.region import RegionTable
from gateway.core.identifiers.regions_42 import ROWS
from gateway.core.seals.reading import SealReader
from gateway.services.closing import NoticeDesk
from gateway.services.create_upload import CreateUpload, FileLimits
from gateway.services.disable_system import DisableSystem
from gateway.services.enable_system import EnableSystem
from gateway.services.export_calls import ExportCalls
from gateway.services.fetch_licence import FetchLicence
from gateway.services.fetch_licences import FetchLicences
from gateway.services.issue_ticket import IssueTicket
from gateway.services.licence_ids import LicenceIds
from gateway.services.list_calls import ListCalls
from gateway.services.list_licence_types import ListLicenceTypes
from gateway.services.list_systems import ListSystems
from gateway.services.live_use import LiveUse
from gateway.services.open_use import OpenUse, Proofs
from gateway.services.permitting import Permits
from gateway.services.plan_maintenance import PlanMaintenance
from gateway.services.pre_applications import PreApplications
from gateway.services.present_licence import PresentLicence
from gateway.services.proofs.case import ProveCase, ProvePreApplication
from gateway.services.proofs.holder import ProveHolder
from gateway.services.proofs.mandate import ProveMandate
from gateway.services.proofs.presentation import ProvePresentation
from gateway.services.read_audit import ReadAudit
from gateway.services.record_mandate import RecordMandate
from gateway.services.sharing.desk import ShareDesk
from gateway.services.sharing.share_asking import ShareAsker
from gateway.services.watch_expiry import WatchExpiry
from gateway.services.watch_systems import WatchSystems
from gateway.store.audit.reading import AuditEntries
from gateway.store.call_ledger import DatabaseCallLedger
from gateway.store.licence_types import LicenceTypes
from gateway.store.rule_book import FileRules
from schema.context import UseCases

_log = structlog.get_logger("systems")


class Parts(msgspec.Struct, frozen=True):
    """What the use cases are made of, open and ready."""

    systems: Registry
    rules: FileRules
    ids: LicenceIds
    types: LicenceTypes
    records: Records
    desk: NoticeDesk
    expiries: WatchExpiry
    file_limits: FileLimits
    use_lifetime: timedelta
    seal_reader: SealReader
    sealing: SealingParts
    sharing: ShareDesk
    shared: SharedParts


def build_use_cases(parts: Parts, clock: Clock) -> UseCases:
    """Every use case of the schema."""
    systems, records, ids = parts.systems, parts.records, parts.ids
    permits = Permits(parts.rules, clock)
    audit = records.audit
    cases = ProveCase(systems, parts.rules, clock, report_defect)
    by_mandate = ProveMandate(records.mandates, clock)
    by_application = ProvePreApplication(records.applications, cases, clock)
    live = LiveUse(records.uses, cases, by_application, by_mandate, clock)
    proofs = Proofs(
        holder=ProveHolder(next(iter(systems.identity_providers()), None)),
        mandate=by_mandate,
        presentation=ProvePresentation(records.presentations, clock),
        case=cases,
        application=by_application,
    )
    fetch_licence = FetchLicence(systems, live, permits, ids, clock, report_defect, audit)
    list_calls = ListCalls(DatabaseCallLedger(records.database), systems, clock)
    issue_ticket = IssueTicket(records.files, clock, parts.file_limits, audit)
    asker = ShareAsker(systems, clock, report_defect)
    forwardings = build_forwardings(records, parts.shared.cipher, clock)
    exchanges = build_exchange_cases(parts.sharing, forwardings, systems)
    denied = exchanges.check.wake
    shared = build_shared(parts.shared, asker, live, permits, parts.rules, ids.sealer, clock, denied)
    return UseCases(
        open_use=OpenUse(records.uses, proofs, permits, clock, parts.use_lifetime, audit),
        fetch_licences=FetchLicences(systems, live, permits, ids, RegionTable(ROWS), clock, report_defect, audit),
        fetch_licence=fetch_licence,
        present_licence=PresentLicence(fetch_licence, records.presentations, live, ids, clock, audit),
        mandates=RecordMandate(records.mandates, clock, audit),
        pre_applications=PreApplications(records.applications, cases, parts.rules, clock, audit),
        list_licence_types=ListLicenceTypes(parts.types),
        list_systems=ListSystems(systems),
        read_audit=ReadAudit(AuditEntries(records.database), records.references, clock, audit),
        watch_systems=WatchSystems(systems, systems),
        disable_system=DisableSystem(parts.desk),
        enable_system=EnableSystem(parts.desk),
        plan_maintenance=PlanMaintenance(parts.desk),
        list_calls=list_calls,
        export_calls=ExportCalls(list_calls, issue_ticket, clock, audit),
        watch_expiry=parts.expiries,
        create_upload=CreateUpload(records.files, clock, parts.file_limits, audit),
        sealing=build_sealing_cases(parts.sealing, live, parts.file_limits),
        exchanges=exchanges,
        sharing=build_sharing_cases(parts.sharing, records, parts.file_limits, parts.shared.cipher, systems),
        fetch_shared=shared.fetch,
        exports=build_exports(parts.shared, shared, records, parts.file_limits, clock),
        seals=build_seal_cases(records, parts.rules, systems, parts.seal_reader, clock),
    )


def report_defect(system: str, error: BaseException) -> None:
    """Log that the gateway broke while it asked ``system``: where, and never with what."""
    _log.error("system.defect", system=system, trace=trace(error))
