"""Tasks of tests, and what is done to a store of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.records import Also, Transaction
from gateway.core.tasks import Claim, NewTask, Rest, Step, TaskStore, Then
from gateway.store.database import Database
from gateway.store.tables.announcements import channels
from gateway.store.tasks import SqlTasks
from tests.services.fakes import START

KIND = "seal"
MINUTE = timedelta(minutes=1)


def a_task(key: str, *, kind: str = KIND, subject: str = "", group: str | None = None, at: datetime = START) -> NewTask:
    return NewTask(kind=kind, key=key, subject=subject or f"s-{key}", due_at=at, group=group)


async def put(database: Database, store: SqlTasks, *tasks: NewTask) -> None:
    async with database.writing() as connection:
        await store.adding(tasks)(connection)


async def wake(database: Database, store: SqlTasks, *subjects: str, at: datetime, kind: str = KIND) -> None:
    async def work(connection: AsyncConnection) -> None:
        await store.waking(kind, subjects, at)(connection)

    await database.transact(work)


async def lease(store: TaskStore, at: datetime = START, most: int = 10, kind: str = KIND) -> Sequence[Claim]:
    return await store.claim(kind, at, at + MINUTE, most)


async def settle(store: TaskStore, then: Then, *claims: Claim) -> frozenset[int]:
    return await store.settle([Step(claim, then) for claim in claims])


async def finish(store: TaskStore, *claims: Claim) -> frozenset[int]:
    return await settle(store, Rest.DONE, *claims)


def subjects(claims: Sequence[Claim]) -> list[str]:
    return [claim.subject for claim in claims]


def noting(subject: str) -> Also:
    """A row that can be there once: what changes with a task that is done."""

    async def note(transaction: Transaction) -> None:
        assert isinstance(transaction, AsyncConnection)
        await transaction.execute(insert(channels).values(channel=subject, version=1))

    return note


async def noted(opened: Database) -> int:
    async with opened.reading() as connection:
        return int((await connection.execute(select(func.count()).select_from(channels))).scalar_one())
