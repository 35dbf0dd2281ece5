"""The shell around a system: reads whole requests, counts them, and lets faults happen on the real connection."""

import asyncio
import contextlib
import re
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.sandbox.calls import CallCounts
from adapters.sandbox.faults import Fault, FaultKind, Faults
from adapters.sandbox.sealing.desk import FATE
from adapters.sandbox.sealing.stamping import Fate
from adapters.sandbox.system import (
    MAX_DOCUMENT_REQUEST,
    MAX_REQUEST,
    RECORDS,
    REQUESTS,
    RecordFate,
    RequestFate,
    SealsDocuments,
    SignsReplies,
    System,
    TakesRequests,
)

TRANSPORT = "sandbox.transport"
"""Key in a scope's ``extensions`` whose ``transport`` is that of the connection."""

_DISHONEST = (FaultKind.OTHER_DOCUMENT, FaultKind.CHANGED_PAGE, FaultKind.NOTHING, FaultKind.FORGET)
_CHUNK = 65_536
_CHARSET = re.compile(r"charset=([A-Za-z0-9-]+)")
_TEXT = re.compile(r"charset=|text/|json|xml")
_PROLOG_CHARSET = re.compile(r'\A(<\?xml [^>]*)encoding="[A-Za-z0-9-]+"')
_ERROR_PAGE = "<!DOCTYPE html><html><head><title>502</title></head><body><h1>系统维护中</h1></body></html>"


class Shell:
    """The application that a server runs for a system.

    Args:
        system: what is inside.
        faults: what may go wrong.
        calls: where calls are counted.
        closing: set when the sandbox ends, so that nobody is left hanging.
    """

    def __init__(self, system: System, faults: Faults, calls: CallCounts, closing: asyncio.Event) -> None:
        self._system = system
        self._faults = faults
        self._calls = calls
        self._closing = closing
        self._fates: Mapping[FaultKind, Callable[[_Exchange, Fault], Awaitable[None]]] = {
            FaultKind.LATENCY: self._late,
            FaultKind.ERROR: self._broken,
            FaultKind.RESET: self._reset,
            FaultKind.EXPIRED: self._expired,
            FaultKind.CHARSET: self._mislabelled,
            FaultKind.HTML: self._page,
            FaultKind.TRUNCATE: self._truncated,
            FaultKind.HANG: self._hanging,
            FaultKind.FLOOD: self._flooded,
            FaultKind.UNSIGNED: self._unsigned,
            FaultKind.RESIGNED: self._resigned,
            FaultKind.LOST_ANSWER: self._lost,
            FaultKind.UNANSWERED: self._lost,
            **dict.fromkeys(_DISHONEST, self._dishonest),
            **dict.fromkeys((FaultKind.MORE_FIELDS, FaultKind.OTHER_PERSON), self._dishonest_of_records),
        }
        self._largest = MAX_DOCUMENT_REQUEST if isinstance(system, SealsDocuments) else MAX_REQUEST

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one call."""
        request = Request(scope)
        operation = self._system.operation_of(scope["path"], request.headers)
        self._calls.count(self._system.code, operation)
        body = await _whole_body(receive, self._largest)
        if body is None:
            await PlainTextResponse("request too large", 413, {"connection": "close"})(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send, body)
        fault = self._faults.strike(self._system.code, operation)
        if fault is None:
            await exchange.ask(self._system.app)
        else:
            await self._fates[fault.kind](exchange, fault)

    async def _late(self, exchange: "_Exchange", fault: Fault) -> None:
        if await self._wait(exchange, fault.ms / 1000):
            await exchange.ask(self._system.app)

    async def _hanging(self, exchange: "_Exchange", _fault: Fault) -> None:
        await self._wait(exchange, None)

    async def _broken(self, exchange: "_Exchange", _fault: Fault) -> None:
        await exchange.reply(self._system.broken())

    async def _page(self, exchange: "_Exchange", _fault: Fault) -> None:
        await exchange.reply(HTMLResponse(_ERROR_PAGE))

    async def _expired(self, exchange: "_Exchange", fault: Fault) -> None:
        if not self._system.keeps_sessions:
            await exchange.reply(self._system.refusal())
            return
        if fault.share is not None:
            self._system.end_sessions()
        await exchange.ask(self._system.app)

    async def _mislabelled(self, exchange: "_Exchange", _fault: Fault) -> None:
        response = await exchange.overhear(self._system.app)
        headers, body = _without_length(response), bytes(response.body)
        kind = headers.get("content-type", "")
        label = _CHARSET.search(kind)
        if _TEXT.search(kind) is None:
            # a file has no charset to lie about
            await exchange.reply(Response(body, response.status_code, headers))
            return
        # JSON without a label is UTF-8; what calls itself GB2312 or GBK is a part of GB18030 and may hold more of it
        spoken = "utf-8" if label is None else "gb18030" if label[1].lower().startswith("gb") else label[1]
        # of a system that says GBK rightly, both labels become the lie: the header's and the XML prolog's
        text = _PROLOG_CHARSET.sub(r'\1encoding="UTF-8"', body.decode(spoken), count=1)
        if label is not None:
            headers["content-type"] = kind.replace(label[1], "utf-8")
        await exchange.reply(Response(text.encode("gb18030"), response.status_code, headers))

    async def _unsigned(self, exchange: "_Exchange", fault: Fault) -> None:
        if isinstance(self._system, SealsDocuments):
            await self._dishonest(exchange, fault)
            return
        response = await exchange.overhear(self._system.app)
        await exchange.reply(self._system.unsigned(response) if isinstance(self._system, SignsReplies) else response)

    async def _resigned(self, exchange: "_Exchange", _fault: Fault) -> None:
        response = await exchange.overhear(self._system.app)
        await exchange.reply(self._system.resigned(response) if isinstance(self._system, SignsReplies) else response)

    async def _truncated(self, exchange: "_Exchange", _fault: Fault) -> None:
        response = await exchange.overhear(self._system.app)
        body = bytes(response.body)
        await exchange.start(response, [(b"content-length", str(len(body)).encode()), (b"connection", b"close")])
        await exchange.part(body[: len(body) // 2])
        await exchange.close()

    async def _reset(self, exchange: "_Exchange", _fault: Fault) -> None:
        connection = exchange.transport.get_extra_info("socket")
        # lingering for 0 seconds makes closing send RST instead of FIN
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        exchange.transport.abort()
        await exchange.left()

    async def _lost(self, exchange: "_Exchange", fault: Fault) -> None:
        """The system has done what it was asked, and nobody hears of it."""
        await exchange.overhear(self._system.app)
        await self._reset(exchange, fault)

    async def _dishonest(self, exchange: "_Exchange", fault: Fault) -> None:
        if isinstance(self._system, TakesRequests):
            exchange.request_fate(RequestFate(fault.kind.value))
            await exchange.ask(self._system.app)
            return
        exchange.fate(Fate(fault.kind.value))
        await exchange.ask(self._system.app)

    async def _dishonest_of_records(self, exchange: "_Exchange", fault: Fault) -> None:
        exchange.record_fate(RecordFate(fault.kind.value))
        await exchange.ask(self._system.app)

    async def _flooded(self, exchange: "_Exchange", fault: Fault) -> None:
        """White space at the end belongs to neither JSON nor XML: a reader has to give up by itself."""
        response = await exchange.overhear(self._system.app)
        body = bytes(response.body)
        await exchange.start(response, [])
        await exchange.part(body)
        rest = fault.bytes - len(body)
        while rest > 0 and not self._closing.is_set() and not exchange.transport.is_closing():
            await exchange.part(b" " * min(rest, _CHUNK))
            rest -= _CHUNK
        await exchange.part(b"", more=False)

    async def _wait(self, exchange: "_Exchange", seconds: float | None) -> bool:
        """Waits so long (None: for ever); False, with the connection closed, if caller or sandbox gave up before."""
        waiting = [asyncio.ensure_future(exchange.left()), asyncio.ensure_future(self._closing.wait())]
        done, _ = await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if done:
            await exchange.close()
        return not done


class _Exchange:
    """One request that was read whole, and its reply."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, body: bytes) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._body = body
        self.transport: asyncio.Transport = scope["extensions"][TRANSPORT]["transport"]

    def fate(self, fate: Fate) -> None:
        """Has a request to seal meet this fate."""
        self._scope["extensions"][FATE] = fate

    def request_fate(self, fate: RequestFate) -> None:
        """Has a request to an exchange meet this fate."""
        self._scope["extensions"][REQUESTS] = fate

    def record_fate(self, fate: RecordFate) -> None:
        """Has a question for records meet this fate."""
        self._scope["extensions"][RECORDS] = fate

    async def ask(self, app: ASGIApp) -> None:
        """Lets the application answer."""
        await app(self._scope, self._again(), self._send)

    async def overhear(self, app: ASGIApp) -> Response:
        """The application's answer, not sent."""
        heard: list[Message] = []

        async def listen(message: Message) -> None:
            heard.append(message)

        await app(self._scope, self._again(), listen)
        response = Response(b"".join(message.get("body", b"") for message in heard[1:]), heard[0]["status"])
        response.raw_headers = list(heard[0]["headers"])
        return response

    async def reply(self, response: Response) -> None:
        """Sends a whole reply."""
        await response(self._scope, self._receive, self._send)

    async def start(self, response: Response, headers: list[tuple[bytes, bytes]]) -> None:
        """Sends status and headers only, with ``headers`` in place of the length."""
        kept = [pair for pair in response.raw_headers if pair[0] != b"content-length"]
        await self._send({"type": "http.response.start", "status": response.status_code, "headers": [*kept, *headers]})

    async def part(self, body: bytes, *, more: bool = True) -> None:
        """Sends a part of the body."""
        await self._send({"type": "http.response.body", "body": body, "more_body": more})

    async def left(self) -> None:
        """Returns when the caller is gone."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def close(self) -> None:
        """Closes the connection after what was sent."""
        self.transport.close()
        await self.left()

    def _again(self) -> Receive:
        told = False

        async def receive() -> Message:
            nonlocal told
            if told:
                return await self._receive()
            told = True
            return {"type": "http.request", "body": self._body, "more_body": False}

        return receive


async def _whole_body(receive: Receive, largest: int) -> bytes | None:
    """The request's body, None if it is larger than the system reads."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > largest:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _without_length(response: Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name != "content-length"}
