"""The leases of this process: which tasks are its own at this moment.

A store can refuse what comes too late, but no outside system can. So a lease ends here some seconds before it ends in
the store: by the monotonic clock, which nobody sets, and by the wall clock, which went on if the machine was asleep.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Final

import msgspec

from gateway.core.clock import Clock
from gateway.core.records import Also
from gateway.core.tasks import Claim, LeaseLost, NewTask, Rest, Step, TaskCounts, TaskStore

MARGIN_SECONDS: Final = 10.0
"""How much earlier: more than the clocks of replicas differ by, and than it takes to begin what was just checked."""


class _Lease(msgspec.Struct):
    """``ends`` is on the monotonic clock; None once the lease is known to be lost."""

    fence: int
    until: datetime
    ends: float | None


class Leases:
    """A TaskStore that remembers what was claimed through it. Handlers settle through it too."""

    def __init__(self, store: TaskStore, clock: Clock, margin: float = MARGIN_SECONDS) -> None:
        self._store = store
        self._clock = clock
        self._margin = timedelta(seconds=margin)
        self._leases: dict[int, _Lease] = {}
        self._settling: set[int] = set()

    # ---- what is held

    def holds(self, claim: Claim) -> bool:
        """Whether the task is this process's, and will be for as long as it takes to begin something."""
        lease = self._leases.get(claim.id)
        if lease is None or lease.fence != claim.fence or lease.ends is None:
            return False
        return self._clock.monotonic() < lease.ends and self._clock.now() < lease.until

    def check(self, claim: Claim) -> None:
        """Ask it right before what cannot be undone.

        Raises:
            LeaseLost: the task is another's by now, or may be.
        """
        if not self.holds(claim):
            raise LeaseLost("the lease of a task is over")

    def unsettled(self, claims: Sequence[Claim]) -> list[Claim]:
        """Those that were claimed and neither settled nor forgotten since, whether they are still held or lost."""
        found = [(claim, self._leases.get(claim.id)) for claim in claims]
        return [claim for claim, lease in found if lease is not None and lease.fence == claim.fence]

    def forget(self, claims: Sequence[Claim]) -> None:
        """Nobody here works on them any more."""
        for claim in self.unsettled(claims):
            del self._leases[claim.id]

    # ---- the store

    def adding(self, tasks: Sequence[NewTask]) -> Also:
        """As the store's."""
        return self._store.adding(tasks)

    def waking(self, kind: str, subjects: Sequence[str], at: datetime) -> Also:
        """As the store's."""
        return self._store.waking(kind, subjects, at)

    async def claim(self, kind: str, at: datetime, until: datetime, most: int) -> Sequence[Claim]:
        """As the store's; the leases run from the moment at which it is asked."""
        ends = self._ends(until)
        claims = await self._store.claim(kind, at, until, most)
        for claim in claims:
            self._leases[claim.id] = _Lease(claim.fence, until - self._margin, ends)
        return claims

    async def extend(self, claims: Sequence[Claim], until: datetime) -> frozenset[int]:
        """As the store's; leases that are not extended are lost, unless they are being settled meanwhile."""
        ends = self._ends(until)
        mine = await self._store.extend(claims, until)
        for claim in self.unsettled(claims):
            lease = self._leases[claim.id]
            if claim.id in mine:
                lease.until, lease.ends = until - self._margin, ends
            elif claim.id not in self._settling:
                lease.ends = None
        return mine

    async def settle(self, steps: Sequence[Step], also: Also | None = None) -> frozenset[int]:
        """As the store's; what is settled, or lost, is held no longer."""
        claims = {step.claim.id for step in steps}
        self._settling |= claims
        try:
            lost = await self._store.settle(steps, also)
        finally:
            self._settling -= claims
        for step in steps:
            if step.claim.id in lost:
                for claim in self.unsettled([step.claim]):
                    self._leases[claim.id].ends = None
            elif step.then is not Rest.HELD:
                self.forget([step.claim])
        return lost

    async def sweep(self, at: datetime, most: int) -> int:
        """As the store's."""
        return await self._store.sweep(at, most)

    def arrivals(self, kind: str) -> AbstractContextManager[asyncio.Event]:
        """As the store's."""
        return self._store.arrivals(kind)

    async def counts(self) -> Mapping[str, TaskCounts]:
        """As the store's."""
        return await self._store.counts()

    def _ends(self, until: datetime) -> float:
        return self._clock.monotonic() + (until - self._clock.now() - self._margin).total_seconds()
