"""What a system's health says: state, since when, last answer, last error in plain words, culprit and figures."""

import asyncio

import pytest

from adapters.kit.health import HealthRecorder, Verdict
from adapters.kit.watching import HealthNews
from gateway.core.health import HealthChange
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import Answer
from gateway.core.system import SystemState
from tests.kit.health_bench import Changes
from tests.sandbox.callers import SteppedClock

UP, DOWN, DEGRADED, UNKNOWN = SystemState.UP, SystemState.DOWN, SystemState.DEGRADED, SystemState.UNKNOWN
GOOD = Answer(outcome=Outcome.OK)
LOST = Answer(outcome=Outcome.UNAVAILABLE, fault=Fault.NETWORK, notice="the connection was lost")
REFUSED = Answer(outcome=Outcome.DENIED, fault=Fault.OURS, code="2002", notice="no")


class Recorded:
    def __init__(self) -> None:
        self.clock = SteppedClock()
        self.changes = Changes()
        self.recorder = HealthRecorder("city", self.clock, 0.5, self.changes.tell)

    def hear(self, *answers: Answer, milliseconds: float = 10.0, refuses_one: bool = False) -> None:
        for answer in answers:
            self.clock.step(1)
            self.recorder.record(answer, milliseconds, refuses_one=refuses_one)


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()


def test_an_outage_is_told_once_with_its_beginning_its_words_and_its_culprit(recorded: Recorded) -> None:
    recorded.hear(GOOD, GOOD)
    answered = recorded.clock.now()
    recorded.hear(LOST, LOST, LOST, LOST)
    health = recorded.recorder.health()
    assert (health.state, health.last_error, health.fault) == (
        DOWN,
        "UNAVAILABLE: the connection was lost",
        Fault.NETWORK,
    )
    assert health.last_success == answered
    assert [(change.before, change.after) for change in recorded.changes.told] == [(UNKNOWN, UP), (UP, DOWN)]
    assert recorded.changes.told[-1].at == health.since
    assert (recorded.clock.now() - health.since).total_seconds() == 1


def test_figures_begin_anew_after_an_outage(recorded: Recorded) -> None:
    recorded.hear(LOST, LOST, LOST, milliseconds=4000)
    assert recorded.recorder.health().error_share == 1
    recorded.hear(GOOD, GOOD, milliseconds=20)
    health = recorded.recorder.health()
    assert (health.state, health.error_share, health.p95_milliseconds) == (UP, 0, 20)


def test_figures_are_of_the_last_minutes_and_then_of_nothing(recorded: Recorded) -> None:
    recorded.hear(GOOD, milliseconds=30)
    assert recorded.recorder.health().p95_milliseconds == 30
    recorded.clock.step(301)
    health = recorded.recorder.health()
    assert (health.state, health.p95_milliseconds, health.error_share) == (UP, None, None)


def test_a_rule_that_refuses_one_person_says_nothing_against_the_system(recorded: Recorded) -> None:
    recorded.hear(*[REFUSED] * 5, refuses_one=True)
    assert recorded.recorder.state is UP
    recorded.hear(*[REFUSED] * 5)
    health = recorded.recorder.health()
    assert (health.state, health.fault) == (DOWN, Fault.OURS)


def test_answers_that_take_long_degrade_it_in_plain_words(recorded: Recorded) -> None:
    recorded.hear(GOOD, GOOD)
    recorded.hear(GOOD, GOOD, GOOD, milliseconds=600)
    health = recorded.recorder.health()
    assert (health.state, health.fault) == (DEGRADED, Fault.THEIRS)
    assert health.last_error == "answers take longer than 500 ms"


def test_a_failing_caller_is_said_at_once_and_a_good_one_is_remembered(recorded: Recorded) -> None:
    said: list[str] = []
    recorded.recorder.on_failure = lambda: said.append("now")
    assert recorded.recorder.last_answer == float("-inf")
    recorded.hear(GOOD)
    assert recorded.recorder.last_answer == recorded.clock.monotonic()
    assert said == []
    recorded.hear(LOST)
    assert said == ["now"]
    assert recorded.recorder.last_answer == recorded.clock.monotonic() - 1


def test_a_probe_counts_like_a_call(recorded: Recorded) -> None:
    recorded.hear(GOOD)
    for _ in range(2):
        recorded.clock.step(1)
        recorded.recorder.record_probe(Verdict(Outcome.TIMED_OUT, Fault.THEIRS, "no answer"), 10)
    assert recorded.recorder.state is DOWN
    for _ in range(2):
        recorded.recorder.record_probe(None, 10)
    assert recorded.recorder.state is UP


# ---- watching


def change(code: str, before: SystemState, after: SystemState) -> HealthChange:
    return HealthChange(code=code, before=before, after=after, at=SteppedClock().now())


async def test_watchers_hear_every_change_in_order() -> None:
    news = HealthNews()
    async with news.watch() as first, news.watch() as second:
        told = [change("a", UP, DOWN), change("b", UNKNOWN, UP)]
        for one in told:
            news.tell(one)
        for changes in (first, second):
            assert [await anext(changes), await anext(changes)] == told


async def test_whoever_reads_late_gets_the_newest_state_from_where_he_was() -> None:
    news = HealthNews()
    async with news.watch() as changes:
        for states in ((UP, DOWN), (DOWN, UP), (UP, DEGRADED)):
            news.tell(change("a", *states))
        news.tell(change("b", UP, DOWN))
        assert await anext(changes) == change("a", UP, DEGRADED)
        assert (await anext(changes)).code == "b"


async def test_a_system_that_is_back_where_it_was_says_nothing() -> None:
    news = HealthNews()
    async with news.watch() as changes:
        news.tell(change("a", UP, DOWN))
        news.tell(change("a", DOWN, UP))
        waiting = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0)
        assert not waiting.done()
        news.tell(change("a", UP, DEGRADED))
        assert (await waiting).after is DEGRADED


async def test_nobody_is_told_after_he_has_left() -> None:
    news = HealthNews()
    async with news.watch():
        pass
    news.tell(change("a", UP, DOWN))
    async with news.watch() as changes:
        news.tell(change("b", UP, DOWN))
        assert (await anext(changes)).code == "b"


def test_a_slow_spell_is_over_when_it_is_over(recorded: Recorded) -> None:
    recorded.hear(*[GOOD] * 5)
    for _ in range(4):
        recorded.clock.step(2)
        recorded.recorder.record_probe(Verdict(None, Fault.THEIRS, "slow"), 1500)
    assert recorded.recorder.state in {DEGRADED, DOWN}
    recorded.changes.told.clear()
    for _ in range(60):
        recorded.clock.step(2)
        recorded.recorder.record_probe(None, 20)
    assert [change.after for change in recorded.changes.told] == [UP]


def test_slow_answers_leave_no_echo_either(recorded: Recorded) -> None:
    recorded.hear(*[GOOD] * 5)
    recorded.hear(*[GOOD] * 6, milliseconds=1500)
    recorded.hear(*[GOOD] * 60)
    assert [change.after for change in recorded.changes.told] == [UP, DEGRADED, UP]


def test_nobody_has_to_mend_what_is_up(recorded: Recorded) -> None:
    recorded.hear(GOOD, LOST, LOST, LOST, GOOD, GOOD, GOOD)
    health = recorded.recorder.health()
    assert (health.state, health.fault, health.last_error) == (UP, None, "UNAVAILABLE: the connection was lost")
