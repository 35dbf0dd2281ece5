"""Who may use a seal for what: nothing is opened that one authorisation does not cover whole."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.caller import Application, Caller, Role
from gateway.core.policy.evaluator import Denial
from gateway.core.seals.permission import Permission, explain, may_use
from gateway.core.seals.register import Authorisation, SealState
from tests.seal_register.entries import (
    BODIES,
    DAY,
    HEIR,
    HEIR_SINCE,
    ITEM,
    NOW,
    OFD,
    OTHER,
    OWNER,
    PDF,
    authorisation,
    person,
    question,
    registered,
)


def by(application: str = "hall", **changes: Any) -> Caller:
    return Caller(Application(application, "Hall"), person(**changes))


def test_what_is_authorised_may_be_done() -> None:
    assert may_use(registered(two_person=True), question(), BODIES) == Permission(
        authorisations=("a-1",), pages=10, two_person=True
    )


@pytest.mark.parametrize(
    ("changes", "asked", "reason"),
    [
        ({"state": SealState.REVOKED}, {}, "revoked"),
        ({"state": SealState.FROZEN}, {}, "frozen"),
        ({"valid_from": NOW + DAY}, {}, "not in force yet"),
        ({"valid_until": NOW - DAY}, {}, "not in force any more"),
        ({}, {"at": NOW - 40 * DAY}, "not in force yet"),
        ({"owners": ()}, {}, "no body owns"),
        ({}, {"caller": Caller(Application("hall", "Hall"))}, "only an officer"),
        ({}, {"caller": by(role=Role.CITIZEN)}, "only an officer"),
        ({}, {"caller": by(role=Role.DEPARTMENT)}, "only an officer"),
        ({}, {"caller": by(body=None)}, "only an officer"),
        ({"authorisations": ()}, {}, "no authorisation holds"),
        ({"authorisations": (authorisation(since=NOW + DAY),)}, {}, "no authorisation holds"),
        ({"authorisations": (authorisation(until=NOW),)}, {}, "no authorisation holds"),
        ({}, {"caller": by("portal")}, "this application is not"),
        ({}, {"caller": by(body=OTHER)}, "the officer's body is not"),
        ({}, {"caller": by(body=HEIR)}, "the officer's body is not"),
        ({"authorisations": (authorisation(accounts=frozenset({"officer-2"})),)}, {}, "this officer is not"),
        ({}, {"item": "420106-100002"}, "for this item"),
        ({}, {"media_type": PDF}, "type of document"),
        ({}, {"pages": 11}, "more pages"),
    ],
)
def test_what_is_missing_is_said(changes: dict[str, Any], asked: dict[str, Any], reason: str) -> None:
    seal = registered(**changes)
    answer = may_use(seal, question(**asked), BODIES)
    assert isinstance(answer, Denial)
    assert reason in answer.reason.en
    explanation = explain(seal, question(**asked), BODIES)
    assert explanation.answer == answer
    assert next(found for found in explanation.findings if not found.holds).reason == answer.reason


def test_an_officer_of_the_successor_is_one_of_the_body_from_its_day_on() -> None:
    caller = by(body=HEIR)
    assert isinstance(may_use(registered(), question(caller=caller, at=HEIR_SINCE - DAY), BODIES), Denial)
    assert isinstance(may_use(registered(), question(caller=caller, at=HEIR_SINCE), BODIES), Permission)


def test_pages_that_nobody_knows_yet_are_bounded_by_the_answer() -> None:
    few, more = authorisation(), authorisation(id="a-2", pages=30)
    both = registered(authorisations=(few, more))
    answer = may_use(both, question(pages=None), BODIES)
    assert answer == Permission(authorisations=("a-1", "a-2"), pages=30, two_person=False)
    assert may_use(both, question(pages=20), BODIES) == Permission(authorisations=("a-2",), pages=30, two_person=False)
    any_number = registered(authorisations=(few, authorisation(id="a-3", pages=None)))
    answer = may_use(any_number, question(pages=None), BODIES)
    assert isinstance(answer, Permission)
    assert answer.pages is None


def test_two_authorisations_do_not_add_up_to_one() -> None:
    item, document = authorisation(documents=frozenset({PDF})), authorisation(id="a-2", items=frozenset({"420106-9"}))
    answer = may_use(registered(authorisations=(item, document)), question(), BODIES)
    assert isinstance(answer, Denial)
    assert "type of document" in answer.reason.en


def test_all_that_is_written_as_a_star_is_open_to_officers_only() -> None:
    star = frozenset({"*"})
    seal = registered(
        authorisations=(authorisation(applications=star, bodies=star, items=star, documents=star, pages=None),)
    )
    far = question(caller=by("else", body=OTHER), item="420106-777777", media_type=PDF, pages=9_999)
    assert isinstance(may_use(seal, far, BODIES), Permission)
    assert isinstance(may_use(seal, question(caller=by(role=Role.CITIZEN)), BODIES), Denial)


def test_an_explanation_shows_every_condition_in_order() -> None:
    findings = explain(registered(), question(), BODIES).findings
    assert len(findings) == 13
    assert all(found.holds for found in findings)
    assert [found.condition.en for found in findings][-7:] == [
        "the authorisation's dates", "the application", "the body", "the account", "the item", "the type of document",
        "the number of pages",
    ]  # fmt: skip


codes = st.frozensets(st.sampled_from(["hall", "portal", "*"]), min_size=1)
authorisations = st.builds(
    Authorisation,
    id=st.sampled_from(["a", "b", "c"]),
    applications=codes,
    bodies=st.frozensets(st.sampled_from([OWNER, HEIR, OTHER, "*"]), min_size=1),
    accounts=st.none() | st.frozensets(st.sampled_from(["officer-1", "officer-2"])),
    items=st.frozensets(st.sampled_from([ITEM, "420106-2", "*"]), min_size=1),
    documents=st.frozensets(st.sampled_from([OFD, PDF, "*"]), min_size=1),
    since=st.sampled_from([NOW - DAY, NOW, NOW + DAY]),
    until=st.none() | st.sampled_from([NOW + DAY, NOW + 2 * DAY]),
    pages=st.none() | st.integers(1, 20),
)
questions = st.builds(
    question,
    caller=st.builds(
        by,
        st.sampled_from(["hall", "portal"]),
        body=st.sampled_from([OWNER, HEIR, OTHER, None]),
        subject=st.sampled_from(["officer-1", "officer-2", "officer-3"]),
        role=st.sampled_from(list(Role)),
    ),
    item=st.sampled_from([ITEM, "420106-2"]),
    media_type=st.sampled_from([OFD, PDF, "image/png"]),
    pages=st.none() | st.integers(1, 25),
    at=st.sampled_from([NOW - DAY, NOW, NOW + DAY, HEIR_SINCE]),
)


@given(st.lists(authorisations, max_size=4), questions, st.sampled_from(list(SealState)))
def test_a_permission_rests_on_one_authorisation_that_covers_everything(
    given_: list[Authorisation], asked: Any, state: SealState
) -> None:
    seal = registered(authorisations=tuple(given_), state=state)
    answer = may_use(seal, asked, BODIES)
    covering = [one for one in given_ if isinstance(may_use(_with(seal, one), asked, BODIES), Permission)]
    assert isinstance(answer, Permission) is bool(covering)
    if isinstance(answer, Permission):
        assert state is SealState.ACTIVE
        assert answer.authorisations == tuple(one.id for one in covering)
        assert asked.caller.person.role is Role.OFFICER
        for one in covering:
            assert one.since <= asked.at
            assert one.accounts is None or asked.caller.person.subject in one.accounts
            assert {"*", asked.item} & one.items
            assert asked.pages is None or one.pages is None or asked.pages <= one.pages


@given(st.lists(authorisations, max_size=4), questions)
def test_what_may_be_done_without_knowing_the_pages_may_be_done_within_the_limit_it_names(
    given_: list[Authorisation], asked: Any
) -> None:
    seal = registered(authorisations=tuple(given_))
    answer = may_use(seal, msgspec.structs.replace(asked, pages=None), BODIES)
    if isinstance(answer, Permission):
        most = answer.pages or 10_000
        assert isinstance(may_use(seal, msgspec.structs.replace(asked, pages=most), BODIES), Permission)
        if answer.pages is not None:
            beyond = msgspec.structs.replace(asked, pages=most + 1)
            assert isinstance(may_use(seal, beyond, BODIES), Denial)


def _with(seal: Any, one: Authorisation) -> Any:
    return msgspec.structs.replace(seal, authorisations=(one,))
