"""Backing up, restoring, and the drill that does both and compares: from and to either database."""

import asyncio
import importlib
import pkgutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.clock import Clock
from gateway.core.errors import ConfigurationInvalid
from gateway.store import backup_file, migrate, sqlite
from gateway.store import tables as topics
from gateway.store.address import Address
from gateway.store.backup_file import Head, Kind, Summary
from gateway.store.database import Database, database
from gateway.store.tables.base import UtcDateTime, metadata

AT_ONCE = 100
Progress = Callable[[str, int], None]
"""Is told of a table how many rows more are done."""
Check = Callable[[Database], Awaitable[Sequence[str]]]
"""Looks at a restored database and says what is wrong with it."""

_KINDS: tuple[tuple[type[Any], Kind], ...] = (
    (UtcDateTime, "instant"),
    (DateTime, "instant"),
    (LargeBinary, "bytes"),
    (Boolean, "bool"),
    (Integer, "int"),
    (Float, "float"),
    (Date, "date"),
    (JSON, "json"),
    (String, "text"),
)
_TYPES: dict[str, Any] = {
    "instant": UtcDateTime(), "bytes": LargeBinary(), "bool": Boolean(), "int": Integer(), "float": Float(),
    "date": Date(), "json": JSON(), "text": String(),
}  # fmt: skip


async def backup(address: Address, file: Path, clock: Clock, progress: Progress) -> Summary:
    """Write what the database holds at this moment; those who use it meanwhile are not kept waiting.

    Raises:
        ConfigurationInvalid: the database has another schema than this program.
        BackupUnusable: the file cannot be written.
        StoreUnavailable: the database cannot be reached.
    """
    found = await migrate.status(address)
    if found.current != found.head:
        raise ConfigurationInvalid(
            "the database does not have this program's schema", "run `yiwang db upgrade`, or the program that fits"
        )
    kept = kept_tables()
    columns = {str(table.name): [(str(column.name), kind_of(column)) for column in table.columns] for table in kept}
    head = Head("yiwang-backup", backup_file.VERSION, found.head, clock.now(), columns)
    async with database(address, clock) as opened, opened.reading(snapshot=True) as connection:
        with backup_file.Writer(file, head) as writer:
            for table in kept:
                async for rows in _batches(connection, table):
                    await asyncio.to_thread(writer.add, str(table.name), rows)
                    progress(str(table.name), len(rows))
            return await asyncio.to_thread(writer.finish)


async def restore(address: Address, file: Path, progress: Progress) -> Summary:
    """Fill an empty database from a backup, in one transaction, and bring it to this program's schema.

    Raises:
        BackupUnusable: the file is cut off, changed or none; nothing was written.
        ConfigurationInvalid: the database holds rows or is in use, or the backup is of a newer program.
        StoreUnavailable: the database cannot be reached.
    """
    head, summary = await asyncio.to_thread(backup_file.verify, file)
    if address.path is not None:
        with sqlite.sole_user(address.path):
            await _fill(address, file, head, progress)
    else:
        await _fill(address, file, head, progress)
    return summary


async def drill(
    address: Address, scratch: Address, file: Path, clock: Clock, progress: Progress, checks: Sequence[Check] = ()
) -> "Drill":
    """Back up, restore into ``scratch``, compare, and look at what was restored. Raises as its two parts do."""
    started = time.perf_counter()
    taken = await backup(address, file, clock, progress)
    written = time.perf_counter()
    await restore(scratch, file, progress)
    restored = time.perf_counter()
    head, _ = await asyncio.to_thread(backup_file.verify, file)
    found = await counted(scratch, clock, head)
    wrong = [
        f"{table}: {taken.counts[table]} rows were backed up, {found.counts[table]} restored"
        if taken.counts[table] != found.counts[table]
        else f"{table}: the restored rows differ"
        for table in taken.counts
        if taken.digests[table] != found.digests[table]
    ]
    async with database(scratch, clock) as opened:
        for check in checks:
            wrong += await check(opened)
    seconds = {
        "backup": written - started,
        "restore": restored - written,
        "compare": time.perf_counter() - restored,
    }
    return Drill(taken.counts, seconds, tuple(wrong))


class Drill(msgspec.Struct, frozen=True):
    """What a drill found.

    Attributes:
        counts: rows of each table; ``seconds`` what each step took.
        wrong: what differs or is wrong; nothing if all is well.
    """

    counts: dict[str, int]
    seconds: dict[str, float]
    wrong: tuple[str, ...]


def kept_tables() -> list[Table]:
    """Every table of every topic, in an order in which they can be filled."""
    for topic in pkgutil.iter_modules(topics.__path__):
        importlib.import_module(f"{topics.__name__}.{topic.name}")
    return metadata.sorted_tables


def kind_of(column: Column[Any]) -> Kind:
    """How a column's values stand in a backup; a column of an unknown type is a defect."""
    return next(kind for known, kind in _KINDS if isinstance(column.type, known))


async def counted(address: Address, clock: Clock, head: Head) -> Summary:
    """Counts and digests of what a database holds of a backup's tables."""
    counting = backup_file.Counting(head.tables)
    async with database(address, clock) as opened, opened.reading(snapshot=True) as connection:
        for table in _tables(head):
            async for rows in _batches(connection, table):
                for row in rows:
                    counting.add(str(table.name), msgspec.json.encode(list(row)))
    return counting.summary()


def _tables(head: Head) -> list[Table]:
    """The tables as the backup describes them, whatever they are called and hold today."""
    then = MetaData()
    return [
        Table(name, then, *(Column(column, _TYPES[kind]) for column, kind in columns))
        for name, columns in head.tables.items()
    ]


async def _batches(connection: AsyncConnection, table: Table) -> AsyncIterator[Sequence[Any]]:
    result = await connection.stream(select(table).execution_options(yield_per=AT_ONCE))
    async for rows in result.partitions(AT_ONCE):
        yield rows


async def _fill(address: Address, file: Path, head: Head, progress: Progress) -> None:
    tables = {table.name: table for table in _tables(head)}

    def work(connection: Connection) -> None:
        migrate.empty(connection, head.schema)
        for name, rows in backup_file.rows(file, head, AT_ONCE):
            connection.execute(insert(tables[name]), rows)
            progress(name, len(rows))
        if connection.dialect.name == "postgresql":
            _advance_counters(connection, head)
        migrate.step(connection, "head")

    await migrate.within(address, work)


def _advance_counters(connection: Connection, head: Head) -> None:
    """What PostgreSQL counts up goes on after the restored rows."""
    for name, columns in head.tables.items():
        for column, kind in columns:
            if kind != "int":
                continue
            asked = text("SELECT pg_get_serial_sequence(:table, :column)")
            counter = connection.execute(asked, {"table": name, "column": column}).scalar_one()
            if counter is not None:
                known = Table(name, MetaData(), Column(column, Integer()))
                last = connection.execute(select(func.max(known.c[column]))).scalar_one()
                if last is not None:
                    connection.execute(text("SELECT setval(:counter, :last)"), {"counter": counter, "last": last})
