"""What goes over the wire and comes back, whichever client carries it."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from gateway.core.clock import Deadline


class HttpRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request, whole. The URL is absolute and ASCII; it may carry a token, so it is never shown.

    ``fresh`` wants a connection of its own: on one that was kept, a request may meet the other side's closing it, and
    then nobody knows whether it was read.
    """

    method: str
    url: str
    headers: Mapping[str, str] = {}
    body: bytes = b""
    fresh: bool = False

    def __repr__(self) -> str:
        """Method and size only: address, headers and body may hold secrets or personal data."""
        return f"HttpRequest(method={self.method!r}, body={len(self.body)} bytes)"


class HttpReply(msgspec.Struct, frozen=True, kw_only=True):
    """One reply, whole and decoded from its transfer and content encodings; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str | None:
        """The Content-Type header as it came."""
        return self.headers.get("content-type")

    def __repr__(self) -> str:
        """Status and size only: the rest is the system's data."""
        return f"HttpReply(status={self.status}, body={len(self.body)} bytes)"


class Transport(Protocol):
    """What the kit needs of an HTTP client."""

    async def send(self, request: HttpRequest, *, limit: int, deadline: Deadline) -> HttpReply:
        """The reply to ``request``, whatever its status, of at most ``limit`` decoded bytes, before ``deadline``.

        Raises:
            SystemFailure: there is no usable reply; nothing of the foreign client's errors gets past this call.
        """
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...
