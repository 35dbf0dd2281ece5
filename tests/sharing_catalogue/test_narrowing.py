"""A grant is narrowed by its parties without another request: to a part of what it gave, at once, and for a reason."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.sharing.grants import Grant
from gateway.core.sharing.parties import Party
from gateway.core.sharing.reasons import DEFAULT_REASONS
from gateway.core.sharing.scope import Equals, Scope
from gateway.core.sharing.spending import Drawn, Revoked, Spent
from gateway.core.sharing.terms import MOST_LISTED, Access, Quota, Terms
from gateway.services.sharing.narrow_grant import NarrowGrant, NarrowRequest
from gateway.store.sharing.purse import SqlPurse
from tests.sharing.making import DAY, OWNER, REQUESTER, START
from tests.sharing.making import some_terms as core_terms
from tests.sharing_catalogue.office import Office
from tests.sharing_service.offices import APPROVER, ASKER, CHECKER, GIVER, STRANGER, some_terms
from tests.sharing_service.test_request_to_grant import refused
from tests.sharing_store.made import a_grant


@pytest.fixture
async def narrow(office: Office) -> NarrowGrant:
    await office.stock()
    return NarrowGrant(office.desk, office.grants)


def asking(grant: Grant, **changes: Any) -> NarrowRequest:
    made = NarrowRequest(id=grant.id, expected_version=grant.version, reason="misuse")
    return msgspec.structs.replace(made, **changes)


async def test_each_party_narrows_and_what_is_left_is_what_was_named(office: Office, narrow: NarrowGrant) -> None:
    grant = (await office.approved()).grant
    left = await narrow(asking(grant, fields=(("name", Access.MASK), ("phone", Access.MASK))), GIVER)
    assert left.terms == msgspec.structs.replace(grant.terms, fields={"name": Access.MASK, "phone": Access.MASK})
    assert (left.version, left.narrowed_for, left.revoked_at) == (2, "misuse", None)
    left = await narrow(asking(left, quota=Quota(3, None), scope=Scope((Equals("state", "已婚"),))), CHECKER)
    assert left.terms.quota == Quota(3, 100)
    assert left.terms.scope.conditions == (Equals("state", "已婚"),)
    until = START + 10 * DAY
    left = await narrow(asking(left, valid_from=START, valid_until=until, fields=(("name", Access.MASK),)), ASKER)
    assert (left.terms.opened, left.terms.valid_until) == (frozenset({"name"}), until)
    left = await narrow(
        asking(left, persons=("asker",), bodies=(REQUESTER,), items=tuple(left.terms.items), applications=("portal",)),
        ASKER,
    )
    assert left.terms.persons == frozenset({"asker"})
    assert await office.grants.find(grant.id, ASKER) == left
    assert office.told().count(("grant.narrowed", "DONE")) == 4
    assert [event.note["reason"] for event in office.trail.held if event.kind == "grant.narrowed"] == ["misuse"] * 4


@pytest.mark.parametrize(
    "more",
    [
        {"fields": (("name", Access.SHOW), ("state", Access.SHOW))},
        {"fields": (("phone", Access.SHOW),)},
        {"quota": Quota(11, None)},
        {"quota": Quota(None, 101)},
        {"items": ("11420000-0009",)},
        {"applications": ("*",)},
        {"bodies": ("*",)},
        {"valid_until": START + 301 * DAY},
        {"valid_from": START - DAY},
    ],
)
async def test_nobody_gets_more_by_narrowing(office: Office, narrow: NarrowGrant, more: dict[str, Any]) -> None:
    grant = (await office.approved()).grant
    refusal = await refused(problems.GRANT_NOT_NARROWED, narrow(asking(grant, **more), GIVER))
    assert refusal.values["reason"] is problems.NARROWED_BEYOND
    assert await office.desk.grants.find(grant.id) == grant


async def test_what_changes_nothing_or_leaves_nothing_is_refused(office: Office, narrow: NarrowGrant) -> None:
    grant = (await office.approved()).grant
    for changes, reason in (
        ({}, "nothing would change"),
        ({"fields": ()}, "no field is opened"),
        ({"quota": Quota(-5, None)}, "the quota is zero"),
        ({"persons": ()}, "no person is left"),
        ({"valid_until": START - DAY}, "no time is left in which it is valid"),
    ):
        refusal = await refused(problems.GRANT_NOT_NARROWED, narrow(asking(grant, **changes), GIVER))
        assert str(refusal).endswith(reason)
    twice = asking(grant, fields=(("name", Access.MASK), ("name", Access.HASH)))
    await refused(problems.SHARE_TERMS_INVALID, narrow(twice, GIVER))
    many = tuple(str(number) for number in range(MOST_LISTED + 1))
    await refused(problems.SHARE_TOO_MANY, narrow(asking(grant, items=many), GIVER))
    await refused(problems.SHARE_REASON_UNKNOWN, narrow(asking(grant, quota=Quota(1, 1), reason="because"), GIVER))
    assert "NarrowRequest(id=" in repr(twice)


async def test_only_parties_narrow_what_is_still_open_and_as_they_read_it(office: Office, narrow: NarrowGrant) -> None:
    grant = (await office.approved(terms=some_terms(bodies=("*",)))).grant
    less = asking(grant, quota=Quota(1, 1))
    await refused(problems.SHARE_PARTY, narrow(less, STRANGER))
    await refused(problems.SHARE_PARTY, narrow(less, APPROVER))
    await refused(problems.GRANT_UNKNOWN, narrow(msgspec.structs.replace(less, id="none"), GIVER))
    await refused(problems.SHARE_CHANGED, narrow(msgspec.structs.replace(less, expected_version=2), GIVER))
    await office.revoke(grant.id, "misuse", 1, GIVER)
    await refused(problems.GRANT_ENDED, narrow(msgspec.structs.replace(less, expected_version=2), GIVER))


async def test_nothing_is_spent_by_what_was_read_before_it_was_narrowed(office: Office, narrow: NarrowGrant) -> None:
    grant = (await office.approved()).grant
    purse = SqlPurse(office.database, office.clock)
    assert await purse.spend(Drawn.of([grant]), 2) == Spent()
    left = await narrow(asking(grant, quota=Quota(3, 5)), GIVER)
    assert await purse.spend(Drawn.of([grant]), 1) == Revoked(grant.id)
    assert await purse.spend(Drawn.of([left]), 1) == Spent()
    assert await purse.spend(Drawn.of([left]), 1) != Spent(), "three a day, and two were used before"
    office.clock.step(timedelta(days=1))
    assert await purse.spend(Drawn.of([left]), 2) == Spent()
    assert await purse.spend(Drawn.of([left]), 1) != Spent(), "five in all"
    await purse.settle()


ACCESS = st.dictionaries(st.sampled_from(["name", "phone", "state", "income"]), st.sampled_from(list(Access)))
TERMS = st.builds(
    lambda fields, items, day, quota: core_terms(
        fields=fields, items=frozenset(items), valid_until=START + day * DAY, quota=Quota(*quota)
    ),
    ACCESS,
    st.sets(st.sampled_from(["a", "b", "*"])),
    st.integers(-1, 400),
    st.tuples(st.none() | st.integers(0, 200), st.none() | st.integers(0, 2_000)),
)


@given(before=TERMS, wanted=TERMS)
def test_whatever_is_asked_for_less_is_left_or_nothing_happens(before: Terms, wanted: Terms) -> None:
    grant = a_grant(terms=before)
    try:
        after = grant.narrow_to(wanted, DEFAULT_REASONS, "misuse", by=OWNER, party=Party.PROVIDER)
    except Refusal:
        return
    assert after.terms.is_within(before)
    assert not before.is_within(after.terms)
    assert after.terms.emptiness() is None
    assert after.version == grant.version + 1
