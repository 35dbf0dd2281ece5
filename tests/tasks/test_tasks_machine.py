"""Two workers, in whatever order they claim, extend, settle, wake and sleep: the databases say what the model says.

Beside the model stands the promise itself: of all who were given a task only the last can settle it, and only once;
and at the end every task that was added can be done.
"""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.records import Also
from gateway.core.tasks import Claim, Rest, Step
from gateway.store.database import Database, Options, database
from gateway.store.tasks import SqlTasks
from gateway.system_clock import SystemClock
from tests.services.fakes import ManualClock
from tests.tasks.making import a_task
from tests.tasks.memory import MemoryTasks, NoTransaction

KEYS = "abcdefgh"
SOON = st.integers(0, 180).map(lambda seconds: timedelta(seconds=seconds))
LONG = timedelta(days=1)
_SETTLED = 0.5
"""Makes of a fence one that no lease has."""


class Machine(RuleBasedStateMachine):
    """Does everything to both workers' databases and to the model, and compares what they say."""

    url: str
    loop: asyncio.AbstractEventLoop
    rounds = count()

    def __init__(self) -> None:
        super().__init__()
        self.kind = f"round-{next(self.rounds)}"
        self.clock = ManualClock()
        self.openings = [database(self.url, SystemClock(), Options(connections=2, listens=False)) for _ in range(2)]
        self.databases: list[Database] = [self.run(opening.__aenter__()) for opening in self.openings]
        self.workers = [SqlTasks(one, self.clock) for one in self.databases]
        self.model = MemoryTasks(self.clock)
        self.added: set[str] = set()
        self.given: list[tuple[Claim, Claim]] = []
        """What was claimed: from the database, and from the model."""
        self.last: dict[str, float] = {}
        """The fence of the lease that counts, by subject: the last one, unless it was settled."""

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        try:
            self.everything_can_be_done()
        finally:
            for opening in self.openings:
                self.run(opening.__aexit__(None, None, None))

    def everything_can_be_done(self) -> None:
        """What is not done is woken, claimed and done."""
        self.clock.step(LONG.total_seconds())
        done = {row.task.key for row in self.model.rows.values() if row.state == "DONE"}
        self.change(self.workers[0].waking(self.kind, [f"s-{key}" for key in KEYS], self.clock.now()))
        claims = self.run(self.workers[0].claim(self.kind, self.clock.now(), self.clock.now() + LONG, 99))
        assert sorted(claim.subject for claim in claims) == sorted(f"s-{key}" for key in self.added - done)
        assert not self.run(self.workers[1].settle([Step(claim, Rest.DONE) for claim in claims]))
        assert self.kind not in self.run(self.workers[0].counts())

    def change(self, also: Also, worker: int = 0) -> None:
        async def work(connection: AsyncConnection) -> None:
            await also(connection)

        self.run(self.databases[worker].transact(work))

    def both(self, worker: int, method: str, *arguments: Any) -> None:
        self.change(getattr(self.workers[worker], method)(*arguments), worker)
        self.run(getattr(self.model, method)(*arguments)(NoTransaction()))

    @rule(worker=st.integers(0, 1), keys=st.lists(st.sampled_from(KEYS), max_size=4), later=SOON)
    def add(self, worker: int, keys: list[str], later: timedelta) -> None:
        tasks = [a_task(key, kind=self.kind, group=keys[0], at=self.clock.now() + later) for key in keys]
        self.added.update(keys)
        self.both(worker, "adding", tasks)

    @rule(worker=st.integers(0, 1), most=st.integers(1, 5), length=st.integers(1, 120))
    def claim(self, worker: int, most: int, length: int) -> None:
        now = self.clock.now()
        question = self.kind, now, now + timedelta(seconds=length), most
        real, model = self.run(self.workers[worker].claim(*question)), self.run(self.model.claim(*question))
        assert [said(claim) for claim in real] == [said(claim) for claim in model]
        self.given += zip(real, model, strict=True)
        for claim in real:
            assert claim.fence > self.last.get(claim.subject, 0)
            self.last[claim.subject] = claim.fence

    @precondition(lambda self: self.given)
    @rule(worker=st.integers(0, 1), data=st.data(), length=st.integers(1, 120))
    def extend(self, worker: int, data: st.DataObject, length: int) -> None:
        real, model = self.some(data)
        until = self.clock.now() + timedelta(seconds=length)
        mine = self.run(self.workers[worker].extend(real, until))
        assert mine == {claim.id for claim in real if self.last[claim.subject] == claim.fence}
        assert len(self.run(self.model.extend(model, until))) == len(mine)

    @precondition(lambda self: self.given)
    @rule(worker=st.integers(0, 1), data=st.data(), thens=st.lists(st.sampled_from(Rest) | SOON, min_size=9))
    def settle(self, worker: int, data: st.DataObject, thens: list[Any]) -> None:
        real, model = self.some(data)
        what = [self.clock.now() + then if isinstance(then, timedelta) else then for then in thens]
        lost = self.run(self.workers[worker].settle(list(map(Step, real, what))))
        assert lost == {claim.id for claim in real if self.last[claim.subject] != claim.fence}
        assert len(self.run(self.model.settle(list(map(Step, model, what))))) == len(lost)
        for claim, then in zip(real, what, strict=False):
            if claim.id not in lost and then is not Rest.HELD:
                self.last[claim.subject] = claim.fence + _SETTLED

    def some(self, data: st.DataObject) -> tuple[list[Claim], list[Claim]]:
        """A few claims, old ones too, each task once."""
        chosen = data.draw(st.lists(st.sampled_from(self.given[-12:]), max_size=4, unique_by=lambda one: one[0].id))
        return [real for real, _ in chosen], [model for _, model in chosen]

    @rule(worker=st.integers(0, 1), keys=st.lists(st.sampled_from(KEYS), max_size=4), later=SOON)
    def wake(self, worker: int, keys: list[str], later: timedelta) -> None:
        self.both(worker, "waking", self.kind, [f"s-{key}" for key in keys], self.clock.now() + later)

    @rule(seconds=st.integers(1, 90))
    def sleep(self, seconds: int) -> None:
        self.clock.step(seconds)

    @invariant()
    def nothing_differs(self) -> None:
        counts = self.run(self.workers[0].counts())
        assert counts.get(self.kind) == self.run(self.model.counts()).get(self.kind)


def said(claim: Claim) -> tuple[str, str | None, int, int, int, datetime]:
    """All but the number, which each store gives by itself."""
    return claim.subject, claim.group, claim.attempt, claim.fence, claim.lapses, claim.until


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def test_two_workers_get_what_the_model_gives(database_url: str, loop: asyncio.AbstractEventLoop) -> None:
    run_state_machine_as_test(
        type("Bound", (Machine,), {"url": database_url, "loop": loop}),
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, derandomize=True, database=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )  # fmt: skip
