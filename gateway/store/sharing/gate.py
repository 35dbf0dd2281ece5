"""The gate of a grant: who spends passes it together with others, who changes the grant is alone in it.

Resources have gates too, several of them one together, for very many may change at once.

On PostgreSQL these are advisory locks until the end of the transaction. They are fair, as locks of rows are not: who
wants to revoke waits for those inside only, however many come after. On SQLite no two transactions write at once.
"""

import hashlib
from collections.abc import Iterable
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_PASS: Final = text("SELECT count(pg_advisory_xact_lock_shared(key)) FROM unnest(CAST(:keys AS bigint[])) AS key")
_SHUT: Final = text("SELECT count(pg_advisory_xact_lock(key)) FROM unnest(CAST(:keys AS bigint[])) AS key")
_GATES: Final = 64
"""Of all resources."""


async def enter(connection: AsyncConnection, grants: Iterable[str], resources: Iterable[str] = ()) -> None:
    """From now on none of them changes before the transaction ends; what changed before can be read."""
    if connection.dialect.name == "postgresql":
        await connection.execute(_PASS, {"keys": sorted({*map(_key, grants), *map(_shared_key, resources)})})


async def shut(connection: AsyncConnection, grant: str) -> None:
    """Return when nobody is inside, and let nobody in before the transaction ends."""
    if connection.dialect.name == "postgresql":
        await connection.execute(_SHUT, {"keys": [_key(grant)]})


async def shut_resources(connection: AsyncConnection, codes: Iterable[str]) -> None:
    """Likewise for resources."""
    if connection.dialect.name == "postgresql":
        await connection.execute(_SHUT, {"keys": sorted(set(map(_shared_key, codes)))})


def _key(grant: str) -> int:
    return _number(b"share_grants\0" + grant.encode())


def _shared_key(code: str) -> int:
    return _number(b"share_resources\0" + bytes([_number(code.encode()) % _GATES]))


def _number(name: bytes) -> int:
    return int.from_bytes(hashlib.sha256(name).digest()[:8], signed=True)
