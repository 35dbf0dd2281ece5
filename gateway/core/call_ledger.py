"""Questions to the operational record, and its port: which calls were made, and how they went over a span of time."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from gateway.core.call_record import CallRecord
from gateway.core.outcome import Outcome


class CallFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Calls that were wanted from ``since`` on and before ``until``.

    Attributes:
        systems: codes; None for all systems, an empty set for none.
        application: code of the only application whose calls count; None for all.
    """

    since: datetime
    until: datetime
    systems: frozenset[str] | None = None
    application: str | None = None


class RecordedCall(msgspec.Struct, frozen=True):
    """A call and its place in the record: later calls have greater places, as text."""

    place: str
    record: CallRecord


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """How the values of many calls lie. ``deviation`` is the standard deviation of all of them."""

    least: float
    average: float
    most: float
    deviation: float
    p50: float
    p95: float


class CallStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """How the calls of one operation went. A spread is None where no call had the value.

    Attributes:
        milliseconds: from sending to the end, of calls that went out.
        request_bytes: likewise; ``reply_bytes`` of calls that were answered in full.
    """

    system: str
    operation: str
    calls: int
    succeeded: int
    outcomes: Mapping[Outcome, int]
    last_success: datetime | None
    last_failure: datetime | None
    milliseconds: Spread | None
    request_bytes: Spread | None
    reply_bytes: Spread | None


_PLACE = re.compile(r"[0-9a-f]{14}-[0-9a-f]{8}-[0-9a-f]{5}")


def is_place(text: str) -> bool:
    """Whether it has the form of a call's place: its time, its replica and a number, in hexadecimal."""
    return _PLACE.fullmatch(text) is not None


class CallLedger(Protocol):
    """The operational record, to be read."""

    async def calls(self, which: CallFilter, most: int, before: str | None = None) -> Sequence[RecordedCall]:
        """The newest calls, at most so many, those before a place if one is given; newest first."""
        ...

    async def statistics(self, which: CallFilter) -> Sequence[CallStatistics]:
        """A line for each operation that was called, by system and operation."""
        ...
