"""Signatures in the query: hex MD5 of appKey + secret + milliseconds, which proves a caller for five minutes."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta

from adapters.sandbox.credentials import same
from adapters.sandbox.estate.replies import Refused
from gateway.core.clock import Clock

FRESHNESS = timedelta(minutes=5)
"""How far the stamp may lie from now, both ways."""

_DIGITS_MOST = 16


class Signatures:
    """Checks the query of every call.

    Args:
        app_key: the one caller there is.
        secret: the secret shared with it.
        clock: by which stamps are judged.
    """

    def __init__(self, app_key: str, secret: str, clock: Clock) -> None:
        self._app_key = app_key
        self._secret = secret
        self._clock = clock

    def verify(self, query: Mapping[str, str]) -> None:
        """Passes if the query is signed; raises Refused 13 whatever is wrong, so that nothing can be guessed."""
        stamp = query.get("ts", "")
        # MD5 is what the contract prescribes
        expected = hashlib.md5(f"{self._app_key}{self._secret}{stamp}".encode(), usedforsecurity=False).hexdigest()
        proven = same(query.get("appKey", ""), self._app_key) & same(query.get("sign", "").lower(), expected)
        if not (proven and self._fresh(stamp)):
            raise Refused(13)

    def _fresh(self, stamp: str) -> bool:
        if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= _DIGITS_MOST):
            return False
        return abs(self._clock.now().timestamp() - int(stamp) / 1000) <= FRESHNESS.total_seconds()
