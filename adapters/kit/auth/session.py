"""Session tokens: one login for all callers at a time, renewed when the system says that the session is over."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from adapters.kit.auth.credential import Credential
from adapters.kit.manifest.model import SessionAuth
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

Login = Callable[[Deadline], Awaitable[str]]


class _Session(msgspec.Struct, frozen=True):
    credential: Credential
    until: float


class SessionStyle:
    """Keeps one session of a system.

    Args:
        style: where the token goes and how long it is trusted.
        login: logs in and gives the token; raises SystemFailure.
        login_seconds: how long a login may take, whoever waits for it.
        clock: tells the age of the session.
    """

    def __init__(self, style: SessionAuth, login: Login, login_seconds: float, clock: Clock) -> None:
        self._place, self._name = style.into.split(".", 1)
        self._max_age = style.max_age
        self._login = login
        self._login_seconds = login_seconds
        self._clock = clock
        self._session: _Session | None = None
        self._running: asyncio.Task[_Session] | None = None

    async def credential(self, deadline: Deadline) -> Credential:
        """The token of the present session, after a login if there is none.

        All who come while a login runs wait for that one; it is nobody's own, so a caller who leaves or runs out of
        time does not end it for the others.

        Raises:
            SystemFailure: the login failed, or did not end before ``deadline``.
        """
        session = self._session
        if session is not None and self._clock.monotonic() < session.until:
            return session.credential
        running = self._running
        if running is None:
            running = self._running = asyncio.create_task(self._renew())
            running.add_done_callback(self._ended)
        try:
            async with asyncio.timeout(deadline.remaining(self._clock)):
                return (await asyncio.shield(running)).credential
        except TimeoutError as error:
            raise SystemFailure(
                Outcome.TIMED_OUT, Fault.THEIRS, "the login was not answered within the deadline"
            ) from error

    def discard(self, credential: Credential) -> bool:
        """Forget the session if ``credential`` is still the present one; a newer one stays."""
        if self._session is not None and self._session.credential is credential:
            self._session = None
        return True

    async def aclose(self) -> None:
        """End a login that is still running."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _renew(self) -> _Session:
        token = await self._login(Deadline.after(self._login_seconds, self._clock))
        values = {self._name: token}
        credential = Credential(query=values) if self._place == "query" else Credential(headers=values)
        self._session = session = _Session(credential, self._clock.monotonic() + self._max_age)
        return session

    def _ended(self, task: asyncio.Task[_Session]) -> None:
        self._running = None
        if not task.cancelled():
            task.exception()  # seen here too: when every waiter has left, nobody else looks at it
