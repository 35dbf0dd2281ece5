"""Writing down how requests go on at exchanges, with their tasks; and asking exchanges only while these are ours."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final, Protocol, TypeVar

import msgspec
import structlog

from gateway.core.audit.share_kinds import SHARE_FORWARDED
from gateway.core.call import Call
from gateway.core.defects import trace
from gateway.core.errors import Refusal, StoreConflict
from gateway.core.records import Also, all_of
from gateway.core.sharing.forwarding import Forwarding
from gateway.core.sharing.forwardings import ForwardingStore
from gateway.core.sharing.parties import GATEWAY
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.steps import RequestState
from gateway.core.sharing.upstream import is_number
from gateway.core.tasks import Claim, LeaseLost, NewTask, Step, Then
from gateway.services.sharing.desk import ShareDesk
from gateway.services.sharing.exchanges.forward_pace import our_call

T = TypeVar("T")
_TRIES: Final = 5
"""How often what was heard is written to a request to which others write at the same time."""

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


class Heard(msgspec.Struct, frozen=True):
    """A request after what was heard, and what belongs into the same transaction."""

    request: ShareRequest
    also: Also | None = None


class Job(msgspec.Struct, frozen=True):
    """A task in hand, and the request as it was last read."""

    claim: Claim
    request: ShareRequest

    @property
    def forwarding(self) -> Forwarding:
        """How far it is at the exchange."""
        assert self.request.forwarding is not None
        return self.request.forwarding

    @property
    def is_withdrawn(self) -> bool:
        """Whether nobody here wants it any more."""
        return self.request.state is not RequestState.WITH_PROVIDER


Change = Callable[[ShareRequest], Awaitable[Heard | None]]
"""What becomes of the request, as it is at that moment; None if that cannot be any more."""


class ForwardLedger:
    """Writes steps down, each in one transaction with its task's."""

    def __init__(self, desk: ShareDesk, forwardings: ForwardingStore, tasks: Leased) -> None:
        self.desk = desk
        self.forwardings = forwardings
        self.tasks = tasks

    def now(self) -> datetime:
        """The present."""
        return self.desk.clock.now()

    async def leave(self, claim: Claim, then: Then) -> None:
        """Nothing changes but what becomes of the task."""
        await self.tasks.settle([Step(claim, then)])

    async def track(self, job: Job, then: Then, step: Callable[[Forwarding, datetime], Forwarding]) -> None:
        """The next state of the forwarding."""
        now = self.now()

        async def tracked(request: ShareRequest) -> Heard:
            return Heard(request.track(lambda one: step(one, now), by=GATEWAY))

        await self.keep(job, then, tracked)

    async def keep(self, job: Job, then: Then, change: Change) -> Job | None:
        """The job after a change; None if it cannot be any more.

        Parties may write to the request at any time, so it is made on what is there.

        Raises:
            LeaseLost: somebody else goes on with it.
        """
        before = job.request
        for _ in range(_TRIES):
            try:
                heard = await change(before)
            except Refusal as refusal:
                if before is job.request:
                    raise
                raise LeaseLost("somebody else went on with the request") from refusal
            if heard is None:
                return None
            also = all_of([self._kept(before, heard.request), heard.also])
            try:
                lost = await self.tasks.settle([Step(job.claim, then, also)])
            except StoreConflict:
                found = await self.desk.requests.find(before.id)
                assert found is not None, "a request stays"
                before = found
                continue
            if lost:
                break
            return Job(job.claim, heard.request)
        raise LeaseLost("somebody else goes on with the request, or writes to it all the time")

    def _kept(self, before: ShareRequest, after: ShareRequest) -> Also | None:
        """The change, with a line in the audit if the forwarding is in another state."""
        old, new, log = before.forwarding, after.forwarding, self.desk.log
        assert old is not None
        assert new is not None
        if old == new and before.state is after.state:
            return None
        lines = []
        if (old.state, old.attempts) != (new.state, new.attempts):
            words = {"system": new.system, "forwarding": new.state.value}
            lines.append(log.of_request(SHARE_FORWARDED, after, self.now(), **words))
        return self.forwardings.changing(before, after, log.within(lines))

    async def ask(self, job: Job, ask: Callable[[Call], Awaitable[T]], unknown: T) -> T:
        """What an exchange says; asked only while the task is surely ours."""
        self.tasks.check(job.claim)
        try:
            return await ask(our_call("forwarding", self.desk.clock))
        except Exception as error:  # noqa: BLE001 - a broken adapter may have sent it: that is what must not be lost
            _log.error("share.forwarding.defect", system=job.forwarding.system, trace=trace(error))
            return unknown

    async def is_its_own(self, job: Job, number: str | None) -> bool:
        """Whether an exchange may call this request so: no other one is called so there."""
        if number is not None and is_number(number):
            other = await self.forwardings.numbered(job.forwarding.system, number)
            if other is None or other.id == job.request.id:
                return True
        _log.error("share.forwarding.odd", system=job.forwarding.system, reason="number")
        return False
