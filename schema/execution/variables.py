"""What is wrong with variables, said by place and expectation: the library's own words repeat the value."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

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

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.text import Text

_KNOWN: Final = (
    (
        re.compile(r"Within OneOf Input Object type '(?P<type>\w+)', exactly one field must be specified"),
        Text("{type} 须恰好给出一个字段", "{type} takes exactly one of its fields"),
    ),
    (
        re.compile(r"Expected a value of non-null type '(?P<type>[\w!\[\]]+)' to be provided"),
        Text("须给出 {type} 类型的值", "a value of type {type} is needed"),
    ),
    (
        re.compile(r"Expected value of non-null type '(?P<type>[\w!\[\]]+)' not to be None"),
        Text("{type} 类型的值不得为 null", "a value of type {type} is never null"),
    ),
    (
        re.compile(r"Expected value of type '(?P<type>[\w!\[\]]+)' to be an object"),
        Text("须为 {type} 类型的对象", "it must be an object of type {type}"),
    ),
    (
        re.compile(r"Expected value of type '(?P<type>[\w!\[\]]+)' to include required field '(?P<field>\w+)'"),
        Text("{type} 缺少必填字段 {field}", "{type} needs its field {field}"),
    ),
)
"""What the library says in the schema's words alone; all its other messages repeat keys or values of the caller's."""
_OTHERWISE = Text("不符合其类型", "it does not fit its type")
_NAME = re.compile(r"[A-Za-z_]{1,40}")


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
        refusal = Refusal(problems.VARIABLES_INVALID, place, variable=f"${place}", reason=_reason(error.message))
        if isinstance(behind := error.original_error, Refusal):
            refusal = Refusal(behind.problem, place, **behind.values)
        found.append(GraphQLError(refusal.problem.number, definition, original_error=refusal))

    validate_input_value(variables.get(name, Undefined), kind, note)
    yield from found


def _reason(message: str) -> Text:
    for pattern, text in _KNOWN:
        if said := pattern.match(message):
            return text.format(**said.groupdict())
    return _OTHERWISE
