"""Servers: uvicorn within a running event loop, on sockets that were bound before anything started."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

from starlette.types import ASGIApp
from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from adapters.sandbox.shell import TRANSPORT
from gateway.core.errors import YiwangError

_GRACE_SECONDS = 0.5


class PortTaken(YiwangError):
    """A port is in use; the message names it, whom it was for, and the remedy."""


def bind(host: str, port: int, purpose: str) -> socket.socket:
    """A bound socket; port 0 takes a free one.

    Raises:
        PortTaken: somebody else listens there, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only for sockets that name their protocol; with it replies wait 40 ms
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        # listening at once: binding alone does not fail where another socket with reuse is bound but silent
        bound.listen()
    except OSError as error:
        bound.close()
        raise PortTaken(
            f"port {port} for {purpose} cannot be used ({error.strerror}): "
            "stop what listens there or give the sandbox another port"
        ) from error
    bound.setblocking(False)  # noqa: FBT003 - the standard library's signature
    return bound


class _Protocol(HttpToolsProtocol):
    """HTTP that lets the application reach its connection, and logs no request: queries carry tokens."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - whatever uvicorn passes
        super().__init__(*args, **kwargs)
        self.access_log = False

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: {"transport": self.transport}}


class QuietServer(Server):
    """A server that leaves signals and logging alone and tells when it is ready."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            Config(
                app,
                http=_Protocol,
                ws="none",
                lifespan="off",
                log_config=None,
                proxy_headers=False,
                server_header=False,
                date_header=False,
            )
        )
        self.ready = asyncio.Event()
        self._stop = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to answer."""
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        """Waits for the end without polling."""
        await self._stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends all connections, without the fixed pauses that uvicorn makes for callers of a real service."""
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        if state.tasks:
            await asyncio.wait(state.tasks, timeout=_GRACE_SECONDS)
        for connection in list(state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        if state.tasks:
            await asyncio.wait(state.tasks)
        for server in self.servers:
            await server.wait_closed()

    def stop(self) -> None:
        """Ends the server soon."""
        self._stop.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to whoever runs the sandbox."""
        yield
