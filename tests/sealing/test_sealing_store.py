"""What the store of sealings promises, on both databases."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from gateway.core.caller import Caller
from gateway.core.records import Also, Transaction
from gateway.core.seals.attempt import Attempt
from gateway.core.seals.sealing import Sealing, SealingState
from gateway.core.seals.sealings import SealingChoice
from gateway.core.text import Text
from gateway.core.trouble import Trouble
from gateway.store.database import Database
from gateway.store.sealings import SqlSealings
from gateway.store.tables.sealings import sealings as table
from tests.sealing.making import HUB, SECOND
from tests.sealing.test_sealing_machine import a_sealing
from tests.services.fakes import FRONTEND, START
from tests.store.keys import FIRST, a_cipher
from tests.store.keys import SECOND as SECOND_KEY

MINUTE = timedelta(minutes=1)


@pytest.fixture
def store(any_database: Database) -> SqlSealings:
    return SqlSealings(any_database, a_cipher())


def several(count: int, **changed: Any) -> list[Sealing]:
    return [
        a_sealing(
            id=f"s-{number}", key=f"k-{number}", callback=f"c-{number}", requested_at=START + number * MINUTE, **changed
        )
        for number in range(1, count + 1)
    ]


class Remember:
    """What belonged to the transaction."""

    def __init__(self) -> None:
        self.added: list[str] = []

    def __call__(self, added: Sequence[Sealing]) -> Sequence[Also]:
        async def also(_: Transaction) -> None:
            self.added += [one.id for one in added]

        return [also]


async def kept(store: SqlSealings, *sealings: Sealing) -> None:
    assert await store.add(sealings, 100, Remember()) is not None


async def test_what_is_kept_is_found_as_it_was(store: SqlSealings) -> None:
    trouble = Trouble("YW-SE-04", {"reason": Text("理由", "reason"), "count": 3})
    one = a_sealing(troubles=(trouble,), signature=b"\x00\xff", pages=3)
    await kept(store, one)
    assert await store.find("sealing-1") == one
    assert await store.of_callback("callback-1") == one
    assert await store.of_keys(one.owner, ["key-1", "nothing"]) == {"key-1": one}
    assert await store.find("nothing") is None
    assert await store.of_callback("nothing") is None


async def test_a_key_is_kept_once(store: SqlSealings) -> None:
    remember = Remember()
    first, second = several(2)
    await store.add([first], 100, remember)
    repeated = msgspec.structs.replace(first, id="another", callback="another")
    assert await store.add([repeated, second], 100, remember) == [first, second]
    assert remember.added == ["s-1", "s-2"]


async def test_the_same_key_of_another_owner_is_another(store: SqlSealings) -> None:
    one = a_sealing()
    other = msgspec.structs.replace(one, id="other", callback="other", caller=Caller(FRONTEND, SECOND))
    await kept(store, one)
    await kept(store, other)
    assert (await store.of_keys(other.owner, ["key-1"]))["key-1"].id == "other"


async def test_nothing_is_kept_beside_a_key_that_stands_for_another_request(store: SqlSealings) -> None:
    first, second = several(2)
    await kept(store, first)
    clash = msgspec.structs.replace(first, id="clash", callback="clash", request=b"another")
    remember = Remember()
    found = await store.add([clash, second], 100, remember)
    assert found is not None
    assert found[0].request == b"request"
    assert remember.added == []
    assert await store.find("s-2") is None


async def test_an_owner_has_only_so_many_that_have_not_ended(store: SqlSealings) -> None:
    first, second, third = several(3)
    assert await store.add([first, second], 2, Remember()) is not None
    assert await store.add([third], 2, Remember()) is None
    assert await store.change(first, first.refuse(Trouble("YW-SE-30"), START))
    assert await store.add([third], 2, Remember()) is not None


async def test_of_many_who_add_one_key_at_once_one_is_first(store: SqlSealings) -> None:
    remember = Remember()
    made = [a_sealing(id=f"s-{number}", callback=f"c-{number}") for number in range(6)]
    found = await asyncio.gather(*(store.add([one], 100, remember) for one in made))
    assert len({one[0].id for one in found if one is not None}) == 1


async def test_a_version_follows_the_one_that_it_changes(store: SqlSealings) -> None:
    one = a_sealing()
    await kept(store, one)
    done = one.refuse(Trouble("YW-SE-30"), START)
    remember: list[str] = []

    async def also(_: Transaction) -> None:
        remember.append("made")

    assert await store.change(one, done, [also])
    assert not await store.change(one, done, [also])
    assert remember == ["made"]
    assert await store.find("sealing-1") == done


async def test_pages_go_from_the_newest_on(store: SqlSealings) -> None:
    made = several(5, batch="b-1")
    await kept(store, *made)
    first = await store.page(SealingChoice(), None, 2)
    assert [one.id for one in first] == ["s-5", "s-4"]
    rest = await store.page(SealingChoice(), (first[-1].requested_at, first[-1].id), 9)
    assert [one.id for one in rest] == ["s-3", "s-2", "s-1"]
    assert len(await store.page(SealingChoice(batch="b-1", owner=made[0].owner), None, 9)) == 5
    assert not await store.page(SealingChoice(batch="b-2"), None, 9)
    assert not await store.page(SealingChoice(state=SealingState.FAILED), None, 9)
    assert not await store.page(SealingChoice(seals=frozenset()), None, 9)
    assert len(await store.page(SealingChoice(seals=frozenset({"seal-1"})), None, 9)) == 5


async def test_those_that_were_sent_in_a_time_are_found(store: SqlSealings) -> None:
    made = several(3)
    await kept(store, *made)
    for number, one in enumerate(made):
        at = START + number * MINUTE
        attempt = Attempt(number=1, at=at, fence=1, digest="ab", platform=HUB if number else None)
        assert await store.change(one, one.intend(attempt, pages=1, seal_version=1, stamped_at=at))
    found = await store.sent(HUB, START, START + 2 * MINUTE, None, 9)
    assert [one.id for one in found] == ["s-2"]
    assert [one.id for one in await store.sent(HUB, START, START + 9 * MINUTE, "s-2", 9)] == ["s-3"]
    assert not await store.sent("other", START, START + 9 * MINUTE, None, 9)


async def test_states_and_seals_are_counted(store: SqlSealings) -> None:
    first, second, third = several(3)
    await kept(store, first, second, third)
    assert await store.change(first, first.refuse(Trouble("YW-SE-30"), START))
    counts = await store.counts(START, START + 9 * MINUTE, None)
    assert [(one.seal, one.application, one.state.value, one.count) for one in counts] == [
        ("seal-1", "portal", "FAILED", 1),
        ("seal-1", "portal", "PREPARED", 2),
    ]
    assert not await store.counts(START, START + MINUTE, None)
    assert not await store.counts(START, START + 9 * MINUTE, frozenset({"seal-2"}))
    assert {state: one.count for state, one in (await store.states()).items()} == {SealingState.PREPARED: 2}


async def test_whoever_follows_is_told(store: SqlSealings) -> None:
    async with store.changes() as changes, asyncio.timeout(60):
        await store.tell([f"s-{number}" for number in range(50)])
        told = (await anext(changes)).split() + (await anext(changes)).split()
    assert told == [f"s-{number}" for number in range(50)]


async def test_nothing_personal_stands_in_a_row(store: SqlSealings, any_database: Database) -> None:
    await kept(store, a_sealing())
    async with any_database.reading() as connection:
        row = (await connection.execute(select(table))).one()
    stored = b"|".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
    for secret in (b"key-1", b"o-1", b"BJ-1", b"callback-1", b"a.pdf"):
        assert secret not in stored


async def test_a_row_of_an_older_key_is_found(any_database: Database) -> None:
    one = a_sealing()
    await kept(SqlSealings(any_database, a_cipher()), one)
    renewed = SqlSealings(any_database, a_cipher(SECOND_KEY, FIRST))
    assert await renewed.of_keys(one.owner, ["key-1"]) == {"key-1": one}
    assert await renewed.add([msgspec.structs.replace(one, id="new", callback="new")], 9, Remember()) == [one]
