"""The ports of what is at exchanges: requests and disputes by how far they are there, for supervision and comparing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from gateway.core.records import Also
from gateway.core.sharing.corrections import Dispute
from gateway.core.sharing.forwarding import ForwardingState
from gateway.core.sharing.records import After
from gateway.core.sharing.requests import ShareRequest


class ForwardingChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Which ones a list shows; None where nothing narrows it. ``authority`` is a competent authority's credit code."""

    states: frozenset[ForwardingState] | None = None
    authority: str | None = None


class ForwardingStanding(msgspec.Struct, frozen=True):
    """How many are in a state, and since when the first of them."""

    count: int
    since: datetime


class ForwardingStore(Protocol):
    """Where they are found. They change with their requests."""

    def changing(self, before: ShareRequest, after: ShareRequest, also: Also | None = None) -> Also:
        """Keep the next version in the transaction of a task, which fails as a whole with StoreConflict.

        As ShareRequestStore.change, which tells the same by False.
        """
        ...

    async def page(self, choice: ForwardingChoice, after: After | None, most: int) -> Sequence[ShareRequest]:
        """The chosen ones after this one, those first whose state has lasted longest."""
        ...

    async def sent(
        self, system: str, since: datetime, until: datetime, after: str | None, most: int
    ) -> Sequence[ShareRequest]:
        """Those that were sent to an exchange in that time, or before and after it, by id."""
        ...

    async def numbered(self, system: str, number: str) -> ShareRequest | None:
        """The request that an exchange knows by this number."""
        ...

    async def states(self) -> Mapping[ForwardingState, ForwardingStanding]:
        """Those on which something is still to be asked, by state, disputes included."""
        ...


class DisputeForwardingStore(Protocol):
    """Where disputes at exchanges are found. Their forwardings change with them."""

    def changing(self, before: Dispute, after: Dispute, also: Also | None = None) -> Also:
        """Keep the next version in the transaction of a task, which fails as a whole with StoreConflict."""
        ...

    async def page(self, choice: ForwardingChoice, after: After | None, most: int) -> Sequence[Dispute]:
        """The chosen ones after this one, those first whose state has lasted longest."""
        ...

    async def numbered(self, system: str, number: str) -> Dispute | None:
        """The dispute that an exchange knows by this number."""
        ...
