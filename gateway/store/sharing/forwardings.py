"""What is forwarded to exchanges, found by how far it is. The rows are written with their requests."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Select, func, literal, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.errors import StoreConflict
from gateway.core.records import Also, Transaction
from gateway.core.sealing import Cipher
from gateway.core.sharing.forwarding import FINISHED, ForwardingState
from gateway.core.sharing.forwardings import ForwardingChoice, ForwardingStanding
from gateway.core.sharing.records import After
from gateway.core.sharing.requests import ShareRequest
from gateway.store.database import Database
from gateway.store.rows import Sealed
from gateway.store.sharing.requests import SqlShareRequests
from gateway.store.tables.base import UtcDateTime
from gateway.store.tables.sharing import share_dispute_forwardings, share_forwardings, share_requests

_f, _r = share_forwardings.c, share_requests.c
_ALL: Final = (share_forwardings, share_dispute_forwardings)
_FOUND: Final = select(_r.id, _r.sealed).join(share_forwardings, _f.request == _r.id)


class SqlForwardings:
    """A ForwardingStore."""

    def __init__(self, database: Database, cipher: Cipher, requests: SqlShareRequests) -> None:
        self._database = database
        self._requests = requests
        self._sealed = Sealed(cipher, share_requests, ShareRequest)

    def changing(self, before: ShareRequest, after: ShareRequest, also: Also | None = None) -> Also:
        """Keep the next version in the transaction of a task, which fails as a whole with StoreConflict."""

        async def change(transaction: Transaction) -> None:
            if not await self._requests.changed(cast("AsyncConnection", transaction), before, after, also):
                raise StoreConflict("somebody else has changed the request")

        return change

    async def page(self, choice: ForwardingChoice, after: After | None, most: int) -> Sequence[ShareRequest]:
        """The chosen ones after this one, those first whose state has lasted longest."""
        asked = _FOUND
        if choice.states is not None:
            asked = asked.where(_f.state.in_(sorted(choice.states)))
        if choice.authority is not None:
            asked = asked.where(_f.authority == choice.authority)
        if after is not None:
            last = tuple_(literal(after[0], UtcDateTime), literal(after[1]))
            asked = asked.where(tuple_(_f.since, _f.request) > last)
        return await self._read(asked.order_by(_f.since, _f.request).limit(most))

    async def sent(
        self, system: str, since: datetime, until: datetime, after: str | None, most: int
    ) -> Sequence[ShareRequest]:
        """Those that were sent to an exchange in that time, or before and after it, by id."""
        during = (_f.system == system) & (_f.sent_at >= since) & (_f.first_sent_at < until)
        asked = _FOUND.where(during, _f.request > ("" if after is None else after))
        return await self._read(asked.order_by(_f.request).limit(most))

    async def numbered(self, system: str, number: str) -> ShareRequest | None:
        """The request that an exchange knows by this number."""
        found = await self._read(_FOUND.where(_f.system == system, _f.number == number).limit(1))
        return found[0] if found else None

    async def states(self) -> Mapping[ForwardingState, ForwardingStanding]:
        """Those on which something is still to be asked, by state, disputes included."""
        there = union_all(
            *(select(one.c.state, one.c.since).where(one.c.state.not_in(sorted(FINISHED))) for one in _ALL)
        )
        every = there.subquery()
        asked = select(every.c.state, func.count().label("many"), func.min(every.c.since).label("since"))
        asked = asked.group_by(every.c.state)
        rows = await self._database.glance(asked, {})
        return {ForwardingState(row.state): ForwardingStanding(row.many, row.since) for row in rows}

    async def _read(self, asked: Select[Any]) -> Sequence[ShareRequest]:
        rows = await self._database.glance(asked, {})
        return [self._sealed.open(row.id.encode(), row.sealed) for row in rows]
