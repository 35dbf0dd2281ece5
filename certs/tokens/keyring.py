"""One issuer's public keys over time.

A key set is read when it is first needed, again in the background once it is AGEING, and with the caller waiting once
it is STALE. A token that names an unknown key has it read again too, so a new key is accepted at once; but never are
two readings begun within PAUSE, so a flood of made-up names does not become a flood on the issuer. While the issuer
does not answer the old keys hold, until they are SPENT.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from certs.tokens.jwks import PublicKey, read_key_set
from certs.tokens.reasons import KeysUnavailable
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import YiwangError
from gateway.core.expiry import Expiry, ExpiryKind

KEY_SET_LIMIT: Final = 100_000
"""Bytes of the longest key set that is read."""

AGEING: Final = 240.0
STALE: Final = 300.0
SPENT: Final = 3_600.0
PAUSE: Final = 10.0
_PATIENCE: Final = 3.0
"""Seconds within which a reading has to be done."""

ReadKeySet = Callable[[Deadline], Awaitable[bytes]]
"""Reads the published document; raises a YiwangError or an OSError if it cannot be had."""

ReportKeys = Callable[[str | None], None]
"""Is told why a reading failed, and None when one succeeds again after that."""


class Keyring:
    """The keys of one issuer, as of its last reading."""

    def __init__(self, read: ReadKeySet, clock: Clock, report: ReportKeys) -> None:
        self._read = read
        self._clock = clock
        self._report = report
        self._keys: tuple[PublicKey, ...] = ()
        self._read_at = float("-inf")
        self._begun_at = float("-inf")
        self._reading: asyncio.Task[None] | None = None
        self.trouble: str | None = None
        """Why the last reading failed; None if it did not."""

    @property
    def is_usable(self) -> bool:
        """Whether there are keys that hold."""
        return self._age() < SPENT

    async def read(self) -> None:
        """Read the keys now, or wait for the reading under way; nothing if one was begun within PAUSE."""
        reading = self._begin()
        if reading is not None:
            # shielded: a caller who goes away must not end a reading for which others wait
            await asyncio.shield(reading)

    async def find(self, kid: str | None, algorithm: str) -> PublicKey | None:
        """The key of this name for this algorithm; without a name, the issuer's only key for it.

        Raises:
            KeysUnavailable: there are no keys that hold.
        """
        await self._freshen()
        key = self._select(kid, algorithm)
        if key is None:
            await self.read()
            key = self._select(kid, algorithm)
        if key is None and not self.is_usable:
            raise KeysUnavailable(self.trouble or "the keys were never read")
        return key

    def expiries(self, issuer: str) -> Sequence[Expiry]:
        """Which of the issuer's keys end when, as far as it says so."""
        return [
            Expiry(kind=ExpiryKind.ISSUER_KEY, name=f"{issuer} {key.kid or '-'}", expires_at=key.expires_at)
            for key in self._keys
            if key.expires_at is not None
        ]

    async def aclose(self) -> None:
        """End a reading that is under way."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    def _age(self) -> float:
        return self._clock.monotonic() - self._read_at

    async def _freshen(self) -> None:
        age = self._age()
        if age < AGEING:
            return
        reading = self._begin()
        # an issuer that failed a moment ago is asked in the background: its old keys hold, so nobody has to wait
        if reading is not None and (age >= SPENT or (age >= STALE and self.trouble is None)):
            await asyncio.shield(reading)

    def _begin(self) -> asyncio.Task[None] | None:
        if self._reading is None or self._reading.done():
            now = self._clock.monotonic()
            if now - self._begun_at < PAUSE:
                return None
            self._begun_at = now
            self._reading = asyncio.create_task(self._renew(), name="issuer keys")
        return self._reading

    async def _renew(self) -> None:
        try:
            keys = read_key_set(await self._read(Deadline.after(_PATIENCE, self._clock)))
        except (YiwangError, OSError, ValueError) as error:
            self.trouble = str(error)
            self._report(self.trouble)
            return
        self._keys = keys
        self._read_at = self._clock.monotonic()
        if self.trouble is not None:
            self.trouble = None
            self._report(None)

    def _select(self, kid: str | None, algorithm: str) -> PublicKey | None:
        if not self.is_usable:
            return None
        found = [key for key in self._keys if algorithm in key.algorithms and kid in {None, key.kid}]
        return found[0] if len(found) == 1 else None
