"""A client as a frontend team would have one: plain HTTP, nothing of the gateway's own code."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from queue import Empty, SimpleQueue
from socket import SHUT_RDWR
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import msgspec

_SECONDS = 60


class Reply(msgspec.Struct, frozen=True):
    """A GraphQL reply: HTTP status, body, the milliseconds it took, and the gateway's number of the request."""

    status: int
    body: dict[str, Any]
    milliseconds: float
    request_id: str

    @property
    def data(self) -> dict[str, Any]:
        """The data, empty if there is none."""
        return self.body.get("data") or {}

    @property
    def codes(self) -> list[str]:
        """The codes of the errors."""
        return [error["extensions"]["code"] for error in self.body.get("errors", ())]


class Client:
    """Speaks to addresses of this machine; proxies of the environment are ignored."""

    def __init__(self) -> None:
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def answers(self, url: str) -> bool:
        """Whether a GET of ``url`` succeeds."""
        try:
            with self._opener.open(url, timeout=_SECONDS) as reply:
                return bool(reply.status == 200)  # noqa: PLR2004 - OK
        except OSError:
            return False

    def graphql(
        self,
        gateway: str,
        token: str | None,
        query: str,
        variables: dict[str, Any],
        timeout_ms: int | None = None,
        language: str | None = None,
    ) -> Reply:
        """The reply to a GraphQL operation, also if its HTTP status is an error."""
        headers = {"Content-Type": "application/json", "Accept": "application/graphql-response+json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if timeout_ms is not None:
            headers["X-Request-Timeout"] = str(timeout_ms)
        if language is not None:
            headers["Accept-Language"] = language
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{gateway}/graphql", body, headers, method="POST")  # noqa: S310 - http, to ourselves
        started = time.monotonic()
        try:
            with self._opener.open(request, timeout=_SECONDS) as reply:
                status, content, told = reply.status, reply.read(), reply.headers
        except urllib.error.HTTPError as error:
            status, content, told = error.code, error.read(), error.headers
        milliseconds = (time.monotonic() - started) * 1000
        return Reply(status, json.loads(content), milliseconds, told.get("X-Request-Id", ""))

    @contextmanager
    def listening(
        self, gateway: str, token: str, subscription: str, variables: dict[str, Any]
    ) -> Iterator[Callable[[float], dict[str, Any] | None]]:
        """What gives the next event of a subscription (SSE): its data, or None if none comes in so many seconds."""
        headers = {
            "Content-Type": "application/json",
            "Accept": "text/event-stream",
            "Authorization": f"Bearer {token}",
        }
        body = json.dumps({"query": subscription, "variables": variables}).encode()
        events: SimpleQueue[dict[str, Any]] = SimpleQueue()

        def following(seconds: float) -> dict[str, Any] | None:
            try:
                return events.get(timeout=seconds)
            except Empty:
                return None

        connection = HTTPConnection(urlsplit(gateway).netloc, timeout=_SECONDS)
        connection.connect()
        line = connection.sock
        try:
            connection.request("POST", "/graphql", body, headers)
            reader = Thread(target=_read_events, args=(connection.getresponse(), events), daemon=True)
            reader.start()
            try:
                yield following
            finally:
                with suppress(OSError):
                    line.shutdown(SHUT_RDWR)  # closing alone would wait for the reader, and he for the next event
                reader.join(_SECONDS)  # what he reads is not to be closed under him
        finally:
            connection.close()

    def send(self, url: str, token: str, content: bytes) -> Any:  # noqa: ANN401 - any JSON
        """The JSON that answers a PUT of ``content``."""
        headers = {"Authorization": f"Bearer {token}"}
        request = urllib.request.Request(url, content, headers, method="PUT")  # noqa: S310 - http, to ourselves
        with self._opener.open(request, timeout=_SECONDS) as reply:
            return json.load(reply)

    def fetch(self, url: str, token: str) -> bytes:
        """The bytes at ``url``."""
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - http, to ourselves
        with self._opener.open(request, timeout=_SECONDS) as reply:
            content: bytes = reply.read()
        return content

    def read(self, url: str) -> Any:  # noqa: ANN401 - any JSON
        """The JSON at ``url``."""
        with self._opener.open(url, timeout=_SECONDS) as reply:
            return json.load(reply)

    def order(self, url: str, body: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
        """The JSON with which the sandbox answers an order."""
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")  # noqa: S310 - http, to ourselves
        with self._opener.open(request, timeout=_SECONDS) as reply:
            return json.load(reply)

    def set_fault(self, faults: str, system: str, fault: dict[str, Any] | None) -> None:
        """Switch a fault of a sandbox system, or clear it with None."""
        method = "DELETE" if fault is None else "PUT"
        request = urllib.request.Request(  # noqa: S310 - http, to ourselves
            f"{faults}/{system}", json.dumps(fault).encode() if fault else None, method=method
        )
        with self._opener.open(request, timeout=_SECONDS):
            pass


def _read_events(stream: Any, events: "SimpleQueue[dict[str, Any]]") -> None:  # noqa: ANN401 - urllib's own reply
    """Pass on the data of every event until the stream ends."""
    with suppress(OSError, HTTPException, ValueError):
        for line in stream:
            field, _, value = line.decode().partition(":")
            if field == "data" and (data := json.loads(value or "null")):
                events.put(data.get("data") or {})
