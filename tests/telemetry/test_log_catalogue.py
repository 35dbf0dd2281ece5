"""The catalogue of log lines and the code say the same."""

import re
from pathlib import Path

import pytest

from gateway.core.log_catalogue import COMMON, EVENTS, Level, logs_page
from tests.telemetry.log_finder import LEVELS, Line, log_lines

CATALOGUE = {event.name: event for event in EVENTS}
_OF_PERSONS = {"name", "number", "person", "holder", "subject", "token", "password", "secret", "key", "document"}


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    return log_lines()


def test_an_event_stands_there_once_under_a_name_of_its_form() -> None:
    assert len(CATALOGUE) == len(EVENTS)
    for event in EVENTS:
        assert re.fullmatch(r"[a-z]+(\.[a-z_]+)*", event.name)
        assert len(set(event.fields)) == len(event.fields)
        assert not set(event.fields) & set(COMMON)
        assert re.search(r"[\u4e00-\u9fff]", event.meaning.zh)
        assert not re.search(r"[\u4e00-\u9fff]", event.meaning.en)


def test_everything_that_is_logged_is_in_the_catalogue(lines: list[Line]) -> None:
    for line in lines:
        assert line.event is not None, f"{line.place}: the event is no plain text"
        assert not line.is_open, f"{line.place}: its fields cannot be read off"
        assert line.event in CATALOGUE, f"{line.place}: {line.event} is in no catalogue"
        event = CATALOGUE[line.event]
        assert line.level == event.level, line.place
        assert line.fields - set(COMMON) <= set(event.fields), line.place


def test_everything_in_the_catalogue_is_logged(lines: list[Line]) -> None:
    for event in EVENTS:
        found = [line.fields - set(COMMON) for line in lines if line.event == event.name]
        assert found, f"{event.name} is logged nowhere"
        assert frozenset().union(*found) == set(event.fields), event.name


def test_no_field_is_called_like_something_of_a_person() -> None:
    """Things that end have names too, which the catalogue says are no persons'."""
    allowed = {"expiry.near": {"name"}, "audit.checkpoint": {"number"}, "audit.unstamped": {"number"}}
    for event in EVENTS:
        assert set(event.fields) & _OF_PERSONS <= allowed.get(event.name, set()), event.name


def test_the_finder_finds_what_is_wrong(tmp_path: Path) -> None:
    package = tmp_path / "gateway"
    package.mkdir()
    (package / "bad.py").write_text(
        'import structlog\n_log = structlog.get_logger("x")\n'
        '_log.info(f"made.{1}", a=1)\n_log.error("good", b=2, **{})\nstructlog.get_logger().warning("direct")\n'
        'other.info("no logger")\n'
    )
    assert [(line.level, line.event, set(line.fields), line.is_open) for line in log_lines(tmp_path)] == [
        ("info", None, {"a"}, False),
        ("error", "good", {"b"}, True),
        ("warning", "direct", set(), False),
    ]
    assert set(Level) <= LEVELS


def test_the_page_has_every_event() -> None:
    page = logs_page()
    assert all(f"| `{event.name}` | {event.level.value} |" in page for event in EVENTS)
