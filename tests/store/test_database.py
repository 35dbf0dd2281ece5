"""A database writes whole transactions, reads what is committed, and tells those who follow."""

import asyncio
import os
import signal
import stat
import threading
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, func, insert, select, text, update
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_connection
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.errors import ConfigurationInvalid, StoreConflict, StoreUnavailable
from gateway.store import announcing, migrate, postgresql
from gateway.store.address import parse_address
from gateway.store.database import TRIES, Database, Options, database
from gateway.store.tables.announcements import announcements, channels
from gateway.system_clock import SystemClock
from tests.servers.postgres import Server, postgres
from tests.store.databases import postgres_copy

CLOCK = SystemClock()


async def count(db: Database) -> int:
    async with db.reading() as connection:
        return int((await connection.execute(select(func.count()).select_from(channels))).scalar_one())


async def add(connection: AsyncConnection, channel: str) -> None:
    await connection.execute(insert(channels).values(channel=channel, version=1))


# ---- transactions


async def test_a_transaction_is_kept_when_its_block_ends(any_database: Database) -> None:
    async with any_database.writing() as connection:
        await add(connection, "a")
        assert await count(any_database) == 0
    assert await count(any_database) == 1


async def test_a_transaction_that_raises_leaves_nothing(any_database: Database) -> None:
    async def fail() -> None:
        async with any_database.writing() as connection:
            await add(connection, "a")
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await count(any_database) == 0


async def test_a_transaction_that_is_cancelled_leaves_nothing_and_keeps_nobody_waiting(any_database: Database) -> None:
    written = asyncio.Event()

    async def wait() -> None:
        async with any_database.writing() as connection:
            await add(connection, "a")
            written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with any_database.writing() as connection:
        await add(connection, "b")
    assert await count(any_database) == 1


async def test_a_storm_of_cancellations_breaks_nothing(any_database: Database) -> None:
    async def write(number: int) -> None:
        async with any_database.writing() as connection:
            await add(connection, f"{number}")

    tasks = [asyncio.create_task(write(number)) for number in range(60)]
    for turn, task in enumerate(tasks):
        for _ in range(turn % 7):
            await asyncio.sleep(0)
        if turn % 2:
            task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    kept = sum(one is None for one in done)
    assert all(one is None or isinstance(one, asyncio.CancelledError) for one in done)
    assert kept >= 30
    assert kept <= await count(any_database) <= 60  # a commit may have been under way
    await write(1_000)


async def test_a_rule_of_the_tables_is_told_without_the_row(any_database: Database) -> None:
    async def twice() -> None:
        async with any_database.writing() as connection:
            await add(connection, "secret-channel")
            await add(connection, "secret-channel")

    with pytest.raises(StoreConflict) as caught:
        await twice()
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is not None


async def test_a_snapshot_sees_one_moment(any_database: Database) -> None:
    counted = select(func.count()).select_from(channels)
    async with any_database.reading(snapshot=True) as connection:
        assert (await connection.execute(counted)).scalar_one() == 0
        async with any_database.writing() as writing:
            await add(writing, "a")
        assert (await connection.execute(counted)).scalar_one() == 0
    async with any_database.reading() as connection:
        assert (await connection.execute(counted)).scalar_one() == 1
        async with any_database.writing() as writing:
            await add(writing, "b")
        assert (await connection.execute(counted)).scalar_one() == 2


async def test_a_glance_gives_the_rows_of_one_statement(any_database: Database) -> None:
    async with any_database.writing() as connection:
        await add(connection, "a")
    asked = select(channels.c.version).where(channels.c.channel == bindparam("name"))
    assert [tuple(row) for row in await any_database.glance(asked, {"name": "a"})] == [(1,)]
    assert await any_database.glance(asked, {"name": "b"}) == []


async def test_writers_of_two_processes_do_not_lose_what_the_other_wrote(
    any_database: Database, database_url: str
) -> None:
    async with any_database.writing() as connection:
        await add(connection, "a")
    async with database(database_url, CLOCK) as other:

        async def raise_by_one(db: Database) -> None:
            async def work(connection: AsyncConnection) -> None:
                await db.hold(connection, "channels", b"a")
                version = (await connection.execute(select(channels.c.version))).scalar_one()
                await connection.execute(update(channels).values(version=version + 1))

            await db.transact(work)

        await asyncio.gather(*(raise_by_one(db) for _ in range(20) for db in (any_database, other)))
    async with any_database.reading() as connection:
        assert (await connection.execute(select(channels.c.version))).scalar_one() == 41


# ---- strokes


def _add_now(connection: Connection) -> str:
    connection.execute(insert(channels).values(channel="a", version=1))
    return "added"


async def test_a_stroke_is_a_whole_transaction(any_database: Database) -> None:
    assert await any_database.stroke(_add_now) == "added"
    assert await count(any_database) == 1


async def test_a_stroke_that_raises_leaves_nothing_and_is_told_as_ours(any_database: Database) -> None:
    def fail(connection: Connection) -> None:
        _add_now(connection)
        raise LookupError

    with pytest.raises(LookupError):
        await any_database.stroke(fail)
    assert await count(any_database) == 0
    await any_database.stroke(_add_now)
    with pytest.raises(StoreConflict):
        await any_database.stroke(_add_now)


async def test_strokes_and_transactions_take_turns(any_database: Database) -> None:
    await any_database.stroke(_add_now)

    def raise_now(connection: Connection) -> None:
        version = connection.execute(select(channels.c.version).with_for_update()).scalar_one()
        connection.execute(update(channels).values(version=version + 1))

    async def raise_later(connection: AsyncConnection) -> None:
        await connection.run_sync(raise_now)

    await asyncio.gather(
        *(any_database.stroke(raise_now) for _ in range(10)), *(any_database.transact(raise_later) for _ in range(10))
    )
    async with any_database.reading() as connection:
        assert (await connection.execute(select(channels.c.version))).scalar_one() == 21


async def test_who_is_cancelled_during_a_stroke_keeps_nobody_waiting(any_database: Database) -> None:
    loop, begun, go = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def linger(connection: Connection) -> None:
        loop.call_soon_threadsafe(begun.set)
        if any_database.kind == "sqlite":  # which runs in a thread; on PostgreSQL it would hold up this one
            assert go.wait(10)
        _add_now(connection)

    task = asyncio.create_task(any_database.stroke(linger))
    await begun.wait()
    task.cancel()
    go.set()
    with suppress(asyncio.CancelledError):
        await task

    async def clear(connection: AsyncConnection) -> None:
        await connection.execute(channels.delete())

    await any_database.transact(clear)  # after what the stroke still does
    await any_database.stroke(_add_now)
    assert await count(any_database) == 1


async def test_work_at_once_is_a_whole_transaction_and_wakes_those_who_watch(any_database: Database) -> None:
    async def work(connection: AsyncConnection) -> int:
        await add(connection, "a")
        await any_database.signal(connection, "news")
        return len((await connection.execute(select(channels.c.channel))).all())

    with any_database.watch("news") as news:
        assert await any_database.at_once(work) == 1
        async with asyncio.timeout(60):
            await news.wait()
    assert await count(any_database) == 1


async def test_work_at_once_that_raises_leaves_nothing(any_database: Database) -> None:
    async def fail(connection: AsyncConnection) -> None:
        await add(connection, "a")
        raise LookupError

    with pytest.raises(LookupError):
        await any_database.at_once(fail)
    assert await count(any_database) == 0


async def test_work_at_once_waits_for_nothing_but_its_connection(tmp_path: Path) -> None:
    async def dawdle(connection: AsyncConnection) -> None:
        await add(connection, "a")
        await db.signal(connection, "news")
        await asyncio.sleep(0)

    url = f"sqlite:///{tmp_path / 'a.sqlite'}"
    await migrate.upgrade(url)
    async with database(url, CLOCK) as db:
        with db.watch("news") as news, pytest.raises(RuntimeError, match="waits for something else"):
            await db.at_once(dawdle)
        assert not news.is_set()
        assert await count(db) == 0


async def test_what_a_stroke_has_committed_is_on_the_disk(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.sqlite'}"
    await migrate.upgrade(url)
    async with database(url, CLOCK) as db:
        full = await db.stroke(lambda connection: connection.exec_driver_sql("PRAGMA synchronous").scalar_one())
    assert full == 2


# ---- PostgreSQL


class Passing:
    """A clock that passes when it is told."""

    passed = 0.0

    now = staticmethod(CLOCK.now)

    def monotonic(self) -> float:
        return self.passed


async def test_only_connections_that_have_rested_are_tried(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, tried = Passing(), list[float]()
    ping = AsyncAdapt_asyncpg_connection.ping

    def counted(connection: AsyncAdapt_asyncpg_connection) -> None:
        tried.append(clock.passed)
        ping(connection)  # type: ignore[no-untyped-call] # SQLAlchemy's

    monkeypatch.setattr(AsyncAdapt_asyncpg_connection, "ping", counted)
    async with database(postgres_url, clock, Options(listens=False)) as db:
        for clock.passed in (0.0, 1.0, 1.0 + postgresql.TRIED_SECONDS, 2.0 + postgresql.TRIED_SECONDS):
            await count(db)
    assert tried == [1.0 + postgresql.TRIED_SECONDS]


@pytest.mark.parametrize("rests", [0.0, postgresql.TRIED_SECONDS], ids=["closed", "silent"])
async def test_a_broken_connection_is_replaced_unseen(
    postgres_url: str, postgres_server: Server, monkeypatch: pytest.MonkeyPatch, rests: float
) -> None:
    clock, gone = Passing(), asyncio.Event()
    async with database(postgres_url, clock, Options(listens=False)) as db:
        async with db.reading() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            driver.add_termination_listener(lambda _: gone.set())
        if rests:  # the server is silent: our end does not know
            monkeypatch.setattr(AsyncAdapt_asyncpg_connection, "ping", _silent)
        else:
            mine = "datname = current_database() AND pid <> pg_backend_pid()"
            name = parse_address(postgres_url).name
            postgres_server.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {mine}", str(name))
            await gone.wait()
        clock.passed = rests
        assert await count(db) == 0


def _silent(_: AsyncAdapt_asyncpg_connection) -> None:
    raise ConnectionResetError


@pytest.fixture
def postgres_url(postgres_server: Server) -> Any:
    with postgres_copy(postgres_server) as url:
        yield url


async def _deadlock(db: Database, first: str, second: str, met: asyncio.Barrier, tries: list[str]) -> None:
    async def work(connection: AsyncConnection) -> None:
        tries.append(first)
        await connection.execute(update(channels).where(channels.c.channel == first).values(version=2))
        if len(tries) <= 2:
            await met.wait()
        await connection.execute(update(channels).where(channels.c.channel == second).values(version=3))

    await db.transact(work)


async def test_of_two_that_wait_for_each_other_the_loser_is_tried_again(postgres_url: str) -> None:
    async with database(postgres_url, CLOCK) as db:
        async with db.writing() as connection:
            await add(connection, "a")
            await add(connection, "b")
        met, tries = asyncio.Barrier(2), list[str]()
        await asyncio.gather(_deadlock(db, "a", "b", met, tries), _deadlock(db, "b", "a", met, tries))
        assert len(tries) == 3


async def test_a_race_that_is_lost_every_time_is_told_in_the_end(postgres_url: str) -> None:
    tries = 0

    async def work(connection: AsyncConnection) -> None:
        nonlocal tries
        tries += 1
        raised = "DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = 'serialization_failure'; END $$"
        await connection.execute(text(raised))

    async with database(postgres_url, CLOCK) as db:
        with pytest.raises(StoreUnavailable):
            await db.transact(work)
    assert tries == TRIES


async def test_what_cannot_be_tried_again_is_not(any_database: Database) -> None:
    tries = 0

    async def work(_: AsyncConnection) -> None:
        nonlocal tries
        tries += 1
        raise StoreUnavailable("away")

    with pytest.raises(StoreUnavailable):
        await any_database.transact(work)
    assert tries == 1


async def test_behind_a_pooler_everything_works_by_looking(postgres_url: str) -> None:
    pooled = Options(listens=False)
    async with database(postgres_url, CLOCK, pooled) as db, database(postgres_url, CLOCK, pooled) as other:
        async with other.follow("systems") as told, asyncio.timeout(60):
            async with db.writing() as connection:
                await db.announce(connection, "systems", "1")
            assert await anext(told) == "1"
        async with db.reading() as connection:
            prepared = text("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE '__asyncpg%'")
            assert (await connection.execute(prepared)).scalar_one() == 0


async def test_connections_are_bounded_and_so_is_waiting_for_one(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "POOL_WAIT_SECONDS", 0.05)
    async with database(postgres_url, CLOCK, Options(listens=False, connections=2)) as db, AsyncExitStack() as stack:
        await stack.enter_async_context(db.reading())
        await stack.enter_async_context(db.writing())
        with pytest.raises(StoreUnavailable):
            await stack.enter_async_context(db.reading())


async def test_a_statement_that_takes_too_long_is_ended(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "STATEMENT_SECONDS", 0.05)
    async with database(postgres_url, CLOCK) as db:
        with pytest.raises(StoreUnavailable):
            await _run(db, "SELECT pg_sleep(30)")


async def test_a_transaction_of_a_gateway_does_not_outlast_a_lease(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "TRANSACTION_SECONDS", 0.05)
    async with database(postgres_url, CLOCK, Options(listens=False, serves=True)) as db:
        with pytest.raises(StoreUnavailable):
            await _run(db, "SELECT pg_sleep(30)")
        assert await count(db) == 0, "a new connection is as good"
    async with database(postgres_url, CLOCK) as db:
        await _run(db, "SELECT pg_sleep(0.1)")


async def _run(db: Database, statement: str) -> None:
    async with db.reading() as connection:
        await connection.execute(text(statement))


async def test_a_server_that_is_not_there_is_told_without_the_address() -> None:
    async with database("postgresql://u:s3cr3t@127.0.0.1:1/a", CLOCK, Options(listens=False)) as db:
        with pytest.raises(StoreUnavailable) as caught:
            await count(db)
    assert "s3cr3t" not in f"{caught.value!r}{caught.value.__cause__!r}"


async def test_a_server_that_comes_back_is_used_again_and_nothing_announced_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "RECONNECT_SECONDS", 0.05)
    async with AsyncExitStack() as stack:
        with postgres(tmp_path / "server", durable=True) as server:
            url = server.url("postgres")
            await migrate.upgrade(url)
            here = await stack.enter_async_context(database(url, CLOCK))
            there = await stack.enter_async_context(database(url, CLOCK, Options(listens=False)))
            told = await stack.enter_async_context(here.follow("systems"))
            async with there.writing() as connection:
                await there.announce(connection, "systems", "before")
            assert await anext(told) == "before"
            os.kill(server.pid, signal.SIGINT)
        with pytest.raises(StoreUnavailable):
            await count(here)
        with postgres(tmp_path / "server", durable=True, port=server.port):
            async with asyncio.timeout(60):
                async with there.writing() as connection:
                    await there.announce(connection, "systems", "after")
                assert await anext(told) == "after"
            assert await count(here) == 1


# ---- SQLite


async def test_a_second_name_of_the_file_is_no_second_lock(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite"
    (tmp_path / "other.sqlite").symlink_to(file)
    async with database(f"sqlite:///{file}", CLOCK, Options(serves=True)), AsyncExitStack() as stack:
        with pytest.raises(ConfigurationInvalid, match="another process serves"):
            await stack.enter_async_context(
                database(f"sqlite:///{tmp_path / 'other.sqlite'}", CLOCK, Options(serves=True))
            )


async def test_a_file_with_two_names_of_its_own_is_not_served(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite"
    file.touch()
    (tmp_path / "other.sqlite").hardlink_to(file)
    async with AsyncExitStack() as stack:
        with pytest.raises(ConfigurationInvalid, match="second name"):
            await stack.enter_async_context(database(f"sqlite:///{file}", CLOCK, Options(serves=True)))


async def test_one_process_serves_from_a_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.sqlite'}"
    async with database(url, CLOCK, Options(serves=True)), AsyncExitStack() as stack:
        with pytest.raises(ConfigurationInvalid, match="another process serves"):
            await stack.enter_async_context(database(url, CLOCK, Options(serves=True)))
        async with database(url, CLOCK) as reading, reading.reading() as connection:
            assert (await connection.execute(text("SELECT 1"))).scalar_one() == 1
    async with database(url, CLOCK, Options(serves=True)) as again:
        assert again.kind == "sqlite"


async def test_a_file_is_for_its_owner_and_survives_a_power_cut(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite"
    async with database(f"sqlite:///{file}", CLOCK, Options(serves=True)) as db:
        async with db.writing() as connection:
            await connection.execute(text("CREATE TABLE a (b INTEGER)"))
            found = {
                name: (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }
        assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
        for name in ("a.sqlite", "a.sqlite-wal", "a.sqlite.lock"):
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
        with pytest.raises(StoreUnavailable):
            await _run(db, "INSERT INTO a VALUES (1)")


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        for options in (Options(serves=True), Options()):
            with pytest.raises(ConfigurationInvalid, match="cannot be opened: No such file"):
                await stack.enter_async_context(database(f"sqlite:///{tmp_path}/none/a", CLOCK, options))


# ---- following


async def test_who_follows_hears_what_was_committed_in_order(any_database: Database, database_url: str) -> None:
    async with (
        database(database_url, CLOCK) as other,
        any_database.follow("systems") as here,
        other.follow("systems") as there,
        asyncio.timeout(60),
    ):
        for number in range(3):
            async with any_database.writing() as connection:
                await any_database.announce(connection, "systems", f"{number}")
        assert [await anext(here) for _ in range(3)] == ["0", "1", "2"]
        assert [await anext(there) for _ in range(3)] == ["0", "1", "2"]


async def test_what_is_undone_is_not_told_and_what_was_before_neither(any_database: Database) -> None:
    async def announce(payload: str, *, fails: bool = False) -> None:
        async with any_database.writing() as connection:
            await any_database.announce(connection, "systems", payload)
            if fails:
                raise LookupError

    await announce("before")
    async with any_database.follow("systems") as told, any_database.follow("others") as others:
        with pytest.raises(LookupError):
            await announce("undone", fails=True)
        await announce("after")
        async with any_database.writing() as connection:
            await any_database.announce(connection, "others", "o")
        assert (await anext(told), await anext(others)) == ("after", "o")


async def test_a_channel_keeps_so_many_messages(any_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcing, "KEPT", 3)
    for number in range(5):
        async with any_database.writing() as connection:
            await any_database.announce(connection, "systems", f"{number}")
    async with any_database.reading() as connection:
        kept = select(announcements.c.payload).order_by(announcements.c.version)
        assert (await connection.execute(kept)).scalars().all() == ["2", "3", "4"]


async def test_a_long_message_is_a_defect(any_database: Database) -> None:
    with pytest.raises(ValueError, match="too long"):
        async with any_database.writing() as connection:
            await any_database.announce(connection, "systems", "文" * 1_000)


# ---- TLS


def test_certificates_are_checked_as_the_address_says(tmp_path: Path) -> None:
    def context(query: str) -> Any:
        return postgresql.connect_arguments(parse_address(f"postgresql://db.example/a{query}"), pooled=False)["ssl"]

    assert context("?sslmode=disable") is False
    full, chain, none = context(""), context("?sslmode=verify-ca"), context("?sslmode=require")
    assert [one.check_hostname for one in (full, chain, none)] == [True, False, False]
    assert [one.verify_mode.name for one in (full, chain, none)] == ["CERT_REQUIRED", "CERT_REQUIRED", "CERT_NONE"]
    with pytest.raises(ConfigurationInvalid, match="no certificates of authorities"):
        context(f"?sslrootcert={tmp_path}/none")
