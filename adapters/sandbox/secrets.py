"""Secrets that live for a time, and the memory of those that are over."""

import secrets
from collections import OrderedDict, deque

from gateway.core.clock import Clock

_LIVE_MOST = 64
_OVER_MOST = 64


class Secrets:
    """Secrets that end ``lifetime`` seconds after they were given; beyond a few dozen the oldest end early."""

    def __init__(self, clock: Clock, lifetime: float) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._live: OrderedDict[str, float] = OrderedDict()
        self._over: deque[str] = deque(maxlen=_OVER_MOST)

    def give(self) -> str:
        """A new secret."""
        while len(self._live) >= _LIVE_MOST:
            self.end(next(iter(self._live)))
        secret = secrets.token_hex(24)
        self._live[secret] = self._clock.monotonic() + self._lifetime
        return secret

    def live(self) -> tuple[str, ...]:
        """Those that are good now."""
        now = self._clock.monotonic()
        for secret in [secret for secret, ends in self._live.items() if ends <= now]:
            self.end(secret)
        return tuple(self._live)

    def over(self) -> tuple[str, ...]:
        """The latest of those that are not good any more: their owners are told to fetch new ones."""
        return tuple(self._over)

    def end(self, secret: str) -> None:
        """Ends one."""
        if self._live.pop(secret, None) is not None:
            self._over.append(secret)

    def end_all(self) -> None:
        """Ends all."""
        for secret in list(self._live):
            self.end(secret)
