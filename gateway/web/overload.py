"""Overload: a gateway that cannot keep up refuses some requests at once, so that the others are answered in time.

Without it every request would be begun, all would share the processor, and all would end after their deadlines.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from gateway.core import problems
from gateway.core.clock import Clock
from gateway.core.errors import Refusal

PERIOD: Final = 0.05
"""Seconds between two looks."""

WEIGHT: Final = 0.2
"""Of the last look in the average: five of them, a quarter of a second, make most of it."""

TOO_LATE, IN_TIME = 0.1, 0.03
"""Seconds by which the event loop is late on average when refusing begins, and when it ends.

An operation takes some thirty turns of the loop, so a tenth of a second each is three seconds for an answer.
"""

_log = structlog.get_logger("web")


class Overload:
    """Judges by how late the event loop wakes whether more can be taken on."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._late = 0.0
        self._refusing = False

    def verify(self) -> None:
        """Return if a request can be taken on.

        Raises:
            Refusal: LIMIT, the gateway has more to do than it can.
        """
        if self._refusing:
            raise Refusal(problems.OVERLOADED, seconds=1)

    def note(self, seconds: float) -> None:
        """The event loop has woken so much later than asked."""
        # one long stop, as of a machine that was busy elsewhere, is no overload, however long it was
        self._late += WEIGHT * (min(seconds, 2 * TOO_LATE) - self._late)
        if self._late > TOO_LATE and not self._refusing:
            self._refusing = True
            _log.warning("overload.begun", late=round(self._late, 3))
        elif self._late < IN_TIME and self._refusing:
            self._refusing = False
            _log.warning("overload.ended")

    async def keep_judging(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Look every ``PERIOD`` until cancelled."""
        while True:
            due = self._clock.monotonic() + PERIOD
            await sleep(PERIOD)
            self.note(self._clock.monotonic() - due)
