"""Mandates in the database."""

from datetime import datetime

import msgspec
from sqlalchemy import Row, or_, select, update

from gateway.core.licence import Holder
from gateway.core.mandate import Mandate
from gateway.core.records import Also
from gateway.core.sealing import Cipher
from gateway.store.database import Database
from gateway.store.rows import Sealed, add_within, digest, sweep
from gateway.store.tables.records import mandates


class _Personal(msgspec.Struct, frozen=True, array_like=True):
    """What of a mandate is sealed."""

    principal: Holder
    agent: Holder
    items: frozenset[str]
    types: frozenset[str] | None


class SqlMandates:
    """A MandateStore."""

    def __init__(self, db: Database, cipher: Cipher) -> None:
        self._db = db
        self._cipher = cipher
        self._sealed = Sealed(cipher, mandates, _Personal)

    async def add(self, mandate: Mandate, most: int, also: Also | None = None) -> bool:
        """Keep a new mandate; False, and nothing kept, if its principal already has ``most`` that are open."""
        owners = self._cipher.blinds("mandate", mandate.principal.type or "", mandate.principal.number or "")
        key = digest(mandate.id)
        row = {
            "digest": key,
            "owner": owners[0],
            "recorded_at": mandate.recorded_at,
            "expires_at": mandate.expires_at,
            "revoked_at": mandate.revoked_at,
            "sealed": self._sealed.seal(key, _Personal(mandate.principal, mandate.agent, mandate.items, mandate.types)),
        }
        at, columns = mandate.recorded_at, mandates.c
        is_open = (columns.expires_at > at) & or_(columns.revoked_at.is_(None), columns.revoked_at > at)
        return await add_within(self._db, mandates, row, columns.owner.in_(owners) & is_open, most, also)

    async def find(self, mandate_id: str) -> Mandate | None:
        """The mandate of this id."""
        async with self._db.reading() as connection:
            asked = select(mandates).where(mandates.c.digest == digest(mandate_id))
            row = (await connection.execute(asked)).one_or_none()
        return None if row is None else self._opened(mandate_id, row)

    async def revoke(self, mandate_id: str, at: datetime, also: Also | None = None) -> Mandate | None:
        """The mandate, revoked at that moment or earlier; None if there is none."""
        mine = mandates.c.digest == digest(mandate_id)
        change = update(mandates).where(mine & mandates.c.revoked_at.is_(None)).values(revoked_at=at)
        async with self._db.writing() as connection:
            if (await connection.execute(change)).rowcount and also is not None:
                await also(connection)
            row = (await connection.execute(select(mandates).where(mine))).one_or_none()
        return None if row is None else self._opened(mandate_id, row)

    async def sweep(self, at: datetime, most: int) -> int:
        """Remove what was over at that moment, ``most`` rows at the most; how many."""
        return await sweep(self._db, mandates, mandates.c.expires_at <= at, most)

    def _opened(self, mandate_id: str, row: Row[tuple[object, ...]]) -> Mandate:
        personal = self._sealed.open(row.digest, row.sealed)
        return Mandate(
            id=mandate_id,
            principal=personal.principal,
            agent=personal.agent,
            items=personal.items,
            types=personal.types,
            recorded_at=row.recorded_at,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
        )
