"""Grants: issued from approvals, narrowing only, ended with what is above; uses decided and explained."""

from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core import problems
from gateway.core.bodies import Bodies, Succession
from gateway.core.caller import Application, Caller, Person, Role
from gateway.core.errors import Refusal
from gateway.core.policy.rules import ANY
from gateway.core.sharing.decisions import LONGEST_PARAMETER, Asked, Denial, Permit, decide, why
from gateway.core.sharing.grants import MOST_LEVELS, Grant, broken, ends_on, expiring, issue, narrow
from gateway.core.sharing.parties import GATEWAY, Party
from gateway.core.sharing.reasons import DEFAULT_REASONS
from gateway.core.sharing.resources import InformationItem, SharingType
from gateway.core.sharing.scope import Equals, InRegion, Scope
from gateway.core.sharing.terms import Access, Quota, Terms
from tests.sharing.making import (
    CHECKER,
    CODE,
    COLLEAGUE,
    DAY,
    FIELDS,
    HUB,
    ITEM,
    OWNER,
    PERSON,
    PROVIDER,
    REQUESTER,
    START,
    a_resource,
    refused,
    some_terms,
    submitted,
    with_provider,
)
from tests.sharing.test_terms import ORDER, TERMS

NOBODY_SUCCEEDED = Bodies([])
OFFICER = Person(subject="p", role=Role.OFFICER, name="经办", body=REQUESTER, region="420106")
NOW = START + DAY


def a_grant(grant_id: str = "g-1", **changes: Any) -> Grant:
    made = Grant(
        id=grant_id,
        request="q-1",
        resource=CODE,
        provider=PROVIDER,
        requester=REQUESTER,
        authority=HUB,
        terms=some_terms(),
        issued_at=START,
    )
    return msgspec.structs.replace(made, **changes)


def asked(person: Person | None = OFFICER, application: str = "portal", **changes: Any) -> Asked:
    made = Asked(
        caller=Caller(Application(application, "门户"), person),
        item=ITEM,
        fields=frozenset({"name", "phone"}),
        parameters={"id": PERSON},
        at=NOW,
    )
    return msgspec.structs.replace(made, **changes)


def answer(asked_: Asked, *lineage: Grant, bodies: Bodies = NOBODY_SUCCEEDED, **changes: Any) -> Permit | Denial:
    return decide(lineage or (a_grant(),), asked_, a_resource(**changes), bodies)


def permitted(asked_: Asked, *lineage: Grant, **more: Any) -> Permit:
    found = answer(asked_, *lineage, **more)
    assert isinstance(found, Permit), found
    return found


def denied(asked_: Asked, *lineage: Grant, **more: Any) -> tuple[str, str | None]:
    found = answer(asked_, *lineage, **more)
    assert isinstance(found, Denial)
    assert found.reason.zh != found.reason.en
    return found.reason.en, found.field


# ---- making and ending


def test_a_grant_is_made_of_an_approval_only() -> None:
    done = with_provider().decide(some_terms(), DEFAULT_REASONS, by=OWNER, at=START)
    grant = issue(done, "g-1", START)
    assert (grant.terms, grant.parent) == (done.granted, None)
    for request in (submitted(), msgspec.structs.replace(done, granted=None)):
        refused(problems.SHARE_STATE, issue, request, "g-1", START)


def test_a_grant_under_another_one_is_narrowed_to_it() -> None:
    done = with_provider().decide(some_terms(), DEFAULT_REASONS, by=OWNER, at=START)
    above = a_grant("u-1", terms=some_terms(fields={"name": Access.MASK}, quota=Quota(10, None)))
    grant = issue(done, "g-1", START, above)
    assert grant.parent == "u-1"
    assert grant.terms.fields == {"name": Access.MASK}
    assert grant.terms.quota == Quota(10, 1_000)


def test_what_nothing_is_left_of_is_no_grant() -> None:
    above = a_grant("u-1", terms=some_terms(items=frozenset({"11420000-0009"})))
    refused(problems.GRANT_EMPTY, narrow, above, a_grant())
    refused(problems.GRANT_EMPTY, narrow, a_grant("u-1", resource="307001/1"), a_grant())
    refused(problems.GRANT_EMPTY, narrow, a_grant("u-1", revoked_at=START), a_grant())
    refused(problems.GRANT_EMPTY, narrow, a_grant("g-1"), a_grant())


@pytest.mark.parametrize(
    ("by", "party"),
    [
        (OWNER, Party.PROVIDER),
        (CHECKER, Party.AUTHORITY),
        (COLLEAGUE, Party.REQUESTER),
        (GATEWAY, Party.GATEWAY),
    ],
)
def test_each_party_can_end_a_grant_once_for_a_reason_of_the_lists(by: Any, party: Party) -> None:
    ended = a_grant().revoke(DEFAULT_REASONS, "purpose-ended", by=by, party=party, at=NOW)
    assert (ended.revoked_at, ended.revoked_for, ended.version) == (NOW, "purpose-ended", 2)
    refused(problems.GRANT_ENDED, ended.revoke, DEFAULT_REASONS, "misuse", by=by, party=party, at=NOW)
    refused(problems.SHARE_REASON_UNKNOWN, a_grant().revoke, DEFAULT_REASONS, "x", by=by, party=party, at=NOW)


def test_nobody_else_ends_a_grant() -> None:
    refused(problems.SHARE_PARTY, a_grant().revoke, DEFAULT_REASONS, "misuse", by=OWNER, party=Party.AUTHORITY, at=NOW)
    end = {"by": GATEWAY, "party": Party.PROVIDER, "at": NOW}
    refused(problems.SHARE_PARTY, a_grant().revoke, DEFAULT_REASONS, "misuse", **end)


def test_grants_that_end_soon_are_told() -> None:
    soon = a_grant(terms=some_terms(valid_until=START + 5 * DAY))
    over = a_grant(terms=some_terms(valid_until=START - DAY))
    revoked = msgspec.structs.replace(soon, revoked_at=START)
    assert expiring([soon, over, revoked, a_grant()], date(2026, 3, 2), 30) == (soon,)


def test_nothing_that_is_printed_names_anybody() -> None:
    shown = f"{a_grant()!r} {asked()!r} {permitted(asked())!r}"
    assert PERSON not in shown
    assert "经办" not in shown


# ---- lineages


def chain(length: int) -> list[Grant]:
    ids = [f"g-{place}" for place in range(length)]
    return [a_grant(name, parent=above) for name, above in zip(ids, [*ids[1:], None], strict=True)]


def test_a_lineage_is_whole_or_opens_nothing() -> None:
    assert broken(chain(MOST_LEVELS)) is None
    for lineage in (
        [],
        chain(MOST_LEVELS + 1),
        chain(3)[:2],
        chain(3)[::2],
        [*chain(2)[:1], a_grant("g-1", resource="307001/1")],
    ):
        assert broken(lineage) is not None
    assert denied(asked(), *chain(3)[:2])[0] == "the grant above is missing"


def test_a_grant_ends_with_the_one_above() -> None:
    below, above = chain(2)
    until = START + 10 * DAY
    assert ends_on([below, above]) == below.terms.valid_until
    assert ends_on([below, msgspec.structs.replace(above, revoked_at=NOW)]) == NOW
    assert ends_on([below, msgspec.structs.replace(above, terms=some_terms(valid_until=until))]) == until
    gone = msgspec.structs.replace(above, revoked_at=NOW)
    assert denied(asked(), below, gone)[0] == "the grant was revoked"
    assert permitted(asked(at=NOW - DAY / 2), below, gone)


# ---- deciding


def test_a_use_gets_what_the_grant_opens_and_is_told_what_it_does_not() -> None:
    permit = permitted(asked(fields=frozenset({"name", "phone", "income", "other"})))
    assert permit.access == {"name": Access.SHOW, "phone": Access.MASK}
    assert {field: reason.en for field, reason in permit.withheld.items()} == {
        "income": "the grant does not open this field",
        "other": "the resource has no such field",
    }
    assert permit.decoded == {"name", "phone", "id"}
    assert permit.keys == permit.parameters == {"id": PERSON}
    assert [(charge.grant, charge.quota) for charge in permit.charges] == [("g-1", Quota(100, 1_000))]


def test_the_scope_is_asked_for_read_and_not_widened() -> None:
    scope = Scope((Equals("state", "有效"), InRegion("region", frozenset({"420000"}))))
    grant = a_grant(terms=some_terms(scope=scope))
    permit = permitted(asked(), grant)
    assert permit.parameters == {"id": PERSON, "state": "有效"}
    assert permit.decoded == {"name", "phone", "id", "state", "region"}
    other = asked(parameters={"id": PERSON, "state": "注销"})
    assert denied(other, grant) == ("it lies outside of the grant's rows", "state")


@pytest.mark.parametrize(
    ("use", "terms", "reason"),
    [
        (asked(at=START - DAY), {}, "not valid yet"),
        (asked(at=START + 365 * DAY), {}, "time is over"),
        (asked(application="other"), {}, "application"),
        (asked(person=None), {}, "officers"),
        (asked(person=msgspec.structs.replace(OFFICER, body=None)), {}, "officers"),
        (asked(person=msgspec.structs.replace(OFFICER, role=Role.AUDITOR)), {}, "officers"),
        (asked(person=msgspec.structs.replace(OFFICER, body=PROVIDER)), {}, "body"),
        (asked(), {"persons": frozenset({"q"})}, "this person"),
        (asked(item="11420000-0002"), {}, "service item"),
        (asked(fields=frozenset({"income"})), {}, "none of the fields"),
        (asked(fields=frozenset()), {}, "none of the fields"),
        (asked(parameters={"id": PERSON, "name": "王"}), {}, "no parameter"),
        (asked(parameters={"id": " "}), {}, "empty"),
        (asked(parameters={"id": "1" * (LONGEST_PARAMETER + 1)}), {}, "too long"),
        (asked(parameters={"id": "1%"}), {}, "wildcard"),
        (asked(parameters={}), {}, "the key is missing"),
        (asked(parameters={"id": PERSON, "region": "420106"}), {}, "guessed"),
    ],
)
def test_the_first_condition_that_does_not_hold_is_told(use: Asked, terms: dict[str, Any], reason: str) -> None:
    assert reason in denied(use, a_grant(terms=some_terms(**terms)))[0]


def test_another_resources_grant_opens_nothing() -> None:
    assert denied(asked(), code="307001/1")[0] == "the grant is of another resource"


def test_what_is_no_longer_shared_is_not_given_under_an_old_grant() -> None:
    assert denied(asked(), sharing=SharingType.NOT_SHARED)[0] == "the resource is no longer shared"


def test_what_is_open_to_all_is_open_to_each_and_persons_are_persons() -> None:
    wide = {"applications": frozenset({ANY}), "bodies": frozenset({ANY}), "items": frozenset({ANY})}
    grant = a_grant(terms=some_terms(**wide, persons=frozenset({"p"})))
    assert permitted(asked(application="other", item="11420000-0002"), grant)


def test_a_bodys_successor_uses_its_grants() -> None:
    bodies = Bodies([Succession(REQUESTER, "NEW", date(2026, 3, 3))])
    person = msgspec.structs.replace(OFFICER, body="NEW")
    assert permitted(asked(person=person), bodies=bodies)
    assert "body" in denied(asked(person=person, at=START), bodies=bodies)[0]


def test_a_resource_without_keys_is_asked_without() -> None:
    public = {"keys": (), "parameters": frozenset[str](), "items": (InformationItem(name="name", title="名"),)}
    assert permitted(asked(parameters={}), **public).keys == {}


def test_why_explains_every_field_of_the_resource() -> None:
    below, above = chain(2)
    below = msgspec.structs.replace(below, terms=some_terms(fields={"name": Access.MASK, "state": Access.SHOW}))
    lines = {name: why([below, above], asked(), a_resource(), NOBODY_SUCCEEDED, name) for name in FIELDS | {"other"}}
    assert (lines["name"].access, lines["name"].grants) == (Access.MASK, ("g-0",))
    assert (lines["state"].access, lines["state"].grants, lines["state"].missing) == (Access.SHOW, ("g-0", "g-1"), None)
    assert (lines["phone"].access, lines["phone"].grants) == (Access.DENY, ("g-0",))
    assert lines["phone"].missing is not None
    assert lines["other"].missing is not None
    assert "no such field" in lines["other"].missing.en


def test_why_explains_a_denial_and_fields_that_were_not_selected() -> None:
    closed = why([a_grant()], asked(item="x"), a_resource(), NOBODY_SUCCEEDED, "name")
    assert closed.missing is not None
    assert (closed.access, closed.missing.en) == (Access.DENY, "the grant is not for this service item")
    nothing = asked(fields=frozenset({"income"}))
    assert why([a_grant()], nothing, a_resource(), NOBODY_SUCCEEDED, "name").access is Access.SHOW


# ---- narrowing never opens

ASKED = st.builds(
    asked,
    application=st.sampled_from("ab"),
    person=st.builds(
        lambda subject, body: msgspec.structs.replace(OFFICER, subject=subject, body=body),
        st.sampled_from("pq"),
        st.sampled_from("ab"),
    ),
    item=st.sampled_from("ab"),
    at=st.integers(0, 6).map(lambda days: START + days * DAY),
    fields=st.frozensets(st.sampled_from(("name", "phone", "state")), min_size=1),
    parameters=st.sampled_from(({"id": PERSON}, {"id": PERSON, "state": "a"}, {})),
)


@given(TERMS, TERMS, st.lists(TERMS, max_size=2), ASKED, st.booleans())
def test_a_narrowed_grant_never_opens_what_the_one_above_does_not(
    above: Terms, wanted: Terms, more: list[Terms], use: Asked, is_revoked: bool
) -> None:
    top = a_grant("g-top", terms=above)
    try:
        lineage = [narrow(top, a_grant("g-0", terms=wanted)), top]
        for place, terms in enumerate(more, 1):
            lineage = [narrow(lineage[0], a_grant(f"g-{place}", terms=terms)), *lineage]
    except Refusal as refusal:
        assert refusal.problem is problems.GRANT_EMPTY  # noqa: PT017 - what is empty is no grant
        return
    assert all(grant.terms.is_within(above) for grant in lineage)
    if is_revoked:
        lineage[-1] = top = msgspec.structs.replace(top, revoked_at=START + 3 * DAY)
    found = answer(use, *lineage)
    if isinstance(found, Permit):
        alone = permitted(use, top)
        assert set(found.access) <= set(alone.access)
        assert all(access in ORDER[alone.access[field]] for field, access in found.access.items())
        assert found.scope.joined(alone.scope) == found.scope
        assert not (is_revoked and use.at >= START + 3 * DAY)
        assert {charge.grant for charge in alone.charges} <= {charge.grant for charge in found.charges}
