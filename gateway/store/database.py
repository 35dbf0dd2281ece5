"""The database: transactions that write, connections that read, and messages to those who follow."""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    suppress,
)
from functools import partial
from typing import Any, TypeVar

import msgspec
from sqlalchemy import AsyncAdaptedQueuePool, Connection, Executable, Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.core.clock import Clock
from gateway.core.errors import StoreUnavailable
from gateway.core.telemetry import PoolState
from gateway.store import postgresql, sqlite
from gateway.store.address import Address, Kind, parse_address
from gateway.store.announcing import POLL_SECONDS, SAFETY_SECONDS, Announcements, listen
from gateway.store.failures import is_repeatable, translated

TRIES = 5
_FIRST_PAUSE = 0.01
T = TypeVar("T")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How a database is opened.

    Attributes:
        serves: on SQLite, hold the file for this process alone; on PostgreSQL, let no transaction outlast a lease.
        listens: on PostgreSQL, hear of announcements by LISTEN; else by looking, as behind a pooler.
        connections: on PostgreSQL, how many at most.
    """

    serves: bool = False
    listens: bool = True
    connections: int = 10


class Database:
    """An open database. On SQLite writing transactions queue for the one writer, in the order in which they came."""

    def __init__(
        self, address: Address, clock: Clock, writer: AsyncEngine, reader: AsyncEngine, seconds: float
    ) -> None:
        self.address = address
        self.kind: Kind = address.kind
        self._writer = writer
        self._reader = reader
        self._glances = sqlite.Glances(address.path) if address.path is not None else None
        self._strokes = sqlite.Strokes(address.path) if address.path is not None else None
        self._turn = asyncio.Lock() if self.kind == "sqlite" else None
        self._announced: defaultdict[int, set[str]] = defaultdict(set)
        self.announcements = Announcements(self.kind, self.reading, clock, seconds)

    def pool(self) -> PoolState | None:
        """Connections to PostgreSQL as they are now; None on SQLite, which opens files."""
        pool = self._reader.pool
        if self.kind == "sqlite" or not isinstance(pool, AsyncAdaptedQueuePool):
            return None
        return PoolState(used=pool.checkedout(), idle=pool.checkedin(), limit=pool.size())

    async def close(self) -> None:
        """End every connection."""
        if self._glances is not None:
            await self._glances.close()
        if self._strokes is not None:
            await self._strokes.close()
        await self._reader.dispose()
        await self._writer.dispose()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed when the block ends, undone when it raises.

        Raises:
            StoreUnavailable: the database cannot be reached; if it broke while committing, nobody knows the outcome.
            StoreConflict: a rule of the tables refused a row.
        """
        async with AsyncExitStack() as stack:
            if self._turn is not None:
                await stack.enter_async_context(self._turn)
            stack.enter_context(translated())
            connection = await stack.enter_async_context(self._writer.connect())
            transaction = await connection.begin()
            try:
                yield connection
                await transaction.commit()
            except BaseException:
                with suppress(Exception):  # the first error is the one to tell; closing undoes it all the same
                    await transaction.rollback()
                raise
            else:
                for channel in self._announced.get(id(connection), ()):
                    self.announcements.wake(channel)
            finally:
                self._announced.pop(id(connection), None)

    @asynccontextmanager
    async def reading(self, *, snapshot: bool = False) -> AsyncIterator[AsyncConnection]:
        """A connection that only reads: each statement sees what is committed; in a ``snapshot`` all see the same.

        Raises:
            StoreUnavailable: the database cannot be reached.
        """
        with translated():
            async with self._reader.connect() as connection:
                if self.kind == "postgresql":
                    level = "REPEATABLE READ" if snapshot else "AUTOCOMMIT"
                    await connection.execution_options(isolation_level=level, postgresql_readonly=snapshot)
                elif snapshot:
                    await connection.exec_driver_sql("BEGIN")
                yield connection

    async def glance(self, statement: Executable, values: Mapping[str, object]) -> Sequence[Row[Any]]:
        """The rows of one statement that only reads, in the shortest time; for what every query asks.

        Raises:
            StoreUnavailable: the database cannot be reached.
        """
        with translated():
            if self._glances is not None:
                return await self._glances.rows(statement, values)
            async with self._reader.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                return (await connection.execute(statement, values)).all()

    async def transact(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """What ``work`` gives in a transaction of its own, tried again when it loses a race to another.

        ``work`` may run several times, so it does nothing but speak to the connection.
        """

        async def once() -> T:
            async with self.writing() as connection:
                return await work(connection)

        return await _repeated(once)

    async def stroke(self, work: Callable[[Connection], T]) -> T:
        """``transact`` in the shortest time, for what many wait for: on SQLite all of it is one trip to a thread.

        ``work`` waits for nothing but the connection, and touches nothing that others do: it runs beside them.
        """

        async def once() -> T:
            if self._turn is None or self._strokes is None:
                async with self.writing() as connection:
                    return await connection.run_sync(work)
            async with self._turn:
                with translated():
                    return await self._strokes.transact(work)

        return await _repeated(once)

    async def at_once(self, work: Callable[[AsyncConnection], Coroutine[Any, Any, T]]) -> T:
        """``transact`` for work that waits for nothing but its connection: in the shortest time, as a ``stroke``.

        On SQLite it runs in a thread, beside others, so what it changes beside the database is its own.
        """
        if self._strokes is None:
            return await self.transact(work)
        value, channels = await self.stroke(partial(self._finished, work))
        for channel in channels:
            self.announcements.wake(channel)
        return value

    def _finished(
        self, work: Callable[[AsyncConnection], Coroutine[Any, Any, T]], connection: Connection
    ) -> tuple[T, set[str]]:
        present = sqlite.Present(connection)
        try:
            return sqlite.finished(work(present)), self._announced[id(present)]
        finally:
            self._announced.pop(id(present), None)

    async def hold(self, connection: AsyncConnection, name: str, row: bytes) -> None:
        """Let no other transaction that holds the same thing run until this one ends; on SQLite none runs anyway."""
        if self.kind == "postgresql":
            key = int.from_bytes(hashlib.sha256(name.encode() + b"\0" + row).digest()[:8], signed=True)
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})

    async def announce(self, connection: AsyncConnection, channel: str, payload: str) -> None:
        """Tell all who follow the channel, in every process, once the connection's transaction is committed.

        For what changes now and then: announcing transactions of one channel wait for each other.
        """
        await self.announcements.announce(connection, channel, payload)
        self._announced[id(connection)].add(channel)

    async def signal(self, connection: AsyncConnection, channel: str) -> None:
        """Wake all who watch the channel once the connection's transaction is committed; behind a pooler, only here.

        It costs little and takes no lock: for what comes often, where a signal that is lost is made up for by looking.
        """
        await self.announcements.signal(connection, channel)
        self._announced[id(connection)].add(channel)

    def watch(self, channel: str) -> AbstractContextManager[asyncio.Event]:
        """An event that is set when the channel is signalled, until the block ends."""
        return self.announcements.watch(channel)

    def follow(self, channel: str) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """The payloads announced from now on, in the order of their commits; the last thousand survive an absence."""
        return self.announcements.follow(channel)


@asynccontextmanager
async def database(url: str | Address, clock: Clock, options: Options | None = None) -> AsyncIterator[Database]:
    """The database at ``url``, until the block ends. Its tables are there already: see ``migrate``.

    Raises:
        ConfigurationInvalid: the address is none, or another process serves from the file.
    """
    options = options or Options()
    address = parse_address(url) if isinstance(url, str) else url
    async with AsyncExitStack() as stack:
        if address.path is not None:
            if options.serves:
                stack.enter_context(sqlite.sole_user(address.path))
            writer, reader = sqlite.writer(address.path), sqlite.readers(address.path)
        else:
            pooled = not options.listens
            writer = reader = postgresql.engine(
                address, size=options.connections, pooled=pooled, serves=options.serves, clock=clock
            )
        opened = Database(address, clock, writer, reader, SAFETY_SECONDS if options.listens else POLL_SECONDS)
        stack.push_async_callback(opened.close)
        if options.listens and opened.kind == "postgresql":
            task = asyncio.create_task(listen(partial(postgresql.listener, address), opened.announcements))
            stack.push_async_callback(_end, task)
        yield opened


async def _repeated(once: Callable[[], Awaitable[T]]) -> T:
    for attempt in range(TRIES - 1):
        try:
            return await once()
        except StoreUnavailable as error:
            if not is_repeatable(error):
                raise
            await asyncio.sleep(_FIRST_PAUSE * 2**attempt)
    return await once()


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
