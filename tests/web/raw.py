"""Bytes over a socket, and an application that is nothing but awaited: what a server does with them is its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from starlette.types import Message, Receive, Scope, Send


class Echo:
    """An ASGI application that answers a request with its body when it is let."""

    def __init__(self, *, waits: bool = False) -> None:
        self.seen: list[str] = []
        self.headers: list[tuple[bytes, bytes]] = []
        self.may_answer = asyncio.Event()
        self.asked = asyncio.Event()
        self.gone = asyncio.Event()
        if not waits:
            self.may_answer.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen.append(f"{scope['method']} {scope['path']}")
        self.asked.set()
        body = b""
        more = scope["path"] != "/early"
        while more:
            message: Message = await receive()
            if message["type"] == "http.disconnect":
                self.gone.set()
                return
            body += message["body"]
            more = message["more_body"]
        self.headers = list(scope["headers"])
        await self.may_answer.wait()
        length = str(len(body)).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
        await send({"type": "http.response.body", "body": body})


class Peer:
    """One end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def status(self) -> int:
        """The status of the next answer, of which head and body are read."""
        status, _, _ = await self.answer()
        return status

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The next answer."""
        head = (await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 60)).decode("latin-1")
        first, *lines = head.split("\r\n")[:-2]
        headers = dict(line.lower().split(": ", 1) for line in lines)
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return int(first.split()[1]), headers, body

    async def rest(self) -> bytes:
        """Everything until the other end closes."""
        with suppress(ConnectionError):
            return await asyncio.wait_for(self.reader.read(), 60)
        return b""


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Peer]:
    """A connection to the server of this URL."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        yield Peer(reader, writer)
    finally:
        writer.transport.abort()


def post(body: bytes, path: str = "/", *headers: str, length: int | None = None) -> bytes:
    """A POST request."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: gateway.test",
        f"Content-Length: {len(body) if length is None else length}",
    ]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


GET = b"GET / HTTP/1.1\r\nHost: gateway.test\r\n\r\n"
