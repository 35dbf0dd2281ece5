"""Records in memory: found by their key, replaced in place, bounded."""

from datetime import timedelta

import msgspec
import pytest

from gateway.core.application import PreApplication
from gateway.core.licence import Holder, LicenceKey
from gateway.core.mandate import Mandate
from gateway.core.presentation import Presentation
from gateway.store import memory_records
from gateway.store.memory_records import MemoryMandates, MemoryPreApplications, MemoryPresentations
from tests.services.fakes import ITEM, START

OWN = Holder("111", "1", "王")
MANDATE = Mandate(
    id="M-1",
    principal=OWN,
    agent=OWN,
    items=frozenset({ITEM}),
    types=None,
    recorded_at=START,
    expires_at=START + timedelta(hours=1),
)
SHOWN = Presentation(code="C-1", item=ITEM, holder=OWN, licence=LicenceKey(identifier="A-1"), expires_at=START)


def number(name: str, hours: int, case: str | None = None) -> PreApplication:
    return PreApplication(
        number=name,
        item=ITEM,
        application="hall",
        subject="o-1",
        body="B",
        opened_at=START,
        due_at=START + timedelta(hours=hours),
        case=case,
    )


async def test_records_are_found_by_their_key_and_replaced() -> None:
    mandates, presentations, numbers = MemoryMandates(), MemoryPresentations(), MemoryPreApplications()
    await mandates.put(MANDATE)
    await presentations.put(SHOWN)
    await numbers.put(number("YB-1", 1))
    assert await mandates.find("M-1") == MANDATE
    assert await presentations.find("C-1") == SHOWN
    assert await numbers.find("YB-1") == number("YB-1", 1)
    ended = msgspec.structs.replace(MANDATE, revoked_at=START)
    await mandates.put(ended)
    assert await mandates.find("M-1") == ended
    assert [await store.find("other") for store in (mandates, presentations, numbers)] == [None] * 3


async def test_the_oldest_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_records, "_MOST", 2)
    numbers = MemoryPreApplications()
    for name in ("YB-1", "YB-2", "YB-2", "YB-3"):
        await numbers.put(number(name, 1))
    assert [await numbers.find(name) is not None for name in ("YB-1", "YB-2", "YB-3")] == [False, True, True]


async def test_overdue_numbers_are_the_unbound_ones_whose_day_has_come_oldest_first() -> None:
    numbers = MemoryPreApplications()
    for one in (number("b", 2), number("c", 1), number("a", 2), number("bound", 1, "BJ-1"), number("later", 3)):
        await numbers.put(one)
    late = await numbers.overdue(START + timedelta(hours=2))
    assert [one.number for one in late] == ["c", "a", "b"]
    assert await numbers.overdue(START) == []
