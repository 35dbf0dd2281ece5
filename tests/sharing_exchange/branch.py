"""Data sharing with an exchange, over a real database, and workers that can be killed."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from gateway.core.delivery import Delivery
from gateway.core.sharing.forwarding import Forwarding
from gateway.core.sharing.grants import Grant
from gateway.core.sharing.records import GrantChoice
from gateway.core.sharing.requests import ShareRequest
from gateway.core.tasks import Claim, LeaseLost
from gateway.services.sharing.decide_request import Decision
from gateway.services.sharing.exchanges.check_upstream import CheckUpstream
from gateway.services.sharing.exchanges.forward_ledger import ForwardLedger
from gateway.services.sharing.exchanges.forward_pace import KIND_FORWARD, KIND_RECONCILE, KIND_UPSTREAM
from gateway.services.sharing.exchanges.forward_shares import ForwardShares
from gateway.services.sharing.exchanges.list_forwardings import ListForwardings
from gateway.services.sharing.exchanges.reconcile_exchange import ReconcileExchange
from gateway.services.sharing.exchanges.request_shelf import RequestShelf
from gateway.services.sharing.exchanges.settle_forwarding import SettleForwarding
from gateway.services.sharing.exchanges.watch_upstream import WatchUpstream
from gateway.store.database import Database
from gateway.store.sharing.forwardings import SqlForwardings
from gateway.store.sharing.requests import SqlShareRequests
from gateway.store.tasks import SqlTasks
from tests.sealing.bench import Fuse, Fused, FusedTasks
from tests.sharing.making import upstream_resource
from tests.sharing_exchange.exchanges import FakeExchange, FakeExchanges
from tests.sharing_service.offices import ASKER, CHECKER, Bureau, Clock, asking
from tests.store.keys import a_cipher

LEASE = timedelta(seconds=60)


class Branch(Bureau):
    """The use cases, one resource of an exchange, and the exchange."""

    def __init__(
        self,
        database: Database,
        delivery: Delivery = Delivery.QUERY_FIRST,
        clock: Clock | None = None,
        exchanges: Any = None,
    ) -> None:
        super().__init__(database, clock=clock)
        self.exchange = FakeExchange(delivery, self.clock)
        self.exchanges = exchanges or FakeExchanges(self.exchange)
        self.tasks = SqlTasks(database, self.clock)
        assert isinstance(self.desk.requests, SqlShareRequests)
        self.forwardings = SqlForwardings(database, a_cipher(), self.desk.requests)
        self.settle = SettleForwarding(self.desk, self.forwardings, self.exchanges)
        self.list = ListForwardings(self.desk, self.supervise, self.forwardings)
        self.check = CheckUpstream(self.desk, self.grants)

    async def open(self) -> "Branch":
        await self.stock(upstream_resource())
        return self

    async def queued(self, key: str = "k-1", **changes: Any) -> ShareRequest:
        """A request that is with the exchange by now, as far as the parties know."""
        asked = await self.request(asking(key=key, **changes), ASKER)
        await self.step(CHECKER, asked.request.id, Decision.TAKE_UP)
        passed = await self.step(CHECKER, asked.request.id, Decision.PASS)
        request: ShareRequest = passed.request
        return request

    async def now(self, request: ShareRequest) -> ShareRequest:
        found = await self.desk.requests.find(request.id)
        assert found is not None
        return found

    async def forwarding(self, request: ShareRequest) -> Forwarding:
        forwarding = (await self.now(request)).forwarding
        assert forwarding is not None
        return forwarding

    async def grants_of(self, request: ShareRequest) -> tuple[Grant, Grant]:
        """The exchange's grant, and the one below it."""
        found = await self.desk.grants.page(GrantChoice(request=request.id), None, 9)
        (above,) = [grant for grant in found if grant.upstream is not None]
        (below,) = [grant for grant in found if grant.parent == above.id]
        return above, below

    async def withdrawn(self, request: ShareRequest) -> ShareRequest:
        now = await self.now(request)
        return await self.request.withdraw(request.id, now.version, ASKER)

    # ---- working

    def worker(self, fuse: Fuse | None = None) -> "Worker":
        return Worker(self, fuse or Fuse())

    async def run(self, worker: "Worker | None" = None, rounds: int = 40, kind: str = KIND_FORWARD) -> None:
        """Work, and step to the time at which more is due, until nothing is or the rounds are over."""
        worker = worker or self.worker()
        for _ in range(rounds):
            if not await worker.once(kind):
                count = (await self.tasks.counts()).get(kind)
                due = None if count is None else count.oldest_due_at
                if due is None:
                    return
                self.clock.step(max(timedelta(), due - self.clock.now()))

    async def run_until(self, done: Callable[[], Any], rounds: int = 40) -> None:
        """Work until something holds."""
        for _ in range(rounds):
            if await done():
                return
            await self.run(rounds=1)


class Worker:
    """One process that works."""

    def __init__(self, branch: Branch, fuse: Fuse) -> None:
        self.branch = branch
        self.leases = FusedTasks(branch.tasks, branch.clock)
        self.leases.fuse = fuse
        exchanges = FusedExchanges(branch.exchanges, fuse)
        ledger = ForwardLedger(RequestShelf(branch.desk, branch.forwardings), self.leases, branch.clock)
        self.handlers: dict[str, Any] = {
            KIND_FORWARD: ForwardShares(ledger, branch.desk, exchanges),
            KIND_UPSTREAM: WatchUpstream(branch.desk, self.leases, exchanges),
            KIND_RECONCILE: ReconcileExchange(branch.desk, branch.forwardings, self.leases, exchanges),
        }

    async def claim(self, kind: str) -> Sequence[Claim]:
        now = self.branch.clock.now()
        return await self.leases.claim(kind, now, now + LEASE, 32)

    async def once(self, kind: str = KIND_FORWARD) -> int:
        """Do what is due; how many."""
        claims = await self.claim(kind)
        for claim in claims:
            try:
                await self.handlers[kind].work([claim])
            except LeaseLost:
                continue
        return len(claims)


class FusedExchanges:
    def __init__(self, exchanges: FakeExchanges, fuse: Fuse) -> None:
        self._exchanges = exchanges
        self._fuse = fuse

    def share_exchange(self, system: str) -> Any:
        found = self._exchanges.share_exchange(system)
        return None if found is None else Fused(found, self._fuse, "request", "status", "withdraw")
