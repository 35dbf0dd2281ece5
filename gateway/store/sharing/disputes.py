"""Disputes in the database: the whole dispute sealed, beside it what it is found by, and whom to tell."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, insert, literal, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.errors import StoreConflict
from gateway.core.records import Also
from gateway.core.sealing import Cipher
from gateway.core.sharing.corrections import ANSWERED, OPEN, Dispute, DisputeRole, DisputeState
from gateway.core.sharing.forwarding import Forwarding
from gateway.core.sharing.recipients import Recipient
from gateway.core.sharing.records import After, DisputeChoice
from gateway.store.database import Database
from gateway.store.rows import Sealed
from gateway.store.sharing.telling import tell
from gateway.store.tables.base import UtcDateTime
from gateway.store.tables.sharing import share_dispute_forwardings, share_dispute_recipients, share_disputes

CHANNEL: Final = "share-disputes"
_c, _r = share_disputes.c, share_dispute_recipients.c
_BOTH = (_c.id, _c.sealed)
_TELL: Final = (
    update(share_dispute_recipients)
    .where(
        and_(
            _r.dispute == bindparam("dispute_"),
            _r.body == bindparam("body_"),
            _r.application == bindparam("application_"),
        )
    )
    .values(told_at=bindparam("told_at_"))
)


class SqlDisputes:
    """A DisputeStore."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._sealed = Sealed(cipher, share_disputes, Dispute)

    async def add(self, dispute: Dispute, also: Also | None = None) -> bool:
        """Keep a new dispute and announce it; False if its id is there."""
        try:
            async with self._database.writing() as connection:
                await connection.execute(insert(share_disputes).values(self._row(dispute)))
                await self._told(connection, None, dispute, also)
        except StoreConflict:
            return False
        return True

    async def find(self, dispute_id: str) -> Dispute | None:
        """The dispute of this id; the caller checks whose it is."""
        found = await self._read(select(*_BOTH).where(_c.id == dispute_id))
        return found[0] if found else None

    async def change(self, before: Dispute, after: Dispute, also: Also | None = None) -> bool:
        """Keep the next version and announce it."""

        async def change(connection: AsyncConnection) -> bool:
            return await self.changed(connection, before, after, also)

        return await self._database.transact(change)

    async def changed(self, connection: AsyncConnection, before: Dispute, after: Dispute, also: Also | None) -> bool:
        """Whether the next version was kept, in somebody's transaction."""
        is_before = (_c.id == before.id) & (_c.version == before.version)
        kept = await connection.execute(update(share_disputes).where(is_before).values(self._row(after)))
        if kept.rowcount != 1:
            return False
        await self._told(connection, before, after, also)
        return True

    async def page(self, choice: DisputeChoice, after: After | None, most: int) -> Sequence[Dispute]:
        """The chosen ones after this one, newest first."""
        asked = select(*_BOTH)
        if choice.bodies is not None:
            asked = asked.where(_concerns(sorted(choice.bodies), choice.role))
        if choice.regions is not None:
            asked = asked.where(or_(_c.region.in_(sorted(choice.regions)), _c.region.is_(None)))
        if choice.states is not None:
            asked = asked.where(_c.state.in_(sorted(choice.states)))
        if choice.resource is not None:
            asked = asked.where(_c.resource == choice.resource)
        if after is not None:
            last = tuple_(literal(after[0], UtcDateTime), literal(after[1]))
            asked = asked.where(tuple_(_c.reported_at, _c.id) < last)
        return await self._read(asked.order_by(_c.reported_at.desc(), _c.id.desc()).limit(most))

    async def regions(self) -> frozenset[str]:
        """The regions of which there are disputes."""
        rows = await self._database.glance(select(_c.region).where(_c.region.is_not(None)).distinct(), {})
        return frozenset(row.region for row in rows)

    async def untold(self, bodies: frozenset[str], most: int) -> Sequence[Dispute]:
        """Answered disputes of which one of these bodies is still to be told, the oldest answer first."""
        waiting = select(_r.dispute).where(_r.body.in_(sorted(bodies)), _r.told_at.is_(None))
        asked = select(*_BOTH).where(_c.id.in_(waiting), _c.state.in_(sorted(ANSWERED)))
        return await self._read(asked.order_by(_c.answered_at, _c.id).limit(most))

    async def open_ones(self, after: str | None, most: int) -> Sequence[Dispute]:
        """Those that are still to be answered, by id: what clocks run for."""
        return await self._ones(OPEN, after, most)

    async def answered_ones(self, after: str | None, most: int) -> Sequence[Dispute]:
        """Those that are answered and of which somebody is to take note yet, by id."""
        return await self._ones(ANSWERED, after, most)

    async def _ones(self, states: frozenset[DisputeState], after: str | None, most: int) -> Sequence[Dispute]:
        asked = select(*_BOTH).where(_c.state.in_(sorted(states)))
        if after is not None:
            asked = asked.where(_c.id > after)
        return await self._read(asked.order_by(_c.id).limit(most))

    def changes(self) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Ids of disputes that are added or change from now on, by whichever replica."""
        return self._database.follow(CHANNEL)

    async def _told(
        self, connection: AsyncConnection, before: Dispute | None, dispute: Dispute, also: Also | None
    ) -> None:
        """What belongs to a change: only those recipients are written that are new or were told."""
        kept = {(one.body, one.application): one.told_at for one in before.recipients} if before else {}
        new = [one for one in dispute.recipients if (one.body, one.application) not in kept]
        told = [
            one
            for one in dispute.recipients
            if (one.body, one.application) in kept and one.told_at != kept[one.body, one.application]
        ]
        if new:
            await connection.execute(insert(share_dispute_recipients), [_recipient(dispute, one) for one in new])
        if told:
            rows = [_recipient(dispute, one) for one in told]
            await connection.execute(_TELL, [{f"{name}_": value for name, value in row.items()} for row in rows])
        if dispute.forwarding is not None and (before is None or before.forwarding != dispute.forwarding):
            is_its = share_dispute_forwardings.c.dispute == dispute.id
            await connection.execute(delete(share_dispute_forwardings).where(is_its))
            await connection.execute(insert(share_dispute_forwardings), [_forwarding(dispute, dispute.forwarding)])
        await tell(self._database, connection, CHANNEL, [dispute.id])
        if also is not None:
            await also(connection)

    async def _read(self, asked: Select[Any]) -> Sequence[Dispute]:
        rows = await self._database.glance(asked, {})
        return [self._sealed.open(row.id.encode(), row.sealed) for row in rows]

    def _row(self, dispute: Dispute) -> dict[str, object]:
        return {
            "id": dispute.id,
            "version": dispute.version,
            "state": dispute.state.value,
            "resource": dispute.delivery.resource,
            "source": dispute.source,
            "reporter": dispute.delivery.body,
            "reported_at": dispute.reported_at,
            "answered_at": dispute.answered_at,
            "region": dispute.region,
            "sealed": self._sealed.seal(dispute.id.encode(), dispute),
        }


def _recipient(dispute: Dispute, one: Recipient) -> dict[str, object]:
    return {"dispute": dispute.id, "body": one.body, "application": one.application, "told_at": one.told_at}


def _forwarding(dispute: Dispute, forwarding: Forwarding) -> dict[str, object]:
    """The row by which its forwarding is found."""
    return {
        "dispute": dispute.id,
        "system": forwarding.system,
        "state": forwarding.state.value,
        "since": forwarding.since,
        "authority": dispute.authority,
        "number": forwarding.number,
    }


def _concerns(bodies: Sequence[str], role: DisputeRole | None) -> ColumnElement[bool]:
    """That one of the bodies has this role in a dispute, or any that the dispute itself names."""
    roles = {
        DisputeRole.REPORTER: _c.reporter.in_(bodies),
        DisputeRole.SOURCE: _c.source.in_(bodies),
        DisputeRole.RECIPIENT: _c.id.in_(select(_r.dispute).where(_r.body.in_(bodies))),
    }
    return or_(*roles.values()) if role is None else roles[role]
