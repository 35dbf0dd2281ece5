"""The register in memory and on both databases: versions that follow one another, and nothing that can be read."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, text

from gateway.core.errors import PayloadUnreadable
from gateway.core.seals.register import Ownership, Route, SealChoice, SealRegister
from gateway.store import seal_register
from gateway.store.backup import kept_tables
from gateway.store.database import Database, database
from gateway.store.seal_register import SqlSealRegister
from gateway.system_clock import SystemClock
from tests.seal_register.entries import BODIES, DAY, HEIR, NOW, OTHER, OWNER, Clock, authorisation, registered, renewal
from tests.seal_register.registers import MemorySeals
from tests.servers.postgres import Server
from tests.store.databases import postgres_copy
from tests.store.keys import FIRST, SECOND, a_cipher

CLOCK = SystemClock()
ALL = SealChoice()


def opened(db: Database, *keys: bytes) -> SqlSealRegister:
    return SqlSealRegister(db, a_cipher(*keys), Clock())


async def contract(register: SealRegister) -> None:
    assert await register.find("5ea1") is None
    assert await register.find_version("5ea1", 1) is None
    assert (await register.page(ALL, None, 9), await register.count(ALL)) == ([], 0)
    first = registered()
    async with register.changes() as changes:
        assert await register.put(first)
        assert not await register.put(first), "two may not be the first"
        assert not await register.put(registered(id="5ea2")), "the number is another seal's"
        frozen = first.freeze(reason="r", by="a", at=NOW)
        assert await register.put(frozen)
        assert not await register.put(frozen)
        assert not await register.put(registered(version=9))
        assert not await register.put(registered(id="5ea3", number="3", version=2)), "it has no first version"
        renewed = frozen.renew(renewal(), NOW)
        assert await register.put(renewed)
        async with asyncio.timeout(60):
            assert [await anext(changes) for _ in range(3)] == ["5ea1"] * 3
    assert await register.find("5ea1") == renewed
    assert [await register.find_version("5ea1", number) for number in range(1, 5)] == [first, frozen, renewed, None]
    other = registered(
        id="5ea0", number="2", owners=(Ownership(HEIR, NOW),), two_person=True,
        authorisations=(authorisation(bodies=frozenset({OTHER})), authorisation(id="b", bodies=frozenset({"B"}))),
        route=Route(platform="seals", number="7", mode="DIGEST"),
    )  # fmt: skip
    for_all = registered(id="5ea9", number="9", authorisations=(authorisation(bodies=frozenset({"*"})),))
    assert await register.put(other)
    assert await register.put(for_all)
    assert await register.page(ALL, None, 9) == [other, renewed, for_all]
    assert await register.page(ALL, "5ea0", 1) == [renewed]
    for choice, found in (
        (SealChoice(owners=frozenset({OWNER})), [renewed, for_all]),
        (SealChoice(owners=frozenset({OWNER, HEIR})), [other, renewed, for_all]),
        (SealChoice(owners=frozenset({OTHER})), []),
        (SealChoice(owners=frozenset()), []),
        (SealChoice(seen_by=frozenset({OTHER})), [other, for_all]),
        (SealChoice(seen_by=frozenset()), []),
        (SealChoice(owners=frozenset({OWNER}), seen_by=frozenset({OTHER})), [for_all]),
    ):
        assert await register.page(choice, None, 9) == found
        assert await register.count(choice) == len(found)
    handed = other.hand_over(OTHER, at=NOW + DAY, bodies=BODIES)
    assert await register.put(handed)
    assert await register.page(SealChoice(owners=frozenset({HEIR})), None, 9) == []
    assert await register.page(SealChoice(owners=frozenset({OTHER})), None, 9) == [handed]


async def ends(register: SealRegister) -> None:
    for number in range(4):
        assert await register.put(registered(id=f"5ea{number}", number=str(number), valid_until=NOW + number * DAY))
    last = registered(id="5ea1", number="1", valid_until=NOW + DAY)
    assert await register.put(last.revoke(reason="r", by="hub", at=NOW))
    assert await register.ending(NOW, NOW + 2 * DAY, 9) == [("5ea0", NOW), ("5ea2", NOW + 2 * DAY)]
    assert await register.ending(NOW + DAY / 2, NOW + 9 * DAY, 1) == [("5ea2", NOW + 2 * DAY)]
    longer = await register.find("5ea2")
    assert longer is not None
    assert await register.put(longer.renew(renewal(number="2"), NOW))
    assert await register.ending(NOW + DAY / 2, NOW + 9 * DAY, 9) == [("5ea3", NOW + 3 * DAY)]


async def test_what_ends_is_told_in_memory() -> None:
    await ends(MemorySeals())


async def test_what_ends_is_told_in_a_database(any_database: Database) -> None:
    await ends(opened(any_database))


async def test_in_memory() -> None:
    await contract(MemorySeals())


async def test_in_a_database(any_database: Database) -> None:
    await contract(opened(any_database))


async def test_of_many_who_change_one_version_one_is_right(any_database: Database) -> None:
    register = opened(any_database)
    for seal in (registered(), registered().freeze(reason="r", by="a", at=NOW)):
        assert sorted(await asyncio.gather(*(register.put(seal) for _ in range(4)))) == [False, False, False, True]


async def test_what_belongs_to_a_change_is_there_with_it_or_neither_is(any_database: Database) -> None:
    register, ran = opened(any_database), list[object]()

    async def fail(transaction: object) -> None:
        ran.append(transaction)
        raise LookupError

    with pytest.raises(LookupError):
        await register.put(registered(), fail)
    assert await register.find("5ea1") is None
    assert not await register.put(registered(version=9), fail)
    assert len(ran) == 1  # only where there is a change


async def test_a_freeze_holds_on_every_replica_at_once(postgres_server: Server) -> None:
    async with AsyncExitStack() as stack:
        url = stack.enter_context(postgres_copy(postgres_server))
        here, there = [opened(await stack.enter_async_context(database(url, CLOCK))) for _ in range(2)]
        assert await here.put(registered())
        assert await there.find("5ea1") == registered()
        frozen = registered().freeze(reason="r", by="a", at=NOW)
        assert await here.put(frozen)
        assert await there.find("5ea1") == frozen  # without having been told


async def test_neither_keys_nor_officers_nor_structures_can_be_read_in_the_tables(any_database: Database) -> None:
    secret = registered(
        structure=b"canary-structure", certificates=(b"canary-certificate",), name="canary-name",
        route=Route(key="pkcs11:canary-key"), authorisations=(authorisation(accounts=frozenset({"canary-officer"})),),
    ).freeze(reason="canary-reason", by="canary-officer", at=NOW)  # fmt: skip
    assert await opened(any_database).put(msgspec.structs.replace(secret, version=1))
    async with any_database.reading() as connection:
        held = repr([row for table in kept_tables() for row in await connection.execute(select(table))])
    assert "42010000000001" in held
    assert "canary" not in held


@pytest.mark.parametrize("table", ["seal_versions", "seal_materials"])
async def test_what_is_moved_to_another_seal_does_not_open(any_database: Database, table: str) -> None:
    register = opened(any_database)
    await register.put(registered())
    await register.put(registered(id="5ea2", number="2", structure=b"other"))
    async with any_database.writing() as connection:
        one = f"SELECT sealed FROM {table} WHERE seal = '5ea2'"
        await connection.execute(text(f"UPDATE {table} SET sealed = ({one}) WHERE seal = '5ea1'"))
    with pytest.raises(PayloadUnreadable):
        await register.find("5ea1")


async def test_an_older_version_in_place_of_the_present_one_does_not_open(any_database: Database) -> None:
    register = opened(any_database)
    await register.put(registered())
    await register.put(registered().freeze(reason="r", by="a", at=NOW))
    async with any_database.writing() as connection:
        before = "SELECT sealed FROM seal_versions WHERE version = 1"
        await connection.execute(text(f"UPDATE seal_versions SET sealed = ({before}) WHERE version = 2"))
    with pytest.raises(PayloadUnreadable):
        await register.find("5ea1")


async def test_seals_of_before_a_change_of_keys_are_found(any_database: Database) -> None:
    assert await opened(any_database, FIRST).put(registered())
    assert await opened(any_database, SECOND, FIRST).find("5ea1") == registered()


@pytest.mark.parametrize("name", ["", "a\0", "\ud800", "章", "x" * 65])
async def test_what_is_no_id_finds_nothing(any_database: Database, name: str) -> None:
    assert await opened(any_database).find(name) is None
    assert await opened(any_database).find_version(name, 1) is None


async def test_only_so_much_is_kept_in_memory(any_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal_register, "_KEPT_BYTES", 2_500)
    register = opened(any_database)
    seals = [registered(id=f"5ea{n}", number=str(n), structure=str(n).encode() * 1_000) for n in range(4)]
    for seal in seals:
        assert await register.put(seal)
    for _ in range(2):
        for seal in seals:
            assert await register.find(seal.id) == seal
    kept: Any = register._kept
    assert len(kept._materials) == 2
    assert await register.find("5ea3") == seals[3]
