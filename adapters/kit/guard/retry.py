"""Once more: calls that only read are repeated after a passing failure, as long as few are and time allows it."""

from collections import deque
from statistics import median
from typing import Final

from adapters.kit.guard.breaker import Chance
from adapters.kit.guard.window import Window
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import SystemFailure

_CALL, _REPEAT = 0, 1
_WINDOW: Final = 30.0
_SHARE: Final = 0.1
_ATTEMPTS: Final = 3
_WAIT, _LONGEST_WAIT = 0.05, 0.5
_KEPT_TIMES: Final = 64


class Retries:
    """The budget of one system: a tenth of the calls of the last half minute, and one where there are few.

    Args:
        clock: measures the window and what is left of deadlines.
        chance: spreads repetitions out.
    """

    def __init__(self, clock: Clock, chance: Chance) -> None:
        self._clock = clock
        self._chance = chance
        self._sent = Window(_WINDOW, 2, clock)
        self._times: deque[float] = deque(maxlen=_KEPT_TIMES)

    def called(self) -> None:
        """A call went out for the first time."""
        self._sent.add(_CALL)

    def answered(self, seconds: float) -> None:
        """A call was answered after this long."""
        self._times.append(seconds)

    @property
    def usual(self) -> float:
        """Seconds that answers have usually taken of late; 0 if there were none."""
        return median(self._times) if self._times else 0.0

    def grant(self, failure: SystemFailure, attempt: int, deadline: Deadline) -> float | None:
        """Seconds to wait before a further attempt, which the budget is then charged with; None if there is none.

        Args:
            failure: how the last attempt ended.
            attempt: how many there were.
            deadline: by which an answer is worth having.
        """
        if not failure.passing or failure.retry_after or attempt >= _ATTEMPTS:
            return None
        wait = self._chance() * min(_LONGEST_WAIT, _WAIT * 2.0 ** (attempt - 1))
        if wait + self.usual >= deadline.remaining(self._clock):
            return None
        if self._sent.count(_REPEAT) + 1 > max(1.0, self._sent.count(_CALL) * _SHARE):
            return None
        self._sent.add(_REPEAT)
        return wait
