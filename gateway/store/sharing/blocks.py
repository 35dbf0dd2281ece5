"""Quotas and their blocks within one transaction: opened with their rows locked, drawn on in memory, closed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Row, Select, and_, bindparam, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.clock import china_date
from gateway.core.sharing.quota import Usage, give_back, left, take
from gateway.core.sharing.spending import Drawn
from gateway.store.tables.sharing import share_quota_blocks, share_quotas

SHARE: Final = 8
"""Of what is left one in so many is taken beyond what is needed now, so that others find some as well."""

LARGEST: Final = 512
"""Records that are taken beyond what is needed now."""

_b, _q = share_quota_blocks.c, share_quotas.c
_KEY: Final = and_(_b.grant == bindparam("grant_"), _b.holder == bindparam("holder_"))
_USE: Final = update(share_quota_blocks).where(_KEY).values(used=bindparam("used_"), until=bindparam("until_"))
_DROP: Final = delete(share_quota_blocks).where(_KEY)
_COUNT: Final = (
    update(share_quotas)
    .where(_q.grant == bindparam("grant_"))
    .values(day=bindparam("day_"), on_day=bindparam("on_day_"), in_all=bindparam("in_all_"))
)


class Short(Exception):
    """A block has less than this process believed: others took of it, so that its quota is needed too."""


class _Account(msgspec.Struct):
    """What can be drawn of one grant in this transaction; ``usage`` is None where the block alone is drawn on."""

    drawn: Drawn
    block: Row[Any] | None
    available: int
    usage: Usage | None = None
    spent: int = 0


class Accounts:
    """The quotas of one transaction.

    Args:
        connection: the transaction.
        holder: whose blocks are drawn on.
        now: for what day; ``until`` when blocks that are drawn on now may be taken back.
        until: see ``now``.
    """

    def __init__(self, connection: AsyncConnection, holder: str, now: datetime, until: datetime) -> None:
        self._connection = connection
        self._holder = holder
        self._now = now
        self._until = until
        self._accounts: dict[str, _Account] = {}
        self._dropped: list[Row[Any]] = []

    async def open(self, limits: Mapping[str, Drawn], demand: Mapping[str, int], refill: Iterable[str]) -> None:
        """Lock what these grants need: their blocks, and of those to ``refill`` the quota first.

        Raises:
            Short: a block that is not to be refilled has not what is wanted.
        """
        refilled = sorted(frozenset(refill) & limits.keys())
        usages = await _usages(self._connection, refilled)
        chosen = or_(_b.grant.in_(refilled), and_(_b.grant.in_(sorted(limits)), _b.holder == self._holder))
        rows = await self._connection.execute(_locked(chosen)) if limits else ()
        held: dict[str, list[Row[Any]]] = {}
        for row in rows:
            held.setdefault(row.grant, []).append(row)
        for grant, drawn in limits.items():
            mine = held.get(grant, [])
            if grant in usages:
                self._accounts[grant] = self._refilled(drawn, usages[grant], mine, demand[grant])
            else:
                self._accounts[grant] = self._of_block(drawn, mine, demand[grant])

    def draw(self, grants: Sequence[str], count: int) -> str | None:
        """Draw on all of these grants, or on none: then the one that has not so much."""
        for grant in grants:
            if self._accounts[grant].available < count:
                return grant
        for grant in grants:
            self._accounts[grant].available -= count
            self._accounts[grant].spent += count
        return None

    async def close(self) -> dict[str, int]:
        """Write everything down; what is free of the holder's blocks now, by grant."""
        free: dict[str, int] = {}
        counts, uses, new = [], [], []
        for grant, account in self._accounts.items():
            if account.usage is None:
                assert account.block is not None, "an account without a quota is of a block"
                free[grant] = account.available
                used = account.block.used + account.spent
                uses.append({"grant_": grant, "holder_": self._holder, "used_": used, "until_": self._until})
                continue
            usage, size = self._taken(account)
            counts.append({"grant_": grant, "day_": usage.day, "on_day_": usage.on_day, "in_all_": usage.in_all})
            free[grant] = size - account.spent
            if size:
                new.append(self._block(account, usage, size))
        for statement, values in ((_DROP, [_key(row) for row in self._dropped]), (_COUNT, counts), (_USE, uses)):
            if values:
                await self._connection.execute(statement, values)
        if new:
            await self._connection.execute(share_quota_blocks.insert(), new)
        return free

    def _of_block(self, drawn: Drawn, mine: Sequence[Row[Any]], wanted: int) -> _Account:
        if not mine or not self._serves(mine[0], drawn) or mine[0].size - mine[0].used < wanted:
            raise Short
        return _Account(drawn, mine[0], mine[0].size - mine[0].used)

    def _refilled(self, drawn: Drawn, usage: Usage, held: Sequence[Row[Any]], wanted: int) -> _Account:
        """What is left once this holder's block is given back, and what nobody uses; others' only if that is short."""
        for row in held:
            is_idle = row.holder == self._holder or row.until <= self._now or not self._serves(row, drawn)
            usage = self._given_back(usage, row) if is_idle else usage
        if (left(drawn.quota, usage, self._now) or 0) < wanted:
            for row in held:
                usage = usage if row in self._dropped else self._given_back(usage, row)
        return _Account(drawn, None, left(drawn.quota, usage, self._now) or 0, usage)

    def _given_back(self, usage: Usage, row: Row[Any]) -> Usage:
        self._dropped.append(row)
        return give_back(usage, row.size - row.used, row.day)

    def _serves(self, row: Row[Any], drawn: Drawn) -> bool:
        """Whether a block is of this version, and of today: a day's quota is not saved up for another."""
        return bool(row.version == drawn.version and row.day >= china_date(self._now))

    def _taken(self, account: _Account) -> tuple[Usage, int]:
        """The usage with a new block in it, and the block's size; no block if nothing was spent."""
        assert account.usage is not None, "the quota is locked"
        extra = min(LARGEST, account.available // SHARE) if account.spent else 0
        size, usage = take(account.drawn.quota, account.usage, account.spent + extra, self._now)
        return usage, size

    def _block(self, account: _Account, usage: Usage, size: int) -> dict[str, object]:
        return {
            "grant": account.drawn.grant,
            "holder": self._holder,
            "version": account.drawn.version,
            "day": usage.day,
            "size": size,
            "used": account.spent,
            "until": self._until,
        }


def of_grants(grants: Sequence[str]) -> Select[Any]:
    """All blocks of these grants."""
    return select(share_quota_blocks).where(_b.grant.in_(grants))


async def give_up(connection: AsyncConnection, holder: str) -> None:
    """Give back what a holder has not used, of all grants."""
    asked = select(_b.grant).where(_b.holder == holder)
    grants = sorted((await connection.execute(asked)).scalars())
    usages = await _usages(connection, grants)
    for row in (await connection.execute(_locked(_b.holder == holder))).all():
        usage = give_back(usages[row.grant], row.size - row.used, row.day)
        values = {"grant_": row.grant, "day_": usage.day, "on_day_": usage.on_day, "in_all_": usage.in_all}
        await connection.execute(_COUNT, values)
        await connection.execute(_DROP, _key(row))


async def _usages(connection: AsyncConnection, grants: Sequence[str]) -> dict[str, Usage]:
    """What was taken of these grants, locked until the transaction ends; nothing yet of those that are new."""
    if not grants:
        return {}
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    nothing = Usage()
    row = {"day": nothing.day, "on_day": nothing.on_day, "in_all": nothing.in_all}
    add = dialect.insert(share_quotas).on_conflict_do_nothing(index_elements=["grant"])
    asked = select(share_quotas).where(_q.grant.in_(grants)).order_by(_q.grant).with_for_update()
    found = (await connection.execute(asked)).all()
    if missing := sorted(set(grants) - {one.grant for one in found}):
        await connection.execute(add, [row | {"grant": grant} for grant in missing])
        found = (await connection.execute(asked)).all()
    return {one.grant: Usage(one.day, one.on_day, one.in_all) for one in found}


def _locked(chosen: Any) -> Select[Any]:  # noqa: ANN401 - a condition on blocks
    return select(share_quota_blocks).where(chosen).order_by(_b.grant, _b.holder).with_for_update()


def _key(row: Row[Any]) -> dict[str, str]:
    return {"grant_": row.grant, "holder_": row.holder}
