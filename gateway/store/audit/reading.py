"""Pages of the audit, newest first: keyset paging, so that a page costs the same wherever it is."""

from typing import Any

import msgspec
from sqlalchemy import Select, and_, or_, select

from gateway.core.audit.catalogue import kinds
from gateway.core.audit.events import Ending, Event
from gateway.core.audit.reading import AuditChoice, Place
from gateway.store.database import Database
from gateway.store.tables.audit import entries

_TOLD = tuple(kind.code for kind in kinds() if kind.told)


class _Entry(msgspec.Struct):
    event: Event


_DECODER = msgspec.json.Decoder(_Entry)


class AuditEntries:
    """An AuditReader."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, choice: AuditChoice, first: int, after: Place | None) -> list[Event]:
        """At most ``first`` events of the choice that come after the place."""
        asked = select(entries.c.record).where(*_conditions(choice))
        return await self._events(asked, first, after)

    async def uses_of(self, subjects: tuple[str, ...], first: int, after: Place | None) -> list[Event]:
        """At most ``first`` uses of one person's data, of the kinds that he is told of, that were carried out."""
        asked = select(entries.c.record).where(
            entries.c.subject.in_(subjects), entries.c.kind.in_(_TOLD), entries.c.ending == Ending.DONE.value
        )
        return await self._events(asked, first, after)

    async def _events(self, asked: Select[Any], first: int, after: Place | None) -> list[Event]:
        if after is not None:
            before = and_(entries.c.at == after.at, entries.c.event < after.event)
            asked = asked.where(or_(entries.c.at < after.at, before))
        asked = asked.order_by(entries.c.at.desc(), entries.c.event.desc()).limit(first)
        async with self._database.reading() as connection:
            return [event_of(record) for record in await connection.scalars(asked)]


def event_of(record: str) -> Event:
    """The event of an entry's record."""
    return _DECODER.decode(record).event


def _conditions(choice: AuditChoice) -> list[Any]:
    found: list[Any] = []
    if choice.since is not None:
        found.append(entries.c.at >= choice.since)
    if choice.until is not None:
        found.append(entries.c.at < choice.until)
    for column, values in (
        (entries.c.kind, choice.kinds),
        (entries.c.application, choice.applications),
        (entries.c.subject, choice.subjects),
        (entries.c.ending, [ending.value for ending in choice.endings]),
    ):
        if values:
            found.append(column.in_(values))
    if choice.actor is not None:
        found.append(entries.c.actor == choice.actor)
    return found
