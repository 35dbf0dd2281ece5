"""The files of data sharing's rules: deadlines and reasons, the calendar, the offices."""

from pathlib import Path
from typing import TypeVar

from gateway.core.errors import ConfigurationInvalid
from gateway.core.sharing.deadline_file import DeadlineFile, read_deadlines
from gateway.core.sharing.deadlines import DeadlineRules
from gateway.core.sharing.office_file import read_offices
from gateway.core.sharing.offices import Offices
from gateway.core.sharing.reasons import DEFAULT_REASONS
from gateway.core.sharing.rules import NATIONAL, ShareRules, complete
from gateway.core.sharing.toml_reading import Reading
from gateway.store.working_days import load_calendar, read_rules_file

_Value = TypeVar("_Value")


def load_share_rules(deadlines: Path | None, calendar: Path | None, offices: Path | None) -> ShareRules:
    """The rules of these files; without one the country's deadlines, the built-in years and no offices.

    Raises:
        ConfigurationInvalid: a file cannot be read, or has findings.
    """
    days = load_calendar(calendar)
    told = None if deadlines is None else _sound(deadlines, read_deadlines(read_rules_file(deadlines)))
    file = told or DeadlineFile(1, NATIONAL, None)
    known = Offices() if offices is None else _sound(offices, read_offices(read_rules_file(offices)))
    rules = DeadlineRules(file.edition, complete(file.rules or NATIONAL), days)
    return ShareRules(rules, known, file.reasons or DEFAULT_REASONS)


def _sound(file: Path, reading: Reading[_Value]) -> _Value:
    if reading.value is None:
        raise ConfigurationInvalid(f"{file}: {'; '.join(reading.findings)}", "mend what is listed")
    return reading.value
