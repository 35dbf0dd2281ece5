"""The composition: within the deadline a call waits for a place and a turn, the breaker lets it out, its end is told.

A repetition is a call of its own here: it waits in line again, and holds no place while it pauses.
"""

import random
from types import TracebackType
from typing import Final, Self

import msgspec

from adapters.kit.guard.breaker import Breaker, BreakerRules, Chance, Pass
from adapters.kit.guard.bulkhead import Bulkhead
from adapters.kit.guard.held import Held
from adapters.kit.guard.pulse import Pulse
from adapters.kit.guard.retry import Retries
from gateway.core.call_record import BreakerState
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

_PATIENT_SECONDS: Final = 1.0
"""A caller who gives a system less time than this learns nothing about it by getting no answer."""

_SLOW_SHARE: Final = 0.8
"""Of the manifest's deadline: an answer that takes as long as this is as bad as none, where many do."""

_OVERDUE: Final = 1.0
_UNUSUAL: Final = 10.0
"""A call without an answer after a second, or ten times what answers usually take, counts as one that failed.

All of this is time in which the gateway listened: one that stands still blames nobody for what lies unread.
"""

_UNSAID: Final = "no explanation"
_BAD: Final = frozenset({Outcome.UNAVAILABLE, Outcome.TIMED_OUT, Outcome.UPSTREAM_FAULT})


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How a call that went out ended.

    Attributes:
        notice: the explanation, for those who are refused because of it.
        code: the system's own code, if the manifest says what it means.
        answered: the system said it in an answer of its own that could be read, so that it is there and working.
        retry_after: seconds for which the system asks to be left alone.
    """

    outcome: Outcome
    fault: Fault | None = None
    notice: str | None = None
    code: str | None = None
    answered: bool = False
    retry_after: int | None = None


class Turn:
    """A place and leave to make one call; given back when its block ends, by ``tell`` or by whatever else."""

    __slots__ = ("_bulkhead", "_guard", "_pass", "_pulse", "_stood")

    def __init__(self, guard: "Guard", bulkhead: Bulkhead, pulse: Pulse, leave: Pass) -> None:
        self._guard = guard
        self._bulkhead = bulkhead
        self._pulse = pulse
        self._pass = leave
        self._stood = pulse.stood
        pulse.begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pass.forgotten()
        self._pulse.end()
        self._bulkhead.release()

    def tell(self, ending: Ending, seconds: float) -> None:
        """How the call ended, and how long the system had for it."""
        stood = self._pulse.stood - self._stood  # before it was sent too, so that it may be longer than the call
        self._guard.learn(self._pass, ending, max(0.0, seconds - stood))


class Guard:
    """What stands before one system, or before the store of its files.

    Args:
        bulkhead: the system's places; several guards may share them.
        deadline: seconds that a call may take by the manifest.
        clock: measures everything.
        chance: where jitter comes from.
        rules: of the breaker.

    Attributes:
        breaker: may be told of the system's state by others too.
    """

    def __init__(
        self,
        bulkhead: Bulkhead,
        deadline: float,
        clock: Clock,
        chance: Chance = random.random,
        rules: BreakerRules | None = None,
    ) -> None:
        self._bulkhead = bulkhead
        self._slow = deadline * _SLOW_SHARE
        self._patient = min(_PATIENT_SECONDS, self._slow)
        self._retries = Retries(clock, chance)
        self._pulse = Pulse(clock, self._look)
        self.breaker = Breaker(clock, chance, rules, self._patience, self._dismiss, self._pulse.monotonic)

    async def enter(self, application: str, deadline: Deadline, *, first: bool = True, probing: bool = False) -> Turn:
        """Wait for the turn of a call of this application; a turn's block must be entered at once.

        Args:
            application: code of the calling application, since applications take turns.
            deadline: until when it waits.
            first: whether it is no repetition.
            probing: a probe of the gateway's own: it may go although calls are paused.

        Raises:
            Held: the call does not go out.
        """
        if not probing:
            self.breaker.verify()  # before the line too: nobody waits for a refusal
        await self._bulkhead.acquire(application, deadline, None if probing else self)
        try:
            leave = self.breaker.admit(probing=probing)
        except BaseException:
            self._bulkhead.release()
            raise
        if first:
            self._retries.called()
        return Turn(self, self._bulkhead, self._pulse, leave)

    def again(self, failure: SystemFailure, attempt: int, deadline: Deadline) -> float | None:
        """Seconds to wait before a safe call is made once more; None if it is not."""
        if self.breaker.state is not BreakerState.CLOSED:
            return None
        return self._retries.grant(failure, attempt, deadline)

    def _look(self) -> None:
        self.breaker.count_overdue()

    def _patience(self) -> float:
        return min(self._slow, max(_OVERDUE, self._retries.usual * _UNUSUAL))

    def _dismiss(self) -> None:
        """Nobody waits in line for a system that is left alone."""
        self._bulkhead.dismiss(self, self._refusal)

    def _refusal(self) -> Held:
        try:
            self.breaker.verify()
        except Held as held:
            return held
        raise AssertionError("a pause has just begun")

    def learn(self, leave: Pass, ending: Ending, seconds: float) -> None:
        """Take the end of a call into account; for its turn only."""
        if ending.retry_after:
            leave.forgotten()
            self.breaker.pause(ending.retry_after, ending.notice or _UNSAID, ending.fault or Fault.THEIRS)
        elif ending.outcome is Outcome.GATEWAY_ERROR:
            leave.forgotten()
        elif ending.outcome in _BAD and not ending.answered:
            hasty = ending.outcome is Outcome.TIMED_OUT and seconds < self._patient
            if hasty or ending.fault is Fault.OURS:
                leave.forgotten()
            else:
                leave.failed(ending.notice or _UNSAID, ending.fault or Fault.THEIRS)
        elif seconds >= self._slow:
            milliseconds = round(seconds * 1000)
            leave.failed(notice=f"the answer took {milliseconds} ms", fault=Fault.THEIRS)
        else:
            self._retries.answered(seconds)
            leave.succeeded()
