"""Item relations in the database."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Column, ColumnElement, delete, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.records import Also
from gateway.core.sharing.resources import ItemRelation
from gateway.store.database import Database
from gateway.store.tables.sharing import share_relations

_AT_ONCE: Final = 200
_c = share_relations.c
_document = msgspec.json.Encoder(order="deterministic")
_relation = msgspec.json.Decoder(ItemRelation)


class SqlItemRelations:
    """An ItemRelationStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_item(self, item: str, resource: str | None = None) -> Sequence[ItemRelation]:
        """The relations of an item, to this resource only if one is given, by resource and the day they begin."""
        chosen = _c.item == item
        return await self._chosen(chosen if resource is None else chosen & (_c.resource == resource))

    async def of_resource(self, resource: str) -> Sequence[ItemRelation]:
        """The relations to a resource, by item and the day they begin."""
        return await self._chosen(_c.resource == resource)

    async def of_resources(self, resources: Sequence[str]) -> Sequence[ItemRelation]:
        """The relations to any of these resources, by resource, item and the day they begin."""
        codes = sorted(set(resources))
        return [
            one
            for begin in range(0, len(codes), _AT_ONCE)
            for one in await self._chosen(_c.resource.in_(codes[begin : begin + _AT_ONCE]), _c.resource)
        ]

    async def put(self, relations: Sequence[ItemRelation], also: Also | None = None) -> None:
        """Keep them, in the place of those of the same item, resource and first day.

        Raises:
            StoreConflict: a resource is not in the catalogue; nothing is kept.
        """
        rows = [
            {
                "item": one.item,
                "resource": one.resource,
                "valid_from": one.valid_from,
                "document": _document.encode(one).decode(),
            }
            for one in {_key(one): one for one in relations}.values()
        ]

        async def put(connection: AsyncConnection) -> None:
            await _delete(connection, relations)
            if rows:
                await connection.execute(insert(share_relations), rows)
            if also is not None:
                await also(connection)

        await self._database.transact(put)

    async def remove(self, relations: Sequence[ItemRelation], also: Also | None = None) -> int:
        """Remove those of the same item, resource and first day; how many there were."""

        async def remove(connection: AsyncConnection) -> int:
            removed = await _delete(connection, relations)
            if removed and also is not None:
                await also(connection)
            return removed

        return await self._database.transact(remove)

    async def _chosen(self, chosen: ColumnElement[bool], *first: Column[str]) -> Sequence[ItemRelation]:
        asked = select(_c.document).where(chosen).order_by(*first, _c.item, _c.resource, _c.valid_from)
        return [_relation.decode(row.document) for row in await self._database.glance(asked, {})]


async def _delete(connection: AsyncConnection, relations: Sequence[ItemRelation]) -> int:
    removed = 0
    keys = [_key(one) for one in relations]
    for begin in range(0, len(keys), _AT_ONCE):
        chosen = tuple_(_c.item, _c.resource, _c.valid_from).in_(keys[begin : begin + _AT_ONCE])
        removed += (await connection.execute(delete(share_relations).where(chosen))).rowcount
    return removed


def _key(relation: ItemRelation) -> tuple[Any, ...]:
    return relation.item, relation.resource, relation.valid_from
