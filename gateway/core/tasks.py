"""Durable tasks: work that is finished whatever stops on the way, each step by one worker at a time.

A task is leased to a worker for a while. Each lease raises its fence; whoever settles a task shows the fence that he
was given, so that a worker who slept past his lease changes nothing any more. What a task is about lives in tables of
its own, and changes in the very transaction in which the task is settled.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from gateway.core.errors import YiwangError
from gateway.core.records import Also, Swept


class LeaseLost(YiwangError):
    """A task is another worker's by now, or may be: nothing may be done for it any more. Its text holds no data."""


class NewTask(msgspec.Struct, frozen=True, kw_only=True):
    """Work to be done.

    Attributes:
        kind: who does it.
        key: the same work has the same key, and is added once per kind.
        subject: the id of what it is about; ``group`` of the batch that it belongs to.
        due_at: not before.
    """

    kind: str
    key: str
    subject: str
    due_at: datetime
    group: str | None = None


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A task that is leased.

    Attributes:
        id: the task.
        attempt: how often it has been leased, this time included, since it last was settled with something other than
            a postponement.
        fence: rises with every lease of the task.
        until: when the lease ends unless it is extended.
        lapses: how many leases in a row ended before the task was settled: of workers that died, or were too slow.
    """

    id: int
    kind: str
    subject: str
    group: str | None
    attempt: int
    fence: int
    until: datetime
    lapses: int = 0


class Rest(StrEnum):
    """What becomes of a task that is not to be done again at a known time."""

    DONE = "DONE"
    PARKED = "PARKED"
    """It waits until it is woken: for an answer, an approval, a person."""
    HELD = "HELD"
    """The worker goes on with it: only what was found out so far is written down."""


Then = Rest | datetime
"""What becomes of a task: a Rest, or the instant at which it is due again."""


class Step(msgspec.Struct, frozen=True):
    """A step of a task: what becomes of it, and what changes with it, in the same transaction or not at all."""

    claim: Claim
    then: Then
    also: Also | None = None


class TaskCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many tasks of a kind there are that are not done.

    Attributes:
        due: those that wait for a worker, or for their time.
        oldest_due_at: since when, or from when, the first of these is due.
    """

    due: int = 0
    leased: int = 0
    parked: int = 0
    oldest_due_at: datetime | None = None


class TaskStore(Swept, Protocol):
    """Where tasks are."""

    def adding(self, tasks: Sequence[NewTask]) -> Also:
        """Leave tasks in the transaction of what they are about; one whose kind and key are there stays as it is."""
        ...

    def waking(self, kind: str, subjects: Sequence[str], at: datetime) -> Also:
        """Make tasks due at that moment which are parked or due later; one that is leased now is due again after."""
        ...

    async def claim(self, kind: str, at: datetime, until: datetime, most: int) -> Sequence[Claim]:
        """Lease ``most`` of the tasks that are due, or whose lease is over, oldest first; none that another leases."""
        ...

    async def extend(self, claims: Sequence[Claim], until: datetime) -> frozenset[int]:
        """Lease them for longer; the ids of those that are still this worker's."""
        ...

    async def settle(self, steps: Sequence[Step], also: Also | None = None) -> frozenset[int]:
        """Take steps, all in one transaction; the ids of the tasks whose lease had been lost: nothing of those is kept.

        ``also`` changes what belongs to the steps together, after all of theirs.

        Raises:
            StoreUnavailable: nobody knows whether they were taken.
        """
        ...

    def arrivals(self, kind: str) -> AbstractContextManager[asyncio.Event]:
        """An event that is set when tasks of the kind may have become due, until the block ends.

        It saves waiting and is nothing to rely on: what becomes due by time alone, or by a lease that ends, sets none.
        """
        ...

    async def counts(self) -> Mapping[str, TaskCounts]:
        """What is not done, by kind."""
        ...
