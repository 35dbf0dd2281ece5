from datetime import date

import pytest

from adapters.sandbox.world import checkdigits, trial
from adapters.sandbox.world.cast import CROWD
from adapters.sandbox.world.generate import World, generate
from adapters.sandbox.world.libraries import Library
from adapters.sandbox.world.model import NO_END

TODAY = date(2026, 3, 2)


def test_the_check_digit_of_a_citizen_id_is_that_of_the_standard() -> None:
    assert checkdigits.citizen_check("11010519491231002") == "X"


@pytest.mark.parametrize(
    "code",
    [
        "11100000000013338W",
        "11110000000021135M",
        "113700000045046442",
        "11330105002500287C",
        "11100000000013661B",
    ],
)
def test_both_checks_of_a_credit_code_are_those_of_the_standards(code: str) -> None:
    assert checkdigits.credit_check(code[:17]) == code[17]
    assert checkdigits.organisation_check(code[8:16]) == code[16]
    assert checkdigits.credit_code(code[:2], code[2:8], code[8:16]) == code


@pytest.mark.parametrize(
    ("joined", "check"),
    [
        ("11100000000013338W01111110000000021135M20230329701003", "Y"),
        ("11100000000013338W00911330105002500287C2025052201002", "0"),
    ],
)
def test_the_check_character_of_a_licence_identifier_is_that_of_the_standard(joined: str, check: str) -> None:
    assert checkdigits.identifier_check(joined) == check


def test_the_same_seed_and_day_give_the_same_world(world: World) -> None:
    again = generate(world.seed, world.today, size=4_000)
    assert again.licences == world.licences
    assert again.officer == world.officer
    assert (again.case, again.item, again.forbidden_item) == (world.case, world.item, world.forbidden_item)
    for system, library in world.libraries.items():
        assert again.libraries[system].records == library.records


def test_another_seed_gives_other_people(world: World) -> None:
    other = generate(world.seed + 1, world.today, size=100)
    assert other.holder.number != world.holder.number
    assert other.case != world.case


def test_every_number_in_the_truth_checks(world: World) -> None:
    for licence in world.licences:
        assert licence.identifier is not None
        joined = "".join(licence.identifier.split(".")[5:-1])
        assert checkdigits.identifier_check(joined) == licence.identifier[-1]
    for person in world.people:
        assert checkdigits.citizen_check(person.number[:17]) == person.number[17]
        assert date.fromisoformat(person.number[6:14]) < world.today
        assert person.number.startswith("42")
    for code in [*(body.code for body in world.bodies), *(firm.number for firm in world.firms)]:
        assert checkdigits.credit_code(code[:2], code[2:8], code[8:16]) == code


def test_no_two_people_bodies_or_licences_share_a_number(world: World) -> None:
    for numbers in (
        [person.number for person in world.people],
        [firm.number for firm in world.firms],
        [body.code for body in world.bodies],
        [kind.code for kind in world.types],
        [licence.identifier for licence in world.licences],
        [licence.number for licence in world.licences],
    ):
        assert len(numbers) == len(set(numbers))


def test_every_state_and_long_term_and_joint_licences_occur(world: World) -> None:
    states = {licence.state for licence in world.licences}
    assert states == {"VALID", "EXPIRED", "SUSPENDED", "CANCELLED", "REVOKED", "WITHDRAWN", "VOIDED", "DRAFT"}
    assert any(licence.valid_until == NO_END for licence in world.licences)
    assert {len(licence.holders) for licence in world.licences} == {1, 2, 3}
    assert len(world.types) == 21


def test_the_two_libraries_share_about_three_licences_in_five(world: World) -> None:
    known = [{record.licence.number for record in library.records} for library in world.libraries.values()]
    assert 0.5 < len(known[0] & known[1]) / len(world.licences) < 0.7


def _of_all_departments(world: World) -> list[Library]:
    return [library for library in world.libraries.values() if library.recipe.departments is None]


def test_libraries_hold_dirty_values_wrong_checks_and_records_without_identifier(world: World) -> None:
    for library in _of_all_departments(world):
        identifiers = [record.licence.identifier for record in library.records]
        assert None in identifiers
        assert any(
            identifier
            and checkdigits.identifier_check("".join(identifier.upper().split(".")[5:-1])) != identifier[-1].upper()
            for identifier in identifiers
        )
        assert {field for record in library.records for field in record.dirty} == {
            "valid_until",
            "issued_on",
            "state",
            "number",
            "issuer_name",
        }
        assert any(len(holder.number) == 15 for record in library.records for holder in record.licence.holders)


def test_the_crowded_firm_has_more_licences_than_a_library_lists(world: World) -> None:
    for library in _of_all_departments(world):
        assert len(library.held_by(world.crowded.number)) == CROWD


def test_a_departments_register_holds_its_own_licences_only_and_all_of_them(world: World) -> None:
    for library in world.libraries.values():
        own = library.recipe.departments
        if own is not None:
            assert {record.licence.type.department for record in library.records} == own
            held = [record for record in library.records if trial.HOLDER not in record.licence.holders]
            truth = [one for one in world.licences if one.type.department in own]
            assert len(truth) >= len(held) > 0.9 * len(truth)


def test_every_provider_knows_the_test_subjects_and_nobody_else_has_their_numbers(world: World) -> None:
    for library in world.libraries.values():
        (record,) = library.held_by(trial.HOLDER.number)
        assert record.licence.holders == (trial.HOLDER,)
        assert len(library.numbered(record.licence.number)) == 1
        assert library.state_word(record)
    assert trial.HOLDER.number not in {party.number for party in (*world.people, *world.firms)}
    assert world.trial_case.number == trial.CASE
    assert trial.CASE not in {case.number for case in world.cases.all}


def test_the_holder_is_in_every_library(world: World) -> None:
    for library in world.libraries.values():
        assert library.held_by(world.holder.number)


def test_case_and_items_have_the_lengths_of_their_standards(world: World) -> None:
    assert len(world.case) == 21
    assert len(world.item) == len(world.forbidden_item) == 31
    assert world.item.startswith(world.officer.body.code)
    assert world.item != world.forbidden_item
