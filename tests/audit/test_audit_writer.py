"""The group writer: what is acknowledged is chained, commits are shared, and nothing leaves while it cannot write."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from sqlalchemy import func, select

from gateway.core import problems
from gateway.core.audit.canonical import NotCanonical
from gateway.core.audit.reading import AuditChoice
from gateway.core.errors import Refusal, StoreUnavailable
from gateway.store.audit import chaining
from gateway.store.audit import writer as writer_module
from gateway.store.audit.epochs import LEASE
from gateway.store.audit.reading import AuditEntries
from gateway.store.audit.writer import LOOK_SECONDS, AuditWriter, audit_writer
from gateway.store.database import Database, database
from gateway.store.tables.audit import chains, entries, epochs
from tests.audit.samples import AuditClock, an_event, hold_and_commit, verify_chains, waiting


@pytest.fixture
def clock() -> AuditClock:
    return AuditClock()


@pytest.fixture
async def writer(any_database: Database, clock: AuditClock) -> AsyncIterator[AuditWriter]:
    async with audit_writer(any_database, clock, alone=True) as opened:
        yield opened


class Broken:
    """A database whose transactions fail; ``mend`` lets them through again."""

    def __init__(self, real: Database) -> None:
        self._real = real
        self.kind = real.kind
        self.reading = real.reading
        self.is_broken = False

    async def stroke(self, work: Any) -> object:
        if self.is_broken:
            raise StoreUnavailable("away")
        return await self._real.stroke(work)


async def test_a_recorded_event_is_chained_when_record_returns(any_database: Database, writer: AuditWriter) -> None:
    event = an_event()
    await writer.record(event)
    assert event.id in await verify_chains(any_database)


async def test_an_event_comes_back_as_it_was(any_database: Database, writer: AuditWriter) -> None:
    event = an_event()
    await writer.record(event)
    found = await AuditEntries(any_database).find(AuditChoice(kinds=(event.kind,)), 10, None)
    assert found == [event]


async def test_forty_at_once_share_commits(any_database: Database, writer: AuditWriter) -> None:
    events = [an_event() for _ in range(40)]
    before = writer.commits
    await asyncio.gather(*(writer.record(event) for event in events))
    assert writer.commits - before <= 2  # the first alone, or all together; never one each
    assert {event.id for event in events} <= set(await verify_chains(any_database))


async def test_more_than_a_batch_takes_several_transactions(any_database: Database, writer: AuditWriter) -> None:
    events = [an_event() for _ in range(chaining.MOST_AT_ONCE + 1)]
    await asyncio.gather(*(writer.record(event) for event in events))
    assert {event.id for event in events} <= set(await verify_chains(any_database))


async def test_an_event_of_a_change_is_there_with_it_or_not_at_all(any_database: Database, writer: AuditWriter) -> None:
    kept, undone = an_event(), an_event()
    await hold_and_commit(any_database, writer, kept)
    with pytest.raises(LookupError):  # noqa: PT012 - a transaction that is undone
        async with any_database.writing() as connection:
            await writer.within(undone)(connection)
            raise LookupError
    await writer.settled(kept)
    chained = await verify_chains(any_database)
    assert kept.id in chained
    assert undone.id not in chained
    with pytest.raises(LookupError, match="nobody held"):
        await writer.settled(undone)


async def test_what_was_already_chained_settles_at_once(any_database: Database, writer: AuditWriter) -> None:
    event = an_event()
    await hold_and_commit(any_database, writer, event)
    other = an_event()
    await hold_and_commit(any_database, writer, other)
    await writer.settled(other)  # whose transaction takes the first one along
    assert not await waiting(any_database)
    await writer.settled(event)


async def test_what_is_posted_is_chained_by_the_end(any_database: Database, clock: AuditClock) -> None:
    event = an_event("caller.refused")
    async with audit_writer(any_database, clock, alone=True) as opened:
        opened.post(event)
    assert event.id in await verify_chains(any_database)


async def test_classes_and_months_have_chains_of_their_own(
    any_database: Database, writer: AuditWriter, clock: AuditClock
) -> None:
    await writer.record(an_event())
    await writer.record(an_event("audit.read"))
    clock.step(days=40)
    await writer.record(an_event())
    async with any_database.reading() as connection:
        rows = list(await connection.execute(select(chains.c.retention, chains.c.month).order_by(chains.c.began_at)))
    found = sorted((row.retention, row.month) for row in rows)
    assert found == [("ADMIN", "2026-03"), ("TECHNICAL", "2026-03"), ("USE", "2026-03"), ("USE", "2026-04")]
    await verify_chains(any_database)


async def test_a_full_chain_is_followed_by_another(
    any_database: Database, writer: AuditWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chaining, "MOST_IN_CHAIN", 2)
    for _ in range(5):
        await writer.record(an_event())
    async with any_database.reading() as connection:
        lengths = list(await connection.scalars(select(chains.c.length).where(chains.c.retention == "USE")))
    assert sorted(lengths) == [1, 2, 2]


async def test_an_event_of_an_unknown_kind_is_kept_longest(any_database: Database, writer: AuditWriter) -> None:
    event = an_event("from.another.program")
    await writer.record(event)
    async with any_database.reading() as connection:
        asked = select(chains.c.retention).join(entries).where(entries.c.event == event.id)
        assert (await connection.execute(asked)).scalar_one() == "ADMIN"


async def test_an_event_that_cannot_be_written_spoils_no_other(any_database: Database, writer: AuditWriter) -> None:
    good = an_event()
    with pytest.raises(NotCanonical):
        await writer.record(an_event(request_id="\ud800"))
    await writer.record(good)
    assert good.id in await verify_chains(any_database)


async def test_nothing_is_acknowledged_while_the_database_is_away(any_database: Database, clock: AuditClock) -> None:
    broken = Broken(any_database)
    async with audit_writer(broken, clock, alone=True) as opened:  # type: ignore[arg-type] # stands in for a Database
        held = an_event()
        await hold_and_commit(any_database, opened, held)
        broken.is_broken = True
        ends = await asyncio.gather(
            opened.record(an_event()), opened.record(an_event()), opened.settled(held), return_exceptions=True
        )
        for end in ends:
            assert isinstance(end, Refusal)
            assert end.problem is problems.AUDIT_UNAVAILABLE
        broken.is_broken = False
        after = an_event()
        await opened.record(after)
    chained = await verify_chains(any_database)
    assert {held.id, after.id} <= set(chained)


async def test_a_full_queue_refuses_and_does_not_grow(
    any_database: Database, clock: AuditClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "MOST_WAITING", 3)
    opened = AuditWriter(any_database, clock)  # nobody runs it: what arrives stays
    tasks = [asyncio.create_task(opened.record(an_event())) for _ in range(5)]
    await asyncio.sleep(0)
    opened.post(an_event())
    done = [task for task in tasks if task.done()]
    assert len(done) == 2
    assert all(isinstance(task.exception(), Refusal) for task in done)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_caller_who_stops_waiting_harms_nobody(any_database: Database, writer: AuditWriter) -> None:
    left, stays = an_event(), an_event()
    task = asyncio.create_task(writer.record(left))
    other = asyncio.create_task(writer.record(stays))
    await asyncio.sleep(0)
    task.cancel()
    await other
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stays.id in await verify_chains(any_database)


async def test_the_next_start_chains_what_a_dead_one_left(any_database: Database, clock: AuditClock) -> None:
    dead = AuditWriter(any_database, clock)
    await dead.begin(alone=True)
    event = an_event()
    await hold_and_commit(any_database, dead, event)  # and then it is killed
    clock.step(seconds=LEASE.total_seconds() + 1)
    async with audit_writer(any_database, clock, alone=False):
        assert event.id in await verify_chains(any_database)
        assert not await waiting(any_database)


async def test_a_living_replica_adopts_and_a_dead_one_that_wakes_goes_on(
    any_database: Database, clock: AuditClock
) -> None:
    paused = AuditWriter(any_database, clock)
    await paused.begin(alone=True)
    first, second, third = an_event(), an_event(), an_event()
    await hold_and_commit(any_database, paused, first)
    async with audit_writer(any_database, clock, alone=False) as living:
        await living.record(an_event())
        assert await waiting(any_database) == [first.id]  # a living replica's own matter
        clock.step(seconds=LEASE.total_seconds() + 1)
        await living.flush()
        assert not await waiting(any_database)
        settling = asyncio.create_task(paused.settled(first))
        await asyncio.sleep(0)
        await paused.flush()
        await settling
        await hold_and_commit(any_database, paused, second)
        clock.step(seconds=LOOK_SECONDS)
        await paused.flush()
        task = asyncio.create_task(paused.record(third))
        await asyncio.sleep(0)
        await paused.flush()
        await task
    assert {first.id, second.id, third.id} <= set(await verify_chains(any_database))


async def test_a_chain_that_was_sealed_meanwhile_is_left_for_a_new_one(
    any_database: Database, writer: AuditWriter
) -> None:
    await writer.record(an_event())
    async with any_database.writing() as connection:
        await connection.execute(chains.update().values(sealed_in=1))
    after = an_event()
    await writer.record(after)
    async with any_database.reading() as connection:
        lengths = list(await connection.scalars(select(chains.c.length).where(chains.c.retention == "USE")))
    assert lengths == [1, 1]
    assert after.id in await verify_chains(any_database)


async def test_an_epoch_ends_with_its_writer(any_database: Database, clock: AuditClock) -> None:
    async with audit_writer(any_database, clock, alone=True) as opened, any_database.reading() as connection:
        assert list(await connection.scalars(select(epochs.c.epoch))) == [opened.epoch]
    async with any_database.reading() as connection:
        assert not list(await connection.scalars(select(epochs.c.epoch)))


async def test_replicas_on_one_database_chain_side_by_side(any_database: Database, database_url: str) -> None:
    clock = AuditClock()
    async with AsyncExitStack() as stack:
        writers = []
        for _ in range(3):
            other = await stack.enter_async_context(database(database_url, clock))
            writers.append(await stack.enter_async_context(audit_writer(other, clock, alone=False)))
        events = [an_event() for _ in range(60)]
        await asyncio.gather(*(writers[place % 3].record(event) for place, event in enumerate(events)))
    assert {event.id for event in events} <= set(await verify_chains(any_database))
    async with any_database.reading() as connection:
        owners = await connection.scalar(
            select(func.count(func.distinct(chains.c.epoch))).where(chains.c.retention == "USE")
        )
    assert owners == 3
