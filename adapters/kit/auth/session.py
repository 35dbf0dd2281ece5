"""Sessions: one login for all callers at a time, renewed when the system says that the session is over."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from gateway.core.clock import Clock, Deadline
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

_KEPT_SHARE = 0.9
"""Of the time that a login's reply promises: the rest is for answers on their way and for clocks that differ."""


class Granted(msgspec.Struct, frozen=True):
    """What a login gave: ``values`` by name, and the seconds for which it holds, if the reply says so."""

    values: Mapping[str, str]
    holds: float | None = None

    def __repr__(self) -> str:
        """Names only: the values are secrets."""
        return f"Granted({sorted(self.values)})"


class Session(msgspec.Struct, frozen=True):
    """A login's values and the end of their use, on the monotonic clock."""

    values: Mapping[str, str] = {}
    until: float = 0.0

    def __repr__(self) -> str:
        """Names only: the values are secrets."""
        return f"Session({sorted(self.values)})"


Login = Callable[[Deadline], Awaitable[Granted]]


class SessionKeeper:
    """Keeps one session of a system.

    Args:
        max_age: seconds for which a login is trusted at most.
        login: logs in; raises SystemFailure.
        login_seconds: how long a login may take, whoever waits for it.
        clock: tells the age of the session.
    """

    def __init__(self, max_age: float, login: Login, login_seconds: float, clock: Clock) -> None:
        self._max_age = max_age
        self._login = login
        self._login_seconds = login_seconds
        self._clock = clock
        self._session: Session | None = None
        self._running: asyncio.Task[Session] | None = None

    async def session(self, deadline: Deadline) -> Session:
        """The present session, after a login if there is none.

        All who come while a login runs wait for that one; it is nobody's own, so a caller who leaves or runs out of
        time does not end it for the others.

        Raises:
            SystemFailure: the login failed, or did not end before ``deadline``.
        """
        session = self._session
        if session is not None and self._clock.monotonic() < session.until:
            return session
        running = self._running
        if running is None:
            running = self._running = asyncio.create_task(self._renew())
            running.add_done_callback(self._ended)
        try:
            async with asyncio.timeout(deadline.remaining(self._clock)):
                return await asyncio.shield(running)
        except TimeoutError as error:
            raise SystemFailure(
                Outcome.TIMED_OUT, Fault.THEIRS, "the login was not answered within the deadline"
            ) from error

    def discard(self, session: Session) -> None:
        """The system calls this session expired: forget it, unless a newer one has taken its place."""
        if self._session is session:
            self._session = None

    async def aclose(self) -> None:
        """End a login that is still running."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _renew(self) -> Session:
        granted = await self._login(Deadline.after(self._login_seconds, self._clock))
        promised = self._max_age if granted.holds is None else granted.holds * _KEPT_SHARE
        until = self._clock.monotonic() + min(promised, self._max_age)
        self._session = session = Session(granted.values, until)
        return session

    def _ended(self, task: asyncio.Task[Session]) -> None:
        self._running = None
        if not task.cancelled():
            task.exception()  # seen here too: when every waiter has left, nobody else looks at it
