"""How a call to a system ended, in the same words everywhere, and the report a caller reads."""

from datetime import datetime
from enum import StrEnum

import msgspec


class Outcome(StrEnum):
    """The result of asking one system, whatever its own codes say."""

    OK = "OK"
    NOT_FOUND = "NOT_FOUND"
    DENIED = "DENIED"
    INVALID = "INVALID"
    EXPIRED = "EXPIRED"
    UNAVAILABLE = "UNAVAILABLE"
    TIMED_OUT = "TIMED_OUT"
    UPSTREAM_FAULT = "UPSTREAM_FAULT"
    GATEWAY_ERROR = "GATEWAY_ERROR"
    NOT_ASKED = "NOT_ASKED"
    DISABLED = "DISABLED"


ANSWERED = frozenset({Outcome.OK, Outcome.NOT_FOUND})
"""Outcomes after which nothing is missing: the system said what it has, even if that is nothing."""


class Fault(StrEnum):
    """Who has to mend it: the system's owner, the gateway's operations, or the line between them."""

    THEIRS = "THEIRS"
    OURS = "OURS"
    NETWORK = "NETWORK"


class Completeness(StrEnum):
    """Whether all assigned systems answered."""

    COMPLETE = "COMPLETE"
    PARTIAL = "PARTIAL"
    NONE = "NONE"


class ServedFrom(StrEnum):
    """Where an answer was taken from."""

    LIVE = "LIVE"
    CACHE = "CACHE"
    STALE = "STALE"


class SourceReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one system contributed to an answer: a line of ``sources``.

    ``code`` and ``message`` are the system's own words; ``notice`` is ours. ``milliseconds`` is the time the
    caller waited for this system, ``retry_after`` is in seconds.
    """

    system: str
    outcome: Outcome
    fault: Fault | None = None
    served_from: ServedFrom | None = None
    as_of: datetime | None = None
    milliseconds: float | None = None
    truncated: bool = False
    code: str | None = None
    message: str | None = None
    notice: str | None = None
    retry_after: int | None = None


def completeness(reports: list[SourceReport]) -> Completeness:
    """COMPLETE if every report is an answer, NONE if none is (or nobody was asked), else PARTIAL.

    A truncated answer is not complete: rows are missing from it.
    """
    answered = [report for report in reports if report.outcome in ANSWERED]
    if not answered:
        return Completeness.NONE
    whole = len(answered) == len(reports) and not any(report.truncated for report in answered)
    return Completeness.COMPLETE if whole else Completeness.PARTIAL
