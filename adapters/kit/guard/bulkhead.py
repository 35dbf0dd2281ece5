"""The bulkhead: so many calls of one system at once, so many more in line, and the applications take turns."""

import asyncio
from collections import deque
from collections.abc import Callable

from adapters.kit.guard.held import Held
from adapters.kit.guard.rate import Pace
from gateway.core.call_record import NotSent
from gateway.core.clock import Clock, Deadline
from gateway.core.outcome import Fault, Outcome

_SOON = 1
"""Seconds after which somebody whom a full line refused may come again."""

_Waiter = asyncio.Future[None]


class Bulkhead:
    """Places for calls under way, and a line before them: first come, first served, one application after another.

    A place that becomes free goes straight to the next in line, so nobody gets ahead of it. Freeing one waits for
    nothing: however calls are cancelled, none is lost.

    Args:
        places: calls at once.
        line: calls that may wait.
        clock: measures what is left of deadlines.
        pace: how fast calls may follow one another, if that is limited; who waits for a turn holds a place.

    Attributes:
        waiting: calls in the line.
    """

    def __init__(self, places: int, line: int, clock: Clock, pace: Pace | None = None) -> None:
        self._free = places
        self._most_waiting = line
        self._clock = clock
        self._pace = pace
        self._lines: dict[str, deque[_Waiter]] = {}
        self._goals: dict[_Waiter, object] = {}
        self.waiting = 0

    async def acquire(self, application: str, deadline: Deadline, goal: object = None) -> None:
        """Take a place and a turn, waiting for them if need be.

        Args:
            application: code of the calling application.
            deadline: until when it waits.
            goal: what it wants to ask; ``dismiss`` sends those with one goal away.

        Raises:
            Held: QUEUE_FULL at once, QUEUE_LATE at the deadline, or before it if no turn can come in time.
        """
        await self._take(application, deadline, goal)
        if self._pace is not None:
            try:
                await self._pace.take(deadline)
            except BaseException:
                self.release()
                raise

    def release(self) -> None:
        """Give a place back."""
        while self._lines:
            application = next(iter(self._lines))
            line = self._lines.pop(application)
            waiter = line.popleft()
            self.waiting -= 1
            if line:  # to the end: the others come first
                self._lines[application] = line
            if not waiter.done():
                waiter.set_result(None)
                return
        self._free += 1

    def dismiss(self, goal: object, refusal: Callable[[], Held]) -> None:
        """Refuse all who wait in line for this goal, now rather than at their deadlines."""
        for application, line in list(self._lines.items()):
            for waiter in [one for one in line if self._goals.get(one) is goal]:
                self._leave(application, waiter)
                if not waiter.done():
                    waiter.set_exception(refusal())

    async def _take(self, application: str, deadline: Deadline, goal: object) -> None:
        if self._free:  # then nobody waits
            self._free -= 1
            return
        seconds = deadline.remaining(self._clock)
        if seconds <= 0:
            raise _late()
        waiter = self._stand(application)
        self._goals[waiter] = goal
        try:
            async with asyncio.timeout(seconds):
                await waiter
        except BaseException as error:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self.release()  # the place came in the very moment in which it was given up
            else:
                self._leave(application, waiter)
            if isinstance(error, TimeoutError):
                raise _late() from error
            raise
        finally:
            del self._goals[waiter]

    def _stand(self, application: str) -> _Waiter:
        if self.waiting >= self._most_waiting:
            self._make_room(application)
        waiter: _Waiter = asyncio.get_running_loop().create_future()
        self._lines.setdefault(application, deque()).append(waiter)
        self.waiting += 1
        return waiter

    def _make_room(self, application: str) -> None:
        """Refuse the last of an application that takes more of the line than this one would; else this one."""
        greedy = max(self._lines, key=lambda name: len(self._lines[name]), default=application)
        if len(self._lines.get(greedy, ())) <= len(self._lines.get(application, ())) + 1:
            raise _full()
        waiter = self._lines[greedy].pop()
        self.waiting -= 1
        if not waiter.done():
            waiter.set_exception(_full())

    def _leave(self, application: str, waiter: _Waiter) -> None:
        line = self._lines.get(application)
        if line is None or waiter not in line:
            return
        line.remove(waiter)
        self.waiting -= 1
        if not line:
            del self._lines[application]


def _late() -> Held:
    notice = "no place was free among the calls that the system is asked at once"
    return Held(NotSent.QUEUE_LATE, Outcome.TIMED_OUT, Fault.OURS, notice=notice)


def _full() -> Held:
    notice = "too many calls are waiting for this system already"
    return Held(NotSent.QUEUE_FULL, Outcome.UNAVAILABLE, Fault.OURS, notice=notice, retry_after=_SOON)
