"""Writing steps of sealings down with their tasks: many in one transaction, under the leases of whoever takes them."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

import msgspec

from gateway.core.audit.events import Event
from gateway.core.errors import StoreUnavailable
from gateway.core.files import File, FileStore
from gateway.core.records import Also, Transaction
from gateway.core.seals.sealing import Sealing
from gateway.core.seals.sealings import SealingStore
from gateway.core.tasks import Claim, LeaseLost, Rest, Step, Then
from gateway.services.sealing.seal_log import SealLog


class Tasks(Protocol):
    """The leases of this process, as far as sealing needs them."""

    def check(self, claim: Claim) -> None:
        """The task is this process's, and will be for as long as it takes to begin something; raises LeaseLost."""
        ...

    async def settle(self, steps: Sequence[Step], also: Also | None = None) -> frozenset[int]:
        """Take steps, and what belongs to them together; the ids of the tasks whose lease had been lost."""
        ...


class Move(msgspec.Struct, frozen=True):
    """A step of a sealing and of its task, with its line of the log, a small file, and whatever else belongs to it."""

    claim: Claim
    then: Then
    before: Sealing
    after: Sealing
    line: Event | None = None
    small: tuple[File, bytes] | None = None
    also: tuple[Also, ...] = ()


class Ledger:
    """Writes steps down."""

    def __init__(self, tasks: Tasks, sealings: SealingStore, files: FileStore, log: SealLog) -> None:
        self.tasks = tasks
        self.sealings = sealings
        self.files = files
        self.log = log

    async def write(self, moves: Sequence[Move]) -> frozenset[int]:
        """The ids of the tasks whose steps were written; the others' leases were lost, or somebody cancelled them.

        Raises:
            StoreUnavailable: nobody knows whether they were.
        """
        if not moves:
            return frozenset()
        group = _Group(self)
        await self.tasks.settle([Step(move.claim, move.then, group.taking(move)) for move in moves], group.change)
        written = group.written
        told = [move.after.id for move in written if move.then is not Rest.HELD]
        if told:
            with suppress(StoreUnavailable):  # those who follow look by themselves too
                await self.sealings.tell(told)
        return frozenset(move.claim.id for move in written)

    async def write_one(self, move: Move) -> None:
        """The same for one.

        Raises:
            LeaseLost: it was not written: somebody else has it by now.
        """
        if not await self.write([move]):
            raise LeaseLost("somebody else has changed the sealing")

    async def leave(self, claims: Sequence[Claim], then: Then) -> None:
        """Nothing changes but what becomes of the tasks."""
        if claims:
            await self.tasks.settle([Step(claim, then) for claim in claims])


class _Group:
    """Steps of one transaction, whose changes are made together: a few statements, however many they are."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._transaction: Transaction | None = None
        self._taken: list[Move] = []
        self.written: list[Move] = []

    def taking(self, move: Move) -> Also:
        """Note that the step is taken: its lease holds."""

        async def also(transaction: Transaction) -> None:
            if self._transaction is not transaction:  # the first one, or it is tried again
                self._transaction, self._taken = transaction, []
            self._taken.append(move)

        return also

    async def change(self, transaction: Transaction) -> None:
        """Make the changes of the steps that were taken."""
        ledger = self._ledger
        taken = self._taken if self._transaction is transaction else []
        made = await ledger.sealings.apply(transaction, [(move.before, move.after) for move in taken])
        self.written = [move for move in taken if move.after.id in made]
        small = [move.small for move in self.written if move.small is not None]
        if small:
            await ledger.files.keep_all(transaction, small)
        lines = [move.line for move in self.written if move.line is not None]
        if lines:
            await ledger.log.within_all(lines)(transaction)
        for move in self.written:
            for one in move.also:
                await one(transaction)
