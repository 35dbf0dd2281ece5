"""Health of one system: what was heard of it is kept for a while, judged after every call, and changes are told."""

from collections import deque
from collections.abc import Callable, Collection
from statistics import quantiles
from typing import Final

import msgspec

from adapters.kit.health_rules import Grade, Heard, is_doubtful, judge
from gateway.core.clock import Clock
from gateway.core.health import HealthChange
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import Answer
from gateway.core.system import Health, SystemState

_CALLS: Final = 500
_SECONDS: Final = 300.0
"""What the figures are made of: so many calls of so many seconds at the most."""

_DEFAULT_SLOW: Final = 2.5
_FAILURES: Final = frozenset(
    {Outcome.UNAVAILABLE, Outcome.TIMED_OUT, Outcome.UPSTREAM_FAULT, Outcome.GATEWAY_ERROR, Outcome.DENIED}
)
"""Outcomes after which a caller lacks what the system may have; DENIED counts when it is our standing that fails."""

TellChange = Callable[[HealthChange], None]
"""Takes a change; it never raises and never waits."""


class Verdict(msgspec.Struct, frozen=True):
    """Why a call counts as failed or slow: how it ended if it failed, who has to mend it, and our words for it."""

    outcome: Outcome | None
    fault: Fault
    notice: str

    def __str__(self) -> str:
        """As the last error of a system's health says it."""
        return self.notice if self.outcome is None else f"{self.outcome.value}: {self.notice}"


class HealthRecorder:
    """Keeps what was heard of a system and its health.

    Args:
        code: the system's code.
        clock: dates changes and measures the window.
        slow: seconds from which on an answer is slow.
        tell: is told of every change of state.
    """

    def __init__(self, code: str, clock: Clock, slow: float = _DEFAULT_SLOW, tell: TellChange = lambda _: None) -> None:
        self._code = code
        self._clock = clock
        self._slow_ms = slow * 1000
        self._tell = tell
        self._heard: deque[Heard] = deque(maxlen=_CALLS)
        self._health = Health(since=clock.now(), state=SystemState.UNKNOWN)
        self.on_failure: Callable[[], None] = lambda: None

    @property
    def state(self) -> SystemState:
        """The state of this moment."""
        return self._health.state

    @property
    def fault(self) -> Fault | None:
        """Who had to mend what was wrong last."""
        return self._health.fault

    @property
    def is_failing(self) -> bool:
        """Whether the last call failed."""
        return bool(self._heard) and self._heard[-1].grade is Grade.FAILED

    @property
    def is_doubtful(self) -> bool:
        """Whether the next call may change the state."""
        return is_doubtful(self._heard, self.state)

    @property
    def last_answer(self) -> float:
        """When the system last answered, on the monotonic clock; minus infinity if it never did."""
        times = (one.at for one in reversed(self._heard) if one.grade is not Grade.FAILED)
        return next(times, float("-inf"))

    def record(self, answer: Answer, milliseconds: float, *, refuses_one: bool = False) -> None:
        """Take the end of a caller's call into account.

        Args:
            answer: how it ended.
            milliseconds: how long it was waited for.
            refuses_one: the system refused this one caller, person or item by a rule of its own, and so is well.
        """
        fault = answer.fault
        failed = answer.outcome in _FAILURES and not refuses_one
        verdict = None
        if failed and fault is not None:
            verdict = Verdict(answer.outcome, fault, answer.notice or "no explanation")
        self._take(verdict, milliseconds)
        if failed:
            self.on_failure()

    def record_probe(self, verdict: Verdict | None, milliseconds: float) -> None:
        """Take the end of a probe into account: what was wrong, or None."""
        self._take(verdict, milliseconds, is_probe=True)

    def fail(self, error: str, fault: Fault) -> None:
        """The system could not be opened: it is DOWN until it is mended."""
        self._enter(SystemState.DOWN, {"last_error": error, "fault": fault})

    def health(self) -> Health:
        """The judgement of this moment, with the figures of the last minutes."""
        self._forget()
        if not self._heard:
            return self._health
        times = [call.milliseconds for call in self._heard]
        p95 = quantiles(times, n=20, method="inclusive")[-1] if len(times) > 1 else times[0]
        failed = sum(call.grade is Grade.FAILED for call in self._heard)
        return msgspec.structs.replace(
            self._health, p95_milliseconds=round(p95, 1), error_share=round(failed / len(self._heard), 3)
        )

    def _take(self, verdict: Verdict | None, milliseconds: float, *, is_probe: bool = False) -> None:
        slow = milliseconds > self._slow_ms
        grade = Grade.FAILED if verdict is not None else Grade.SLOW if slow else Grade.GOOD
        self._heard.append(Heard(self._clock.monotonic(), milliseconds, grade, is_probe))
        self._forget()
        changes: dict[str, object] = {}
        if verdict is not None:
            changes = {"last_error": str(verdict), "fault": verdict.fault}
        else:
            changes = {"last_success": self._clock.now()}
            if slow:
                late = Verdict(None, Fault.THEIRS, f"answers take longer than {round(self._slow_ms)} ms")
                changes |= {"last_error": str(late), "fault": late.fault}
        before, after = self.state, judge(self._heard, self.state)
        self._enter(after, changes)
        if (before is SystemState.DOWN and after is not before) or (
            before is SystemState.DEGRADED and after is SystemState.UP
        ):
            self._forget_outage({Grade.FAILED} if before is SystemState.DOWN else {Grade.FAILED, Grade.SLOW})

    def _forget(self) -> None:
        oldest = self._clock.monotonic() - _SECONDS
        while self._heard and self._heard[0].at < oldest:
            self._heard.popleft()

    def _forget_outage(self, bad: Collection[Grade]) -> None:
        """What came before the first answer that was not as ``bad`` says nothing of the system as it is now."""
        kept = deque(self._heard)
        self._heard.clear()
        while kept and kept[-1].grade not in bad:
            self._heard.appendleft(kept.pop())

    def _enter(self, state: SystemState, changes: dict[str, object]) -> None:
        before = self.state
        now = self._clock.now()
        if state is not before:
            changes = {**changes, "state": state, "since": now}
        if state is SystemState.UP:
            changes = {**changes, "fault": None}  # nobody has to mend anything; what was last is told still
        self._health = msgspec.structs.replace(self._health, **changes)
        if state is not before:
            self._tell(HealthChange(code=self._code, before=before, after=state, at=now))
