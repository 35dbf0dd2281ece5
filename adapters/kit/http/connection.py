"""One connection over the loop's own transports: whoever holds it cuts it off at once, without waiting for anything."""

import asyncio
import select
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from socket import SOCK_STREAM

from adapters.kit.http.hosts import Origin
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

_PIECE = 16 * 1024
"""Bytes handed out at once; between two pieces other calls have their turn."""

_HELD = 64 * 1024
"""Bytes that may lie unread before the peer is made to wait."""

_ADDRESSES = 8
"""How many of a name's addresses are tried."""


class Connection(asyncio.Protocol):
    """A byte stream whose ending needs no cooperation: ``abort`` is no coroutine, so no cancellation can stop it.

    Attributes:
        reusable: whether the last exchange on it came to a clean end, so that another may follow.
        disturbed: called when anything happens to it; for a time in which nothing should.
    """

    def __init__(self) -> None:
        self.reusable = False
        self.disturbed: Callable[[], None] | None = None
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None
        self._arrived = bytearray()
        self._ended = False
        self._error: Exception | None = None
        self._reader: asyncio.Future[None] | None = None

    def write(self, data: bytes) -> None:
        """Send ``data``; if the peer has gone this is noticed in reading, after what it may have said before."""
        transport = self._open_transport()
        if transport is not None:
            transport.write(data)

    async def read(self) -> bytes:
        """The next bytes; none at the end of the stream.

        Raises:
            OSError: the connection broke.
        """
        if self._arrived:
            await asyncio.sleep(0)
        while not self._arrived:
            if self._error is not None:
                raise self._error
            if self._ended:
                return b""
            self._resume()
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        piece = bytes(self._arrived[:_PIECE])
        del self._arrived[:_PIECE]
        return piece

    def abort(self) -> None:
        """Cut it off, whatever is under way. It may be called at any time and more than once."""
        self.disturbed = None
        self._ended = True
        self._arrived.clear()
        if self._transport is not None:
            self._transport.abort()
        elif not self.lost.done():
            self.lost.set_result(None)

    def is_quiet(self) -> bool:
        """Whether it is open with nothing unsent and nothing unread, seen from here."""
        transport = self._open_transport()
        return transport is not None and not self._arrived and transport.get_write_buffer_size() == 0

    def is_fresh(self) -> bool:
        """Whether it is quiet down in the kernel too, where a close may lie that the loop has not seen yet."""
        if not self.is_quiet() or self._transport is None:
            return False
        poll = select.poll()
        poll.register(self._transport.get_extra_info("socket").fileno(), select.POLLIN)
        return not poll.poll(0)

    def certificate_end(self) -> datetime | None:
        """Until when the peer's certificate is in force; None without TLS."""
        certificate = self._transport.get_extra_info("peercert") if self._transport is not None else None
        if not certificate:
            return None
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)

    # ---- what the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = transport  # type: ignore[assignment] # of a stream, which this is, it is a Transport
        if self._ended:
            self.abort()

    def data_received(self, data: bytes) -> None:
        """Keep what arrived, and hold the peer back where too much of it lies unread."""
        if self._ended:
            return
        self._arrived += data
        if len(self._arrived) > _HELD and (transport := self._open_transport()) is not None:
            transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """Note the end; the transport then closes by itself."""
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that it is over."""
        self._ended, self._error = True, exc
        if not self.lost.done():
            self.lost.set_result(None)
        self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)
        if self.disturbed is not None:
            self.disturbed()

    def _resume(self) -> None:
        transport = self._open_transport()
        if transport is not None and not transport.is_reading():
            transport.resume_reading()

    def _open_transport(self) -> asyncio.Transport | None:
        transport = self._transport
        return None if transport is None or self._ended or transport.is_closing() else transport


async def open_connection(origin: Origin, tls: ssl.SSLContext, seconds: float) -> Connection:
    """A connection to ``origin``, with TLS where its scheme says so.

    The addresses of a name are tried one after the other, each with its share of the ``seconds`` that are left.

    Raises:
        SystemFailure: GATEWAY_ERROR, ours: the name leads only to addresses that no system may have; none is contacted.
        OSError: no address could be connected to; the last one's error, a TimeoutError where time ran out.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    async with asyncio.timeout(seconds):
        found = await _addresses(origin)
    addresses = [address for address in found if origin.accepts_peer(address)][:_ADDRESSES]
    if not addresses:
        raise SystemFailure(
            Outcome.GATEWAY_ERROR,
            Fault.OURS,
            "the host name leads to an address that is never allowed",
            unsent=True,
        )
    failure: OSError | None = None
    for place, address in enumerate(addresses):
        try:
            async with asyncio.timeout((until - loop.time()) / (len(addresses) - place)):
                return await _connected(address, origin, tls)
        except OSError as error:
            failure = error
    assert failure is not None
    raise failure


async def _connected(address: str, origin: Origin, tls: ssl.SSLContext) -> Connection:
    is_secret = origin.scheme == "https"
    connection = Connection()
    try:
        await asyncio.get_running_loop().create_connection(
            lambda: connection,
            address,
            origin.port,
            ssl=tls if is_secret else None,
            server_hostname=origin.host if is_secret else None,
        )
    except BaseException:
        connection.abort()  # it may have been made in the very moment in which it was given up
        raise
    return connection


async def _addresses(origin: Origin) -> list[str]:
    """Where the host is, each address once, in the resolver's order."""
    try:
        return [str(ip_address(origin.host))]
    except ValueError:
        found = await asyncio.get_running_loop().getaddrinfo(origin.host, origin.port, type=SOCK_STREAM)
        return list(dict.fromkeys(str(place[4][0]) for place in found))
