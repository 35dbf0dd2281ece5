"""Whatever is done to mandates and pre-application numbers, in whatever order, both databases say what a model says."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from gateway.store.database import Options, database
from gateway.store.mandates import SqlMandates
from gateway.store.pre_applications import SqlPreApplications
from gateway.system_clock import SystemClock
from tests.services.fakes import START
from tests.services.memory import MemoryMandates, MemoryPreApplications
from tests.store.keys import a_cipher
from tests.store.records import AGENT, OWN, a_mandate, a_number

MOST = 3
NAMES = st.sampled_from("abcdef")
MOMENTS = st.integers(0, 180).map(lambda minutes: START + timedelta(minutes=minutes))


class Machine(RuleBasedStateMachine):
    """Does everything to the database and to the model, and compares what they say."""

    url: str
    loop: asyncio.AbstractEventLoop
    rounds = count()

    def __init__(self) -> None:
        super().__init__()
        self.round = next(self.rounds)
        self.opening = database(self.url, SystemClock(), Options(connections=2, listens=False))
        db = self.loop.run_until_complete(self.opening.__aenter__())
        self.mandates = SqlMandates(db, a_cipher()), MemoryMandates()
        self.numbers = SqlPreApplications(db, a_cipher()), MemoryPreApplications()
        self.known: set[str] = set()

    def teardown(self) -> None:
        self.loop.run_until_complete(self.opening.__aexit__(None, None, None))

    def own(self, name: str) -> str:
        """A name of this round: rows of earlier ones are still there, and nobody's here."""
        return f"{self.round}-{name}"

    def same(self, pair: Any, method: str, *arguments: Any) -> None:
        real, model = (self.loop.run_until_complete(getattr(one, method)(*arguments)) for one in pair)
        assert real == model, (method, arguments)

    @rule(name=NAMES, ours=st.booleans(), at=MOMENTS, minutes=st.integers(1, 120))
    def record(self, name: str, ours: bool, at: Any, minutes: int) -> None:
        if f"m{name}" in self.known:
            return
        self.known.add(f"m{name}")
        principal = type(OWN)("111", f"{self.round}-{ours}", "王")
        mandate = a_mandate(
            self.own(name), principal=principal, agent=AGENT, recorded_at=at,
            expires_at=at + timedelta(minutes=minutes),
        )  # fmt: skip
        self.same(self.mandates, "add", mandate, MOST)

    @rule(name=NAMES, at=MOMENTS)
    def revoke(self, name: str, at: Any) -> None:
        self.same(self.mandates, "revoke", self.own(name), at)

    @rule(name=NAMES, ours=st.booleans(), at=MOMENTS)
    def open(self, name: str, ours: bool, at: Any) -> None:
        if f"n{name}" in self.known:
            return
        self.known.add(f"n{name}")
        number = a_number(self.own(name), subject=f"{self.round}-{ours}", opened_at=at, due_at=at)
        self.same(self.numbers, "add", number, MOST)

    @rule(name=NAMES, case=st.sampled_from(["BJ-1", "BJ-2"]), at=MOMENTS)
    def bind(self, name: str, case: str, at: Any) -> None:
        self.same(self.numbers, "bind", self.own(name), case, at)

    @rule(name=NAMES, at=MOMENTS)
    def use(self, name: str, at: Any) -> None:
        self.same(self.numbers, "count_use", self.own(name), at)

    @invariant()
    def nothing_differs(self) -> None:
        for name in "abcdef":
            self.same(self.mandates, "find", self.own(name))
            self.same(self.numbers, "find", self.own(name))


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def test_both_databases_do_what_the_model_does(database_url: str, loop: asyncio.AbstractEventLoop) -> None:
    run_state_machine_as_test(
        type("Bound", (Machine,), {"url": database_url, "loop": loop}),
        settings=settings(
            max_examples=10, stateful_step_count=12, deadline=None, derandomize=True, database=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )  # fmt: skip
