"""Files in the database: sealed chunks of a mebibyte, so every replica has them and none holds more than one in memory.

A sending is fenced: each chunk is added in a transaction of its own, which also finds out whether the sending is still
the last one that began. So a retry takes over from one that hangs, and their bytes are never mixed.
"""

import secrets
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, Row, bindparam, case, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.errors import StoreUnavailable
from gateway.core.files import CHUNK_BYTES, File, Owner, Purpose, Quota
from gateway.core.records import Also, Transaction
from gateway.core.sealing import Cipher, Place
from gateway.store.database import Database
from gateway.store.rows import Sealed, digest, sweep
from gateway.store.tables.files import file_chunks, files

_READABLE = timedelta(hours=1)
"""How long the bytes outlive their file, for downloads that have begun."""
_SENDING_BYTES = 16
_SWEPT_AT_ONCE = 50
"""Each may be hundreds of rows of a mebibyte, and others want to write."""
_IN_A_STATEMENT = 500
COUNTED = timedelta(hours=1)
"""Uploads and tickets have no longer to live; what has is held for something that bounds it itself."""
_c = files.c


class _Personal(msgspec.Struct, frozen=True, array_like=True):
    """What of a file is sealed."""

    owner: Owner
    name: str
    media_type: str
    sha256: str | None


class SqlFiles:
    """A FileStore."""

    def __init__(self, db: Database, cipher: Cipher) -> None:
        self._db = db
        self._cipher = cipher
        self._sealed = Sealed(cipher, files, _Personal)

    async def declare(self, file: File, quota: Quota, at: datetime, also: Also | None = None) -> bool:
        """Keep a declaration; False, and nothing kept, if its owner's live files would be over the quota."""
        return await self._add(file, self._row(file), quota, at, also)

    async def lend(self, file: File, ticket: File, quota: Quota, also: Also | None = None) -> bool:
        """Keep a ticket by which the bytes of a complete file are read as long as both live; False over the quota."""
        row = self._row(ticket) | {"complete": True, "source": digest(file.id)}
        return await self._add(msgspec.structs.replace(ticket, bytes=0), row, quota, ticket.created_at, also)

    async def _add(self, file: File, row: dict[str, object], quota: Quota, at: datetime, also: Also | None) -> bool:
        owners = self._owners(file.owner)
        size = func.coalesce(func.sum(case((_c.source.is_(None), _c.bytes), else_=0)), 0)
        lives = (_c.expires_at > at) & (_c.expires_at <= at + COUNTED)
        counted = _c.purpose.in_((Purpose.UPLOAD.value, Purpose.TICKET.value)) & lives
        live = select(func.count(), size).where(_c.owner.in_(owners) & counted)

        async def add(connection: AsyncConnection) -> bool:
            await self._db.hold(connection, files.name, owners[0])
            count, size = (await connection.execute(live)).one()
            if count >= quota.files or int(size) + file.bytes > quota.bytes:
                return False
            await connection.execute(insert(files).values(row))
            if also is not None:
                await also(connection)
            return True

        return await self._db.transact(add)

    async def find(self, file_id: str, purpose: Purpose, owner: Owner, at: datetime) -> File | None:
        """The owner's file of this id, unless it is over."""
        mine = (_c.digest == digest(file_id)) & _c.owner.in_(self._owners(owner))
        asked = select(files).where(mine & (_c.purpose == purpose.value) & (_c.expires_at > at))
        async with self._db.reading() as connection:
            row = (await connection.execute(asked)).one_or_none()
        return None if row is None else self._opened(file_id, row)

    async def find_all(
        self, file_ids: Sequence[str], purpose: Purpose, owner: Owner, at: datetime
    ) -> Mapping[str, File]:
        """The owner's files of these ids, unless they are over, by id."""
        keys = {digest(file_id): file_id for file_id in file_ids}
        mine = _c.owner.in_(self._owners(owner)) & (_c.purpose == purpose.value) & (_c.expires_at > at)
        found: dict[str, File] = {}
        async with self._db.reading() as connection:
            for some in _in_groups(list(keys)):
                rows = await connection.execute(select(files).where(_c.digest.in_(some) & mine))
                found |= {keys[row.digest]: self._opened(keys[row.digest], row) for row in rows}
        return found

    def holding(self, file_ids: Sequence[str], until: datetime) -> Also:
        """Have files live until then at the least, with what they are needed for."""

        async def also(transaction: Transaction) -> None:
            connection = _connection(transaction)
            for some in _in_groups(sorted({digest(file_id) for file_id in file_ids})):
                shorter = _c.digest.in_(some) & (_c.expires_at < until)
                await connection.execute(update(files).where(shorter).values(expires_at=until))

        return also

    def keeping(self, file: File, content: bytes) -> Also:
        """Keep a complete file of one chunk at the most, with what it belongs to; no quota is asked."""

        async def also(transaction: Transaction) -> None:
            await self.keep_all(transaction, [(file, content)])

        return also

    async def keep_all(self, transaction: Transaction, small: Sequence[tuple[File, bytes]]) -> None:
        """Keep many such files in a transaction of somebody else's, in the time of one."""
        rows: list[dict[str, object]] = []
        chunks: list[dict[str, object]] = []
        for file, content in small:
            key, sending = digest(file.id), secrets.token_bytes(_SENDING_BYTES)
            rows.append(self._row(file) | {"complete": True, "chunks": 1, "sending": sending})
            sealed = self._cipher.seal(content, _place(key, sending, 0))
            chunks.append({"file": key, "number": 0, "sealed": sealed})
        connection = _connection(transaction)
        await connection.execute(insert(files), rows)
        await connection.execute(insert(file_chunks), chunks)

    async def load(self, owners: Mapping[str, Owner], purpose: Purpose, at: datetime) -> Mapping[str, bytes]:
        """The bytes of those files that are their owners', complete and of one chunk at the most, by id."""
        ids = {digest(file_id): file_id for file_id in owners}
        blinds = {owner: self._owners(owner) for owner in set(owners.values())}
        whole = _c.complete & (_c.bytes <= CHUNK_BYTES) & (_c.purpose == purpose.value) & (_c.expires_at > at)
        asked = select(_c.digest, _c.owner, _c.sending, file_chunks.c.sealed).join(file_chunks)
        asked = asked.where(_c.digest.in_(sorted(ids)) & whole & (file_chunks.c.number == 0))
        rows = await self._db.glance(asked, {})
        return {
            ids[row.digest]: self._cipher.open(row.sealed, _place(row.digest, row.sending, 0))
            for row in rows
            if row.owner in blinds[owners[ids[row.digest]]]
        }

    async def begin(self, file_id: str) -> bytes | None:
        """A new sending, which ends any other and what has come of it; None if the file is complete or gone."""
        key, sending = digest(file_id), secrets.token_bytes(_SENDING_BYTES)
        take = update(files).where((_c.digest == key) & ~_c.complete).values(sending=sending, chunks=0)

        async def begin(connection: AsyncConnection) -> bytes | None:
            if not (await connection.execute(take)).rowcount:
                return None
            await connection.execute(delete(file_chunks).where(file_chunks.c.file == key))
            return sending

        return await self._db.transact(begin)

    async def append(self, file_id: str, sending: bytes, number: int, chunk: bytes) -> bool:
        """Keep the next chunk, counted from 0; False if another sending has taken over."""
        key = digest(file_id)
        sealed = self._cipher.seal(chunk, _place(key, sending, number))
        count = update(files).where(_sent(key, sending) & (_c.chunks == number)).values(chunks=number + 1)

        async def append(connection: AsyncConnection) -> bool:
            if not (await connection.execute(count)).rowcount:
                return False
            await connection.execute(insert(file_chunks).values(file=key, number=number, sealed=sealed))
            return True

        return await self._db.transact(append)

    async def complete(
        self, file_id: str, sending: bytes, size: int, sha256: str, also: Also | None = None, media_type: str = ""
    ) -> bool:
        """Show the file, of this size, digest and, if one is told, type; False if another sending has taken over."""
        key = digest(file_id)
        chunks = -(-size // CHUNK_BYTES)

        async def complete(connection: AsyncConnection) -> bool:
            asked = select(files).where(_sent(key, sending) & (_c.chunks == chunks)).with_for_update()
            row = (await connection.execute(asked)).one_or_none()
            if row is None:
                return False
            declared = self._opened(file_id, row)
            told = msgspec.structs.replace(declared, media_type=media_type or declared.media_type)
            sealed = self._seal(key, told, sha256)
            shown = update(files).where(_c.digest == key).values(complete=True, bytes=size, sealed=sealed)
            await connection.execute(shown)
            if also is not None:
                await also(connection)
            return True

        return await self._db.transact(complete)

    async def abandon(self, file_id: str, sending: bytes) -> None:
        """Forget what has come of a sending, unless another has taken over."""
        key = digest(file_id)
        end = update(files).where(_sent(key, sending)).values(sending=None, chunks=0)

        async def abandon(connection: AsyncConnection) -> None:
            if (await connection.execute(end)).rowcount:
                await connection.execute(delete(file_chunks).where(file_chunks.c.file == key))

        await self._db.transact(abandon)

    async def read(self, file: File, first: int, last: int) -> AsyncIterator[bytes]:
        """The bytes from ``first`` to ``last``, both counted from 0 and given; the file is complete."""
        key, sending = await self._stored(digest(file.id))
        for number in range(first // CHUNK_BYTES, last // CHUNK_BYTES + 1):
            asked = select(file_chunks.c.sealed).where((file_chunks.c.file == key) & (file_chunks.c.number == number))
            async with self._db.reading() as connection:  # none is held while its reader is slow
                sealed = await connection.scalar(asked)
            if sending is None or sealed is None:
                raise StoreUnavailable("a file was swept away while it was read")
            begin = number * CHUNK_BYTES
            chunk = self._cipher.open(sealed, _place(key, sending, number))
            yield chunk[max(0, first - begin) : last - begin + 1]

    async def _stored(self, key: bytes) -> tuple[bytes, bytes | None]:
        """Under which key the bytes of a file stand, and which sending they came with."""
        asked = select(_c.sending, _c.source).where((_c.digest == bindparam("key")) & _c.complete)
        async with self._db.reading() as connection:
            row = (await connection.execute(asked, {"key": key})).one_or_none()
            if row is not None and row.source is not None:
                key = row.source
                row = (await connection.execute(asked, {"key": key})).one_or_none()
        return key, None if row is None else row.sending

    def _row(self, file: File) -> dict[str, object]:
        key = digest(file.id)
        return {
            "digest": key,
            "purpose": file.purpose.value,
            "owner": self._owners(file.owner)[0],
            "bytes": file.bytes,
            "created_at": file.created_at,
            "expires_at": file.expires_at,
            "chunks": 0,
            "complete": False,
            "sealed": self._seal(key, file, file.sha256),
        }

    async def sweep(self, at: datetime, most: int) -> int:
        """Remove what was over for an hour at that moment, ``most`` files at the most; how many."""
        return await sweep(self._db, files, _c.expires_at <= at - _READABLE, min(most, _SWEPT_AT_ONCE))

    def _owners(self, owner: Owner) -> tuple[bytes, ...]:
        return self._cipher.blinds("file", owner.application, owner.subject)

    def _seal(self, key: bytes, file: File, sha256: str | None) -> bytes:
        return self._sealed.seal(key, _Personal(file.owner, file.name, file.media_type, sha256))

    def _opened(self, file_id: str, row: Row[tuple[object, ...]]) -> File:
        personal = self._sealed.open(row.digest, row.sealed)
        return File(
            id=file_id,
            purpose=Purpose(row.purpose),
            owner=personal.owner,
            name=personal.name,
            media_type=personal.media_type,
            bytes=row.bytes,
            sha256=personal.sha256,
            created_at=row.created_at,
            expires_at=row.expires_at,
            is_complete=row.complete,
        )


def _in_groups(keys: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for begin in range(0, len(keys), _IN_A_STATEMENT):
        yield keys[begin : begin + _IN_A_STATEMENT]


def _connection(transaction: Transaction) -> AsyncConnection:
    assert isinstance(transaction, AsyncConnection), "a transaction of this database"
    return transaction


def _sent(key: bytes, sending: bytes) -> ColumnElement[bool]:
    return (_c.digest == key) & (_c.sending == sending) & ~_c.complete


def _place(key: bytes, sending: bytes, number: int) -> Place:
    return Place(file_chunks.name, key + sending + number.to_bytes(4), "sealed")
