"""Outlines: what a WSDL says of an operation's messages, as far as checking a manifest needs it.

The SOAP side makes them, the rules read them: neither sees the other's library.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from adapters.kit.manifest.model import SoapProtocol
from gateway.core.errors import YiwangError
from gateway.core.text import Language, Text


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """An element: what may lie in it, without its text.

    Attributes:
        children: child elements by local name.
        attributes: names of its attributes.
        many: it may be repeated.
        open: it may hold more than is named here (any, a recursive type, or a type that is not understood).
    """

    children: Mapping[str, "Outline"] = {}
    attributes: frozenset[str] = frozenset()
    many: bool = False
    open: bool = False


class OperationOutline(msgspec.Struct, frozen=True, kw_only=True):
    """An operation's messages: what a request's fields are placed in, and what a reply's paths start from."""

    request: Outline
    reply: Outline


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """The operations of a description, by name."""

    operations: Mapping[str, OperationOutline]


class DescriptionInvalid(YiwangError):
    """A description that cannot be used. ``reason`` is public: no path of the machine, no content of the file."""

    def __init__(self, reason: Text) -> None:
        self.reason = reason
        super().__init__(reason.render(Language.EN))


Describe = Callable[[Path, SoapProtocol], Description]
"""Reads a WSDL offline and gives its outline; raises DescriptionInvalid."""
