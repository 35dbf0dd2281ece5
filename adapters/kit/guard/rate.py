"""The pace: so many calls a second as the system's department allows."""

import asyncio

from adapters.kit.guard.held import Held
from gateway.core.call_record import NotSent
from gateway.core.clock import Clock, Deadline
from gateway.core.outcome import Fault, Outcome

_INSTANT = 1e-6
"""Seconds that are no waiting: rounding would make an endless series of ever shorter ones."""


class Pace:
    """A bucket of turns that fills at the allowed rate; who finds it empty waits in line.

    Args:
        per_second: turns that come in each second.
        burst: turns that are kept at most, and there at the start.
        clock: measures time.
    """

    def __init__(self, per_second: float, burst: int, clock: Clock) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._clock = clock
        self._turns = self._burst
        self._at = clock.monotonic()
        self._line = asyncio.Lock()

    async def take(self, deadline: Deadline) -> None:
        """Take a turn; raises Held QUEUE_LATE at once where none can come before ``deadline``, else when none has."""
        if not self._line.locked() and self._missing() <= 0:
            self._turns -= 1
            return
        try:
            async with asyncio.timeout(deadline.remaining(self._clock)), self._line:
                while (seconds := self._missing()) > 0:
                    if seconds > deadline.remaining(self._clock):
                        raise _late()
                    await asyncio.sleep(seconds)
                self._turns -= 1
        except TimeoutError as error:
            raise _late() from error

    def _missing(self) -> float:
        """Seconds until there is a turn."""
        now = self._clock.monotonic()
        self._turns = min(self._burst, self._turns + (now - self._at) * self._per_second)
        self._at = now
        seconds = (1 - self._turns) / self._per_second
        return seconds if seconds > _INSTANT else 0.0


def _late() -> Held:
    notice = "no turn came within the calls a second that the system allows"
    return Held(NotSent.QUEUE_LATE, Outcome.TIMED_OUT, Fault.OURS, notice=notice)
