"""Short-lived strings that stand for something: access tokens, use codes (用证码), sign-in codes."""

import secrets
from collections import OrderedDict
from typing import Generic, TypeVar

from gateway.core.clock import Clock

_Meaning = TypeVar("_Meaning")


class Tickets(Generic[_Meaning]):
    """Tickets that die ``lifetime`` seconds after they were given; beyond ``most`` the oldest die early."""

    def __init__(self, clock: Clock, lifetime: float, most: int) -> None:
        self.lifetime = lifetime
        self._clock = clock
        self._most = most
        self._live: OrderedDict[str, tuple[float, _Meaning]] = OrderedDict()

    def give(self, meaning: _Meaning) -> str:
        """A new ticket."""
        while len(self._live) >= self._most:
            self._live.popitem(last=False)
        ticket = secrets.token_hex(16)
        self._live[ticket] = (self._clock.monotonic() + self.lifetime, meaning)
        return ticket

    def find(self, ticket: str) -> _Meaning | None:
        """What the ticket stands for, None if it was never given or is dead."""
        ends, meaning = self._live.get(ticket, (0.0, None))
        if meaning is None or self._clock.monotonic() >= ends:
            self._live.pop(ticket, None)
            return None
        return meaning

    def take(self, ticket: str) -> _Meaning | None:
        """Likewise, and ends the ticket: it is good for one time only."""
        meaning = self.find(ticket)
        self.end(ticket)
        return meaning

    def end(self, ticket: str) -> None:
        """Ends one ticket."""
        self._live.pop(ticket, None)

    def end_all(self) -> None:
        """Ends all tickets now."""
        self._live.clear()
