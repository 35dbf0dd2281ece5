"""The one place where the errors of connections, TLS and HTTP become ours."""

import socket
import ssl
from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

import h11

from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome


class Phase(Enum):
    """How far a call has come."""

    QUEUED = "waiting for a free connection"
    CONNECTING = "connecting"
    ASKED = "waiting for the answer"
    READING = "reading the answer"


class Progress:
    """How far one call has come, to say afterwards whose fault its ending was."""

    def __init__(self) -> None:
        self.phase = Phase.QUEUED


Ending = tuple[Outcome, Fault, str]

_UNRESOLVED: Ending = (Outcome.UNAVAILABLE, Fault.NETWORK, "the host name could not be resolved")
_MALFORMED: Ending = (Outcome.GATEWAY_ERROR, Fault.OURS, "the request is not valid HTTP")
_REFUSED: Ending = (Outcome.UNAVAILABLE, Fault.NETWORK, "the connection was refused")
_LOST: Ending = (Outcome.UNAVAILABLE, Fault.NETWORK, "the connection was lost")
_PASSING = frozenset({_REFUSED, _LOST})
_UNSENT = frozenset({Phase.QUEUED, Phase.CONNECTING})
"""Phases in which nothing of the request has been written."""

FOREIGN = (h11.ProtocolError, UnicodeError, OSError)
"""What the door catches: every error that a connection, TLS or the parser of HTTP raises for what a peer did."""

_THEIR_CERTIFICATES = frozenset({9, 10, 23, 62, 64})
"""OpenSSL's codes for what only a new certificate mends: not yet valid, expired, revoked, of another host or address.

All others say that nobody whom we trust has issued it: then our list of issuers is to be mended.
"""

_EXCHANGING: tuple[tuple[type[Exception], Ending], ...] = (
    (h11.RemoteProtocolError, (Outcome.UPSTREAM_FAULT, Fault.THEIRS, "what came back is not valid HTTP")),
    (h11.ProtocolError, _MALFORMED),
    (UnicodeError, _MALFORMED),
    (OSError, _LOST),
)
"""The first that fits counts; between them they fit everything that is FOREIGN."""

_CONNECTING: tuple[tuple[type[Exception], Ending], ...] = (
    (ssl.SSLError, (Outcome.UNAVAILABLE, Fault.NETWORK, "no TLS connection could be agreed on")),
    (socket.gaierror, _UNRESOLVED),
    (UnicodeError, _UNRESOLVED),
    (ConnectionRefusedError, _REFUSED),
    (TimeoutError, (Outcome.TIMED_OUT, Fault.NETWORK, "no connection within the time that making one may take")),
    (OSError, (Outcome.UNAVAILABLE, Fault.NETWORK, "the connection could not be made")),
    *_EXCHANGING,
)

_LATE: Mapping[Phase, Ending] = MappingProxyType(
    {
        Phase.QUEUED: (Outcome.TIMED_OUT, Fault.OURS, "no connection became free"),
        Phase.CONNECTING: (Outcome.TIMED_OUT, Fault.NETWORK, "no connection"),
        Phase.ASKED: (Outcome.TIMED_OUT, Fault.THEIRS, "no answer"),
        Phase.READING: (Outcome.TIMED_OUT, Fault.THEIRS, "no complete answer"),
    }
)


def translated(error: Exception, phase: Phase) -> SystemFailure:
    """The failure that ``error`` means; nothing of its text, which may quote the reply, is carried over."""
    if phase is Phase.CONNECTING and isinstance(error, ssl.SSLCertVerificationError):
        notice = f"the server's certificate was not accepted: {error.verify_message}"
        fault = Fault.THEIRS if error.verify_code in _THEIR_CERTIFICATES else Fault.OURS
        return SystemFailure(Outcome.UNAVAILABLE, fault, notice, unsent=True)
    endings = _CONNECTING if phase is Phase.CONNECTING else _EXCHANGING
    ending = next(ending for kind, ending in endings if isinstance(error, kind))
    return SystemFailure(*ending, passing=ending in _PASSING, unsent=phase in _UNSENT)


def late(phase: Phase, seconds: float) -> SystemFailure:
    """The failure of a call whose deadline, ``seconds`` after its start, passed in ``phase``."""
    outcome, fault, notice = _LATE[phase]
    return SystemFailure(outcome, fault, f"{notice} within {seconds * 1000:.0f} ms", unsent=phase in _UNSENT)


def hung_up(phase: Phase) -> SystemFailure:
    """The failure of a call whose connection the system closed: an outage, or half an answer."""
    if phase is Phase.READING:
        return SystemFailure(
            Outcome.UPSTREAM_FAULT,
            Fault.THEIRS,
            "the connection was closed before the answer was complete",
            passing=True,
        )
    return SystemFailure(
        Outcome.UNAVAILABLE, Fault.NETWORK, "the connection was closed before an answer came", passing=True
    )
