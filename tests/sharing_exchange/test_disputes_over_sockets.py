"""With the exchange of the sandbox over real sockets: a record is used, disputed, corrected there, and used again."""

from datetime import timedelta

from adapters.sandbox.exchange.disputes import Verdict
from adapters.sandbox.faults import FaultKind
from gateway.core.sharing.corrections import DisputeState
from gateway.core.sharing.recipients import Delivery
from gateway.core.sharing.records import KeptReceipt
from gateway.services.receive_upload import ReceiveUpload
from gateway.services.sharing.decide_use import SharedRequest
from gateway.services.sharing.disputes.dispute_desk import DisputeDesk
from gateway.services.sharing.disputes.dispute_record import DisputeRecord, NewDispute
from gateway.services.sharing.disputes.dispute_shelf import DisputeShelf
from gateway.services.sharing.disputes.forward_disputes import ForwardDisputes
from gateway.services.sharing.disputes.route_dispute import RouteDispute
from gateway.services.sharing.exchanges.forward_ledger import ForwardLedger
from gateway.services.sharing.exchanges.forward_pace import KIND_DISPUTE
from gateway.services.tasks.leases import Leases
from gateway.store.sharing.dispute_forwardings import SqlDisputeForwardings
from gateway.store.sharing.disputes import SqlDisputes
from gateway.store.sharing.receipts import SqlReceipts
from tests.exchange.site import FIELDS, Site
from tests.services.memory_files import MemoryFiles
from tests.sharing.making import REQUESTER
from tests.sharing.test_receipts import a_receipt
from tests.sharing_disputes.hall import a_file_of
from tests.sharing_exchange.branch import LEASE, Branch
from tests.sharing_exchange.test_over_sockets import HOUSEHOLD, a_fetch, asked, linked
from tests.sharing_service.offices import ASKER
from tests.store.keys import a_cipher

__all__ = ["linked"]


async def test_a_wrong_record_is_disputed_there_and_given_right_from_then_on(linked: tuple[Branch, Site]) -> None:
    branch, site = linked
    request = await asked(branch)
    worker = branch.worker()
    await worker.once()
    number = (await branch.forwarding(request)).number
    assert number is not None
    site.decide(number, "approve")
    branch.clock.step(timedelta(minutes=1))
    await worker.once()
    _, below = await branch.grants_of(request)
    fetch = a_fetch(branch, site)
    used = SharedRequest(use="use-1", grant=below.id, parameters={"idNumber": site.person})
    (wrong,) = (await fetch(used, ASKER)).records

    keys, resource = {"idNumber": site.person}, await branch.desk.resource(HOUSEHOLD)
    subject = branch.desk.log.subjects(keys, resource)[0]
    assert subject in {event.subject for event in (*branch.trail.held, *branch.trail.events)}, "as the use has it"
    delivery = Delivery(
        receipt="c-1", grant=below.id, body=REQUESTER, application="portal", resource=HOUSEHOLD, subject=subject,
        fields=frozenset(FIELDS), at=branch.clock.now(),
    )  # fmt: skip
    receipts, files = SqlReceipts(branch.database), MemoryFiles()
    record = a_receipt(id="c-1").record()
    await receipts.add([KeptReceipt(delivery=delivery, use="u", event="e-1", rows=1, record=record)])
    file = a_file_of(ASKER, "f-1", branch.clock.now())
    files.files[file.id] = file
    uploads = ReceiveUpload(files, branch.clock, branch.desk.audit)
    report = DisputeRecord(DisputeDesk(branch.desk, receipts, files, uploads), RouteDispute(branch.desk, site.systems))
    new = NewDispute(key="k", receipt="c-1", fields=("name",), text="与证件不符", evidence=("f-1",), record=keys)
    seen = await report(new, ASKER)

    disputes = SqlDisputes(branch.database, a_cipher())
    shelf = DisputeShelf(branch.desk, SqlDisputeForwardings(branch.database, a_cipher(), disputes))
    leases = Leases(branch.tasks, branch.clock)
    handler = ForwardDisputes(ForwardLedger(shelf, leases, branch.clock), receipts, site.systems)

    async def once() -> None:
        branch.clock.step(timedelta(minutes=5))
        now = branch.clock.now()
        await handler.work(await leases.claim(KIND_DISPUTE, now, now + LEASE, 9))

    site.fault(FaultKind.UNANSWERED)
    await once()
    site.fault(None)
    await once()
    site.disputes.answer(seen.dispute.id, Verdict("correct", {"name": "更正后"}, "经核实已更正"))
    await once()
    answered = await disputes.find(seen.dispute.id)
    assert answered is not None
    assert (answered.state, answered.corrected, answered.note) == (
        DisputeState.CORRECTED,
        frozenset({"name"}),
        "经核实已更正",
    )
    assert site.disputes.shown()["disputesByKey"] == {seen.dispute.id: 1}
    (right,) = (await fetch(used, ASKER)).records
    assert wrong != right
    assert site.person not in str(site.records) + str(branch.trail.held) + str(branch.trail.events)
