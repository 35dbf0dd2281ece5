"""The references that a request may use: what the gateway knows at the moment of a call.

``row`` is open: its attributes are those that the calling operation's ``detail.with`` names. ``now`` has none.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

REFERENCES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "holder": frozenset({"type", "number", "name"}),
        "licence": frozenset({"identifier", "number"}),
        "query": frozenset({"limit", "types", "region"}),
        "use": frozenset({"id", "item", "case", "application", "note", "basis"}),
        "person": frozenset({"name", "number", "account", "body", "bodyName", "post", "region", "role"}),
        "call": frozenset({"requestId"}),
    }
)
"""Root → its attributes, each written ``root.attribute``."""

ROW: Final = "row"
"""Root of values handed from a row to its detail operation: ``row.<name in with>``."""

NOW: Final = "now"
"""The moment of the call, a root without attributes."""
