"""An HTTP client for load: one kept connection each, nothing of the gateway's own code."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_MOST_HEAD = 65_536


@dataclass(frozen=True)
class Answer:
    """An answer that was read to its end.

    Attributes:
        milliseconds: from the moment when the request was due, so that waiting for a connection counts.
    """

    status: int
    request_id: str
    body: dict[str, Any]
    milliseconds: float

    @property
    def data(self) -> dict[str, Any]:
        return self.body.get("data") or {}


class Unanswered(Exception):
    """No whole answer came; the message is the kind of failure."""


class Connection:
    """One connection that is opened when it is needed and kept while it can be."""

    def __init__(self, port: int, token: str) -> None:
        self.port = port
        self._token = token
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(
        self, query: str, variables: Mapping[str, Any], timeout_ms: int, due: float | None = None, slack: float = 10
    ) -> Answer:
        """The answer to an operation.

        Args:
            query, variables: the operation.
            timeout_ms: the deadline that the gateway is told.
            due: when it should have been sent, of ``time.monotonic``; now if left out.
            slack: seconds beyond the deadline after which the client gives up.

        Raises:
            Unanswered: the connection broke, or nothing came in time.
        """
        due = time.monotonic() if due is None else due
        body = json.dumps({"query": query, "variables": variables}).encode()
        head = (
            f"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\nauthorization: Bearer {self._token}\r\n"
            "content-type: application/json\r\naccept: application/graphql-response+json\r\n"
            f"x-request-timeout: {timeout_ms}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        try:
            async with asyncio.timeout(timeout_ms / 1000 + slack):
                status, headers, content = await self._exchange(head.encode() + body)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            self.close()
            raise Unanswered(type(error).__name__) from error
        return Answer(status, headers.get("x-request-id", ""), json.loads(content), (time.monotonic() - due) * 1000)

    async def _exchange(self, message: bytes) -> tuple[int, dict[str, str], bytes]:
        fresh = self._streams is None
        try:
            return await self._talk(message)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.close()
            if fresh:
                raise
            return await self._talk(message)  # a kept connection that the server had closed meanwhile: as browsers do

    async def _talk(self, message: bytes) -> tuple[int, dict[str, str], bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port, limit=_MOST_HEAD)
        reader, writer = self._streams
        writer.write(message)
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        content = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection") == "close":
            self.close()
        return int(lines[0].split(" ")[1]), headers, content

    async def open(self) -> None:
        """Connect now, so that connecting is no part of what is measured."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port, limit=_MOST_HEAD)

    def close(self) -> None:
        """Drop the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None
