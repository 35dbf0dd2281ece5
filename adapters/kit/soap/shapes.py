"""The shape of a message: which elements may follow which, compiled once from a description's types."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Name:
    """A local name in a namespace, or in none."""

    local: str
    namespace: str | None = None


@dataclass(slots=True)
class TypeShape:
    """What an element of a type holds. Types may hold themselves, so a shape is filled after it is made.

    Attributes:
        members: child elements in the order in which they are written.
        attributes: by local name; the value says whether one must be there.
        text: the type has text of its own: a simple type, or text with attributes.
        open: it may hold more than is named here.
    """

    members: "Mapping[str, Member]" = field(default_factory=dict)
    attributes: Mapping[str, tuple[Name, bool]] = field(default_factory=dict)
    text: bool = False
    open: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """An element in its place: how often it comes, and whether it may say that it has no value."""

    name: Name
    type: TypeShape
    required: bool = True
    many: bool = False
    nillable: bool = False


def namespaces(root: Member) -> Iterator[str]:
    """Every namespace of the elements and attributes that can lie in ``root``, each once, in order of meeting."""
    seen: set[str] = set()
    visited: set[int] = set()
    waiting = [root]
    while waiting:
        member = waiting.pop(0)
        names = [member.name]
        if id(member.type) not in visited:
            visited.add(id(member.type))
            names += [name for name, _ in member.type.attributes.values()]
            waiting += member.type.members.values()
        for name in names:
            if name.namespace is not None and name.namespace not in seen:
                seen.add(name.namespace)
                yield name.namespace
