"""An exchange that keeps its promises and can break them, with a ledger of what it took."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from gateway.core.call import Call
from gateway.core.clock import china_date
from gateway.core.delivery import Delivery
from gateway.core.outcome import Fault, Outcome
from gateway.core.sharing.exchange import (
    ExchangeCatalogue,
    ExchangeList,
    ExchangeOrder,
    ExchangeReply,
    ExchangeResource,
    ExchangeStatus,
    ListedRequest,
    Sent,
    Standing,
)
from tests.sharing_service.offices import Clock

SYSTEM = "exchange"
ACCESS = "the-exchange's-secret"


class Taken(msgspec.Struct):
    """A request that the exchange has."""

    number: str
    order: ExchangeOrder
    on: date
    standing: Standing = Standing.PENDING
    said: dict[str, Any] = {}
    forgotten: bool = False


class FakeExchange:
    """A ShareExchange. ``script`` says what comes of the next requests, by default that all goes well.

    Words: ``ok``; ``lost`` it takes the request, and its answer is lost; ``dropped`` the request is lost; ``unsent``;
    ``refused``; ``broken`` it takes the request and the adapter raises; any other is the number that it answers with.
    """

    def __init__(self, delivery: Delivery, clock: Clock, system: str = SYSTEM) -> None:
        self.system = system
        self.delivery = delivery
        self.clock = clock
        self.script: list[str] = []
        self.answers: list[ExchangeStatus | str] = []
        self.ledger: list[Taken] = []
        self.orders: list[ExchangeOrder] = []
        self.told: list[str] = []
        self.can_withdraw = False
        self.lists = Outcome.OK
        self.lines: list[ListedRequest] = []
        self.resources: list[ExchangeResource] = []
        self.unreadable: tuple[str, ...] = ()
        self.catalogues = Outcome.OK
        self.decides: Standing | None = None

    # ---- the port

    async def request(self, order: ExchangeOrder, call: Call) -> ExchangeReply:
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
        number = taken.number if word == "ok" else word
        return ExchangeReply(sent=Sent.NUMBERED, outcome=Outcome.OK, number=number)

    async def status(self, key: str, number: str | None, call: Call) -> ExchangeStatus:
        scripted = self.answers.pop(0) if self.answers else None
        if isinstance(scripted, ExchangeStatus):
            return scripted
        if scripted == "broken":
            raise RuntimeError("a defect")
        if number is None and self.delivery is not Delivery.QUERY_FIRST:
            return ExchangeStatus(standing=Standing.UNANSWERED, outcome=Outcome.NOT_ASKED)
        taken = self.find(key if number is None else number)
        if taken is None or taken.forgotten:
            return ExchangeStatus(standing=Standing.UNKNOWN, outcome=Outcome.NOT_FOUND)
        said: dict[str, Any] = {"number": taken.number, "key": taken.order.key, **taken.said}
        return ExchangeStatus(standing=taken.standing, outcome=Outcome.OK, **said)

    async def withdraw(self, number: str, call: Call) -> Outcome:
        if not self.can_withdraw:
            return Outcome.NOT_ASKED
        self.told.append(number)
        if self.find(number) is not None:
            self.decide(number, Standing.ENDED)
        return Outcome.OK

    async def listed(self, day: date, call: Call) -> ExchangeList:
        if self.lists is Outcome.GATEWAY_ERROR:
            raise RuntimeError("a defect")
        ours = [
            ListedRequest(number=one.number, key=one.order.key, resource=one.order.resource, standing=one.standing)
            for one in self.ledger
            if one.on == day
        ]
        return ExchangeList(outcome=self.lists, lines=[*ours, *self.lines])

    async def catalogue(self, call: Call) -> ExchangeCatalogue:
        return ExchangeCatalogue(outcome=self.catalogues, resources=self.resources, unreadable=self.unreadable)

    # ---- what people there do

    def find(self, name: str) -> Taken | None:
        return next((one for one in self.ledger if name in {one.number, one.order.key}), None)

    def decide(self, name: str, standing: Standing, **said: Any) -> None:
        taken = self.find(name)
        assert taken is not None
        taken.standing, taken.said = standing, said

    def approve(self, name: str, **said: Any) -> None:
        self.decide(name, Standing.APPROVED, **{"access": ACCESS, **said})

    def _take(self, order: ExchangeOrder) -> Taken:
        known = self.find(order.key)
        if known is not None and self.delivery is Delivery.IDEMPOTENT:
            assert known.order == order, "the same key always carries the same request"
            return known
        taken = Taken(f"N-{len(self.ledger) + 1}", order, china_date(self.clock.now()))
        if self.decides is not None:
            taken.standing, taken.said = self.decides, {"access": ACCESS}
        self.ledger.append(taken)
        return taken


class FakeExchanges:
    def __init__(self, *exchanges: FakeExchange) -> None:
        self.open = {one.system: one for one in exchanges}

    def share_exchange(self, system: str) -> Any:
        return self.open.get(system)


def _unanswered() -> ExchangeReply:
    return ExchangeReply(sent=Sent.UNANSWERED, outcome=Outcome.TIMED_OUT, fault=Fault.NETWORK)


def times(exchange: FakeExchange, keys: Sequence[str]) -> int:
    """How often the exchange has one of these requests, at the most."""
    return max((sum(one.order.key == key for one in exchange.ledger) for key in keys), default=0)
