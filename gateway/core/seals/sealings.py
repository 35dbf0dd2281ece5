"""The port of where sealings are kept."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

import msgspec

from gateway.core.files import Owner
from gateway.core.records import Also, Transaction
from gateway.core.seals.sealing import Sealing, SealingState

After = tuple[datetime, str]
"""When the last sealing of a page was asked for, and its id."""


class SealingChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Which sealings a list shows; None where nothing narrows it."""

    owner: Owner | None = None
    but: Owner | None = None
    batch: str | None = None
    state: SealingState | None = None
    seals: frozenset[str] | None = None


class SealingCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many sealings of a seal and an application are in a state."""

    seal: str
    application: str
    state: SealingState
    count: int


class SealingStanding(msgspec.Struct, frozen=True):
    """How many sealings are in a state, and since when the first of them is."""

    count: int
    since: datetime


class SealingStore(Protocol):
    """Where sealings are."""

    async def add(
        self, sealings: Sequence[Sealing], most: int, also: Callable[[Sequence[Sealing]], Sequence[Also]]
    ) -> Sequence[Sealing] | None:
        """The sealings of these keys: those that are there, and these where there are none yet.

        All are of one owner, each with a key of its own. If one that is there stands for another request, nothing is
        kept, and whoever asked compares. ``also`` gives what belongs to the new ones. None, and nothing kept, if the
        owner would have more than ``most`` that have not ended.
        """
        ...

    async def find(self, sealing_id: str) -> Sealing | None:
        """The sealing of this id; the caller checks whose it is."""
        ...

    async def find_all(self, sealing_ids: Sequence[str]) -> Mapping[str, Sealing]:
        """Those that are there, by id."""
        ...

    async def of_keys(self, owner: Owner, keys: Sequence[str]) -> Mapping[str, Sealing]:
        """The owner's sealings of these idempotency keys that are there, by key."""
        ...

    async def of_callback(self, ticket: str) -> Sealing | None:
        """The sealing that a platform means by this."""
        ...

    async def apply(self, transaction: Transaction, changes: Sequence[tuple[Sealing, Sealing]]) -> frozenset[str]:
        """Make changes in a transaction of somebody else's; the ids of those that were made.

        A change is not made if somebody else has changed the sealing meanwhile.
        """
        ...

    async def change(self, before: Sealing, after: Sealing, also: Sequence[Also] = ()) -> bool:
        """Make one, and what belongs to it, in a transaction of its own; False if it was not made."""
        ...

    async def together(self, also: Sequence[Also]) -> None:
        """Make changes that are none of a sealing's, in one transaction."""
        ...

    async def page(self, choice: SealingChoice, after: After | None, most: int) -> Sequence[Sealing]:
        """The chosen ones after this one, newest first."""
        ...

    async def sent(
        self, platform: str, since: datetime, until: datetime, after: str | None, most: int
    ) -> Sequence[Sealing]:
        """Those of which the first attempt with the platform was in that time, in order of id, after this one."""
        ...

    async def counts(self, since: datetime, until: datetime, seals: frozenset[str] | None) -> Sequence[SealingCount]:
        """How many were asked for in that time."""
        ...

    async def states(self) -> Mapping[SealingState, SealingStanding]:
        """What there is in each state that does not last."""
        ...

    async def tell(self, sealing_ids: Sequence[str]) -> None:
        """Tell those who follow that these have changed; nothing relies on it."""
        ...

    def changes(self) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Ids of sealings that change from now on."""
        ...
