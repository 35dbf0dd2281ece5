"""What proves a call: values for its query, its headers, its body and its SOAP header."""

from collections.abc import Mapping

import msgspec

from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome


class Credential(msgspec.Struct, frozen=True):
    """Values for one call; ``username``/``password`` are for a WS-Security header.

    ``body`` holds paths of field names with what is merged into the request there; ``blocks`` are SOAP header blocks,
    as markup that declares its own namespaces.
    """

    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    body: tuple[tuple[tuple[str, ...], object], ...] = ()
    blocks: tuple[str, ...] = ()
    username: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        """Names only: the values are secrets."""
        return f"Credential(query={sorted(self.query)}, headers={sorted(self.headers)})"

    def joined(self, other: "Credential") -> "Credential":
        """Both together; where they speak of the same thing, ``other`` is believed."""
        return Credential(
            {**self.query, **other.query},
            {**self.headers, **other.headers},
            self.body + other.body,
            self.blocks + other.blocks,
            other.username or self.username,
            other.password or self.password,
        )

    def merged_into(self, values: Mapping[str, object]) -> dict[str, object]:
        """The request's ``values`` with ``body`` put in its places; the given mapping stays as it is.

        Raises:
            SystemFailure: GATEWAY_ERROR, ours: a path leads through something that is no nested object.
        """
        merged = dict(values)
        for path, value in self.body:
            _put(merged, path, value)
        return merged


def _put(fields: dict[str, object], path: tuple[str, ...], value: object) -> None:
    for name in path[:-1]:
        inner = fields.get(name)
        if inner is not None and not isinstance(inner, Mapping):
            raise SystemFailure(
                Outcome.GATEWAY_ERROR, Fault.OURS, f"the manifest's auth puts values into {name}, which is no object"
            )
        below: dict[str, object] = dict(inner or {})
        fields[name] = below
        fields = below
    fields[path[-1]] = value
