"""The calendar file: years as they were announced, and days that differ in a region; it outweighs what is built in.

TOML::

    edition = 1

    [[year]]                       # all of a year, as it was announced
    year = 2026
    rest = [["2026-10-01", "2026-10-07"]]    # first and last day; one day is a pair of equal ones
    work = [2026-10-10]            # days of weekends that are worked instead
    source = "…"                   # the announcement

    [[day]]                        # one day of a region and of everything inside it
    day = 2026-04-18
    region = "450000"
    working = false
    reason = "…"
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Annotated, Final

import msgspec

from gateway.core.identifiers import region
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.sharing.calendar import AnnouncedYear, LocalDay, WorkingCalendar
from gateway.core.sharing.toml_reading import Reading, Strict, read_tables

_LONGEST: Final = 60
"""Days of one rest."""

_SATURDAY: Final = 5
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class _Year(Strict, frozen=True, kw_only=True):
    year: Annotated[int, msgspec.Meta(ge=2000, le=2200)]
    rest: Annotated[tuple[tuple[date, date], ...], msgspec.Meta(max_length=100)]
    work: Annotated[tuple[date, ...], msgspec.Meta(max_length=100)] = ()
    source: _Text


class _Day(Strict, frozen=True, kw_only=True):
    day: date
    region: _Text
    working: bool
    reason: _Text


class CalendarFile(msgspec.Struct, frozen=True):
    """What a calendar file says."""

    edition: int
    years: tuple[AnnouncedYear, ...]
    local: tuple[LocalDay, ...]

    def over(self, built_in: Iterable[AnnouncedYear]) -> WorkingCalendar:
        """The calendar of these years, the file's in the place of others of the same number."""
        return WorkingCalendar((*built_in, *self.years), self.local)


def read_calendar(text: str) -> Reading[CalendarFile]:
    """The calendar of a TOML file, or everything that is wrong with it."""
    read = read_tables(text, {"year": _Year, "day": _Day})
    years: tuple[tuple[str, _Year], ...] = read.tables.get("year", ())
    days: tuple[tuple[str, _Day], ...] = read.tables.get("day", ())
    findings = (*read.findings, *_years(years), *_days(days))
    if findings:
        return Reading(None, findings)
    return Reading(
        CalendarFile(
            read.edition,
            tuple(_announced(year) for _, year in years),
            tuple(
                LocalDay(day=one.day, region=one.region, is_working=one.working, reason=one.reason) for _, one in days
            ),
        )
    )


def _years(years: Iterable[tuple[str, _Year]]) -> Iterator[str]:
    seen: set[int] = set()
    for where, year in years:
        if year.year in seen:
            yield f"{where}: {year.year} stands twice"
        seen.add(year.year)
        spans = [span for span in year.rest if _is_span(span, year.year)]
        if len(spans) < len(year.rest):
            yield f"{where}: rest: first and last day of {year.year} are expected, at most {_LONGEST} days"
        if any(day.year != year.year or day.weekday() < _SATURDAY for day in year.work):
            yield f"{where}: work: days of weekends of {year.year} are expected"
        if any(first <= day <= last for first, last in spans for day in year.work):
            yield f"{where}: work: a day stands in rest too"


def _days(days: Iterable[tuple[str, _Day]]) -> Iterator[str]:
    seen: set[tuple[date, str]] = set()
    for where, one in days:
        try:
            region.parse(one.region)
        except IdentifierInvalid as error:
            yield f"{where}: region: {error}"
        if (one.day, one.region) in seen:
            yield f"{where}: {one.day} stands twice for the region"
        seen.add((one.day, one.region))


def _is_span(span: tuple[date, date], year: int) -> bool:
    first, last = span
    return first.year == last.year == year and 0 <= (last - first).days < _LONGEST


def _announced(year: _Year) -> AnnouncedYear:
    rest = (first + timedelta(days=step) for first, last in year.rest for step in range((last - first).days + 1))
    return AnnouncedYear(year=year.year, rest=frozenset(rest), work=frozenset(year.work), source=year.source)
