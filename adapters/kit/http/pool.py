"""The connections of one system: how many at once, which are kept for the next call, and until when."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

import msgspec

from adapters.kit.http.connection import Connection, open_connection
from adapters.kit.http.failures import Phase, Progress
from adapters.kit.http.hosts import Origin, Place

_CLOSING_SECONDS = 1.0
"""How long the end of a pool waits for the loop to close what was cut off."""


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


class _Kept(msgspec.Struct, frozen=True):
    place: Place
    expiry: asyncio.TimerHandle


class Pool:
    """Lends connections, one to a call; what is not given back clean is cut off.

    Nothing that frees a place or a connection waits for anything: however calls are cancelled, none stays behind.

    Args:
        bounds: how many, and how long.
        tls: the settings of TLS connections.

    Attributes:
        certificates: until when the certificate is in force that each place showed last.
    """

    def __init__(self, bounds: Connections, tls: ssl.SSLContext) -> None:
        self._bounds = bounds
        self._tls = tls
        self._places = asyncio.Semaphore(bounds.most)
        self._calls = 0
        self._lent: set[Connection] = set()
        self._kept: dict[Connection, _Kept] = {}
        self._closed = False
        self.certificates: dict[Place, datetime] = {}

    @asynccontextmanager
    async def lend(
        self, origin: Origin, seconds: float, progress: Progress, *, fresh: bool = False
    ) -> AsyncIterator[Connection]:
        """A connection to ``origin``, made within ``seconds`` if none is kept; kept if it is left ``reusable``.

        A ``fresh`` one is always made.

        Raises:
            SystemFailure, OSError: it could not be made, as ``open_connection`` says.
        """
        async with self._places:
            self._calls += 1
            connection: Connection | None = None
            try:
                connection = None if fresh else self._take(origin.place)
                if connection is None:
                    progress.phase = Phase.CONNECTING
                    connection = await self._open(origin, seconds)
                self._lent.add(connection)
                yield connection
            finally:
                self._calls -= 1
                if connection is not None:
                    self._lent.discard(connection)
                    self._give_back(connection, origin.place)

    async def aclose(self) -> None:
        """Cut off every connection, those of calls under way too; the pool is not used again."""
        self._closed = True
        ending = [*self._lent, *self._kept]
        for connection in self._lent:
            connection.abort()
        for connection in list(self._kept):
            self._drop(connection)
        if ending:
            await asyncio.wait([connection.lost for connection in ending], timeout=_CLOSING_SECONDS)

    async def _open(self, origin: Origin, seconds: float) -> Connection:
        while self._kept and self._calls + len(self._kept) > self._bounds.most:
            self._drop(next(iter(self._kept)))
        connection = await open_connection(origin, self._tls, min(seconds, self._bounds.connect))
        if self._closed:  # meanwhile; of this connection it did not know
            connection.abort()
            raise ConnectionAbortedError
        if (end := connection.certificate_end()) is not None:
            self.certificates[origin.place] = end
        return connection

    def _take(self, place: Place) -> Connection | None:
        """The kept connection that was used last; those before it are left to expire."""
        for connection in [one for one, kept in reversed(self._kept.items()) if kept.place == place]:
            self._kept.pop(connection).expiry.cancel()
            connection.disturbed, connection.reusable = None, False
            if connection.is_fresh():
                return connection
            connection.abort()
        return None

    def _give_back(self, connection: Connection, place: Place) -> None:
        if self._closed or not connection.reusable or not connection.is_quiet():
            connection.abort()
            return
        drop = partial(self._drop, connection)
        connection.disturbed = drop
        self._kept[connection] = _Kept(place, asyncio.get_running_loop().call_later(self._bounds.idle, drop))
        if len(self._kept) > self._bounds.kept:
            self._drop(next(iter(self._kept)))

    def _drop(self, connection: Connection) -> None:
        self._kept.pop(connection).expiry.cancel()
        connection.abort()
