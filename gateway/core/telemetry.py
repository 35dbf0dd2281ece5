"""What the gateway tells about its own work, as narrow Protocols: who counts or traces is a matter of the web layer.

Every method returns at once and never raises: work goes on while it is counted.
"""

from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from typing import Protocol

import msgspec

from gateway.core.call import Trace
from gateway.core.call_record import CallRecord, RecordCall


class StreamKind(StrEnum):
    """How a stream of answers reaches its reader."""

    SSE = "SSE"
    WEBSOCKET = "WEBSOCKET"


class RequestMeter(Protocol):
    """Counts what callers ask and get."""

    def request(self, status: int, codes: Collection[str], application: str | None, seconds: float) -> None:
        """A request was answered: its HTTP status, the codes of its errors, who asked if that was proven."""
        ...

    def operation(self) -> AbstractContextManager[None]:
        """An operation is under way while the block lasts."""
        ...

    def stream(self, kind: StreamKind) -> AbstractContextManager[None]:
        """A stream is open while the block lasts."""
        ...

    def limited(self, application: str) -> None:
        """A request was refused because its application asked too often."""
        ...


class AuditMeter(Protocol):
    """Counts what the audit writer does."""

    def audit_written(self, events: int, seconds: float) -> None:
        """A batch of events was committed, in so long a time."""
        ...


class Meter(RequestMeter, AuditMeter, Protocol):
    """Everything that is counted as it happens; states are read when somebody looks."""


class NoMeter:
    """A Meter of which nobody reads anything."""

    def request(self, status: int, codes: Collection[str], application: str | None, seconds: float) -> None:
        """Nothing."""

    def operation(self) -> AbstractContextManager[None]:
        """A block like any other."""
        return nullcontext()

    def stream(self, kind: StreamKind) -> AbstractContextManager[None]:  # noqa: ARG002 - the Protocol's signature
        """A block like any other."""
        return nullcontext()

    def limited(self, application: str) -> None:
        """Nothing."""

    def audit_written(self, events: int, seconds: float) -> None:
        """Nothing."""


class Span(Protocol):
    """One operation in a trace."""

    def ended(self, application: str | None, codes: Collection[str]) -> None:
        """Who asked, if that was proven, and the codes of the answer's errors."""
        ...


class Tracer(Protocol):
    """Draws operations, and the calls to systems within them, as spans of a trace."""

    def operation(self, request_id: str, parent: Trace | None) -> AbstractContextManager[Span]:
        """A span for the block, in the caller's own trace if he named one."""
        ...


class NoTracer:
    """A Tracer that draws nothing; it is its own span."""

    def operation(self, request_id: str, parent: Trace | None) -> AbstractContextManager[Span]:  # noqa: ARG002 - likewise
        """A block like any other."""
        return nullcontext(self)

    def ended(self, application: str | None, codes: Collection[str]) -> None:
        """Nothing."""


class PoolState(msgspec.Struct, frozen=True):
    """Connections of the database: in use, idle, and how many there may be."""

    used: int
    idle: int
    limit: int


class RecordState(msgspec.Struct, frozen=True):
    """The operational record's writer: lines that wait, lines written and lines lost since the start."""

    pending: int
    written: int
    dropped: int


def tee(*recorders: RecordCall) -> RecordCall:
    """A RecordCall that hands every record to all of ``recorders``, in order."""

    def record(line: CallRecord) -> None:
        for recorder in recorders:
            recorder(line)

    return record
