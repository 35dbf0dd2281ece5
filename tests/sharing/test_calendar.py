"""Working days: 2026 day by day, local days, counting, and what a calendar file may say."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.sharing.calendar import (
    MOST_COUNTED,
    AnnouncedYear,
    LocalDay,
    WorkingCalendar,
    count_after,
    count_between,
)
from gateway.core.sharing.calendar_file import read_calendar
from tests.sharing.making import the_calendar

YEAR_2026 = (
    "---WWWWWW--WWWWW--WWWWW--WWWWW-",
    "-WWWWW--WWWWWW---------WWWWW",
    "-WWWWW--WWWWW--WWWWW--WWWWW--WW",
    "WWW---WWWW--WWWWW--WWWWW--WWWW",
    "-----WWWW-WWWWW--WWWWW--WWWWW--",
    "WWWWW--WWWWW--WWWW---WWWWW--WW",
    "WWW--WWWWW--WWWWW--WWWWW--WWWWW",
    "--WWWWW--WWWWW--WWWWW--WWWWW--W",
    "WWWW--WWWWW--WWWWW-WWWWW---WWW",
    "-------WWW-WWWWW--WWWWW--WWWWW-",
    "-WWWWW--WWWWW--WWWWW--WWWWW--W",
    "WWWW--WWWWW--WWWWW--WWWWW--WWWW",
)
"""Every day of the twelve months: W is worked."""

CALENDAR = the_calendar()
DAYS = st.dates(date(2026, 1, 1), date(2026, 10, 31))


def test_every_day_of_2026_is_as_it_was_announced() -> None:
    days = {
        date(2026, month, day): mark == "W"
        for month, marks in enumerate(YEAR_2026, 1)
        for day, mark in enumerate(marks, 1)
    }
    assert len(days) == 365
    assert {day: CALENDAR.is_working(day) for day in days} == days
    assert sum(days.values()) == 248
    assert all(CALENDAR.is_announced(day) for day in days)


def test_a_year_that_nobody_announced_goes_by_weekdays_and_says_so() -> None:
    assert CALENDAR.is_working(date(2027, 1, 1))
    assert not CALENDAR.is_working(date(2027, 1, 2))
    assert not CALENDAR.is_announced(date(2027, 1, 2))
    assert count_after(date(2026, 12, 30), 1, CALENDAR).provisional is False
    assert count_after(date(2026, 12, 30), 2, CALENDAR).provisional is True


def test_the_spring_festival_is_counted_over_and_its_swapped_days_count() -> None:
    span = count_after(date(2026, 2, 13), 3, CALENDAR)
    assert span.counted == (date(2026, 2, 14), date(2026, 2, 24), date(2026, 2, 25))
    assert span.passed == tuple(date(2026, 2, day) for day in range(15, 24))
    assert span.last == date(2026, 2, 25)


def test_days_on_which_a_clock_stands_still_do_not_count() -> None:
    span = count_after(date(2026, 3, 2), 2, CALENDAR, [date(2026, 3, 3), date(2026, 3, 4)])
    assert span.counted == (date(2026, 3, 5), date(2026, 3, 6))
    assert span.passed == (date(2026, 3, 3), date(2026, 3, 4))


@given(start=DAYS, count=st.integers(1, 30), more=st.integers(0, 10))
def test_counting_counts_what_lies_between_and_more_is_never_sooner(start: date, count: int, more: int) -> None:
    span = count_after(start, count, CALENDAR)
    assert start < span.last
    assert count_between(start, span.last, CALENDAR) == count == len(span.counted)
    assert all(CALENDAR.is_working(day) for day in span.counted)
    assert sorted((*span.counted, *span.passed)) == [
        start + timedelta(days=step) for step in range(1, (span.last - start).days + 1)
    ]
    assert count_after(start, count + more, CALENDAR).last >= span.last
    assert count_after(start + timedelta(days=1), count, CALENDAR).last >= span.last


def test_nothing_lies_between_a_day_and_an_earlier_one() -> None:
    assert count_between(date(2026, 3, 4), date(2026, 3, 2), CALENDAR) == 0


@pytest.mark.parametrize("count", [0, -1, MOST_COUNTED + 1])
def test_only_a_bounded_number_of_days_is_counted(count: int) -> None:
    with pytest.raises(ValueError, match="cannot be counted"):
        count_after(date(2026, 3, 2), count, CALENDAR)


def test_a_calendar_without_working_days_is_told_and_does_not_hang() -> None:
    days = frozenset(date(2026, 1, 1) + timedelta(days=step) for step in range(365))
    with pytest.raises(ValueError, match="no working day"):
        count_after(date(2026, 1, 1), 1, WorkingCalendar([AnnouncedYear(year=2026, rest=days)]))


def test_local_days_hold_in_their_region_and_the_most_specific_one_counts() -> None:
    festival, typhoon = date(2026, 4, 20), date(2026, 8, 3)
    calendar = WorkingCalendar(
        [],
        [
            LocalDay(day=typhoon, region="450100", is_working=True),
            LocalDay(day=festival, region="450000", is_working=False),
            LocalDay(day=typhoon, region="000000", is_working=True),
            LocalDay(day=typhoon, region="450000", is_working=False),
        ],
    )
    assert calendar.is_working(festival)
    assert not calendar.of("450000").is_working(festival)
    assert not calendar.of("450102").is_working(festival)
    assert calendar.of("420000").is_working(festival)
    assert (calendar.of("450000").is_working(typhoon), calendar.of("450102").is_working(typhoon)) == (False, True)
    assert calendar.of("450200").is_announced(festival)
    with pytest.raises(IdentifierInvalid):
        calendar.of("45")


def test_years_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(ValueError, match="another year"):
        WorkingCalendar([AnnouncedYear(year=2026, rest=frozenset({date(2027, 1, 1)}))])
    day = frozenset({date(2026, 1, 1)})
    with pytest.raises(ValueError, match="both rest and work"):
        WorkingCalendar([AnnouncedYear(year=2026, rest=day, work=day)])


def test_a_file_outweighs_what_is_built_in() -> None:
    built_in = AnnouncedYear(year=2026, rest=frozenset({date(2026, 3, 2)}))
    other = AnnouncedYear(year=2025, rest=frozenset({date(2025, 3, 3)}))
    file = read_calendar('edition = 1\n[[year]]\nyear = 2026\nrest = []\nsource = "s"').value
    assert file is not None
    calendar = file.over([built_in, other])
    assert calendar.is_working(date(2026, 3, 2))
    assert not calendar.is_working(date(2025, 3, 3))


def test_a_file_tells_local_days_with_their_reasons() -> None:
    text = 'edition = 2\n[[day]]\nday = 2026-04-20\nregion = "450000"\nworking = false\nreason = "三月三"'
    file = read_calendar(text).value
    assert file is not None
    assert file.edition == 2
    assert not file.over([]).of("450100").is_working(date(2026, 4, 20))


BAD_FILE = """
edition = 0
colour = 1
year = [
  {year = 2026, rest = [[2026-01-03, 2026-01-01]], source = "s"},
  {year = 2026, rest = [[2025-12-31, 2026-01-01]], source = "s"},
  {year = 2027, rest = [[2027-01-01, 2027-01-03]], work = [2027-01-02, 2027-01-04], source = "s"},
  {year = 2028, rest = [], source = ""},
  {year = 2029, rest = [], source = "s", more = 1},
]
day = [
  {day = 2026-04-20, region = "45", working = false, reason = "r"},
  {day = 2026-04-20, region = "45", working = false, reason = "r"},
]
"""


def test_everything_wrong_with_a_file_is_told_at_once() -> None:
    reading = read_calendar(BAD_FILE)
    assert reading.value is None
    places = [finding.partition(":")[0] for finding in reading.findings]
    assert places == [
        "edition",
        "colour",
        "year 4",
        "year 5",
        "year 1",
        "year 2",
        "year 2",
        "year 3",
        "year 3",
        "day 1",
        "day 2",
        "day 2",
    ]


@pytest.mark.parametrize("text", ["=", "edition = 1\nyear = 3", "a = " + "[" * 5_000, "edition = true"])
def test_what_is_no_calendar_file_is_told(text: str) -> None:
    assert read_calendar(text).findings


def test_a_file_has_a_bounded_number_of_tables() -> None:
    assert read_calendar("edition = 1\nyear = [" + "1," * 20_001 + "]").findings == (
        "year: up to 20000 [[year]] are expected",
    )


@given(st.text(max_size=200))
def test_any_text_is_read_or_told_what_is_wrong_with_it(text: str) -> None:
    reading = read_calendar(text)
    assert (reading.value is None) == bool(reading.findings)
