"""SQLite: one file, one serving process, one writer, many readers."""

import asyncio
import fcntl
import os
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import (
    URL,
    AsyncAdaptedQueuePool,
    Connection,
    CursorResult,
    Engine,
    Executable,
    QueuePool,
    Row,
    create_engine,
    event,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from gateway.core.errors import ConfigurationInvalid

BUSY_SECONDS = 30
READERS = 4
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}",
    "PRAGMA trusted_schema=OFF",
)
_OWN_FOLDER = "set YIWANG_DATABASE to a file in a folder of this account"
_READ_ONLY = (*_PRAGMAS, "PRAGMA query_only=ON")
T = TypeVar("T")


def writer(path: Path, *, foreign_keys: bool = True) -> AsyncEngine:
    """The one connection that writes; its transactions take the write lock when they begin."""
    try:
        path.touch(0o600)  # what it holds is nobody else's to read
    except OSError as error:
        raise ConfigurationInvalid(f"{path} cannot be opened: {error.strerror}", _OWN_FOLDER) from error
    engine = _engine(path, 1, _PRAGMAS if foreign_keys else (*_PRAGMAS, "PRAGMA foreign_keys=OFF"))
    event.listen(engine.sync_engine, "begin", _lock)
    return engine


def readers(path: Path) -> AsyncEngine:
    """Connections that cannot write."""
    return _engine(path, READERS, _READ_ONLY)


class Strokes:
    """Whole transactions that write, in a thread: one trip for each, where a connection of ours takes one a statement.

    Whoever is cancelled while his runs does not undo it; the file's own lock keeps others waiting until it is over.
    """

    def __init__(self, path: Path) -> None:
        self._engine = _threaded(path, 1, _PRAGMAS)
        event.listen(self._engine, "begin", _lock)
        self._thread = ThreadPoolExecutor(1, "stroke")

    async def transact(self, work: Callable[[Connection], T]) -> T:
        """What the work gives, committed."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transact, work)

    def _transact(self, work: Callable[[Connection], T]) -> T:
        with self._engine.begin() as connection:
            return work(connection)

    async def close(self) -> None:
        """End the thread and its connection."""
        self._thread.shutdown()
        self._engine.dispose()


class Present(AsyncConnection):
    """A connection that is awaited and never waits: for coroutines that are run to their end in its thread."""

    def __init__(self, connection: Connection) -> None:
        self.sync_engine = connection.engine
        self.sync_connection = connection

    async def execute(
        self,
        statement: Executable,
        parameters: Any = None,  # noqa: ANN401 - SQLAlchemy's
        *,
        execution_options: Any = None,  # noqa: ANN401 - SQLAlchemy's
    ) -> CursorResult[Any]:
        """The result, at once."""
        return self._proxied.execute(statement, parameters, execution_options=execution_options)


def finished(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine gives that waits for nothing; RuntimeError if it does."""
    try:
        work.send(None)
    except StopIteration as end:
        return cast("T", end.value)
    work.close()
    raise RuntimeError("a transaction waits for something else than its connection")


class Glances:
    """Single statements that only read, in threads: one trip for each, where a connection of ours takes four."""

    def __init__(self, path: Path) -> None:
        alone = {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None}
        self._engine = _threaded(path, READERS, _READ_ONLY, alone)
        self._threads = ThreadPoolExecutor(READERS, "glance")

    async def rows(self, statement: Executable, values: Mapping[str, object]) -> Sequence[Row[Any]]:
        """The rows of the statement."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._rows, statement, values)

    def _rows(self, statement: Executable, values: Mapping[str, object]) -> Sequence[Row[Any]]:
        with self._engine.connect() as connection:
            return connection.execute(statement, values).all()

    async def close(self) -> None:
        """End the threads and their connections."""
        self._threads.shutdown()
        self._engine.dispose()


def _engine(path: Path, size: int, pragmas: tuple[str, ...]) -> AsyncEngine:
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)), poolclass=AsyncAdaptedQueuePool, **_pool(size)
    )
    _prepare(engine.sync_engine, pragmas)
    return engine


def _threaded(path: Path, size: int, pragmas: tuple[str, ...], options: Mapping[str, Any] | None = None) -> Engine:
    url = URL.create("sqlite+pysqlite", database=str(path))
    engine = create_engine(url, poolclass=QueuePool, **_pool(size), **(options or {}))
    _prepare(engine, pragmas)
    return engine


def _lock(connection: Connection) -> None:
    """Take the lock that writing needs at once: who takes it later may have read what is not so any more."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _pool(size: int) -> dict[str, Any]:
    return {
        "pool_size": size,
        "max_overflow": 0,
        "pool_timeout": BUSY_SECONDS,
        "hide_parameters": True,
        "connect_args": {"timeout": BUSY_SECONDS},
    }


def _prepare(engine: Engine, pragmas: tuple[str, ...]) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - SQLAlchemy's adapter of the driver
        connection.isolation_level = None  # the driver begins nothing by itself: we say when
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()


@contextmanager
def sole_user(path: Path) -> Iterator[None]:
    """Hold the database for this process alone, by a lock on a file beside it that the system frees with the process.

    Raises:
        ConfigurationInvalid: another process serves from it, or its folder cannot be written.
    """
    path = path.resolve()  # a second name for the file leads to the same lock
    if path.exists() and path.stat().st_nlink > 1:
        raise ConfigurationInvalid(f"{path} has a second name (a hard link)", "remove it: a lock goes by the name")
    lock = path.with_name(f"{path.name}.lock")
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise ConfigurationInvalid(f"{lock} cannot be opened: {error.strerror}", _OWN_FOLDER) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigurationInvalid(
                f"another process serves from {path}",
                "stop it first; for several gateways at once use PostgreSQL (docs/how-to/keep-the-database.md)",
            ) from error
        yield
    finally:
        os.close(handle)  # which frees the lock; the file stays, for a lock on a removed file guards nothing
