"""Open uses in the database."""

from datetime import datetime

import msgspec
from sqlalchemy import bindparam, or_, select, update

from gateway.core.licence import Holder, LicenceKey
from gateway.core.records import Also
from gateway.core.sealing import Cipher
from gateway.core.use import Use, UseBasis
from gateway.store.database import Database
from gateway.store.rows import Sealed, add_within, digest, sweep
from gateway.store.tables.records import uses


class _Personal(msgspec.Struct, frozen=True, omit_defaults=True, array_like=True):
    """What of a use is sealed."""

    owner_application: str
    owner_subject: str
    case: str | None
    application: str | None
    mandate: str | None
    note: str | None
    reaches: Holder | None
    types: frozenset[str] | None
    licence: LicenceKey | None


_FIND = select(uses.c.basis, uses.c.item, uses.c.expires_at, uses.c.proven_at, uses.c.sealed).where(
    uses.c.digest == bindparam("digest")
)


class SqlUses:
    """A UseStore."""

    def __init__(self, db: Database, cipher: Cipher) -> None:
        self._db = db
        self._cipher = cipher
        self._sealed = Sealed(cipher, uses, _Personal)

    async def add(self, use: Use, at: datetime, most: int, also: Also | None = None) -> bool:
        """Keep a new use; False, and nothing kept, if its application and person already have ``most`` open ones."""
        owners = self._cipher.blinds("use", use.owner_application, use.owner_subject)
        key = digest(use.id)
        personal = _Personal(*(getattr(use, name) for name in _Personal.__struct_fields__))
        row = {
            "digest": key,
            "owner": owners[0],
            "basis": use.basis.value,
            "item": use.item,
            "expires_at": use.expires_at,
            "proven_at": use.proven_at,
            "sealed": self._sealed.seal(key, personal),
        }
        counted = uses.c.owner.in_(owners) & (uses.c.expires_at > at)
        return await add_within(self._db, uses, row, counted, most, also)

    async def find(self, use_id: str) -> Use | None:
        """The use of this id, or None; the caller checks owner and expiry."""
        key = digest(use_id)
        rows = await self._db.glance(_FIND, {"digest": key})
        if not rows:
            return None
        row = rows[0]
        personal = self._sealed.open(key, row.sealed)
        return Use(
            id=use_id,
            item=row.item,
            basis=UseBasis(row.basis),
            expires_at=row.expires_at,
            proven_at=row.proven_at,
            **{name: getattr(personal, name) for name in _Personal.__struct_fields__},
        )

    async def prove(self, use_id: str, at: datetime) -> None:
        """Remember that its case was found open at that moment, unless a later one is known."""
        older = or_(uses.c.proven_at.is_(None), uses.c.proven_at < at)
        async with self._db.writing() as connection:
            await connection.execute(update(uses).where((uses.c.digest == digest(use_id)) & older).values(proven_at=at))

    async def sweep(self, at: datetime, most: int) -> int:
        """Remove what was over at that moment, ``most`` rows at the most; how many."""
        return await sweep(self._db, uses, uses.c.expires_at <= at, most)
