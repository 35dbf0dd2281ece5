"""A WebSocket client that says and reads whatever a test wants, over a real connection."""

import asyncio
import json
import socket as socket_module
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Message,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)

PROTOCOL = "graphql-transport-ws"
_SECONDS = 60


class Closed(Exception):
    """The server closed the socket with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(f"{code} {reason}")


class Rejected(Exception):
    """The server did not open a socket."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(str(status))


class Socket:
    """An open socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.protocol = WSConnection(ConnectionType.CLIENT)
        self.subprotocol: str | None = None
        self._events: list[Event] = []
        self._text = ""

    def emit(self, event: Event) -> None:
        self.writer.write(self.protocol.send(event))

    def say(self, message: Mapping[str, Any] | str | bytes) -> None:
        """Send a message: JSON, text or bytes."""
        data = json.dumps(message) if isinstance(message, Mapping) else message
        self.emit(TextMessage(data) if isinstance(data, str) else BytesMessage(data))

    def begin(self, payload: Mapping[str, Any] | None = None) -> None:
        self.say({"type": "connection_init", **({} if payload is None else {"payload": payload})})

    def ask(self, operation_id: str, query: str, **more: Any) -> None:
        self.say({"type": "subscribe", "id": operation_id, "payload": {"query": query, **more}})

    def complete(self, operation_id: str) -> None:
        self.say({"type": "complete", "id": operation_id})

    async def heard(self) -> dict[str, Any]:
        """The next message; raises Closed if the server closes instead."""
        while True:
            event = await self.event()
            match event:
                case TextMessage():
                    self._text += event.data
                    if event.message_finished:
                        text, self._text = self._text, ""
                        return dict(json.loads(text))
                case CloseConnection():
                    raise Closed(int(event.code), event.reason or "")
                case Ping():
                    self.emit(event.response())
                case _:
                    pass

    async def event(self) -> Event:
        while not self._events:
            data = await asyncio.wait_for(self.reader.read(65_536), _SECONDS)
            self.protocol.receive_data(data or None)
            self._events += self.protocol.events()
        return self._events.pop(0)

    async def closed(self) -> Closed:
        """How the server closes the socket, whatever it says before."""
        try:
            while True:
                await self.heard()
        except Closed as closed:
            return closed


@asynccontextmanager
async def opened(
    url: str,
    headers: Mapping[str, str] | None = None,
    protocols: tuple[str, ...] = (PROTOCOL,),
    *,
    buffer: int | None = None,
) -> AsyncIterator[Socket]:
    """A socket at /graphql of the server; raises Rejected if it opens none. ``buffer`` bytes wait here at most."""
    parts = urlsplit(url)
    connection = socket_module.socket()
    if buffer is not None:
        connection.setsockopt(socket_module.SOL_SOCKET, socket_module.SO_RCVBUF, buffer)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, (parts.hostname, parts.port))
    reader, writer = await asyncio.open_connection(sock=connection, limit=buffer or 65_536)
    socket = Socket(reader, writer)
    extra = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    socket.emit(Request(host=parts.netloc, target="/graphql", subprotocols=list(protocols), extra_headers=extra))
    try:
        match await socket.event():
            case AcceptConnection(subprotocol=subprotocol):
                socket.subprotocol = subprotocol
            case RejectConnection(status_code=status):
                raise Rejected(status)
            case event:
                raise AssertionError(event)
        yield socket
    finally:
        writer.transport.abort()


__all__ = ["PROTOCOL", "Closed", "Message", "Ping", "Rejected", "Socket", "opened"]
