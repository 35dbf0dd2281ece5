"""The platform's signing keys: one of each algorithm at a time, and the retired ones as long as they are needed."""

from typing import Any, get_args

from certs.token_key import Algorithm, TokenKey
from gateway.core.clock import Clock


class SigningKeys:
    """Keys that are made when they are first needed: a sandbox whose identity platform nobody asks pays for none.

    Args:
        clock: by which retired keys disappear.
        needed_for: seconds for which a token lives, so that its key must be published after it was retired.
    """

    def __init__(self, clock: Clock, needed_for: float) -> None:
        self._clock = clock
        self._needed_for = needed_for
        self._current: dict[Algorithm, TokenKey] = {}
        self._retired: list[tuple[float, TokenKey]] = []

    def sign(self, algorithm: Algorithm, claims: dict[str, Any]) -> str:
        """A token under the present key of the algorithm."""
        return self._key(algorithm).sign(claims)

    def published(self) -> list[dict[str, Any]]:
        """The public keys: the present ones, then the retired ones whose tokens may still be alive."""
        now = self._clock.monotonic()
        self._retired = [(until, key) for until, key in self._retired if until > now]
        keys = [*(self._key(algorithm) for algorithm in get_args(Algorithm)), *(key for _, key in self._retired)]
        return [key.public_jwk() for key in keys]

    def rotate(self, *, overlap: bool = True) -> None:
        """Retires the present keys for new ones.

        With ``overlap`` the old ones stay published until their tokens are dead; without, as after a theft, all keys
        before disappear at once and with them every token.
        """
        until = self._clock.monotonic() + self._needed_for
        self._retired = [*self._retired, *((until, key) for key in self._current.values())] if overlap else []
        self._current = {}

    def _key(self, algorithm: Algorithm) -> TokenKey:
        if algorithm not in self._current:
            self._current[algorithm] = TokenKey.generate(algorithm)
        return self._current[algorithm]
