"""The operational record: one line for every call over the wire, and for every call that was held back from it.

The fields are those of X-Road's operational monitoring as far as they say nothing about a person: no path, no
parameters, none of the system's own text.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

import msgspec

from gateway.core.outcome import Fault, Outcome, ServedFrom


class CallKind(StrEnum):
    """How the system was spoken to; FILE is the fetching of a file from an address that it named."""

    REST = "REST"
    SOAP = "SOAP"
    FILE = "FILE"


class BreakerState(StrEnum):
    """Whether calls to a system are let through: all of them, none, or a few to see whether it has recovered."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


class NotSent(StrEnum):
    """Why a call never reached the wire."""

    PAUSED = "PAUSED"
    QUEUE_FULL = "QUEUE_FULL"
    QUEUE_LATE = "QUEUE_LATE"
    LOGIN = "LOGIN"
    UNPREPARED = "UNPREPARED"


class Received(msgspec.Struct, frozen=True):
    """One reply as it came, for those who prove later what a system answered.

    Attributes:
        bytes: length of its body, its transfer and content encodings undone.
        sha256: of that body, in small hexadecimal digits.
    """

    bytes: int
    sha256: str


class CallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt at one call.

    Attributes:
        request_id: of the request that needed it; ``login-<system>`` for a login, which nobody asked for.
        application: code of the calling application; the gateway's own is ``yiwang``.
        version: the active version of the system's manifest.
        attempt: 1, or more where the call was repeated.
        asked_at: when the call was wanted; ``sent_at`` when it went out, ``answered_at`` when its end was known.
        queued_ms: waited for a place and a turn; ``taken_ms`` from sending to the end. Times in milliseconds.
        request_bytes: length of the request's body; the reply's body is in ``received``.
        received: None if no whole reply came.
        status: the HTTP status, if one came.
        code: the system's own code, only where the manifest says what it means: others may be anything.
        served_from: LIVE for an answer from the wire; None without an answer.
        breaker: how the system's calls were let through when this one was wanted.
        not_sent: why it did not go out; None for a call that did.
    """

    request_id: str
    application: str
    system: str
    version: int
    operation: str
    kind: CallKind
    attempt: int
    asked_at: datetime
    sent_at: datetime | None
    answered_at: datetime
    queued_ms: float
    taken_ms: float
    request_bytes: int
    received: Received | None
    status: int | None
    outcome: Outcome
    fault: Fault | None
    code: str | None
    served_from: ServedFrom | None
    breaker: BreakerState
    not_sent: NotSent | None

    @property
    def succeeded(self) -> bool:
        """Whether the system did its part: it answered, even if with nothing or a no of its own."""
        return self.fault is None and self.not_sent is None


RecordCall = Callable[[CallRecord], None]
"""Takes a record; it never raises and never waits, since calls go on while it works."""


def ignore_call(record: CallRecord) -> None:
    """The RecordCall of a gateway that keeps no operational record."""
