"""Ranges of RFC 9110: one is served as it says, what is not understood is the whole, what lies outside is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.byte_range import ByteRange, Unsatisfiable, parse_range


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-9", 0, 9),
        ("bytes=3-", 3, 9),
        ("bytes=3-100", 3, 9),
        ("bytes=-1", 9, 9),
        ("bytes=-10", 0, 9),
        ("bytes=-100", 0, 9),
        ("bytes=9-9", 9, 9),
        ("BYTES = 1-2 ", 1, 2),
    ],
)
def test_a_range_is_cut_to_what_there_is(header: str, first: int, last: int) -> None:
    found = parse_range(header, 10)
    assert found == ByteRange(first, last)
    assert found.size == last - first + 1


@pytest.mark.parametrize(
    "header",
    [
        None, "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-3", "lines=0-1", "bytes=0-1,3-4", "bytes=1",
        "bytes=" + "9" * 20 + "-", "bytes=0x1-2", "bytes=--1",
    ],
)  # fmt: skip
def test_what_is_not_understood_means_the_whole(header: str | None) -> None:
    assert parse_range(header, 10) is None


@pytest.mark.parametrize(
    ("header", "size"),
    [("bytes=10-", 10), ("bytes=99-100", 10), ("bytes=-0", 10), ("bytes=0-", 0), ("bytes=-5", 0)],
)
def test_a_range_outside_is_refused(header: str, size: int) -> None:
    with pytest.raises(Unsatisfiable):
        parse_range(header, size)


@given(st.text(max_size=30) | st.from_regex(r"bytes=[0-9]{0,3}-[0-9]{0,3}"), st.integers(0, 300))
def test_whatever_comes_the_part_lies_within(header: str, size: int) -> None:
    try:
        part = parse_range(header, size)
    except Unsatisfiable:
        return
    if part is not None:
        assert 0 <= part.first <= part.last < size
