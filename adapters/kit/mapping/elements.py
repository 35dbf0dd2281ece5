"""From lxml elements to the values of a shape: one pass over the children, by local name.

Comments and processing instructions are no content; ``xsi:nil`` and empty elements are the empty text, which every
reader takes as absent; elements that repeat become a list.
"""

from collections.abc import Callable, Sequence
from typing import Final

from lxml.etree import _Element

NIL: Final = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_XSI: Final = NIL.removesuffix("nil")
_TRUE: Final = frozenset({"true", "1"})
_REMEMBERED_TAGS: Final = 256
"""Tags whose place is remembered for a reader; others are worked out each time, so that no reply can fill memory."""

Project = Callable[[_Element], object]
_Target = tuple[int, Project] | None


class _Targets(dict[object, _Target]):
    """From a tag with its namespace to the slot of its local name; None for what is not wanted."""

    def __init__(self, by_name: dict[str, _Target]) -> None:
        super().__init__()
        self._by_name = by_name

    def __missing__(self, tag: object) -> _Target:
        # The tag of a comment or processing instruction is a function.
        target = self._by_name.get(local_name(tag)) if isinstance(tag, str) else None
        if len(self) < _REMEMBERED_TAGS:
            self[tag] = target
        return target


def local_name(tag: str) -> str:
    """The name without its namespace."""
    return tag.rpartition("}")[2]


def xml_struct(struct: type, keys: Sequence[tuple[str, Project]]) -> Project:
    """A projection to ``struct``, whose fields are ``keys`` in this order: names of children, ``@name`` of attributes.

    An element that has neither children nor wanted attributes is its text, as a scalar would be in JSON.
    """
    size = len(keys)
    attributes = {key[1:]: slot for slot, (key, _) in enumerate(keys) if key.startswith("@")}
    targets = _Targets({key: (slot, project) for slot, (key, project) in enumerate(keys) if not key.startswith("@")})

    def project_element(element: _Element) -> object:
        slots: list[object] = [None] * size
        for child in element:
            target = targets[child.tag]
            if target is not None:
                slot, project = target
                value = project(child)
                before = slots[slot]
                if before is None:
                    slots[slot] = value
                elif isinstance(before, list):
                    before.append(value)
                else:
                    slots[slot] = [before, value]
        if slots.count(None) == size:
            if element.get(NIL) in _TRUE:
                return ""
            # Without wanted attributes too, an element that holds no other is a scalar.
            if not _has_any(element, attributes) and next(element.iterchildren("*"), None) is None:
                return own(element)
        if attributes:
            _take_attributes(element, attributes, slots)
        return struct(*slots)

    return project_element


def text_or_whole(element: _Element) -> object:
    """The text of a leaf; of an element with children, which should not be there, the whole."""
    if len(element) == 0:
        return element.text or ""
    return own(element) if next(element.iterchildren("*"), None) is None else whole_element(element)


def whole_element(element: _Element) -> object:
    """Everything below an element: a dict in document order, or its text if there is nothing but text."""
    if element.get(NIL) in _TRUE:
        return ""
    found: dict[str, object] = {
        f"@{local_name(str(name))}": value for name, value in element.items() if not str(name).startswith(_XSI)
    }
    for child in element.iterchildren("*"):
        name = local_name(str(child.tag))
        value = whole_element(child)
        before = found.get(name)
        if before is None:
            found[name] = value
        elif isinstance(before, list):
            before.append(value)
        else:
            found[name] = [before, value]
    text = own(element)
    if not found:
        return text
    if text:
        found["#text"] = text
    return found


def own(element: _Element) -> str:
    """The element's own text without its children's; comments may stand within it."""
    if len(element) == 0:
        return (element.text or "").strip()
    return "".join([element.text or "", *(child.tail or "" for child in element)]).strip()


def _has_any(element: _Element, wanted: dict[str, int]) -> bool:
    return any(local_name(str(name)) in wanted and not str(name).startswith(_XSI) for name in element.attrib)


def _take_attributes(element: _Element, wanted: dict[str, int], slots: list[object]) -> None:
    for raw_name, value in element.items():
        name = str(raw_name)
        slot = wanted.get(local_name(name))
        # A name without a namespace is the plainer answer to a path that names none.
        if slot is not None and not name.startswith(_XSI) and (slots[slot] is None or "}" not in name):
            slots[slot] = value
