"""The HTTP client: our own connections and h11 behind a narrow interface, bounded in hosts, time, bytes and number."""

import asyncio
import ssl
from datetime import datetime
from functools import cache

import certifi

from adapters.kit.http.failures import FOREIGN, Progress, late, translated
from adapters.kit.http.hosts import HostAllowList
from adapters.kit.http.messages import HttpReply, HttpRequest
from adapters.kit.http.pool import Connections, Pool
from adapters.kit.http.talk import Talk
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome


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
        self._clock = clock
        self._allowed = allowed
        self._pool = Pool(connections or Connections(), tls or _public_roots())

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
            raise SystemFailure(
                Outcome.TIMED_OUT, Fault.OURS, "the deadline had passed before the system was asked", unsent=True
            )
        progress, timer = Progress(), asyncio.timeout(remaining)
        try:
            talk = Talk(request, origin, limit)
            async with timer, self._pool.lend(origin, remaining, progress, fresh=request.fresh) as connection:
                return await talk.hold(connection, progress)
        except FOREIGN as error:
            if timer.expired():
                raise late(progress.phase, remaining) from error
            raise translated(error, progress.phase) from error

    def certificates(self) -> dict[str, datetime]:
        """Until when the certificates of the hosts (``host:port``) are in force, as their last connections showed."""
        return {f"{host}:{port}": end for (_, host, port), end in self._pool.certificates.items()}

    async def aclose(self) -> None:
        """Close every connection, those of calls under way too; the client is not used again."""
        await self._pool.aclose()


@cache
def _public_roots() -> ssl.SSLContext:
    """A list of our own, not OpenSSL's: that one's place depends on environment variables."""
    return ssl.create_default_context(cafile=certifi.where())
