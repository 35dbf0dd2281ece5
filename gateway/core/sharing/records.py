"""The ports of where requests, grants, receipts and disputes are kept.

A change is a version in the place of the one before it: False, and nothing kept, if somebody else was first. ``also``
runs in the transaction of the change, and only if it is made.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

import msgspec

from gateway.core.records import Also
from gateway.core.sharing.corrections import Dispute, DisputeRole, DisputeState
from gateway.core.sharing.grants import Grant
from gateway.core.sharing.parties import Party
from gateway.core.sharing.receipts import Proof
from gateway.core.sharing.recipients import Delivery
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.steps import Action, RequestState

After = tuple[datetime, str]
"""When the last record of a page was made, and its id."""


class RequestChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Which requests a list shows; None where nothing narrows it. ``bodies`` are those that act, as ``parties``."""

    bodies: frozenset[str] | None = None
    parties: frozenset[Party] | None = None
    states: frozenset[RequestState] | None = None
    resource: str | None = None


class StepCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many steps of a kind were taken for requests of a resource, for a reason of the lists if one was given."""

    resource: str
    action: Action
    after: RequestState
    reason: str | None
    count: int


class ShareRequestStore(Protocol):
    """Where requests are, with the history of their steps."""

    async def add(self, request: ShareRequest, also: Also | None = None) -> bool:
        """Keep a new request; False if its id is there."""
        ...

    async def find(self, request_id: str) -> ShareRequest | None:
        """The request of this id; the caller checks whose it is."""
        ...

    async def change(self, before: ShareRequest, after: ShareRequest, also: Also | None = None) -> bool:
        """Keep the next version and its new steps, and announce it."""
        ...

    async def page(self, choice: RequestChoice, after: After | None, most: int) -> Sequence[ShareRequest]:
        """The chosen ones after this one, newest first."""
        ...

    async def expiring(self, at: datetime, most: int) -> Sequence[ShareRequest]:
        """Those whose time to mend or submit was over at that moment, longest first."""
        ...

    async def open_ones(self, after: str | None, most: int) -> Sequence[ShareRequest]:
        """Those that have not ended or were not delivered, by id: what clocks run for."""
        ...

    async def steps(self, since: datetime, until: datetime) -> Sequence[StepCount]:
        """The steps taken in that time, for reports."""
        ...

    def changes(self) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Ids of requests that change from now on, by whichever replica."""
        ...


class GrantChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Which grants a list shows; None where nothing narrows it.

    Attributes:
        parties: credit codes: grants that one of these asked for or provides.
        body, application: that may use it, by name or because everyone may.
        parent: directly below this grant.
        open_at: neither revoked, over nor still to come at that moment.
    """

    parties: frozenset[str] | None = None
    body: str | None = None
    application: str | None = None
    resource: str | None = None
    request: str | None = None
    parent: str | None = None
    open_at: datetime | None = None


class GrantStore(Protocol):
    """Where grants are."""

    async def add(self, grant: Grant, also: Also | None = None) -> bool:
        """Keep a new grant and announce it; False if its id is there, or its parent is missing or revoked."""
        ...

    def adding(self, grant: Grant) -> Also:
        """Keep a new grant in the transaction of what it is made for, which fails as a whole with StoreConflict."""
        ...

    async def find(self, grant_id: str) -> Grant | None:
        """The grant of this id as it is now."""
        ...

    async def lineage(self, grant_id: str) -> Sequence[Grant]:
        """The grant and those above it, MOST_LEVELS + 1 at most; empty if there is none."""
        ...

    async def change(self, before: Grant, after: Grant, also: Also | None = None) -> bool:
        """Keep the next version and announce it: once this returns, nothing is spent under what it ended."""
        ...

    async def page(self, choice: GrantChoice, after: str | None, most: int) -> Sequence[Grant]:
        """The chosen ones after this id, by id."""
        ...

    async def ending(self, since: datetime, until: datetime, most: int) -> Sequence[Grant]:
        """Those that are not revoked and end by themselves in that time, soonest first."""
        ...

    def changes(self) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Ids of grants that are added or change from now on, by whichever replica."""
        ...


class KeptReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt as it is kept: its canonical record, beside it what answers and disputes need.

    Attributes:
        delivery: what disputes need; its ``subject`` is empty if the resource is about no person.
        use: the keyed reference of the use.
        event: id of the audit's event for it; no event has two receipts.
        rows: how many records were given.
    """

    delivery: Delivery
    use: str
    event: str
    rows: int
    record: bytes


class SignedReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt's record, and once its group is signed the proof, the signature and the name of the key."""

    record: bytes
    proof: Proof | None = None
    signature: str | None = None
    key: str | None = None


class ReceiptStore(Protocol):
    """Where receipts are."""

    async def add(self, receipts: Sequence[KeptReceipt]) -> None:
        """Keep receipts that are not signed yet; one that is there stays as it is."""
        ...

    async def find(self, receipt_id: str) -> SignedReceipt | None:
        """The receipt of this id; the caller checks whose it is."""
        ...

    async def of_grant(self, grant_id: str, after: After | None, most: int) -> Sequence[KeptReceipt]:
        """The grant's receipts after this one, newest first."""
        ...

    async def of_use(self, use: str, most: int) -> Sequence[KeptReceipt]:
        """The receipts of a use, newest first."""
        ...

    async def unsigned(self, most: int) -> Sequence[KeptReceipt]:
        """Receipts that wait for their group, oldest first."""
        ...

    async def sign(
        self, group: str, proofs: Mapping[str, Proof], statement: bytes, signature: str, key: str, at: datetime
    ) -> bool:
        """Keep the signature of a group and the proof of each of its receipts; False if one was signed already."""
        ...

    async def kept(self, receipt_id: str) -> KeptReceipt | None:
        """What is kept of a receipt; the caller checks whose it is."""
        ...

    async def deliveries(
        self, resource: str, subject: str, most: int, after: After | None = None
    ) -> Sequence[Delivery]:
        """The answers after this one in which a record was given, newest first.

        Without a subject those of the resource that are about nobody: which of its records were in them is not known.
        """
        ...


class DisputeChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Which disputes a list shows; None where nothing narrows it.

    ``bodies`` have that ``role``, or any but AUTHORITY; ``regions`` are those in which it is decided, and a dispute
    whose region does not stand beside it is shown as well.
    """

    bodies: frozenset[str] | None = None
    role: DisputeRole | None = None
    regions: frozenset[str] | None = None
    states: frozenset[DisputeState] | None = None
    resource: str | None = None


class DisputeStore(Protocol):
    """Where disputes are, and whom to tell."""

    async def add(self, dispute: Dispute, also: Also | None = None) -> bool:
        """Keep a new dispute and announce it; False if its id is there."""
        ...

    async def find(self, dispute_id: str) -> Dispute | None:
        """The dispute of this id; the caller checks whose it is."""
        ...

    async def change(self, before: Dispute, after: Dispute, also: Also | None = None) -> bool:
        """Keep the next version and announce it."""
        ...

    async def page(self, choice: DisputeChoice, after: After | None, most: int) -> Sequence[Dispute]:
        """The chosen ones after this one, newest first."""
        ...

    async def regions(self) -> frozenset[str]:
        """The regions of which there are disputes."""
        ...

    async def untold(self, bodies: frozenset[str], most: int) -> Sequence[Dispute]:
        """Answered disputes of which one of these bodies is still to be told, the oldest answer first."""
        ...

    async def open_ones(self, after: str | None, most: int) -> Sequence[Dispute]:
        """Those that are still to be answered, by id: what clocks run for."""
        ...

    async def answered_ones(self, after: str | None, most: int) -> Sequence[Dispute]:
        """Those that are answered and of which somebody is to take note yet, by id."""
        ...

    def changes(self) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Ids of disputes that are added or change from now on, by whichever replica."""
        ...
