"""Check characters: what the two algorithms find, and what MOD 37,36 is known to miss."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.identifiers.iso7064 import ALPHANUMERIC, mod_11_2, mod_37_36

_GB11643_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@given(st.text("0123456789", min_size=17, max_size=17))
def test_mod_11_2_is_the_weighted_sum_of_gb_11643(digits: str) -> None:
    total = sum(int(digit) * weight for digit, weight in zip(digits, _GB11643_WEIGHTS, strict=True))
    assert mod_11_2(digits) == "10X98765432"[total % 11]


@given(st.text(ALPHANUMERIC, min_size=1, max_size=60), st.data())
def test_mod_37_36_finds_every_wrong_character(body: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(body) - 1))
    other = data.draw(st.sampled_from(ALPHANUMERIC).filter(lambda char: char != body[place]))
    assert mod_37_36(body[:place] + other + body[place + 1 :]) != mod_37_36(body)


def test_mod_37_36_misses_36_of_the_22680_swaps_of_neighbours_and_no_more() -> None:
    # One leading character leads to each of the 36 running values, so that these are all the cases there are.
    cases = itertools.product(ALPHANUMERIC, itertools.combinations(ALPHANUMERIC, 2))
    missed = [(lead, a, b) for lead, (a, b) in cases if mod_37_36(lead + a + b) == mod_37_36(lead + b + a)]
    assert len(missed) == 36
    assert {(a, b) for _, a, b in missed} == {*itertools.pairwise(ALPHANUMERIC), ("0", "Z")}


def test_mod_37_36_misses_only_0_with_1_when_the_check_itself_is_swapped() -> None:
    missed = set()
    for lead, last in itertools.product(ALPHANUMERIC, repeat=2):
        check = mod_37_36(lead + last)
        if check != last and mod_37_36(lead + check) == last:
            missed.add(frozenset({last, check}))
    assert missed == {frozenset("01")}


@pytest.mark.parametrize("body", ["12a", "１２", "1.2", "1X", " "])
def test_mod_11_2_takes_digits_only_and_does_not_quote_others(body: str) -> None:
    with pytest.raises(ValueError, match=r"^MOD 11-2 takes ASCII digits$"):
        mod_11_2(body)


@pytest.mark.parametrize("body", ["a", "Ａ", "1.2", " "])
def test_mod_37_36_takes_its_alphabet_only_and_does_not_quote_others(body: str) -> None:
    with pytest.raises(ValueError, match=r"^MOD 37,36 takes the characters 0-9 and A-Z$"):
        mod_37_36(body)
