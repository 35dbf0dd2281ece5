"""What every store of records promises: on both databases, and the fakes that stand in for them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest

from gateway.core.application import PreApplication
from gateway.core.licence import LicenceKey
from gateway.core.ports import UseStore
from gateway.core.records import MandateStore, PreApplicationStore, PresentationStore
from gateway.core.use import Use, UseBasis
from gateway.store.database import Options, database
from gateway.store.mandates import SqlMandates
from gateway.store.pre_applications import SqlPreApplications
from gateway.store.presentations import SqlPresentations
from gateway.store.uses import SqlUses
from gateway.system_clock import SystemClock
from tests.services.fakes import START, ManualClock
from tests.services.memory import MemoryMandates, MemoryPreApplications, MemoryPresentations, MemoryUses
from tests.store.databases import KINDS, open_url
from tests.store.keys import a_cipher
from tests.store.records import AGENT, HOUR, OTHER, OWN, READER, a_mandate, a_number, a_use, shown


class Stores(msgspec.Struct):
    uses: UseStore
    mandates: MandateStore
    presentations: PresentationStore
    numbers: PreApplicationStore


@pytest.fixture(params=["memory", *KINDS])
async def stores(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    if request.param == "memory":
        yield Stores(MemoryUses(ManualClock()), MemoryMandates(), MemoryPresentations(), MemoryPreApplications())
        return
    with open_url(request, request.param) as url:
        async with database(url, SystemClock(), Options(connections=8)) as db:
            cipher = a_cipher()
            yield Stores(
                SqlUses(db, cipher),
                SqlMandates(db, cipher),
                SqlPresentations(db, cipher),
                SqlPreApplications(db, cipher),
            )


class Also:
    """Counts how often it was called within a change."""

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self, _transaction: object) -> None:
        self.calls += 1


# ---- uses


FULL_USE = a_use(
    basis=UseBasis.STATUTORY,
    case="BJ-1",
    application="YB-1",
    mandate="M-1",
    note="事由",
    proven_at=START,
    reaches=OWN,
    types=frozenset({"T1", "T2"}),
    licence=LicenceKey(system="city", number="1"),
)


@pytest.mark.parametrize("use", [a_use(), FULL_USE], ids=["bare", "full"])
async def test_a_use_comes_back_as_it_was(stores: Stores, use: Use) -> None:
    assert await stores.uses.add(use, START, 1)
    assert await stores.uses.find(use.id) == use
    assert await stores.uses.find("other") is None


async def test_open_uses_are_limited_by_application_and_person(stores: Stores) -> None:
    assert await stores.uses.add(a_use("over", expires_at=START), START, 2)
    assert [await stores.uses.add(a_use(name), START, 2) for name in "abc"] == [True, True, False]
    assert await stores.uses.find("c") is None
    assert await stores.uses.add(a_use("d", owner_application="hall"), START, 2)
    assert await stores.uses.add(a_use("e", owner_subject="c-2"), START, 2)
    assert await stores.uses.add(a_use("f"), START + HOUR, 2)


async def test_a_proof_is_only_replaced_by_a_later_one(stores: Stores) -> None:
    await stores.uses.add(a_use(), START, 1)
    for moment in (START + HOUR, START, START + timedelta(minutes=90)):
        await stores.uses.prove("u", moment)
    await stores.uses.prove("other", START)
    found = await stores.uses.find("u")
    assert found is not None
    assert found.proven_at == START + timedelta(minutes=90)


# ---- mandates


async def test_a_mandate_comes_back_as_it_was(stores: Stores) -> None:
    for mandate in (a_mandate(), a_mandate("n", types=frozenset({"T1"}))):
        assert await stores.mandates.add(mandate, 2)
        assert await stores.mandates.find(mandate.id) == mandate
    assert await stores.mandates.find("other") is None


async def test_a_mandate_is_revoked_once(stores: Stores) -> None:
    also = Also()
    await stores.mandates.add(a_mandate(), 1, also)
    first = await stores.mandates.revoke("m", START, also)
    again = await stores.mandates.revoke("m", START + HOUR, also)
    assert first == again == msgspec.structs.replace(a_mandate(), revoked_at=START)
    assert await stores.mandates.find("m") == first
    assert await stores.mandates.revoke("other", START, also) is None
    assert also.calls == 2


async def test_open_mandates_are_limited_by_principal(stores: Stores) -> None:
    assert [await stores.mandates.add(a_mandate(name), 2) for name in "abc"] == [True, True, False]
    assert await stores.mandates.add(a_mandate("d", principal=AGENT, agent=OWN), 2)
    await stores.mandates.revoke("a", START)
    assert await stores.mandates.add(a_mandate("e"), 2)


# ---- presented licences


async def test_whoever_reads_a_code_first_is_its_only_reader(stores: Stores) -> None:
    also, store = Also(), stores.presentations
    assert await store.add(shown(), START, 1)
    assert await store.find("c", READER, START) == await store.find("c", OTHER, START) == shown()
    assert await store.claim("c", READER, START, also) == shown()
    assert await store.claim("c", READER, START, also) == shown()
    assert await store.find("c", READER, START) == shown()
    assert await store.claim("c", OTHER, START, also) is None
    assert await store.find("c", OTHER, START) is None
    assert also.calls == 1


async def test_a_code_that_is_over_is_read_by_nobody(stores: Stores) -> None:
    await stores.presentations.add(shown(), START, 1)
    at_the_end = START + HOUR
    assert await stores.presentations.claim("c", READER, at_the_end - timedelta(microseconds=1)) == shown()
    assert await stores.presentations.claim("c", READER, at_the_end) is None
    assert await stores.presentations.find("c", READER, at_the_end) is None
    assert await stores.presentations.claim("other", READER, START) is None


async def test_live_codes_are_limited_by_holder(stores: Stores) -> None:
    add = stores.presentations.add
    assert [await add(shown(name), START, 2) for name in "abc"] == [True, True, False]
    assert await add(shown("d", holder=AGENT), START, 2)
    assert await add(shown("e", expires_at=START + 2 * HOUR), START + HOUR, 2)


async def test_of_many_readers_at_once_exactly_one_wins(stores: Stores) -> None:
    await stores.presentations.add(shown(), START, 1)
    also = Also()
    claims = [stores.presentations.claim("c", ("hall", f"o-{number}"), START, also) for number in range(64)]
    won = [number for number, claim in enumerate(await asyncio.gather(*claims)) if claim is not None]
    assert len(won) == 1
    assert also.calls == 1
    assert await stores.presentations.find("c", ("hall", f"o-{won[0]}"), START) == shown()


# ---- pre-application numbers


async def test_a_number_comes_back_as_it_was(stores: Stores) -> None:
    bound = a_number("YB-2", case="BJ-1", bound_at=START, uses=3)
    for number in (a_number(), bound):
        assert await stores.numbers.add(number, 2)
        assert await stores.numbers.find(number.number) == number
    assert await stores.numbers.find("other") is None


async def test_a_number_is_bound_to_one_case(stores: Stores) -> None:
    also, bound = Also(), a_number(case="BJ-1", bound_at=START)
    await stores.numbers.add(a_number(), 1)
    assert await stores.numbers.bind("YB-1", "BJ-1", START, also) == bound
    assert await stores.numbers.bind("YB-1", "BJ-1", START + HOUR, also) == bound
    assert await stores.numbers.bind("YB-1", "BJ-2", START, also) is None
    assert await stores.numbers.bind("other", "BJ-1", START, also) is None
    assert await stores.numbers.find("YB-1") == bound
    assert also.calls == 1


async def test_uses_are_counted_while_a_number_is_neither_bound_nor_overdue(stores: Stores) -> None:
    also = Also()
    await stores.numbers.add(a_number(), 1)
    counts = await asyncio.gather(*(stores.numbers.count_use("YB-1", START, also) for _ in range(32)))
    assert all(counts)
    assert not await stores.numbers.count_use("YB-1", START + HOUR, also)
    assert not await stores.numbers.count_use("other", START, also)
    await stores.numbers.bind("YB-1", "BJ-1", START)
    assert not await stores.numbers.count_use("YB-1", START, also)
    found = await stores.numbers.find("YB-1")
    assert found is not None
    assert found.uses == also.calls == 32


async def test_of_many_cases_at_once_a_number_is_bound_to_exactly_one(stores: Stores) -> None:
    await stores.numbers.add(a_number(), 1)
    bound = await asyncio.gather(*(stores.numbers.bind("YB-1", f"BJ-{case}", START) for case in range(32)))
    (won,) = [one for one in bound if one is not None]
    assert await stores.numbers.find("YB-1") == won


async def test_unbound_numbers_are_limited_by_opener_however_many_come_at_once(stores: Stores) -> None:
    added = await asyncio.gather(*(stores.numbers.add(a_number(f"YB-{n}"), 5) for n in range(24)))
    assert sum(added) == 5
    assert await stores.numbers.add(a_number("other", subject="o-2"), 5)
    first = f"YB-{added.index(True)}"
    await stores.numbers.bind(first, "BJ-1", START)
    assert await stores.numbers.add(a_number("after"), 5)


async def test_overdue_numbers_are_the_unbound_ones_whose_day_has_come_oldest_first(stores: Stores) -> None:
    for name, hours, case in (("b", 2, None), ("c", 1, None), ("a", 2, None), ("bound", 1, "BJ"), ("later", 3, None)):
        await stores.numbers.add(a_number(name, due_at=START + hours * HOUR, case=case), 9)
    at = START + 2 * HOUR

    async def late(after: PreApplication | None, most: int) -> list[PreApplication]:
        place = None if after is None else (after.due_at, after.number)
        return list(await stores.numbers.overdue(at, place, most))

    page = await late(None, 2)
    assert [one.number for one in page] == ["c", "a"]
    assert [one.number for one in await late(page[-1], 2)] == ["b"]
    assert await stores.numbers.count_overdue(at) == 3
    assert await stores.numbers.count_overdue(START) == 0


# ---- sweeping


async def test_sweeping_removes_what_is_over_so_many_at_a_time(stores: Stores) -> None:
    at, later, long_ago = START + HOUR, START + HOUR + timedelta(microseconds=1), START - timedelta(days=400)
    for number in range(3):
        await stores.uses.add(a_use(f"{number}"), START, 9)
        await stores.mandates.add(a_mandate(f"{number}"), 9)
        await stores.presentations.add(shown(f"{number}"), START, 9)
        await stores.numbers.add(a_number(f"{number}", case="BJ", bound_at=long_ago), 9)
    await stores.uses.add(a_use("live", expires_at=later), START, 9)
    await stores.mandates.add(a_mandate("live", expires_at=later), 9)
    await stores.presentations.add(shown("live", expires_at=later), START, 9)
    await stores.numbers.add(a_number("live", due_at=long_ago), 9)
    for store in (stores.uses, stores.mandates, stores.presentations, stores.numbers):
        assert [await store.sweep(at, 2) for _ in range(3)] == [2, 1, 0]
    assert await stores.uses.find("live") is not None
    assert await stores.mandates.find("live") is not None
    assert await stores.presentations.find("live", READER, START) is not None
    assert await stores.numbers.find("live") is not None
