"""Succession of bodies: from a day on, one body stands for another."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.bodies import Bodies, Succession

DAY = date(2026, 3, 1)
BEFORE = DAY - timedelta(days=1)


def test_a_body_stands_for_another_from_the_day_on_and_not_before() -> None:
    bodies = Bodies([Succession("A", "B", DAY)])
    assert (bodies.present("A", BEFORE), bodies.present("A", DAY)) == ("A", "B")
    assert not bodies.same("A", "B", BEFORE)
    assert bodies.same("A", "B", DAY)
    assert bodies.same("B", "A", DAY)


def test_who_was_never_succeeded_stands_for_himself() -> None:
    bodies = Bodies([])
    assert bodies.present("A", DAY) == "A"
    assert bodies.same("A", "A", DAY)
    assert not bodies.same("A", "B", DAY)


def test_successions_follow_one_another_each_from_its_day() -> None:
    bodies = Bodies([Succession("A", "B", DAY), Succession("B", "C", DAY + timedelta(days=10))])
    assert bodies.present("A", DAY) == "B"
    assert bodies.present("A", DAY + timedelta(days=10)) == "C"


def test_bodies_that_merged_are_one() -> None:
    bodies = Bodies([Succession("A", "C", DAY), Succession("B", "C", DAY)])
    assert bodies.same("A", "B", DAY)
    assert not bodies.same("A", "B", BEFORE)


def test_all_codes_of_one_body_are_known_on_each_day() -> None:
    bodies = Bodies([Succession("A", "C", DAY), Succession("B", "C", DAY), Succession("X", "Y", DAY)])
    assert bodies.all_of("A", BEFORE) == {"A"}
    assert [bodies.all_of(code, DAY) for code in "ABC"] == [{"A", "B", "C"}] * 3
    assert bodies.all_of("Z", DAY) == {"Z"}


@pytest.mark.parametrize(
    ("successions", "why"),
    [
        ([Succession("A", "B", DAY), Succession("A", "C", DAY)], "A has two successors"),
        ([Succession("A", "A", DAY)], "does not end"),
        ([Succession("A", "B", DAY), Succession("B", "A", BEFORE)], "does not end"),
        ([Succession(str(n), str(n + 1), DAY) for n in range(17)], "does not end"),
    ],
)
def test_two_successors_circles_and_endless_chains_are_refused(successions: list[Succession], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Bodies(successions)


@given(st.dictionaries(st.integers(0, 8), st.integers(0, 8), max_size=6), st.integers(0, 8), st.integers(0, 8))
def test_being_one_body_is_an_equivalence(steps: dict[int, int], one: int, other: int) -> None:
    given_ = [Succession(str(code), str(successor), DAY) for code, successor in steps.items() if code < successor]
    bodies = Bodies(given_)
    assert bodies.same(str(one), str(one), DAY)
    assert bodies.same(str(one), str(other), DAY) == bodies.same(str(other), str(one), DAY)
    assert bodies.present(bodies.present(str(one), DAY), DAY) == bodies.present(str(one), DAY)
