"""Scopes, terms and quotas: what is met opens no more than either side, and quotas are never exceeded."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.policy.rules import ANY
from gateway.core.sharing.quota import Usage, give_back, left, take
from gateway.core.sharing.scope import MOST_CONDITIONS, MOST_VALUES, Condition, Equals, InRegion, OneOf, Scope, Within
from gateway.core.sharing.terms import MOST_LISTED, Access, Quota, Terms, examine_terms, meet_access
from tests.sharing.making import DAY, FIELDS, START, a_resource, some_terms

ORDER = {
    Access.SHOW: set(Access),
    Access.MASK: {Access.MASK, Access.DENY},
    Access.HASH: {Access.HASH, Access.DENY},
    Access.DENY: {Access.DENY},
}
"""What is no more than each."""

REGIONS = st.sampled_from(("420000", "420100", "420106", "110000", "000000"))
CONDITIONS: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Equals, st.just("state"), st.sampled_from("abc")),
    st.builds(OneOf, st.just("state"), st.frozensets(st.sampled_from("abc"), max_size=2)),
    st.builds(InRegion, st.just("region"), st.frozensets(REGIONS, max_size=2)),
    st.builds(Within, st.just("on"), st.dates(date(2026, 1, 1), date(2026, 1, 9)), st.just(date(2026, 1, 6))),
)
SCOPES = st.builds(Scope, st.lists(CONDITIONS, max_size=3).map(tuple))
CODES = st.frozensets(st.sampled_from(("a", "b", ANY)), max_size=2)
TERMS = st.builds(
    Terms,
    fields=st.dictionaries(st.sampled_from(("name", "phone", "state")), st.sampled_from(Access)),
    items=CODES,
    applications=CODES,
    bodies=CODES,
    persons=st.none() | st.frozensets(st.sampled_from("pq"), max_size=2),
    scope=SCOPES,
    quota=st.builds(Quota, st.none() | st.integers(0, 5), st.none() | st.integers(0, 9)),
    valid_from=st.integers(0, 3).map(lambda days: START + days * DAY),
    valid_until=st.integers(2, 6).map(lambda days: START + days * DAY),
)
ROWS = st.fixed_dictionaries(
    {},
    optional={
        "state": st.sampled_from(("a", "b", "d", None)),
        "region": st.sampled_from(("420106", "110101", "x", None, 7)),
        "on": st.one_of(st.dates(date(2026, 1, 1), date(2026, 1, 9)), st.sampled_from(("2026-01-05", "?", None))),
    },
)


# ---- rows


@pytest.mark.parametrize(
    ("condition", "inside", "outside"),
    [
        (Equals("f", "a"), ["a"], ["b", None, 1, "A"]),
        (OneOf("f", frozenset("ab")), ["a", "b"], ["c", None, 1]),
        (InRegion("f", frozenset({"420100"})), ["420100", "420106", "420106000000"], ["420000", "110101", "x", None]),
        (
            Within("f", date(2026, 1, 2), date(2026, 1, 3)),
            [date(2026, 1, 2), "2026-01-03", datetime(2026, 1, 3, 15, 59, tzinfo=UTC)],
            [date(2026, 1, 4), "2026-01-01", "soon", None, 3, datetime(2026, 1, 3, 16, 0, tzinfo=UTC)],
        ),
    ],
)
def test_a_condition_holds_for_what_is_in_it_and_for_nothing_that_cannot_be_read(
    condition: Condition, inside: list[object], outside: list[object]
) -> None:
    assert [condition.holds(value) for value in inside] == [True] * len(inside)
    assert [condition.holds(value) for value in outside] == [False] * len(outside)


def test_a_scope_without_conditions_reaches_every_row_and_others_none_without_the_field() -> None:
    assert Scope().reaches({})
    assert not Scope((Equals("f", "a"),)).reaches({})


@given(SCOPES, SCOPES, ROWS)
def test_joined_scopes_reach_exactly_what_both_reach(one: Scope, other: Scope, row: dict[str, object]) -> None:
    assert one.joined(other).reaches(row) == (one.reaches(row) and other.reaches(row))
    assert one.joined(other).fields == one.fields | other.fields


@given(SCOPES, ROWS)
def test_parameters_outside_of_a_scope_are_told_by_their_field(scope: Scope, row: dict[str, object]) -> None:
    field = scope.broken_by(row)
    if scope.fields <= row.keys():
        assert (field is None) == scope.reaches(row)
    if field is not None:
        assert not scope.reaches(row)


def test_a_scope_of_one_value_is_asked_for_where_the_provider_can_be_asked() -> None:
    scope = Scope((Equals("state", "a"), OneOf("region", frozenset({"420100"})), Equals("on", "x")))
    assert scope.filters(["state", "region"]) == {"state": "a"}


# ---- what both open


@pytest.mark.parametrize("one", Access)
@pytest.mark.parametrize("other", Access)
def test_of_two_accesses_the_met_one_is_the_most_that_is_no_more_than_either(one: Access, other: Access) -> None:
    met = meet_access(one, other)
    common = ORDER[one] & ORDER[other]
    assert met in common
    assert all(each in ORDER[met] for each in common)


def opens(terms: Terms, ask: tuple[str, str, str, str], at: datetime, row: dict[str, object]) -> bool:
    """An oracle of its own: whether the terms let this person use this row for this item then."""
    application, body, person, item = ask
    lists = ((terms.applications, application), (terms.bodies, body), (terms.items, item))
    return (
        all(ANY in listed or each in listed for listed, each in lists)
        and (terms.persons is None or person in terms.persons)
        and terms.valid_from <= at < terms.valid_until
        and terms.scope.reaches(row)
    )


ASKS = st.tuples(st.sampled_from("abc"), st.sampled_from("abc"), st.sampled_from("pqr"), st.sampled_from("abc"))


@given(TERMS, TERMS, ASKS, st.integers(0, 6), ROWS)
def test_met_terms_open_exactly_what_both_open(
    one: Terms, other: Terms, ask: tuple[str, str, str, str], day: int, row: dict[str, object]
) -> None:
    met, at = one.meet(other), START + day * DAY
    assert opens(met, ask, at, row) == (opens(one, ask, at, row) and opens(other, ask, at, row))
    for field in ("name", "phone", "state"):
        assert met.access(field) is meet_access(one.access(field), other.access(field))
    for most in (one.quota.per_day, other.quota.per_day):
        assert most is None or (met.quota.per_day is not None and met.quota.per_day <= most)


@given(TERMS, TERMS)
def test_met_terms_are_within_both_and_meeting_again_changes_nothing(one: Terms, other: Terms) -> None:
    met = one.meet(other)
    assert met.is_within(one)
    assert met.is_within(other)
    assert met.meet(one) == met.meet(other) == met
    assert one.is_within(one)
    if one.is_within(other):
        assert one.meet(other).is_within(one)


@given(TERMS, TERMS, ASKS, st.integers(0, 6), ROWS)
def test_terms_that_are_within_others_open_nothing_more(
    one: Terms, other: Terms, ask: tuple[str, str, str, str], day: int, row: dict[str, object]
) -> None:
    at = START + day * DAY
    if one.is_within(other) and opens(one, ask, at, row):
        assert opens(other, ask, at, row)
        assert all(access in ORDER[other.access(field)] for field, access in one.fields.items())


def test_a_denied_field_is_the_same_as_one_that_is_left_out() -> None:
    one, other = some_terms(fields={"name": Access.SHOW, "id": Access.DENY}), some_terms(fields={"name": Access.SHOW})
    assert one.is_within(other)
    assert other.is_within(one)
    assert one.opened == {"name"}


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"fields": {"name": Access.DENY}}, "field"),
        ({"items": frozenset()}, "item"),
        ({"applications": frozenset()}, "application"),
        ({"bodies": frozenset()}, "body"),
        ({"persons": frozenset()}, "person"),
        ({"valid_until": START}, "time"),
        ({"quota": Quota(0, 1)}, "quota"),
        ({"quota": Quota(None, 0)}, "quota"),
    ],
)
def test_terms_under_which_nothing_can_ever_be_used_are_empty(changes: dict[str, Any], word: str) -> None:
    reason = some_terms(**changes).emptiness()
    assert reason is not None
    assert word in reason.en
    assert some_terms().emptiness() is None


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({}, []),
        ({"fields": {"other": Access.SHOW, "name": Access.SHOW}}, ["fields.other"]),
        ({"scope": Scope((Equals("other", "x"),))}, ["scope"]),
        ({"quota": Quota(-1, None)}, ["quota"]),
        ({"items": frozenset(map(str, range(MOST_LISTED + 1)))}, ["users"]),
        ({"scope": Scope(tuple(Equals("state", str(n)) for n in range(MOST_CONDITIONS + 1)))}, ["scope"]),
        ({"scope": Scope((OneOf("state", frozenset(map(str, range(MOST_VALUES + 1)))),))}, ["scope"]),
        ({"scope": Scope((InRegion("region", frozenset(map(str, range(MOST_VALUES + 1)))),))}, ["scope", "scope"]),
        ({"scope": Scope((InRegion("region", frozenset({"420106"})),))}, []),
        ({"scope": Scope((Within("on", date(2026, 1, 2), date(2026, 1, 1)),))}, ["scope"]),
        ({"fields": {}}, [""]),
    ],
)
def test_terms_are_examined_against_the_resource_and_their_bounds(changes: dict[str, Any], paths: list[str]) -> None:
    assert [one.path for one in examine_terms(some_terms(**changes), a_resource(), FIELDS)] == paths


def test_terms_survive_being_written_down() -> None:
    scope = Scope((Equals("state", "a"), OneOf("state", frozenset("ab")), Within("on", date.min, date.max)))
    terms = some_terms(scope=scope.joined(Scope((InRegion("region", frozenset({"420000"})),))))
    assert msgspec.json.decode(msgspec.json.encode(terms), type=Terms) == terms


# ---- quotas

QUOTAS = st.builds(Quota, st.none() | st.integers(0, 20), st.none() | st.integers(0, 40))
TAKINGS = st.lists(st.tuples(st.integers(0, 15), st.integers(-30, 90), st.integers(0, 5)), max_size=25)


@given(QUOTAS, TAKINGS)
def test_a_quota_is_never_exceeded_on_any_day_nor_in_all(quota: Quota, takings: list[tuple[int, int, int]]) -> None:
    usage, days, total = Usage(), dict[date, int](), 0
    for wanted, hours, back in takings:
        at = START + timedelta(hours=hours)
        before = left(quota, usage, at)
        taken, usage = take(quota, usage, wanted, at)
        assert taken == (wanted if before is None else min(wanted, before))
        unused = min(back, taken)
        usage = give_back(usage, unused, usage.day)
        days[usage.day] = days.get(usage.day, 0) + taken - unused
        total += taken - unused
        assert quota.in_all is None or total <= quota.in_all
        assert quota.per_day is None or max(days.values()) <= quota.per_day
        assert usage == Usage(usage.day, days[usage.day], total)


def test_a_new_day_in_china_opens_the_days_quota_again_and_a_clock_behind_does_not() -> None:
    quota = Quota(5, None)
    evening = datetime(2026, 3, 2, 15, 59, tzinfo=UTC)
    taken, usage = take(quota, Usage(), 9, evening)
    assert (taken, left(quota, usage, evening)) == (5, 0)
    assert take(quota, usage, 9, evening + timedelta(minutes=1))[0] == 5
    _, later = take(quota, usage, 5, evening + DAY)
    assert take(quota, later, 1, evening)[0] == 0


def test_what_comes_back_after_its_day_counts_for_the_total_only() -> None:
    yesterday = date(2026, 3, 1)
    assert give_back(Usage(date(2026, 3, 2), 5, 9), 3, yesterday) == Usage(date(2026, 3, 2), 5, 6)
