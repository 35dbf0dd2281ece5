"""The catalogue in the database: every version of every resource, and an index by which its words are found."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, bindparam, delete, exists, func, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.clock import Clock
from gateway.core.errors import StoreConflict
from gateway.core.records import Also
from gateway.core.sharing.catalogue import ResourceChoice, ResourceVersion
from gateway.core.sharing.resources import Resource, SharingType
from gateway.store.database import Database
from gateway.store.sharing.gate import shut_resources
from gateway.store.sharing.telling import tell
from gateway.store.sharing.words import joined, looked_up, pairs, wanted
from gateway.store.tables.sharing import (
    share_relations,
    share_resource_grams,
    share_resource_versions,
    share_resources,
)

CHANNEL: Final = "share-resources"
_AT_ONCE: Final = 400
"""Codes in one statement."""

_FIRST: Final = 1
_ABSTRACT: Final = 500
"""Characters of an abstract in which words are found."""

_SERVICE: Final = '"service":{'
"""How the document of a resource spells that something serves it; within its texts, quotes are escaped."""

_c, _v, _g = share_resources.c, share_resource_versions.c, share_resource_grams.c
_s = share_resource_versions.alias().c
_NOW: Final = select(_v.document).join(share_resources, (_c.code == _v.code) & (_c.version == _v.version))
_FIND: Final = _NOW.where(_c.code == bindparam("code"))
_ADVANCE: Final = (
    update(share_resources)
    .where(_c.code == bindparam("code_"))
    .values({name: bindparam(name) for name in ("version", "provider", "title", "sharing", "authority", "words")})
)
_document = msgspec.json.Encoder(order="deterministic")
_resource = msgspec.json.Decoder(Resource)


class SqlResources:
    """A ResourceStore."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def find(self, code: str) -> Resource | None:
        """The resource of this code as it is now."""
        rows = await self._database.glance(_FIND, {"code": code})
        return _resource.decode(rows[0].document) if rows else None

    async def find_all(self, codes: Sequence[str]) -> Sequence[Resource]:
        """Those that are there, by code."""
        wanted_ = sorted(set(codes))
        found = [
            row
            for begin in range(0, len(wanted_), _AT_ONCE)
            for row in await self._database.glance(
                _NOW.where(_c.code.in_(wanted_[begin : begin + _AT_ONCE])).order_by(_c.code), {}
            )
        ]
        return [_resource.decode(row.document) for row in found]

    async def history(self, code: str, before: int | None, most: int) -> Sequence[ResourceVersion]:
        """Its versions below that one, newest first."""
        asked = select(_v.document, _v.changed_at).where(_v.code == code)
        if before is not None:
            asked = asked.where(_v.version < before)
        rows = await self._database.glance(asked.order_by(_v.version.desc()).limit(most), {})
        return [ResourceVersion(_resource.decode(row.document), row.changed_at) for row in rows]

    async def page(self, choice: ResourceChoice, after: str | None, most: int) -> Sequence[Resource]:
        """The chosen ones after this code, by code."""
        asked = _NOW.where(_chosen(choice), _c.code > ("" if after is None else after)).order_by(_c.code).limit(most)
        return [_resource.decode(row.document) for row in await self._database.glance(asked, {})]

    async def count(self, choice: ResourceChoice) -> int:
        """How many are chosen."""
        rows = await self._database.glance(select(func.count()).select_from(share_resources).where(_chosen(choice)), {})
        return int(rows[0][0])

    async def put(self, resources: Sequence[Resource], also: Also | None = None) -> bool:
        """Keep first or next versions, all or none, and announce them; False unless each follows what is there."""
        ordered = sorted(resources, key=lambda one: one.code)
        try:
            async with self._database.writing() as connection:
                await shut_resources(connection, (one.code for one in ordered))
                if not await _follow(connection, ordered):
                    return False
                for begin in range(0, len(ordered), _AT_ONCE):
                    await self._keep(connection, ordered[begin : begin + _AT_ONCE])
                await tell(self._database, connection, CHANNEL, [one.code for one in ordered])
                if also is not None:
                    await also(connection)
        except StoreConflict:  # another replica was first
            return False
        return True

    def changes(self) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Codes of resources that are put from now on, by whichever replica, several separated by spaces."""
        return self._database.follow(CHANNEL)

    async def _keep(self, connection: AsyncConnection, resources: Sequence[Resource]) -> None:
        now = self._clock.now()
        heads = [_head(one) for one in resources]
        new = [head for head in heads if head["version"] == _FIRST]
        if new:
            await connection.execute(insert(share_resources), new)
        if changed := [head | {"code_": head["code"]} for head in heads if head["version"] != _FIRST]:
            await connection.execute(_ADVANCE, changed)
        versions = [
            {"code": one.code, "version": one.version, "changed_at": now, "document": _document.encode(one).decode()}
            for one in resources
        ]
        await connection.execute(insert(share_resource_versions), versions)
        await connection.execute(delete(share_resource_grams).where(_g.code.in_([one.code for one in resources])))
        grams = [{"gram": gram, "code": head["code"]} for head in heads for gram in sorted(pairs(head["words"]))]
        await connection.execute(insert(share_resource_grams), grams)


async def _follow(connection: AsyncConnection, resources: Sequence[Resource]) -> bool:
    """Whether each is of the version after the one that is there; those rows are this transaction's from now on."""
    codes = [one.code for one in resources]
    there: dict[str, int] = {}
    for begin in range(0, len(codes), _AT_ONCE):
        chosen = _c.code.in_(codes[begin : begin + _AT_ONCE])
        asked = select(_c.code, _c.version).where(chosen).order_by(_c.code).with_for_update()
        there |= {row.code: row.version for row in await connection.execute(asked)}
    is_each_once = len(set(codes)) == len(codes)
    return is_each_once and all(one.version == there.get(one.code, 0) + 1 for one in resources)


def _head(resource: Resource) -> dict[str, Any]:
    names = (text for item in resource.items for text in (item.title, item.name))
    return {
        "code": resource.code,
        "version": resource.version,
        "provider": resource.provider,
        "title": resource.title,
        "sharing": resource.sharing.value,
        "authority": resource.authority.value,
        "words": joined((resource.code, resource.title, resource.abstract[:_ABSTRACT], *dict.fromkeys(names))),
    }


def _chosen(choice: ResourceChoice) -> ColumnElement[bool]:
    """Whether a row of ``share_resources`` is chosen."""
    chosen: ColumnElement[bool] = true()
    if choice.provider is not None:
        chosen &= _c.provider == choice.provider
    if choice.sharing is not None:
        chosen &= _c.sharing == choice.sharing.value
    if choice.authority is not None:
        chosen &= _c.authority == choice.authority.value
    if choice.served:
        is_now = (_s.code == _c.code) & (_s.version == _c.version)
        chosen &= exists().where(is_now, _s.document.contains(_SERVICE, autoescape=True))
        chosen &= _c.sharing != SharingType.NOT_SHARED.value
    if choice.item is not None:
        chosen &= _c.code.in_(select(share_relations.c.resource).where(share_relations.c.item == choice.item))
    for word in wanted(choice.words or ""):
        for gram in looked_up(word):
            chosen &= _c.code.in_(select(_g.code).where(_g.gram == gram))
        chosen &= _c.words.contains(word, autoescape=True)
    return chosen
