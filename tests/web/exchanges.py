"""A gateway behind a real listener, as `yiwang serve` has it, and bytes sent to it as they are."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import msgspec

from gateway.cli.server import gateway_listener
from gateway.settings import Settings
from gateway.web.app import Application


class Heard(NamedTuple):
    """A response as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def number(self) -> str:
        """The number of its one error."""
        (error,) = self.json()["errors"]
        return str(error["extensions"]["number"])


@asynccontextmanager
async def served(app: Application) -> AsyncIterator[int]:
    """The port on 127.0.0.1 at which the application is served while the block lasts."""
    listener = gateway_listener(app, Settings(port=0))
    await listener.open()
    hurry = asyncio.Event()
    hurry.set()
    try:
        yield int(listener.address.rpartition(":")[2])
    finally:
        await listener.close(0, hurry)


async def exchange(port: int, sent: bytes, *, half_close: bool = False) -> bytes:
    """Everything that the server says to these bytes until it closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(60):
            writer.write(sent)
            if half_close:
                writer.write_eof()
            try:
                await writer.drain()
                return await reader.read()
            except ConnectionError:
                return b""
    finally:
        writer.close()


async def ask(port: int, method: str, target: str, headers: Mapping[str, str], body: bytes | None = None) -> Heard:
    """The response to one request."""
    lines = [f"{method} {target} HTTP/1.1", "Host: gateway.test", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return heard(await exchange(port, "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")))


def heard(raw: bytes) -> Heard:
    """A response taken apart; its body came whole, since the connection was closed after it."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Heard(int(first.split(" ")[1]), headers, body)
