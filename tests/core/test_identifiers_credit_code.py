"""Unified social credit codes: both checks, the letters that are not used, and glued zeros."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.identifiers import credit_code
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.identifiers.spelling import FULL_WIDTH, SPACE
from gateway.core.text import Text

VECTORS = (
    "11100000000013338W",
    "11110000000021135M",
    "113700000045046442",
    "11330105002500287C",
    "11100000000013661B",
)


@st.composite
def credit_codes(draw: st.DrawFn) -> str:
    head = draw(st.text(credit_code.ALPHABET, min_size=2, max_size=2)) + f"{draw(st.integers(0, 999_999)):06}"
    organisation = draw(st.text(credit_code.ALPHABET, min_size=8, max_size=8))
    body = head + organisation + credit_code.compute_organisation_check(organisation)
    return body + credit_code.compute_check(body)


def _reason(raw: str) -> Text:
    with pytest.raises(IdentifierInvalid) as caught:
        credit_code.parse(raw)
    return caught.value.reason


@pytest.mark.parametrize("code", VECTORS)
def test_the_vectors_parse_in_either_case(code: str) -> None:
    assert credit_code.parse(code) == code
    assert credit_code.parse(code.lower()) == code
    assert credit_code.find_fault(code) is None


@given(credit_codes())
def test_a_parsed_code_parses_to_itself(code: str) -> None:
    assert credit_code.parse(credit_code.parse(code.lower())) == code


@given(credit_codes(), st.data())
def test_every_wrong_character_is_refused(code: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, 17))
    other = data.draw(st.sampled_from(credit_code.ALPHABET).filter(lambda char: char != code[place]))
    with pytest.raises(IdentifierInvalid):
        credit_code.parse(code[:place] + other + code[place + 1 :])


@given(credit_codes())
def test_every_swap_of_unequal_neighbours_is_refused(code: str) -> None:
    for place in range(17):
        a, b = code[place], code[place + 1]
        if a != b:
            with pytest.raises(IdentifierInvalid):
                credit_code.parse(code[:place] + b + a + code[place + 2 :])


@given(st.text() | st.text(credit_code.ALPHABET + "IOSVZiosvz ", min_size=17, max_size=19))
def test_arbitrary_text_raises_nothing_else(raw: str) -> None:
    with contextlib.suppress(IdentifierInvalid):
        credit_code.parse(raw)
    with contextlib.suppress(IdentifierInvalid):
        credit_code.compute_check(raw)
    with contextlib.suppress(IdentifierInvalid):
        credit_code.compute_organisation_check(raw)
    credit_code.mask(raw)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", credit_code.LENGTH),
        ("11110000000021135", credit_code.LENGTH),
        ("9" * 100_000, credit_code.LENGTH),
        ("1111O000000021135M", credit_code.LETTERS),
        ("1111i000000021135m", credit_code.LETTERS),
        ("1111-000000021135M", credit_code.CHARACTERS),
        ("1111ſ000000021135M", credit_code.LETTERS),
        ("11110000000021135M ", SPACE),
        ("１1110000000021135M", FULL_WIDTH),
        ("11110000000021135N", credit_code.CHECK),
        ("11110000000021153M", credit_code.CHECK),
    ],
)
def test_a_refusal_names_what_was_expected(raw: str, reason: Text) -> None:
    assert _reason(raw) is reason


@pytest.mark.parametrize("letter", sorted(credit_code.FORBIDDEN))
def test_the_letters_that_are_not_used_are_named(letter: str) -> None:
    reason = _reason(f"1111{letter}000000021135M")
    assert "I、O、S、V、Z" in reason.zh
    assert "I, O, S, V and Z" in reason.en


@pytest.mark.parametrize("code", VECTORS)
def test_a_zero_glued_to_17_characters_is_hinted_at(code: str) -> None:
    assert _reason(code[:17] + "0") is credit_code.GLUED


def test_a_glued_zero_that_happens_to_be_the_check_cannot_be_told() -> None:
    # Seen in real data as glued by a program; yet 0 is what both checks ask for.
    assert credit_code.parse("11370000004503027" + "0") == "113700000045030270"


def test_the_check_inside_the_organisation_code_is_named() -> None:
    body = "11110000000021136"
    assert _reason(body + credit_code.compute_check(body)) is credit_code.ORGANISATION


def test_a_wrong_inner_and_outer_check_is_one_fault() -> None:
    assert _reason("111100000000211360") is credit_code.CHECK


@pytest.mark.parametrize(("body", "check"), [("00450302", "7"), ("00001333", "8"), ("00000000", "0")])
def test_the_organisation_check_is_that_of_gb_11714(body: str, check: str) -> None:
    assert credit_code.compute_organisation_check(body) == check


def test_the_organisation_check_of_ten_is_an_x() -> None:
    assert credit_code.compute_organisation_check("00000006") == "X"


@pytest.mark.parametrize(
    ("code", "masked"),
    [("11110000000021135M", "111100********135M"), ("1111", "****"), ("O" * 99, "*" * 18)],
)
def test_masking_hides_the_middle_and_all_of_anything_else(code: str, masked: str) -> None:
    assert credit_code.mask(code) == masked
