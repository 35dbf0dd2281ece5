"""The judge of health: from what was heard of a system to its state, as a pure function.

It says nothing for a lone failure among good calls, DOWN when nothing gets through, DEGRADED when part of it does or
takes too long, and UP again only when that has been over for a moment. docs/reference/health.md tells the rules.
"""

from collections.abc import Sequence
from enum import Enum
from itertools import islice, takewhile
from typing import Final

import msgspec

from gateway.core.system import SystemState

RECENT_SECONDS: Final = 10.0
RECENT_CALLS: Final = 10
"""What is judged: the calls of the last seconds, or the last few where those are fewer …"""

OLDEST_SECONDS: Final = 60.0
"""… and no older than this."""

ROW: Final = 3
ROW_WITH_PROBE: Final = 2
"""Failures in a row after which a system is DOWN; a probe asks what the owner promised to answer, so two will do."""

ROW_SECONDS: Final = 0.7
"""How long a row has to last: many calls that end in one moment, with one connection, are one failure."""

BAD_CALLS: Final = 3
BAD_SHARE: Final = 0.2
"""Bad calls among the recent ones from which on a system is DEGRADED, both of them."""

RECOVERED_CALLS: Final = 2
"""Answers in a row after which a system is no longer DOWN."""

CALM_CALLS: Final = 4
CALM_SECONDS: Final = 2.0
"""Good calls in a row, and how long they last, after which a system is no longer DEGRADED."""


class Grade(Enum):
    """What one call says of the system."""

    GOOD = "good"
    SLOW = "slow"
    FAILED = "failed"


class Heard(msgspec.Struct, frozen=True):
    """One call: when it ended (seconds of the monotonic clock), how long it took, its grade, whether it was a probe."""

    at: float
    milliseconds: float
    grade: Grade
    is_probe: bool = False


def judge(heard: Sequence[Heard], before: SystemState) -> SystemState:
    """The state after the last call heard, which is the last of ``heard``, when it was ``before``.

    Args:
        heard: what was heard since the last outage, in the order of its end.
        before: UNKNOWN, UP, DEGRADED or DOWN.
    """
    if not heard:
        return before
    answered = _row(heard, Grade.GOOD, Grade.SLOW)
    if _is_down(_row(heard, Grade.FAILED)) or (before is SystemState.DOWN and len(answered) < RECOVERED_CALLS):
        return SystemState.DOWN
    if before is SystemState.DOWN:  # the outage is over: what it was made of says nothing any more
        heard = answered
    if _is_degraded(heard, before):
        return SystemState.DEGRADED
    if before is SystemState.UNKNOWN and heard[-1].grade is Grade.FAILED:
        return SystemState.UNKNOWN
    return SystemState.UP


def is_doubtful(heard: Sequence[Heard], state: SystemState) -> bool:
    """Whether the next call may change the state: then it should be made soon."""
    last = islice(reversed(heard), RECOVERED_CALLS + 1)
    return state not in {SystemState.UP, SystemState.UNKNOWN} or any(one.grade is not Grade.GOOD for one in last)


def recent(heard: Sequence[Heard]) -> Sequence[Heard]:
    """The calls that are judged, the last one first."""
    now = heard[-1].at
    judged = []
    for place, one in enumerate(reversed(heard)):
        age = now - one.at
        if age > (RECENT_SECONDS if place >= RECENT_CALLS else OLDEST_SECONDS):
            break
        judged.append(one)
    return judged


def _is_down(row: Sequence[Heard]) -> bool:
    if not _lasts(row, ROW_SECONDS):
        return False
    return len(row) >= ROW or (len(row) >= ROW_WITH_PROBE and any(one.is_probe for one in row))


def _is_degraded(heard: Sequence[Heard], before: SystemState) -> bool:
    bad = _row(heard, Grade.SLOW, Grade.FAILED)
    if len(bad) >= ROW_WITH_PROBE and _lasts(bad, ROW_SECONDS) and any(one.is_probe for one in bad):
        return True
    if before is SystemState.DEGRADED:
        good = _row(heard, Grade.GOOD)
        return len(good) < CALM_CALLS or not _lasts(good, CALM_SECONDS)
    judged = recent(heard)
    count = sum(one.grade is not Grade.GOOD for one in judged)
    return count >= BAD_CALLS and count >= BAD_SHARE * len(judged)


def _row(heard: Sequence[Heard], *grades: Grade) -> list[Heard]:
    """The last calls of these grades, without one of another between them, in their order."""
    row = list(takewhile(lambda one: one.grade in grades, reversed(heard)))
    row.reverse()
    return row


def _lasts(row: Sequence[Heard], seconds: float) -> bool:
    return bool(row) and row[-1].at - row[0].at >= seconds
