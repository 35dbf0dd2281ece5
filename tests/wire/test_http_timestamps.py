"""Timestamps over a real socket: a dead authority, one that hangs, one that lies, and then one that holds."""

import asyncio
from typing import Any

from adapters.kit.http import Connections, HttpDocuments
from certs.timestamps import Authority, Imprint, TimestampClient, respond
from certs.x509 import Hash
from gateway.core.clock import Deadline
from tests.timestamps.authorities import DATA, NOW, stamper, trust


class TodayClock:
    """The real seconds, on the day on which the certificates of the tests are in force."""

    def __init__(self, clock: Any) -> None:
        self.monotonic = clock.monotonic

    def now(self) -> Any:
        return NOW


async def test_the_client_finds_the_authority_that_holds(serve: Any, clock: Any) -> None:
    async def read(reader: Any) -> bytes:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        return bytes(await reader.readexactly(int(length.partition(b":")[2])))

    async def good(reader: Any, writer: Any) -> None:
        answer = await respond(await read(reader), stamper())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\n")
        writer.write(f"Content-Length: {len(answer)}\r\n\r\n".encode() + answer)
        await writer.drain()

    async def broken(reader: Any, writer: Any) -> None:
        await read(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>")
        await writer.drain()

    async def hanging(reader: Any, writer: Any) -> None:
        await asyncio.Event().wait()

    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    dead = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    ports = [dead, *[await serve(one) for one in (hanging, broken, good)]]
    authorities = [Authority(url=f"http://127.0.0.1:{port}/tsa", seconds=0.5) for port in ports]
    reports: list[str] = []
    today = TodayClock(clock)
    documents = HttpDocuments(
        authorities[0].url, clock, others=[one.url for one in authorities[1:]], connections=Connections(most=4)
    )
    client = TimestampClient(authorities, documents, today, trust(), report=lambda _host, why: reports.append(why))
    try:
        token = await client.get_token(Imprint.of(DATA, Hash.SM3), Deadline.after(20, clock))
        assert token.imprint == Imprint.of(DATA, Hash.SM3)
        assert len(reports) == 3
        several = [Imprint.of(bytes([number]), Hash.SM3) for number in range(8)]
        tokens = await asyncio.gather(*(client.get_token(one, Deadline.after(20, clock)) for one in several))
        assert [one.imprint for one in tokens] == several
        assert len(reports) == 3, "none of those that failed is asked again so soon"
    finally:
        await documents.aclose()
