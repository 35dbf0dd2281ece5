"""The part of a reply that is wanted: one tree of names, read alike from JSON and from XML.

A place of the tree becomes a generated struct with only the wanted names, so that nothing else is decoded. Legacy
systems put one element where others put a list, and text where an object belongs: every place takes all of these
and the getters sort it out. XML attributes are kept as ``@name``. Where both a place's text and something below it
are wanted, it is read as a whole: a dict, with its text as ``#text``. An embedded place is text in the reply; what
is wanted of it is read when the text has been unwrapped.
"""

import types
from collections.abc import Callable
from operator import attrgetter
from typing import Any, Union, cast

import msgspec
from msgspec import Raw

from adapters.kit.mapping.dirt import Dirt, DirtyValue
from adapters.kit.mapping.elements import Project, text_or_whole, whole_element, xml_struct
from adapters.kit.mapping.paths import Path, Segment
from adapters.kit.mapping.values import absent, single

TEXT_KEY = "#text"

Get = Callable[[Any], Any]
Gather = Callable[[object], list[Any]]


class Place:
    """One place of the tree while it is collected: what is wanted there and below."""

    def __init__(self) -> None:
        self.below: dict[str, Place] = {}
        self.value = False
        self.whole = False
        self.row = False
        self.embedded = False
        self.noticed = False
        """Whether something is there is wanted, and not what it is: it is not decoded."""

    def find(self, path: Path) -> "Place | None":
        """The place that ``path`` leads to, or None if nothing there or below is wanted."""
        place: Place | None = self
        for segment in path.segments:
            if isinstance(segment.step, str):
                place = place.below.get(segment.key) if place is not None else None
        return place

    def at(self, path: Path) -> "Place":
        """The place that ``path`` leads to, made if need be. Indexes and ``[]`` stay within a list: same place."""
        place = self
        for segment in path.segments:
            if isinstance(segment.step, str):
                place = place.below.setdefault(segment.key, Place())
        return place


class Content:
    """How a document is read at a place: from JSON, and from an XML element."""

    def __init__(self, decoded: Any, project: Project) -> None:  # noqa: ANN401 - a type form, built at run time
        self._decoder = msgspec.json.Decoder(decoded, float_hook=Raw)
        self.from_xml = project

    def from_json(self, body: bytes) -> object:
        """The wanted part of a JSON document; raises msgspec.DecodeError, UnicodeDecodeError or RecursionError."""
        return self._decoder.decode(body)


class Node:
    """One place when all is known: how it decodes, how it projects from XML, and how its values are reached.

    ``content`` reads the document at an embedded place; ``decoded`` is the type that JSON is decoded to.
    """

    def __init__(self, place: Place) -> None:
        self.whole = place.whole or (place.value and bool(place.below))
        self.below = {} if self.whole else {key: Node(child) for key, child in place.below.items()}
        self.noticed = place.noticed and not (place.value or self.whole)
        self.struct: Any = None
        self.project: Project = whole_element if self.whole else text_or_whole
        if not self.whole and (self.below or place.row):
            self.struct, self.project = self._generate()
        self.decoded: Any = self._decoded()
        self.content: Content | None = None
        if place.embedded:
            self.content = Content(self.decoded, self.project)
            self.decoded, self.project = Any, text_or_whole

    def _generate(self) -> tuple[type, Project]:
        # Fields are numbered: their own names may be no identifiers.
        attributes = [f"f{number}" for number in range(len(self.below))]
        struct = msgspec.defstruct(
            "Node",
            [(attribute, node.decoded, None) for attribute, node in zip(attributes, self.below.values(), strict=True)],
            rename=dict(zip(attributes, self.below, strict=True)),
            gc=False,  # a reply is a tree: counting references frees it
        )
        return struct, xml_struct(struct, [(key, node.project) for key, node in self.below.items()])

    def _decoded(self) -> Any:  # noqa: ANN401 - a type form, built at run time
        struct = self.struct
        if struct is None:
            return Raw if self.noticed else Any
        element = _or_misplaced(struct, list[Any])
        return _or_misplaced(struct, types.GenericAlias(list, (element,)))

    @property
    def object_type(self) -> type:
        """The type of an object at this place once it is read."""
        return cast("type", self.struct or dict)

    def at(self, path: Path) -> "Node":
        """The place that ``path`` leads to; below a whole object there is no other place."""
        node = self
        for segment in path.segments:
            if isinstance(segment.step, str) and not node.whole:
                node = node.below[segment.key]
        return node

    def getter(self, path: Path, *, certain: bool = False, entire: bool = False) -> Get:
        """The raw value at ``path`` from a value of this place; None if absent, DirtyValue if something is in the way.

        Args:
            path: relative to this place.
            certain: only objects of this place are ever passed, no lists or scalars.
            entire: the object with all its fields is meant, not its text.
        """
        node = self
        steps: list[Get] = []
        for segment in path.segments:
            steps.append(node._step(segment, certain=certain and node is self))
            node = node.at(Path((segment,)))
        if node.whole and not entire:
            steps.append(_own_text)
        if len(steps) == 1:
            return steps[0]

        def walk(value: object) -> object:
            for step in steps:
                value = step(value)
                if value is None:
                    break
            return value

        return walk

    def gatherer(self, path: Path) -> Gather:
        """The elements at ``path``: of a list, or the one that stands there; blank ones left out."""
        node = self
        steps: list[tuple[Get, bool]] = []
        for position, segment in enumerate(path.segments, 1):
            steps.append((node._step(segment), segment.each or position == len(path.segments)))
            node = node.at(Path((segment,)))

        def gather(value: object) -> list[Any]:
            found = _elements(value) if not steps else [value]
            for step, spread in steps:
                reached = map(step, found)
                found = [element for value in reached for element in _elements(value)] if spread else list(reached)
            return found

        return gather

    def _step(self, segment: Segment, *, certain: bool = False) -> Get:
        if isinstance(segment.step, int):
            return _element(segment.step)
        if self.struct is None:
            return _member(segment.key)
        get = attrgetter(f"f{list(self.below).index(segment.key)}")
        return get if certain else _field(self.struct, get)


def _or_misplaced(struct: object, array: object) -> object:
    return Union.__getitem__((struct, array, str, int, float, bool, None))


def _elements(value: object) -> list[Any]:
    if isinstance(value, list):
        return [element for element in value if not absent(element)]
    return [] if absent(value) else [value]


def _field(struct: type, get: Get) -> Get:
    def step(value: object) -> object:
        if type(value) is struct:
            return get(value)
        value = single(value)
        if type(value) is struct:
            return get(value)
        _expect_nothing(value)
        return None

    return step


def _member(key: str) -> Get:
    def step(value: object) -> object:
        value = single(value)
        if isinstance(value, dict):
            return value.get(key)
        _expect_nothing(value)
        return None

    return step


def _element(index: int) -> Get:
    def step(value: object) -> object:
        if isinstance(value, list):
            return value[index] if index < len(value) else None
        return value if index == 0 else None

    return step


def _own_text(value: object) -> object:
    value = single(value)
    return value.get(TEXT_KEY, value) if isinstance(value, dict) else value


def _expect_nothing(value: object) -> None:
    if not absent(value):
        raise DirtyValue(Dirt.NOT_TEXT)
