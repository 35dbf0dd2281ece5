"""The schema, built once; schema.graphql is its exported form."""

from collections.abc import Mapping
from typing import Any, Final, cast

import strawberry
from graphql import (
    GraphQLInputObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    IntrospectionQuery,
    build_client_schema,
    get_introspection_query,
    print_schema,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryObjectDefinition

from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import parse_instant, scalar_map
from schema.subscription import Subscription

_DESCRIPTIONS = {
    "Date": "日期，ISO 8601 · A calendar day, ISO 8601",
    "DateTime": "时刻，ISO 8601 含时区 · An instant, ISO 8601 with its offset from UTC",
}
"""Of the scalars that strawberry brings; it takes no others."""

ASK_SCHEMA: Final = get_introspection_query(one_of=True, specified_by_url=True)
"""Asks a gateway for its schema."""

HEADER = "# Exported by `yiwang schema export`; reviewed as a diff.\n\n"


def build_schema() -> GraphQLSchema:
    """The whole schema of this gateway, as graphql-core runs it."""
    config = StrawberryConfig(scalar_map=scalar_map())
    built = strawberry.Schema(query=Query, mutation=Mutation, subscription=Subscription, config=config)
    schema = built._schema  # noqa: SLF001 - strawberry's own view runs it too, and offers no other way to it
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLInputObjectType):
            # strawberry checks oneOf by a rule and a coercion of its own; graphql-core does it better once it is told
            definition = kind.extensions.get("strawberry-definition")
            kind.is_one_of = isinstance(definition, StrawberryObjectDefinition) and definition.is_one_of
        if isinstance(kind, GraphQLScalarType) and kind.name == "DateTime":
            # strawberry's takes any, also one without an offset
            kind.parse_value = kind.coerce_input_value = parse_instant  # type: ignore[method-assign]
        kind.description = _DESCRIPTIONS.get(kind.name, kind.description)
    return schema


def export_schema() -> str:
    """The schema in the schema definition language, as it is committed."""
    return HEADER + print_schema(build_schema()) + "\n"


def schema_told(answer: Mapping[str, Any]) -> str:
    """The schema that a gateway has told to ASK_SCHEMA, in the schema definition language."""
    return print_schema(build_client_schema(cast("IntrospectionQuery", answer))) + "\n"
