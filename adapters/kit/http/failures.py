"""The one place where the HTTP client's errors become ours."""

import socket
import ssl
from collections.abc import Iterator, Mapping
from enum import Enum
from types import MappingProxyType

import httpx

from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome


class Phase(Enum):
    """How far a call has come."""

    QUEUED = "waiting for a free connection"
    CONNECTING = "connecting"
    ASKED = "waiting for the answer"
    READING = "reading the answer"


Ending = tuple[Outcome, Fault, str]

_INTERNAL: Ending = (Outcome.GATEWAY_ERROR, Fault.OURS, "the HTTP client was used wrongly")
_LOST: Ending = (Outcome.UNAVAILABLE, Fault.NETWORK, "the connection was lost")
_SILENT: Ending = (Outcome.TIMED_OUT, Fault.THEIRS, "no answer before the deadline")
_GARBAGE: Ending = (Outcome.UPSTREAM_FAULT, Fault.THEIRS, "what came back is not valid HTTP")

ENDINGS: Mapping[type[Exception], Ending] = MappingProxyType(
    {
        httpx.ConnectTimeout: (Outcome.TIMED_OUT, Fault.NETWORK, "no connection before the deadline"),
        httpx.ReadTimeout: _SILENT,
        httpx.WriteTimeout: (Outcome.TIMED_OUT, Fault.NETWORK, "the request could not be sent before the deadline"),
        httpx.PoolTimeout: (Outcome.TIMED_OUT, Fault.OURS, "no connection became free before the deadline"),
        httpx.TimeoutException: _SILENT,
        httpx.ConnectError: (Outcome.UNAVAILABLE, Fault.NETWORK, "the connection could not be made"),
        httpx.ReadError: _LOST,
        httpx.WriteError: _LOST,
        httpx.CloseError: _LOST,
        httpx.NetworkError: _LOST,
        httpx.LocalProtocolError: (Outcome.GATEWAY_ERROR, Fault.OURS, "the request is not valid HTTP"),
        httpx.RemoteProtocolError: _GARBAGE,
        httpx.ProtocolError: _GARBAGE,
        httpx.ProxyError: (Outcome.GATEWAY_ERROR, Fault.OURS, "a proxy was in the way, and none is ever used"),
        httpx.UnsupportedProtocol: (Outcome.GATEWAY_ERROR, Fault.OURS, "the address is neither http nor https"),
        httpx.TransportError: _LOST,
        httpx.DecodingError: (Outcome.UPSTREAM_FAULT, Fault.THEIRS, "the answer's encoding is damaged"),
        httpx.TooManyRedirects: (Outcome.UPSTREAM_FAULT, Fault.THEIRS, "answered with redirects"),
        httpx.RequestError: _LOST,
        httpx.HTTPStatusError: (Outcome.UPSTREAM_FAULT, Fault.THEIRS, "answered with an error status"),
        httpx.HTTPError: _INTERNAL,
        httpx.InvalidURL: (Outcome.GATEWAY_ERROR, Fault.OURS, "the address is malformed"),
        httpx.CookieConflict: _INTERNAL,
        httpx.StreamConsumed: _INTERNAL,
        httpx.StreamClosed: _INTERNAL,
        httpx.ResponseNotRead: _INTERNAL,
        httpx.RequestNotRead: _INTERNAL,
        httpx.StreamError: _INTERNAL,
        UnicodeError: (Outcome.GATEWAY_ERROR, Fault.OURS, "a header or the address has characters outside ASCII"),
        OSError: _LOST,
    }
)
"""Every error class that can leave the client; a test fails when the library adds one that is not here."""

FOREIGN = tuple(ENDINGS)
"""What the door catches."""

_LATE: Mapping[Phase, Ending] = MappingProxyType(
    {
        Phase.QUEUED: (Outcome.TIMED_OUT, Fault.OURS, "no connection became free before the deadline"),
        Phase.CONNECTING: (Outcome.TIMED_OUT, Fault.NETWORK, "no connection before the deadline"),
        Phase.ASKED: _SILENT,
        Phase.READING: (Outcome.TIMED_OUT, Fault.THEIRS, "the answer was not complete at the deadline"),
    }
)

_HUNG_UP = "Server disconnected"
"""How the client's message begins when a connection ends before an answer did: an outage, not a faulty answer."""


def translated(error: Exception, phase: Phase) -> SystemFailure:
    """The failure that ``error`` means; nothing of its text, which may quote the reply, is carried over."""
    if isinstance(error, httpx.RemoteProtocolError):
        if str(error).startswith(_HUNG_UP):
            return _failure((Outcome.UNAVAILABLE, Fault.NETWORK, "the connection was closed before an answer came"))
        if phase is Phase.READING:
            return _failure(
                (Outcome.UPSTREAM_FAULT, Fault.THEIRS, "the connection was closed before the answer was complete")
            )
    if isinstance(error, httpx.ConnectError):
        return _failure(_unconnected(error))
    ending = next(ENDINGS[kind] for kind in type(error).__mro__ if kind in ENDINGS)
    return _failure(ending)


def late(phase: Phase) -> SystemFailure:
    """The failure of a call whose deadline passed in ``phase``."""
    return _failure(_LATE[phase])


def _failure(ending: Ending) -> SystemFailure:
    outcome, fault, notice = ending
    return SystemFailure(outcome, fault, notice)


def _unconnected(error: Exception) -> Ending:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                Outcome.UNAVAILABLE,
                Fault.NETWORK,
                f"the server's certificate was not accepted: {cause.verify_message}",
            )
        if isinstance(cause, ssl.SSLError):
            return Outcome.UNAVAILABLE, Fault.NETWORK, "no TLS connection could be agreed on"
        if isinstance(cause, socket.gaierror):
            return Outcome.UNAVAILABLE, Fault.NETWORK, "the host name could not be resolved"
        if isinstance(cause, ConnectionRefusedError):
            return Outcome.UNAVAILABLE, Fault.NETWORK, "the connection was refused"
    return ENDINGS[httpx.ConnectError]


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
