"""Reading the audit: what to look for, and where a page begins."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from gateway.core.audit.events import Ending, Event


class AuditChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Which events are looked for; what is empty or None narrows nothing.

    Attributes:
        since: happened then or later; ``until`` before then.
        actor: what events call the acting person.
        subjects: the references of the holder who is concerned.
    """

    since: datetime | None = None
    until: datetime | None = None
    kinds: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()
    endings: tuple[Ending, ...] = ()
    actor: str | None = None
    subjects: tuple[str, ...] = ()


class Place(msgspec.Struct, frozen=True):
    """Where an event stands, newest first: when it happened, then its id."""

    at: datetime
    event: str


class AuditReader(Protocol):
    """Where chained events are read; newest first."""

    async def find(self, choice: AuditChoice, first: int, after: Place | None) -> Sequence[Event]:
        """At most ``first`` events of the choice that come after the place; raises StoreUnavailable."""
        ...

    async def uses_of(self, subjects: tuple[str, ...], first: int, after: Place | None) -> Sequence[Event]:
        """At most ``first`` uses of one person's data that were carried out; raises StoreUnavailable."""
        ...
