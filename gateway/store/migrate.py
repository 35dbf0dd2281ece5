"""Bringing a database's schema up or down the one history, and telling where it stands."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, exists, inspect, select, table, text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.core.errors import ConfigurationInvalid, StoreConflict
from gateway.store import postgresql, sqlite
from gateway.store.address import Address, parse_address
from gateway.store.failures import translated

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 0x5969_7761_6E67
"""Key of the advisory lock under which PostgreSQL's schema is changed."""
_LOCK_SECONDS = 5
T = TypeVar("T")
_UPGRADE = "run `yiwang db upgrade` (docs/how-to/run-a-gateway.md)"


class SchemaStatus(msgspec.Struct, frozen=True):
    """Where a database's schema stands.

    Attributes:
        current: its revision; None for a database without tables of ours.
        head: the newest revision that this program knows.
        behind: the steps that lead from the one to the other.
        known: whether this program knows the database's revision.
    """

    current: str | None
    head: str
    behind: tuple[str, ...]
    known: bool


async def status(url: str | Address) -> SchemaStatus:
    """Where the schema stands; changes nothing, and makes no file."""
    address = parse_address(url) if isinstance(url, str) else url
    if address.path is not None and not address.path.exists():
        return SchemaStatus(None, newest(), tuple(reversed(_revisions())), known=True)
    engine = _engine(address)
    try:
        with translated():
            async with engine.connect() as connection:
                return await connection.run_sync(_status)
    finally:
        await engine.dispose()


async def upgrade(url: str | Address, to: str = "head") -> SchemaStatus:
    """Bring the schema up to a revision, in one transaction; whoever comes second waits and finds it done.

    Raises:
        ConfigurationInvalid: there is no such revision, or the database's own is not known to this program.
        StoreUnavailable: the database cannot be reached, or somebody held what was to be changed for too long.
    """
    return await within(url, partial(_run, command.upgrade, to))


async def downgrade(url: str | Address, to: str) -> SchemaStatus:
    """Bring the schema down to a revision (``base``: to nothing), in one transaction. Raises as ``upgrade``."""
    return await within(url, partial(_run, command.downgrade, to))


async def ensure(url: str | Address) -> None:
    """The schema is this program's; a database without any gets it.

    Raises:
        ConfigurationInvalid: the schema is older or newer; the remedy says what to do.
    """
    found = await status(url)
    if found.current is None:
        await upgrade(url)
    elif not found.known:
        raise ConfigurationInvalid(
            f"the database's schema {found.current} is newer than this program's {found.head}",
            "start the newer program, or run its `yiwang db downgrade` first",
        )
    elif found.current != found.head:
        raise ConfigurationInvalid(
            f"the database's schema is {found.current}, this program's is {found.head}", _UPGRADE
        )


async def within(url: str | Address, work: Callable[[Connection], T]) -> T:
    """What ``work`` gives in the one transaction that may change the schema; whoever else wants to, waits.

    Raises:
        ConfigurationInvalid: as ``upgrade``.
        StoreUnavailable: the database cannot be reached, or what was to be changed was in use for too long.
    """
    engine = _engine(url)

    def alone(connection: Connection) -> T:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            # what waits for a lock on a table keeps everybody behind it waiting: rather not change it now
            connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'"))
        try:
            done = work(connection)
        except CommandError as error:
            raise ConfigurationInvalid("there is no such revision of the schema", "see `yiwang db status`") from error
        if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise StoreConflict("a row refers to one that is not there")
        return done

    try:
        with translated():
            async with engine.begin() as connection:
                return await connection.run_sync(alone)
    finally:
        await engine.dispose()


def _run(change: Callable[[Config, str], None], to: str, connection: Connection) -> SchemaStatus:
    change(_config(connection), to)
    return _status(connection)


def step(connection: Connection, to: str) -> None:
    """Bring the schema up to a revision, in the connection's transaction."""
    command.upgrade(_config(connection), to)


def empty(connection: Connection, to: str) -> None:
    """Make a database without rows one of this revision, in the connection's transaction.

    Raises:
        ConfigurationInvalid: it holds rows, tables that are not ours, or there is no such revision.
    """
    names = set(inspect(connection).get_table_names()) - {"alembic_version"}
    for name in sorted(names):
        if connection.execute(select(exists().select_from(table(name)))).scalar_one():
            raise ConfigurationInvalid("the database holds rows already", "restore into an empty one")
    if MigrationContext.configure(connection).get_current_revision() is not None:
        command.downgrade(_config(connection), "base")
    elif names:
        raise ConfigurationInvalid("the database holds tables that are not ours", "restore into an empty one")
    if to not in _revisions():
        raise ConfigurationInvalid(f"the backup's schema {to} is not known here", "restore it with the newer program")
    step(connection, to)


def newest() -> str:
    """The newest revision that this program knows."""
    return _revisions()[0]


def _revisions() -> list[str]:
    """Every revision, newest first."""
    return [one.revision for one in ScriptDirectory.from_config(_config()).walk_revisions()]


def _status(connection: Connection) -> SchemaStatus:
    revisions = _revisions()
    current = MigrationContext.configure(connection).get_current_revision()
    known = current is None or current in revisions
    behind = revisions[: revisions.index(current)] if current in revisions else revisions if known else []
    return SchemaStatus(current, revisions[0], tuple(reversed(behind)), known)


def _engine(url: str | Address) -> AsyncEngine:
    address = parse_address(url) if isinstance(url, str) else url
    if address.path is not None:
        # a table that is made anew is dropped first, and must not take along what refers to it
        return sqlite.writer(address.path, foreign_keys=False)
    return postgresql.engine(address, size=1, pooled=True, statement_seconds=None)


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
