"""Streams of server-sent events, by the protocol of graphql-sse in both of its modes.

distinct connections   each operation has a stream of its own: POST (or GET) with ``Accept: text/event-stream``
single connection      PUT reserves a stream and gives its token; GET opens it; POST starts operations in it, whose
                       events carry their ids; DELETE ends one

A stream is its connection: what was missed is not sent again, so Last-Event-ID means nothing here.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope
from starlette.types import Send as SendAsgi
from structlog.contextvars import bind_contextvars, bound_contextvars

from gateway.core import problems
from gateway.core.caller import Caller, Evidence
from gateway.core.clock import Deadline
from gateway.core.errors import Refusal
from gateway.core.telemetry import StreamKind
from gateway.core.text import Language
from gateway.web.evidence import TrustedProxies, read_evidence
from gateway.web.negotiation import Media, negotiate
from gateway.web.origins import Origins
from gateway.web.reading import check_size, read_language, read_operation, read_request_id, read_timeout_ms
from gateway.web.statuses import UNAUTHORIZED, status_of
from gateway.web.stream_operations import Asker, Complete, Next, Operations
from gateway.web.streams import Streams, key_of
from schema.execution.executor import Executor, Operation
from schema.execution.rendering import render_refusal

TOKEN_HEADER: Final = "x-graphql-event-stream-token"  # noqa: S105 - a header's name
METHODS: Final = "GET, POST, PUT, DELETE"
_ALONE = "alone"
"""Id of the operation of a stream that carries one; it is never sent."""
_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would collect events
)
_HEARTBEAT: Final = b":\n\n"
_encode = msgspec.json.Encoder().encode
_log = structlog.get_logger("streams")


class EventStream:
    """One stream; what runs in it is written once its connection is there.

    Args:
        alone: whether it carries a single operation, whose events need no id.
    """

    def __init__(self, streams: Streams, executor: Executor, *, alone: bool) -> None:
        self.operations = Operations(streams, executor, self._tell)
        self._streams = streams
        self._alone = alone
        self._send: SendAsgi | None = None
        self._writing = asyncio.Lock()

    @property
    def is_open(self) -> bool:
        """Whether its connection is there."""
        return self._send is not None

    async def run(
        self, receive: Receive, send: SendAsgi, evidence: Evidence, begin: Callable[[], None] = lambda: None
    ) -> None:
        """Write events from ``begin`` on, until the reader goes, the only operation is over or the stream must end."""
        self._send = send
        await send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
        await self._write(_HEARTBEAT)
        begin()
        outlived = asyncio.create_task(self._streams.outlive(evidence))
        waits: list[asyncio.Task[Any]] = [
            outlived,
            asyncio.create_task(_gone(receive)),
            asyncio.create_task(self._beat()),
        ]
        if self._alone:
            waits.append(asyncio.create_task(self.operations.over()))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if outlived.done():
                await self.operations.finish(complete=True)
        finally:
            for task in waits:
                task.cancel()
            await self.operations.close()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _tell(self, message: Next | Complete) -> None:
        if isinstance(message, Complete):
            data = b"" if self._alone else _encode({"id": message.id})
            await self._write(b"event: complete\ndata: " + data + b"\n\n")
        else:
            data = _encode(message.body if self._alone else {"id": message.id, "payload": message.body})
            await self._write(b"event: next\ndata: " + data + b"\n\n")

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._streams.limits.heartbeat)
            await self._write(_HEARTBEAT)

    async def _write(self, data: bytes) -> None:
        assert self._send is not None, "nothing runs in a stream that is not open"
        async with self._writing:
            await self._send({"type": "http.response.body", "body": data, "more_body": True})


class _Reservation:
    """A stream that one caller has reserved, with its places, until ``deadline`` unless it is opened before."""

    def __init__(self, stream: EventStream, caller: Caller, places: ExitStack, deadline: Deadline) -> None:
        self.stream = stream
        self.owner = key_of(caller)
        self.places = places
        self.deadline = deadline


class EventStreams:
    """The ASGI application of streams of server-sent events."""

    def __init__(
        self,
        streams: Streams,
        executor: Executor,
        origins: Origins | None = None,
        proxies: TrustedProxies | None = None,
    ) -> None:
        self._streams = streams
        self._executor = executor
        self._origins = origins or Origins()
        self._proxies = proxies
        self._reserved: dict[bytes, _Reservation] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: SendAsgi) -> None:
        """Answer one request: with a stream, or with what was done to one."""
        request = Request(scope, receive)
        origin = request.headers.get("origin")
        if request.method == "OPTIONS":
            headers = {"allow": f"{METHODS}, OPTIONS", **self._origins.preflight(origin, METHODS)}
            await Response(status_code=204, headers=headers)(scope, receive, send)
            return
        request.state.id = request_id = read_request_id(request.headers) or secrets.token_hex(8)
        headers = {"x-request-id": request_id, **self._origins.headers(origin)}
        shared = [(name.encode(), value.encode()) for name, value in headers.items()]

        async def send_shared(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *shared]
                _log.info("stream.request", method=request.method, status=message["status"])
            await send(message)

        with bound_contextvars(request_id=request_id, application=None):
            try:
                response = await self._answer(request, send_shared)
            except Refusal as refusal:
                response = _refused(refusal, read_language(request.headers))
            except ClientDisconnect:
                return
            if response is not None:
                await response(scope, receive, send_shared)

    async def _answer(self, request: Request, send: SendAsgi) -> Response | None:
        """What to respond, or None where a stream was the response."""
        if request.method not in METHODS.split(", "):
            return Response(status_code=405, headers={"allow": METHODS})
        check_size(request)
        evidence = read_evidence(request, self._proxies)
        caller = await self._streams.verify(evidence)
        bind_contextvars(application=caller.application.code)
        if request.method == "PUT":
            return _said(201, self._reserve(caller))
        token = request.headers.get(TOKEN_HEADER) or request.query_params.get("token")
        if token is None:
            if request.method == "DELETE" or not asks_for_events(request):
                raise Refusal(problems.STREAM_NEEDED)
            await self._distinct(request, send, caller, evidence)
            return None
        digest, reservation = self._find(token, caller)
        if request.method == "DELETE":
            reservation.stream.operations.cancel(request.query_params.get("operationId", ""))
            return _said(200)
        if asks_for_events(request):
            await self._open(digest, request, send, evidence)
            return None
        return await self._start(request, caller, reservation.stream)

    async def _distinct(self, request: Request, send: SendAsgi, caller: Caller, evidence: Evidence) -> None:
        operation, asker = await self._read(request, caller)
        stream = EventStream(self._streams, self._executor, alone=True)
        with self._streams.admitted(caller, StreamKind.SSE):
            await stream.run(request.receive, send, evidence, lambda: stream.operations.start(_ALONE, operation, asker))

    def _reserve(self, caller: Caller) -> str:
        for digest in [one for one, reservation in self._reserved.items() if self._is_over(reservation)]:
            self._reserved.pop(digest).places.close()
        with ExitStack() as places:
            places.enter_context(self._streams.admitted(caller, StreamKind.SSE))
            stream = EventStream(self._streams, self._executor, alone=False)
            deadline = Deadline.after(self._streams.limits.opening, self._streams.clock)
            token = secrets.token_urlsafe(32)
            self._reserved[_digest(token)] = _Reservation(stream, caller, places.pop_all(), deadline)
        return token

    def _is_over(self, reservation: _Reservation) -> bool:
        return not reservation.stream.is_open and not reservation.deadline.remaining(self._streams.clock)

    def _find(self, token: str, caller: Caller) -> tuple[bytes, _Reservation]:
        digest = _digest(token)  # what is looked up is no secret, so how long that takes tells nothing of one
        reservation = self._reserved.get(digest)
        if reservation is None or self._is_over(reservation) or reservation.owner != key_of(caller):
            raise Refusal(problems.STREAM_UNKNOWN)
        return digest, reservation

    async def _open(self, digest: bytes, request: Request, send: SendAsgi, evidence: Evidence) -> None:
        reservation = self._reserved[digest]
        if reservation.stream.is_open:
            raise Refusal(problems.STREAM_TAKEN)
        try:
            await reservation.stream.run(request.receive, send, evidence)
        finally:
            del self._reserved[digest]
            reservation.places.close()

    async def _start(self, request: Request, caller: Caller, stream: EventStream) -> Response:
        if not stream.is_open:
            raise Refusal(problems.STREAM_UNKNOWN)
        operation, asker = await self._read(request, caller)
        operation_id = (operation.extensions or {}).get("operationId")
        stream.operations.start(operation_id if isinstance(operation_id, str) else "", operation, asker)
        return _said(202)

    async def _read(self, request: Request, caller: Caller) -> tuple[Operation, Asker]:
        """The operation and who asks it, read before the caller's time for it is over."""
        limits = self._streams.limits
        milliseconds = read_timeout_ms(request.headers, limits.deadline_ms)
        try:
            async with asyncio.timeout(milliseconds / 1000):
                operation = await read_operation(request, limits.message_bytes)
        except TimeoutError as error:
            raise Refusal(problems.OUT_OF_TIME, milliseconds=milliseconds) from error
        return operation, Asker(caller, read_language(request.headers), milliseconds, request.state.id)


def asks_for_events(request: Request) -> bool:
    """Whether the caller would rather have a stream of events than anything else."""
    return negotiate(request.headers.get("accept"), events=True) is Media.EVENTS


async def _gone(receive: Receive) -> None:
    """Wait until the reader is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _said(status: int, text: str = "") -> Response:
    return Response(text, status, {"cache-control": "no-store"}, "text/plain; charset=utf-8")


def _refused(refusal: Refusal, language: Language) -> Response:
    status = status_of(refusal.problem)
    headers = {"cache-control": "no-store"}
    if status == UNAUTHORIZED:
        headers["www-authenticate"] = 'Bearer realm="yiwang"'
    body = _encode({"errors": [render_refusal(refusal, language)]})
    return Response(body, status, headers, "application/json; charset=utf-8")
