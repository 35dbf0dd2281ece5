"""Writing a message's payload from nested values, in the order and namespaces that the description demands.

Arguments are mappings by element name; ``@name`` is an attribute, ``.`` the text of an element that has attributes
too. None leaves an optional element out and is ``xsi:nil`` where the element is required and may be nil; a list
repeats its element. Which of several alternatives (a choice) is written is up to the arguments.
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import NoReturn

from adapters.kit import markup
from adapters.kit.soap.shapes import Member, Name, TypeShape, namespaces
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

OWN_TEXT = "."
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


class PayloadWriter:
    """Writes one operation's payload; made once, used from any number of calls at once."""

    def __init__(self, root: Member) -> None:
        self._root = root
        spaces = [space for space in namespaces(root) if space != _XSI]
        self._prefixes = {space: f"n{number}" for number, space in enumerate(spaces, 1)} | {_XSI: "xsi"}
        self._declared = "".join(
            f' xmlns:{prefix}="{markup.attribute(space)}"' for space, prefix in self._prefixes.items()
        )

    def write(self, arguments: Mapping[str, object]) -> str:
        """The payload's markup, which declares every namespace it uses.

        Raises:
            SystemFailure: GATEWAY_ERROR, ours: an argument that the description does not know, a required one
                missing, a list where one value belongs, or a character that XML cannot carry. No value is quoted.
        """
        out: list[str] = []
        self._element(out, self._root, arguments, self._declared, self._root.name.local)
        return "".join(out)

    def _element(self, out: list[str], member: Member, value: object, extra: str, path: str) -> None:
        tag = self._tag(member.name)
        if value is None:
            out.append(f'<{tag}{extra} xsi:nil="true"/>')
            return
        out.append(f"<{tag}{extra}")
        if isinstance(value, Mapping):
            self._complex(out, member.type, value, path)
        elif member.type.text:
            self._require_attributes(member.type, {}, path)
            out.append(f">{markup.text(_lexical(value, path))}")
        else:
            _refuse(f"{path} holds elements and takes no plain value")
        out.append(f"</{tag}>")

    def _complex(self, out: list[str], shape: TypeShape, value: Mapping[str, object], path: str) -> None:
        self._require_attributes(shape, value, path)
        for key, given in value.items():
            if key in shape.members or (key == OWN_TEXT and shape.text):
                continue
            if not key.startswith("@") or key[1:] not in shape.attributes:
                _refuse(f"{path} has no {key}")
            if given is not None:
                name = shape.attributes[key[1:]][0]
                out.append(f' {self._tag(name)}="{markup.attribute(_lexical(given, path))}"')
        out.append(">")
        if value.get(OWN_TEXT) is not None:
            out.append(markup.text(_lexical(value[OWN_TEXT], path)))
        for local, member in shape.members.items():
            self._member(out, member, value.get(local), f"{path}.{local}")

    def _member(self, out: list[str], member: Member, value: object, path: str) -> None:
        if isinstance(value, Sequence) and not isinstance(value, str | bytes):
            if not member.many:
                _refuse(f"{path} comes once and takes no list")
            if member.required and not value:
                _refuse(f"{path} is required and missing")
            for item in value:
                if item is None and not member.nillable:
                    _refuse(f"{path} has an item without a value")
                self._element(out, member, item, "", path)
        elif value is not None:
            self._element(out, member, value, "", path)
        elif member.required:
            if not member.nillable:
                _refuse(f"{path} is required and missing")
            self._element(out, member, None, "", path)

    def _require_attributes(self, shape: TypeShape, value: Mapping[str, object], path: str) -> None:
        for local, (_, required) in shape.attributes.items():
            if required and value.get(f"@{local}") is None:
                _refuse(f"{path}.@{local} is required and missing")

    def _tag(self, name: Name) -> str:
        return name.local if name.namespace is None else f"{self._prefixes[name.namespace]}:{name.local}"


def _lexical(value: object, path: str) -> str:
    """A plain value in XML Schema's spelling."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date | time):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if not isinstance(value, int | float | Decimal):
        _refuse(f"{path} takes text, numbers, truth values, dates and bytes only")
    return f"{value:f}" if isinstance(value, Decimal) else repr(value)


def _refuse(notice: str) -> NoReturn:
    raise SystemFailure(Outcome.GATEWAY_ERROR, Fault.OURS, f"the request does not fit its description: {notice}")
