"""Nobody fills the gateway's records, and who comes between two steps of somebody else changes nothing."""

import base64
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.core import problems
from gateway.core.application import PreApplication
from gateway.core.caller import Person, Role
from gateway.core.errors import Refusal
from gateway.core.licence import Holder, LicenceKey
from gateway.core.mandate import Mandate
from gateway.core.presentation import Presentation, Reader
from gateway.core.problems import Problem
from gateway.core.records import Also
from gateway.core.use import UseBasis
from gateway.services import open_use, pre_applications, present_licence, record_mandate
from gateway.services.open_use import UseRequest
from gateway.services.proofs.case import ProveCase, ProvePreApplication
from gateway.services.proofs.presentation import ProvePresentation
from gateway.services.record_mandate import MandateRequest
from tests.services.bench import Bench
from tests.services.fakes import (
    CITIZEN,
    ITEM,
    OFFICER,
    OTHER_NUMBER,
    OWN_NUMBER,
    START,
    FakeSource,
    LicenceRow,
    ManualClock,
    assign,
    call_of,
    licence_ids,
    rows,
)
from tests.services.memory import MemoryMandates, MemoryPreApplications, MemoryPresentations

AUDITOR = Person(subject="a-1", role=Role.AUDITOR, name="审计员")
OWN = Holder("111", OWN_NUMBER, None)
MANDATE = MandateRequest(
    agent=("111", OTHER_NUMBER, "李测试"), items=(ITEM,), types=None, expires_at=START + timedelta(days=1)
)
HOLDER = UseRequest(basis=UseBasis.HOLDER, item=ITEM)


@pytest.fixture
def bench(clock: ManualClock) -> Bench:
    return Bench(clock, assign(FakeSource("city", rows(LicenceRow(identifier="A-1", type="T1", holders=(OWN,))))))


async def refusal(attempt: Awaitable[Any]) -> Problem:
    with pytest.raises(Refusal) as caught:
        await attempt
    return caught.value.problem


# ---- limits


async def test_open_uses_are_limited(bench: Bench, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_use, "MOST_OPEN", 2)
    for _ in range(2):
        await bench.open_use(HOLDER, call_of(CITIZEN, clock))
    assert await refusal(bench.open_use(HOLDER, call_of(CITIZEN, clock))) is problems.USES_TOO_MANY
    clock.step(1_800)
    await bench.open_use(HOLDER, call_of(CITIZEN, clock))


async def test_open_mandates_are_limited(bench: Bench, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_mandate, "MOST_OPEN", 1)
    call = call_of(CITIZEN, clock)
    first = await bench.mandates(MANDATE, call)
    assert await refusal(bench.mandates(MANDATE, call)) is problems.MANDATES_TOO_MANY
    await bench.mandates.revoke(first.id, call)
    await bench.mandates(MANDATE, call)


async def test_live_codes_are_limited(bench: Bench, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(present_licence, "MOST_LIVE", 1)
    call = call_of(CITIZEN, clock)
    use = await bench.open_use(HOLDER, call)
    licence = licence_ids().seal(LicenceKey(identifier="A-1"))
    await bench.present(use.id, licence, call)
    assert await refusal(bench.present(use.id, licence, call)) is problems.CODES_TOO_MANY


async def test_unbound_numbers_are_limited(bench: Bench, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pre_applications, "MOST_UNBOUND", 1)
    call = call_of(OFFICER, clock)
    first = await bench.pre_applications.open(ITEM, call)
    assert await refusal(bench.pre_applications.open(ITEM, call)) is problems.APPLICATIONS_TOO_MANY
    await bench.pre_applications.bind(first.number, "BJ-1", call)
    await bench.pre_applications.open(ITEM, call)


# ---- races


class Overtaken(MemoryPresentations):
    """Another reads the code between the look at it and the claim."""

    async def claim(self, code: str, reader: Reader, at: datetime, also: Also | None = None) -> Presentation | None:
        self.readers.setdefault(code, ("hall", "another"))
        return await super().claim(code, reader, at, also)


async def test_a_code_that_another_reads_meanwhile_is_read_by_him_alone(clock: ManualClock) -> None:
    shown = Overtaken()
    presentation = Presentation(
        code="c", item=ITEM, holder=OWN, licence=LicenceKey(identifier="A-1"), expires_at=START + timedelta(minutes=5)
    )
    await shown.add(presentation, START, 1)
    proving = ProvePresentation(shown, clock).prove("c", OFFICER, call_of(OFFICER, clock), lambda _: None)
    assert await refusal(proving) is problems.CODE_UNKNOWN


class Swept(MemoryMandates):
    """The mandate is swept away between the look at it and its revocation."""

    async def revoke(self, mandate_id: str, at: datetime, also: Also | None = None) -> Mandate | None:
        return None


async def test_a_mandate_that_is_over_meanwhile_is_unknown(bench: Bench, clock: ManualClock) -> None:
    call = call_of(CITIZEN, clock)
    mandate = await bench.mandates(MANDATE, call)
    swept = Swept()
    await swept.add(mandate, 1)
    revoking = record_mandate.RecordMandate(swept, clock, bench.mandates._audit)
    assert await refusal(revoking.revoke(mandate.id, call)) is problems.MANDATE_UNKNOWN


class Meanwhile(MemoryPreApplications):
    """Something happens to the number between the look at it and the counting of a use."""

    happens: Callable[[], Awaitable[object]] | None = None

    async def count_use(self, number: str, at: datetime, also: Also | None = None) -> bool:
        if self.happens is not None:
            await self.happens()
        return await super().count_use(number, at, also)


async def test_a_number_that_is_bound_meanwhile_is_proven_by_its_case(bench: Bench, clock: ManualClock) -> None:
    call, numbers = call_of(OFFICER, clock), Meanwhile()
    number = (await bench.pre_applications.open(ITEM, call)).number
    kept = await bench.numbers.find(number)
    assert kept is not None
    await numbers.add(kept, 1)
    numbers.happens = lambda: numbers.bind(number, "BJ-1", START)
    cases = ProveCase(bench.cases, bench.rules, clock, bench.defects)
    proof = await ProvePreApplication(numbers, cases, clock).prove(number, ITEM, OFFICER, call)
    assert (proof.case, proof.until) == ("BJ-1", None)
    found = await numbers.find(number)
    assert found is not None
    assert found.uses == 0


# ---- pages of what supervision sees


@pytest.mark.parametrize("key", ["", "x", "2026-03-02T12:00:00+00:00", "2026-03-02T12:00:00+00:00 ", "2026-03-02 YB"])
async def test_a_cursor_that_names_no_place_is_refused(bench: Bench, clock: ManualClock, key: str) -> None:
    cursor = base64.urlsafe_b64encode(f"after:{key}".encode()).decode().rstrip("=")
    listing = bench.pre_applications.overdue(10, cursor, call_of(AUDITOR, clock))
    assert await refusal(listing) is problems.CURSOR_INVALID


async def test_a_page_counts_what_it_does_not_show(bench: Bench, clock: ManualClock) -> None:
    for name in ("YB-1", "YB-2", "YB-3"):
        number = PreApplication(
            number=name, item=ITEM, application="hall", subject="o-1", body="B", opened_at=START, due_at=START
        )
        await bench.numbers.add(number, 9)
    call = call_of(AUDITOR, clock)
    page = await bench.pre_applications.overdue(2, None, call)
    assert ([one.number for one in page.nodes], page.total, page.has_next) == (["YB-1", "YB-2"], 3, True)
    rest = await bench.pre_applications.overdue(2, page.cursors[-1], call)
    assert ([one.number for one in rest.nodes], rest.total, rest.has_next) == (["YB-3"], 3, False)
