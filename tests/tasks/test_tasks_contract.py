"""The task store's promises, on SQLite, on PostgreSQL, and by the model that other tests use."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.records import Also, Transaction
from gateway.core.tasks import Claim, NewTask, Rest, Step, TaskCounts, TaskStore
from gateway.store.database import Database, Options, database
from gateway.store.tasks import KEPT, SqlTasks
from gateway.system_clock import SystemClock
from tests.services.fakes import START, ManualClock
from tests.store.databases import KINDS, open_url
from tests.tasks.making import KIND, MINUTE, a_task, finish, lease, settle, subjects
from tests.tasks.memory import MemoryTasks, NoTransaction

SECOND = timedelta(seconds=1)


class Shop:
    """A store, and a way to change what stands beside it in the same transaction."""

    def __init__(self, store: TaskStore, clock: ManualClock, database: Database | None) -> None:
        self.store = store
        self.clock = clock
        self._database = database

    async def run(self, also: Also) -> None:
        if self._database is None:
            await also(NoTransaction())
        else:

            async def work(connection: AsyncConnection) -> None:
                await also(connection)

            await self._database.transact(work)

    async def add(self, *tasks: NewTask) -> None:
        await self.run(self.store.adding(tasks))

    async def wake(self, *woken: str, at: Any) -> None:
        await self.run(self.store.waking(KIND, woken, at))


@pytest.fixture(params=(*KINDS, "memory"))
def address(request: pytest.FixtureRequest) -> Iterator[str | None]:
    if request.param == "memory":
        yield None
        return
    with open_url(request, request.param) as url:
        yield url


@pytest.fixture
async def shop(address: str | None) -> AsyncIterator[Shop]:
    clock = ManualClock()
    if address is None:
        yield Shop(MemoryTasks(clock), clock, None)
        return
    # who listens hears himself too after a moment
    async with database(address, SystemClock(), Options(listens=False)) as opened:
        yield Shop(SqlTasks(opened, clock), clock, opened)


# ---- adding and claiming


async def test_a_task_is_claimed_with_what_it_is_about(shop: Shop) -> None:
    await shop.add(a_task("a", subject="document-1", group="batch-1"))
    (claim,) = await lease(shop.store)
    assert claim == Claim(
        id=claim.id, kind=KIND, subject="document-1", group="batch-1", attempt=1, fence=1, until=START + MINUTE
    )


async def test_the_same_work_is_added_once(shop: Shop) -> None:
    await shop.add(a_task("a"), a_task("b"), a_task("a", subject="other"))
    await shop.add(a_task("b", subject="other"), a_task("c"), a_task("a", kind="scan"))
    assert subjects(await lease(shop.store)) == ["s-a", "s-b", "s-c"]
    assert subjects(await lease(shop.store, kind="scan")) == ["s-a"]


async def test_work_that_is_done_is_not_added_again(shop: Shop) -> None:
    await shop.add(a_task("a"))
    await finish(shop.store, *await lease(shop.store))
    await shop.add(a_task("a"))
    assert not await lease(shop.store)


async def test_no_tasks_are_no_trouble(shop: Shop) -> None:
    await shop.add()
    assert not await lease(shop.store)
    assert await shop.store.settle([]) == frozenset()
    assert await shop.store.extend([], START) == frozenset()


async def test_nothing_is_claimed_before_it_is_due(shop: Shop) -> None:
    await shop.add(a_task("a", at=START + SECOND))
    assert not await lease(shop.store)
    assert len(await lease(shop.store, START + SECOND)) == 1


async def test_the_oldest_are_claimed_first(shop: Shop) -> None:
    await shop.add(a_task("c", at=START - SECOND), a_task("a"), a_task("b"), a_task("d", at=START - MINUTE))
    assert subjects(await lease(shop.store, most=2)) == ["s-c", "s-d"]
    assert subjects(await lease(shop.store, most=1)) == ["s-a"]
    assert subjects(await lease(shop.store)) == ["s-b"]


async def test_a_leased_task_is_nobody_elses(shop: Shop) -> None:
    await shop.add(a_task("a"))
    await lease(shop.store)
    assert not await lease(shop.store, START + MINUTE - SECOND)


async def test_a_lease_that_is_over_is_claimed_again_and_the_first_worker_changes_nothing_any_more(shop: Shop) -> None:
    await shop.add(a_task("a"))
    (slow,) = await lease(shop.store)
    (claim,) = await lease(shop.store, START + MINUTE)
    assert (claim.id, claim.fence, claim.attempt, claim.lapses) == (slow.id, 2, 2, 1)
    assert await finish(shop.store, slow) == {slow.id}
    assert await shop.store.extend([slow], START + 9 * MINUTE) == frozenset()
    assert await finish(shop.store, claim) == frozenset()
    assert await finish(shop.store, claim) == {claim.id}, "once"


async def test_who_is_late_but_was_not_replaced_may_settle(shop: Shop) -> None:
    await shop.add(a_task("a"))
    (claim,) = await lease(shop.store)
    shop.clock.step(3600)
    assert await finish(shop.store, claim) == frozenset()


# ---- extending


async def test_an_extended_lease_goes_on(shop: Shop) -> None:
    await shop.add(a_task("a"), a_task("b"))
    first, second = await lease(shop.store)
    assert await shop.store.extend([first], START + 2 * MINUTE) == {first.id}
    assert subjects(await lease(shop.store, START + MINUTE)) == ["s-b"]
    assert await shop.store.extend([first, second], START + 3 * MINUTE) == {first.id}
    assert not await lease(shop.store, START + 2 * MINUTE - SECOND)


# ---- settling


@pytest.mark.parametrize(
    ("then", "state"),
    [
        (Rest.DONE, None),
        (Rest.PARKED, TaskCounts(parked=1)),
        (Rest.HELD, TaskCounts(leased=1)),
        (START + MINUTE, TaskCounts(due=1, oldest_due_at=START + MINUTE)),
    ],
)
async def test_a_step_says_what_becomes_of_a_task(shop: Shop, then: Any, state: TaskCounts | None) -> None:
    await shop.add(a_task("a"))
    (claim,) = await lease(shop.store)
    assert await settle(shop.store, then, claim) == frozenset()
    assert await shop.store.counts() == ({} if state is None else {KIND: state})


async def test_postponements_count_as_attempts_and_rests_do_not(shop: Shop) -> None:
    await shop.add(a_task("a"))
    for attempt in (1, 2, 3):
        (claim,) = await lease(shop.store)
        assert claim.attempt == attempt
        await settle(shop.store, START, claim)
    (claim,) = await lease(shop.store)
    assert (claim.attempt, claim.fence, claim.lapses) == (4, 4, 0)
    await settle(shop.store, Rest.PARKED, claim)
    await shop.wake("s-a", at=START)
    (claim,) = await lease(shop.store)
    assert (claim.attempt, claim.fence) == (1, 5)


async def test_leases_that_ended_by_themselves_are_counted_until_the_task_is_settled(shop: Shop) -> None:
    await shop.add(a_task("a"))
    for lapses in range(3):
        (claim,) = await lease(shop.store, START + lapses * MINUTE)
        assert (claim.lapses, claim.attempt) == (lapses, lapses + 1)
    await settle(shop.store, Rest.HELD, claim)
    (claim,) = await lease(shop.store, START + 3 * MINUTE)
    assert claim.lapses == 3, "to go on with it is no end"
    await settle(shop.store, START, claim)
    (claim,) = await lease(shop.store)
    assert (claim.lapses, claim.attempt) == (0, 5)


async def test_a_held_task_keeps_its_lease(shop: Shop) -> None:
    await shop.add(a_task("a"))
    (claim,) = await lease(shop.store)
    assert await settle(shop.store, Rest.HELD, claim) == frozenset()
    assert not await lease(shop.store, START + MINUTE - SECOND)
    assert await finish(shop.store, claim) == frozenset()


async def test_what_changes_with_a_step_changes_for_those_that_hold_and_for_no_other(shop: Shop) -> None:
    await shop.add(a_task("a"), a_task("b"))
    slow = await lease(shop.store)
    (held,) = await lease(shop.store, START + MINUTE, most=1)
    changed = []

    def also(subject: str) -> Also:
        async def change(_: Transaction) -> None:
            changed.append(subject)

        return change

    lost = await shop.store.settle([Step(claim, Rest.DONE, also(claim.subject)) for claim in slow])
    assert lost == {held.id}
    assert changed == ["s-b"]


async def test_what_belongs_to_a_group_changes_after_its_steps(shop: Shop) -> None:
    await shop.add(a_task("a"), a_task("b"))
    claims = await lease(shop.store)
    changed: list[str] = []

    def also(subject: str) -> Also:
        async def change(_: Transaction) -> None:
            changed.append(subject)

        return change

    await shop.store.settle([Step(claim, Rest.DONE, also(claim.subject)) for claim in claims], also("together"))
    assert changed == ["s-a", "s-b", "together"]


async def test_a_step_that_breaks_leaves_the_whole_group_as_it_was(shop: Shop) -> None:
    await shop.add(a_task("a"), a_task("b"))
    first, second = await lease(shop.store)

    async def broken(_: Transaction) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await shop.store.settle([Step(first, Rest.DONE), Step(second, Rest.DONE, broken)])
    assert await shop.store.counts() == {KIND: TaskCounts(leased=2)}
    assert await finish(shop.store, first, second) == frozenset()


# ---- waking


async def test_a_parked_task_waits_until_it_is_woken(shop: Shop) -> None:
    await shop.add(a_task("a"), a_task("b"), a_task("a", kind="scan"))
    await settle(shop.store, Rest.PARKED, *await lease(shop.store))
    await settle(shop.store, Rest.PARKED, *await lease(shop.store, kind="scan"))
    assert not await lease(shop.store, START + 999 * MINUTE)
    await shop.wake("s-a", "s-none", at=START + MINUTE)
    assert not await lease(shop.store)
    assert subjects(await lease(shop.store, START + MINUTE)) == ["s-a"]
    assert not await lease(shop.store, START + MINUTE, kind="scan")


async def test_waking_hurries_what_is_due_later_and_puts_nothing_off(shop: Shop) -> None:
    await shop.add(a_task("a", at=START + 9 * MINUTE), a_task("b"))
    await shop.wake("s-a", "s-b", at=START + MINUTE)
    assert subjects(await lease(shop.store)) == ["s-b"]
    assert subjects(await lease(shop.store, START + MINUTE, most=1)) == ["s-a"]


async def test_a_task_that_is_woken_while_it_is_leased_is_due_again_after(shop: Shop) -> None:
    await shop.add(a_task("a"), a_task("b"), a_task("c"), a_task("d"))
    await lease(shop.store)
    first, second, third, fourth = await lease(shop.store, START + MINUTE)
    await shop.wake("s-a", "s-b", "s-c", at=START + 3 * MINUTE)
    await shop.wake("s-a", "s-b", "s-c", at=START + 2 * MINUTE)
    await shop.wake("s-a", "s-b", "s-c", at=START + 4 * MINUTE)
    await settle(shop.store, Rest.HELD, first)
    await settle(shop.store, Rest.PARKED, first, fourth)
    await settle(shop.store, START + 9 * MINUTE, second)
    await settle(shop.store, START, third)
    assert subjects(await lease(shop.store)) == ["s-c"]
    assert subjects(await lease(shop.store, START + 2 * MINUTE)) == ["s-a", "s-b", "s-c"], "the first of the moments"


async def test_a_task_that_is_done_is_not_woken(shop: Shop) -> None:
    await shop.add(a_task("a"), a_task("b"))
    first, second = await lease(shop.store)
    await finish(shop.store, first)
    await shop.wake("s-a", "s-b", at=START)
    await finish(shop.store, second)
    assert await shop.store.counts() == {}


async def test_who_claims_a_task_after_it_was_woken_has_seen_why(shop: Shop) -> None:
    await shop.add(a_task("a"))
    await lease(shop.store)
    await shop.wake("s-a", at=START)
    (claim,) = await lease(shop.store, START + MINUTE)
    await settle(shop.store, Rest.PARKED, claim)
    assert await shop.store.counts() == {KIND: TaskCounts(parked=1)}


async def test_workers_are_told_of_what_is_new(shop: Shop) -> None:
    with shop.store.arrivals(KIND) as news, shop.store.arrivals("scan") as other:
        await shop.add(a_task("a"))
        assert news.is_set()
        news.clear()
        (claim,) = await lease(shop.store)
        await settle(shop.store, Rest.PARKED, claim)
        assert not news.is_set()
        await shop.wake("s-a", at=START)
        assert news.is_set()
        news.clear()
        await settle(shop.store, START, *await lease(shop.store))
        assert news.is_set(), "another worker may take it"
        assert not other.is_set()
    news.clear()
    await shop.add(a_task("b"))
    assert not news.is_set()


# ---- counting and sweeping


async def test_what_is_not_done_is_counted_by_kind(shop: Shop) -> None:
    await shop.add(*(a_task(key, at=START + place * SECOND) for place, key in enumerate("abcde")))
    await shop.add(a_task("z", kind="scan"))
    claims = await lease(shop.store, START + MINUTE, most=3)
    await finish(shop.store, claims[0])
    await settle(shop.store, Rest.PARKED, claims[1])
    assert await shop.store.counts() == {
        KIND: TaskCounts(due=2, leased=1, parked=1, oldest_due_at=START + 3 * SECOND),
        "scan": TaskCounts(due=1, oldest_due_at=START),
    }


async def test_what_was_done_long_ago_is_swept_and_nothing_else(shop: Shop) -> None:
    await shop.add(*(a_task(key) for key in "abcdef"))
    claims = await lease(shop.store, most=5)
    await settle(shop.store, Rest.PARKED, claims[0])
    await finish(shop.store, *claims[1:3])
    shop.clock.step(60)
    await finish(shop.store, claims[3])
    assert await shop.store.sweep(START + KEPT - SECOND, 9) == 0
    assert await shop.store.sweep(START + KEPT, 1) == 1
    assert await shop.store.sweep(START + KEPT, 9) == 1
    assert await shop.store.counts() == {KIND: TaskCounts(due=1, leased=1, parked=1, oldest_due_at=START)}
    await shop.add(a_task("b"), a_task("d"))
    assert subjects(await lease(shop.store)) == ["s-f", "s-b"], "b may be added again, d not yet"
