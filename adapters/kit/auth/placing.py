"""From a manifest's ``into`` to a credential: each value where it belongs."""

import re
from collections.abc import Mapping

from adapters.kit.auth.credential import Credential
from adapters.kit.manifest.expressions import RequestValue
from adapters.kit.manifest.model import Manifest
from adapters.kit.mapping import Scope
from adapters.kit.mapping.request import compile_value
from adapters.kit.mapping.scope import Build
from adapters.kit.mapping.texts import element
from adapters.kit.plain import plain_text, present
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

_HEADER_TEXT = re.compile(r"[\x20-\x7e]*")


class Placing:
    """A compiled ``into``; safe to share between calls.

    Args:
        into: place → value, of a checked manifest.
        manifest: whose code tables the values may use.
        names: further references that the values may use, found in the scope's ``named``.
    """

    def __init__(self, into: Mapping[str, RequestValue], manifest: Manifest, names: frozenset[str]) -> None:
        self._values: list[tuple[str, str, Build]] = []
        for place, value in into.items():
            kind, _, name = place.partition(".")
            self._values.append((kind, name, compile_value(value, manifest, names)))

    def credential(self, scope: Scope) -> Credential:
        """Every value in its place; what has no value is left out.

        Raises:
            SystemFailure: ours: a setting that is not filled, or a value that its place cannot carry.
        """
        query: dict[str, str] = {}
        headers: dict[str, str] = {}
        body: list[tuple[tuple[str, ...], object]] = []
        blocks: list[str] = []
        for kind, name, build in self._values:
            value = build(scope)
            if value is None:
                continue
            if kind == "header":
                headers[name] = header_text(name, plain_text(value))
            elif kind == "query":
                query[name] = plain_text(value)
            elif kind == "body":
                body.append((tuple(name.split(".")), value))
            else:
                blocks.append(element(name, present(value)))
        return Credential(query, headers, tuple(body), tuple(blocks))


def header_text(name: str, value: str) -> str:
    """``value`` if a header can carry it; raises SystemFailure (ours), naming the header alone."""
    if _HEADER_TEXT.fullmatch(value) is None:
        raise SystemFailure(
            Outcome.GATEWAY_ERROR, Fault.OURS, f"the value for the header {name} has characters beyond plain ASCII"
        )
    return value
