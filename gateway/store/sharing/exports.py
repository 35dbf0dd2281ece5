"""Exports of shared records in the database: each with its pages, all sealed, each step under the version before it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, func, insert, literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.files import Owner
from gateway.core.records import Also, Transaction
from gateway.core.sealing import Cipher, Place
from gateway.core.sharing.exports import GOING, After, Export, ExportPage
from gateway.store.database import Database
from gateway.store.rows import Sealed, sweep
from gateway.store.sharing.telling import tell
from gateway.store.tables.base import UtcDateTime
from gateway.store.tables.share_exports import share_export_pages, share_exports

CHANNEL: Final = "share-exports"
REMEMBERED: Final = timedelta(days=30)
"""How long an export is known after its file is gone, with the ids of its receipts."""

_SWEPT_AT_ONCE: Final = 20
"""Each may have thousands of pages."""

_c, _p = share_exports.c, share_export_pages.c
_GOING: Final = _c.state.in_(sorted(GOING))


class SqlExports:
    """An ExportStore."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._cipher = cipher
        self._sealed = Sealed(cipher, share_exports, Export)

    async def add(self, export: Export, most: int, also: Also) -> Export | None:
        """The export of this owner and key: the one that is there, or this one, with what belongs to it."""
        owners = self._owners(export.owner)
        going = select(func.count()).select_from(share_exports).where(_c.owner.in_(owners), _GOING)

        async def add(connection: AsyncConnection) -> Export | None:
            await self._database.hold(connection, share_exports.name, owners[0])
            rows = (await connection.execute(self._keyed(export.owner, export.key))).all()
            if rows:
                return self._opened(rows[0])
            if (await connection.execute(going)).scalar_one() >= most:
                return None
            keys = {"owner": owners[0], "key": self._keys(export.owner, export.key)[0]}
            await connection.execute(insert(share_exports).values(self._row(export) | keys))
            await also(connection)
            return export

        return await self._database.transact(add)

    async def find(self, export_id: str) -> Export | None:
        """The export of this id; the caller checks whose it is."""
        return next(iter(await self._read(select(_c.id, _c.sealed).where(_c.id == export_id))), None)

    async def of_key(self, owner: Owner, key: str) -> Export | None:
        """The owner's export of this idempotency key."""
        return next(iter(await self._read(self._keyed(owner, key))), None)

    async def keep(self, transaction: Transaction, before: Export, after: Export, page: ExportPage) -> bool:
        """Keep a page in a transaction of somebody else's; False, and nothing kept, if the export is not ``before``."""
        assert isinstance(transaction, AsyncConnection), "a transaction of this database"
        assert page.records is not None, "a page is kept with its records"
        if not await self._move(transaction, before, after):
            return False
        row = {
            "export": after.id,
            "number": page.number,
            "receipt": page.receipt,
            "given": page.given,
            "sealed": self._cipher.seal(page.records, _place(after.id, page.number)),
        }
        await transaction.execute(insert(share_export_pages).values(row))
        return True

    async def change(self, before: Export, after: Export, also: Also | None = None) -> bool:
        """Keep the next version, and announce it; the records of all pages are deleted with it if it ends."""

        async def change(connection: AsyncConnection) -> bool:
            if not await self._move(connection, before, after):
                return False
            if after.state not in GOING:
                await connection.execute(update(share_export_pages).where(_p.export == after.id).values(sealed=None))
            await tell(self._database, connection, CHANNEL, [after.id])
            if also is not None:
                await also(connection)
            return True

        return await self._database.transact(change)

    async def page_of(self, export_id: str, number: int) -> ExportPage | None:
        """A page."""
        asked = select(share_export_pages).where(_p.export == export_id, _p.number == number)
        rows = await self._database.glance(asked, {})
        if not rows:
            return None
        (row,) = rows
        sealed = None if row.sealed is None else self._cipher.open(row.sealed, _place(export_id, number))
        return ExportPage(number=number, receipt=row.receipt, given=row.given, records=sealed)

    async def receipts(self, export_id: str, after: int, most: int) -> Sequence[str]:
        """The ids of the receipts of ``most`` pages after this number, in order."""
        asked = select(_p.receipt).where(_p.export == export_id, _p.number > after).order_by(_p.number).limit(most)
        return [row.receipt for row in await self._database.glance(asked, {})]

    async def page(self, owner: Owner, after: After | None, most: int) -> Sequence[Export]:
        """The owner's exports after this one, newest first."""
        asked = select(_c.id, _c.sealed).where(_c.owner.in_(self._owners(owner)))
        if after is not None:
            last = tuple_(literal(after[0], UtcDateTime), literal(after[1], Text))
            asked = asked.where(tuple_(_c.asked_at, _c.id) < last)
        return await self._read(asked.order_by(_c.asked_at.desc(), _c.id.desc()).limit(most))

    def changes(self) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Ids of exports that change from now on but for their pages, separated by spaces."""
        return self._database.follow(CHANNEL)

    async def sweep(self, at: datetime, most: int) -> int:
        """Remove what was over for REMEMBERED at that moment, ``most`` at the most; how many."""
        return await sweep(self._database, share_exports, _c.expires_at <= at - REMEMBERED, min(most, _SWEPT_AT_ONCE))

    async def _move(self, connection: AsyncConnection, before: Export, after: Export) -> bool:
        """Whether the next version took the place of the one before."""
        is_before: ColumnElement[bool] = (_c.id == before.id) & (_c.version == before.version)
        moved = update(share_exports).where(is_before).values(self._row(after))
        return (await connection.execute(moved)).rowcount == 1

    def _keyed(self, owner: Owner, key: str) -> Any:  # noqa: ANN401 - a Select of two columns
        mine = _c.owner.in_(self._owners(owner)) & _c.key.in_(self._keys(owner, key))
        return select(_c.id, _c.sealed).where(mine)

    async def _read(self, asked: Any) -> Sequence[Export]:  # noqa: ANN401 - likewise
        return [self._opened(row) for row in await self._database.glance(asked, {})]

    def _opened(self, row: Any) -> Export:  # noqa: ANN401 - a row of two columns
        return self._sealed.open(row.id.encode(), row.sealed)

    def _row(self, export: Export) -> dict[str, object]:
        return {
            "id": export.id,
            "state": export.state.value,
            "version": export.version,
            "asked_at": export.asked_at,
            "expires_at": export.expires_at,
            "sealed": self._sealed.seal(export.id.encode(), export),
        }

    def _owners(self, owner: Owner) -> tuple[bytes, ...]:
        return self._cipher.blinds("share export", owner.application, owner.subject)

    def _keys(self, owner: Owner, key: str) -> tuple[bytes, ...]:
        return self._cipher.blinds("share export key", owner.application, owner.subject, key)


def _place(export_id: str, number: int) -> Place:
    return Place(share_export_pages.name, f"{export_id}\n{number}".encode(), "sealed")
