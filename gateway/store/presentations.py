"""Presented licences in the database."""

from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, Row, or_, select, update

from gateway.core.licence import Holder, LicenceKey
from gateway.core.presentation import Presentation, Reader
from gateway.core.records import Also
from gateway.core.sealing import Cipher
from gateway.store.database import Database
from gateway.store.rows import Sealed, add_within, digest, sweep
from gateway.store.tables.records import presentations


class _Personal(msgspec.Struct, frozen=True, array_like=True):
    """What of a presentation is sealed."""

    holder: Holder
    licence: LicenceKey


class SqlPresentations:
    """A PresentationStore."""

    def __init__(self, db: Database, cipher: Cipher) -> None:
        self._db = db
        self._cipher = cipher
        self._sealed = Sealed(cipher, presentations, _Personal)

    async def add(self, presentation: Presentation, at: datetime, most: int, also: Also | None = None) -> bool:
        """Keep a presentation; False, and nothing kept, if its holder already has ``most`` live codes."""
        holder = presentation.holder
        owners = self._cipher.blinds("presentation", holder.type or "", holder.number or "")
        key = digest(presentation.code)
        row = {
            "digest": key,
            "owner": owners[0],
            "item": presentation.item,
            "expires_at": presentation.expires_at,
            "sealed": self._sealed.seal(key, _Personal(holder, presentation.licence)),
        }
        counted = presentations.c.owner.in_(owners) & (presentations.c.expires_at > at)
        return await add_within(self._db, presentations, row, counted, most, also)

    async def find(self, code: str, reader: Reader, at: datetime) -> Presentation | None:
        """The presentation of this code if this reader can still read it: it lives, and nobody else read it first."""
        async with self._db.reading() as connection:
            asked = select(presentations).where(self._readable(code, reader, at))
            row = (await connection.execute(asked)).one_or_none()
        return None if row is None else self._opened(code, row)

    async def claim(self, code: str, reader: Reader, at: datetime, also: Also | None = None) -> Presentation | None:
        """Likewise, and from now on the code is this reader's alone; ``also`` runs for the first reading only."""
        unread = (presentations.c.digest == digest(code)) & presentations.c.reader.is_(None)
        change = update(presentations).where(unread & (presentations.c.expires_at > at))
        async with self._db.writing() as connection:
            first = (await connection.execute(change.values(reader=self._cipher.blind("reader", *reader)))).rowcount
            if first and also is not None:
                await also(connection)
            asked = select(presentations).where(self._readable(code, reader, at))
            row = (await connection.execute(asked)).one_or_none()
        return None if row is None else self._opened(code, row)

    async def sweep(self, at: datetime, most: int) -> int:
        """Remove what was over at that moment, ``most`` rows at the most; how many."""
        return await sweep(self._db, presentations, presentations.c.expires_at <= at, most)

    def _readable(self, code: str, reader: Reader, at: datetime) -> ColumnElement[bool]:
        columns = presentations.c
        mine = or_(columns.reader.is_(None), columns.reader.in_(self._cipher.blinds("reader", *reader)))
        return (columns.digest == digest(code)) & (columns.expires_at > at) & mine

    def _opened(self, code: str, row: Row[tuple[object, ...]]) -> Presentation:
        personal = self._sealed.open(row.digest, row.sealed)
        return Presentation(
            code=code,
            item=row.item,
            holder=personal.holder,
            licence=personal.licence,
            expires_at=row.expires_at,
        )
