"""Instants come with their offset: one without could be meant in two ways."""

from datetime import UTC, datetime

import pytest
from graphql import parse, validate

from gateway.core import problems
from gateway.core.errors import Refusal
from schema.build import build_schema
from schema.scalars import parse_instant


def test_an_instant_is_taken_in_utc() -> None:
    assert parse_instant("2026-03-01T08:00:00+08:00") == datetime(2026, 3, 1, tzinfo=UTC)
    assert parse_instant("2026-03-01T00:00:00Z").utcoffset() == UTC.utcoffset(None)


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-01T08:00:00",
        "2026-03-01",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00",
        "yesterday",
        "",
        20260301,
        None,
    ],
    ids=str,
)
def test_what_is_none_is_refused_by_name(value: object) -> None:
    with pytest.raises(Refusal) as caught:
        parse_instant(value)
    assert caught.value.problem is problems.INSTANT_INVALID


@pytest.mark.parametrize(("text", "errors"), [("2026-03-01T08:00:00+08:00", 0), ("2026-03-01T08:00:00", 1)])
def test_a_literal_in_a_document_is_held_to_it_too(text: str, errors: int) -> None:
    document = parse(f'{{ systemCalls(since: "{text}") {{ nodes {{ system }} }} }}')
    assert len(validate(build_schema(), document)) == errors
