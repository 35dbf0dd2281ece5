"""A TaskStore in memory: the plainest account of what the port promises. It passes the same suite as the real ones."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import msgspec

from gateway.core.clock import Clock
from gateway.core.records import Also, Transaction
from gateway.core.tasks import Claim, NewTask, Rest, Step, TaskCounts

KEPT = timedelta(days=7)


class Row(msgspec.Struct, kw_only=True):
    """A task: ``ready_at`` is when it may be claimed."""

    id: int
    task: NewTask
    state: str = "DUE"
    ready_at: datetime | None
    fence: int = 0
    attempt: int = 0
    lapses: int = 0
    woken_at: datetime | None = None
    ended_at: datetime | None = None


class NoTransaction:
    """What stands for a transaction here."""


class MemoryTasks:
    """Everything happens at once, so a transaction is a method that does not wait; ``also`` runs before the changes."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.rows: dict[int, Row] = {}
        self._events: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self.broken: BaseException | None = None
        """What the next questions raise, until it is None again."""

    async def add(self, *tasks: NewTask) -> None:
        """Add tasks in a transaction of their own."""
        await self.adding(tasks)(NoTransaction())

    async def wake(self, kind: str, *subjects: str, at: datetime) -> None:
        """Wake tasks in a transaction of its own."""
        await self.waking(kind, subjects, at)(NoTransaction())

    def adding(self, tasks: Sequence[NewTask]) -> Also:
        async def also(_: Transaction) -> None:
            known = {(row.task.kind, row.task.key) for row in self.rows.values()}
            for task in tasks:
                if (task.kind, task.key) not in known:
                    known.add((task.kind, task.key))
                    number = max(self.rows, default=0) + 1
                    self.rows[number] = Row(id=number, task=task, ready_at=task.due_at)
                self._signal(task.kind)

        return also

    def waking(self, kind: str, subjects: Sequence[str], at: datetime) -> Also:
        async def also(_: Transaction) -> None:
            for row in self.rows.values():
                if row.task.kind != kind or row.task.subject not in subjects:
                    continue
                if row.state == "LEASED":
                    row.woken_at = at if row.woken_at is None else min(at, row.woken_at)
                elif row.state == "PARKED" or (row.state == "DUE" and row.ready_at is not None and row.ready_at > at):
                    row.state, row.ready_at = "DUE", at
            self._signal(kind)

        return also

    async def claim(self, kind: str, at: datetime, until: datetime, most: int) -> Sequence[Claim]:
        self._ask()
        ready = [
            (row.ready_at, row.id, row)
            for row in self.rows.values()
            if row.task.kind == kind and row.ready_at is not None and row.ready_at <= at
        ]
        claims = []
        for _, _, row in sorted(ready, key=lambda one: one[:2])[:most]:
            row.lapses += row.state == "LEASED"
            row.state, row.ready_at, row.woken_at = "LEASED", until, None
            row.fence += 1
            row.attempt += 1
            claims.append(
                Claim(
                    id=row.id, kind=kind, subject=row.task.subject, group=row.task.group, attempt=row.attempt,
                    fence=row.fence, until=until, lapses=row.lapses,
                )
            )  # fmt: skip
        return sorted(claims, key=lambda claim: claim.id)

    async def extend(self, claims: Sequence[Claim], until: datetime) -> frozenset[int]:
        self._ask()
        mine = frozenset(claim.id for claim in claims if self._is_leased(claim))
        for task in mine:
            self.rows[task].ready_at = until
        return mine

    async def settle(self, steps: Sequence[Step], also: Also | None = None) -> frozenset[int]:
        self._ask()
        lost = frozenset(step.claim.id for step in steps if not self._is_leased(step.claim))
        taken = [step for step in steps if step.claim.id not in lost]
        for step in taken:
            if step.also is not None:
                await step.also(NoTransaction())
        if also is not None:
            await also(NoTransaction())
        for step in taken:
            self._settle(step)
        return lost

    def _settle(self, step: Step) -> None:
        row = self.rows[step.claim.id]
        if step.then is Rest.HELD:
            return
        row.attempt = row.attempt if isinstance(step.then, datetime) else 0
        row.lapses = 0
        moments = [moment for moment in (step.then, row.woken_at) if isinstance(moment, datetime)]
        if step.then is Rest.DONE:
            row.state, row.ready_at, row.ended_at = "DONE", None, self.clock.now()
        elif moments:
            row.state, row.ready_at = "DUE", min(moments)
            self._signal(step.claim.kind)
        else:
            row.state, row.ready_at = "PARKED", None
        row.woken_at = None

    async def sweep(self, at: datetime, most: int) -> int:
        over = [row.id for row in self.rows.values() if row.ended_at is not None and row.ended_at <= at - KEPT][:most]
        for number in over:
            del self.rows[number]
        return len(over)

    @contextmanager
    def arrivals(self, kind: str) -> Iterator[asyncio.Event]:
        event = asyncio.Event()
        self._events[kind].add(event)
        yield event
        self._events[kind].discard(event)

    async def counts(self) -> Mapping[str, TaskCounts]:
        found = {}
        for kind in {row.task.kind for row in self.rows.values() if row.state != "DONE"}:
            states = [row.state for row in self.rows.values() if row.task.kind == kind]
            due = [row.ready_at for row in self.rows.values() if row.task.kind == kind and row.state == "DUE"]
            found[kind] = TaskCounts(
                due=states.count("DUE"),
                leased=states.count("LEASED"),
                parked=states.count("PARKED"),
                oldest_due_at=min((moment for moment in due if moment is not None), default=None),
            )
        return found

    def _is_leased(self, claim: Claim) -> bool:
        row = self.rows.get(claim.id)
        return row is not None and row.state == "LEASED" and row.fence == claim.fence

    def _signal(self, kind: str) -> None:
        for event in self._events[kind]:
            event.set()

    def _ask(self) -> None:
        if self.broken is not None:
            raise self.broken
