"""Building an edition: the static schema, and a root field for each resource, as many as there is room for."""

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog
from graphql import GraphQLError, GraphQLObjectType, GraphQLSchema, validate_schema

from gateway.core.defects import trace
from gateway.core.sharing.resources import Resource
from schema.execution.editions import Edition, Editions
from schema.typed.fields import FieldMaker, SharedField
from schema.typed.values import DECIMAL

MOST_RESOURCES: Final = 2_000
"""Resources that have a field; those with the lowest codes do."""

MOST_FIELDS: Final = 50_000
"""GraphQL fields and arguments of all of them."""

_LONGEST_REASON: Final = 300

_log = structlog.get_logger("schema")


class EditionInvalid(Exception):
    """Resources of which no valid schema can be made."""


class Building:
    """Builds editions over ``schema``, of which it reuses the types of resources that have not changed."""

    def __init__(self, schema: GraphQLSchema, most: int = MOST_RESOURCES, most_fields: int = MOST_FIELDS) -> None:
        self._schema = schema
        self._most = most
        self._most_fields = most_fields
        self._maker = FieldMaker(schema)
        self._made: dict[str, tuple[Resource, SharedField]] = {}

    def build(self, resources: Sequence[Resource]) -> Edition:
        """The edition; resources that lack fields, for which there is no room or whose name another has have none.

        Raises:
            EditionInvalid: the schema would not be valid.
        """
        made: dict[str, tuple[Resource, SharedField]] = {}
        names: set[str] = set()
        room = self._most_fields
        for resource in sorted(filter(_is_whole, resources), key=lambda one: one.code):
            known = self._made.get(resource.code)
            one = known[1] if known is not None and known[0] == resource else self._maker.make(resource)
            if len(made) < self._most and one.size <= room and one.name not in names:
                made[resource.code] = (resource, one)
                names.add(one.name)
                room -= one.size
        try:
            schema = self._extended([one for _, one in made.values()])
            errors = validate_schema(schema)
        except (TypeError, GraphQLError) as error:
            raise EditionInvalid(str(error)) from error
        if errors:
            raise EditionInvalid(errors[0].message)
        self._made = made
        return Edition(schema, {code: one.name for code, (_, one) in made.items()})

    def _extended(self, fields: Sequence[SharedField]) -> GraphQLSchema:
        static = self._schema.to_kwargs()
        query = static["query"]
        assert query is not None, "the static schema has queries"
        told = query.to_kwargs()
        told["fields"] = {**query.fields, **{one.name: one.field for one in fields}}
        static["query"] = GraphQLObjectType(**told)
        static["types"] = (*(kind for kind in static["types"] or () if kind is not query), DECIMAL)
        return GraphQLSchema(**static)


def _is_whole(resource: Resource) -> bool:
    """Whether it has information items, all that it refers to among them, as the catalogue wants of every resource."""
    return bool(resource.items) and resource.fields >= {*resource.keys, *resource.parameters}


class TypedFields:
    """Keeps the current edition up with the catalogue."""

    def __init__(self, editions: Editions, building: Building | None = None) -> None:
        self._editions = editions
        self._building = building or Building(editions.static.schema)

    async def adopt(self, resources: Sequence[Resource], left_out: int = 0) -> None:
        """Swap in the edition of these resources, which is built in a thread; if none can be made, the old one stays.

        Args:
            resources: all that are to have a field.
            left_out: how many more there are in the catalogue.
        """
        try:
            edition = await asyncio.to_thread(self._building.build, resources)
        except EditionInvalid as error:
            _log.error("schema.edition.refused", reason=str(error)[:_LONGEST_REASON])
            return
        except Exception as error:  # noqa: BLE001 - whatever a catalogue breaks, the schema that there is serves on
            _log.error("schema.edition.defect", trace=trace(error))
            return
        self._editions.swap(edition)
        fields = len(edition.typed)
        if left := left_out + len(resources) - fields:
            _log.warning("schema.edition.incomplete", fields=fields, left_out=left)
        else:
            _log.info("schema.edition", fields=fields)
