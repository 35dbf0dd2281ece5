from collections import deque

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from adapters.kit.guard import Breaker, BreakerRules, Held
from adapters.kit.guard.breaker import Pass
from gateway.core.call_record import BreakerState, NotSent
from gateway.core.outcome import Fault, Outcome
from tests.sandbox.callers import SteppedClock

CLOSED, OPEN, HALF_OPEN = BreakerState.CLOSED, BreakerState.OPEN, BreakerState.HALF_OPEN
RULES = BreakerRules()
BUCKET = RULES.window / 10


class Calls(RuleBasedStateMachine):
    """A breaker beside the plainest account of what it should do; time goes by in whole buckets of its window."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = SteppedClock()
        self.breaker = Breaker(self.clock, lambda: 0.5)
        self.seen: deque[tuple[float, bool]] = deque()
        self.running: list[tuple[Pass, int]] = []
        self.state = CLOSED
        self.until = 0.0
        self.won = 0
        self.round = 0
        self.row = 0

    def enter(self, state: BreakerState) -> None:
        self.state = state
        self.round += 1
        self.won = 0
        self.seen.clear()
        self.row = 0

    def under_way(self) -> int:
        return sum(number == self.round for _, number in self.running)

    @rule()
    def comes(self) -> None:
        free = self.state is CLOSED or (self.state is HALF_OPEN and self.under_way() + self.won < RULES.trials)
        if free:
            self.running.append((self.breaker.admit(), self.round))
            return
        with pytest.raises(Held) as caught:
            self.breaker.admit()
        held = caught.value
        assert (held.why, held.outcome, held.fault) == (NotSent.PAUSED, Outcome.UNAVAILABLE, Fault.NETWORK)
        assert "last: broken" in held.notice
        left = self.until - self.clock.monotonic() if self.state is OPEN else 0.0
        assert held.retry_after is not None
        assert max(1.0, left) <= held.retry_after <= left + 1

    def took(self, is_good: bool) -> None:
        """The breaker is to count this."""
        if self.state is CLOSED:
            self.seen.append((self.clock.monotonic(), is_good))
            self.row = 0 if is_good else self.row + 1
            bad = sum(not good for _, good in self.seen)
            is_half = len(self.seen) >= RULES.volume and 2 * bad >= len(self.seen)
            if not is_good and (is_half or self.row >= RULES.volume):
                self.opened()
        elif self.state is OPEN:
            if is_good:
                self.enter(HALF_OPEN)
                self.won = 1
        elif is_good:
            self.won += 1
            if self.won == RULES.trials:
                self.enter(CLOSED)
        else:
            self.opened()

    def opened(self) -> None:
        self.enter(OPEN)
        with pytest.raises(Held):
            self.breaker.verify()
        seconds = self.breaker._until - self.clock.monotonic()
        assert RULES.pause * 0.75 <= seconds <= RULES.longest
        self.until = self.clock.monotonic() + seconds

    @precondition(lambda self: self.running)
    @rule(data=st.data(), ending=st.sampled_from(["good", "bad", "forgotten"]))
    def ends(self, data: st.DataObject, ending: str) -> None:
        leave, number = self.running.pop(data.draw(st.integers(0, len(self.running) - 1)))
        if ending == "good":
            leave.succeeded()
        elif ending == "bad":
            leave.failed("broken", Fault.NETWORK)
        else:
            leave.forgotten()
        leave.failed("its end was told already", Fault.OURS)
        if number == self.round and ending != "forgotten":
            self.took(ending == "good")

    @rule(is_good=st.booleans())
    def is_probed(self, is_good: bool) -> None:
        leave = self.breaker.admit(probing=True)
        if is_good:
            leave.succeeded()
        else:
            leave.failed("broken", Fault.NETWORK)
        if is_good or self.state is not OPEN:
            self.took(is_good)

    @rule(seconds=st.sampled_from([1.0, 40.0, 1000.0]))
    def is_asked_to_wait(self, seconds: float) -> None:
        self.breaker.pause(seconds, "broken", Fault.NETWORK)
        left = self.until - self.clock.monotonic() if self.state is OPEN else 0.0
        self.enter(OPEN)
        self.until = self.clock.monotonic() + max(min(seconds, RULES.obeyed), left)

    @rule(buckets=st.integers(1, 11))
    def time_passes(self, buckets: int) -> None:
        self.clock.step(buckets * BUCKET)
        while self.seen and self.seen[0][0] <= self.clock.monotonic() - RULES.window:
            self.seen.popleft()
        if self.state is OPEN and self.clock.monotonic() >= self.until:
            self.enter(HALF_OPEN)

    @invariant()
    def says_its_state(self) -> None:
        assert self.breaker.state is self.state


TestCalls = Calls.TestCase
TestCalls.settings = settings(deadline=None)


def failing(breaker: Breaker, times: int = RULES.volume) -> None:
    for _ in range(times):
        breaker.admit().failed("no answer within 4000 ms", Fault.THEIRS)


def pause_of(breaker: Breaker) -> float:
    """Seconds for which calls are held back, to a whole second."""
    with pytest.raises(Held) as caught:
        breaker.admit()
    assert caught.value.retry_after is not None
    return caught.value.retry_after


def test_a_few_failures_are_no_reason_to_pause() -> None:
    breaker = Breaker(SteppedClock(), lambda: 0.0)
    failing(breaker, RULES.volume - 1)
    assert breaker.state is CLOSED


def test_a_pause_says_why_in_words_and_until_when() -> None:
    breaker = Breaker(SteppedClock(), lambda: 0.0)
    failing(breaker)
    with pytest.raises(Held) as caught:
        breaker.admit()
    assert caught.value.notice == (
        "calls to this system are paused for 2 s after failures; last: no answer within 4000 ms"
    )
    assert (caught.value.fault, caught.value.retry_after) == (Fault.THEIRS, 2)


def test_pauses_grow_while_trials_are_in_vain_up_to_a_bound_and_start_small_after_calm() -> None:
    clock = SteppedClock()
    breaker = Breaker(clock, lambda: 0.0)
    failing(breaker)
    pauses = []
    for _ in range(6):
        pauses.append(pause_of(breaker))
        clock.step(pauses[-1])
        failing(breaker, 1)
    assert pauses == [2, 4, 8, 16, 30, 30]
    clock.step(30)
    for _ in range(RULES.trials):
        breaker.admit().succeeded()
    failing(breaker)
    assert pause_of(breaker) == 30  # it had only just recovered
    clock.step(30)
    for _ in range(RULES.trials):
        breaker.admit().succeeded()
    clock.step(RULES.window)
    failing(breaker)
    assert pause_of(breaker) == 2


def test_jitter_only_shortens_a_pause() -> None:
    clock = SteppedClock()
    breaker = Breaker(clock, lambda: 1.0)
    failing(breaker)
    clock.step(1.49)
    assert breaker.state is OPEN
    clock.step(0.02)
    assert breaker.state is HALF_OPEN


def test_half_open_lets_no_crowd_through() -> None:
    clock = SteppedClock()
    breaker = Breaker(clock, lambda: 0.0)
    failing(breaker)
    clock.step(2)
    trials = [breaker.admit() for _ in range(RULES.trials)]
    for _ in range(20):
        with pytest.raises(Held, match="a few try") as caught:
            breaker.admit()
        assert caught.value.retry_after == 1
    trials[0].forgotten()  # its caller left
    breaker.admit().succeeded()
    trials[1].succeeded()
    assert breaker.state is CLOSED


def test_what_began_before_a_pause_says_nothing_after_it() -> None:
    clock = SteppedClock()
    breaker = Breaker(clock, lambda: 0.0)
    early = [breaker.admit() for _ in range(3)]
    failing(breaker)
    clock.step(2)
    assert breaker.state is HALF_OPEN
    for leave in early:
        leave.failed("late", Fault.THEIRS)
    assert breaker.state is HALF_OPEN


def test_calls_without_an_answer_count_before_their_deadlines_have_passed() -> None:
    clock = SteppedClock()
    paused: list[bool] = []
    breaker = Breaker(clock, lambda: 0.0, patience=lambda: 1.0, paused=lambda: paused.append(True))
    hanging = [breaker.admit() for _ in range(RULES.volume)]
    clock.step(0.9)
    late = breaker.admit()
    breaker.count_overdue()
    assert paused == []
    clock.step(0.2)
    breaker.count_overdue()
    with pytest.raises(Held) as caught:
        breaker.admit()
    assert (caught.value.why, caught.value.fault) == (NotSent.PAUSED, Fault.THEIRS)
    assert "last: no answer after 1100 ms" in caught.value.notice
    assert (breaker.state, paused) == (OPEN, [True])
    for leave in (*hanging, late):
        leave.succeeded()  # of a round that is over
    assert breaker.state is OPEN


def test_a_call_that_was_counted_as_overdue_is_not_counted_again_by_its_end() -> None:
    clock = SteppedClock()
    breaker = Breaker(clock, lambda: 0.0, patience=lambda: 1.0)
    hanging = [breaker.admit() for _ in range(RULES.volume - 2)]
    clock.step(1.1)
    breaker.count_overdue()
    breaker.admit().succeeded()
    for leave in hanging:
        leave.failed("late", Fault.THEIRS)
    assert breaker.state is CLOSED
    breaker.admit().failed("late", Fault.THEIRS)
    assert breaker.state is OPEN


def test_a_few_slow_calls_among_good_ones_pause_nothing() -> None:
    clock = SteppedClock()
    breaker = Breaker(clock, lambda: 0.0, patience=lambda: 1.0)
    for _ in range(RULES.volume):
        breaker.admit()
        for _ in range(2):
            breaker.admit().succeeded()
        clock.step(1.1)
        breaker.count_overdue()
    assert breaker.state is CLOSED


def test_what_went_well_before_an_outage_does_not_hide_it() -> None:
    clock = SteppedClock()
    breaker = Breaker(clock, lambda: 0.0)
    for _ in range(1_000):
        breaker.admit().succeeded()
    failing(breaker, RULES.volume - 1)
    breaker.admit().succeeded()
    failing(breaker, RULES.volume - 1)
    assert breaker.state is CLOSED
    failing(breaker, 1)
    assert breaker.state is OPEN


def test_a_system_that_is_seldom_asked_is_paused_after_as_many_failures_in_a_row_probes_among_them() -> None:
    clock = SteppedClock()
    breaker = Breaker(clock, lambda: 0.0)
    for number in range(RULES.volume):
        assert breaker.state is CLOSED
        breaker.admit(probing=number % 4 != 0).failed("no answer within 4000 ms", Fault.THEIRS)
        clock.step(RULES.window / 2)
    assert breaker.state is HALF_OPEN  # the pause has passed, and so few try it at once
    breaker.admit(probing=True).failed("no answer within 4000 ms", Fault.THEIRS)
    assert pause_of(breaker) == 2 * RULES.pause
