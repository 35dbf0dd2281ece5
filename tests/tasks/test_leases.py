"""What a process holds, and for how long it may rely on it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from gateway.core.errors import StoreUnavailable
from gateway.core.records import Also
from gateway.core.tasks import Claim, LeaseLost, Rest, Step, TaskCounts
from gateway.services.tasks.leases import Leases
from tests.services.fakes import START, ManualClock
from tests.tasks.making import KIND, MINUTE, a_task, finish, lease, settle
from tests.tasks.memory import KEPT, MemoryTasks, NoTransaction


class TwoClocks(ManualClock):
    """A wall clock that goes on while the machine sleeps, as the monotonic one does not; both are set apart."""

    def __init__(self) -> None:
        super().__init__()
        self.asleep = 0.0

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.asleep)


class Held:
    """Two tasks that are leased for a minute, of which ten seconds are left for safety."""

    def __init__(self) -> None:
        self.clock = TwoClocks()
        self.store = MemoryTasks(self.clock)
        self.leases = Leases(self.store, self.clock, 10.0)
        self.first: Claim
        self.second: Claim

    async def claim(self) -> "Held":
        await self.store.add(a_task("a"), a_task("b"))
        self.first, self.second = await lease(self.leases)
        return self

    def held(self) -> list[bool]:
        return [self.leases.holds(self.first), self.leases.holds(self.second)]

    async def extend(self) -> frozenset[int]:
        return await self.leases.extend([self.first, self.second], self.clock.now() + MINUTE)


@pytest.fixture
async def tasks() -> Held:
    return await Held().claim()


async def test_what_was_claimed_is_held_until_shortly_before_the_lease_ends(tasks: Held) -> None:
    tasks.clock.step(49.9)
    assert tasks.held() == [True, True]
    tasks.leases.check(tasks.first)
    tasks.clock.step(0.1)
    assert tasks.held() == [False, False]
    with pytest.raises(LeaseLost):
        tasks.leases.check(tasks.first)


async def test_who_slept_with_his_machine_holds_nothing(tasks: Held) -> None:
    tasks.clock.asleep = 50
    assert tasks.held() == [False, False]


async def test_the_time_that_asking_takes_is_part_of_the_lease() -> None:
    class Slow(MemoryTasks):
        async def claim(self, kind: str, at: datetime, until: datetime, most: int) -> Sequence[Claim]:
            clock.step(30)
            return await super().claim(kind, at, until, most)

    clock = ManualClock()
    store = Slow(clock)
    leases = Leases(store, clock, 10.0)
    await store.add(a_task("a"))
    (claim,) = await lease(leases)
    clock.step(19)
    assert leases.holds(claim)
    clock.step(1)
    assert not leases.holds(claim)


async def test_nothing_is_held_that_was_not_claimed_here(tasks: Held) -> None:
    other = Leases(tasks.store, tasks.clock)
    assert not other.holds(tasks.first)
    (claim,) = await lease(other, START + 2 * MINUTE, most=1)
    assert claim.id == tasks.first.id
    assert not tasks.leases.holds(claim), "another fence"
    assert tasks.leases.unsettled([claim]) == []


async def test_extended_leases_are_held_for_longer(tasks: Held) -> None:
    tasks.clock.step(45)
    assert len(await tasks.extend()) == 2
    tasks.clock.step(45)
    assert tasks.held() == [True, True]


async def test_a_lease_that_another_has_is_lost(tasks: Held) -> None:
    await lease(tasks.store, START + MINUTE, most=1)
    assert await tasks.extend() == {tasks.second.id}
    assert tasks.held() == [False, True]
    assert tasks.leases.unsettled([tasks.first, tasks.second]) == [tasks.first, tasks.second]


async def test_what_is_settled_is_held_no_longer_and_what_goes_on_is(tasks: Held) -> None:
    await settle(tasks.leases, Rest.HELD, tasks.first, tasks.second)
    assert tasks.held() == [True, True]
    await finish(tasks.leases, tasks.first)
    assert tasks.held() == [False, True]
    assert tasks.leases.unsettled([tasks.first, tasks.second]) == [tasks.second]


async def test_a_step_that_comes_too_late_shows_that_the_lease_is_lost(tasks: Held) -> None:
    await lease(tasks.store, START + MINUTE, most=1)
    assert await finish(tasks.leases, tasks.first, tasks.second) == {tasks.first.id}
    assert tasks.held() == [False, False]
    assert tasks.leases.unsettled([tasks.first, tasks.second]) == [tasks.first]
    tasks.leases.forget([tasks.first, tasks.second])
    assert await finish(tasks.leases, tasks.first) == {tasks.first.id}
    assert tasks.leases.unsettled([tasks.first, tasks.second]) == []


async def test_what_is_being_settled_is_not_taken_to_be_lost() -> None:
    """A lease that ends because its task was settled is not there to be extended either."""

    class Waiting(MemoryTasks):
        async def settle(self, steps: Sequence[Step], also: Also | None = None) -> frozenset[int]:
            lost = await super().settle(steps, also)
            settled.set()
            await told.wait()
            return lost

    settled, told = asyncio.Event(), asyncio.Event()
    tasks = Held()
    tasks.store = Waiting(tasks.clock)
    tasks.leases = Leases(tasks.store, tasks.clock)
    await tasks.claim()
    settling = asyncio.create_task(finish(tasks.leases, tasks.first))
    await settled.wait()
    assert await tasks.extend() == {tasks.second.id}
    assert tasks.held() == [True, True]
    told.set()
    await settling
    assert tasks.held() == [False, True]


async def test_a_step_of_which_nobody_knows_leaves_the_lease(tasks: Held) -> None:
    tasks.store.broken = StoreUnavailable("away")
    with pytest.raises(StoreUnavailable):
        await finish(tasks.leases, tasks.first)
    assert tasks.held() == [True, True]


async def test_everything_else_is_the_stores(tasks: Held) -> None:
    with tasks.leases.arrivals("scan") as news:
        await tasks.leases.adding([a_task("c", kind="scan")])(NoTransaction())
        assert news.is_set()
    await settle(tasks.leases, Rest.PARKED, tasks.first)
    await tasks.leases.waking(KIND, ["s-a"], START)(NoTransaction())
    await finish(tasks.leases, tasks.second)
    assert await tasks.leases.counts() == {
        KIND: TaskCounts(due=1, oldest_due_at=START),
        "scan": TaskCounts(due=1, oldest_due_at=START),
    }
    assert await tasks.leases.sweep(START + KEPT, 9) == 1
