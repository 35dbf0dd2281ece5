"""Documents of other parties, such as key sets and timestamps: from places that were named, and no others."""

import ssl
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from adapters.kit.http.client import HttpClient
from adapters.kit.http.hosts import HostAllowList
from adapters.kit.http.messages import HttpRequest
from adapters.kit.http.pool import Connections
from adapters.kit.http.status import verify_status
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import ConfigurationInvalid

_FEW = Connections(most=1, kept=0)


class HttpDocuments:
    """A DocumentFetcher and PostDocument that reaches exactly the host and port of ``url``, and those of ``others``.

    Args:
        url: any address at that host.
        clock: measures deadlines.
        authorities: file with the authorities that vouch for the hosts; the public ones by default.
        others: addresses at other hosts that may be asked.
        connections: how many there may be, to all hosts together; one by default, for which calls wait.

    Raises:
        ConfigurationInvalid: an address names no host, or the file holds no certificates.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        authorities: Path | None = None,
        *,
        others: Sequence[str] = (),
        connections: Connections = _FEW,
    ) -> None:
        allowed = HostAllowList([_host(one) for one in (url, *others)])
        self._client = HttpClient(clock=clock, allowed=allowed, connections=connections, tls=_tls(authorities))

    async def fetch(self, url: str, limit: int, deadline: Deadline) -> bytes:
        """The document of at most ``limit`` bytes.

        Raises:
            SystemFailure: it is not there, not in time, longer, or at another host.
        """
        request = HttpRequest(method="GET", url=url, headers={"Accept": "application/json"})
        return await self._read(request, limit, deadline)

    async def post(self, url: str, document: bytes, media_type: str, limit: int, deadline: Deadline) -> bytes:
        """The answer, of at most ``limit`` bytes, to a document of this media type.

        Raises:
            SystemFailure: there is none, not in time, it is longer, or it would be at another host.
        """
        request = HttpRequest(method="POST", url=url, headers={"Content-Type": media_type}, body=document)
        return await self._read(request, limit, deadline)

    async def _read(self, request: HttpRequest, limit: int, deadline: Deadline) -> bytes:
        reply = await self._client.send(request, limit=limit, deadline=deadline)
        verify_status(reply)
        return reply.body

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()


def _host(url: str) -> str:
    host = urlsplit(url).netloc
    try:
        HostAllowList([host])
    except ValueError as error:
        raise ConfigurationInvalid(f"{url} names no host that may be asked", "mend the address") from error
    return host


def _tls(authorities: Path | None) -> ssl.SSLContext | None:
    if authorities is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(authorities))
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationInvalid(f"{authorities} cannot be read", "give certificates in PEM form") from error
