"""Share requests in the database: the whole request sealed, beside it what it is found by, and each of its steps."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, delete, func, insert, literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.clock import Clock
from gateway.core.errors import StoreConflict
from gateway.core.records import Also
from gateway.core.sealing import Cipher
from gateway.core.sharing.parties import Party
from gateway.core.sharing.records import After, RequestChoice, StepCount
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.steps import ENDED, GIVEN, Action, RequestState, Step
from gateway.store.database import Database
from gateway.store.rows import Sealed
from gateway.store.sharing.telling import tell
from gateway.store.tables.base import UtcDateTime
from gateway.store.tables.sharing import share_forwardings, share_request_parties, share_request_steps, share_requests

CHANNEL: Final = "share-requests"
_c, _p, _s = share_requests.c, share_request_parties.c, share_request_steps.c
_IS_OPEN: Final = _c.state.not_in(sorted(ENDED - GIVEN)) & ~(
    _c.state.in_(sorted(GIVEN)) & _c.id.in_(select(_s.request).where(_s.action == Action.DELIVER.value))
)


class SqlShareRequests:
    """A ShareRequestStore."""

    def __init__(self, database: Database, cipher: Cipher, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._sealed = Sealed(cipher, share_requests, ShareRequest)

    async def add(self, request: ShareRequest, also: Also | None = None) -> bool:
        """Keep a new request; False if its id is there."""
        try:
            async with self._database.writing() as connection:
                await connection.execute(insert(share_requests).values(self._row(request)))
                await connection.execute(insert(share_request_parties), _parties(request))
                await self._told(connection, request, request.steps, also)
        except StoreConflict:
            return False
        return True

    async def find(self, request_id: str) -> ShareRequest | None:
        """The request of this id; the caller checks whose it is."""
        found = await self._read(select(_c.id, _c.sealed).where(_c.id == request_id))
        return found[0] if found else None

    async def change(self, before: ShareRequest, after: ShareRequest, also: Also | None = None) -> bool:
        """Keep the next version and its new steps, and announce it."""

        async def change(connection: AsyncConnection) -> bool:
            return await self.changed(connection, before, after, also)

        return await self._database.transact(change)

    async def changed(
        self, connection: AsyncConnection, before: ShareRequest, after: ShareRequest, also: Also | None
    ) -> bool:
        """Whether the next version was kept, in somebody's transaction."""
        is_before = (_c.id == before.id) & (_c.version == before.version)
        kept = await connection.execute(update(share_requests).where(is_before).values(self._row(after)))
        if kept.rowcount != 1:
            return False
        if after.forwarding != before.forwarding:
            await connection.execute(delete(share_forwardings).where(share_forwardings.c.request == after.id))
            await connection.execute(insert(share_forwardings), _forwardings(after))
        await self._told(connection, after, after.steps[len(before.steps) :], also)
        return True

    async def page(self, choice: RequestChoice, after: After | None, most: int) -> Sequence[ShareRequest]:
        """The chosen ones after this one, newest first."""
        asked = select(_c.id, _c.sealed)
        if choice.bodies is not None:
            acting: ColumnElement[bool] = _p.body.in_(sorted(choice.bodies))
            if choice.parties is not None:
                acting &= _p.party.in_(sorted(choice.parties))
            asked = asked.where(_c.id.in_(select(_p.request).where(acting)))
        if choice.states is not None:
            asked = asked.where(_c.state.in_(sorted(choice.states)))
        if choice.resource is not None:
            asked = asked.where(_c.resource == choice.resource)
        if after is not None:
            last = tuple_(literal(after[0], UtcDateTime), literal(after[1]))
            asked = asked.where(tuple_(_c.drafted_at, _c.id) < last)
        return await self._read(asked.order_by(_c.drafted_at.desc(), _c.id.desc()).limit(most))

    async def expiring(self, at: datetime, most: int) -> Sequence[ShareRequest]:
        """Those whose time to mend or submit was over at that moment, longest first."""
        waiting = _c.state.in_([RequestState.DRAFT.value, RequestState.RETURNED.value])
        asked = select(_c.id, _c.sealed).where(waiting, _c.expires_at <= at)
        return await self._read(asked.order_by(_c.expires_at, _c.id).limit(most))

    async def open_ones(self, after: str | None, most: int) -> Sequence[ShareRequest]:
        """Those that have not ended or were not delivered, by id: what clocks run for."""
        asked = select(_c.id, _c.sealed).where(_IS_OPEN, _c.id > ("" if after is None else after))
        return await self._read(asked.order_by(_c.id).limit(most))

    async def steps(self, since: datetime, until: datetime) -> Sequence[StepCount]:
        """The steps taken in that time, for reports."""
        grouped = (_c.resource, _s.action, _s.after, _s.reason)
        asked = (
            select(*grouped, func.count().label("many"))
            .join(share_requests, _c.id == _s.request)
            .where(_s.at >= since, _s.at < until)
            .group_by(*grouped)
            .order_by(*grouped)
        )
        return [
            StepCount(
                resource=row.resource,
                action=Action(row.action),
                after=RequestState(row.after),
                reason=row.reason,
                count=row.many,
            )
            for row in await self._database.glance(asked, {})
        ]

    def changes(self) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Ids of requests that change from now on, by whichever replica."""
        return self._database.follow(CHANNEL)

    async def _told(
        self, connection: AsyncConnection, request: ShareRequest, new: Sequence[Step], also: Also | None
    ) -> None:
        if new:
            await connection.execute(insert(share_request_steps), [_step(request.id, step) for step in new])
        await tell(self._database, connection, CHANNEL, [request.id])
        if also is not None:
            await also(connection)

    async def _read(self, asked: Select[Any]) -> Sequence[ShareRequest]:
        rows = await self._database.glance(asked, {})
        return [self._sealed.open(row.id.encode(), row.sealed) for row in rows]

    def _row(self, request: ShareRequest) -> dict[str, object]:
        return {
            "id": request.id,
            "version": request.version,
            "state": request.state.value,
            "resource": request.resource,
            "region": request.region,
            "drafted_at": request.drafted_at,
            "changed_at": self._clock.now(),
            "expires_at": request.expires_at,
            "sealed": self._sealed.seal(request.id.encode(), request),
        }


def _parties(request: ShareRequest) -> list[dict[str, str]]:
    named = (
        (Party.REQUESTER, request.requester),
        (Party.OWN_OFFICE, request.own_office),
        (Party.AUTHORITY, request.authority),
        (Party.PROVIDER, request.provider),
    )
    return [{"request": request.id, "party": party.value, "body": body} for party, body in named if body is not None]


def _forwardings(request: ShareRequest) -> list[dict[str, object]]:
    """The row by which its forwarding is found."""
    forwarding = request.forwarding
    assert forwarding is not None, "what is forwarded stays so"
    return [
        {
            "request": request.id,
            "system": forwarding.system,
            "state": forwarding.state.value,
            "since": forwarding.since,
            "authority": request.authority,
            "number": forwarding.number,
            "first_sent_at": forwarding.first_sent_at,
            "sent_at": forwarding.sent_at,
        }
    ]


def _step(request_id: str, step: Step) -> dict[str, object]:
    return {
        "request": request_id,
        "number": step.number,
        "action": step.action.value,
        "before": step.before.value,
        "after": step.after.value,
        "party": step.by.party.value,
        "reason": step.reason,
        "at": step.at,
    }
