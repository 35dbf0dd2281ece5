"""The seal register's use cases: who may do what, on which version, and what the audit says of it."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from gateway.core import problems
from gateway.core.audit.catalogue import find_kind
from gateway.core.call import Call
from gateway.core.caller import Role
from gateway.core.errors import Refusal
from gateway.core.policy.evaluator import Denial
from gateway.core.problems import Problem
from gateway.core.seals.permission import Permission, may_use
from gateway.core.seals.platform import Mode
from gateway.core.seals.register import Route, RouteKind, SealState
from gateway.services.seal_intake import RouteRequest
from gateway.services.seal_views import SealView
from tests.seal_register.entries import (
    BODIES,
    DAY,
    HEIR,
    HEIR_SINCE,
    NOW,
    OTHER,
    OWNER,
    authorisation,
    call,
    person,
    question,
    registered,
)
from tests.seal_register.offices import (
    AUDITOR,
    CITIZEN,
    DEPARTMENT,
    DEPARTMENT_2,
    HUB,
    HUB_2,
    NOBODY,
    OFFICER,
    OPERATIONS,
    STRANGER,
    STRANGERS,
    Office,
    authorising,
    refused,
    registering,
    renewing,
    text,
)

EVERYBODY = (HUB, OPERATIONS, AUDITOR, DEPARTMENT, STRANGERS, OFFICER, STRANGER, CITIZEN, NOBODY)
FREE = registered(authorisations=())


async def test_a_registered_seal_is_used_by_nobody_until_its_owner_authorises_it() -> None:
    office = Office()
    seal = await office.register(registering(), HUB)
    assert (seal.number, seal.owner, seal.state, seal.version) == ("n-new", OWNER, SealState.ACTIVE, 1)
    assert (seal.route, seal.platform, seal.two_person, seal.authorisations) == (RouteKind.LOCAL, None, True, ())
    kept = await office.store.find(seal.id)
    assert kept is not None
    assert kept.route == Route(key="pkcs11:object=seal")
    assert isinstance(may_use(kept, question(pages=1), BODIES), Denial)
    authorised = await office.authorise(authorising(id=seal.id), DEPARTMENT)
    (one,) = authorised.authorisations
    kept = await office.store.find(seal.id)
    assert kept is not None
    answer = may_use(kept, question(pages=1), BODIES)
    assert answer == Permission(authorisations=(one.authorisation.id,), pages=5, two_person=True)
    withdrawn = await office.authorise.withdraw(seal.id, one.authorisation.id, 2, DEPARTMENT_2)
    assert withdrawn.version == 3
    kept = await office.store.find(seal.id)
    assert kept is not None
    assert isinstance(may_use(kept, question(pages=1), BODIES), Denial)
    said = {"seal": seal.id, "version": 1, "body": OWNER}
    assert office.told() == [
        ("seal.registered", "DONE", None, said),
        ("seal.authorised", "DONE", None, {"seal": seal.id, "version": 2, "authorisation": one.authorisation.id}),
        ("seal.withdrawn", "DONE", None, {"seal": seal.id, "version": 3, "authorisation": one.authorisation.id}),
    ]
    assert len(office.trail.held) == 3, "each in the transaction of its change"
    assert all(event.about for event in office.trail.events)


async def test_events_say_what_the_catalogue_lists() -> None:
    office = Office(registered())
    await office.change.freeze("5ea1", "丢失", OPERATIONS)
    await office.change.unfreeze("5ea1", 2, HUB)
    await office.register.renew(renewing(expected_version=3), HUB)
    await office.change.hand_over("5ea1", OTHER, 4, HUB)
    await office.change.revoke("5ea1", "机构撤销", 5, HUB)
    kinds = ["seal.frozen", "seal.unfrozen", "seal.renewed", "seal.handed-over", "seal.revoked"]
    assert [event.kind for event in office.trail.events] == kinds
    for event in office.trail.events:
        kind = find_kind(event.kind)
        assert kind is not None
        assert {f"note.{name}" for name in event.note} <= set(kind.fields)
        assert "丢失" not in event.record().decode()


def attempts(office: Office, who: Call) -> dict[str, Awaitable[object]]:
    return {
        "register": office.register(registering(), who),
        "renew": office.register.renew(renewing(), who),
        "authorise": office.authorise(authorising(), who),
        "withdraw": office.authorise.withdraw("5ea1", "a-1", 1, who),
        "freeze": office.change.freeze("5ea1", "r", who),
        "revoke": office.change.revoke("5ea1", "r", 1, who),
        "hand over": office.change.hand_over("5ea1", OTHER, 1, who),
    }


MAY = {
    "register": {"hub-1"},
    "renew": {"hub-1"},
    "authorise": {"dept-1"},
    "withdraw": {"dept-1"},
    "freeze": {"hub-1", "ops-1", "dept-1"},
    "unfreeze": {"hub-1", "dept-1"},
    "revoke": {"hub-1"},
    "hand over": {"hub-1"},
}


@pytest.mark.parametrize("what", list(MAY))
async def test_only_those_may_who_answer_for_it(what: str) -> None:
    done = set()
    for who in EVERYBODY:
        office = Office(registered().freeze(reason="r", by="x", at=NOW) if what == "unfreeze" else registered())
        chosen = attempts(office, who)
        chosen["unfreeze"] = office.change.unfreeze("5ea1", 2, who)
        attempt = chosen.pop(what)
        for other in chosen.values():
            other.close()  # type: ignore[attr-defined] # coroutines, all of them
        (result,) = await asyncio.gather(attempt, return_exceptions=True)
        if isinstance(result, SealView):
            assert who.caller.person is not None
            done.add(who.caller.person.subject)
            continue
        assert isinstance(result, Refusal)
        assert result.problem is (problems.PERSON_MISSING if who is NOBODY else problems.SEAL_CHANGE_FORBIDDEN)
        assert office.told()[-1][1] == "REFUSED"
        assert len(office.store.versions["5ea1"]) == 1
    assert done == MAY[what]


async def test_who_froze_a_seal_does_not_unfreeze_it() -> None:
    office = Office(registered())
    await office.change.freeze("5ea1", " 核查 ", HUB)
    await refused(office.change.unfreeze("5ea1", 2, HUB), problems.SEAL_UNFREEZE_NEEDS_ANOTHER)
    seal = await office.change.unfreeze("5ea1", 2, HUB_2)
    assert (seal.state, seal.reason) == (SealState.ACTIVE, None)


async def test_a_freeze_holds_whatever_else_is_changed_meanwhile() -> None:
    office = Office(registered())
    office.store.races = [registered().withdraw("a-1", NOW)]
    seal = await office.change.freeze("5ea1", "r", OPERATIONS)
    assert (seal.state, seal.version) == (SealState.FROZEN, 3)
    assert [event.note["version"] for event in office.trail.events] == [3]


async def test_a_freeze_that_always_loses_says_so() -> None:
    office, other = Office(registered()), registered()
    for _ in range(5):
        other = other.authorise(authorisation(), NOW)
        office.store.races.append(other)
    refusal = await refused(
        office.change.freeze("5ea1", "r", OPERATIONS), problems.SEAL_CHANGED, "input.expectedVersion"
    )
    assert refusal.values == {"version": 6}


async def test_another_change_is_said_of_the_version_that_was_read() -> None:
    office = Office(registered())
    await refused(office.change.revoke("5ea1", "r", 7, HUB), problems.SEAL_CHANGED, "input.expectedVersion")
    office.store.races = [registered().withdraw("a-1", NOW)]
    await refused(office.change.revoke("5ea1", "r", 1, HUB), problems.SEAL_CHANGED, "input.expectedVersion")
    assert office.told()[-1][3] == {"seal": "5ea1", "version": 2}


@pytest.mark.parametrize("what", ["renew", "authorise", "withdraw", "freeze", "revoke", "hand over"])
async def test_a_seal_that_is_not_there_is_not_changed(what: str) -> None:
    office = Office()
    chosen = attempts(office, DEPARTMENT if what in {"authorise", "withdraw"} else HUB)
    attempt = chosen.pop(what)
    for other in chosen.values():
        other.close()  # type: ignore[attr-defined] # coroutines, all of them
    await refused(attempt, problems.SEAL_UNKNOWN, "input.id")


async def test_owners_are_bodies() -> None:
    office = Office(registered())
    await refused(office.register(registering(owner="某局"), HUB), problems.CREDIT_CODE_INVALID, "input.owner")
    await refused(office.change.hand_over("5ea1", "某局", 1, HUB), problems.CREDIT_CODE_INVALID, "input.body")
    assert all("body" not in event.note for event in office.trail.events)


@pytest.mark.parametrize("reason", ["", " ", "x" * 501, "a\u0007b"])
async def test_reasons_are_words(reason: str) -> None:
    office = Office(registered())
    await refused(office.change.freeze("5ea1", reason, HUB), problems.SEAL_REASON_INVALID, "input.reason")
    await refused(office.change.revoke("5ea1", reason, 1, HUB), problems.SEAL_REASON_INVALID, "input.reason")


async def test_what_comes_in_is_examined_before_it_is_kept() -> None:
    office = Office(registered(number="n-new"))
    await refused(office.register(registering(structure=text(b"bad")), HUB), problems.SEAL_UNFIT, "input.structure")
    await refused(office.register(registering(), HUB), problems.SEAL_NUMBER_TAKEN, "input.structure")
    office.reader.until = NOW - DAY
    over = office.register(registering(structure=text(b"old")), HUB)
    await refused(over, problems.SEAL_NOT_IN_FORCE, "input.structure")
    assert len(office.store.versions) == 1


@pytest.mark.parametrize(
    ("changes", "problem", "field"),
    [
        ({"structure": ""}, problems.SEAL_ENCODING_INVALID, "structure"),
        ({"structure": "not base64!"}, problems.SEAL_ENCODING_INVALID, "structure"),
        ({"structure": "章"}, problems.SEAL_ENCODING_INVALID, "structure"),
        ({"structure": "A" * 699_056}, problems.SEAL_ENCODING_INVALID, "structure"),
        ({"structure": text(b"x" * 524_289)}, problems.SEAL_ENCODING_INVALID, "structure"),
        ({"certificates": ("A===",)}, problems.SEAL_ENCODING_INVALID, "certificates"),
        ({"certificates": ()}, problems.LIMIT_OUT_OF_RANGE, "certificates"),
        ({"certificates": (text(b"c"),) * 9}, problems.LIMIT_OUT_OF_RANGE, "certificates"),
        ({"route": RouteRequest()}, problems.SEAL_ROUTE_INVALID, "route"),
        ({"route": RouteRequest(key="pkcs11:" + "x" * 1_024)}, problems.SEAL_ROUTE_INVALID, "route"),
        ({"route": RouteRequest(key="pkcs11:\n")}, problems.SEAL_ROUTE_INVALID, "route"),
        ({"route": RouteRequest(key="file:/a")}, problems.SEAL_ROUTE_INVALID, "route.key"),
        ({"route": RouteRequest(platform="seals", number="7")}, problems.SEAL_ROUTE_INVALID, "route"),
        (
            {"route": RouteRequest(platform="other", number="7", mode=Mode.DIGEST)},
            problems.SEAL_PLATFORM_UNKNOWN, "route.platform.system",
        ),
    ],
)  # fmt: skip
async def test_what_is_handed_in_is_bounded_and_whole(changes: dict[str, Any], problem: Problem, field: str) -> None:
    office = Office()
    await refused(office.register(registering(**changes), HUB), problem, f"input.{field}")
    assert office.told()[0][:3] == ("seal.registered", "REFUSED", problem.number)


async def test_the_largest_seal_that_fits_is_taken() -> None:
    seal = await Office().register(registering(structure=text(b"x" * 524_288)), HUB)
    assert seal.version == 1


async def test_a_seal_of_the_first_layout_needs_a_platform_that_takes_documents() -> None:
    office = Office()
    office.reader.usable_here = False
    for route in (RouteRequest(key="pkcs11:a"), RouteRequest(platform="seals", number="7", mode=Mode.DIGEST)):
        await refused(office.register(registering(route=route), HUB), problems.SEAL_FOR_PLATFORM_ONLY, "input.route")
    whole = RouteRequest(platform="seals", number="7", mode=Mode.DOCUMENT)
    seal = await office.register(registering(route=whole), HUB)
    assert (seal.route, seal.platform) == (RouteKind.PLATFORM, "seals")


async def test_a_renewal_keeps_the_route_unless_it_brings_another() -> None:
    office = Office(registered())
    first = await office.register.renew(renewing(), HUB)
    assert (first.number, first.route, first.version) == ("n-renewed", RouteKind.LOCAL, 2)
    route = RouteRequest(platform="seals", number="7", mode=Mode.DIGEST)
    again = renewing(structure=text(b"again"), route=route, expected_version=2)
    second = await office.register.renew(again, HUB)
    assert second.route is RouteKind.PLATFORM
    kept = await office.store.find_version("5ea1", 1)
    assert kept == registered()


async def test_a_renewal_with_the_number_of_another_seal_is_refused() -> None:
    office = Office(registered(), registered(id="5ea2", number="n-renewed"))
    await refused(office.register.renew(renewing(), HUB), problems.SEAL_NUMBER_TAKEN, "input.structure")


@pytest.mark.parametrize(
    ("changes", "problem", "field"),
    [
        ({"applications": ()}, problems.SEAL_CODES_INVALID, "applications"),
        ({"applications": ("*", "hall")}, problems.SEAL_CODES_INVALID, "applications"),
        ({"applications": ("a\nb",)}, problems.SEAL_CODES_INVALID, "applications"),
        ({"applications": ("",)}, problems.SEAL_CODES_INVALID, "applications"),
        ({"applications": tuple(map(str, range(201)))}, problems.SEAL_CODES_INVALID, "applications"),
        ({"bodies": ("12345",)}, problems.CREDIT_CODE_INVALID, "bodies"),
        ({"accounts": ()}, problems.SEAL_CODES_INVALID, "accounts"),
        ({"accounts": ("*",)}, problems.SEAL_CODES_INVALID, "accounts"),
        ({"items": ("x y",)}, problems.USE_ITEM_INVALID, "items"),
        ({"documents": ("image/png",)}, problems.SEAL_DOCUMENTS_INVALID, "documents"),
        ({"pages": 0}, problems.LIMIT_OUT_OF_RANGE, "pages"),
        ({"pages": 100_001}, problems.LIMIT_OUT_OF_RANGE, "pages"),
        ({"until": NOW}, problems.SEAL_AUTHORISATION_TIME_INVALID, "until"),
    ],
)
async def test_a_scope_is_written_out(changes: dict[str, Any], problem: Problem, field: str) -> None:
    await refused(Office(FREE).authorise(authorising(**changes), DEPARTMENT), problem, f"input.{field}")


async def test_a_scope_may_be_open_and_begin_later_but_never_earlier() -> None:
    office, star = Office(FREE), ("*",)
    changes = {"applications": star, "bodies": star, "items": star, "documents": star, "pages": None}
    request = authorising(**changes, accounts=("officer-1",), since=NOW - 9 * DAY, until=NOW + DAY)
    first = await office.authorise(request, DEPARTMENT)
    assert first.authorisations[0].authorisation.since == NOW
    second = await office.authorise(authorising(since=NOW + DAY, expected_version=2), DEPARTMENT)
    assert second.authorisations[1].authorisation.since == NOW + DAY


async def test_credit_codes_are_meant_whatever_their_case() -> None:
    office = Office(FREE)
    seal = await office.authorise(authorising(bodies=(OTHER.lower(),)), DEPARTMENT)
    assert seal.authorisations[0].authorisation.bodies == {OTHER}
    assert (await office.change.hand_over("5ea1", OTHER.lower(), 2, HUB)).owner == OTHER
    assert len((await office.list(OTHER.lower(), 20, None, HUB)).nodes) == 1


async def test_the_department_of_the_successor_answers_for_the_seal_from_its_day_on() -> None:
    office = Office(FREE)
    heirs = call(person(Role.DEPARTMENT, HEIR, "dept-h"), "console")
    await refused(office.authorise(authorising(), heirs), problems.SEAL_CHANGE_FORBIDDEN)
    office.clock.step(HEIR_SINCE - NOW)
    assert (await office.authorise(authorising(), heirs)).version == 2
