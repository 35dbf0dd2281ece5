"""Whatever is granted, narrowed, revoked and used, in any order, by callers who take from quotas in blocks.

No use after a revocation anywhere above, nothing outside of any grant above, no quota ever exceeded.
"""

from datetime import date, timedelta
from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from gateway.core.bodies import Bodies
from gateway.core.caller import Application, Caller, Person, Role
from gateway.core.clock import china_date
from gateway.core.errors import Refusal
from gateway.core.policy.rules import ANY
from gateway.core.sharing.answers import check_answer
from gateway.core.sharing.decisions import Asked, Permit, decide
from gateway.core.sharing.grants import MOST_LEVELS, Grant, ends_on, narrow
from gateway.core.sharing.parties import GATEWAY, Party
from gateway.core.sharing.quota import Usage, give_back, take
from gateway.core.sharing.reasons import DEFAULT_REASONS
from gateway.core.sharing.scope import Scope
from gateway.core.sharing.terms import Access, Quota, Terms
from tests.sharing.making import CODE, HUB, PERSON, PROVIDER, REQUESTER, START, a_resource
from tests.sharing.test_terms import ORDER, TERMS
from tests.thoroughness import tried

NOBODY_SUCCEEDED = Bodies([])
CALLERS = range(3)
BLOCK = 4
ROW = {"id": PERSON, "name": "王小明", "phone": "13812341234", "state": "a", "region": "420106", "on": "2026-01-05"}
RESOURCE = a_resource()


def whoever(application: str, body: str, subject: str) -> Caller:
    return Caller(Application(application, "应用"), Person(subject=subject, role=Role.OFFICER, name="王", body=body))


WHO = st.builds(whoever, st.sampled_from("ab"), st.sampled_from("ab"), st.sampled_from("pq"))


EVERY = frozenset({ANY})
QUOTAS = st.builds(Quota, st.none() | st.integers(1, 9), st.none() | st.integers(1, 15))
WIDE = st.builds(
    lambda terms, name, quota: msgspec.structs.replace(
        terms,
        fields={**terms.fields, "name": name, "state": Access.SHOW},
        items=EVERY,
        applications=EVERY,
        bodies=EVERY,
        persons=None,
        scope=Scope(terms.scope.conditions[:1]),
        quota=quota,
        valid_from=START,
        valid_until=START + timedelta(days=20),
    ),
    TERMS,
    st.sampled_from((Access.SHOW, Access.MASK, Access.HASH)),
    QUOTAS,
)
SOME = st.one_of(WIDE, TERMS)


class Grants(RuleBasedStateMachine):
    """A tree of grants, a store of usages, and callers with blocks that they took."""

    def __init__(self) -> None:
        super().__init__()
        self.at = START + timedelta(days=2)
        self.grants: dict[str, Grant] = {}
        self.usages: dict[str, Usage] = {}
        self.blocks: dict[tuple[int, str], tuple[date, int]] = {}
        self.used: dict[tuple[str, date], int] = {}

    def keep(self, grant: Grant) -> None:
        self.grants[grant.id] = grant
        self.usages[grant.id] = Usage()

    def a_grant(self, terms: Terms) -> Grant:
        return Grant(
            id=f"g-{len(self.grants)}",
            request="q-1",
            resource=CODE,
            provider=PROVIDER,
            requester=REQUESTER,
            authority=HUB,
            terms=terms,
            issued_at=self.at,
        )

    def lineage(self, grant: Grant) -> list[Grant]:
        found = [grant]
        while found[-1].parent is not None:
            found.append(self.grants[found[-1].parent])
        return found

    def any_grant(self, data: st.DataObject) -> Grant:
        return self.grants[data.draw(st.sampled_from(sorted(self.grants)))]

    @initialize(terms=WIDE)
    def first(self, terms: Terms) -> None:
        self.keep(self.a_grant(terms))

    @rule(terms=SOME)
    def grant(self, terms: Terms) -> None:
        self.keep(self.a_grant(terms))

    @rule(data=st.data(), terms=SOME)
    def narrowed(self, data: st.DataObject, terms: Terms) -> None:
        above = self.any_grant(data)
        if len(self.lineage(above)) < MOST_LEVELS:
            try:
                self.keep(narrow(above, self.a_grant(terms)))
            except Refusal:
                assert above.revoked_at is not None or above.terms.meet(terms).emptiness() is not None

    @rule(hours=st.integers(1, 12))
    def wait(self, hours: int) -> None:
        self.at += timedelta(hours=hours)

    @precondition(lambda self: len(self.grants) > 1)
    @rule(data=st.data())
    def revoke(self, data: st.DataObject) -> None:
        grant = self.any_grant(data)
        if grant.revoked_at is None:
            self.grants[grant.id] = grant.revoke(
                DEFAULT_REASONS, "law-changed", by=GATEWAY, party=Party.GATEWAY, at=self.at
            )

    def taken(self, caller: int, grant: Grant) -> bool:
        """One record of a grant's quota, out of the caller's block or a new one of today."""
        today = china_date(self.at)
        day, block = self.blocks.get((caller, grant.id), (today, 0))
        if day != today:
            self.usages[grant.id] = give_back(self.usages[grant.id], block, day)
            block = 0
        if block == 0:
            block, self.usages[grant.id] = take(grant.terms.quota, self.usages[grant.id], BLOCK, self.at)
        self.blocks[caller, grant.id] = today, max(0, block - 1)
        return block > 0

    @rule(
        data=st.data(),
        caller=st.sampled_from(CALLERS),
        who=WHO,
        item=st.sampled_from("ab"),
        fields=st.frozensets(st.sampled_from(("name", "phone", "state", "income")), min_size=1),
        parameters=st.sampled_from(({"id": PERSON}, {"id": PERSON}, {"id": PERSON, "state": "a"}, {"id": "1"}, {})),
    )
    def use(self, data: st.DataObject, caller: int, who: Caller, item: str, **asked: Any) -> None:
        grant = self.any_grant(data)
        lineage = self.lineage(grant)
        permit = decide(lineage, Asked(caller=who, item=item, at=self.at, **asked), RESOURCE, NOBODY_SUCCEEDED)
        if not isinstance(permit, Permit):
            return
        assert self.at < ends_on(lineage)
        for one in lineage:
            assert one.revoked_at is None
            assert one.terms.valid_from <= self.at < one.terms.valid_until
            assert {ANY, who.application.code} & one.terms.applications
            assert who.person is not None
            assert {ANY, who.person.body} & one.terms.bodies
            assert one.terms.persons is None or who.person.subject in one.terms.persons
            assert {ANY, item} & one.terms.items
            assert all(access in ORDER[one.terms.access(field)] for field, access in permit.access.items())
        assert set(permit.access) <= asked["fields"] & {"name", "phone", "state"}
        if not all(self.taken(caller, one) for one in lineage):
            return
        today = china_date(self.at)
        for one in lineage:
            self.used[one.id, today] = self.used.get((one.id, today), 0) + 1
        found = check_answer(permit, RESOURCE, [ROW, {**ROW, "id": "2"}], lambda field, text: f"{field}#{len(text)}")
        assert len(found.rows) <= 1
        assert all(set(row) == set(permit.access) for row in found.rows)
        if found.rows:
            assert permit.keys == {"id": PERSON}
            assert all(one.terms.scope.reaches(ROW) for one in lineage)

    @invariant()
    def no_quota_is_exceeded(self) -> None:
        for name, grant in self.grants.items():
            days = {day: count for (each, day), count in self.used.items() if each == name}
            quota = grant.terms.quota
            assert quota.per_day is None or max(days.values(), default=0) <= quota.per_day
            assert quota.in_all is None or sum(days.values()) <= quota.in_all
            assert sum(days.values()) <= self.usages[name].in_all

    @invariant()
    def every_grant_is_within_those_above(self) -> None:
        for grant in self.grants.values():
            own, *above = self.lineage(grant)
            assert all(own.terms.is_within(one.terms) for one in above)


def test_no_sequence_of_grants_revocations_and_uses_gives_more_than_was_granted() -> None:
    run_machine(Grants, settings=settings(max_examples=tried(50, 400), stateful_step_count=tried(25, 40)))
