"""The notice store, in memory and on both databases: versions that follow one another, and news for all replicas."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from gateway.core.system_notice import SystemNotices, SystemNoticeStore
from gateway.services.notice_board import LiveNotices
from gateway.store.database import Database, database
from gateway.store.system_notices import SqlSystemNotices
from gateway.system_clock import SystemClock
from tests.core.test_system_notices import NOW, disabled, notice
from tests.servers.postgres import Server
from tests.services.notices import MemoryNotices
from tests.store.databases import postgres_copy

FIRST = SystemNotices("city").disabled(disabled("off"), NOW)


async def contract(store: SystemNoticeStore) -> None:
    assert await store.all() == []
    assert await store.find("city") == SystemNotices("city")
    async with store.changes() as changes:
        assert await store.put(FIRST)
        assert not await store.put(FIRST), "two may not be the first"
        second = FIRST.with_window(notice("w", 10, 20), NOW)
        assert await store.put(second)
        assert not await store.put(second)
        assert not await store.put(SystemNotices("city", 9))
        other = SystemNotices("bus").with_window(notice("w", 10, 20), NOW)
        assert await store.put(other)
        async with asyncio.timeout(60):
            told = [await anext(changes) for _ in range(3)]
        assert told[1:] == [second, other]
        assert told[0] in {FIRST, second}  # what is told of is as it is when it is read
    assert await store.find("city") == second
    assert await store.all() == [other, second]


async def test_in_memory() -> None:
    await contract(MemoryNotices())


async def test_in_a_database(any_database: Database) -> None:
    await contract(SqlSystemNotices(any_database, SystemClock()))


async def test_of_two_who_change_one_version_one_is_refused(any_database: Database) -> None:
    store = SqlSystemNotices(any_database, SystemClock())
    for version in (FIRST, FIRST.enabled(NOW)):
        assert sorted(await asyncio.gather(*(store.put(version) for _ in range(4)))) == [False, False, False, True]


async def test_what_belongs_to_a_change_is_there_with_it_or_neither_is(any_database: Database) -> None:
    store, ran = SqlSystemNotices(any_database, SystemClock()), list[object]()

    async def fail(transaction: object) -> None:
        ran.append(transaction)
        raise LookupError

    with pytest.raises(LookupError):
        await store.put(FIRST, fail)
    assert await store.find("city") == SystemNotices("city")
    assert not await store.put(SystemNotices("city", 9), fail)
    assert len(ran) == 1  # only where there is a change


class _Followed(SqlSystemNotices):
    """Tells when somebody follows."""

    def __init__(self, database: Database, clock: SystemClock) -> None:
        super().__init__(database, clock)
        self.followed = asyncio.Event()

    @asynccontextmanager
    async def changes(self) -> AsyncIterator[AsyncIterator[SystemNotices]]:
        async with super().changes() as changes:
            self.followed.set()
            yield changes


class _Replica:
    """A gateway's board on a database of its own."""

    def __init__(self, store: _Followed, clock: SystemClock) -> None:
        self.store = store
        self.board = LiveNotices(store, clock)
        self.heard = asyncio.Event()
        self.board.on_change = lambda _: self.heard.set()


async def test_three_replicas_agree(postgres_server: Server) -> None:
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        url = stack.enter_context(postgres_copy(postgres_server))
        replicas = []
        for _ in range(3):
            opened = await stack.enter_async_context(database(url, clock))
            replica = _Replica(_Followed(opened, clock), clock)
            following = asyncio.create_task(replica.board.follow())
            stack.push_async_callback(asyncio.wait, [following])
            stack.callback(following.cancel)
            replicas.append(replica)
        await asyncio.gather(*(replica.store.followed.wait() for replica in replicas))
        for replica, is_off in zip(replicas, (True, False, True), strict=True):
            for each in replicas:
                each.heard.clear()
            before = await replica.store.find("city")
            change = before.disabled(disabled("off"), clock.now()) if is_off else before.enabled(clock.now())
            assert await replica.store.put(change)
            async with asyncio.timeout(60):
                await asyncio.gather(*(each.heard.wait() for each in replicas))
            assert {each.board.current("city") is not None for each in replicas} == {is_off}
            assert [each.board.of("city") for each in replicas] == [change] * 3
