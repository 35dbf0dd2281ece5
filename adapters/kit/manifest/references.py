"""The references that a request may use: what the gateway knows at the moment of a call.

``row``, ``session`` and ``parameter`` are open: their attributes are those that the calling operation's ``detail.with``
and the manifest's ``auth.session`` name, and the fields by which a resource is asked for. ``now`` has none.
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
        "case": frozenset({"number"}),
        "scan": frozenset({"code"}),
        "page": frozenset({"number", "offset", "size", "token"}),
        "share": frozenset(
            {
                "resource",
                "number",
                "fields",
                "access",
                "key",
                "request",
                "requester",
                "items",
                "purpose",
                "basis",
                "validFrom",
                "validUntil",
                "perDay",
                "inAll",
                "day",
                "correction",
                "text",
                "receivedAt",
                "digests",
                "sizes",
            }
        ),
        "sealing": frozenset(
            {
                "key",
                "seal",
                "number",
                "mode",
                "document",
                "digest",
                "digestHex",
                "mediaType",
                "placing",
                "page",
                "x",
                "y",
                "keyword",
                "across",
                "item",
                "case",
                "operator",
                "callback",
                "day",
            }
        ),
    }
)
"""Root → its attributes, each written ``root.attribute``."""

ROW: Final = "row"
"""Root of values handed from a row to its detail operation: ``row.<name in with>``."""

PARAMETER: Final = "parameter"
"""Root of the fields by which a resource is asked for: ``parameter.<name of the information item>``."""

SESSION: Final = "session"
"""Root of what the login's reply gave: ``session.token`` and the names of ``auth.session.secrets``."""

REQUEST: Final = "request"
"""Root of the request's own fields, for a signature over them: ``request.<path>``."""

HEADER: Final = "header"
"""Root of a reply's headers, for its signature: ``header.<name>``."""

NOW: Final = "now"
"""The moment of the call, a root without attributes."""

DAY: Final = "sealing.day"
"""The day of the log that is asked for."""

SHARE_DAY: Final = "share.day"
"""The day of an exchange's list that is asked for."""

SHARE_FROM: Final = "share.validFrom"
"""From when on a grant is asked for."""

SHARE_UNTIL: Final = "share.validUntil"
"""Until when."""

SHARE_RECEIVED: Final = "share.receivedAt"
"""When a disputed record came."""

MOMENTS: Final = frozenset({NOW, DAY, SHARE_DAY, SHARE_FROM, SHARE_UNTIL, SHARE_RECEIVED})
"""The references that can be written in the form of a date."""

DOCUMENT: Final = "sealing.document"
"""The document to be sealed: base64, or in a multipart body its bytes."""
