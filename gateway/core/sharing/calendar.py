"""Working days: weekdays, less the holidays and with the swapped days that are announced year by year.

Nothing here knows a holiday: years are data. A day of a year that nobody has announced yet counts by its weekday, and
whoever counts over it is told that the result is provisional.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Final, Protocol

import msgspec

from gateway.core.identifiers import region
from gateway.core.identifiers.provinces import NATION

MOST_COUNTED: Final = 1_000
"""Working days that are counted at the most."""

_LONGEST_REST: Final = 60
"""Days without work in a row, beyond which a calendar is wrong: the longest real rest is under two weeks."""

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5


class WorkingDays(Protocol):
    """Tells working days."""

    def is_working(self, day: date) -> bool:
        """Whether offices work on that day."""
        ...

    def is_announced(self, day: date) -> bool:
        """Whether that is known, and not only assumed from the weekday."""
        ...


class AnnouncedYear(msgspec.Struct, frozen=True, kw_only=True):
    """A year as it was announced.

    Attributes:
        rest: weekdays and weekends on which nobody works; ``work`` weekend days that are worked instead.
        source: the announcement.
    """

    year: int
    rest: frozenset[date]
    work: frozenset[date] = frozenset()
    source: str = ""


class LocalDay(msgspec.Struct, frozen=True, kw_only=True):
    """One day that differs in a region and those inside it, such as a festival or a typhoon."""

    day: date
    region: str
    is_working: bool
    reason: str = ""


class WorkingCalendar:
    """The working days of a region; the whole country's without one.

    Args:
        years: of two announcements of the same year the later one counts.
        local: days that differ by region; of several that apply, the one of the most specific region counts, and the
            later one of the same region.

    Raises:
        ValueError: a day stands in a year that is not its own, or among both rest and work.
        IdentifierInvalid: a local day's region is none.
    """

    def __init__(self, years: Iterable[AnnouncedYear], local: Iterable[LocalDay] = (), place: str = NATION) -> None:
        self._years: Mapping[int, AnnouncedYear] = {year.year: _checked(year) for year in years}
        self._local = tuple(local)
        around = [one for one in self._local if region.matches(one.region, place)]
        ordered = sorted(around, key=lambda one: len(region.ancestors(one.region)) + (one.region[:6] != NATION))
        self._own = {one.day: one.is_working for one in ordered}

    def of(self, place: str) -> "WorkingCalendar":
        """The calendar of this region.

        Raises:
            IdentifierInvalid: it is no region code.
        """
        return WorkingCalendar(self._years.values(), self._local, place)

    def is_working(self, day: date) -> bool:
        """Whether offices work on that day."""
        if day in self._own:
            return self._own[day]
        year = self._years.get(day.year)
        if year is not None and (day in year.rest or day in year.work):
            return day in year.work
        return day.weekday() < _SATURDAY

    def is_announced(self, day: date) -> bool:
        """Whether that is known, and not only assumed from the weekday."""
        return day in self._own or day.year in self._years


class Span(msgspec.Struct, frozen=True):
    """Days that were gone through.

    Attributes:
        last: the last one counted.
        counted: the days that count, in order; ``passed`` those between that do not.
        provisional: the calendar of one of them is only assumed.
    """

    last: date
    counted: tuple[date, ...]
    passed: tuple[date, ...]
    provisional: bool


def count_after(start: date, count: int, days: WorkingDays, stopped: Iterable[date] = ()) -> Span:
    """The ``count`` working days after ``start``, which itself does not count, without the days in ``stopped``.

    Raises:
        ValueError: ``count`` is not from 1 to MOST_COUNTED, or the calendar has hardly a working day.
    """
    if not 1 <= count <= MOST_COUNTED:
        raise ValueError(f"{count} working days cannot be counted")
    held = frozenset(stopped)
    counted: list[date] = []
    passed: list[date] = []
    day, resting = start, 0
    while len(counted) < count:
        day += _DAY
        is_working = days.is_working(day)
        resting = 0 if is_working else resting + 1
        if resting > _LONGEST_REST:
            raise ValueError("the calendar has no working day for too long")
        (counted if is_working and day not in held else passed).append(day)
    is_known = all(days.is_announced(day) for day in (*counted, *passed))
    return Span(counted[-1], tuple(counted), tuple(passed), not is_known)


def count_between(start: date, end: date, days: WorkingDays) -> int:
    """The working days after ``start`` until ``end``, which counts; 0 if it does not come later."""
    return sum(days.is_working(start + _DAY * step) for step in range(1, (end - start).days + 1))


def _checked(year: AnnouncedYear) -> AnnouncedYear:
    if any(day.year != year.year for day in year.rest | year.work):
        raise ValueError(f"the calendar of {year.year} has a day of another year")
    if year.rest & year.work:
        raise ValueError(f"the calendar of {year.year} has a day of both rest and work")
    return year
