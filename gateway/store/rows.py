"""What the stores of records have in common: digests, sealed columns, limits per owner, sweeping."""

import hashlib
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Table, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.records import Also
from gateway.core.sealing import Cipher, Place
from gateway.store.database import Database

T = TypeVar("T")
_encoder = msgspec.msgpack.Encoder()


def digest(key: str) -> bytes:
    """What is kept of a key that is its bearer's alone: enough to know it again, not to use it."""
    return hashlib.sha256(key.encode()).digest()


class Sealed(Generic[T]):
    """The one sealed column of a table, and the struct whose fields stand in it."""

    def __init__(self, cipher: Cipher, table: Table, shape: type[T]) -> None:
        self._cipher = cipher
        self._table = table.name
        self._decoder = msgspec.msgpack.Decoder(shape)

    def seal(self, row: bytes, value: T) -> bytes:
        """The column's bytes for this row."""
        return self._cipher.seal(_encoder.encode(value), Place(self._table, row, "sealed"))

    def open(self, row: bytes, sealed: bytes) -> T:
        """The struct; raises PayloadUnreadable."""
        return self._decoder.decode(self._cipher.open(sealed, Place(self._table, row, "sealed")))


async def add_within(
    db: Database, table: Table, row: dict[str, Any], counted: ColumnElement[bool], most: int, also: Also | None
) -> bool:
    """Insert a row unless its owner has ``most`` of those that are ``counted``; exactly, whoever adds meanwhile."""

    async def add(connection: AsyncConnection) -> bool:
        await db.hold(connection, table.name, row["owner"])
        found = await connection.execute(select(func.count()).select_from(table).where(counted))
        if found.scalar_one() >= most:
            return False
        await connection.execute(insert(table).values(row))
        if also is not None:
            await also(connection)
        return True

    return await db.transact(add)


async def sweep(db: Database, table: Table, over: ColumnElement[bool], most: int) -> int:
    """Delete ``most`` rows that are over, and none that another replica is deleting."""
    (key,) = table.primary_key.columns
    chosen = select(key).where(over).limit(most).with_for_update(skip_locked=True)

    async def remove(connection: AsyncConnection) -> int:
        return (await connection.execute(delete(table).where(key.in_(chosen)))).rowcount

    return await db.transact(remove)
