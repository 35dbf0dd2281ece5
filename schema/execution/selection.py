"""Which fields an operation wants below one of its fields: computed from the document, once per set of conditions."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLResolveInfo,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionSetNode,
    get_directive_values,
)

from schema.execution.documents import PreparedDocument


def selected_names(
    info: GraphQLResolveInfo[Any], prepared: PreparedDocument, below: tuple[str, ...] = ()
) -> frozenset[str]:
    """Names of the fields selected under the field being resolved, below the path ``below``.

    Fragments are followed whatever their type condition: the types that rows have are never abstract.
    """
    conditions = frozenset(
        (name, value) for name, value in info.variable_values.coerced.items() if isinstance(value, bool)
    )
    key = (tuple(id(node) for node in info.field_nodes), below, conditions)
    names = prepared.selections.get(key)
    if names is None:
        nodes: Iterable[FieldNode] = info.field_nodes
        for step in below:
            nodes = [child for child in _children(nodes, info) if child.name.value == step]
        names = prepared.selections[key] = frozenset(child.name.value for child in _children(nodes, info))
    return names


def _children(nodes: Iterable[FieldNode], info: GraphQLResolveInfo[Any]) -> Iterator[FieldNode]:
    for node in nodes:
        if node.selection_set is not None:
            yield from _fields(node.selection_set, info)


def _fields(selections: SelectionSetNode, info: GraphQLResolveInfo[Any]) -> Iterator[FieldNode]:
    for selection in selections.selections:
        if not _included(selection, info.variable_values):
            continue
        if isinstance(selection, FieldNode):
            yield selection
        elif isinstance(selection, InlineFragmentNode):
            yield from _fields(selection.selection_set, info)
        elif isinstance(selection, FragmentSpreadNode):
            yield from _fields(_fragment(info.fragments, selection.name.value).selection_set, info)


def _fragment(fragments: Mapping[str, Any], name: str) -> FragmentDefinitionNode:
    fragment: FragmentDefinitionNode = fragments[name]
    return fragment


def _included(node: Any, variables: Any) -> bool:  # noqa: ANN401 - graphql-core's own union of nodes and values
    skip = get_directive_values(GraphQLSkipDirective, node, variables)
    include = get_directive_values(GraphQLIncludeDirective, node, variables)
    return not (skip and skip["if"]) and not (include and not include["if"])
