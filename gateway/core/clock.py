"""Time as a collaborator: wall clock for records, monotonic clock for deadlines, both injected."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Protocol

import msgspec

CHINA = timezone(timedelta(hours=8), "UTC+8")
"""Local time of every legacy system; China has no daylight saving, so no time zone data is needed."""


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never runs backwards; the zero is arbitrary."""
        ...


class Deadline(msgspec.Struct, frozen=True):
    """An instant on the monotonic clock (seconds) after which nobody waits any more."""

    at: float

    @classmethod
    def after(cls, seconds: float, clock: Clock) -> "Deadline":
        """The deadline ``seconds`` from now."""
        return cls(clock.monotonic() + seconds)

    def remaining(self, clock: Clock) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.at - clock.monotonic())

    def within(self, seconds: float, clock: Clock) -> "Deadline":
        """The earlier of this deadline and ``seconds`` from now."""
        return Deadline(min(self.at, clock.monotonic() + seconds))


def utc(moment: datetime) -> datetime:
    """``moment`` in UTC; a naive one is taken as the local time of the legacy systems."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=CHINA)).astimezone(UTC)


def china_date(moment: datetime) -> date:
    """The calendar day in China at ``moment``: the day by which end dates are judged."""
    return utc(moment).astimezone(CHINA).date()


def next_china_day(moment: datetime) -> datetime:
    """The instant, in UTC, at which the next calendar day in China begins."""
    return utc(datetime.combine(china_date(moment) + timedelta(days=1), time(), CHINA))
