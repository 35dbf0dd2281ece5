"""The pulse: time as the event loop lives it. While the loop stands still it hears nobody, and nobody is to blame."""

import asyncio
from collections.abc import Callable
from typing import Final

from gateway.core.clock import Clock

_BEAT: Final = 0.1
"""Seconds from one beat to the next."""

_LATE: Final = 0.25
"""Seconds between two beats at most; in what goes beyond that the loop stood still."""


class Pulse:
    """Tells the time in which answers could be heard from that in which they lay unread. It beats while calls run.

    Args:
        clock: measures the time between beats.
        beaten: is called at every beat but a late one: at that, what came while the loop stood still is not read yet.
    """

    def __init__(self, clock: Clock, beaten: Callable[[], None]) -> None:
        self._clock = clock
        self._beaten = beaten
        self._running = 0
        self._beating = False
        self._last = 0.0
        self._stood = 0.0

    @property
    def stood(self) -> float:
        """Seconds in which the loop has stood still so far, as long as calls were running."""
        return self._stood + (_still(self._clock.monotonic() - self._last) if self._beating else 0.0)

    def monotonic(self) -> float:
        """Seconds of the clock, without those in which the loop stood still."""
        return self._clock.monotonic() - self.stood

    def begin(self) -> None:
        """One more call runs."""
        self._running += 1
        if not self._beating:
            self._beating, self._last = True, self._clock.monotonic()
            self._wait()

    def end(self) -> None:
        """A call has ended."""
        self._running -= 1

    def _wait(self) -> None:
        asyncio.get_running_loop().call_later(_BEAT, self._beat)

    def _beat(self) -> None:
        now = self._clock.monotonic()
        passed, self._last = now - self._last, now
        self._stood += _still(passed)
        self._beating = self._running > 0
        if self._beating:
            self._wait()
        if passed <= _LATE:
            self._beaten()


def _still(passed: float) -> float:
    return max(0.0, passed - _LATE)
