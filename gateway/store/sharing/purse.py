"""Spending in the database: what is spent while one transaction commits shares the next one, as the audit's events do.

A quota is taken in blocks, one for each process, so that processes do not wait for each other's rows. What of a block
is used stands in the block's row, in the transaction of the use: so a process that dies takes nothing with it, and
where a quota is short, what others hold and have not used is taken from them first. Nothing depends on anybody's clock
but the day that a use counts for.

Locks are taken in one order: the gates of grants and resources, then rows of quotas, then rows of blocks.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import msgspec
from sqlalchemy import Text, literal_column, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.clock import Clock
from gateway.core.errors import StoreUnavailable
from gateway.core.records import Also
from gateway.core.sharing.quota import Usage, give_back
from gateway.core.sharing.spending import Basis, Drawn, Exhausted, Revoked, Spent, Superseded
from gateway.store.database import Database
from gateway.store.sharing import blocks
from gateway.store.sharing.blocks import Accounts, Short
from gateway.store.sharing.gate import enter
from gateway.store.tables.sharing import share_grants, share_quotas, share_resources

MOST_AT_ONCE: Final = 100
"""Spendings in one transaction: enough to share its cost, few enough to end in milliseconds."""

LEASE: Final = timedelta(minutes=5)
"""A block that was not drawn on for so long is taken back by whoever needs the quota next."""

_g = share_grants.c
_q = share_quotas.c
_r = share_resources.c
_GRANT: Final = literal_column("'grant'", Text).label("kind")
_RESOURCE: Final = literal_column("'resource'", Text).label("kind")
Answer = Spent | Revoked | Exhausted | Superseded


class _Waiting(msgspec.Struct):
    drawn: Sequence[Drawn]
    count: int
    also: Also | None
    basis: Basis | None
    future: "asyncio.Future[Answer]"


class SqlPurse:
    """A Purse of one process."""

    def __init__(self, database: Database, clock: Clock, lease: timedelta = LEASE) -> None:
        self._database = database
        self._clock = clock
        self._lease = lease
        self._holder = secrets.token_hex(8)
        self._queue: deque[_Waiting] = deque()
        self._task: asyncio.Task[None] | None = None
        self._free: dict[str, int] = {}

    async def spend(
        self, drawn: Sequence[Drawn], count: int, also: Also | None = None, basis: Basis | None = None
    ) -> Answer:
        """Take so many records from the quota of every grant, with what belongs to it, in one transaction.

        Raises:
            StoreUnavailable: nobody knows whether it was taken; nothing may leave.
        """
        if count < 0 or not drawn or len({one.grant for one in drawn}) != len(drawn):
            raise ValueError("something is spent of some grants, once of each")
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(drawn, count, also, basis, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="purse")
        return await future

    async def usage(self, grant_id: str) -> Usage:
        """What was used of a grant's quota, exactly; what processes hold and have not used is not in it."""
        async with self._database.reading(snapshot=True) as connection:
            row = (await connection.execute(select(share_quotas).where(_q.grant == grant_id))).one_or_none()
            held = await connection.execute(blocks.of_grants([grant_id]))
            usage = Usage() if row is None else Usage(row.day, row.on_day, row.in_all)
            for block in held:
                usage = give_back(usage, block.size - block.used, block.day)
        return usage

    async def settle(self) -> None:
        """Give back what this process holds and has not used; it goes on with new blocks."""
        if self._task is not None:
            await asyncio.wait([self._task])
        self._free.clear()
        await self._database.transact(lambda connection: blocks.give_up(connection, self._holder))

    async def _run(self) -> None:
        while self._queue:
            taken = [self._queue.popleft() for _ in range(min(MOST_AT_ONCE, len(self._queue)))]
            batch = [one for one in taken if not one.future.done()]
            if batch and not await self._spend(batch, alone=len(batch) == 1):
                for one in batch:  # what belongs to one of them cannot be kept: the others do not suffer for it
                    await self._spend([one], alone=True)

    async def _spend(self, batch: Sequence[_Waiting], *, alone: bool) -> bool:
        """Spend all of a batch; False, and nobody told, if it failed for a reason that may be one's own."""
        try:
            answers = await self._committed(batch)
        except Exception as error:  # noqa: BLE001 - whoever waits is told, whatever it was
            self._free.clear()
            if not alone and not isinstance(error, StoreUnavailable):
                return False
            for one in batch:
                if not one.future.done():
                    one.future.set_exception(error)
            return True
        for one, answer in zip(batch, answers, strict=True):
            if not one.future.done():
                one.future.set_result(answer)
        return True

    async def _committed(self, batch: Sequence[_Waiting]) -> Sequence[Answer]:
        refill = {grant for grant, count in _demand(batch).items() if self._free.get(grant, 0) < count}

        async def spend(connection: AsyncConnection) -> tuple[Sequence[Answer], dict[str, int]]:
            return await self._within(connection, batch, refill)

        try:
            answers, free = await self._database.transact(spend)
        except Short:
            refill = set(_demand(batch))
            answers, free = await self._database.transact(spend)
        self._free |= free
        return answers

    async def _within(
        self, connection: AsyncConnection, batch: Sequence[_Waiting], refill: set[str]
    ) -> tuple[Sequence[Answer], dict[str, int]]:
        """The answers, and what is free of this process's blocks after them."""
        grants = {one.grant for waiting in batch for one in waiting.drawn}
        resources = {waiting.basis.resource for waiting in batch if waiting.basis is not None}
        await enter(connection, grants, resources)
        now = self._clock.now()
        is_open = _g.revoked_at.is_(None) & (_g.valid_from <= now) & (_g.valid_until > now)
        asked = union_all(
            select(_GRANT, _g.id, _g.version).where(_g.id.in_(sorted(grants)), is_open),
            select(_RESOURCE, _r.code, _r.version).where(_r.code.in_(sorted(resources))),
        )
        there = {(row.kind, row.id): row.version for row in await connection.execute(asked)}
        accounts = Accounts(connection, self._holder, now, now + self._lease)
        live = [one for one in batch if _past(one, there) is None]
        await accounts.open(_limits(live), _demand(live), refill)
        answers: list[Answer] = []
        for waiting in batch:
            past = _past(waiting, there)
            short = None if past is not None else accounts.draw(_limited(waiting.drawn), waiting.count)
            if past is not None:
                answers.append(past)
            elif short is not None:
                answers.append(Exhausted(short))
            else:
                answers.append(Spent())
                if waiting.also is not None:
                    await waiting.also(connection)
        return answers, await accounts.close()


@asynccontextmanager
async def purse(database: Database, clock: Clock, lease: timedelta = LEASE) -> AsyncIterator[SqlPurse]:
    """A purse that gives back what it holds when the block ends."""
    opened = SqlPurse(database, clock, lease)
    try:
        yield opened
    finally:
        await opened.settle()


def _past(waiting: _Waiting, there: dict[tuple[str, str], int]) -> Revoked | Superseded | None:
    """The first of what the use was decided by that is not so any more."""
    for one in waiting.drawn:
        if there.get(("grant", one.grant)) != one.version:
            return Revoked(one.grant)
    basis = waiting.basis
    is_past = basis is not None and there.get(("resource", basis.resource)) != basis.version
    return Superseded(basis.resource) if basis is not None and is_past else None


def _limited(drawn: Sequence[Drawn]) -> list[str]:
    return [one.grant for one in drawn if (one.quota.per_day, one.quota.in_all) != (None, None)]


def _limits(batch: Sequence[_Waiting]) -> dict[str, Drawn]:
    return {one.grant: one for waiting in batch for one in waiting.drawn if one.grant in _limited(waiting.drawn)}


def _demand(batch: Sequence[_Waiting]) -> dict[str, int]:
    """How much all of them want of each grant that has a quota."""
    demand: dict[str, int] = {}
    for waiting in batch:
        for grant in _limited(waiting.drawn):
            demand[grant] = demand.get(grant, 0) + waiting.count
    return demand
