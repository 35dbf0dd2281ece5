"""Durable tasks in the database.

Whoever changes tasks locks their rows in the order of their numbers, so that groups do not wait for each other in a
circle. A group costs the same few statements whatever its size, beside those of what changes with each of its steps.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, bindparam, case, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.clock import Clock
from gateway.core.records import Also, Transaction
from gateway.core.tasks import Claim, NewTask, Rest, Step, TaskCounts, Then
from gateway.store.database import Database
from gateway.store.rows import sweep
from gateway.store.tables.base import UtcDateTime
from gateway.store.tables.tasks import tasks

KEPT: Final = timedelta(days=7)
"""How long a task that is done keeps others of its key from being added."""
_c = tasks.c


class _State(StrEnum):
    DUE = "DUE"
    LEASED = "LEASED"
    PARKED = "PARKED"
    DONE = "DONE"


_IS_LEASED: Final = _c.state == _State.LEASED.value
_ANY_READY: Final = select(_c.id).where(_c.kind == bindparam("kind"), _c.ready_at <= bindparam("at")).limit(1)
_CHOSEN: Final = (
    select(_c.id)
    .where(_c.kind == bindparam("kind_"), _c.ready_at <= bindparam("at"))
    .order_by(_c.ready_at, _c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("chosen")  # on PostgreSQL evaluated once, as a subquery with a lock need not be
)
_CLAIM: Final = (
    update(tasks)
    .where(_c.id.in_(select(_CHOSEN.c.id)))
    .values(
        state=_State.LEASED.value,
        ready_at=bindparam("until"),
        fence=_c.fence + 1,
        attempt=_c.attempt + 1,
        lapses=_c.lapses + case((_IS_LEASED, 1), else_=0),
        woken_at=None,
    )
    .returning(_c.id, _c.subject, _c.group, _c.attempt, _c.fence, _c.lapses)
)
_SETTLE: Final = (
    update(tasks)
    .where(_c.id == bindparam("task"))
    .values(
        state=bindparam("state_"),
        ready_at=bindparam("ready"),
        ended_at=bindparam("ended"),
        attempt=case((bindparam("postponed"), _c.attempt), else_=0),
        lapses=0,
        woken_at=None,
    )
)


class SqlTasks:
    """A TaskStore."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def adding(self, tasks_: Sequence[NewTask]) -> Also:
        """Leave tasks in the transaction of what they are about; one whose kind and key are there stays as it is."""
        now = self._clock.now()
        rows = [_new_row(task, now) for task in tasks_]
        dialect = sqlite if self._database.kind == "sqlite" else postgresql
        add = dialect.insert(tasks).on_conflict_do_nothing(index_elements=["kind", "key"])

        async def also(transaction: Transaction) -> None:
            if rows:
                connection = _connection(transaction)
                await connection.execute(add, rows)
                await self._signal(connection, (task.kind for task in tasks_))

        return also

    def waking(self, kind: str, subjects: Sequence[str], at: datetime) -> Also:
        """Make tasks due at that moment which are parked or due later; one that is leased now is due again after."""
        statement = _waking(kind, subjects, at)

        async def also(transaction: Transaction) -> None:
            connection = _connection(transaction)
            await connection.execute(statement)
            await self._signal(connection, [kind])

        return also

    async def claim(self, kind: str, at: datetime, until: datetime, most: int) -> Sequence[Claim]:
        """Lease ``most`` of the tasks that are due, or whose lease is over, oldest first; none that another leases."""
        if not await self._database.glance(_ANY_READY, {"kind": kind, "at": at}):
            return ()
        values = {"kind_": kind, "at": at, "until": until, "most": most}

        def work(connection: Connection) -> Sequence[Row[Any]]:
            return connection.execute(_CLAIM, values).all()

        rows = await self._database.stroke(work)
        claims = [
            Claim(
                id=row.id, kind=kind, subject=row.subject, group=row.group, attempt=row.attempt, fence=row.fence,
                until=until, lapses=row.lapses,
            )
            for row in rows
        ]  # fmt: skip
        return sorted(claims, key=lambda claim: claim.id)

    async def extend(self, claims: Sequence[Claim], until: datetime) -> frozenset[int]:
        """Lease them for longer; the ids of those that are still this worker's."""

        async def extend(connection: AsyncConnection) -> frozenset[int]:
            mine = frozenset(await _locked(connection, claims))
            await connection.execute(update(tasks).where(_c.id.in_(mine)).values(ready_at=until))
            return mine

        return await self._database.at_once(extend)

    async def settle(self, steps: Sequence[Step], also: Also | None = None) -> frozenset[int]:
        """Take steps, all in one transaction; the ids of the tasks whose lease had been lost: nothing of those is kept.

        Raises:
            StoreUnavailable: nobody knows whether they were taken.
        """
        now = self._clock.now()

        async def settle(connection: AsyncConnection) -> frozenset[int]:
            mine = await _locked(connection, [step.claim for step in steps])
            taken = [step for step in steps if step.claim.id in mine]
            rows = [
                _settled_row(step.claim.id, step.then, mine[step.claim.id], now)
                for step in taken
                if step.then is not Rest.HELD
            ]
            if rows:
                await connection.execute(_SETTLE, rows)
            for step in taken:
                if step.also is not None:
                    await step.also(connection)
            if also is not None:
                await also(connection)
            due = {row["task"] for row in rows if row["state_"] == _State.DUE.value}
            await self._signal(connection, (step.claim.kind for step in taken if step.claim.id in due))
            return frozenset(step.claim.id for step in steps) - frozenset(mine)

        return await self._database.at_once(settle)

    async def sweep(self, at: datetime, most: int) -> int:
        """Remove tasks that were done long ago, and so may be added again."""
        return await sweep(self._database, tasks, _c.ended_at <= at - KEPT, most)

    def arrivals(self, kind: str) -> AbstractContextManager[asyncio.Event]:
        """An event that is set when tasks of the kind may have become due, until the block ends."""
        return self._database.watch(_channel(kind))

    async def counts(self) -> Mapping[str, TaskCounts]:
        """What is not done, by kind."""
        asked = (
            select(_c.kind, _c.state, func.count().label("number"), func.min(_c.ready_at).label("first"))
            .where(_c.ended_at.is_(None))
            .group_by(_c.kind, _c.state)
        )
        found: dict[str, dict[str, Row[Any]]] = {}
        for row in await self._database.glance(asked, {}):
            found.setdefault(row.kind, {})[row.state] = row
        return {kind: _counts(states) for kind, states in found.items()}

    async def _signal(self, connection: AsyncConnection, kinds: Iterable[str]) -> None:
        for kind in sorted(set(kinds)):
            await self._database.signal(connection, _channel(kind))


def _channel(kind: str) -> str:
    return f"tasks.{kind}"


def _connection(transaction: Transaction) -> AsyncConnection:
    assert isinstance(transaction, AsyncConnection), "a transaction of this database"
    return transaction


def _new_row(task: NewTask, now: datetime) -> dict[str, Any]:
    return {
        "kind": task.kind,
        "key": task.key,
        "subject": task.subject,
        "group": task.group,
        "state": _State.DUE.value,
        "ready_at": task.due_at,
        "fence": 0,
        "attempt": 0,
        "lapses": 0,
        "added_at": now,
    }


async def _locked(connection: AsyncConnection, claims: Sequence[Claim]) -> dict[int, datetime | None]:
    """Those of the claims that still hold, locked until the transaction ends: when each was woken, by id."""
    fences = {claim.id: claim.fence for claim in claims}
    asked = select(_c.id, _c.fence, _c.woken_at).where(_c.id.in_(sorted(fences)), _IS_LEASED)
    rows = await connection.execute(asked.order_by(_c.id).with_for_update())
    return {row.id: row.woken_at for row in rows if row.fence == fences[row.id]}


def _settled_row(task: int, then: Then, woken_at: datetime | None, now: datetime) -> dict[str, Any]:
    is_done = then is Rest.DONE
    moments = [moment for moment in (then, woken_at) if isinstance(moment, datetime)]
    ready = min(moments) if moments and not is_done else None
    state = _State.DONE if is_done else _State.PARKED if ready is None else _State.DUE
    return {
        "task": task,
        "state_": state.value,
        "ready": ready,
        "ended": now if is_done else None,
        "postponed": isinstance(then, datetime),
    }


def _waking(kind: str, subjects: Sequence[str], at: datetime) -> Any:  # noqa: ANN401 - an Update
    moment = literal(at, UtcDateTime)
    sleeps = or_(and_(_c.state == _State.DUE.value, _c.ready_at > moment), _c.state == _State.PARKED.value, _IS_LEASED)
    found = (
        select(_c.id)
        .where(_c.kind == kind, _c.subject.in_(sorted(set(subjects))), sleeps)
        .order_by(_c.id)
        .with_for_update()  # judged when it has the lock: meanwhile a task may have been leased or settled
        .cte("found")
    )
    return (
        update(tasks)
        .where(_c.id.in_(select(found.c.id)))
        .values(
            state=case((_IS_LEASED, _c.state), else_=_State.DUE.value),
            ready_at=case((_IS_LEASED, _c.ready_at), else_=moment),
            woken_at=case((~_IS_LEASED, None), (_c.woken_at < moment, _c.woken_at), else_=moment),
        )
    )


def _counts(states: Mapping[str, Row[Any]]) -> TaskCounts:
    due, leased, parked = (states.get(state.value) for state in (_State.DUE, _State.LEASED, _State.PARKED))
    return TaskCounts(
        due=due.number if due is not None else 0,
        leased=leased.number if leased is not None else 0,
        parked=parked.number if parked is not None else 0,
        oldest_due_at=due.first if due is not None else None,
    )
