"""Seals are shown to those whom they concern, and of each as much as the reader may see."""

import base64

import msgspec
import pytest

from gateway.core import problems
from gateway.core.bodies import Bodies
from gateway.core.call import Call
from gateway.core.caller import Role
from gateway.core.problems import Problem
from gateway.services.seal_views import is_seen
from tests.seal_register.entries import (
    BODIES,
    HEIR,
    HEIR_SINCE,
    NOW,
    OTHER,
    OWNER,
    authorisation,
    call,
    person,
    registered,
)
from tests.seal_register.offices import (
    AUDITOR,
    CITIZEN,
    DEPARTMENT,
    HUB,
    NOBODY,
    OFFICER,
    OPERATIONS,
    STRANGER,
    STRANGERS,
    Office,
    refused,
)


def mixed() -> Office:
    """A seal of the owner, that another body may use for two officers; one of that body; one of a third."""
    shared = authorisation(id="shared", bodies=frozenset({OTHER}), accounts=frozenset({"officer-9", "officer-8"}))
    own = registered(authorisations=(authorisation(accounts=frozenset({"officer-1"})), shared))
    other = registered(id="5ea2", number="2", owners=msgspec.structs.replace(own).owners, authorisations=())
    third = registered(id="5ea3", number="3").hand_over(OTHER, at=NOW, bodies=Bodies([]))
    return Office(own.freeze(reason="核查", by="x", at=NOW), other, third)


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        (HUB, ["5ea1", "5ea2", "5ea3"]),
        (OPERATIONS, ["5ea1", "5ea2", "5ea3"]),
        (AUDITOR, ["5ea1", "5ea2", "5ea3"]),
        (DEPARTMENT, ["5ea1", "5ea2", "5ea3"]),
        (OFFICER, ["5ea1", "5ea2", "5ea3"]),
        (STRANGER, ["5ea1", "5ea3"]),
        (STRANGERS, ["5ea1", "5ea3"]),
        (call(person(body=HEIR)), []),
    ],
)
async def test_seals_are_shown_to_those_whom_they_concern(who: Call, seen: list[str]) -> None:
    office = mixed()
    found = await office.list(None, 20, None, who)
    assert [seal.id for seal in found.nodes] == seen
    assert found.total == len(seen)


async def test_one_seal_is_shown_or_is_as_if_it_were_not_there() -> None:
    office = mixed()
    assert await office.list.find("none", HUB) is None
    assert await office.list.find("5ea2", STRANGER) is None
    assert await office.list.find("5ea3", DEPARTMENT) is None, "what it was authorised for is over"
    for who in (HUB, OFFICER, DEPARTMENT, STRANGER):
        assert await office.list.find("5ea1", who) is not None


async def test_reasons_authorisations_and_accounts_are_shown_to_those_who_may() -> None:
    office = mixed()
    shown = {}
    for name, who in (
        ("hub", HUB), ("auditor", AUDITOR), ("operations", OPERATIONS), ("department", DEPARTMENT),
        ("officer", OFFICER), ("stranger", STRANGER), ("strangers", STRANGERS),
    ):  # fmt: skip
        seal = await office.list.find("5ea1", who)
        assert seal is not None
        shown[name] = (seal.reason, [(one.authorisation.id, one.accounts) for one in seal.authorisations])
    everything = ("核查", [("a-1", ("officer-1",)), ("shared", ("officer-8", "officer-9"))])
    unnamed = ("核查", [("a-1", None), ("shared", None)])
    assert shown["hub"] == shown["auditor"] == shown["department"] == everything
    assert shown["operations"] == shown["officer"] == unnamed
    assert shown["stranger"] == shown["strangers"] == (None, [("shared", None)])


@pytest.mark.parametrize(
    ("who", "problem"),
    [
        (NOBODY, problems.PERSON_MISSING),
        (CITIZEN, problems.SEALS_UNSEEN),
        (call(person(Role.CLERK)), problems.SEALS_UNSEEN),
        (call(person(body=None)), problems.SEALS_UNSEEN),
    ],
)
async def test_the_register_is_not_shown_to_others(who: Call, problem: Problem) -> None:
    office = mixed()
    await refused(office.list(None, 20, None, who), problem)
    await refused(office.list.find("5ea1", who), problem)


def test_a_seal_is_seen_by_those_who_read_for_a_body_or_for_all() -> None:
    readers = [person(Role.CITIZEN), person(Role.CLERK), person(body=None), person(), person(Role.AUDITOR, None)]
    assert [is_seen(registered(), who, BODIES, NOW) for who in readers] == [False, False, False, True, True]


async def test_pages_follow_one_another_and_may_be_narrowed_to_an_owner_and_whom_it_succeeds() -> None:
    office = mixed()
    first = await office.list(None, 2, None, HUB)
    assert ([seal.id for seal in first.nodes], first.has_next, first.total) == (["5ea1", "5ea2"], True, 3)
    rest = await office.list(None, 2, first.cursors[-1], HUB)
    assert ([seal.id for seal in rest.nodes], rest.has_next) == (["5ea3"], False)
    owned = await office.list(OWNER, 20, None, HUB)
    assert [seal.id for seal in owned.nodes] == ["5ea1", "5ea2"]
    assert (await office.list(HEIR, 20, None, HUB)).nodes == []
    office.clock.step(HEIR_SINCE - NOW)
    assert [seal.id for seal in (await office.list(HEIR, 20, None, HUB)).nodes] == ["5ea1", "5ea2"]
    heir = call(person(body=HEIR))
    assert [seal.id for seal in (await office.list(None, 20, None, heir)).nodes] == ["5ea1", "5ea2", "5ea3"]
    await refused(office.list(None, 0, None, HUB), problems.LIMIT_OUT_OF_RANGE, "first")
    for key in ("", "a\0", "\N{SNOWMAN}", "x" * 65):
        cursor = base64.urlsafe_b64encode(f"after:{key}".encode()).decode()
        await refused(office.list(None, 9, cursor, HUB), problems.CURSOR_INVALID, "after")


async def test_authorisations_of_others_are_not_shown_to_those_who_may_use_a_seal_too() -> None:
    seal = await mixed().list.find("5ea1", STRANGER)
    assert seal is not None
    assert [one.authorisation.bodies for one in seal.authorisations] == [frozenset({OTHER})]


async def test_a_seal_between_two_owners_says_that_nobody_owns_it() -> None:
    office = Office(registered(owners=(), id="5ea9"))
    seal = await office.list.find("5ea9", HUB)
    assert seal is not None
    assert seal.owner is None
