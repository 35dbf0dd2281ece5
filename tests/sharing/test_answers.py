"""What leaves of an answer: granted fields only, masked, of whom was asked for, inside the grant's rows."""

import hashlib
import hmac
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.masking import mask_phone
from gateway.core.sharing.answers import MOST_DROPPED, Checked, Cut, check_answer, mask
from gateway.core.sharing.decisions import Permit
from gateway.core.sharing.resources import Masking, Resource
from gateway.core.sharing.scope import Equals, Scope
from gateway.core.sharing.terms import Access
from tests.sharing.making import FIELDS, PERSON, a_resource

ROW = {"id": PERSON, "name": "王小明", "phone": "13812341234", "state": "有效", "income": 5_000}


def hashed(field: str, text: str) -> str:
    return hmac.new(b"key of a grant", f"{field}\0{text}".encode(), hashlib.sha256).hexdigest()


def a_permit(*, scope: Scope | None = None, keys: dict[str, str] | None = None, **access: Access) -> Permit:
    reached = scope or Scope()
    known = {"id": PERSON} if keys is None else keys
    return Permit(
        access=access or {"name": Access.SHOW},
        withheld={},
        decoded=frozenset(access or {"name"}) | frozenset(known) | reached.fields,
        parameters=known,
        keys=known,
        scope=reached,
        charges=(),
    )


def checked(permit: Permit, *rows: dict[str, object], resource: Resource | None = None) -> Checked:
    return check_answer(permit, resource or a_resource(), rows, hashed)


def test_only_opened_fields_leave_and_the_rest_is_reported() -> None:
    found = checked(a_permit(name=Access.SHOW), ROW)
    assert found.rows == ({"name": "王小明"},)
    assert found.dropped == {"phone", "state", "income"}
    assert not found.cut


def test_each_field_leaves_as_far_as_it_is_opened() -> None:
    (row,) = checked(a_permit(name=Access.MASK, phone=Access.HASH, id=Access.MASK, income=Access.MASK), ROW).rows
    assert row == {
        "name": "王*明",
        "phone": hashed("phone", "13812341234"),
        "id": "110105********002X",
        "income": "****",
    }


def test_a_value_that_is_missing_is_null_whatever_is_opened() -> None:
    (row,) = checked(a_permit(name=Access.MASK, phone=Access.HASH, on=Access.SHOW), {"id": PERSON, "name": None}).rows
    assert row == {"name": None, "phone": None, "on": None}


def test_another_persons_record_is_held_back_and_counted() -> None:
    other = ROW | {"id": "110101199003070071"}
    found = checked(a_permit(), other, ROW, other)
    assert found.rows == ({"name": "王小明"},)
    assert found.cut == {Cut.FOREIGN: 2}


@pytest.mark.parametrize("missing", [{"name": "甲"}, {"id": None, "name": "甲"}, {"id": "", "name": "甲"}])
def test_a_record_that_does_not_echo_the_key_proves_nothing(missing: dict[str, object]) -> None:
    assert checked(a_permit(), missing).cut == {Cut.UNPROVEN: 1}


@pytest.mark.parametrize("echo", [PERSON, PERSON.lower(), f" {PERSON} "])
def test_a_key_may_be_echoed_in_another_spelling(echo: str) -> None:
    assert checked(a_permit(), ROW | {"id": echo}).rows


def test_an_old_number_is_the_same_person() -> None:
    assert checked(a_permit(), ROW | {"id": "110105491231002"}).rows
    assert checked(a_permit(keys={"id": "110105491231002"}), ROW).rows


def test_keys_of_other_kinds_are_compared_without_case() -> None:
    permit = a_permit(keys={"state": "ab-1"})
    assert checked(permit, {"state": "AB-1", "name": "甲"}).rows
    assert checked(permit, {"state": "AB-2", "name": "甲"}).cut == {Cut.FOREIGN: 1}
    assert checked(a_permit(keys={"income": "5000"}), ROW).rows


def test_rows_outside_of_the_scope_are_held_back() -> None:
    permit = a_permit(scope=Scope((Equals("state", "注销"),)))
    assert checked(permit, ROW).cut == {Cut.OUTSIDE: 1}
    foreign = ROW | {"id": "110101199003070071"}
    assert checked(permit, foreign).cut == {Cut.FOREIGN: 1}
    assert checked(permit, ROW | {"state": "注销"}).rows == ({"name": "王小明"},)


def test_a_hash_is_of_the_person_and_not_of_the_spelling() -> None:
    permit = a_permit(id=Access.HASH)
    rows = checked(permit, ROW, ROW | {"id": PERSON.lower()}, ROW | {"id": "110105491231002"}).rows
    assert len({row["id"] for row in rows}) == 1


def test_a_report_tells_a_bounded_number_of_names() -> None:
    row = {f"f{number}": number for number in range(500)} | ROW
    assert len(checked(a_permit(), row).dropped) == MOST_DROPPED


def test_nothing_that_is_printed_shows_a_row() -> None:
    shown = repr(checked(a_permit(), ROW, ROW | {"id": "110101199003070071"}))
    assert shown == "Checked(1 rows, 1 cut)"


@pytest.mark.parametrize(
    ("masking", "value", "shown"),
    [
        (Masking.NAME, "王小明", "王*明"),
        (Masking.CITIZEN_ID, PERSON, "110105********002X"),
        (Masking.CREDIT_CODE, "11100000000013338W", "111000********338W"),
        (Masking.PHONE, "13812341234", "138****1234"),
        (Masking.PHONE, "027-87654321", "************"),
        (Masking.NUMBER, "E123456789", "******6789"),
        (Masking.ALL, "有效", "**"),
        (Masking.ALL, 7, "****"),
        (Masking.NAME, True, "****"),
    ],
)
def test_a_part_of_a_value_is_shown_by_its_kind(masking: Masking, value: object, shown: str) -> None:
    assert mask(masking, value) == shown


@given(st.text(max_size=20))
def test_only_mobile_numbers_show_anything(text: str) -> None:
    if not (len(text) == 11 and text.isdecimal()):
        assert set(mask_phone(text)) <= {"*"}


VALUES: st.SearchStrategy[object] = st.one_of(st.none(), st.text(max_size=8), st.integers(0, 9), st.just(PERSON))
ROWS = st.lists(st.dictionaries(st.sampled_from(sorted(FIELDS | {"other"})), VALUES), max_size=6)
ACCESS: Any = st.dictionaries(
    st.sampled_from(sorted(FIELDS)), st.sampled_from((Access.SHOW, Access.MASK, Access.HASH)), min_size=1
)


@given(ROWS, ACCESS)
def test_nothing_leaves_that_is_not_opened_or_not_of_the_person(rows: list[dict[str, object]], access: Any) -> None:
    permit = a_permit(scope=Scope((Equals("state", "a"),)), **access)
    found = checked(permit, *rows)
    assert len(found.rows) + sum(found.cut.values()) == len(rows)
    mine = [row for row in rows if row.get("id") == PERSON and row.get("state") == "a"]
    assert len(found.rows) == len(mine)
    for row, given_ in zip(mine, found.rows, strict=True):
        assert set(given_) == set(access)
        for field, how in access.items():
            if how is Access.SHOW or row.get(field) is None:
                assert given_[field] == row.get(field)
            elif how is Access.HASH:
                assert len(str(given_[field])) == 64
