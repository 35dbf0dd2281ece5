"""One history of the schema: up and down on both databases, one at a time, and under load."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from gateway.core.errors import ConfigurationInvalid, StoreConflict, StoreUnavailable
from gateway.store import migrate, sqlite
from gateway.store.backup import kept_tables
from gateway.store.database import database
from gateway.store.tables.base import metadata
from gateway.store.uses import SqlUses
from gateway.system_clock import SystemClock
from tests.store.keys import a_cipher
from tests.store.records import a_use

CLOCK = SystemClock()
BEFORE_THE_LATEST = f"{int(migrate.newest()) - 1:04d}"


async def tables(url: str) -> set[str]:
    return await migrate.within(url, lambda connection: set(inspect(connection).get_table_names()))


async def test_an_empty_database_gets_the_schema_that_the_tables_describe(bare_url: str) -> None:
    assert (await migrate.status(bare_url)).current is None
    await migrate.ensure(bare_url)
    found = await migrate.status(bare_url)
    assert (found.current, found.behind, found.known) == (found.head, (), True)
    names = {table.name for table in kept_tables()}
    assert await tables(bare_url) == names | {"alembic_version"}

    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [one for one in compare_metadata(context, metadata) if "alembic_version" not in repr(one)]

    assert await migrate.within(bare_url, differences) == []


async def test_it_goes_down_step_by_step_and_up_again(bare_url: str) -> None:
    await migrate.upgrade(bare_url)
    full = await tables(bare_url)
    revisions = [f"{number:04d}" for number in range(int(migrate.newest()) - 1, 0, -1)]
    for revision in revisions:
        assert (await migrate.downgrade(bare_url, revision)).current == revision
    found = await migrate.status(bare_url)
    assert found.behind == (*reversed(revisions), migrate.newest())[1:]
    assert (await migrate.downgrade(bare_url, "base")).current is None
    assert await tables(bare_url) == {"alembic_version"}
    await migrate.upgrade(bare_url)
    assert await tables(bare_url) == full


async def test_upgrades_that_come_together_happen_once(bare_url: str) -> None:
    done = await asyncio.gather(*(migrate.upgrade(bare_url) for _ in range(4)))
    assert {one.current for one in done} == {migrate.newest()}


async def test_a_change_that_fails_leaves_the_schema_as_it_was(database_url: str) -> None:
    before = await tables(database_url)

    def fail(connection: Connection) -> None:
        migrate.empty(connection, "0001")
        raise LookupError

    with pytest.raises(LookupError):
        await migrate.within(database_url, fail)
    assert await tables(database_url) == before
    assert (await migrate.status(database_url)).current == migrate.newest()


async def test_an_older_schema_stops_serving_with_the_remedy(database_url: str) -> None:
    await migrate.downgrade(database_url, BEFORE_THE_LATEST)
    with pytest.raises(ConfigurationInvalid, match=r"yiwang db upgrade"):
        await migrate.ensure(database_url)


async def test_a_newer_schema_stops_serving_with_the_remedy(database_url: str) -> None:
    def newer(connection: Connection) -> None:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    await migrate.within(database_url, newer)
    found = await migrate.status(database_url)
    assert (found.current, found.known, found.behind) == ("9999", False, ())
    with pytest.raises(ConfigurationInvalid, match="9999 is newer"):
        await migrate.ensure(database_url)
    with pytest.raises(ConfigurationInvalid, match="no such revision"):
        await migrate.upgrade(database_url)


async def test_a_revision_that_there_is_not_is_refused(database_url: str) -> None:
    for change in (migrate.upgrade, migrate.downgrade):
        with pytest.raises(ConfigurationInvalid, match="no such revision"):
            await change(database_url, "nowhere")


async def test_rows_that_refer_to_nothing_are_not_left_behind(bare_url: str) -> None:
    def break_it(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE parents (id INTEGER PRIMARY KEY)"))
        connection.execute(text("CREATE TABLE children (parent INTEGER REFERENCES parents (id))"))
        connection.execute(text("INSERT INTO children VALUES (1)"))

    with pytest.raises(StoreConflict):
        await migrate.within(bare_url, break_it)
    assert "children" not in await tables(bare_url)


async def test_a_database_that_is_not_there_is_told() -> None:
    with pytest.raises(StoreUnavailable):
        await migrate.status("postgresql://127.0.0.1:1/a")


# ---- under load


async def _load(url: str, until: asyncio.Event, work: Callable[[SqlUses, int], Coroutine[Any, Any, None]]) -> int:
    """How often the work was done on a database of its own before the end came."""
    done = 0
    async with database(url, CLOCK) as db:
        uses = SqlUses(db, a_cipher())
        while not until.is_set():
            await work(uses, done)
            done += 1
    return done


@pytest.mark.parametrize("steps", [3])
async def test_a_gateway_goes_on_while_the_schema_goes_down_and_up(database_url: str, steps: int) -> None:
    at = CLOCK.now()

    async def write(uses: SqlUses, number: int) -> None:
        name = f"{id(uses)}-{number}"
        assert await uses.add(a_use(name, expires_at=at + timedelta(hours=1), owner_subject=name), at, 9)
        found = await uses.find(name)
        assert found is not None

    async def prove(uses: SqlUses, number: int) -> None:
        await uses.prove("first", at + timedelta(microseconds=number))
        found = await uses.find("first")
        assert found is not None
        assert found.proven_at == at + timedelta(microseconds=number)

    async with database(database_url, CLOCK) as db:
        await SqlUses(db, a_cipher()).add(a_use("first", expires_at=at + timedelta(hours=1)), at, 9)
    over = asyncio.Event()
    loads = [asyncio.create_task(_load(database_url, over, work)) for work in (write, write, prove)]
    try:
        for _ in range(steps):
            await migrate.downgrade(database_url, BEFORE_THE_LATEST)
            await migrate.upgrade(database_url)
    finally:
        over.set()
    done = await asyncio.gather(*loads)
    assert all(done), "each of them worked"
    async with database(database_url, CLOCK) as db, db.reading() as connection:
        kept = (await connection.execute(text("SELECT count(*) FROM uses"))).scalar_one()
    assert kept == 1 + done[0] + done[1], "nothing that was acknowledged is missing"


async def test_what_is_in_use_for_too_long_is_not_waited_for(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database_url.startswith("sqlite"):
        monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0)
        monkeypatch.setattr(sqlite, "_PRAGMAS", ("PRAGMA busy_timeout=1",))
    monkeypatch.setattr(migrate, "_LOCK_SECONDS", 1)
    table = next(one for one in kept_tables() if one.name == "uses")
    async with database(database_url, CLOCK) as db, db.writing() as connection:
        if db.kind == "postgresql":
            await connection.execute(text("LOCK TABLE uses"))
        with pytest.raises(StoreUnavailable):
            await migrate.downgrade(database_url, "base")
        await connection.execute(table.delete())
    assert (await migrate.status(database_url)).current == migrate.newest()
