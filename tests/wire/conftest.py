import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.kit.http import Connections, HostAllowList, HttpClient
from gateway.core.clock import Deadline

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class WallClock:
    """The real time: the wire is the one place where it cannot be injected."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


@pytest.fixture
def clock() -> WallClock:
    return WallClock()


@pytest.fixture
def soon(clock: WallClock) -> Callable[[float], Deadline]:
    return lambda seconds: Deadline.after(seconds, clock)


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Handler], Awaitable[int]]]:
    """Starts a raw server with a handler per connection and gives its port."""
    async with AsyncExitStack() as stack:
        running: set[asyncio.Task[None]] = set()

        async def start(handler: Handler, tls: ssl.SSLContext | None = None) -> int:
            async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                task = asyncio.current_task()
                assert task is not None
                running.add(task)
                try:
                    await handler(reader, writer)
                except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                    pass
                finally:
                    running.discard(task)
                    writer.transport.abort() if writer.transport.is_closing() else writer.close()

            server = await asyncio.start_server(guarded, "127.0.0.1", 0, ssl=tls)
            stack.callback(server.close)
            return int(server.sockets[0].getsockname()[1])

        yield start
        for task in list(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


@pytest.fixture
async def answer(serve: Callable[..., Awaitable[int]]) -> Callable[[bytes], Awaitable[int]]:
    """A server that reads one request's head, writes these bytes and closes."""

    async def start(data: bytes, tls: ssl.SSLContext | None = None) -> int:
        async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(data)
            await writer.drain()

        return await serve(handler, tls)

    return start


@pytest.fixture
async def connect(clock: WallClock) -> AsyncIterator[Callable[..., HttpClient]]:
    clients: list[HttpClient] = []

    def make(*entries: str, **options: Any) -> HttpClient:
        clients.append(HttpClient(clock=clock, allowed=HostAllowList(entries), connections=Connections(**options)))
        return clients[-1]

    yield make
    for client in clients:
        await client.aclose()
