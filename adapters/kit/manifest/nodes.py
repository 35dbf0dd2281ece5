"""A manifest's text as a tree of values that know their place."""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import NamedTuple

import msgspec

Scalar = str | int | float | bool | None


class Position(NamedTuple):
    """A place in a text; both numbers count from 1, columns in characters."""

    line: int
    column: int


START = Position(1, 1)


class Kind(Enum):
    """What a node is."""

    SCALAR = "scalar"
    MAPPING = "mapping"
    SEQUENCE = "sequence"


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A value, where it begins, and where its key begins.

    Reading what is not there, or is of another shape, gives None or nothing: rules run on broken documents too.
    """

    kind: Kind
    at: Position
    key_at: Position | None = None
    scalar: Scalar = None
    fields: Mapping[str, "Node"] = {}
    elements: tuple["Node", ...] = ()

    @property
    def place(self) -> Position:
        """Where the key begins, or the value if it has none."""
        return self.key_at or self.at

    @property
    def text(self) -> str | None:
        """The value if it is text."""
        return self.scalar if isinstance(self.scalar, str) else None

    def find(self, *path: str | int) -> "Node | None":
        """The node below at a path of keys and indexes."""
        node = self
        for step in path:
            if isinstance(step, str):
                child = node.fields.get(step)
            else:
                child = node.elements[step] if 0 <= step < len(node.elements) else None
            if child is None:
                return None
            node = child
        return node

    def below(self, *path: str) -> "Mapping[str, Node]":
        """Fields of the mapping at a path; empty if there is none."""
        node = self.find(*path)
        return node.fields if node is not None else {}

    def walk(self) -> "Iterator[Node]":
        """The node and all below it."""
        yield self
        for child in (*self.fields.values(), *self.elements):
            yield from child.walk()

    def data(self) -> object:
        """The value as plain data: dicts, tuples and scalars."""
        if self.kind is Kind.MAPPING:
            return {key: child.data() for key, child in self.fields.items()}
        if self.kind is Kind.SEQUENCE:
            return tuple(child.data() for child in self.elements)
        return self.scalar

    def renamed(self, parent: tuple[str | int, ...], old: str, new: str) -> "Node":
        """A copy in which the key ``old`` of the mapping at ``parent`` is spelt ``new``."""
        if not parent:
            fields = {new if key == old else key: child for key, child in self.fields.items()}
            return msgspec.structs.replace(self, fields=fields)
        step, rest = parent[0], parent[1:]
        if isinstance(step, str):
            fields = dict(self.fields)
            fields[step] = fields[step].renamed(rest, old, new)
            return msgspec.structs.replace(self, fields=fields)
        elements = list(self.elements)
        elements[step] = elements[step].renamed(rest, old, new)
        return msgspec.structs.replace(self, elements=tuple(elements))
