"""Health of one system, judged from the calls that were made to it."""

from collections import deque
from statistics import quantiles

import msgspec

from gateway.core.clock import Clock
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import Answer
from gateway.core.system import Health, SystemState

_WINDOW = 100
_DOWN_AFTER = 3
_DEGRADED_SHARE = 0.2
_FAILURES = frozenset(
    {Outcome.UNAVAILABLE, Outcome.TIMED_OUT, Outcome.UPSTREAM_FAULT, Outcome.GATEWAY_ERROR, Outcome.DENIED}
)
"""Outcomes after which a caller lacks what the system may have; DENIED counts when it is our standing that fails."""


class _Call(msgspec.Struct, frozen=True):
    milliseconds: float
    failed: bool


class HealthRecorder:
    """Keeps the last calls and judges them: DOWN after three failures in a row, DEGRADED while a fifth of them fail."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._calls: deque[_Call] = deque(maxlen=_WINDOW)
        self._health = Health(since=clock.now(), state=SystemState.UNKNOWN)
        self._row = 0

    def record(self, answer: Answer, milliseconds: float) -> None:
        """Take the end of one call into account; ``milliseconds`` is how long it was waited for."""
        failed = answer.outcome in _FAILURES and answer.fault is not None
        self._row = self._row + 1 if failed else 0
        self._calls.append(_Call(milliseconds, failed))
        changes: dict[str, object] = (
            {"last_error": _plain(answer), "fault": answer.fault} if failed else {"last_success": self._clock.now()}
        )
        self._enter(self._judge(), changes)

    def fail(self, error: str, fault: Fault) -> None:
        """The system could not be opened: it is DOWN until it is mended."""
        self._enter(SystemState.DOWN, {"last_error": error, "fault": fault})

    def health(self) -> Health:
        """The judgement of this moment."""
        if not self._calls:
            return self._health
        times = sorted(call.milliseconds for call in self._calls)
        p95 = quantiles(times, n=20, method="inclusive")[-1] if len(times) > 1 else times[0]
        return msgspec.structs.replace(
            self._health, p95_milliseconds=round(p95, 1), error_share=round(self._share(), 3)
        )

    def _share(self) -> float:
        return sum(call.failed for call in self._calls) / len(self._calls)

    def _judge(self) -> SystemState:
        if self._row >= _DOWN_AFTER:
            return SystemState.DOWN
        return SystemState.DEGRADED if self._share() >= _DEGRADED_SHARE else SystemState.UP

    def _enter(self, state: SystemState, changes: dict[str, object]) -> None:
        if state is not self._health.state:
            changes = {**changes, "state": state, "since": self._clock.now()}
        self._health = msgspec.structs.replace(self._health, **changes)


def _plain(answer: Answer) -> str:
    return f"{answer.outcome.value}: {answer.notice or 'no explanation'}"
