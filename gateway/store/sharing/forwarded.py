"""Records at exchanges, found by how far they are there. The rows are written with their records."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Generic, TypeVar, cast

from sqlalchemy import ColumnElement, Select, Table, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.errors import StoreConflict
from gateway.core.records import Also, Transaction
from gateway.core.sharing.forwardings import ForwardingChoice
from gateway.core.sharing.records import After
from gateway.store.database import Database
from gateway.store.rows import Sealed
from gateway.store.tables.base import UtcDateTime

T = TypeVar("T")


class Forwarded(Generic[T]):
    """What stores of forwardings have in common.

    Args:
        database: where they are.
        records: the sealed records; ``sealed`` opens them.
        forwardings: a row for each of them that is forwarded, ``of`` names its record.
        changed: keeps the next version of a record in a transaction; False if somebody else has changed it.
    """

    def __init__(
        self,
        database: Database,
        records: Table,
        sealed: Sealed[T],
        forwardings: Table,
        of: ColumnElement[str],
        changed: Callable[[AsyncConnection, T, T, Also | None], Awaitable[bool]],
    ) -> None:
        self._database = database
        self._sealed = sealed
        self._changed = changed
        self._of = of
        self._f: Final = forwardings.c
        self._all: Final = select(records.c.id, records.c.sealed).join(forwardings, of == records.c.id)

    def changing(self, before: T, after: T, also: Also | None = None) -> Also:
        """Keep the next version in the transaction of a task, which fails as a whole with StoreConflict."""

        async def change(transaction: Transaction) -> None:
            if not await self._changed(cast("AsyncConnection", transaction), before, after, also):
                raise StoreConflict("somebody else has changed what is forwarded")

        return change

    async def page(self, choice: ForwardingChoice, after: After | None, most: int) -> Sequence[T]:
        """The chosen ones after this one, those first whose state has lasted longest."""
        asked, place = self._all, (self._f.since, self._of)
        if choice.states is not None:
            asked = asked.where(self._f.state.in_(sorted(choice.states)))
        if choice.authority is not None:
            asked = asked.where(self._f.authority == choice.authority)
        if after is not None:
            asked = asked.where(tuple_(*place) > tuple_(literal(after[0], UtcDateTime), literal(after[1])))
        return await self._read(asked.order_by(*place).limit(most))

    async def numbered(self, system: str, number: str) -> T | None:
        """The one that an exchange knows by this number."""
        found = await self._read(self._all.where(self._f.system == system, self._f.number == number).limit(1))
        return found[0] if found else None

    async def _read(self, asked: Select[Any]) -> Sequence[T]:
        rows = await self._database.glance(asked, {})
        return [self._sealed.open(row.id.encode(), row.sealed) for row in rows]
