"""The breaker: a system that keeps failing, or keeps one waiting, is left alone for a while, then tried with care."""

import math
from collections.abc import Callable
from typing import Final

import msgspec

from adapters.kit.guard.held import Held
from adapters.kit.guard.window import Window
from gateway.core.call_record import BreakerState, NotSent
from gateway.core.clock import Clock
from gateway.core.outcome import Fault, Outcome

_GOOD, _BAD = 0, 1
_JITTER: Final = 0.25
_MOST_DOUBLINGS: Final = 10
_NOTHING: Final = ("no explanation", Fault.THEIRS)

Chance = Callable[[], float]
"""A number from 0 up to 1, as ``random.random`` gives it."""


class BreakerRules(msgspec.Struct, frozen=True, kw_only=True):
    """When calls are paused, and for how long.

    Attributes:
        window: seconds over which calls are judged.
        volume: calls in the window without which nothing is judged; as many bad ones in a row pause the system at once.
        share: of bad ones among them that pauses the system.
        pause: seconds of the first pause; each that follows on a vain trial is twice as long, up to ``longest``.
        obeyed: seconds of a pause at most that the system itself asks for.
        trials: calls after a pause that must go well, and that are under way at once at most.
    """

    window: float = 30.0
    volume: int = 8
    share: float = 0.5
    pause: float = 2.0
    longest: float = 30.0
    obeyed: float = 60.0
    trials: int = 2


def _endless() -> float:
    return math.inf


class Pass:
    """Leave to make one call. Its end is told once; whatever comes later of it, or after a change of state, is void."""

    __slots__ = ("_breaker", "_round")

    def __init__(self, breaker: "Breaker", number: int | None) -> None:
        self._breaker: Breaker | None = breaker
        self._round = number

    def succeeded(self) -> None:
        """The system answered in good time, whatever the answer."""
        breaker = self._end()
        if breaker is not None:
            breaker.succeeded()

    def failed(self, notice: str, fault: Fault) -> None:
        """The call failed in a way that speaks of the system, or took far too long."""
        breaker = self._end()
        if breaker is not None:
            breaker.failed(notice, fault)

    def forgotten(self) -> None:
        """Nothing was learnt: the caller left or was hasty, or the error is ours."""
        self._end()

    def _end(self) -> "Breaker | None":
        """The breaker to tell, if it still wants to know."""
        breaker, self._breaker = self._breaker, None
        return breaker if breaker is not None and breaker.left(self, self._round) else None

    def overdue(self) -> None:
        """It has been waited for too long and is counted already. For the breaker only."""
        self._breaker = None


class Breaker:
    """Decides whether calls to one system go out.

    Args:
        clock: measures the window and the pauses.
        chance: shortens pauses by up to a quarter, so that those of several gateways do not end together.
        rules: the numbers.
        patience: seconds after which a call that has had no answer yet counts as a bad one already: with a system
            that hangs, nobody waits until the deadlines of the first callers have passed.
        paused: is told when a pause begins.
        waited: measures how long calls have been waited for; the clock, if nothing else is said.
    """

    def __init__(
        self,
        clock: Clock,
        chance: Chance,
        rules: BreakerRules | None = None,
        patience: Callable[[], float] = _endless,
        paused: Callable[[], None] | None = None,
        waited: Callable[[], float] | None = None,
    ) -> None:
        self._clock = clock
        self._waited = waited or clock.monotonic
        self._patience = patience
        self._paused = paused
        self._chance = chance
        self._rules = rules or BreakerRules()
        self._window = Window(self._rules.window, 2, clock)
        self._state = BreakerState.CLOSED
        self._round = 0
        self._sent: dict[Pass, float] = {}
        self._row = 0
        self._until = 0.0
        self._doublings = 0
        self._calm_from = -math.inf
        self._running = 0
        self._trials_won = 0
        self._last = _NOTHING

    @property
    def state(self) -> BreakerState:
        """The state of this moment; a pause that has passed is over."""
        if self._state is BreakerState.OPEN and self._clock.monotonic() >= self._until:
            self._enter(BreakerState.HALF_OPEN)
        return self._state

    def verify(self) -> None:
        """Return if a call could go out now; raises Held PAUSED if not."""
        state = self.state
        if state is BreakerState.CLOSED:
            return
        notice, fault = self._last
        if state is BreakerState.OPEN:
            seconds = max(1, math.ceil(self._until - self._clock.monotonic()))
            notice = f"calls to this system are paused for {seconds} s after failures; last: {notice}"
            raise Held(NotSent.PAUSED, Outcome.UNAVAILABLE, fault, notice=notice, retry_after=seconds)
        if self._running + self._trials_won >= self._rules.trials:
            notice = f"calls to this system are paused while a few try whether it has recovered; last: {notice}"
            raise Held(NotSent.PAUSED, Outcome.UNAVAILABLE, fault, notice=notice, retry_after=1)

    def admit(self, *, probing: bool = False) -> Pass:
        """Leave for a call that goes out now; raises Held PAUSED if there is none.

        Args:
            probing: a probe of the gateway's own, which always may go; it ends a pause early if it succeeds.
        """
        if probing:
            return Pass(self, None)
        self.verify()
        self._running += 1
        leave = Pass(self, self._round)
        if self._state is BreakerState.CLOSED:
            self._sent[leave] = self._waited()
        return leave

    def succeeded(self) -> None:
        """The system answered: a pause becomes a trial, a trial that has gone well often enough ends it."""
        if self.state is BreakerState.CLOSED:
            self._window.add(_GOOD)
            self._row = 0
            return
        if self._state is BreakerState.OPEN:
            self._enter(BreakerState.HALF_OPEN)
        self._trials_won += 1
        if self._trials_won >= self._rules.trials:
            self._enter(BreakerState.CLOSED)
            self._calm_from = self._clock.monotonic() + self._rules.window

    def failed(self, notice: str, fault: Fault) -> None:
        """The system failed: once in a trial, or often enough among many calls, and it is paused."""
        state = self.state
        if state is BreakerState.OPEN:
            return
        self._last = notice, fault
        if state is BreakerState.CLOSED:
            self._window.add(_BAD)
            self._row += 1
            if not self._is_too_bad():
                return
        self._give_up()

    def _give_up(self) -> None:
        """Pause calls, for longer than the last time unless the system has been well since."""
        if self._state is BreakerState.CLOSED and self._clock.monotonic() >= self._calm_from:
            self._doublings = 0
        seconds = min(self._rules.longest, self._rules.pause * 2**self._doublings)
        self._doublings = min(self._doublings + 1, _MOST_DOUBLINGS)
        self._open(seconds * (1 - _JITTER * self._chance()))

    def count_overdue(self) -> None:
        """Take calls that have been waited for too long as bad ones; their end, whatever it is, counts no more.

        It is for whoever knows that an answer would have been heard by now.
        """
        now, patience = self._waited(), self._patience()
        while self._sent:
            leave, sent = next(iter(self._sent.items()))
            if now - sent < patience:
                return
            leave.overdue()
            self._running -= 1
            del self._sent[leave]
            milliseconds = round((now - sent) * 1000)
            self.failed(f"no answer after {milliseconds} ms", Fault.THEIRS)

    def pause(self, seconds: float, notice: str, fault: Fault) -> None:
        """The system itself asks to be left alone; it is, within reason."""
        self._last = notice, fault
        until = self._until if self.state is BreakerState.OPEN else 0.0
        self._open(max(min(seconds, self._rules.obeyed), until - self._clock.monotonic()))

    def left(self, leave: Pass, number: int | None) -> bool:
        """A call has ended that was admitted in this round; whether its end counts. For the passes only."""
        if number is None:
            return True
        self._sent.pop(leave, None)
        if number != self._round:
            return False
        self._running -= 1
        return True

    def _is_too_bad(self) -> bool:
        """Whether half of many were bad, or as many in a row: what went well before an outage does not hide it."""
        if self._row >= self._rules.volume:
            return True
        bad = self._window.count(_BAD)
        calls = bad + self._window.count(_GOOD)
        return calls >= self._rules.volume and bad >= self._rules.share * calls

    def _open(self, seconds: float) -> None:
        self._until = self._clock.monotonic() + seconds
        self._enter(BreakerState.OPEN)

    def _enter(self, state: BreakerState) -> None:
        """A new round: calls of the one before are no longer counted, neither as running nor by their end."""
        self._state = state
        self._round += 1
        self._running = self._trials_won = self._row = 0
        self._window.clear()
        self._sent.clear()
        if state is BreakerState.OPEN and self._paused is not None:
            self._paused()
