"""Root fields of resources: one field, two types, made of what the catalogue says and of the static schema's types."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
)

from gateway.core.sharing.resources import Resource
from schema.costs import LENGTH, WEIGHT, WEIGHTS
from schema.execution.reaching import KIND, ROOT
from schema.personal import PERSONAL
from schema.typed import described
from schema.typed.answering import RECORDS, Answering
from schema.typed.names import item_names, resource_name
from schema.typed.values import DECIMAL, Shape, type_name

_Named = GraphQLScalarType | GraphQLObjectType

_USE: Final = "用途编号 · The use under which it is asked"
_GRANT: Final = "授权编号，须为本资源的授权 · The grant, which is of this resource"
_FIRST: Final = "至多几条 · How many records at most"
_AFTER: Final = "上一页的 endCursor · The endCursor of the page before"
_RESULT: Final = "_Result"
_WITHHELD: Final = 10
"""How many fields are withheld, for the cost."""


class SharedField(msgspec.Struct, frozen=True):
    """A root field, its name and how many GraphQL fields it brings, those of its types among them."""

    name: str
    field: GraphQLField
    size: int


class FieldMaker:
    """Makes root fields; the types that all of them share are those of ``schema``."""

    def __init__(self, schema: GraphQLSchema) -> None:
        named = schema.type_map
        self._scalars: Mapping[str, _Named] = {
            "String": GraphQLString,
            "Int": GraphQLInt,
            "Boolean": GraphQLBoolean,
            DECIMAL.name: DECIMAL,
            "Date": _output(named["Date"]),
            "DateTime": _output(named["DateTime"]),
        }
        self._withheld = _output(named["Withheld"])
        self._page_info = _output(named["PageInfo"])
        self._source = _output(named["SourceReport"])
        self._json = _output(named["JSON"])

    def make(self, resource: Resource) -> SharedField:
        """The root field of a resource that the catalogue found sound."""
        name, names = resource_name(resource.code), item_names(item.name for item in resource.items)
        shapes = {item.name: Shape(names[item.name], type_name(item)) for item in resource.items}
        row = GraphQLObjectType(
            KIND + name,
            {
                names[item.name]: GraphQLField(
                    self._scalars[shapes[item.name].type], description=described.of_item(item)
                )
                for item in resource.items
            },
            description=described.of_row(resource),
        )
        arguments = self._arguments(resource, names)
        field = GraphQLField(
            self._result(resource, row),
            arguments,
            resolve=Answering(resource.code, shapes, _parameters(resource)),
            description=described.of_records(resource),
            extensions={WEIGHT: WEIGHTS["Query.sharedRecords"], PERSONAL: True},
        )
        return SharedField(ROOT + name, field, len(row.fields) + len(arguments))

    def _result(self, resource: Resource, row: GraphQLObjectType) -> GraphQLObjectType:
        return GraphQLObjectType(
            row.name + _RESULT,
            {
                "nodes": GraphQLField(_list(row)),
                "withheld": GraphQLField(_list(self._withheld), extensions={LENGTH: _WITHHELD}),
                "pageInfo": GraphQLField(GraphQLNonNull(self._page_info)),
                "sources": GraphQLField(_list(self._source), extensions={LENGTH: 1}),
                "receipt": GraphQLField(self._json),
            },
            description=described.of_result(resource),
        )

    def _arguments(self, resource: Resource, names: Mapping[str, str]) -> dict[str, GraphQLArgument]:
        items = {item.name: item for item in resource.items}
        arguments = {
            "use": GraphQLArgument(GraphQLNonNull(GraphQLID), description=_USE),
            "grant": GraphQLArgument(GraphQLNonNull(GraphQLID), description=_GRANT),
        }
        for name in _parameters(resource):
            kind = GraphQLNonNull(GraphQLString) if name in resource.keys else GraphQLString
            arguments[names[name]] = GraphQLArgument(
                kind, description=described.of_item(items[name]), out_name=names[name]
            )
        arguments["first"] = GraphQLArgument(GraphQLInt, default_value=RECORDS, description=_FIRST)
        arguments["after"] = GraphQLArgument(GraphQLString, description=_AFTER)
        return arguments


def _parameters(resource: Resource) -> Sequence[str]:
    """Its keys, then what a use can narrow by besides."""
    return (*dict.fromkeys(resource.keys), *sorted(resource.parameters - set(resource.keys)))


def _list(kind: _Named) -> GraphQLNonNull[GraphQLList[GraphQLNonNull[_Named]]]:
    return GraphQLNonNull(GraphQLList(GraphQLNonNull(kind)))


def _output(kind: GraphQLNamedType) -> _Named:
    assert isinstance(kind, (GraphQLScalarType, GraphQLObjectType)), "the static schema has it so"
    return kind
