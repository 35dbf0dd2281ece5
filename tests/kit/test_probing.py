"""Probing on a clock that is moved: how often, how soon after trouble, never twice at once, silent while closed."""

import asyncio
from collections.abc import Callable
from itertools import pairwise
from random import Random

import pytest

from adapters.kit.health import HealthRecorder
from adapters.kit.probing import JITTER, ProbePlan, Probing, verdict_on, wait
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import Answer
from gateway.core.system import SystemState
from tests.kit.health_bench import Changes, Pauses, probed
from tests.sandbox.callers import SteppedClock

UP, DOWN, DEGRADED = SystemState.UP, SystemState.DOWN, SystemState.DEGRADED
OK = Answer(outcome=Outcome.OK)
NONE = Answer(outcome=Outcome.NOT_FOUND)
LOST = Answer(outcome=Outcome.UNAVAILABLE, fault=Fault.NETWORK, notice="the connection was lost")
DENIED = Answer(outcome=Outcome.DENIED, fault=Fault.OURS, notice="the system refused our credentials")
EVERY = 4.0


class Probed:
    """A system under probes, whose answers are scripted by the clock."""

    def __init__(self, seed: int = 1) -> None:
        self.clock = SteppedClock()
        self.pauses = Pauses(self.clock)
        self.changes = Changes()
        self.recorder = HealthRecorder("city", self.clock, 0.8, self.changes.tell)
        self.asked: list[float] = []
        self.answer: Callable[[], Answer | None] = lambda: OK
        self.seconds = 0.05
        self.closed = False
        self.defects: list[BaseException] = []
        self.ended = asyncio.Event()
        self.until = 60.0
        self.probing = Probing(
            ProbePlan(system="city", every=EVERY, expect=frozenset({Outcome.OK})),
            ask=self._ask,
            health=self.recorder,
            is_closed=lambda: self.closed,
            clock=self.clock,
            report_defect=lambda _, error: self.defects.append(error),
            pause=self._pause,
            chance=Random(seed).random,
        )

    async def _ask(self) -> Answer | None:
        self.asked.append(self.clock.monotonic())
        self.clock.step(self.seconds)
        return self.answer()

    async def _pause(self, seconds: float, woken: asyncio.Event) -> None:
        await self.pauses(seconds, woken)
        if self.clock.monotonic() >= self.until:
            self.ended.set()
            await asyncio.Event().wait()

    async def run(self, seconds: float) -> None:
        """Let so many seconds pass from the start of the clock."""
        self.until = seconds
        async with probed(self.probing), asyncio.timeout(60):
            await self.ended.wait()


@pytest.fixture
def one() -> Probed:
    return Probed()


def gaps(times: list[float]) -> list[float]:
    return [after - before for before, after in pairwise(times)]


async def test_a_system_that_is_well_is_asked_at_its_interval_give_or_take_a_fifth(one: Probed) -> None:
    await one.run(400)
    assert one.asked[0] <= 1
    between = gaps(one.asked)
    assert all(EVERY * (1 - JITTER) <= gap - one.seconds <= EVERY * (1 + JITTER) for gap in between)
    assert max(between) - min(between) > EVERY * JITTER
    assert [change.after for change in one.changes.told] == [UP]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("seconds", [0.02, 2.0], ids=["at once", "after its deadline"])
async def test_an_outage_is_seen_within_ten_seconds_and_its_end_within_one_interval(seed: int, seconds: float) -> None:
    one = Probed(seed)
    fails_from, fails_until = 40.0 + seed / 5, 100.0 + seed / 5

    def answer() -> Answer:
        asked = one.asked[-1]
        return LOST if fails_from <= asked < fails_until else OK

    def step() -> Answer:
        said = answer()
        one.clock.step((seconds if said is LOST else 0.02) - one.seconds)
        return said

    one.answer = step
    await one.run(150)
    up, down, again = one.changes.told
    assert (up.after, down.after, again.after) == (UP, DOWN, UP)
    start = SteppedClock().now()
    assert 0 <= (down.at - start).total_seconds() - fails_from <= 10
    assert 0 <= (again.at - start).total_seconds() - fails_until <= EVERY * (1 + JITTER)


async def test_a_lone_failure_is_looked_into_and_changes_nothing(one: Probed) -> None:
    one.answer = lambda: LOST if len(one.asked) == 5 else OK
    await one.run(100)
    assert [change.after for change in one.changes.told] == [UP]
    after = gaps(one.asked)[4:8]
    assert all(gap < EVERY * (1 - JITTER) for gap in after[:3])
    assert after[3] > EVERY * (1 - JITTER)


async def test_a_refused_account_is_confirmed_once_and_then_not_hurried(one: Probed) -> None:
    one.answer = lambda: DENIED if len(one.asked) > 3 else OK
    await one.run(100)
    assert [(change.after) for change in one.changes.told] == [UP, DOWN]
    assert one.recorder.fault is Fault.OURS
    late = gaps(one.asked)[5:]
    assert all(gap >= EVERY * (1 - JITTER) for gap in late)


async def test_callers_who_are_answered_spare_the_system_its_probes(one: Probed) -> None:
    async def pause(seconds: float, woken: asyncio.Event) -> None:
        await one._pause(min(seconds, 1.0), woken)
        one.recorder.record(OK, 5)

    one.probing._pause = pause
    await one.run(100)
    assert len(one.asked) == 1


async def test_a_caller_who_fails_brings_the_next_probe_forward(one: Probed) -> None:
    failed_at = 0.0

    async def pause(seconds: float, woken: asyncio.Event) -> None:
        nonlocal failed_at
        if len(one.asked) == 3 and not failed_at:
            one.clock.step(1.5)
            failed_at = one.clock.monotonic()
            one.recorder.record(LOST, 5)
            assert woken.is_set()
        await one._pause(seconds, woken)

    one.probing._pause = pause
    await one.run(60)
    assert one.asked[3] - failed_at < 1


async def test_a_closed_system_is_not_asked_and_is_again_when_it_opens(one: Probed) -> None:
    one.closed = True
    await one.run(50)
    assert one.asked == []
    one.ended.clear()
    one.closed = False
    await one.run(70)
    assert one.asked


async def test_a_probe_that_was_held_back_says_nothing(one: Probed) -> None:
    one.answer = lambda: None
    await one.run(50)
    assert one.recorder.state is SystemState.UNKNOWN
    assert len(one.asked) > 5


async def test_a_defect_is_reported_and_ends_nothing(one: Probed) -> None:
    def answer() -> Answer:
        if len(one.asked) == 2:
            raise LookupError("a bug")
        return OK

    one.answer = answer
    await one.run(50)
    assert [type(error) for error in one.defects] == [LookupError]
    assert len(one.asked) > 5
    assert one.recorder.state is UP


@pytest.mark.parametrize("seed", range(5))
async def test_an_hour_of_quiet_load_raises_no_false_alarm(seed: int) -> None:
    """Callers come at random, one in two hundred of their calls fails, and one in a hundred is slow."""
    one = Probed(seed)
    rng = Random(seed)

    async def pause(seconds: float, woken: asyncio.Event) -> None:
        arrives = rng.expovariate(2.0)
        await one._pause(min(seconds, arrives), woken)
        if arrives < seconds:
            drawn = rng.random()
            one.recorder.record(LOST if drawn < 0.005 else OK, 900 if drawn > 0.99 else 20)

    one.probing._pause = pause
    one.pauses._left = 1e9
    await one.run(3600)
    assert [change.after for change in one.changes.told] == [UP]


@pytest.mark.parametrize(
    ("answer", "expect", "error", "fault"),
    [
        (OK, {Outcome.OK}, None, None),
        (NONE, {Outcome.OK, Outcome.NOT_FOUND}, None, None),
        (NONE, {Outcome.OK}, "NOT_FOUND: the system does not know the test subject", Fault.THEIRS),
        (OK, {Outcome.NOT_FOUND}, "OK: the system knows a test subject that should be nobody's", Fault.THEIRS),
        (LOST, {Outcome.OK}, "UNAVAILABLE: the connection was lost", Fault.NETWORK),
        (Answer(outcome=Outcome.INVALID, fault=Fault.OURS), {Outcome.OK}, "INVALID: no explanation", Fault.OURS),
    ],
    ids=["as expected", "nothing as expected", "unknown subject", "known nobody", "outage", "refused"],
)
def test_what_is_wrong_with_an_answer(
    answer: Answer, expect: set[Outcome], error: str | None, fault: Fault | None
) -> None:
    verdict = verdict_on(answer, frozenset(expect))
    if error is None:
        assert verdict is None
    else:
        assert verdict is not None
        assert str(verdict).startswith(error)
        assert verdict.fault is fault


async def test_waiting_ends_with_the_time_or_with_a_word() -> None:
    woken = asyncio.Event()
    await wait(0.001, woken)
    assert not woken.is_set()
    woken.set()
    async with asyncio.timeout(60):
        await wait(60, woken)
