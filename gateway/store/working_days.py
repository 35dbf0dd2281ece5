"""Working days: the years that the package chinese_calendar knows, and the file that outweighs them.

Only the package's tables are read: its functions refuse days of years that it does not know, where a deadline is to be
counted by the weekday and called provisional.
"""

from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Final

from chinese_calendar import constants

from gateway.core.errors import ConfigurationInvalid
from gateway.core.sharing.calendar import AnnouncedYear, WorkingCalendar
from gateway.core.sharing.calendar_file import read_calendar

_BIGGEST: Final = 2_000_000
_SATURDAY: Final = 5
_SOURCE: Final = "国务院办公厅节假日安排（chinesecalendar）"


def built_in_years() -> tuple[AnnouncedYear, ...]:
    """The years that the package knows, in order."""
    rest: dict[int, set[date]] = defaultdict(set)
    work: dict[int, set[date]] = defaultdict(set)
    for day in constants.holidays:
        rest[day.year].add(day)
    for day in constants.workdays:
        if day.weekday() >= _SATURDAY:
            work[day.year].add(day)
    return tuple(
        AnnouncedYear(year=year, rest=frozenset(rest[year] - work[year]), work=frozenset(work[year]), source=_SOURCE)
        for year in sorted(rest)
    )


def load_calendar(file: Path | None) -> WorkingCalendar:
    """The calendar: what is built in, and over it what the file says if one is named.

    Raises:
        ConfigurationInvalid: the file cannot be read, or has findings.
    """
    if file is None:
        return WorkingCalendar(built_in_years())
    reading = read_calendar(read_rules_file(file))
    if reading.value is None:
        raise ConfigurationInvalid(f"{file}: {'; '.join(reading.findings)}", "mend what is listed")
    return reading.value.over(built_in_years())


def read_rules_file(file: Path) -> str:
    """The text of a file of rules.

    Raises:
        ConfigurationInvalid: it cannot be read, is too big or is no UTF-8.
    """
    try:
        with file.open("rb") as opened:
            data = opened.read(_BIGGEST + 1)
        text = data.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationInvalid(f"{file} cannot be read", "name a UTF-8 file that is there") from error
    if len(data) > _BIGGEST:
        raise ConfigurationInvalid(f"{file} has more than {_BIGGEST} bytes", "name the right file")
    return text
