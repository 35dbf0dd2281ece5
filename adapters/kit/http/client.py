"""The HTTP client: httpx's transport behind our own interface, bounded in hosts, time, bytes and connections."""

import asyncio
import logging
import ssl
from typing import Any

import httpx
import msgspec

from adapters.kit.http.decoding import read_body
from adapters.kit.http.failures import FOREIGN, Phase, late, translated
from adapters.kit.http.hosts import HostAllowList, Origin
from adapters.kit.http.messages import HttpReply, HttpRequest
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

_HEADERS_LIMIT = 100


class Connections(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds on one system's connections.

    Attributes:
        most: open at the same time; a call beyond that waits within its deadline.
        kept: left open for the next call.
        idle: seconds after which a kept one is closed.
        connect: seconds for making one, if the deadline leaves more.
    """

    most: int = 32
    kept: int = 16
    idle: float = 15.0
    connect: float = 3.0


class HttpClient:
    """A ``Transport`` over HTTP/1.1 for one system.

    No redirects, cookies, proxies or environment variables; TLS is verified. Retrying is not its business.

    Args:
        clock: measures what is left of a deadline.
        allowed: the hosts that may be reached.
        connections: bounds on connections.
        tls: the TLS settings; the public roots by default.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        allowed: HostAllowList,
        connections: Connections | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        bounds = connections or Connections()
        self._clock = clock
        self._allowed = allowed
        self._connect = bounds.connect
        # at DEBUG httpcore writes out reply headers, which may hold session secrets
        logging.getLogger("httpcore").setLevel(logging.INFO)
        # the bare transport, not httpx.AsyncClient: that one keeps cookies and logs addresses with their tokens
        self._transport = httpx.AsyncHTTPTransport(
            verify=tls or True,
            trust_env=False,
            http1=True,
            http2=False,
            limits=httpx.Limits(
                max_connections=bounds.most, max_keepalive_connections=bounds.kept, keepalive_expiry=bounds.idle
            ),
            retries=0,
        )

    async def send(self, request: HttpRequest, *, limit: int, deadline: Deadline) -> HttpReply:
        """The reply to ``request``, whatever its status but a redirect, before ``deadline``.

        A reply longer than ``limit`` decoded bytes is cut off: its connection is closed, the rest never read.
        A caller's cancellation passes through and closes the connection.

        Raises:
            SystemFailure: TIMED_OUT, UNAVAILABLE, UPSTREAM_FAULT or GATEWAY_ERROR, as ``failures`` says.
        """
        origin = self._allowed.verify(request.url)
        remaining = deadline.remaining(self._clock)
        if remaining <= 0:
            raise SystemFailure(Outcome.TIMED_OUT, Fault.OURS, "the deadline had passed before the system was asked")
        progress = _Progress(origin)
        try:
            async with asyncio.timeout(remaining) as timer:
                return await self._exchange(request, origin, progress, limit)
        except FOREIGN as error:
            if timer.expired():
                raise late(progress.phase) from error
            raise translated(error, progress.phase) from error

    async def aclose(self) -> None:
        """Close every connection; the client is not used again."""
        await self._transport.aclose()

    async def _exchange(self, request: HttpRequest, origin: Origin, progress: "_Progress", limit: int) -> HttpReply:
        response = await self._transport.handle_async_request(
            httpx.Request(
                request.method,
                origin.url,
                headers={"User-Agent": "yiwang", "Accept-Encoding": "gzip, deflate", **request.headers},
                content=request.body or None,
                extensions={
                    "timeout": {"connect": self._connect, "read": None, "write": None, "pool": None},
                    "trace": progress.follow,
                },
            )
        )
        progress.phase = Phase.READING
        try:
            return await _read(response, limit)
        finally:
            await _leave(response)


class _Progress:
    """Follows one call through the client's trace events, to say later where it stood, and sees where it led."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self.phase = Phase.QUEUED

    async def follow(self, event: str, info: dict[str, Any]) -> None:
        """Note one event; refuse a connection that ended at an address that no system may have."""
        if event == "connection.connect_tcp.started":
            self.phase = Phase.CONNECTING
        elif event == "connection.connect_tcp.complete":
            stream = info["return_value"]
            peer = stream.get_extra_info("server_addr")
            if not self._origin.accepts_peer(str(peer[0])):
                await stream.aclose()
                raise SystemFailure(
                    Outcome.GATEWAY_ERROR, Fault.OURS, "the host name leads to an address that is never allowed"
                )
        elif event == "http11.send_request_headers.started":
            self.phase = Phase.ASKED


async def _leave(response: httpx.Response) -> None:
    """Give the connection back; after an unfinished body this closes it and does not drain it.

    Where bytes follow a finished answer the connection is closed as well: h11 keeps them and would take them, if
    they look like an answer, for the answer to the next call, which may be another person's.
    """
    network = response.extensions.get("network_stream")
    if network is not None and _has_surplus(response):
        await network.aclose()
    await response.aclose()


def _has_surplus(response: httpx.Response) -> bool:
    """Whether the parser holds bytes beyond the answer; yes where it cannot be asked."""
    try:
        # httpx and httpcore have no public way to their parser; a test sees that this one still leads there
        parser = response.stream._httpcore_stream._stream._connection._h11_state  # type: ignore[union-attr] # noqa: SLF001
        return bool(parser.trailing_data[0])
    except AttributeError:
        return True


async def _read(response: httpx.Response, limit: int) -> HttpReply:
    raw = response.headers.raw
    if len(raw) > _HEADERS_LIMIT:
        raise SystemFailure(Outcome.UPSTREAM_FAULT, Fault.THEIRS, f"the answer has more than {_HEADERS_LIMIT} headers")
    if 300 <= response.status_code < 400:  # noqa: PLR2004 - the class of statuses that HTTP calls redirection
        raise SystemFailure(
            Outcome.UPSTREAM_FAULT,
            Fault.THEIRS,
            f"answered with a redirect (HTTP status {response.status_code}), and none is ever followed",
        )
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    body = await read_body(response.aiter_raw(), headers, limit)
    return HttpReply(status=response.status_code, headers=headers, body=body)
