"""Requests at exchanges, and how many records of every kind are how far there."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, union_all

from gateway.core.sealing import Cipher
from gateway.core.sharing.forwarding import FINISHED, ForwardingState
from gateway.core.sharing.forwardings import ForwardingStanding
from gateway.core.sharing.requests import ShareRequest
from gateway.store.database import Database
from gateway.store.rows import Sealed
from gateway.store.sharing.forwarded import Forwarded
from gateway.store.sharing.requests import SqlShareRequests
from gateway.store.tables.sharing import share_dispute_forwardings, share_forwardings, share_requests

_f = share_forwardings.c
_ALL: Final = (share_forwardings, share_dispute_forwardings)


class SqlForwardings(Forwarded[ShareRequest]):
    """A ForwardingStore."""

    def __init__(self, database: Database, cipher: Cipher, requests: SqlShareRequests) -> None:
        sealed = Sealed(cipher, share_requests, ShareRequest)
        super().__init__(database, share_requests, sealed, share_forwardings, _f.request, requests.changed)

    async def sent(
        self, system: str, since: datetime, until: datetime, after: str | None, most: int
    ) -> Sequence[ShareRequest]:
        """Those that were sent to an exchange in that time, or before and after it, by id."""
        during = (_f.system == system) & (_f.sent_at >= since) & (_f.first_sent_at < until)
        asked = self._all.where(during, _f.request > ("" if after is None else after))
        return await self._read(asked.order_by(_f.request).limit(most))

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
