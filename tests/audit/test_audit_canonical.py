"""Canonical JSON: what RFC 8785 says of the values that records hold, and nothing else."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.audit.canonical import GREATEST, NotCanonical, canonical, parse

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-GREATEST, GREATEST) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        # RFC 8785, 3.2.2.2 and 3.2.4
        ({"string": '€$\u000f\nA\'B"\\\\"/'}, r"""{"string":"€$\u000f\nA'B\"\\\\\"/"}"""),
        ({"literals": [None, True, False]}, '{"literals":[null,true,false]}'),
        # 3.2.3: by UTF-16 units, in which U+1F600 comes before U+FB33
        (
            {"€": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "ö": 7},
            '{"\\r":2,"1":4,"\x80":6,"ö":7,"€":1,"\U0001f600":5,"\ufb33":3}',
        ),
        ("\b\f\t\x7f\u2028", '"\\b\\f\\t\x7f\u2028"'),
        ([0, -1, GREATEST, -GREATEST], f"[0,-1,{GREATEST},-{GREATEST}]"),
        (("审计", []), '["审计",[]]'),
        ({}, "{}"),
    ],
    ids=["escapes", "literals", "order", "controls", "numbers", "tuple", "empty"],
)
def test_it_writes_what_the_standard_says(value: Any, written: str) -> None:
    assert canonical(value) == written.encode()


@pytest.mark.parametrize(
    "value",
    [1.0, float("nan"), GREATEST + 1, -GREATEST - 1, "\ud800", {"\udfff": 1}, {1: 2}, b"", {1}, object()],
    ids=["fraction", "nan", "great", "small", "half", "half-key", "key", "bytes", "set", "object"],
)
def test_it_refuses_what_has_no_one_form(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical(value)


def test_it_refuses_what_is_nested_too_deeply() -> None:
    value: list[Any] = []
    for _ in range(20):
        value = [value]
    with pytest.raises(NotCanonical, match="deeply"):
        canonical(value)
    with pytest.raises(NotCanonical):
        parse(b"[" * 100_000)


@given(VALUES)
def test_what_is_written_reads_back_and_is_plain_json(value: Any) -> None:
    written = canonical(value)
    assert parse(written) == json.loads(written) == json.loads(json.dumps(value))
    assert canonical(parse(written)) == written


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": 1}',
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b"1.0",
        b"-0",
        b"NaN",
        b'"\\u0041"',
        b'"\\/"',
        b"\xff",
        b"",
    ],
    ids=["blank", "order", "twice", "fraction", "minus", "nan", "escape", "slash", "utf8", "empty"],
)
def test_bytes_that_are_another_form_are_refused(data: bytes) -> None:
    with pytest.raises(NotCanonical):
        parse(data)
