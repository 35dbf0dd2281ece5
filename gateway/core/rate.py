"""How fast callers may ask: token buckets per application, per person in an application, and per network of strangers.

A request costs one token when its caller is proven, and its operation one more for every full ``COST_PER_TOKEN`` of
cost: a bucket may be overdrawn by that, and then it is waited for. Nothing is refused in the middle of an operation.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from typing import Final

import msgspec

from gateway.core import problems
from gateway.core.caller import Caller
from gateway.core.clock import Clock
from gateway.core.errors import Refusal

COST_PER_TOKEN: Final = 1_000
_MOST_BUCKETS: Final = 50_000
_MOST_RATE: Final = 1_000_000
_WRITTEN: Final = re.compile(r"([0-9]{1,7}(?:\.[0-9]{1,3})?)/([0-9]{1,7})")
_OF_NETWORK: Final = {4: 24, 6: 56}
"""How much of an address is its network: what one line of one customer usually has."""


class Rate(msgspec.Struct, frozen=True):
    """Tokens that come ``per_second``, and how many a bucket holds."""

    per_second: float
    burst: float


def parse_rate(text: str) -> Rate:
    """The rate that a text such as ``20/60`` writes: tokens a second, and how many at once.

    Raises:
        ValueError: it is none, or more than a million of either.
    """
    match = _WRITTEN.fullmatch(text)
    rate = Rate(float(match[1]), float(match[2])) if match else Rate(0, 0)
    if not (0 < rate.per_second <= _MOST_RATE and 1 <= rate.burst <= _MOST_RATE):
        raise ValueError("is none: 20/60 means 20 requests a second and 60 at once")
    return rate


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """How fast everyone may ask.

    Attributes:
        application: every application with all its people.
        person: one person in one application.
        own: applications with a rate of their own, by code.
        strangers: how often one network may show what proves nobody.
    """

    application: Rate = Rate(500.0, 2_000.0)
    person: Rate = Rate(50.0, 500.0)
    own: Mapping[str, Rate] = {}
    strangers: Rate = Rate(1.0, 30.0)


class _Bucket(msgspec.Struct):
    tokens: float
    at: float


class Buckets:
    """Buckets of one kind: those that were used last are kept, so a flood of names costs a bounded memory."""

    def __init__(self, clock: Clock, most: int = _MOST_BUCKETS) -> None:
        self._clock = clock
        self._most = most
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait_seconds(self, key: str, rate: Rate) -> float:
        """0 if there is a token in the bucket, else the seconds until there is one. Takes nothing."""
        bucket = self._filled(key, rate)
        return 0.0 if bucket.tokens >= 1 else (1 - bucket.tokens) / rate.per_second

    def spend(self, key: str, rate: Rate, tokens: float) -> None:
        """Take tokens, whether they are there or not; a bucket owes at most what it holds when it is full."""
        bucket = self._filled(key, rate)
        bucket.tokens = max(-rate.burst, bucket.tokens - tokens)

    def _filled(self, key: str, rate: Rate) -> _Bucket:
        now = self._clock.monotonic()
        bucket = self._buckets.pop(key, None) or _Bucket(rate.burst, now)
        bucket.tokens = min(rate.burst, bucket.tokens + (now - bucket.at) * rate.per_second)
        bucket.at = now
        self._buckets[key] = bucket
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return bucket


class Admission:
    """Who may ask now. Each process counts for itself."""

    def __init__(self, rates: Rates, clock: Clock) -> None:
        self._rates = rates
        self._applications = Buckets(clock)
        self._people = Buckets(clock)
        self._strangers = Buckets(clock)

    def admit(self, caller: Caller) -> None:
        """Take a token for a request of this caller, whom somebody has proven.

        Raises:
            Refusal: LIMIT with ``seconds``, when there is none; it has cost nothing then.
        """
        buckets = self._of(caller)
        wait = max(kind.wait_seconds(key, rate) for kind, key, rate in buckets)
        if wait:
            raise Refusal(problems.RATE_EXCEEDED, seconds=ceil(wait))
        for kind, key, rate in buckets:
            kind.spend(key, rate, 1)

    def spend(self, caller: Caller, cost: int) -> None:
        """Charge what the caller's operation costs."""
        for kind, key, rate in self._of(caller):
            kind.spend(key, rate, cost // COST_PER_TOKEN)

    def note_stranger(self, host: str) -> None:
        """Hear that a request from this address has proven nobody. Those who prove themselves are never held up.

        Raises:
            Refusal: LIMIT with ``seconds``, when its network has done so too often.
        """
        network, rate = network_of(host), self._rates.strangers
        wait = self._strangers.wait_seconds(network, rate)
        if wait:
            raise Refusal(problems.PROOFS_FAIL_TOO_OFTEN, seconds=ceil(wait))
        self._strangers.spend(network, rate, 1)

    def _of(self, caller: Caller) -> tuple[tuple[Buckets, str, Rate], ...]:
        code = caller.application.code
        application = (self._applications, code, self._rates.own.get(code, self._rates.application))
        if caller.person is None:
            return (application,)
        return (application, (self._people, f"{code}\n{caller.person.subject}", self._rates.person))


def network_of(host: str) -> str:
    """The network of an address: its /24, of IPv6 its /56; text that is no address is its own network."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return str(ip_network((address, _OF_NETWORK[address.version]), strict=False))
