"""Notices on systems in the database; whoever changes some tells all replicas in the same transaction."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import msgspec
from sqlalchemy import Row, insert, select, update

from gateway.core.clock import Clock
from gateway.core.errors import StoreConflict
from gateway.core.records import Also
from gateway.core.system_notice import SystemNotice, SystemNotices
from gateway.store.database import Database
from gateway.store.tables.notices import system_notices

CHANNEL: Final = "system-notices"
_FIRST: Final = 1


class SqlSystemNotices:
    """A SystemNoticeStore."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def all(self) -> Sequence[SystemNotices]:
        """The notices of every system that ever had some, by code."""
        async with self._database.reading() as connection:
            rows = await connection.execute(select(system_notices).order_by(system_notices.c.system))
            return [_notices(row) for row in rows]

    async def find(self, system: str) -> SystemNotices:
        """The notices of this system."""
        async with self._database.reading() as connection:
            asked = select(system_notices).where(system_notices.c.system == system)
            row = (await connection.execute(asked)).one_or_none()
        return SystemNotices(system) if row is None else _notices(row)

    async def put(self, notices: SystemNotices, also: Also | None = None) -> bool:
        """Keep a next version and announce it; False unless it follows the one that is there."""
        row = {
            "system": notices.system,
            "version": notices.version,
            "document": msgspec.json.encode(notices.notices).decode(),
            "changed_at": self._clock.now(),
        }
        is_before = (system_notices.c.system == notices.system) & (system_notices.c.version == notices.version - 1)
        try:
            async with self._database.writing() as connection:
                if notices.version == _FIRST:
                    await connection.execute(insert(system_notices).values(row))
                elif (await connection.execute(update(system_notices).where(is_before).values(row))).rowcount != 1:
                    return False
                await self._database.announce(connection, CHANNEL, notices.system)
                if also is not None:
                    await also(connection)
        except StoreConflict:  # somebody else's was the first
            return False
        return True

    @asynccontextmanager
    async def changes(self) -> AsyncIterator[AsyncIterator[SystemNotices]]:
        """What is put from now on, as it is when it is told of."""
        async with self._database.follow(CHANNEL) as systems:
            yield self._found(systems)

    async def _found(self, systems: AsyncIterator[str]) -> AsyncIterator[SystemNotices]:
        async for system in systems:
            yield await self.find(system)


def _notices(row: Row[tuple[str, int, str, object]]) -> SystemNotices:
    document = msgspec.json.decode(row.document, type=tuple[SystemNotice, ...])
    return SystemNotices(row.system, row.version, document)
