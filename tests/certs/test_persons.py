"""Persons as tokens name them: each role has what it needs, and nothing that it cannot have."""

from typing import Any

import msgspec
import pytest

from certs.tokens.persons import check_application, check_person
from certs.tokens.reasons import Unproven
from gateway.core.caller import Application, Person, Role
from gateway.core.text import Language
from tests.certs.trust import BODY, CITIZEN, CLERK, OFFICER

STAFF = Person(subject="s-1", role=Role.HUB, name="审核员", account="hub01")


def changed(person: Person, **fields: Any) -> Person:
    return msgspec.structs.replace(person, **fields)


def reason(person: Person) -> str:
    with pytest.raises(Unproven) as caught:
        check_person(person)
    return caught.value.reason.render(Language.EN)


@pytest.mark.parametrize(
    "person",
    [
        CITIZEN,
        changed(CITIZEN, document_type="001", number=BODY),
        changed(CITIZEN, document_type="414", number="E12345678"),
        OFFICER,
        changed(OFFICER, document_type=None, number=None, body_name=None),
        CLERK,
        changed(CLERK, post=None),
        changed(CLERK, account="k01"),
        STAFF,
        changed(STAFF, role=Role.DEPARTMENT, body=BODY),
        changed(STAFF, role=Role.OPERATIONS),
        changed(STAFF, role=Role.AUDITOR, body=BODY, region="420000"),
    ],
)
def test_a_person_with_what_his_role_needs_is_taken_as_he_is(person: Person) -> None:
    assert check_person(person) == person


def test_identifiers_come_in_their_one_spelling() -> None:
    permit = changed(CITIZEN, number="11010519491231002x")
    assert check_person(permit).number == "11010519491231002X"
    assert check_person(changed(OFFICER, body=BODY.lower())).body == BODY
    assert check_person(changed(CLERK, region="420102000000")).region == "420102"


@pytest.mark.parametrize(
    ("person", "field"),
    [
        (CITIZEN, "document_type"),
        (CITIZEN, "number"),
        (OFFICER, "account"),
        (OFFICER, "body"),
        (OFFICER, "post"),
        (OFFICER, "region"),
        (OFFICER, "number"),
        (OFFICER, "document_type"),
        (CLERK, "body"),
        (CLERK, "region"),
        (STAFF, "account"),
        (changed(STAFF, role=Role.DEPARTMENT, body=BODY), "body"),
    ],
)
def test_what_a_role_needs_cannot_be_left_out(person: Person, field: str) -> None:
    assert reason(changed(person, **{field: None})) == f"a person of role {person.role.value} needs {field}"


@pytest.mark.parametrize("field", ["account", "body", "body_name", "post", "region"])
def test_a_citizen_has_nothing_of_an_officer(field: str) -> None:
    given = BODY if field == "body" else "420100" if field == "region" else "x"
    assert reason(changed(CITIZEN, **{field: given})) == f"a person of role citizen cannot have {field}"


@pytest.mark.parametrize(
    ("person", "field", "value"),
    [
        (CITIZEN, "number", "420106199001011232"),
        (CITIZEN, "number", "420106900101123"),
        (CITIZEN, "number", ""),
        (CITIZEN, "document_type", "112"),
        (CITIZEN, "document_type", "1111"),
        (OFFICER, "body", BODY[:-1] + "1"),
        (OFFICER, "body", BODY + BODY),
        (OFFICER, "region", "4201"),
        (OFFICER, "region", "990000"),
        (CLERK, "region", "42010 "),
    ],
)
def test_a_wrong_identifier_is_refused_without_being_repeated(person: Person, field: str, value: str) -> None:
    told = reason(changed(person, **{field: value}))
    assert told in {f"the person's {field} is wrong", "the person's number is wrong"}
    assert not value or value not in told


@pytest.mark.parametrize("field", ["subject", "name", "account", "body_name", "post"])
@pytest.mark.parametrize("value", ["", " ", "a\nb", "a\0", "\u202ea", "x" * 201])
def test_texts_are_bounded_lines(field: str, value: str) -> None:
    assert reason(changed(OFFICER, **{field: value})) == f"the person's {field} is wrong"


def test_a_frontend_is_no_person() -> None:
    assert reason(changed(STAFF, role=Role.FRONTEND)) == "the role frontend is no person's"


@pytest.mark.parametrize("code", ["", "a b", "-a", "a" * 65, "应用", "a\n"])
def test_a_code_that_is_none_names_no_application(code: str) -> None:
    with pytest.raises(Unproven):
        check_application(Application(code, "甲"))


@pytest.mark.parametrize("title", ["", " ", "a\nb", "x" * 201])
def test_a_title_that_is_no_line_names_no_application(title: str) -> None:
    with pytest.raises(Unproven):
        check_application(Application("a", title))
