"""Disputes at exchanges, found by how far they are there. The rows are written with their disputes."""

from collections.abc import Sequence
from typing import Any, Final, cast

from sqlalchemy import Select, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.errors import StoreConflict
from gateway.core.records import Also, Transaction
from gateway.core.sealing import Cipher
from gateway.core.sharing.corrections import Dispute
from gateway.core.sharing.forwardings import ForwardingChoice
from gateway.core.sharing.records import After
from gateway.store.database import Database
from gateway.store.rows import Sealed
from gateway.store.sharing.disputes import SqlDisputes
from gateway.store.tables.base import UtcDateTime
from gateway.store.tables.sharing import share_dispute_forwardings, share_disputes

_f, _d = share_dispute_forwardings.c, share_disputes.c
_FOUND: Final = select(_d.id, _d.sealed).join(share_dispute_forwardings, _f.dispute == _d.id)


class SqlDisputeForwardings:
    """A DisputeForwardingStore."""

    def __init__(self, database: Database, cipher: Cipher, disputes: SqlDisputes) -> None:
        self._database = database
        self._disputes = disputes
        self._sealed = Sealed(cipher, share_disputes, Dispute)

    def changing(self, before: Dispute, after: Dispute, also: Also | None = None) -> Also:
        """Keep the next version in the transaction of a task, which fails as a whole with StoreConflict."""

        async def change(transaction: Transaction) -> None:
            if not await self._disputes.changed(cast("AsyncConnection", transaction), before, after, also):
                raise StoreConflict("somebody else has changed the dispute")

        return change

    async def page(self, choice: ForwardingChoice, after: After | None, most: int) -> Sequence[Dispute]:
        """The chosen ones after this one, those first whose state has lasted longest."""
        asked = _FOUND
        if choice.states is not None:
            asked = asked.where(_f.state.in_(sorted(choice.states)))
        if choice.authority is not None:
            asked = asked.where(_f.authority == choice.authority)
        if after is not None:
            last = tuple_(literal(after[0], UtcDateTime), literal(after[1]))
            asked = asked.where(tuple_(_f.since, _f.dispute) > last)
        return await self._read(asked.order_by(_f.since, _f.dispute).limit(most))

    async def numbered(self, system: str, number: str) -> Dispute | None:
        """The dispute that an exchange knows by this number."""
        found = await self._read(_FOUND.where(_f.system == system, _f.number == number).limit(1))
        return found[0] if found else None

    async def _read(self, asked: Select[Any]) -> Sequence[Dispute]:
        rows = await self._database.glance(asked, {})
        return [self._sealed.open(row.id.encode(), row.sealed) for row in rows]
