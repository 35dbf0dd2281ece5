"""The cost of an operation, before it runs: how many values it may make and how many systems it makes work."""

from collections.abc import Iterator, Mapping
from typing import Any

from cachetools import LRUCache
from graphql import (
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from schema.costs import (
    ASSUMED,
    ASSUMED_BY_NAME,
    LENGTH,
    MOST_SLICED,
    OTHERWISE,
    SLICED,
    SLICING,
    WEIGHT,
    WEIGHTS,
)

_KEPT = 64
_MOST = 1_000_000_000
_Key = tuple[object, ...]


class Costs:
    """The costs of one valid document's operations, remembered by the variables that can change them."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._known: LRUCache[_Key, int] = LRUCache(_KEPT)

    def of(self, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> int:
        """The cost of the operation with these variables; they need not be valid. At most a thousand million."""
        given = _given(operation, variables)
        key = (id(operation), *((name, type(value), value) for name, value in given.items()))
        cost = self._known.get(key)
        if cost is None:
            root = self._schema.get_root_type(operation.operation)
            assert root is not None, "validation refuses operations that the schema has no root for"
            walk = _Walk(self._schema, self._fragments, given)
            cost = self._known[key] = min(_MOST, walk.cost(operation.selection_set, root, None))
        return cost


class _Walk:
    """One pass over an operation; measuring has bounded how many fields that is."""

    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], given: Mapping[str, int | None]
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._given = given

    def cost(self, selections: SelectionSetNode, parent: GraphQLCompositeType, slice_: int | None) -> int:
        """Of one value of ``parent``; ``slice_`` is what the field above was told."""
        total = 0
        for node, kind in self._fields(selections, parent):
            field = self._schema.get_field(kind, node.name.value)
            assert field is not None, "validation refuses unknown fields"
            total += self._of_field(f"{kind.name}.{node.name.value}", node, field, slice_)
        return total

    def _of_field(self, name: str, node: FieldNode, field: GraphQLField, slice_: int | None) -> int:
        told = self._slice(node, field)
        size = 1
        if is_list_type(get_nullable_type(field.type)):
            if told is not None:
                size = told
            elif slice_ is not None and node.name.value in SLICED:
                size = slice_
            else:
                usual = ASSUMED_BY_NAME.get(node.name.value, OTHERWISE)
                size = ASSUMED.get(name) or int(field.extensions.get(LENGTH, usual))
        below = 0
        kind = get_named_type(field.type)
        if node.selection_set is not None and is_composite_type(kind):
            below = self.cost(node.selection_set, kind, told)
        weight = WEIGHTS.get(name) or int(field.extensions.get(WEIGHT, 0))
        return weight + size * (1 + below)

    def _slice(self, node: FieldNode, field: GraphQLField) -> int | None:
        for argument in SLICING:
            if argument in field.args:
                default = field.args[argument].default_value
                usual = default if isinstance(default, int) else MOST_SLICED
                given = next((one.value for one in node.arguments or () if one.name.value == argument), None)
                told = usual if given is None else self._number(given)
                return max(0, min(MOST_SLICED, usual if told is None else told))
        return None

    def _number(self, value: ValueNode) -> int | None:
        if isinstance(value, IntValueNode):
            return int(value.value)  # of 32 bits: validation has seen to it
        return self._given.get(value.name.value) if isinstance(value, VariableNode) else None

    def _fields(
        self, selections: SelectionSetNode, parent: GraphQLCompositeType
    ) -> Iterator[tuple[FieldNode, GraphQLCompositeType]]:
        for selection in selections.selections:
            if self._is_left_out(selection.directives or ()):
                continue
            if isinstance(selection, FieldNode):
                yield selection, parent
                continue
            if isinstance(selection, FragmentSpreadNode):
                fragment: FragmentDefinitionNode | InlineFragmentNode = self._fragments[selection.name.value]
            else:
                assert isinstance(selection, InlineFragmentNode), "the third and last kind of selection"
                fragment = selection
            kind = parent
            if fragment.type_condition is not None:
                named = self._schema.get_type(fragment.type_condition.name.value)
                assert is_composite_type(named), "validation refuses fragments on anything else"
                kind = named
            yield from self._fields(fragment.selection_set, kind)

    def _is_left_out(self, directives: tuple[DirectiveNode, ...]) -> bool:
        for directive in directives:
            name = directive.name.value
            if name in {"skip", "include"}:
                value = next((one.value for one in directive.arguments or () if one.name.value == "if"), None)
                if self._truth(value) is (name == "skip"):
                    return True
        return False

    def _truth(self, value: ValueNode | None) -> bool | None:
        if isinstance(value, BooleanValueNode):
            return value.value
        given = self._given.get(value.name.value) if isinstance(value, VariableNode) else None
        return given if isinstance(given, bool) else None


def _given(operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> dict[str, int | None]:
    """The numbers and truths among the variables, with their defaults: nothing else changes a cost."""
    given: dict[str, int | None] = {}
    for definition in operation.variable_definitions or ():
        name, default = definition.variable.name.value, definition.default_value
        value = variables.get(name)
        if name not in variables and isinstance(default, BooleanValueNode):
            value = default.value
        elif name not in variables and isinstance(default, IntValueNode):
            value = int(default.value)
        given[name] = value if isinstance(value, int) else None
    return given
