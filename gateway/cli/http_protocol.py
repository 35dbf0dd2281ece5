"""HTTP as uvicorn speaks it with httptools, held to limits: what is slow, too big or ambiguous is told so and ended."""

from asyncio import AbstractEventLoop, BaseTransport, TimerHandle
from enum import Enum
from http import HTTPStatus
from typing import Any, Final

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.cli.connections import Impatient, ListenerConfig, certificate_of
from gateway.web.evidence import CERTIFICATE_EXTENSION


class _Awaited(Enum):
    """What is read next from a connection."""

    HEAD = "the head of a request"
    BODY = "the rest of a body"
    NOTHING = "nothing that would be answered"


_OFFER: Final = frozenset({b"connection", b"upgrade", b"http2-settings"})
_CHUNKED: Final = b"chunked"
_VERSIONS: Final = frozenset({"1.0", "1.1"})
_BLANKS: Final = b" \t"
_BODY_CHECK: Final = 1.0


class _Answering:
    """What an answer is written to, and closed with it: under a sender who is not done both would be lost."""

    def __init__(self, protocol: "HttpProtocol") -> None:
        self._protocol = protocol
        self.write = protocol.transport.write
        self.is_closing = protocol.transport.is_closing

    def close(self) -> None:
        """Close it, after listening for a moment to one who still sends."""
        self._protocol.close_answered()


class HttpProtocol(Impatient, HttpToolsProtocol):
    """HTTP within limits, whose requests carry the client certificate of their connection."""

    config: ListenerConfig
    loop: AbstractEventLoop
    _certificate: bytes | None = None
    _awaited = _Awaited.HEAD
    _begun = False
    """Whether some of the head that is awaited is there."""
    _status: HTTPStatus | None = None
    """With what a request ends that a parser's callback refused."""
    _parting: HTTPStatus | None = None
    """What is said when everything before is answered."""
    _timer: TimerHandle | None = None
    _since = 0.0
    _head_bytes = 0
    _raw_bytes: int | None = None
    """Received of a head, or of a body with all that frames it, since the chunk in which it began."""
    _body_bytes = 0

    # ---- the connection

    def connection_made(self, transport: BaseTransport) -> None:
        """Take the connection if there is room; its handshake is over, and has checked the certificate."""
        super().connection_made(transport)  # type: ignore[arg-type] # asyncio gives a Transport here
        self._certificate = certificate_of(transport)
        if len(self.connections) > self.config.limits.connections:
            self._respond(HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.config.limits.idle, self.timeout_keep_alive_handler
            )

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._wait_until(None)
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def timeout_keep_alive_handler(self) -> None:
        """End a connection that was silent for long, and one whose reader never took his last answer."""
        super().timeout_keep_alive_handler()
        if self.transport.get_write_buffer_size():
            self._watch_reader()

    # ---- reading

    def data_received(self, data: bytes) -> None:
        """Read on, and see to it that what was begun does not take for ever."""
        if self._awaited is _Awaited.NOTHING:
            return
        self._unset_keepalive_if_required()
        self._parse(data)
        self._check_extent(len(data))
        if self._awaited is not _Awaited.HEAD or self.transport.is_closing():
            return
        if self._timer is None and (self._begun or self._is_quiet()):
            self._wait_until(self.config.limits.head)

    def on_message_begin(self) -> None:
        """Begin a request, with the certificate among its ASGI extensions."""
        super().on_message_begin()
        self._begun, self._head_bytes, self._raw_bytes = True, 0, None
        if self._certificate is not None:
            scope: Any = self.scope
            scope["extensions"] = {CERTIFICATE_EXTENSION: self._certificate}

    def on_url(self, url: bytes) -> None:
        """Read more of the address."""
        super().on_url(url)
        if len(self.url) > self.config.limits.address_bytes:
            self._refuse(HTTPStatus.REQUEST_URI_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Read a header of the head; what trails a body is no part of it, and passed over."""
        if self._awaited is not _Awaited.HEAD:
            return
        super().on_header(name, value.rstrip(_BLANKS))
        limits = self.config.limits
        self._head_bytes += len(name) + len(value)
        if len(self.headers) > limits.headers or self._head_bytes > limits.head_bytes:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_headers_complete(self) -> None:
        """Begin to answer, if it is plain where the request ends and for whom it is."""
        self._check_head()
        if self._is_offer():
            return
        super().on_headers_complete()
        self._begun, self._awaited, self._raw_bytes = False, _Awaited.BODY, None
        self._since, self._body_bytes = self.loop.time(), 0
        self._wait_until(_BODY_CHECK)
        if self.cycle is not None:
            cycle: Any = self.cycle
            cycle.transport = _Answering(self)
            cycle.keep_alive = cycle.keep_alive and not self.config.draining

    def on_body(self, body: bytes) -> None:
        """Read more of a body."""
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Everything of a request is there."""
        if self._is_offer():
            return
        self._awaited = _Awaited.HEAD
        self._wait_until(None)
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """Go on as a WebSocket, unless something else is still to be answered here, or to be read by the peer."""
        self._wait_until(None)
        if self._is_quiet() and self._stalled is None:
            self._awaited = _Awaited.NOTHING  # here: the connection belongs to the other protocol
            super().handle_websocket_upgrade()
        else:
            self._end(HTTPStatus.BAD_REQUEST)

    def on_response_complete(self) -> None:
        """Wait for the next request; one that was answered early gets a moment to come to its end."""
        super().on_response_complete()
        if self.transport.is_closing() or not self._is_quiet():
            return
        if self._parting is not None:
            self._respond(self._parting)
        elif self._awaited is _Awaited.BODY:
            self._wait_until(self.config.limits.lingering)

    def close_answered(self) -> None:
        """End the connection, as the answer that was just given says."""
        self.pipeline.clear()
        self._parting = None
        if self._awaited is _Awaited.BODY:
            self._linger()
        else:
            self.transport.close()

    def _parse(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
            else:
                self._pass_over_offer(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self.send_400_response("")

    def _is_offer(self) -> bool:
        """Whether the request offers to go on with a protocol that is not spoken here."""
        return bool(self.parser.should_upgrade()) and not self._should_upgrade()

    def _pass_over_offer(self, rest: bytes) -> None:
        """Read the request once more without its offer: the parser takes what follows for the other protocol."""
        kept = [(name, value) for name, value in self.headers if name not in _OFFER]
        if any(name == b"connection" and b"close" in value.lower() for name, value in self.headers):
            kept.append((b"connection", b"close"))
        lines = [b"%s %s HTTP/1.1" % (self.parser.get_method(), self.url), *(b"%s: %s" % header for header in kept)]
        self.parser = httptools.HttpRequestParser(self)
        self._parse(b"\r\n".join(lines) + b"\r\n\r\n" + rest)

    # ---- refusing

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words for all of them
        """End a request that the parser or one of the checks here does not take."""
        self._end(self._status or HTTPStatus.BAD_REQUEST)

    def _check_head(self) -> None:
        version = self.parser.get_http_version()
        if version not in _VERSIONS:
            self._refuse(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (version == "1.1" and not hosts) or self.parser.get_method() == b"CONNECT":
            self._refuse(HTTPStatus.BAD_REQUEST)
        codings = [value.strip().lower() for name, value in self.headers if name == b"transfer-encoding"]
        if codings and (version == "1.0" or codings != [_CHUNKED]):
            self._refuse(HTTPStatus.BAD_REQUEST)
        if len(self.pipeline) >= self.config.limits.pipelined:
            self._refuse(HTTPStatus.TOO_MANY_REQUESTS)

    def _check_extent(self, received: int) -> None:
        """End a request that is too long beside its body: its head, or what frames and trails the chunks of a body."""
        if self._awaited is _Awaited.BODY:
            room, status = self._body_bytes * 2, HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        elif self._awaited is _Awaited.HEAD and self._begun:
            room, status = 0, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        else:
            return
        self._raw_bytes = 0 if self._raw_bytes is None else self._raw_bytes + received
        if self._raw_bytes > room + self.config.limits.head_bytes and not self.transport.is_closing():
            self._end(status)

    def _refuse(self, status: HTTPStatus) -> None:
        self._status = status
        raise ValueError(status.phrase)  # the parser hands it to data_received as an error of its own

    def _end(self, status: HTTPStatus) -> None:
        """Answer what can be answered in order, then end the connection."""
        culprit = self.cycle if self._awaited is _Awaited.BODY else None
        self._awaited = _Awaited.NOTHING
        if culprit is None:
            if self._is_quiet():
                self._respond(status)
            else:
                self._parting = status
        elif culprit.response_complete:
            self._linger()
        else:
            culprit.disconnected = True  # its application is not to wait for the rest, and what it says is dropped
            culprit.message_event.set()
            if culprit.response_started or self.pipeline:
                self.transport.close()
            else:
                self._respond(status)

    def _respond(self, status: HTTPStatus) -> None:
        body = status.phrase.encode()
        lines = [
            b"HTTP/1.1 %d %s" % (status, body),
            b"content-type: text/plain; charset=utf-8",
            b"content-length: %d" % len(body),
            *((b"retry-after: 1",) if status is HTTPStatus.SERVICE_UNAVAILABLE else ()),
            b"connection: close",
        ]
        self.transport.write(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        self._linger()

    def _linger(self) -> None:
        """Drop what still comes for a moment: a connection that is closed on its sender takes the answer with it."""
        self._awaited = _Awaited.NOTHING
        self._unset_keepalive_if_required()
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._wait_until(self.config.limits.lingering)

    # ---- time

    def _is_quiet(self) -> bool:
        """Whether nothing is being answered."""
        return self.cycle is None or bool(self.cycle.response_complete)

    def _wait_until(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds is not None:
            self._timer = self.loop.call_later(seconds, self._overdue)

    def _overdue(self) -> None:
        self._timer = None
        if self.transport.is_closing():
            return
        if self._awaited is _Awaited.NOTHING:
            self.transport.abort()
        elif self._awaited is _Awaited.BODY and self._is_quiet():
            self._linger()
        elif self.flow.read_paused:  # it is we who do not read
            self._since += _BODY_CHECK
            self._wait_until(_BODY_CHECK)
        elif self._awaited is _Awaited.BODY and not self._is_too_slow():
            self._wait_until(_BODY_CHECK)
        elif self._begun or self._awaited is _Awaited.BODY:
            self._end(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def _is_too_slow(self) -> bool:
        limits = self.config.limits
        taken = self.loop.time() - self._since
        if taken > limits.body:
            return self._body_bytes < limits.slow * taken
        return taken > limits.grace and self._body_bytes < limits.slowest * taken
