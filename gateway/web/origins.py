"""Pages of other origins: which may call (CORS), and which requests a page could not have sent unasked (CSRF)."""

from typing import Final

import msgspec
from starlette.datastructures import Headers

from gateway.web.negotiation import is_json

DELIBERATE_HEADER: Final = "x-yiwang-request"
_DELIBERATE: Final = ("authorization", "x-yiwang-person", DELIBERATE_HEADER)
"""Headers that a browser never sends by itself and that a page of another origin cannot send without being asked.

Accept is none of them: pages may set it as they like.
"""
_MAX_AGE: Final = "7200"
_METHODS: Final = "GET, POST"
_SENT: Final = (
    "accept-language, authorization, content-type, traceparent, x-request-id, x-request-timeout, x-yiwang-person, "
    "x-graphql-event-stream-token, "
    f"{DELIBERATE_HEADER}"
)
_READ: Final = "retry-after, x-request-id, x-yiwang-cost"


class Origins(msgspec.Struct, frozen=True):
    """Origins (``https://portal.example``) whose pages may call; without any only pages of the gateway's own may.

    Cookies and client certificates are never asked of a browser for them: pages prove who calls by tokens.
    """

    allowed: frozenset[str] = frozenset()

    def headers(self, origin: str | None) -> dict[str, str]:
        """What lets the page of an allowed origin read an answer."""
        if not self.allowed:
            return {}
        if origin is None or origin not in self.allowed:
            return {"vary": "Origin"}
        return {"vary": "Origin", "access-control-allow-origin": origin, "access-control-expose-headers": _READ}

    def admits(self, headers: Headers) -> bool:
        """Whether a WebSocket may be opened from there: by what is no page, by a page of ours, or of an allowed origin.

        Browsers ask nobody before they open one, and anybody's page may try.
        """
        origins = headers.getlist("origin")
        if not origins:
            return True
        own = origins[0].partition("://")[2].lower() == headers.get("host", "").lower() != ""
        return len(origins) == 1 and (own or origins[0] in self.allowed)

    def preflight(self, origin: str | None, methods: str = _METHODS) -> dict[str, str]:
        """What tells a browser that a page of an allowed origin may send ``methods`` with our headers."""
        headers = self.headers(origin)
        if "access-control-allow-origin" in headers:
            headers |= {
                "access-control-allow-methods": methods,
                "access-control-allow-headers": _SENT,
                "access-control-max-age": _MAX_AGE,
            }
        return headers


def is_deliberate(headers: Headers) -> bool:
    """Whether no page of another origin can have made a browser send this without a preflight request."""
    return any(headers.get(name) for name in _DELIBERATE) or is_json(headers.get("content-type", ""))
