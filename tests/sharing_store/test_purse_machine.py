"""Whatever replicas spend, hold, give back or take with them when they die: the quota is given, and no record more.

What a spending is told follows from what was spent before, whoever holds how large a block of which grant.
"""

import asyncio
import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from gateway.core.clock import china_date
from gateway.core.records import Transaction
from gateway.core.sharing.grants import Grant
from gateway.core.sharing.spending import Exhausted, Revoked, Spent
from gateway.core.sharing.terms import Quota
from gateway.store.database import Database, database
from gateway.store.sharing.purse import LEASE, SqlPurse
from gateway.system_clock import SystemClock
from tests.sharing.making import DAY, START, some_terms
from tests.sharing_store.made import Clock, a_grant, drawn, grants_in, revoked
from tests.store.databases import sqlite_copy

REPLICAS = range(3)
ABOVE, BELOW, ALONE = range(3)
QUOTAS = st.builds(Quota, st.integers(8, 60), st.none() | st.integers(30, 150)) | st.builds(
    Quota, st.none(), st.integers(8, 90)
)
COUNTS = st.sampled_from((0, 1, 1, 1, 2, 3, 10, 25))
LINES = st.sampled_from(((BELOW, ABOVE), (ABOVE,), (ALONE,), (ALONE, ABOVE)))
REPLICA = st.sampled_from(REPLICAS)


class Spending(msgspec.Struct):
    """What callers of one replica want at once; ``late`` is decided by grants as they were before they changed."""

    replica: int
    line: Sequence[int]
    wanted: list[int]
    late: bool


SPENDINGS = st.lists(
    st.builds(Spending, REPLICA, LINES, st.lists(COUNTS, min_size=1, max_size=5), st.booleans()),
    max_size=3,
)
SEARCH = settings(
    max_examples=8,
    stateful_step_count=12,
    deadline=None,
    phases=(Phase.generate,),  # looking for a shorter example would take minutes on a database
    suppress_health_check=(HealthCheck.too_slow,),
)

_examples = itertools.count(1)


class Behind:
    """A clock that is behind another one."""

    def __init__(self, clock: Clock, by: timedelta) -> None:
        self._clock = clock
        self._by = by

    def now(self) -> datetime:
        return self._clock.now() - self._by

    def monotonic(self) -> float:
        return self._clock.monotonic()


class Opened(msgspec.Struct):
    """A database, and the loop on which it is spoken to."""

    db: Database
    runner: asyncio.Runner


class Spoilt(Exception):
    """What belongs to a spending cannot be kept."""


class Purses(RuleBasedStateMachine):
    """Three replicas, a grant with one below it and one that is alone, and what was spent of each by day."""

    behind = timedelta(0)

    def __init__(self, opened: Opened) -> None:
        super().__init__()
        self.opened = opened
        self.clock = Clock()
        self.example = next(_examples)
        self.grants: list[Grant] = []
        self.before: dict[int, Grant] = {}
        self.spent: list[list[tuple[datetime, int]]] = [[], [], []]
        self.changed: set[int] = set()
        self.kept = 0
        self.clocks = [Behind(self.clock, self.behind if number == 0 else timedelta(0)) for number in REPLICAS]
        self.purses = [self.a_purse(number) for number in REPLICAS]

    def a_purse(self, number: int) -> SqlPurse:
        return SqlPurse(self.opened.db, self.clocks[number])

    def run(self, work: Any) -> Any:
        return self.opened.runner.run(work)

    @initialize(quotas=st.tuples(QUOTAS, QUOTAS, QUOTAS))
    def granted(self, quotas: Sequence[Quota]) -> None:
        names = [f"g-{self.example}-{place}" for place in range(len(quotas))]
        times = {"valid_from": START - DAY}
        self.grants = [
            a_grant(name, terms=some_terms(quota=quota, **times), parent=names[ABOVE] if place == BELOW else None)
            for place, (name, quota) in enumerate(zip(names, quotas, strict=True))
        ]
        ending = some_terms(quota=quotas[ALONE], valid_until=START + 2 * DAY, **times)
        self.grants[ALONE] = msgspec.structs.replace(self.grants[ALONE], terms=ending)
        for grant in self.grants:
            assert self.run(grants_in(self.opened.db).add(grant))

    # ---- what is expected

    def left(self, place: int, at: datetime) -> int:
        """How much of a grant can be given at that moment, if every replica has the same day."""
        today = sum(many for moment, many in self.spent[place] if china_date(moment) == china_date(at))
        quota, in_all = self.grants[place].terms.quota, sum(many for _, many in self.spent[place])
        pairs = ((quota.per_day, today), (quota.in_all, in_all))
        return min(limit - used for limit, used in pairs if limit is not None)

    def expected(self, line: Sequence[int], decided_by: Sequence[Grant], many: int, at: datetime) -> object:
        for grant, now in zip(decided_by, [self.grants[place] for place in line], strict=True):
            if grant.version != now.version or now.closed(at) is not None:
                return Revoked(grant.id)
        for place in line:
            if max(0, self.left(place, at)) < many:
                return Exhausted(self.grants[place].id)
        return Spent()

    def told(self, one: Spending, decided_by: Sequence[Grant], many: int, answer: object) -> None:
        """Check one answer against what was spent before, and remember it."""
        at = self.clocks[one.replica].now()
        expected = self.expected(one.line, decided_by, many, at)
        if self.behind and not isinstance(expected, Revoked):
            assert not isinstance(answer, Revoked)
        else:
            assert answer == expected
        if answer == Spent():
            for place in one.line:
                self.spent[place].append((at, many))

    async def keep(self, _transaction: Transaction) -> None:
        self.kept += 1

    # ---- what happens: something, and then somebody spends

    def spend(self, spendings: list[Spending]) -> None:
        """One after the other; the callers of one share a transaction and are served in their order."""
        for one in spendings:
            self.settled(one)

    def settled(self, one: Spending) -> None:
        decided_by = [self.grants[place] for place in one.line]
        if one.late and self.before:
            decided_by = [self.before.get(place, grant) for place, grant in zip(one.line, decided_by, strict=True)]
        before = self.kept

        async def all_of_them() -> Sequence[object]:
            purse, of = self.purses[one.replica], drawn(*decided_by)
            return await asyncio.gather(*(purse.spend(of, many, self.keep) for many in one.wanted))

        answers = self.run(all_of_them())
        for many, answer in zip(one.wanted, answers, strict=True):
            self.told(one, decided_by, many, answer)
        assert self.kept - before == list(answers).count(Spent())
        self.count(one.line[0])

    @rule(then=SPENDINGS)
    def nothing(self, then: list[Spending]) -> None:
        self.spend(then)

    @rule(lines=st.lists(LINES, min_size=9, max_size=9), then=SPENDINGS)
    def spend_everywhere(self, lines: list[Sequence[int]], then: list[Spending]) -> None:
        """One record each, at all replicas at once: nobody knows in which order."""
        before = [max(0, self.left(place, self.clock.now())) for place in range(len(self.grants))]

        async def all_of_them() -> Sequence[object]:
            asked = (drawn(*(self.grants[place] for place in line)) for line in lines)
            return await asyncio.gather(*(self.purses[n % 3].spend(of, 1, self.keep) for n, of in enumerate(asked)))

        answers = self.run(all_of_them())
        for number, (line, answer) in enumerate(zip(lines, answers, strict=True)):
            if answer == Spent():
                for place in line:
                    assert self.grants[place].closed(self.clocks[number % 3].now()) is None
                    self.spent[place].append((self.clocks[number % 3].now(), 1))
        if not self.behind:
            for place, grant in enumerate(self.grants):
                told = [answer for line, answer in zip(lines, answers, strict=True) if place in line]
                assert told.count(Spent()) <= before[place]
                assert Exhausted(grant.id) not in told or told.count(Spent()) == before[place]
        self.spend(then)

    @rule(replica=REPLICA, line=LINES, many=COUNTS, then=SPENDINGS)
    def spoil(self, replica: int, line: Sequence[int], many: int, then: list[Spending]) -> None:
        """What belongs to it cannot be kept: then nothing is spent either."""

        async def spoilt(_transaction: Transaction) -> None:
            raise Spoilt

        of = drawn(*(self.grants[place] for place in line))
        with suppress(Spoilt):
            assert self.run(self.purses[replica].spend(of, many, spoilt)) != Spent()
        self.spend(then)

    @rule(replicas=st.sets(REPLICA, min_size=1), then=SPENDINGS)
    def die(self, replicas: set[int], then: list[Spending]) -> None:
        """Others come in their place; nothing is given back."""
        for replica in replicas:
            self.purses[replica] = self.a_purse(replica)
        self.spend(then)

    @rule(replicas=st.sets(REPLICA, min_size=1), then=SPENDINGS)
    def settle(self, replicas: set[int], then: list[Spending]) -> None:
        for replica in replicas:
            self.run(self.purses[replica].settle())
        self.spend(then)

    @rule(hours=st.sampled_from((0, 1, 13)), then=SPENDINGS)
    def wait(self, hours: int, then: list[Spending]) -> None:
        self.clock.step(LEASE + timedelta(hours=hours))
        self.spend(then)

    @rule(place=st.sampled_from((BELOW, ALONE)), quota=QUOTAS, then=SPENDINGS)
    def change(self, place: int, quota: Quota, then: list[Spending]) -> None:
        """A new version, perhaps with a quota of which more was spent already."""
        before = self.grants[place]
        if before.revoked_at is None:
            self.changed.add(place)
            terms = msgspec.structs.replace(before.terms, quota=quota)
            self.replace(place, msgspec.structs.replace(before, terms=terms, version=before.version + 1))
        self.spend(then)

    @precondition(lambda self: self.clock.passed > DAY)
    @rule(place=st.sampled_from((ABOVE, BELOW, ALONE)), then=SPENDINGS)
    def revoke(self, place: int, then: list[Spending]) -> None:
        if self.grants[place].revoked_at is None:
            self.replace(place, revoked(self.grants[place], self.clock.now() - self.behind))
        self.spend(then)

    def replace(self, place: int, after: Grant) -> None:
        self.before[place] = self.grants[place]
        self.grants[place] = after
        assert self.run(grants_in(self.opened.db).change(self.before[place], after))

    # ---- what holds

    def count(self, place: int) -> None:
        """What is told to have been used is what was used, whatever replicas hold besides."""
        today = china_date(self.clock.now())
        usage = self.run(self.purses[place].usage(self.grants[place].id))
        assert usage.in_all == sum(many for _, many in self.spent[place])
        on_day = usage.on_day if usage.day == today else 0
        assert self.behind or on_day == sum(m for at, m in self.spent[place] if china_date(at) == today)

    @invariant()
    def no_quota_is_exceeded(self) -> None:
        """Of the quota that a grant has now; one that was made smaller was spent before."""
        for place, grant in enumerate(self.grants):
            if place in self.changed:
                continue
            quota, spent = grant.terms.quota, self.spent[place]
            assert quota.in_all is None or sum(many for _, many in spent) <= quota.in_all
            days = {china_date(at) for at, _ in spent}
            if quota.per_day is not None and self.behind:
                assert sum(many for _, many in spent) <= quota.per_day * len(days)
            elif quota.per_day is not None:
                assert all(sum(m for at, m in spent if china_date(at) == day) <= quota.per_day for day in days)


class UnevenPurses(Purses):
    """The same while one replica's clock is behind: what is told may be less, what is given is never more."""

    behind = timedelta(hours=9)


@contextmanager
def opened_database(url: str) -> Iterator[Opened]:
    with asyncio.Runner() as runner:
        opening = database(url, SystemClock())
        db = runner.run(opening.__aenter__())
        try:
            yield Opened(db, runner)
        finally:
            runner.run(opening.__aexit__(None, None, None))


@pytest.mark.parametrize("machine", [Purses, UnevenPurses])
def test_no_sequence_of_spendings_deaths_and_revocations_gives_more_than_the_quota(
    machine: type[Purses], sqlite_file: Path, tmp_path: Path
) -> None:
    with opened_database(sqlite_copy(sqlite_file, tmp_path)) as opened:

        class Machine(machine):  # type: ignore[misc, valid-type]
            def __init__(self) -> None:
                super().__init__(opened)

        run_machine(Machine, settings=SEARCH)
