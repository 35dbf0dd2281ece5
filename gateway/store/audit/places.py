"""Where the audit has an event: its chain, its number in it and its hash."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import bindparam, select

from gateway.core.sharing.receipts import Place
from gateway.store.database import Database
from gateway.store.tables.audit import entries

_FIND: Final = select(entries.c.event, entries.c.chain, entries.c.number, entries.c.hash).where(
    entries.c.event.in_(bindparam("events", expanding=True))
)


class SqlPlaces:
    """AuditPlaces of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def places(self, events: Sequence[str]) -> Mapping[str, Place]:
        """The places of events by their ids; those that are not chained are left out."""
        async with self._database.reading() as connection:
            rows = await connection.execute(_FIND, {"events": list(events)})
            return {row.event: Place(row.chain, row.number, row.hash) for row in rows}
