"""XML of pictures as small trees: no DTD, no entities of its own, bounded in every direction."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

LARGEST: Final = 4 * 1024 * 1024
MOST_ELEMENTS: Final = 50_000
DEEPEST: Final = 40


class MarkupInvalid(ValueError):
    """Not XML that is read here."""


@dataclass(slots=True)
class Element:
    """An element by its local name; attributes by theirs."""

    name: str
    attributes: Mapping[str, str]
    children: list["Element"] = field(default_factory=list)
    text: str = ""

    def get(self, name: str, default: str = "") -> str:
        """An attribute."""
        return self.attributes.get(name, default)

    def child(self, *names: str) -> "Element | None":
        """The element that one finds by going down these names, the first of each."""
        found: Element | None = self
        for name in names:
            found = next((child for child in found.children if child.name == name), None) if found else None
        return found

    def all(self, name: str) -> Iterator["Element"]:
        """The children of this name."""
        return (child for child in self.children if child.name == name)


def read_markup(data: bytes) -> Element:
    """The root of an XML document.

    Raises:
        MarkupInvalid: it is none, has a DTD, or is too large, too deep or of too many elements.
    """
    if len(data) > LARGEST:
        raise MarkupInvalid("too large")
    top = Element("", {})
    stack, count = [top], 0
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > MOST_ELEMENTS or len(stack) > DEEPEST:
            raise MarkupInvalid("too many elements, or too deep")
        element = Element(_local(name), {_local(key): value for key, value in attributes.items()})
        stack[-1].children.append(element)
        stack.append(element)

    def end(_name: str) -> None:
        stack.pop()

    def characters(text: str) -> None:
        stack[-1].text += text

    def doctype(*_: object) -> None:
        raise MarkupInvalid("a DTD")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(data, True)  # noqa: FBT003 # expat takes no name for it
    except expat.ExpatError as error:
        raise MarkupInvalid("no XML") from error
    return top.children[0]


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
