"""Grants in the database. Who changes one waits for those who are spending under it, and nobody spends after."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Select, bindparam, delete, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.errors import StoreConflict
from gateway.core.policy.rules import ANY
from gateway.core.records import Also, Transaction
from gateway.core.sealing import Cipher
from gateway.core.sharing.grants import MOST_LEVELS, Grant
from gateway.core.sharing.records import GrantChoice
from gateway.store.database import Database
from gateway.store.rows import Sealed
from gateway.store.sharing.gate import enter, shut
from gateway.store.sharing.telling import tell
from gateway.store.tables.sharing import share_grant_users, share_grants

CHANNEL: Final = "share-grants"
_BODY, _APPLICATION = "body", "application"
_c, _u = share_grants.c, share_grant_users.c
_FIND: Final = select(_c.id, _c.sealed).where(_c.id == bindparam("grant"))


class SqlGrants:
    """A GrantStore."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._sealed = Sealed(cipher, share_grants, Grant)

    async def add(self, grant: Grant, also: Also | None = None) -> bool:
        """Keep a new grant and announce it; False if its id is there, or its parent is missing or revoked."""
        try:
            async with self._database.writing() as connection:
                if grant.parent is not None and not await _is_open(connection, grant.parent):
                    return False
                await connection.execute(insert(share_grants).values(self._row(grant)))
                await self._told(connection, grant, also)
        except StoreConflict:
            return False
        return True

    def adding(self, grant: Grant) -> Also:
        """Keep a new grant and announce it in the transaction of what it is made for.

        That fails as a whole with StoreConflict if its id is there, or its parent is missing or revoked.
        """

        async def also(transaction: Transaction) -> None:
            connection = cast("AsyncConnection", transaction)
            if grant.parent is not None and not await _is_open(connection, grant.parent):
                raise StoreConflict("the grant above is not open")
            await connection.execute(insert(share_grants).values(self._row(grant)))
            await self._told(connection, grant, None)

        return also

    async def find(self, grant_id: str) -> Grant | None:
        """The grant of this id as it is now."""
        rows = await self._database.glance(_FIND, {"grant": grant_id})
        return self._opened(rows[0]) if rows else None

    async def lineage(self, grant_id: str) -> Sequence[Grant]:
        """The grant and those above it, MOST_LEVELS + 1 at most; empty if there is none."""
        found: list[Grant] = []
        wanted: str | None = grant_id
        while wanted is not None and len(found) <= MOST_LEVELS:
            grant = await self.find(wanted)
            if grant is None:
                break
            found.append(grant)
            wanted = grant.parent
        return found

    async def change(self, before: Grant, after: Grant, also: Also | None = None) -> bool:
        """Keep the next version and announce it: once this returns, nothing is spent under what it ended."""
        row = self._row(after)

        async def change(connection: AsyncConnection) -> bool:
            await shut(connection, before.id)
            is_before = (_c.id == before.id) & (_c.version == before.version)
            if (await connection.execute(update(share_grants).where(is_before).values(row))).rowcount != 1:
                return False
            await connection.execute(delete(share_grant_users).where(_u.grant == before.id))
            await self._told(connection, after, also)
            return True

        return await self._database.transact(change)

    async def page(self, choice: GrantChoice, after: str | None, most: int) -> Sequence[Grant]:
        """The chosen ones after this id, by id."""
        asked = select(_c.id, _c.sealed).where(_chosen(choice), _c.id > ("" if after is None else after))
        return await self._read(asked.order_by(_c.id).limit(most))

    async def ending(self, since: datetime, until: datetime, most: int) -> Sequence[Grant]:
        """Those that are not revoked and end by themselves in that time, soonest first."""
        ending = _c.revoked_at.is_(None) & (_c.valid_until >= since) & (_c.valid_until < until)
        return await self._read(select(_c.id, _c.sealed).where(ending).order_by(_c.valid_until, _c.id).limit(most))

    def changes(self) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Ids of grants that are added or change from now on, by whichever replica."""
        return self._database.follow(CHANNEL)

    async def _told(self, connection: AsyncConnection, grant: Grant, also: Also | None) -> None:
        users = [
            {"grant": grant.id, "kind": kind, "code": code}
            for kind, codes in ((_BODY, grant.terms.bodies), (_APPLICATION, grant.terms.applications))
            for code in sorted(codes)
            if grant.upstream is None  # nobody uses it itself
        ]
        if users:
            await connection.execute(insert(share_grant_users), users)
        await tell(self._database, connection, CHANNEL, [grant.id])
        if also is not None:
            await also(connection)

    async def _read(self, asked: Select[Any]) -> Sequence[Grant]:
        return [self._opened(row) for row in await self._database.glance(asked, {})]

    def _opened(self, row: Any) -> Grant:  # noqa: ANN401 - a row of two columns
        return self._sealed.open(row.id.encode(), row.sealed)

    def _row(self, grant: Grant) -> dict[str, object]:
        return {
            "id": grant.id,
            "version": grant.version,
            "request": grant.request,
            "resource": grant.resource,
            "requester": grant.requester,
            "provider": grant.provider,
            "parent": grant.parent,
            "valid_from": grant.terms.valid_from,
            "valid_until": grant.terms.valid_until,
            "revoked_at": grant.revoked_at,
            "sealed": self._sealed.seal(grant.id.encode(), grant),
        }


async def _is_open(connection: AsyncConnection, parent: str) -> bool:
    """Whether the grant above is there and not revoked, and stays so until this transaction ends."""
    await enter(connection, [parent])
    found = await connection.execute(select(_c.id).where(_c.id == parent, _c.revoked_at.is_(None)))
    return found.first() is not None


def _chosen(choice: GrantChoice) -> ColumnElement[bool]:
    """Whether a row of ``share_grants`` is chosen."""
    chosen: ColumnElement[bool] = true()
    if choice.parties is not None:
        parties = sorted(choice.parties)
        chosen &= _c.requester.in_(parties) | _c.provider.in_(parties)
    for kind, code in ((_BODY, choice.body), (_APPLICATION, choice.application)):
        if code is not None:
            may = (_u.kind == kind) & _u.code.in_([code, ANY])
            chosen &= _c.id.in_(select(_u.grant).where(may))
    if choice.resource is not None:
        chosen &= _c.resource == choice.resource
    if choice.request is not None:
        chosen &= _c.request == choice.request
    if choice.parent is not None:
        chosen &= _c.parent == choice.parent
    if choice.open_at is not None:
        chosen &= _c.revoked_at.is_(None) & (_c.valid_from <= choice.open_at) & (_c.valid_until > choice.open_at)
    return chosen
