"""Writing down how records go on at exchanges, with their tasks; and asking exchanges only while these are ours.

What is forwarded is a request or a dispute: a Shelf says where it is kept, and what belongs to each step of it.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final, Generic, Protocol, TypeVar

import msgspec
import structlog

from gateway.core.call import Call
from gateway.core.clock import Clock
from gateway.core.defects import trace
from gateway.core.errors import Refusal, StoreConflict
from gateway.core.records import Also, all_of
from gateway.core.sharing.forwarding import Forwarding
from gateway.core.sharing.upstream import is_number
from gateway.core.tasks import Claim, LeaseLost, NewTask, Step, Then
from gateway.services.sharing.exchanges.forward_pace import our_call


class Forwardable(Protocol):
    """What can be at an exchange."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def forwarding(self) -> Forwarding | None:
        """How far it is there."""
        ...


R = TypeVar("R", bound=Forwardable)
T = TypeVar("T")
_TRIES: Final = 5
"""How often what was heard is written to a record to which others write at the same time."""

_log = structlog.get_logger("sharing")


class Leased(Protocol):
    """The leases of this process, as far as this work needs them."""

    def check(self, claim: Claim) -> None:
        """The task is this process's, and will be for as long as it takes to begin something; raises LeaseLost."""
        ...

    def adding(self, tasks: Sequence[NewTask]) -> Also:
        """Leave tasks in the transaction of what they are about."""
        ...

    async def settle(self, steps: Sequence[Step], also: Also | None = None) -> frozenset[int]:
        """Take steps; the ids of the tasks whose lease had been lost."""
        ...


class Shelf(Protocol[R]):
    """Where records of one kind are, and what belongs to a step of one at its exchange."""

    async def find(self, record_id: str) -> R | None:
        """The record of this id."""
        ...

    async def numbered(self, system: str, number: str) -> R | None:
        """The record that an exchange knows by this number."""
        ...

    def is_withdrawn(self, record: R) -> bool:
        """Whether nobody here wants it any more."""
        ...

    def track(self, record: R, step: Callable[[Forwarding], Forwarding]) -> R:
        """With its forwarding as it goes on."""
        ...

    def changing(self, before: R, after: R) -> Also | None:
        """Keep the next version, with a line in the audit, in a transaction that fails as a whole if it is another."""
        ...


class Heard(msgspec.Struct, Generic[R], frozen=True):
    """A record after what was heard, and what belongs into the same transaction."""

    record: R
    also: Also | None = None


class Job(msgspec.Struct, Generic[R], frozen=True):
    """A task in hand, and the record as it was last read."""

    claim: Claim
    record: R

    @property
    def forwarding(self) -> Forwarding:
        """How far it is at the exchange."""
        assert self.record.forwarding is not None
        return self.record.forwarding


class ForwardLedger(Generic[R]):
    """Writes steps down, each in one transaction with its task's."""

    def __init__(self, shelf: Shelf[R], tasks: Leased, clock: Clock) -> None:
        self.shelf = shelf
        self.tasks = tasks
        self.clock = clock

    def now(self) -> datetime:
        """The present."""
        return self.clock.now()

    async def leave(self, claim: Claim, then: Then) -> None:
        """Nothing changes but what becomes of the task."""
        await self.tasks.settle([Step(claim, then)])

    async def track(self, job: Job[R], then: Then, step: Callable[[Forwarding, datetime], Forwarding]) -> None:
        """The next state of the forwarding."""
        now = self.now()

        async def tracked(record: R) -> Heard[R]:
            return Heard(self.shelf.track(record, lambda one: step(one, now)))

        await self.keep(job, then, tracked)

    async def keep(self, job: Job[R], then: Then, change: Callable[[R], Awaitable[Heard[R] | None]]) -> Job[R] | None:
        """The job after a change of the record as it is at that moment; None if the change cannot be any more.

        Parties may write to the record at any time, so it is made on what is there.

        Raises:
            LeaseLost: somebody else goes on with it.
        """
        before = job.record
        for _ in range(_TRIES):
            try:
                heard = await change(before)
            except Refusal as refusal:
                if before is job.record:
                    raise
                raise LeaseLost("somebody else went on with the record") from refusal
            if heard is None:
                return None
            also = all_of([self.shelf.changing(before, heard.record), heard.also])
            try:
                lost = await self.tasks.settle([Step(job.claim, then, also)])
            except StoreConflict:
                found = await self.shelf.find(before.id)
                assert found is not None, "what is forwarded stays"
                before = found
                continue
            if lost:
                break
            return Job(job.claim, heard.record)
        raise LeaseLost("somebody else goes on with the record, or writes to it all the time")

    async def ask(self, job: Job[R], ask: Callable[[Call], Awaitable[T]], unknown: T) -> T:
        """What an exchange says; asked only while the task is surely ours."""
        self.tasks.check(job.claim)
        try:
            return await ask(our_call("forwarding", self.clock))
        except Exception as error:  # noqa: BLE001 - a broken adapter may have sent it: that is what must not be lost
            _log.error("share.forwarding.defect", system=job.forwarding.system, trace=trace(error))
            return unknown

    async def is_its_own(self, job: Job[R], number: str | None) -> bool:
        """Whether an exchange may call this record so: no other one is called so there."""
        if number is not None and is_number(number):
            other = await self.shelf.numbered(job.forwarding.system, number)
            if other is None or other.id == job.record.id:
                return True
        _log.error("share.forwarding.odd", system=job.forwarding.system, reason="number")
        return False
