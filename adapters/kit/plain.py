"""Plain values as legacy systems take them."""

from collections.abc import Mapping

import msgspec

from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome


class FilePart(msgspec.Struct, frozen=True):
    """A file as a part of a multipart body."""

    content: bytes
    name: str
    media_type: str

    def __repr__(self) -> str:
        """Size only."""
        return f"FilePart({len(self.content)} bytes)"


def plain_text(value: object) -> str:
    """A text, number or truth value as text; raises SystemFailure (ours) for what is nested."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise SystemFailure(
        Outcome.GATEWAY_ERROR, Fault.OURS, "the manifest nests values where only one plain value can be sent"
    )


def present(value: object) -> object:
    """``value`` without the members that are None, at every depth."""
    if isinstance(value, Mapping):
        return {name: present(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [present(inner) for inner in value]
    return value
