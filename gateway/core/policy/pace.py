"""Enumeration of holders: how many different ones a person may ask for before being slowed."""

import hashlib
import secrets
from collections import OrderedDict

import msgspec

from gateway.core.caller import Caller
from gateway.core.clock import Clock
from gateway.core.policy.rules import Pace

_MOST_ASKERS = 50_000
_MOST_REMEMBERED = 2_000


class _Asker(msgspec.Struct):
    tokens: float
    at: float
    seen: OrderedDict[bytes, None]


class Pacer:
    """A bucket of new holders per application and person; a holder asked for again costs nothing.

    Who was asked for is kept as a keyed hash under a key of this process: nothing here names anybody.
    """

    def __init__(self, pace: Pace, clock: Clock) -> None:
        self._pace = pace
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._askers: OrderedDict[tuple[str, str], _Asker] = OrderedDict()

    def wait_seconds(self, caller: Caller, holder_number: str) -> float:
        """0 if the caller may ask for this holder now, else the seconds until the next new one is allowed."""
        asker = self._asker(caller)
        trace = hashlib.blake2b(holder_number.encode(), key=self._key, digest_size=16).digest()
        if trace in asker.seen:
            return 0.0
        if asker.tokens < 1:
            return (1 - asker.tokens) * self._pace.refill.total_seconds()
        asker.tokens -= 1
        asker.seen[trace] = None
        if len(asker.seen) > _MOST_REMEMBERED:
            asker.seen.popitem(last=False)
        return 0.0

    def _asker(self, caller: Caller) -> _Asker:
        now = self._clock.monotonic()
        key = (caller.application.code, caller.person.subject if caller.person else "")
        asker = self._askers.pop(key, None) or _Asker(float(self._pace.holders), now, OrderedDict())
        gained = (now - asker.at) / self._pace.refill.total_seconds()
        asker.tokens, asker.at = min(float(self._pace.holders), asker.tokens + gained), now
        if asker.tokens >= self._pace.holders:
            asker.seen.clear()
        self._askers[key] = asker
        if len(self._askers) > _MOST_ASKERS:
            self._askers.popitem(last=False)
        return asker
