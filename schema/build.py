"""The schema, built once; schema.graphql is its exported form."""

import strawberry
from graphql import GraphQLSchema, print_schema
from strawberry.schema.config import StrawberryConfig

from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import scalar_map

HEADER = "# Exported by `yiwang schema export`; reviewed as a diff.\n\n"


def build_schema() -> GraphQLSchema:
    """The whole schema of this gateway, as graphql-core runs it."""
    schema = strawberry.Schema(query=Query, mutation=Mutation, config=StrawberryConfig(scalar_map=scalar_map()))
    return schema._schema  # noqa: SLF001 - strawberry's own view runs it too, and offers no other way to it


def export_schema() -> str:
    """The schema in the schema definition language, as it is committed."""
    return HEADER + print_schema(build_schema()) + "\n"
