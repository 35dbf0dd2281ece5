"""What is wrong with variables, said by place and expectation: the library's own words repeat the value."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    Undefined,
    VariableDefinitionNode,
    get_operation_ast,
    is_input_type,
    type_from_ast,
)
from graphql.utilities import validate_input_value

from gateway.core.errors import Refusal

_OURS = re.compile(
    r"Within OneOf Input Object type '\w+', exactly one field must be specified"
    r"|Expected a value of non-null type '[\w!\[\]]+' to be provided"
    r"|Expected value of non-null type '[\w!\[\]]+' not to be None"
    r"|Expected value of type '[\w!\[\]]+' to be an object"
    r"|Expected value of type '[\w!\[\]]+' to include required field '\w+'"
)
"""What the library says in the schema's words alone; all its other messages repeat keys or values of the caller's."""
_NAME = re.compile(r"[A-Za-z_]{1,40}")
_OTHERWISE = "it does not fit its type"


def variable_errors(
    schema: GraphQLSchema, document: DocumentNode, operation_name: str | None, variables: Mapping[str, Any]
) -> Iterator[GraphQLError]:
    """An error for every place in the variables that does not fit its type; a refusal names the place as its field."""
    operation = get_operation_ast(document, operation_name)
    for definition in operation.variable_definitions or () if operation else ():
        yield from _of(schema, definition, variables)


def _of(
    schema: GraphQLSchema, definition: VariableDefinitionNode, variables: Mapping[str, Any]
) -> Iterator[GraphQLError]:
    name = definition.variable.name.value
    kind = type_from_ast(schema, definition.type)
    if kind is None or not is_input_type(kind) or (name not in variables and definition.default_value is not None):
        return
    found: list[GraphQLError] = []

    def note(error: GraphQLError, path: list[str | int]) -> None:
        # keys come from the caller and may be anything: only those that the schema could have are repeated
        place = ".".join(str(step) for step in (name, *path) if isinstance(step, int) or _NAME.fullmatch(step))
        behind = error.original_error
        if isinstance(behind, Refusal):
            refusal = Refusal(behind.problem, place, **behind.values)
            found.append(GraphQLError(refusal.problem.number, definition, original_error=refusal))
        else:
            words = _OURS.match(error.message)
            said = words.group() if words else _OTHERWISE
            found.append(GraphQLError(f"variable ${place}: {said}", definition))

    validate_input_value(variables.get(name, Undefined), kind, note)
    yield from found
