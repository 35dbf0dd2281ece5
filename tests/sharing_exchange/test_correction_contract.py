"""What an exchange that takes disputes promises: the one of these tests, and the sandbox's behind its adapter."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.sandbox.exchange.disputes import Verdict
from adapters.sandbox.faults import FaultKind
from adapters.sandbox.running import running_sandbox
from adapters.sandbox.world.generate import generate
from gateway.core.delivery import Delivery
from gateway.core.outcome import Outcome
from gateway.core.sharing.exchange import Sent
from gateway.core.sharing.exchange_corrections import (
    CorrectionOrder,
    CorrectionStanding,
    EvidenceDigest,
    ShareCorrections,
)
from gateway.services.sharing.exchanges.forward_pace import our_call
from tests.exchange.site import HOUSEHOLD, SYSTEM, Site
from tests.sandbox.callers import SteppedClock
from tests.sharing.making import PERSON, REQUESTER, START
from tests.sharing_disputes.upstream import FakeCorrections
from tests.sharing_service.offices import Clock


class Subject(msgspec.Struct):
    """Where disputes are taken; what people there answer, and make wrong; the request under which a record came."""

    corrections: ShareCorrections
    clock: Any
    answer: Callable[[str, CorrectionStanding], None]
    fail: Callable[[FaultKind | None], None]
    request: str
    person: str

    def order(self, key: str) -> CorrectionOrder:
        return CorrectionOrder(
            key=key, resource=HOUSEHOLD, request=self.request, requester=REQUESTER, record={"idNumber": self.person},
            fields=("name", "region"), text="姓名与证件不符", evidence=(EvidenceDigest(10, "0" * 64),),
            received_at=START,
        )  # fmt: skip

    def call(self) -> Any:
        return our_call("contract", self.clock)

    async def numbered(self, key: str) -> str:
        reply = await self.corrections.correct(self.order(key), self.call())
        assert reply.sent is Sent.NUMBERED, reply
        assert reply.number is not None
        return reply.number


def _fake() -> Subject:
    fake = FakeCorrections(Delivery.QUERY_FIRST, Clock())

    def answer(number: str, standing: CorrectionStanding) -> None:
        corrected = frozenset({"name"}) if standing is CorrectionStanding.CORRECTED else None
        fake.answer(number, standing, corrected=corrected)
        fake.withdraws = Outcome.INVALID

    def fail(kind: FaultKind | None) -> None:
        fake.script = ["lost"] if kind is FaultKind.UNANSWERED else []

    fake.withdraws = Outcome.OK
    return Subject(fake, fake.clock, answer, fail, "N-1", PERSON)


@pytest.fixture(params=["fake", "sandbox"])
async def subject(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Subject]:
    if request.param == "fake":
        yield _fake()
        return
    clock = SteppedClock()
    world = generate(7, date(2026, 3, 2), size=200)
    async with running_sandbox(world, clock=clock, state=tmp_path / "state") as sandbox, AsyncExitStack() as stack:
        site = await Site.opened(sandbox, clock, stack)
        site.hold()
        approved = await site.approved(requester=REQUESTER)
        assert approved.number is not None
        corrections = site.systems.share_corrections(SYSTEM)
        assert corrections is not None
        verdicts = {
            CorrectionStanding.CORRECTED: Verdict("correct", {"name": "测试"}),
            CorrectionStanding.UPHELD: Verdict("uphold"),
            CorrectionStanding.REFUSED: Verdict("refuse", opinion="不予受理"),
        }

        def answer(number: str, standing: CorrectionStanding) -> None:
            site.disputes.answer(number, verdicts[standing])

        yield Subject(corrections, clock, answer, site.fault, approved.number, site.person)


async def test_what_it_took_is_known_by_key_and_number(subject: Subject) -> None:
    assert subject.corrections.delivery is Delivery.QUERY_FIRST
    unknown = await subject.corrections.correction("k-1", None, subject.call())
    assert (unknown.standing, unknown.is_unknown) == (CorrectionStanding.UNKNOWN, True)
    number = await subject.numbered("k-1")
    for known in (None, number):
        status = await subject.corrections.correction("k-1", known, subject.call())
        assert (status.standing, status.number, status.key) == (CorrectionStanding.PENDING, number, "k-1")


async def test_it_corrects_upholds_and_refuses(subject: Subject) -> None:
    for standing in (CorrectionStanding.CORRECTED, CorrectionStanding.UPHELD, CorrectionStanding.REFUSED):
        number = await subject.numbered(standing.value)
        subject.answer(number, standing)
        status = await subject.corrections.correction(standing.value, number, subject.call())
        corrected = frozenset({"name"}) if standing is CorrectionStanding.CORRECTED else None
        assert (status.standing, status.corrected) == (standing, corrected)
        assert await subject.corrections.withdraw_correction(number, subject.call()) is Outcome.INVALID


async def test_it_is_told_of_what_is_taken_back(subject: Subject) -> None:
    number = await subject.numbered("k-1")
    assert await subject.corrections.withdraw_correction(number, subject.call()) is Outcome.OK


async def test_an_answer_that_breaks_off_leaves_what_was_taken(subject: Subject) -> None:
    subject.fail(FaultKind.UNANSWERED)
    reply = await subject.corrections.correct(subject.order("k-1"), subject.call())
    assert reply.sent is Sent.UNANSWERED
    subject.fail(None)
    status = await subject.corrections.correction("k-1", None, subject.call())
    assert status.standing is CorrectionStanding.PENDING
