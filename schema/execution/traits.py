"""What the web must know of a document before it runs: whether it changes, asks for the schema, or carries persons."""

from typing import Final

import msgspec
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLInputObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    ObjectValueNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    Visitor,
    get_named_type,
    type_from_ast,
    visit,
)

from schema.personal import PERSONAL, PERSONAL_INPUTS

INTROSPECTION: Final = frozenset({"__schema", "__type"})
"""Root fields that tell of the schema."""


class Traits(msgspec.Struct, frozen=True):
    """Of a whole document, whichever of its operations runs.

    Attributes:
        introspects: asks for the schema; ``__typename`` alone is none of that.
        personal: holds a person's data in a literal, has variables that could, or asks for a typed field of a resource.
    """

    introspects: bool
    personal: bool


def traits_of(schema: GraphQLSchema, document: DocumentNode) -> Traits:
    """The traits of a valid document."""
    info = TypeInfo(schema)
    seen = _Seen(schema, info)
    visit(document, TypeInfoVisitor(info, seen))
    return Traits(introspects=seen.introspects, personal=seen.personal)


class _Seen(Visitor):
    """Notes what a document has while it is walked through."""

    def __init__(self, schema: GraphQLSchema, info: TypeInfo) -> None:
        super().__init__()
        self._schema = schema
        self._info = info
        self.introspects = False
        self.personal = False

    def enter_field(self, node: FieldNode, *_: object) -> None:
        self.introspects = self.introspects or node.name.value in INTROSPECTION
        field = self._info.get_field_def()
        self.personal = self.personal or (field is not None and PERSONAL in field.extensions)

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: object) -> None:
        kind = type_from_ast(self._schema, node.type)
        self.personal = self.personal or (kind is not None and _reaches_persons(get_named_type(kind), set()))

    def enter_object_value(self, _: ObjectValueNode, *__: object) -> None:
        kind = self._info.get_input_type()
        self.personal = self.personal or (kind is not None and get_named_type(kind).name in PERSONAL_INPUTS)


def _reaches_persons(kind: object, passed: set[str]) -> bool:
    """Whether a value of this type may hold one of PERSONAL_INPUTS, at any depth."""
    if isinstance(kind, GraphQLScalarType):
        return kind.name in PERSONAL_INPUTS
    if not isinstance(kind, GraphQLInputObjectType) or kind.name in passed:
        return False
    passed.add(kind.name)
    return kind.name in PERSONAL_INPUTS or any(
        _reaches_persons(get_named_type(field.type), passed) for field in kind.fields.values()
    )
