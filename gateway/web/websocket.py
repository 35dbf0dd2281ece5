"""GraphQL over WebSocket, by the protocol graphql-transport-ws.

A socket is opened, says who its caller is in ``connection_init`` (or did so in the headers of its handshake), is
acknowledged, and then carries operations. A breach of the protocol closes it with the code that the protocol gives.
"""

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from enum import IntEnum
from typing import Annotated, Any, Final

import msgspec
import structlog
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from gateway.core import problems
from gateway.core.caller import Evidence
from gateway.core.errors import Refusal
from gateway.core.telemetry import StreamKind
from gateway.core.text import Language, Text
from gateway.web.evidence import PERSON_HEADER, TrustedProxies, read_evidence
from gateway.web.json_text import decode
from gateway.web.origins import Origins
from gateway.web.reading import read_language, read_timeout_ms
from gateway.web.statuses import status_of
from gateway.web.stream_operations import LONGEST_ID, Asker, Complete, Next, Operations, ReaderGone
from gateway.web.streams import End, Streams
from schema.execution.executor import Executor, Operation
from schema.execution.rendering import render_refusal

SUBPROTOCOL: Final = "graphql-transport-ws"
_HANDED_ON = ("authorization", PERSON_HEADER, "accept-language", "x-request-timeout")
"""What ``connection_init`` may say, under the names of the headers that browsers cannot set."""
_LONGEST_REASON = 120
"""Of the 123 bytes that a close frame has for it; ours are ASCII but for ids."""
_WRONG_SHAPE = Text("须为 graphql-transport-ws 的消息", "it is no message of graphql-transport-ws")
_encode = msgspec.json.Encoder().encode
_log = structlog.get_logger("streams")


class Code(IntEnum):
    """Why a socket is closed."""

    NORMAL = 1000
    GOING_AWAY = 1001
    INTERNAL = 1011
    TRY_LATER = 1013
    INVALID = 4400
    UNACKNOWLEDGED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL = 4406
    SILENT = 4408
    DUPLICATE = 4409
    TWICE = 4429


class _Closed(Exception):
    """The socket has to be closed with this code, and a reason without personal data."""

    def __init__(self, code: Code, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(reason)


_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_ID)]


class _Init(msgspec.Struct, tag_field="type", tag="connection_init"):
    payload: dict[str, Any] | None = None


class _Ping(msgspec.Struct, tag_field="type", tag="ping"):
    payload: dict[str, Any] | None = None


class _Pong(msgspec.Struct, tag_field="type", tag="pong"):
    payload: dict[str, Any] | None = None


class _Request(msgspec.Struct, rename="camel"):
    query: str | None = None
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None
    document_id: str | None = None


class _Subscribe(msgspec.Struct, tag_field="type", tag="subscribe"):
    id: _Id
    payload: _Request


class _Complete(msgspec.Struct, tag_field="type", tag="complete"):
    id: _Id


_Message = _Init | _Ping | _Pong | _Subscribe | _Complete
_decoder: msgspec.json.Decoder[_Message] = msgspec.json.Decoder(_Message)


class WebSocketEndpoint:
    """Serves sockets of callers who prove who they are, and of no page whose origin is foreign."""

    def __init__(
        self, streams: Streams, executor: Executor, origins: Origins, proxies: TrustedProxies | None = None
    ) -> None:
        self._streams = streams
        self._executor = executor
        self._origins = origins
        self._proxies = proxies

    async def __call__(self, websocket: WebSocket) -> None:
        """Serve one socket until it is closed."""
        if refusal := self._refusal(websocket):
            body = _encode({"errors": [render_refusal(refusal, read_language(websocket.headers))]})
            status, headers = status_of(refusal.problem), {"cache-control": "no-store"}
            await websocket.send_denial_response(Response(body, status, headers, "application/json; charset=utf-8"))
            return
        offered = SUBPROTOCOL in websocket.scope.get("subprotocols", ())
        await websocket.accept(SUBPROTOCOL if offered else None)
        if offered:
            await _Socket(websocket, self._streams, self._executor, self._proxies).serve()
        else:
            await websocket.close(Code.SUBPROTOCOL, "Subprotocol not acceptable")

    def _refusal(self, websocket: WebSocket) -> Refusal | None:
        if not self._origins.admits(websocket.headers):
            return Refusal(problems.ORIGIN_REFUSED)
        return Refusal(problems.STREAMS_ENDING) if self._streams.stopping.ending else None


class _Socket:
    """One accepted socket."""

    def __init__(
        self, websocket: WebSocket, streams: Streams, executor: Executor, proxies: TrustedProxies | None
    ) -> None:
        self._websocket = websocket
        self._streams = streams
        self._proxies = proxies
        self._operations = Operations(streams, executor, self._tell)

    async def serve(self) -> None:
        """Until the caller closes it, breaches the protocol, or the stream must end."""
        with ExitStack() as places:
            try:
                evidence, asker = await self._begin(places)
                await self._send({"type": "connection_ack"})
                await self._carry(evidence, asker)
            except _Closed as closed:
                await self._operations.close()
                await self._close(closed)
            except (WebSocketDisconnect, ReaderGone):
                pass
            finally:
                await self._operations.close()

    async def _begin(self, places: ExitStack) -> tuple[Evidence, Asker]:
        """Who the caller is, once he has said so and has his place."""
        try:
            async with asyncio.timeout(self._streams.limits.opening):
                while not isinstance(message := await self._receive(), _Init):
                    if isinstance(message, _Subscribe):
                        raise _Closed(Code.UNACKNOWLEDGED, "Unauthorized")
                    await self._answer_ping(message)
                headers = _headers(self._websocket.headers, message.payload or {})
                evidence = read_evidence(self._websocket, self._proxies, headers)
                caller = await self._streams.verify(evidence)
                milliseconds = read_timeout_ms(headers, self._streams.limits.deadline_ms)
        except TimeoutError:
            raise _Closed(Code.SILENT, "Connection initialisation timeout") from None
        except Refusal as refusal:
            code = Code.TRY_LATER if refusal.problem is problems.STREAMS_ENDING else Code.FORBIDDEN
            raise _Closed(code, f"Forbidden {refusal.problem.number}") from None
        try:
            places.enter_context(self._streams.admitted(caller, StreamKind.WEBSOCKET))
        except Refusal as refusal:
            raise _Closed(Code.TRY_LATER, f"Too many streams {refusal.problem.number}") from None
        return evidence, Asker(caller, read_language(headers), milliseconds)

    async def _carry(self, evidence: Evidence, asker: Asker) -> None:
        """Read messages until there are no more or the stream must end; the reader has the last word."""
        reading = asyncio.create_task(self._read(asker))
        outlived = asyncio.create_task(self._streams.outlive(evidence))
        try:
            await asyncio.wait((reading, outlived), return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                reading.result()
            match outlived.result():
                case End.UNPROVEN:
                    raise _Closed(Code.FORBIDDEN, "Forbidden")
                case End.LIFETIME:
                    raise _Closed(Code.GOING_AWAY, "Lifetime over")
                case End.STOPPING:
                    # subscriptions are not completed: a client that sees the socket go subscribes elsewhere by itself
                    await self._operations.finish(complete=False)
                    raise _Closed(Code.GOING_AWAY, "Going away")
        finally:
            for task in (reading, outlived):
                task.cancel()
            await asyncio.gather(reading, outlived, return_exceptions=True)

    async def _read(self, asker: Asker) -> None:
        while True:
            match await self._receive():
                case _Init():
                    raise _Closed(Code.TWICE, "Too many initialisation requests")
                case _Subscribe(operation_id, request):
                    await self._subscribe(operation_id, request, asker)
                case _Complete(operation_id):
                    self._operations.cancel(operation_id)
                case message:
                    await self._answer_ping(message)

    async def _subscribe(self, operation_id: str, request: _Request, asker: Asker) -> None:
        operation = Operation(
            query=request.query,
            operation_name=request.operation_name,
            variables=request.variables,
            extensions=request.extensions,
            document_id=request.document_id,
        )
        try:
            self._operations.start(operation_id, operation, asker)
        except Refusal as refusal:
            if refusal.problem is problems.OPERATION_ID_TAKEN:
                raise _Closed(Code.DUPLICATE, f"Subscriber for {operation_id} already exists") from None
            await self._tell(Next(operation_id, {"errors": [render_refusal(refusal, asker.language)]}, refused=True))

    async def _answer_ping(self, message: _Message) -> None:
        if isinstance(message, _Ping):
            await self._send(
                {"type": "pong"} if message.payload is None else {"type": "pong", "payload": message.payload}
            )

    async def _receive(self) -> _Message:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", Code.NORMAL))
        text = message.get("text")
        if text is None:
            raise _Closed(Code.INVALID, "Invalid message: not text")
        try:
            return decode(_decoder, text, otherwise=_WRONG_SHAPE)
        except Refusal as refusal:
            raise _Closed(Code.INVALID, f"Invalid message: {refusal.message(Language.EN)}") from None

    async def _tell(self, message: Next | Complete) -> None:
        """In this protocol an operation that is refused ends with an error message instead of a completion."""
        if isinstance(message, Complete):
            if not message.refused:
                await self._send({"type": "complete", "id": message.id})
        elif message.refused:
            await self._send({"type": "error", "id": message.id, "payload": message.body["errors"]})
        else:
            await self._send({"type": "next", "id": message.id, "payload": message.body})

    async def _send(self, message: Mapping[str, Any]) -> None:
        # waits while the reader is slow: the server's protocol holds writers back, and ends those who read nothing
        try:
            await self._websocket.send_text(_encode(message).decode())
        except (WebSocketDisconnect, RuntimeError) as error:  # gone, or the server closes the socket by itself
            raise ReaderGone from error

    async def _close(self, closed: _Closed) -> None:
        if closed.code is not Code.GOING_AWAY:
            _log.info("stream.closed", code=int(closed.code))
        if self._websocket.application_state is WebSocketState.CONNECTED:
            with suppress(WebSocketDisconnect, RuntimeError):  # it went first
                await self._websocket.close(closed.code, _shortened(closed.reason))


def _shortened(reason: str) -> str:
    return reason.encode()[:_LONGEST_REASON].decode(errors="ignore")


def _headers(handshake: Headers, said: Mapping[str, Any]) -> Headers:
    """The headers of the handshake; what ``connection_init`` says of the same name takes their place.

    Raises:
        Refusal: BAD_INPUT, it says something that is no text.
    """
    texts = {name.lower(): value for name, value in said.items() if name.lower() in _HANDED_ON}
    for name, value in texts.items():
        if not isinstance(value, str):
            raise Refusal(problems.HEADER_INVALID, name, header=name)
    kept = [(name, value) for name, value in handshake.raw if name.decode("latin-1") not in texts]
    return Headers(raw=[*kept, *((name.encode(), value.encode()) for name, value in texts.items())])
