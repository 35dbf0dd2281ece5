"""What every store of files promises: on both databases, and the fake that stands in for them."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update

from gateway.core.errors import PayloadUnreadable, StoreUnavailable
from gateway.core.files import CHUNK_BYTES, File, FileStore, Owner, Purpose, Quota
from gateway.core.records import Also
from gateway.store.database import Database, Options, database
from gateway.store.files import SqlFiles
from gateway.store.tables.files import file_chunks, files
from gateway.system_clock import SystemClock
from tests.services.fakes import START
from tests.services.memory_files import MemoryFiles
from tests.store.databases import KINDS, open_url
from tests.store.keys import FIRST, SECOND, a_cipher

HOUR = timedelta(hours=1)
OWN, OTHER = Owner("portal", "c-1"), Owner("portal", "c-2")
PLENTY = Quota(100, 10**9)
BYTES = bytes(range(256)) * 4_096 * 2 + b"the rest"
"""Two chunks and a little."""


@pytest.fixture(params=["memory", *KINDS])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[FileStore]:
    if request.param == "memory":
        yield MemoryFiles()
        return
    with open_url(request, request.param) as url:
        async with database(url, SystemClock(), Options(connections=8)) as db:
            yield SqlFiles(db, a_cipher())


def a_file(name: str = "f", **changed: Any) -> File:
    usual: dict[str, Any] = {
        "purpose": Purpose.UPLOAD, "owner": OWN, "name": "申请表.pdf", "media_type": "application/pdf",
        "bytes": 10, "sha256": None, "created_at": START, "expires_at": START + HOUR,
    }  # fmt: skip
    return File(id=name, **usual | changed)


async def sent(store: FileStore, file_id: str, content: bytes = BYTES) -> tuple[bytes, int]:
    """The sending that has brought all of the content, and its size."""
    sending = await store.begin(file_id)
    assert sending is not None
    for number in range(-(-len(content) // CHUNK_BYTES)):
        assert await store.append(file_id, sending, number, content[number * CHUNK_BYTES :][:CHUNK_BYTES])
    return sending, len(content)


async def kept(store: FileStore, content: bytes = BYTES, **changed: Any) -> File:
    file = a_file(**changed)
    assert await store.declare(file, PLENTY, START)
    sending, size = await sent(store, file.id, content)
    assert await store.complete(file.id, sending, size, hashlib.sha256(content).hexdigest())
    found = await store.find(file.id, file.purpose, file.owner, START)
    assert found is not None
    return found


async def read(store: FileStore, file: File, first: int, last: int) -> bytes:
    return b"".join([piece async for piece in store.read(file, first, last)])


async def test_a_declared_file_is_found_as_it_was(store: FileStore) -> None:
    file = a_file(sha256="ab" * 32)
    assert await store.declare(file, PLENTY, START)
    assert await store.find("f", Purpose.UPLOAD, OWN, START) == file


async def test_a_file_is_its_owners_for_its_purpose_in_its_time(store: FileStore) -> None:
    assert await store.declare(a_file(), PLENTY, START)
    assert await store.find("f", Purpose.UPLOAD, OTHER, START) is None
    assert await store.find("f", Purpose.UPLOAD, Owner("hall", "c-1"), START) is None
    assert await store.find("f", Purpose.TICKET, OWN, START) is None
    assert await store.find("g", Purpose.UPLOAD, OWN, START) is None
    assert await store.find("f", Purpose.UPLOAD, OWN, START + HOUR) is None


async def test_a_complete_file_has_its_size_and_digest(store: FileStore) -> None:
    file = await kept(store)
    assert (file.is_complete, file.bytes, file.sha256) == (True, len(BYTES), hashlib.sha256(BYTES).hexdigest())
    assert (file.name, file.media_type) == ("申请表.pdf", a_file().media_type)


async def test_a_complete_file_has_the_type_that_was_told_then(store: FileStore) -> None:
    assert await store.declare(a_file(), PLENTY, START)
    sending, size = await sent(store, "f")
    assert await store.complete("f", sending, size, "00", None, "application/ofd")
    file = await store.find("f", Purpose.UPLOAD, OWN, START)
    assert file is not None
    assert (file.media_type, file.name, file.sha256) == ("application/ofd", "申请表.pdf", "00")


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (0, len(BYTES) - 1),
        (0, 0),
        (5, 9),
        (CHUNK_BYTES - 1, CHUNK_BYTES),
        (CHUNK_BYTES, CHUNK_BYTES),
        (CHUNK_BYTES - 1, 2 * CHUNK_BYTES),
        (2 * CHUNK_BYTES + 1, len(BYTES) - 1),
    ],
)
async def test_a_part_is_the_part(store: FileStore, first: int, last: int) -> None:
    assert await read(store, await kept(store), first, last) == BYTES[first : last + 1]


async def test_an_empty_file_is_a_file(store: FileStore) -> None:
    file = await kept(store, b"")
    assert (file.is_complete, file.bytes) == (True, 0)
    assert await read(store, file, 0, -1) == b""


async def test_a_new_sending_takes_over(store: FileStore) -> None:
    assert await store.declare(a_file(), PLENTY, START)
    old, size = await sent(store, "f")
    new = await store.begin("f")
    assert new is not None
    assert not await store.append("f", old, 3, b"x")
    assert not await store.append("f", old, 0, b"x")
    assert not await store.complete("f", old, size, "00")
    await store.abandon("f", old)
    assert await store.append("f", new, 0, b"new")
    assert await store.complete("f", new, 3, "11")
    file = await store.find("f", Purpose.UPLOAD, OWN, START)
    assert file is not None
    assert await read(store, file, 0, 2) == b"new"


async def test_chunks_come_in_order_and_all_of_them(store: FileStore) -> None:
    assert await store.declare(a_file(), PLENTY, START)
    sending = await store.begin("f")
    assert sending is not None
    assert not await store.append("f", sending, 1, b"x")
    assert await store.append("f", sending, 0, b"x" * CHUNK_BYTES)
    assert not await store.append("f", sending, 0, b"x")
    assert not await store.complete("f", sending, CHUNK_BYTES + 1, "00")
    assert await store.complete("f", sending, CHUNK_BYTES, "00")


async def test_a_complete_file_takes_nothing_more(store: FileStore) -> None:
    assert await store.declare(a_file(), PLENTY, START)
    sending, size = await sent(store, "f", b"abc")
    assert await store.complete("f", sending, size, "00")
    assert await store.begin("f") is None
    assert not await store.append("f", sending, 1, b"x")
    assert not await store.complete("f", sending, size, "11")
    await store.abandon("f", sending)
    file = await store.find("f", Purpose.UPLOAD, OWN, START)
    assert file is not None
    assert file.sha256 == "00"
    assert await read(store, file, 0, 2) == b"abc"


async def test_an_abandoned_sending_leaves_nothing_and_another_may_begin(store: FileStore) -> None:
    assert await store.declare(a_file(), PLENTY, START)
    sending, size = await sent(store, "f")
    await store.abandon("f", sending)
    assert not await store.complete("f", sending, size, "00")
    again, size = await sent(store, "f", b"abc")
    assert await store.complete("f", again, size, "00")


async def test_nothing_begins_without_a_file(store: FileStore) -> None:
    assert await store.begin("f") is None


async def test_an_owner_has_so_many_files_and_bytes_at_a_time(store: FileStore) -> None:
    quota = Quota(2, 25)
    assert await store.declare(a_file("a"), quota, START)
    assert not await store.declare(a_file("b", bytes=16), quota, START)
    assert await store.declare(a_file("b", bytes=15), quota, START)
    assert not await store.declare(a_file("c", bytes=0), quota, START)
    assert await store.find("c", Purpose.UPLOAD, OWN, START) is None
    assert await store.declare(a_file("c", owner=OTHER), quota, START)
    later = START + HOUR
    assert await store.declare(a_file("d", expires_at=later + HOUR), quota, later)


async def test_a_quota_holds_whoever_comes_at_once(store: FileStore) -> None:
    quota = Quota(3, 10**9)
    declared = await asyncio.gather(*(store.declare(a_file(f"f{n}"), quota, START) for n in range(8)))
    assert sum(declared) == 3


async def test_what_is_over_is_swept_when_nobody_can_be_reading_it(store: FileStore) -> None:
    file = await kept(store)
    assert await store.declare(a_file("later", expires_at=START + 9 * HOUR), PLENTY, START)
    assert await store.sweep(START + 2 * HOUR - timedelta(seconds=1), 10) == 0
    assert await read(store, file, 0, 3) == BYTES[:4]
    pieces = store.read(file, 0, len(BYTES) - 1)
    assert await anext(aiter(pieces)) == BYTES[:CHUNK_BYTES]
    assert await store.sweep(START + 2 * HOUR, 10) == 1
    with pytest.raises(StoreUnavailable, match="swept away"):
        [piece async for piece in pieces]
    with pytest.raises(StoreUnavailable, match="swept away"):
        await read(store, file, 0, 3)


async def test_sweeping_goes_by_steps(store: FileStore) -> None:
    for n in range(3):
        assert await store.declare(a_file(f"f{n}"), PLENTY, START)
    assert [await store.sweep(START + 9 * HOUR, 2) for _ in range(3)] == [2, 1, 0]


async def test_what_belongs_to_a_change_runs_with_it_and_only_then(store: FileStore) -> None:
    told: list[object] = []

    async def also(transaction: object) -> None:
        told.append(transaction)

    assert await store.declare(a_file(), Quota(1, 10), START, also)
    assert not await store.declare(a_file("g"), Quota(1, 10), START, also)
    assert len(told) == 1
    sending, size = await sent(store, "f", b"abc")
    assert not await store.complete("f", b"another", size, "00", also)
    assert await store.complete("f", sending, size, "00", also)
    assert len(told) == 2


# ---- the database alone


async def test_nothing_personal_is_readable_at_rest(any_database: Database) -> None:
    store = SqlFiles(any_database, a_cipher())
    await kept(store, b"canary-content" * 100)
    async with any_database.reading() as connection:
        rows = [*(await connection.execute(select(files))), *(await connection.execute(select(file_chunks)))]
    text = b"".join(bytes(value) for row in rows for value in row if isinstance(value, bytes | memoryview))
    for canary in (b"canary-content", "申请表".encode(), b"c-1", b"portal", b"application/pdf"):
        assert canary not in text


async def test_files_outlive_a_change_of_keys(any_database: Database) -> None:
    file = await kept(SqlFiles(any_database, a_cipher(FIRST)), b"abc")
    store = SqlFiles(any_database, a_cipher(SECOND, FIRST))
    assert await store.find("f", Purpose.UPLOAD, OWN, START) == file
    assert await read(store, file, 0, 2) == b"abc"
    assert not await store.declare(a_file("g"), Quota(1, 100), START)


async def test_a_chunk_that_was_moved_is_not_given_out(any_database: Database) -> None:
    store = SqlFiles(any_database, a_cipher())
    file = await kept(store)
    async with any_database.writing() as connection:
        first = await connection.scalar(select(file_chunks.c.sealed).where(file_chunks.c.number == 0))
        await connection.execute(update(file_chunks).where(file_chunks.c.number == 1).values(sealed=first))
    with pytest.raises(PayloadUnreadable):
        await read(store, file, 0, len(BYTES) - 1)
    assert await read(store, file, 0, 9) == BYTES[:10]


async def test_files_are_the_same_for_every_replica(database_url: str) -> None:
    async with database(database_url, SystemClock()) as one, database(database_url, SystemClock()) as two:
        file = await kept(SqlFiles(one, a_cipher()))
        other = SqlFiles(two, a_cipher())
        assert await other.find("f", Purpose.UPLOAD, OWN, START) == file
        assert await read(other, msgspec.structs.replace(file), 0, 3) == BYTES[:4]


async def test_several_are_found_at_once(store: FileStore) -> None:
    for name in ("a", "b"):
        assert await store.declare(a_file(name), PLENTY, START)
    assert await store.declare(a_file("c", owner=OTHER), PLENTY, START)
    found = await store.find_all(["a", "b", "c", "d"], Purpose.UPLOAD, OWN, START)
    assert {name: file.id for name, file in found.items()} == {"a": "a", "b": "b"}
    assert not await store.find_all(["a"], Purpose.TICKET, OWN, START)
    assert not await store.find_all(["a"], Purpose.UPLOAD, OWN, START + HOUR)


async def made(store: FileStore, *also: Also) -> None:
    """What belongs to a change, in a transaction of its own."""
    if isinstance(store, SqlFiles):

        async def work(connection: object) -> None:
            for one in also:
                await one(connection)

        await store._db.transact(work)
    else:
        for one in also:
            await one(object())


async def test_what_is_needed_is_held_and_counts_no_more(store: FileStore) -> None:
    file = await kept(store)
    await made(store, store.holding([file.id, "nothing"], START + 3 * HOUR), store.holding([file.id], START))
    assert await store.find(file.id, Purpose.UPLOAD, OWN, START + 2 * HOUR) is not None
    assert await store.sweep(START + 3 * HOUR, 10) == 0
    assert await store.declare(a_file("next"), Quota(1, 10), START)


async def test_a_small_file_is_kept_with_what_it_belongs_to(store: FileStore) -> None:
    file = a_file("r", purpose=Purpose.RESULT, bytes=5, sha256=hashlib.sha256(b"bytes").hexdigest())
    await made(store, store.keeping(file, b"bytes"))
    found = await store.find("r", Purpose.RESULT, OWN, START)
    assert found is not None
    assert found.is_complete
    assert await read(store, found, 0, 4) == b"bytes"
    assert await store.declare(a_file("next"), Quota(1, 10), START), "results count for no quota"


async def test_a_ticket_is_lent_on_the_bytes_of_a_file(store: FileStore) -> None:
    file = await kept(store, purpose=Purpose.RESULT)
    ticket = a_file("t", purpose=Purpose.TICKET, bytes=file.bytes, sha256=file.sha256)
    told: list[str] = []

    async def also(_: object) -> None:
        told.append("lent")

    assert await store.lend(file, ticket, Quota(2, 1), also)
    assert await store.lend(file, msgspec.structs.replace(ticket, id="t-2"), Quota(2, 1))
    assert not await store.lend(file, msgspec.structs.replace(ticket, id="t-3"), Quota(2, 1), also)
    assert told == ["lent"]
    found = await store.find("t", Purpose.TICKET, OWN, START)
    assert found is not None
    assert (found.bytes, found.is_complete) == (file.bytes, True)
    assert await read(store, found, 0, found.bytes - 1) == BYTES


async def test_a_ticket_lends_nothing_once_its_file_is_gone(store: FileStore) -> None:
    file = await kept(store, purpose=Purpose.RESULT)
    ticket = a_file("t", purpose=Purpose.TICKET, bytes=file.bytes, expires_at=START + 9 * HOUR)
    assert await store.lend(file, ticket, PLENTY)
    assert await store.sweep(START + 3 * HOUR, 10) == 1
    found = await store.find("t", Purpose.TICKET, OWN, START)
    assert found is not None
    with pytest.raises(StoreUnavailable):
        await read(store, found, 0, 1)
