"""Public documents of other parties, such as key sets: read from one place and no other."""

import ssl
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
    """A DocumentFetcher that reaches exactly the host and port of ``url``.

    Args:
        url: any address at that host.
        clock: measures deadlines.
        authorities: file with the authorities that vouch for the host; the public ones by default.

    Raises:
        ConfigurationInvalid: the address names no host, or the file holds no certificates.
    """

    def __init__(self, url: str, clock: Clock, authorities: Path | None = None) -> None:
        try:
            allowed = HostAllowList([urlsplit(url).netloc])
        except ValueError as error:
            raise ConfigurationInvalid(f"{url} names no host that may be asked", "mend the address") from error
        self._client = HttpClient(clock=clock, allowed=allowed, connections=_FEW, tls=_tls(authorities))

    async def fetch(self, url: str, limit: int, deadline: Deadline) -> bytes:
        """The document of at most ``limit`` bytes.

        Raises:
            SystemFailure: it is not there, not in time, longer, or at another host.
        """
        request = HttpRequest(method="GET", url=url, headers={"Accept": "application/json"})
        reply = await self._client.send(request, limit=limit, deadline=deadline)
        verify_status(reply)
        return reply.body

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()


def _tls(authorities: Path | None) -> ssl.SSLContext | None:
    if authorities is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(authorities))
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationInvalid(f"{authorities} cannot be read", "give certificates in PEM form") from error
