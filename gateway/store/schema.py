"""Whether a database has this program's schema: one query, and what changes schemas is loaded only where it has not."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from gateway.store.database import Database

_VERSIONS = Path(__file__).parent / "migrations" / "versions"
HEAD: Final = max(file.stem.partition("_")[0] for file in _VERSIONS.glob("[0-9]*.py"))
"""The newest revision: migrations are numbered."""


async def ensure(opened: Database) -> None:
    """The schema is this program's; a database without any gets it.

    Raises:
        ConfigurationInvalid: the schema is older or newer; the remedy says what to do.
        StoreUnavailable: the database cannot be reached.
    """
    path = opened.address.path
    if path is None or path.exists():
        async with opened.reading() as connection:
            if await connection.run_sync(_revision) == HEAD:
                return
    from gateway.store import migrate  # noqa: PLC0415 - alembic is half a second of every start, and hardly ever needed

    await migrate.ensure(opened.address)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
