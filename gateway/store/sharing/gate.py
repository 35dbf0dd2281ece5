"""The gate of a grant: who spends passes it together with others, who changes the grant is alone in it.

On PostgreSQL these are advisory locks until the end of the transaction. They are fair, as locks of rows are not: who
wants to revoke waits for those inside only, however many come after. On SQLite no two transactions write at once.
"""

import hashlib
from collections.abc import Iterable
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_PASS: Final = text("SELECT count(pg_advisory_xact_lock_shared(key)) FROM unnest(CAST(:keys AS bigint[])) AS key")
_SHUT: Final = text("SELECT pg_advisory_xact_lock(:key)")


async def enter(connection: AsyncConnection, grants: Iterable[str]) -> None:
    """From now on none of the grants changes before the transaction ends; what changed before can be read."""
    if connection.dialect.name == "postgresql":
        await connection.execute(_PASS, {"keys": sorted(map(_key, grants))})


async def shut(connection: AsyncConnection, grant: str) -> None:
    """Return when nobody is inside, and let nobody in before the transaction ends."""
    if connection.dialect.name == "postgresql":
        await connection.execute(_SHUT, {"key": _key(grant)})


def _key(grant: str) -> int:
    return int.from_bytes(hashlib.sha256(b"share_grants\0" + grant.encode()).digest()[:8], signed=True)
