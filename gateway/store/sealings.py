"""Sealings in the database: each row has the whole sealing sealed, beside what it is found by."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Text, bindparam, func, insert, literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.files import Owner
from gateway.core.records import Also, Transaction
from gateway.core.sealing import Cipher
from gateway.core.seals.sealing import ENDED, Sealing, SealingState
from gateway.core.seals.sealings import After, SealingChoice, SealingCount, SealingStanding
from gateway.store.database import Database
from gateway.store.rows import Sealed, digest
from gateway.store.tables.base import UtcDateTime
from gateway.store.tables.sealings import sealings

CHANNEL: Final = "sealings"
_AT_ONCE: Final = 500
"""Ids in one statement."""
_TOLD_AT_ONCE: Final = 40
"""Ids in one announcement, which has 2,000 bytes."""
_c = sealings.c
_CHANGE: Final = (  # made once, as making a statement takes longer than running it
    update(sealings)
    .where(_c.id == bindparam("row"))
    .values({name: bindparam(f"new_{name}") for name in (
        "state", "version", "platform", "changed_at", "sent_at", "sealed",
    )})
)  # fmt: skip
_LASTS_NOT: Final = sorted(set(SealingState) - ENDED)
"""Named one by one, for the index: all but a few have ended."""
_HAS_ENDED: Final = _c.state.in_(sorted(ENDED))


class SqlSealings:
    """A SealingStore."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._cipher = cipher
        self._sealed = Sealed(cipher, sealings, Sealing)

    async def add(
        self, sealings_: Sequence[Sealing], most: int, also: Callable[[Sequence[Sealing]], Sequence[Also]]
    ) -> Sequence[Sealing] | None:
        """The sealings of these keys: those that are there, and these where there are none yet."""
        owner = sealings_[0].owner
        owners = self._owners(owner)

        async def add(connection: AsyncConnection) -> Sequence[Sealing] | None:
            await self._database.hold(connection, sealings.name, owners[0])
            there = await self._there(connection, owner, [one.key for one in sealings_])
            found = [there.get(one.key, one) for one in sealings_]
            if any(one.request != asked.request for one, asked in zip(found, sealings_, strict=True)):
                return found
            new = [one for one in sealings_ if one.key not in there]
            if new:
                going = select(func.count()).select_from(sealings).where(_c.owner.in_(owners), ~_HAS_ENDED)
                if (await connection.execute(going)).scalar_one() + len(new) > most:
                    return None
                await connection.execute(insert(sealings), [self._row(one) for one in new])
                for one in also(new):
                    await one(connection)
            return found

        return await self._database.at_once(add)

    async def find(self, sealing_id: str) -> Sealing | None:
        """The sealing of this id; the caller checks whose it is."""
        return (await self.find_all([sealing_id])).get(sealing_id)

    async def find_all(self, sealing_ids: Sequence[str]) -> Mapping[str, Sealing]:
        """Those that are there, by id."""
        found = [
            one
            for begin in range(0, len(sealing_ids), _AT_ONCE)
            for one in await self._chosen(_c.id.in_(sealing_ids[begin : begin + _AT_ONCE]))
        ]
        return {one.id: one for one in found}

    async def of_keys(self, owner: Owner, keys: Sequence[str]) -> Mapping[str, Sealing]:
        """The owner's sealings of these idempotency keys that are there, by key."""
        async with self._database.reading() as connection:
            return await self._there(connection, owner, keys)

    async def of_callback(self, ticket: str) -> Sealing | None:
        """The sealing that a platform means by this."""
        return next(iter(await self._chosen(_c.callback == digest(ticket))), None)

    async def apply(self, transaction: Transaction, changes: Sequence[tuple[Sealing, Sealing]]) -> frozenset[str]:
        """Make changes in a transaction of somebody else's; the ids of those that were made."""
        assert isinstance(transaction, AsyncConnection), "a transaction of this database"
        versions = {before.id: before.version for before, _ in changes}
        asked = select(_c.id, _c.version).where(_c.id.in_(sorted(versions))).order_by(_c.id).with_for_update()
        there = {row.id: row.version for row in await transaction.execute(asked)}
        rows = [self._changed(after) for before, after in changes if there.get(before.id) == before.version]
        if rows:
            await transaction.execute(_CHANGE, rows)
        return frozenset(sealing_id for sealing_id, version in versions.items() if there.get(sealing_id) == version)

    async def change(self, before: Sealing, after: Sealing, also: Sequence[Also] = ()) -> bool:
        """Make one, and what belongs to it, in a transaction of its own; False if it was not made."""

        async def change(connection: AsyncConnection) -> bool:
            if not await self.apply(connection, [(before, after)]):
                return False
            for one in also:
                await one(connection)
            return True

        return await self._database.at_once(change)

    async def together(self, also: Sequence[Also]) -> None:
        """Make changes that are none of a sealing's, in one transaction."""

        async def make(connection: AsyncConnection) -> None:
            for one in also:
                await one(connection)

        await self._database.at_once(make)

    async def page(self, choice: SealingChoice, after: After | None, most: int) -> Sequence[Sealing]:
        """The chosen ones after this one, newest first."""
        wanted: list[ColumnElement[bool]] = []
        if choice.owner is not None:
            wanted.append(_c.owner.in_(self._owners(choice.owner)))
        if choice.but is not None:
            wanted.append(_c.owner.not_in(self._owners(choice.but)))
        if choice.batch is not None:
            wanted.append(_c.batch == choice.batch)
        if choice.state is not None:
            wanted.append(_c.state == choice.state.value)
        if choice.seals is not None:
            wanted.append(_c.seal.in_(sorted(choice.seals)))
        if after is not None:
            wanted.append(
                tuple_(_c.requested_at, _c.id) < tuple_(literal(after[0], UtcDateTime), literal(after[1], Text))
            )
        asked = select(sealings).where(*wanted).order_by(_c.requested_at.desc(), _c.id.desc()).limit(most)
        return await self._read(asked)

    async def sent(
        self, platform: str, since: datetime, until: datetime, after: str | None, most: int
    ) -> Sequence[Sealing]:
        """Those of which the first attempt with the platform was in that time, in order of id, after this one."""
        asked = select(sealings).where(_c.platform == platform, _c.sent_at >= since, _c.sent_at < until)
        if after is not None:
            asked = asked.where(_c.id > after)
        return await self._read(asked.order_by(_c.id).limit(most))

    async def counts(self, since: datetime, until: datetime, seals: frozenset[str] | None) -> Sequence[SealingCount]:
        """How many were asked for in that time."""
        grouped = (_c.seal, _c.application, _c.state)
        asked = select(*grouped, func.count().label("many")).where(_c.requested_at >= since, _c.requested_at < until)
        if seals is not None:
            asked = asked.where(_c.seal.in_(sorted(seals)))
        async with self._database.reading() as connection:
            rows = await connection.execute(asked.group_by(*grouped).order_by(*grouped))
            return [
                SealingCount(seal=row.seal, application=row.application, state=SealingState(row.state), count=row.many)
                for row in rows
            ]

    async def states(self) -> Mapping[SealingState, SealingStanding]:
        """What there is in each state that does not last."""
        columns = (_c.state, func.count().label("many"), func.min(_c.changed_at).label("since"))
        asked = select(*columns).where(_c.state.in_(_LASTS_NOT)).group_by(_c.state)
        async with self._database.reading() as connection:
            rows = await connection.execute(asked)
            return {SealingState(row.state): SealingStanding(row.many, row.since) for row in rows}

    async def tell(self, sealing_ids: Sequence[str]) -> None:
        """Tell those who follow that these have changed; nothing relies on it."""
        if not self._database.announcements.is_needed(CHANNEL):  # what is done is there for whoever begins to follow
            return

        async def tell(connection: AsyncConnection) -> None:
            for begin in range(0, len(sealing_ids), _TOLD_AT_ONCE):
                payload = " ".join(sealing_ids[begin : begin + _TOLD_AT_ONCE])
                await self._database.announce(connection, CHANNEL, payload)

        await self._database.at_once(tell)

    def changes(self) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Ids of sealings that change from now on, separated by spaces."""
        return self._database.follow(CHANNEL)

    async def _chosen(self, wanted: ColumnElement[bool]) -> Sequence[Sealing]:
        return await self._read(select(sealings).where(wanted))

    async def _read(self, asked: Any) -> Sequence[Sealing]:  # noqa: ANN401 - a Select of all columns
        return [self._opened(row) for row in await self._database.glance(asked, {})]

    async def _there(self, connection: AsyncConnection, owner: Owner, keys: Sequence[str]) -> dict[str, Sealing]:
        blinds = [blind for key in keys for blind in self._keys(owner, key)]
        found: dict[str, Sealing] = {}
        for begin in range(0, len(blinds), _AT_ONCE):
            wanted = _c.owner.in_(self._owners(owner)) & _c.key.in_(blinds[begin : begin + _AT_ONCE])
            rows = await connection.execute(select(sealings).where(wanted))
            found |= {one.key: one for one in map(self._opened, rows)}
        return found

    def _row(self, sealing: Sealing) -> dict[str, object]:
        return {
            "id": sealing.id,
            "owner": self._owners(sealing.owner)[0],
            "key": self._keys(sealing.owner, sealing.key)[0],
            "callback": digest(sealing.callback),
            "batch": sealing.batch,
            "state": sealing.state.value,
            "version": sealing.version,
            "application": sealing.caller.application.code,
            "seal": sealing.seal,
            "platform": sealing.platform,
            "requested_at": sealing.requested_at,
            "changed_at": sealing.changed_at,
            "sent_at": None,
            "sealed": self._sealed.seal(sealing.id.encode(), sealing),
        }

    def _changed(self, sealing: Sealing) -> dict[str, object]:
        return {
            "row": sealing.id,
            "new_state": sealing.state.value,
            "new_version": sealing.version,
            "new_platform": sealing.platform,
            "new_changed_at": sealing.changed_at,
            "new_sent_at": next((one.at for one in sealing.attempts if one.platform is not None), None),
            "new_sealed": self._sealed.seal(sealing.id.encode(), sealing),
        }

    def _opened(self, row: Row[Any]) -> Sealing:
        return self._sealed.open(row.id.encode(), row.sealed)

    def _owners(self, owner: Owner) -> tuple[bytes, ...]:
        return self._cipher.blinds("sealing", owner.application, owner.subject)

    def _keys(self, owner: Owner, key: str) -> tuple[bytes, ...]:
        return self._cipher.blinds("sealing key", owner.application, owner.subject, key)
