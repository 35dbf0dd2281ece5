"""What an exchange promises: the one of these tests and the sandbox's, behind its adapter and over sockets, alike."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.sandbox.running import running_sandbox
from adapters.sandbox.world.generate import generate
from gateway.core.clock import china_date
from gateway.core.delivery import Delivery
from gateway.core.outcome import Outcome
from gateway.core.sharing.exchange import ExchangeOrder, Sent, ShareExchange, Standing
from gateway.services.sharing.exchanges.forward_pace import our_call
from tests.exchange.site import FIELDS, HOUSEHOLD, Site
from tests.sandbox.callers import SteppedClock
from tests.sharing.making import DAY, ITEM, REQUESTER, START
from tests.sharing_exchange.exchanges import FakeExchange
from tests.sharing_service.offices import Clock


class Subject(msgspec.Struct):
    """An exchange, and what people there do: approve, refuse, end."""

    exchange: ShareExchange
    clock: Any
    decide: Callable[[str, str], None]

    def order(self, key: str) -> ExchangeOrder:
        return ExchangeOrder(
            key=key, resource=HOUSEHOLD, requester=REQUESTER, fields=FIELDS, items=(ITEM,), purpose="办理事项",
            basis="示例条例", valid_from=START, valid_until=START + 30 * DAY, per_day=10,
        )  # fmt: skip

    def call(self) -> Any:
        return our_call("contract", self.clock)

    async def numbered(self, key: str) -> str:
        reply = await self.exchange.request(self.order(key), self.call())
        assert reply.sent is Sent.NUMBERED
        assert reply.number is not None
        return reply.number


@pytest.fixture(params=["fake", "sandbox"])
async def subject(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Subject]:
    if request.param == "fake":
        fake = FakeExchange(Delivery.QUERY_FIRST, Clock())
        fake.can_withdraw = True
        standings = {"approve": Standing.APPROVED, "refuse": Standing.REFUSED, "end": Standing.ENDED}

        def decide(number: str, word: str) -> None:
            said = {"access": "secret"} if word == "approve" else {}
            fake.decide(number, standings[word], **said)

        yield Subject(fake, fake.clock, decide)
        return
    clock = SteppedClock()
    world = generate(7, date(2026, 3, 2), size=200)
    async with running_sandbox(world, clock=clock, state=tmp_path / "state") as sandbox, AsyncExitStack() as stack:
        site = await Site.opened(sandbox, clock, stack)
        site.hold()
        yield Subject(site.exchange, clock, site.decide)


async def test_what_it_took_is_known_by_key_and_number_and_listed(subject: Subject) -> None:
    exchange = subject.exchange
    assert exchange.delivery is Delivery.QUERY_FIRST
    assert (await exchange.status("k-1", None, subject.call())).standing is Standing.UNKNOWN
    number = await subject.numbered("k-1")
    for known in (None, number):
        status = await exchange.status("k-1", known, subject.call())
        assert (status.standing, status.number, status.key) == (Standing.PENDING, number, "k-1")
    listed = await exchange.listed(china_date(START), subject.call())
    assert listed.outcome is Outcome.OK
    assert [(line.number, line.key) for line in listed.lines] == [(number, "k-1")]


async def test_it_approves_refuses_and_ends(subject: Subject) -> None:
    exchange = subject.exchange
    for key, words in (("k-1", ("approve", "end")), ("k-2", ("refuse",))):
        number = await subject.numbered(key)
        for word in words:
            subject.decide(number, word)
            status = await exchange.status(key, number, subject.call())
            expected = {"approve": Standing.APPROVED, "end": Standing.ENDED, "refuse": Standing.REFUSED}[word]
            assert status.standing is expected
            assert (status.access is not None) == (word == "approve")
            assert "secret" not in repr(status)


async def test_it_is_told_of_what_was_withdrawn(subject: Subject) -> None:
    number = await subject.numbered("k-1")
    assert await subject.exchange.withdraw(number, subject.call()) is Outcome.OK
    assert (await subject.exchange.status("k-1", number, subject.call())).standing is Standing.ENDED
