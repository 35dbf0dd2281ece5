"""The seal register in the database: every version stays, and each change is told to all replicas with its commit."""

import hashlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, bindparam, delete, false, func, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.clock import Clock
from gateway.core.errors import StoreConflict
from gateway.core.policy.rules import ANY
from gateway.core.records import Also
from gateway.core.sealing import Cipher
from gateway.core.seals.register import (
    Authorisation,
    Ownership,
    RegisteredSeal,
    Route,
    SealChoice,
    SealState,
    is_seal_id,
)
from gateway.store.database import Database
from gateway.store.rows import Sealed
from gateway.store.tables.seals import seal_bodies, seal_materials, seal_versions, seals

CHANNEL: Final = "seals"
_FIRST: Final = 1
_KEPT_BYTES: Final = 32 * 1024 * 1024


class _Material(msgspec.Struct, frozen=True, array_like=True):
    """What is long, and changes with a renewal only."""

    structure: bytes
    certificates: tuple[bytes, ...]

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(msgspec.msgpack.encode(self)).digest()

    @property
    def size(self) -> int:
        return len(self.structure) + sum(map(len, self.certificates))


class _Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is sealed of one version; ``material`` is the digest of what it is made of."""

    number: str
    name: str
    material: bytes
    route: Route
    owners: tuple[Ownership, ...]
    authorisations: tuple[Authorisation, ...]
    valid_from: datetime
    valid_until: datetime
    state: SealState = SealState.ACTIVE
    reason: str | None = None
    two_person: bool = False
    state_since: datetime | None = None
    state_by: str | None = None


_SAME: Final = tuple(name for name in _Entry.__struct_fields__ if name != "material")
_FIND: Final = (
    select(seal_versions.c.seal, seal_versions.c.version, seal_versions.c.sealed)
    .join(seals, (seals.c.id == seal_versions.c.seal) & (seals.c.version == seal_versions.c.version))
    .where(seals.c.id == bindparam("seal"))
)
_FIND_VERSION: Final = select(seal_versions.c.seal, seal_versions.c.version, seal_versions.c.sealed).where(
    (seal_versions.c.seal == bindparam("seal")) & (seal_versions.c.version == bindparam("version"))
)
_FIND_MATERIAL: Final = select(seal_materials.c.sealed).where(
    (seal_materials.c.seal == bindparam("seal")) & (seal_materials.c.digest == bindparam("digest"))
)


class SqlSealRegister:
    """A SealRegister.

    What a seal is made of is kept in memory by its digest, which never means anything else; the entry itself is read
    each time, so that a freeze holds at once wherever it was made.
    """

    def __init__(self, database: Database, cipher: Cipher, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._entries = Sealed(cipher, seal_versions, _Entry)
        self._materials = Sealed(cipher, seal_materials, _Material)
        self._kept = _Kept(_KEPT_BYTES)

    async def find(self, seal_id: str) -> RegisteredSeal | None:
        """The seal of this id as it is at this moment, whichever replica changed it last."""
        rows = await self._database.glance(_FIND, {"seal": seal_id}) if is_seal_id(seal_id) else ()
        return await self._seal(rows[0]) if rows else None

    async def find_version(self, seal_id: str, version: int) -> RegisteredSeal | None:
        """The seal of this id as it was in that version."""
        asked = {"seal": seal_id, "version": version}
        rows = await self._database.glance(_FIND_VERSION, asked) if is_seal_id(seal_id) else ()
        return await self._seal(rows[0]) if rows else None

    async def page(self, choice: SealChoice, after: str | None, most: int) -> Sequence[RegisteredSeal]:
        """The chosen seals in order of id, after this one."""
        columns = seal_versions.c
        asked = (
            select(columns.seal, columns.version, columns.sealed)
            .join(seals, (seals.c.id == columns.seal) & (seals.c.version == columns.version))
            .where(_chosen(choice))
            .where(seals.c.id > ("" if after is None else after))
            .order_by(seals.c.id)
            .limit(most)
        )
        return [await self._seal(row) for row in await self._database.glance(asked, {})]

    async def count(self, choice: SealChoice) -> int:
        """How many are chosen."""
        asked = select(func.count()).select_from(seals).where(_chosen(choice))
        rows = await self._database.glance(asked, {})
        return int(rows[0][0])

    async def ending(self, since: datetime, until: datetime, most: int) -> Sequence[tuple[str, datetime]]:
        """Ids of seals whose validity ends in between, with that end, the nearest first; revoked ones are left out."""
        near = (seals.c.ends_at >= since) & (seals.c.ends_at <= until)
        asked = select(seals.c.id, seals.c.ends_at).where(near).order_by(seals.c.ends_at, seals.c.id).limit(most)
        return [(row.id, row.ends_at) for row in await self._database.glance(asked, {})]

    async def put(self, seal: RegisteredSeal, also: Also | None = None) -> bool:
        """Keep version 1 of a new seal, or the next one, and announce it; False otherwise."""
        try:
            async with self._database.writing() as connection:
                if not await self._written(connection, seal):
                    return False
                await self._database.announce(connection, CHANNEL, seal.id)
                if also is not None:
                    await also(connection)
        except StoreConflict:  # another seal has its number, or another replica was first
            return False
        return True

    def changes(self) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Ids of seals that are put from now on, by whichever replica."""
        return self._database.follow(CHANNEL)

    async def _written(self, connection: AsyncConnection, seal: RegisteredSeal) -> bool:
        ends_at = None if seal.state is SealState.REVOKED else seal.valid_until
        head = {"id": seal.id, "number": seal.number, "version": seal.version, "ends_at": ends_at}
        if seal.version == _FIRST:
            await connection.execute(insert(seals).values(head))
        else:
            is_before = (seals.c.id == seal.id) & (seals.c.version == seal.version - 1)
            if (await connection.execute(update(seals).where(is_before).values(head))).rowcount != 1:
                return False
        now = self._clock.now()
        material = _Material(seal.structure, seal.certificates)
        await self._keep_material(connection, seal.id, material)
        entry = _Entry(material=material.digest, **{name: getattr(seal, name) for name in _SAME})
        sealed = self._entries.seal(_entry_row(seal.id, seal.version), entry)
        version = {"seal": seal.id, "version": seal.version, "changed_at": now, "sealed": sealed}
        await connection.execute(insert(seal_versions).values(version))
        await connection.execute(delete(seal_bodies).where(seal_bodies.c.seal == seal.id))
        bodies = [{"seal": seal.id, "body": body, "owns": owns} for body, owns in _bodies(seal, now)]
        await connection.execute(insert(seal_bodies), bodies)
        return True

    async def _keep_material(self, connection: AsyncConnection, seal_id: str, material: _Material) -> None:
        digest = material.digest
        if (await connection.execute(_FIND_MATERIAL, {"seal": seal_id, "digest": digest})).first() is None:
            sealed = self._materials.seal(_material_row(seal_id, digest), material)
            row = {"seal": seal_id, "digest": digest, "sealed": sealed}
            await connection.execute(insert(seal_materials).values(row))

    async def _seal(self, row: Any) -> RegisteredSeal:  # noqa: ANN401 - a row of three columns
        entry = self._entries.open(_entry_row(row.seal, row.version), row.sealed)
        material = self._kept.find(entry.material)
        if material is None:
            found = await self._database.glance(_FIND_MATERIAL, {"seal": row.seal, "digest": entry.material})
            material = self._materials.open(_material_row(row.seal, entry.material), found[0].sealed)
            self._kept.keep(entry.material, material)
        return RegisteredSeal(
            id=row.seal,
            version=row.version,
            structure=material.structure,
            certificates=material.certificates,
            **{name: getattr(entry, name) for name in _SAME},
        )


class _Kept:
    """The materials that were used last, by digest."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._bytes = 0
        self._materials: OrderedDict[bytes, _Material] = OrderedDict()

    def find(self, digest: bytes) -> _Material | None:
        material = self._materials.get(digest)
        if material is not None:
            self._materials.move_to_end(digest)
        return material

    def keep(self, digest: bytes, material: _Material) -> None:
        if digest not in self._materials:
            self._materials[digest] = material
            self._bytes += material.size
        while self._bytes > self._most:
            self._bytes -= self._materials.popitem(last=False)[1].size


def _entry_row(seal_id: str, version: int) -> bytes:
    return f"{seal_id}/{version}".encode()


def _material_row(seal_id: str, digest: bytes) -> bytes:
    return seal_id.encode() + b"/" + digest


def _bodies(seal: RegisteredSeal, at: datetime) -> Iterator[tuple[str, bool]]:
    """The bodies that the seal concerns, the owner first; authorisations that begin later are there already."""
    owner = seal.owners[-1].body
    open_ones = (one for one in seal.authorisations if not one.is_over(at))
    yield owner, True
    yield from ((body, False) for body in sorted(frozenset().union(*(one.bodies for one in open_ones)) - {owner}))


def _chosen(choice: SealChoice) -> ColumnElement[bool]:
    """Whether a row of ``seals`` is chosen."""
    chosen: ColumnElement[bool] = true()
    if choice.owners is not None:
        chosen &= _concerned(seal_bodies.c.owns & seal_bodies.c.body.in_(choice.owners))
    if choice.seen_by is not None:
        chosen &= _concerned(seal_bodies.c.body.in_(choice.seen_by | {ANY})) if choice.seen_by else false()
    return chosen


def _concerned(which: ColumnElement[bool]) -> ColumnElement[bool]:
    return seals.c.id.in_(select(seal_bodies.c.seal).where(which))
