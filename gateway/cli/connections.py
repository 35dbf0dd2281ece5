"""What connections of the server are held to: limits of time, size and number, and a peer who reads.

uvicorn waits for ever for the rest of a request and for a reader who does not read, and keeps headers of any size. Here
a connection that is slow, silent, too big or ambiguous is ended.
"""

from asyncio import BaseTransport, TimerHandle
from typing import Any

import msgspec
import uvicorn


class ConnectionLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of connections; times in seconds, sizes in bytes.

    Attributes:
        connections: how many there may be at once; further ones are told 503.
        idle: how long a connection may be silent between requests.
        head: how long the head of a request may take.
        grace: how long a body may take before its average rate is looked at, which is then ``slowest`` or more.
        body: the same for the rate ``slow``: what is no large file is there by then.
        reading: how long a reader may take nothing of what is sent to him.
        lingering: how long a sender is listened to who was answered before he had sent everything.
        pipelined: requests that may wait for the answers of those before them.
    """

    connections: int = 20_000
    idle: float = 30
    head: float = 10
    grace: float = 15
    slowest: int = 1_024
    body: float = 60
    slow: int = 65_536
    reading: float = 30
    lingering: float = 2
    head_bytes: int = 65_536
    headers: int = 100
    address_bytes: int = 16_384
    pipelined: int = 16


class ListenerConfig(uvicorn.Config):
    """What connections of one listener go by; ``draining`` tells callers to open their next one elsewhere."""

    limits = ConnectionLimits()
    draining = False


class Impatient:
    """Ends a connection whose peer takes nothing of what is sent to it; stands beside a protocol of uvicorn's."""

    loop: Any
    transport: Any
    config: Any
    _stalled: TimerHandle | None = None

    def pause_writing(self) -> None:
        """More waits to be sent than should: from now on some of it has to be taken from time to time."""
        super().pause_writing()  # type: ignore[misc] # of the protocol beside which this stands
        self._watch_reader()

    def resume_writing(self) -> None:
        """It was taken."""
        self._forget_reader()
        super().resume_writing()  # type: ignore[misc] # likewise

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._forget_reader()
        super().connection_lost(exc)  # type: ignore[misc] # likewise

    def _watch_reader(self) -> None:
        self._forget_reader()
        waiting = self.transport.get_write_buffer_size()
        self._stalled = self.loop.call_later(self.config.limits.reading, self._check_reader, waiting)

    def _check_reader(self, waited: int) -> None:
        if self.transport.get_write_buffer_size() >= waited:
            self.transport.abort()
        else:
            self._watch_reader()

    def _forget_reader(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None


def certificate_of(transport: BaseTransport) -> bytes | None:
    """The certificate (DER) that the client of a TLS connection showed; uvicorn keeps it to itself."""
    connection: Any = transport.get_extra_info("ssl_object")
    shown: bytes | None = connection.getpeercert(binary_form=True) if connection is not None else None
    return shown
