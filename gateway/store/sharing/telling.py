"""Telling all replicas which records changed, within the transaction that changes them."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.store.database import Database

_AT_ONCE: Final = 40
"""Ids in one announcement, which has 2,000 bytes."""


async def tell(database: Database, connection: AsyncConnection, channel: str, ids: Sequence[str]) -> None:
    """Announce these ids, separated by spaces, once the transaction is committed."""
    for begin in range(0, len(ids), _AT_ONCE):
        await database.announce(connection, channel, " ".join(ids[begin : begin + _AT_ONCE]))
