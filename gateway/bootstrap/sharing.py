"""Data sharing, put together: requests, grants, their clocks."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from gateway.bootstrap.exchanges import build_dispute_forwardings, build_forwardings, dispute_post, exchange_posts
from gateway.bootstrap.keys import read_record_cipher
from gateway.bootstrap.records import Records
from gateway.core.clock import Clock, china_date
from gateway.core.policy.provider import PolicyProvider
from gateway.core.ports import CallerRegister
from gateway.core.sealing import Cipher
from gateway.core.sharing.exchange_corrections import CorrectingExchanges
from gateway.core.sharing.forwardings import DisputeForwardingStore
from gateway.services.create_upload import FileLimits
from gateway.services.receive_upload import ReceiveUpload
from gateway.services.sharing.add_to_request import AddToRequest
from gateway.services.sharing.catalogue.import_catalogue import ImportCatalogue
from gateway.services.sharing.catalogue.list_resources import ListResources
from gateway.services.sharing.decide_request import DecideRequest
from gateway.services.sharing.desk import ShareDesk
from gateway.services.sharing.disputes.acknowledge_dispute import AcknowledgeDispute
from gateway.services.sharing.disputes.answer_dispute import AnswerDispute
from gateway.services.sharing.disputes.dispute_desk import DisputeDesk
from gateway.services.sharing.disputes.dispute_record import DisputeRecord
from gateway.services.sharing.disputes.find_disputes import FindDisputes
from gateway.services.sharing.disputes.give_evidence import GiveEvidence
from gateway.services.sharing.disputes.overdue_disputes import OverdueDisputes
from gateway.services.sharing.disputes.route_dispute import RouteDispute
from gateway.services.sharing.disputes.settle_dispute import SettleDispute
from gateway.services.sharing.exchanges.list_forwardings import ListDisputeForwardings
from gateway.services.sharing.find_requests import FindRequests
from gateway.services.sharing.give_attachment import GiveAttachment
from gateway.services.sharing.list_grants import ListGrants
from gateway.services.sharing.narrow_grant import NarrowGrant
from gateway.services.sharing.report_sharing import ReportSharing
from gateway.services.sharing.request_share import RequestShare
from gateway.services.sharing.revoke_grant import RevokeGrant
from gateway.services.sharing.share_day import ShareDay, day_task
from gateway.services.sharing.share_log import ShareLog
from gateway.services.sharing.supervise import Supervise
from gateway.services.tasks.handler import Post
from gateway.services.tasks.leases import Leases
from gateway.services.tasks.worker import Worker, working
from gateway.settings import Settings
from gateway.store.share_rules import load_share_rules
from gateway.store.sharing.disputes import SqlDisputes
from gateway.store.sharing.grants import SqlGrants
from gateway.store.sharing.receipts import SqlReceipts
from gateway.store.sharing.relations import SqlItemRelations
from gateway.store.sharing.report import SqlShareReport
from gateway.store.sharing.requests import SqlShareRequests
from gateway.store.sharing.resources import SqlResources
from gateway.store.spreadsheets import read_sheet
from schema.context import DisputeCases, SharingCases


@asynccontextmanager
async def open_sharing(
    settings: Settings,
    clock: Clock,
    records: Records,
    book: PolicyProvider,
    exchanges: CorrectingExchanges,
    register: CallerRegister,
) -> AsyncIterator[ShareDesk]:
    """The desk and, unless this process is to do no work, the worker that keeps its clocks.

    Raises:
        ConfigurationInvalid: a file of rules cannot be used.
    """
    rules = load_share_rules(settings.deadlines, settings.calendar, settings.share_offices)
    cipher = read_record_cipher(settings)
    desk = ShareDesk(
        requests=SqlShareRequests(records.database, cipher, clock),
        grants=SqlGrants(records.database, cipher),
        resources=SqlResources(records.database, clock),
        relations=SqlItemRelations(records.database),
        disputes=SqlDisputes(records.database, cipher),
        tasks=records.tasks,
        rules=rules,
        book=book,
        register=register,
        clock=clock,
        audit=records.audit,
        log=ShareLog(records.trail, records.references),
    )
    async with AsyncExitStack() as stack:
        if settings.workers:
            await records.database.transact(records.tasks.adding([day_task(china_date(clock.now()))]))
            leases = Leases(records.tasks, clock)
            forwardings = build_forwardings(records, cipher, clock)
            posts = [
                Post(handler=ShareDay(desk, leases), hands=1),
                *exchange_posts(desk, forwardings, leases, exchanges),
                dispute_post(desk, records, cipher, leases, exchanges),
            ]
            await stack.enter_async_context(working(Worker(leases, posts, clock)))
        yield desk


def build_sharing_cases(
    desk: ShareDesk, records: Records, limits: FileLimits, cipher: Cipher, exchanges: CorrectingExchanges
) -> SharingCases:
    """Every use case of requests and grants."""
    grants = ListGrants(desk)
    uploads = ReceiveUpload(records.files, desk.clock, records.audit)
    supervise = Supervise(desk)
    disputes = DisputeDesk(desk, SqlReceipts(records.database), records.files, uploads)
    return SharingCases(
        request=RequestShare(desk),
        decide=DecideRequest(desk),
        add=AddToRequest(desk, records.files, uploads, desk.clock),
        find=FindRequests(desk),
        grants=grants,
        revoke=RevokeGrant(desk, grants),
        supervise=supervise,
        disputes=build_dispute_cases(
            disputes, build_dispute_forwardings(records, cipher), limits, supervise, exchanges
        ),
        resources=ListResources(desk.resources, desk.relations),
        import_catalogue=ImportCatalogue(desk, records.files, uploads, read_sheet),
        give_attachment=GiveAttachment(desk, records.files, limits),
        narrow=NarrowGrant(desk, grants),
        report=ReportSharing(desk, SqlShareReport(records.database, cipher)),
    )


def build_dispute_cases(
    disputes: DisputeDesk,
    forwardings: DisputeForwardingStore,
    limits: FileLimits,
    supervise: Supervise,
    exchanges: CorrectingExchanges,
) -> DisputeCases:
    """Every use case of disputes over shared records."""
    return DisputeCases(
        report=DisputeRecord(disputes, RouteDispute(disputes.share, exchanges)),
        answer=AnswerDispute(disputes),
        acknowledge=AcknowledgeDispute(disputes),
        find=FindDisputes(disputes),
        evidence=GiveEvidence(disputes, limits),
        overdue=OverdueDisputes(disputes, supervise),
        forwardings=ListDisputeForwardings(disputes.share, supervise, forwardings),
        settle=SettleDispute(disputes, forwardings, exchanges),
    )
