"""Citizen ids: what is accepted, what is refused and why, and that nothing personal leaks."""

import contextlib
import pickle
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import YiwangError
from gateway.core.identifiers import citizen_id
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.identifiers.iso7064 import mod_11_2
from gateway.core.identifiers.provinces import PROVINCES
from gateway.core.identifiers.spelling import FULL_WIDTH, SPACE
from gateway.core.text import Text

VECTOR = "11010519491231002X"


@st.composite
def citizen_ids(draw: st.DrawFn) -> str:
    province = draw(st.sampled_from(sorted(PROVINCES)))[:2]
    place = draw(st.integers(0, 9999))
    birth = draw(st.dates(date(1850, 1, 1), date(2030, 1, 1)))
    body = f"{province}{place:04}{birth:%Y%m%d}{draw(st.integers(0, 999)):03}"
    return body + mod_11_2(body)


def _reason(raw: str, today: date | None = None) -> Text:
    with pytest.raises(IdentifierInvalid) as caught:
        citizen_id.parse(raw, today)
    return caught.value.reason


def _with_check(body: str) -> str:
    return body + mod_11_2(body)


def test_the_vector_of_the_standard_parses() -> None:
    parsed = citizen_id.parse(VECTOR)
    assert parsed == citizen_id.CitizenId(VECTOR, date(1949, 12, 31), "110105", is_old=False)


def test_a_lower_case_x_is_normalised() -> None:
    assert citizen_id.parse(VECTOR.lower()).number == VECTOR


@given(citizen_ids())
def test_a_parsed_number_parses_to_itself(number: str) -> None:
    parsed = citizen_id.parse(number)
    assert parsed.number == number
    assert citizen_id.parse(parsed.number.lower()) == parsed


@given(citizen_ids(), st.data())
def test_every_wrong_character_is_refused(number: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, 17))
    other = data.draw(st.sampled_from("0123456789X").filter(lambda char: char != number[place]))
    with pytest.raises(IdentifierInvalid):
        citizen_id.parse(number[:place] + other + number[place + 1 :])


@given(citizen_ids())
def test_every_swap_of_unequal_neighbours_is_refused(number: str) -> None:
    for place in range(17):
        a, b = number[place], number[place + 1]
        if a != b:
            with pytest.raises(IdentifierInvalid):
                citizen_id.parse(number[:place] + b + a + number[place + 2 :])


@given(st.text() | st.text("0123456789Xx", min_size=14, max_size=19) | st.from_regex(r"\A\d{18}\Z"))
def test_arbitrary_text_raises_nothing_else(raw: str) -> None:
    with contextlib.suppress(IdentifierInvalid):
        citizen_id.parse(raw)
    citizen_id.mask(raw)
    citizen_id.upgrade(raw)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", citizen_id.LENGTH),
        ("1101051949123100", citizen_id.LENGTH),
        (VECTOR + "0", citizen_id.LENGTH),
        ("9" * 100_000, citizen_id.LENGTH),
        ("11010519491231X02X", citizen_id.CHARACTERS),
        ("11010519491231002A", citizen_id.CHARACTERS),
        ("11010549123100X", citizen_id.CHARACTERS),
        (f" {VECTOR}", SPACE),
        (f"{VECTOR}\n", SPACE),
        ("110105194912310\u200b2X", SPACE),
        ("１１０１０５１９４９１２３１００２Ｘ", FULL_WIDTH),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", citizen_id.CHARACTERS),
        (_with_check("11010519490229002"), citizen_id.BIRTH),
        (_with_check("11010519491301002"), citizen_id.BIRTH),
        (_with_check("11010500001231002"), citizen_id.BIRTH),
        ("110105490229002", citizen_id.BIRTH),
        ("110105194912310020", citizen_id.CHECK),
    ],
)
def test_a_refusal_names_what_was_expected(raw: str, reason: Text) -> None:
    assert _reason(raw) is reason


def test_a_birth_in_the_future_is_refused_when_today_is_known() -> None:
    number = _with_check("42010620300101001")
    assert _reason(number, date(2029, 12, 31)) is citizen_id.FUTURE
    assert citizen_id.parse(number, date(2030, 1, 1)).birth == date(2030, 1, 1)
    assert citizen_id.parse(number).birth == date(2030, 1, 1)


@pytest.mark.parametrize("prefix", ["810000", "820000", "830000", "911562", "000000", "990105"])
def test_permits_and_cards_for_foreigners_name_no_region(prefix: str) -> None:
    assert citizen_id.parse(_with_check(f"{prefix}19900101001")).region is None


def test_an_old_number_is_kept_and_flagged() -> None:
    parsed = citizen_id.parse("110105491231002", date(2026, 1, 1))
    assert parsed == citizen_id.CitizenId("110105491231002", date(1949, 12, 31), "110105", is_old=True)


def test_an_old_number_of_a_centenarian_tells_no_birth() -> None:
    assert citizen_id.parse("110105900101996", date(2026, 1, 1)).birth is None


def test_an_old_number_becomes_a_new_one_where_the_century_is_known() -> None:
    assert citizen_id.to_18("110105491231002") == VECTOR
    assert citizen_id.upgrade(" 110105491231002 ") == VECTOR


@pytest.mark.parametrize(("old", "reason"), [(VECTOR, citizen_id.NOT_OLD), ("110105900101999", citizen_id.CENTURY)])
def test_nothing_else_becomes_a_new_number(old: str, reason: Text) -> None:
    with pytest.raises(IdentifierInvalid) as caught:
        citizen_id.to_18(old)
    assert caught.value.reason is reason


@pytest.mark.parametrize(
    "number", [VECTOR, "110105900101999", "11010549123100X", "E12345678", "1101**********002X", ""]
)
def test_upgrading_leaves_other_text_alone_but_for_its_case(number: str) -> None:
    assert citizen_id.upgrade(number.lower()) == number


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        (VECTOR, "110105********002X"),
        ("11010519491231002x", "110105********002x"),
        ("110105491231002", "110105******002"),
        ("E12345678", "*********"),
        ("张" * 500, "*" * 18),
        ("", ""),
    ],
)
def test_masking_hides_the_birth_date_and_all_of_anything_else(number: str, masked: str) -> None:
    assert citizen_id.mask(number) == masked


@given(citizen_ids().map(lambda number: number[:-1] + ("0" if number[-1] != "0" else "1")))
def test_an_error_never_carries_the_number(number: str) -> None:
    with pytest.raises(IdentifierInvalid) as caught:
        citizen_id.parse(number)
    error = caught.value
    said = f"{error} {error!r} {error.args} {error.reason.zh}"
    assert number not in said
    assert number[6:14] not in said
    assert error.__cause__ is None


def test_a_number_does_not_show_in_a_representation() -> None:
    assert repr(citizen_id.parse(VECTOR)) == "CitizenId(is_old=False)"


def test_an_error_is_a_value_error_of_this_project_and_survives_pickling() -> None:
    error = IdentifierInvalid(citizen_id.CHECK)
    assert isinstance(error, YiwangError)
    assert isinstance(error, ValueError)
    assert str(error) == citizen_id.CHECK.en
    assert pickle.loads(pickle.dumps(error)).reason == citizen_id.CHECK
