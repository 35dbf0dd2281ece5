"""An exchange that takes disputes over its records, with a ledger; and a hall with a record that came from it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec

from gateway.core.call import Call
from gateway.core.delivery import Delivery
from gateway.core.outcome import Fault, Outcome
from gateway.core.sharing.corrections import Dispute
from gateway.core.sharing.exchange import ExchangeReply, Sent
from gateway.core.sharing.exchange_corrections import CorrectionOrder, CorrectionStanding, CorrectionStatus
from gateway.core.sharing.forwarding import Forwarding
from gateway.core.sharing.grants import Grant, UpstreamAccess
from gateway.core.sharing.resources import Resource
from gateway.core.tasks import Claim, LeaseLost
from gateway.services.sharing.disputes.dispute_record import DisputeRecord
from gateway.services.sharing.disputes.dispute_shelf import DisputeShelf
from gateway.services.sharing.disputes.dispute_sight import SeenDispute
from gateway.services.sharing.disputes.forward_disputes import ForwardDisputes
from gateway.services.sharing.disputes.route_dispute import RouteDispute
from gateway.services.sharing.disputes.settle_dispute import SettleDispute
from gateway.services.sharing.exchanges.forward_ledger import ForwardLedger
from gateway.services.sharing.exchanges.forward_pace import KIND_DISPUTE
from gateway.services.sharing.exchanges.list_forwardings import ListDisputeForwardings
from gateway.store.database import Database
from gateway.store.sharing.dispute_forwardings import SqlDisputeForwardings
from gateway.store.sharing.disputes import SqlDisputes
from gateway.store.sharing.forwardings import SqlForwardings
from gateway.store.sharing.requests import SqlShareRequests
from gateway.store.tasks import SqlTasks
from tests.sealing.bench import Fuse, Fused, FusedTasks
from tests.sharing.making import PERSON, some_terms, upstream_resource
from tests.sharing_disputes.hall import FIELDS, Hall
from tests.sharing_service.offices import ASKER
from tests.store.keys import a_cipher

SYSTEM = "exchange"
LEASE = timedelta(seconds=60)
RECORD = {"id": PERSON}


class Taken(msgspec.Struct):
    """A dispute that the exchange has."""

    number: str
    order: CorrectionOrder
    standing: CorrectionStanding = CorrectionStanding.PENDING
    said: dict[str, Any] = {}
    forgotten: bool = False


class FakeCorrections:
    """A ShareCorrections. ``script`` says what comes of the next disputes: the words are those of FakeExchange."""

    def __init__(self, delivery: Delivery, clock: Any, system: str = SYSTEM) -> None:
        self.system = system
        self.delivery = delivery
        self.clock = clock
        self.script: list[str] = []
        self.answers: list[CorrectionStatus | str] = []
        self.ledger: list[Taken] = []
        self.orders: list[CorrectionOrder] = []
        self.told: list[str] = []
        self.withdraws = Outcome.NOT_ASKED
        self.answering: tuple[CorrectionStanding, dict[str, Any]] | None = None

    async def correct(self, order: CorrectionOrder, call: Call) -> ExchangeReply:
        assert call.deadline.remaining(self.clock) > 0
        self.orders.append(order)
        word = self.script.pop(0) if self.script else "ok"
        if word == "unsent":
            return ExchangeReply(sent=Sent.NOT_SENT, outcome=Outcome.UNAVAILABLE, retry_after=7)
        if word == "dropped":
            return _unanswered()
        if word == "refused":
            return ExchangeReply(sent=Sent.REFUSED, outcome=Outcome.DENIED, message="不予受理")
        taken = self._take(order)
        if word == "lost":
            return _unanswered()
        if word == "broken":
            raise RuntimeError("a defect")
        return ExchangeReply(sent=Sent.NUMBERED, outcome=Outcome.OK, number=taken.number if word == "ok" else word)

    async def correction(self, key: str, number: str | None, call: Call) -> CorrectionStatus:
        scripted = self.answers.pop(0) if self.answers else None
        if isinstance(scripted, CorrectionStatus):
            return scripted
        if scripted == "broken":
            raise RuntimeError("a defect")
        if number is None and self.delivery is not Delivery.QUERY_FIRST:
            return CorrectionStatus(standing=CorrectionStanding.UNANSWERED, outcome=Outcome.NOT_ASKED)
        taken = self.find(key if number is None else number)
        if taken is None or taken.forgotten:
            return CorrectionStatus(standing=CorrectionStanding.UNKNOWN, outcome=Outcome.NOT_FOUND)
        said: dict[str, Any] = {"number": taken.number, "key": taken.order.key, **taken.said}
        return CorrectionStatus(standing=taken.standing, outcome=Outcome.OK, **said)

    async def withdraw_correction(self, number: str, call: Call) -> Outcome:
        self.told.append(number)
        return self.withdraws

    def find(self, name: str) -> Taken | None:
        return next((one for one in self.ledger if name in {one.number, one.order.key}), None)

    def answer(self, name: str, standing: CorrectionStanding, **said: Any) -> None:
        taken = self.find(name)
        assert taken is not None
        taken.standing, taken.said = standing, said

    def _take(self, order: CorrectionOrder) -> Taken:
        known = self.find(order.key)
        if known is not None and self.delivery is Delivery.IDEMPOTENT:
            assert known.order == order, "the same key always carries the same dispute"
            return known
        taken = Taken(f"D-{len(self.ledger) + 1}", order)
        if self.answering is not None:
            taken.standing, taken.said = self.answering
        self.ledger.append(taken)
        return taken


class Exchanges:
    """CorrectingExchanges: one that is open or away, and takes disputes or not."""

    def __init__(self, corrections: FakeCorrections) -> None:
        self.corrections: FakeCorrections | None = corrections
        self.is_open = True

    def share_exchange(self, system: str) -> Any:
        return self if self.is_open else None

    def share_corrections(self, system: str) -> Any:
        return self.corrections if self.is_open else None


class UpstreamHall(Hall):
    """The use cases, and a record of an exchange that its requester received."""

    def __init__(self, database: Database, exchanges: Any = None) -> None:
        super().__init__(database)
        self.exchange = FakeCorrections(Delivery.QUERY_FIRST, self.clock)
        self.exchanges = exchanges or Exchanges(self.exchange)
        self.database = database
        self.tasks = SqlTasks(database, self.clock)
        disputes, cipher = self.desk.disputes, a_cipher()
        assert isinstance(disputes, SqlDisputes)
        self.forwardings = SqlDisputeForwardings(database, cipher, disputes)
        self.all_forwardings = SqlForwardings(database, cipher, SqlShareRequests(database, cipher, self.clock))
        self.report = DisputeRecord(self.desk, RouteDispute(self.desk.share, self.exchanges))
        self.settle = SettleDispute(self.desk, self.forwardings, self.exchanges)
        self.list = ListDisputeForwardings(self.desk.share, self.bureau.supervise, self.forwardings)
        self.resource: Resource = upstream_resource()

    async def open(self) -> "UpstreamHall":
        """The resource, the exchange's grant and the one below it are there."""
        await self.bureau.stock(self.resource)
        above = Grant(
            id="g-0", request="q-1", resource=self.resource.code, provider=self.resource.provider,
            requester="11100000000013338W", authority="113700000045046442", terms=some_terms(),
            issued_at=self.clock.now(), upstream=UpstreamAccess(system=SYSTEM, number="N-1", access="s"),
        )  # fmt: skip
        below = msgspec.structs.replace(above, id="g-1", parent="g-0", upstream=None)
        for grant in (above, below):
            await self.database.transact(self.desk.share.grants.adding(grant))
        return self

    @property
    def subject(self) -> str:
        """The reference of the person whose record it is."""
        return self.desk.share.log.subjects(RECORD, self.resource)[0]

    async def disputed(self, key: str = "k-1", **changes: Any) -> SeenDispute:
        """A dispute over the person's record."""
        receipt = await self.give(subject=self.subject)
        new = await self.new(receipt, key=key, **{"record": RECORD, **changes})
        return await self.report(new, ASKER)

    async def now(self, seen: SeenDispute) -> Dispute:
        found = await self.desk.disputes.find(seen.dispute.id)
        assert found is not None
        return found

    async def forwarding(self, seen: SeenDispute) -> Forwarding:
        forwarding = (await self.now(seen)).forwarding
        assert forwarding is not None
        return forwarding

    def worker(self, fuse: Fuse | None = None) -> "Worker":
        return Worker(self, fuse or Fuse())

    async def run(self, worker: "Worker | None" = None, rounds: int = 40) -> None:
        """Work, and step to the time at which more is due, until nothing is or the rounds are over."""
        worker = worker or self.worker()
        for _ in range(rounds):
            if not await worker.once():
                count = (await self.tasks.counts()).get(KIND_DISPUTE)
                due = None if count is None else count.oldest_due_at
                if due is None:
                    return
                self.clock.step(max(timedelta(), due - self.clock.now()))


class Worker:
    """One process that works."""

    def __init__(self, hall: UpstreamHall, fuse: Fuse) -> None:
        self.hall = hall
        self.leases = FusedTasks(hall.tasks, hall.clock)
        self.leases.fuse = fuse
        self.ledger = ForwardLedger(DisputeShelf(hall.desk.share, hall.forwardings), self.leases, hall.clock)
        exchanges = FusedExchanges(hall.exchanges, fuse)
        self.handler = ForwardDisputes(self.ledger, hall.receipts, exchanges)

    async def claim(self) -> Sequence[Claim]:
        now = self.hall.clock.now()
        return await self.leases.claim(KIND_DISPUTE, now, now + LEASE, 32)

    async def once(self) -> int:
        """Do what is due; how many."""
        claims = await self.claim()
        for claim in claims:
            try:
                await self.handler.work([claim])
            except LeaseLost:
                continue
        return len(claims)


class FusedExchanges:
    def __init__(self, exchanges: Any, fuse: Fuse) -> None:
        self._exchanges = exchanges
        self._fuse = fuse

    def share_exchange(self, system: str) -> Any:
        return self._exchanges.share_exchange(system)

    def share_corrections(self, system: str) -> Any:
        found = self._exchanges.share_corrections(system)
        return None if found is None else Fused(found, self._fuse, "correct", "correction", "withdraw_correction")


def _unanswered() -> ExchangeReply:
    return ExchangeReply(sent=Sent.UNANSWERED, outcome=Outcome.TIMED_OUT, fault=Fault.NETWORK)


__all__ = ["FIELDS", "RECORD", "SYSTEM", "Exchanges", "FakeCorrections", "UpstreamHall", "Worker"]
