"""Where the audit has an event: its chain, its number in it and its hash."""

from typing import Final

from sqlalchemy import bindparam, select

from gateway.core.sharing.receipts import Place
from gateway.store.database import Database
from gateway.store.tables.audit import entries

_FIND: Final = select(entries.c.chain, entries.c.number, entries.c.hash).where(entries.c.event == bindparam("event"))


class SqlPlaces:
    """AuditPlaces of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def place(self, event: str) -> Place | None:
        """The place of a chained event by its id; None if it is not chained."""
        rows = await self._database.glance(_FIND, {"event": event})
        return Place(rows[0].chain, rows[0].number, rows[0].hash) if rows else None
