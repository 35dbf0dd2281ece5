import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.kit.guard import Bulkhead, Ending, Guard, Held, Retries
from adapters.kit.guard.window import Window
from gateway.core.call_record import BreakerState, NotSent
from gateway.core.clock import Deadline
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome
from tests.sandbox.callers import SteppedClock

RESET = SystemFailure(Outcome.UNAVAILABLE, Fault.NETWORK, "the connection was lost", passing=True)
SILENT = SystemFailure(Outcome.TIMED_OUT, Fault.THEIRS, "no answer within 4000 ms")
BUSY = SystemFailure(Outcome.UNAVAILABLE, Fault.THEIRS, "answered with HTTP status 503", passing=True, retry_after=5)

events = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 12)), max_size=60)


@settings(deadline=None)
@given(events)
def test_a_window_counts_what_is_less_than_its_length_ago(steps: list[tuple[int, int]]) -> None:
    clock = SteppedClock()
    window = Window(10.0, 2, clock)
    happened: list[tuple[int, float]] = []
    for kind, seconds in steps:
        clock.step(seconds)
        window.add(kind)
        happened.append((kind, clock.monotonic()))
        for each in (0, 1):
            recent = sum(one == each and at > clock.monotonic() - 10 for one, at in happened)
            assert window.count(each) == recent


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5), st.integers(0, 4)), max_size=40))
def test_repetitions_are_a_tenth_of_the_calls_of_half_a_minute_at_most(steps: list[tuple[int, int, int]]) -> None:
    clock = SteppedClock()
    retries = Retries(clock, lambda: 0.0)
    calls: list[float] = []
    repeats: list[float] = []
    for many, wanted, buckets in steps:
        clock.step(buckets * 3.0)
        for _ in range(many):
            retries.called()
            calls.append(clock.monotonic())
        for _ in range(wanted):
            if retries.grant(RESET, 1, Deadline.after(5, clock)) is not None:
                repeats.append(clock.monotonic())
                since = clock.monotonic() - 30
                assert sum(at > since for at in repeats) <= max(1.0, 0.1 * sum(at > since for at in calls))


def test_where_there_are_few_calls_one_may_be_repeated() -> None:
    clock = SteppedClock()
    retries = Retries(clock, lambda: 1.0)
    retries.called()
    assert retries.grant(RESET, 1, Deadline.after(5, clock)) == 0.05
    assert retries.grant(RESET, 1, Deadline.after(5, clock)) is None


@pytest.mark.parametrize("failure", [SILENT, BUSY], ids=["timeout", "asked-to-wait"])
def test_only_what_may_pass_in_a_moment_is_repeated(failure: SystemFailure) -> None:
    clock = SteppedClock()
    assert Retries(clock, lambda: 0.0).grant(failure, 1, Deadline.after(5, clock)) is None


def test_waits_grow_and_end_after_the_third_attempt() -> None:
    clock = SteppedClock()
    retries = Retries(clock, lambda: 0.5)
    for _ in range(100):
        retries.called()
    waits = [retries.grant(RESET, attempt, Deadline.after(5, clock)) for attempt in (1, 2, 3)]
    assert waits == [0.025, 0.05, None]


def test_nothing_is_repeated_where_time_does_not_allow_a_usual_call() -> None:
    clock = SteppedClock()
    retries = Retries(clock, lambda: 0.0)
    for seconds in (0.1, 0.9, 1.0, 1.1, 30.0):
        retries.answered(seconds)
    assert retries.grant(RESET, 1, Deadline.after(1.0, clock)) is None
    assert retries.grant(RESET, 1, Deadline.after(1.01, clock)) == 0.0


# ---- what a guard learns of an ending


def guard_of(clock: SteppedClock) -> Guard:
    return Guard(Bulkhead(10, 10, clock), 4.0, clock, lambda: 0.0)


async def state_after(ending: Ending, seconds: float, times: int = 10) -> BreakerState:
    clock = SteppedClock()
    guard = guard_of(clock)
    for _ in range(times):
        try:
            turn = await guard.enter("a", Deadline.after(5, clock))
        except Held:
            break
        with turn:
            turn.tell(ending, seconds)
    return guard.breaker.state


@pytest.mark.parametrize(
    ("ending", "seconds", "is_paused"),
    [
        pytest.param(Ending(outcome=Outcome.OK, answered=True), 0.1, False, id="answer"),
        pytest.param(Ending(outcome=Outcome.OK, answered=True), 3.2, True, id="slow-answer"),
        pytest.param(Ending(outcome=Outcome.NOT_FOUND), 0.1, False, id="not-found"),
        pytest.param(Ending(outcome=Outcome.DENIED, fault=Fault.OURS), 0.1, False, id="denied"),
        pytest.param(Ending(outcome=Outcome.INVALID, fault=Fault.OURS), 0.1, False, id="invalid"),
        pytest.param(Ending(outcome=Outcome.GATEWAY_ERROR, fault=Fault.OURS), 3.9, False, id="our-error"),
        pytest.param(Ending(outcome=Outcome.UNAVAILABLE, fault=Fault.NETWORK), 0.0, True, id="lost"),
        pytest.param(Ending(outcome=Outcome.UPSTREAM_FAULT, fault=Fault.THEIRS), 0.1, True, id="unreadable"),
        pytest.param(
            Ending(outcome=Outcome.UPSTREAM_FAULT, fault=Fault.THEIRS, answered=True), 0.1, False, id="unknown-code"
        ),
        pytest.param(Ending(outcome=Outcome.TIMED_OUT, fault=Fault.THEIRS), 1.0, True, id="silent"),
        pytest.param(Ending(outcome=Outcome.TIMED_OUT, fault=Fault.THEIRS), 0.9, False, id="hasty-caller"),
        pytest.param(Ending(outcome=Outcome.TIMED_OUT, fault=Fault.OURS), 4.0, False, id="no-connection-of-ours"),
    ],
)
async def test_only_what_speaks_of_the_system_pauses_it(ending: Ending, seconds: float, is_paused: bool) -> None:
    assert (await state_after(ending, seconds) is BreakerState.OPEN) is is_paused


async def test_a_system_that_asks_for_a_pause_gets_it_at_once() -> None:
    ending = Ending(outcome=Outcome.UNAVAILABLE, fault=Fault.THEIRS, retry_after=7)
    assert await state_after(ending, 0.1, times=1) is BreakerState.OPEN


async def test_a_system_that_asks_for_no_time_has_just_failed() -> None:
    ending = Ending(outcome=Outcome.UNAVAILABLE, fault=Fault.THEIRS, retry_after=0)
    assert await state_after(ending, 0.1, times=1) is BreakerState.CLOSED
    assert await state_after(ending, 0.1) is BreakerState.OPEN


async def test_a_call_that_is_given_up_frees_its_place_and_says_nothing() -> None:
    clock = SteppedClock()
    guard = Guard(Bulkhead(1, 0, clock), 4.0, clock, lambda: 0.0)
    for _ in range(20):
        with pytest.raises(RuntimeError), await guard.enter("a", Deadline.after(5, clock)):
            raise RuntimeError
    assert guard.breaker.state is BreakerState.CLOSED


async def test_while_calls_are_paused_none_waits_in_line_and_none_is_repeated() -> None:
    clock = SteppedClock()
    guard = Guard(Bulkhead(1, 10, clock), 4.0, clock, lambda: 0.0)
    with await guard.enter("a", Deadline.after(5, clock)):  # the only place is taken
        guard.breaker.pause(10, "answered with HTTP status 503", Fault.THEIRS)
        with pytest.raises(Held) as caught:
            await guard.enter("b", Deadline.after(5, clock))
        assert caught.value.why is NotSent.PAUSED
    assert guard.again(RESET, 1, Deadline.after(5, clock)) is None


async def test_a_probe_goes_out_although_calls_are_paused_and_ends_the_pause() -> None:
    clock = SteppedClock()
    guard = guard_of(clock)
    guard.breaker.pause(10, "answered with HTTP status 503", Fault.THEIRS)
    with await guard.enter("yiwang", Deadline.after(5, clock), probing=True) as turn:
        turn.tell(Ending(outcome=Outcome.OK, answered=True), 0.1)
    assert guard.breaker.state.value == "HALF_OPEN"
    with await guard.enter("a", Deadline.after(5, clock)) as turn:
        turn.tell(Ending(outcome=Outcome.OK, answered=True), 0.1)
    assert guard.breaker.state.value == "CLOSED"
