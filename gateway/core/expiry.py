"""What ends on a known day: certificates, keys and secrets, and how near that day is."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

STAGES: Final = (30, 14, 7, 1, 0)
"""Days before the end at which somebody is told, each once; 0 is the end itself."""


class ExpiryKind(StrEnum):
    """What it is that ends, and so who renews it."""

    SERVER_CERTIFICATE = "SERVER_CERTIFICATE"
    CLIENT_AUTHORITY = "CLIENT_AUTHORITY"
    APPLICATION_CERTIFICATE = "APPLICATION_CERTIFICATE"
    ISSUER_KEY = "ISSUER_KEY"
    SYSTEM_SECRET = "SYSTEM_SECRET"  # noqa: S105 - a kind, not a secret
    SYSTEM_CERTIFICATE = "SYSTEM_CERTIFICATE"
    TRUST_ANCHOR = "TRUST_ANCHOR"
    SIGNING_CERTIFICATE = "SIGNING_CERTIFICATE"
    SEAL = "SEAL"


class Expiry(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is of no use from ``expires_at`` on.

    Attributes:
        name: which one of its kind, fit for a log: a subject, a key's name, a setting's name; never its value.
        system: the system it belongs to, if it belongs to one.
    """

    kind: ExpiryKind
    name: str
    expires_at: datetime
    system: str | None = None

    def remaining(self, at: datetime) -> timedelta:
        """How long it is still of use; negative once it has ended."""
        return self.expires_at - at

    def days(self, at: datetime) -> int:
        """Whole days that are left; negative once it has ended."""
        return self.remaining(at).days

    def stage(self, at: datetime) -> int | None:
        """The last of STAGES that it has reached, None while it is further away than all of them."""
        remaining = self.remaining(at)
        return min((days for days in STAGES if remaining <= timedelta(days=days)), default=None)


ExpirySource = Callable[[], Awaitable[Sequence[Expiry]]]
"""Looks up what ends when. It never raises: what cannot be read is left out, and reported by whoever needs it."""

ReportExpiry = Callable[[Expiry, int], None]
"""Tells operations that something has reached a stage, in days."""
