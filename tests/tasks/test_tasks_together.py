"""Several replicas at the same tasks, on both databases: nothing is done twice or lost, and it costs little."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.errors import StoreUnavailable
from gateway.core.records import Transaction
from gateway.core.tasks import Claim, LeaseLost, Rest, Step, TaskCounts, Then
from gateway.services.tasks.handler import Post
from gateway.services.tasks.leases import Leases
from gateway.services.tasks.worker import Worker, working
from gateway.store.database import Database, database
from gateway.store.tasks import SqlTasks
from gateway.system_clock import SystemClock
from tests.services.fakes import START, ManualClock
from tests.store.databases import open_url
from tests.tasks.making import KIND, MINUTE, a_task, finish, lease, noted, noting, put, settle, subjects, wake

CLOCK = SystemClock()
MANY = 1000
GROUP = 50


class Replica:
    """A database of its own on the same address, a clock of its own, and what it holds."""

    def __init__(self, opened: Database) -> None:
        self.database = opened
        self.clock = ManualClock()
        self.store = SqlTasks(opened, self.clock)
        self.leases = Leases(self.store, self.clock)


@asynccontextmanager
async def replicas(url: str) -> AsyncIterator[tuple[Database, Database]]:
    """On SQLite there is one process, with one database."""
    async with database(url, CLOCK) as one:
        if one.kind == "sqlite":
            yield one, one
        else:
            async with database(url, CLOCK) as other:
                yield one, other


@pytest.fixture
async def pair(database_url: str) -> AsyncIterator[tuple[Replica, Replica]]:
    async with replicas(database_url) as (one, other):
        yield Replica(one), Replica(other)


@pytest.fixture
async def postgres_pair(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Replica, Replica]]:
    """For what concerns several transactions at once."""
    with open_url(request, "postgresql") as url:
        async with replicas(url) as (one, other):
            yield Replica(one), Replica(other)


async def done(store: SqlTasks, claims: Sequence[Claim]) -> frozenset[int]:
    return await store.settle([Step(claim, Rest.DONE, noting(claim.subject)) for claim in claims])


# ---- at the same time


async def test_no_task_is_claimed_by_two(pair: tuple[Replica, Replica]) -> None:
    await put(pair[0].database, pair[0].store, *(a_task(str(number)) for number in range(300)))

    async def claim_all(store: SqlTasks) -> list[int]:
        found: list[int] = []
        while claims := await lease(store, most=7):
            assert len(claims) <= 7
            found += [claim.id for claim in claims]
        return found

    claimed = await asyncio.gather(*(claim_all(replica.store) for replica in pair for _ in range(4)))
    counted = Counter(task for found in claimed for task in found)
    assert len(counted) == 300
    assert set(counted.values()) == {1}


async def test_whoever_claims_does_not_wait_for_whom_settles(postgres_pair: tuple[Replica, Replica]) -> None:
    one, other = postgres_pair
    await put(one.database, one.store, a_task("a"), a_task("b"))
    (claim,) = await lease(one.store, most=1)

    async def meanwhile(_: Transaction) -> None:
        assert subjects(await lease(other.store, START + MINUTE)) == ["s-b"], "a is locked, though its lease is over"

    assert not await one.store.settle([Step(claim, Rest.DONE, meanwhile)])


async def test_in_a_storm_each_task_is_done_once(pair: tuple[Replica, Replica]) -> None:
    """Leases that end early, groups that overlap, waking, parking: in the end each is done, and noted once."""
    keys = [str(number) for number in range(120)]
    await put(pair[0].database, pair[0].store, *(a_task(key) for key in keys))
    over = asyncio.Event()

    async def work(replica: Replica, seed: int) -> None:
        chance = random.Random(seed)
        while not over.is_set():
            replica.clock.step(20)
            now = replica.clock.now()
            claims = list(await replica.store.claim(KIND, now, now + MINUTE, chance.randint(1, 12)))
            await replica.store.extend(claims, now + MINUTE)
            chance.shuffle(claims)
            half = (len(claims) + 1) // 2
            thens: list[Then] = [Rest.PARKED, Rest.HELD, now]
            await done(replica.store, claims[:half])
            await settle(replica.store, chance.choice(thens), *claims[half:])

    async def waking(replica: Replica, seed: int) -> None:
        chance = random.Random(seed)
        while await noted(replica.database) < len(keys):
            woken = chance.sample([f"s-{key}" for key in keys], 30)
            await wake(replica.database, replica.store, *woken, at=START)
            await asyncio.sleep(0)
        over.set()

    await asyncio.gather(*(work(replica, seed) for seed, replica in enumerate(pair * 3)), waking(pair[0], 9))
    assert await pair[0].store.counts() == {}


# ---- late, and cut off


async def test_a_replica_that_was_paused_past_its_lease_changes_nothing(pair: tuple[Replica, Replica]) -> None:
    paused, awake = pair
    await put(paused.database, paused.store, a_task("a"))
    (late,) = await lease(paused.leases)
    paused.clock.step(61)
    awake.clock.step(61)
    with pytest.raises(LeaseLost):
        paused.leases.check(late)  # before it asks anybody outside
    (claim,) = await lease(awake.leases, awake.clock.now())
    awake.leases.check(claim)
    assert await done(paused.store, [late]) == {late.id}
    assert await noted(paused.database) == 0
    assert await done(awake.store, [claim]) == frozenset()
    assert await done(paused.store, [late]) == {late.id}
    assert await noted(paused.database) == 1


async def test_after_a_crash_in_the_middle_of_a_group_the_rest_of_it_is_done(pair: tuple[Replica, Replica]) -> None:
    crashed, other = pair
    await put(crashed.database, crashed.store, *(a_task(key) for key in "abcd"))
    claims = await lease(crashed.store)
    await done(crashed.store, claims[:2])
    rest = await lease(other.store, START + MINUTE)
    assert subjects(rest) == ["s-c", "s-d"]
    assert [claim.lapses for claim in rest] == [1, 1]
    await done(other.store, rest)
    assert await noted(other.database) == 4


async def test_a_connection_that_breaks_in_a_group_leaves_it_as_it_was(postgres_pair: tuple[Replica, Replica]) -> None:
    replica = postgres_pair[0]
    await put(replica.database, replica.store, a_task("a"), a_task("b"))
    claims = await lease(replica.store)

    async def cut(transaction: Transaction) -> None:
        assert isinstance(transaction, AsyncConnection)
        await transaction.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(StoreUnavailable):
        await replica.store.settle([Step(claims[0], Rest.DONE, noting("a")), Step(claims[1], Rest.DONE, cut)])
    assert await noted(replica.database) == 0
    assert await replica.store.counts() == {KIND: TaskCounts(leased=2)}
    assert not await done(replica.store, claims)


async def test_news_reaches_the_other_replica(postgres_pair: tuple[Replica, Replica]) -> None:
    one, other = postgres_pair
    with other.store.arrivals(KIND) as news:
        await put(one.database, one.store, a_task("a"))
        await news.wait()


# ---- what it costs


@contextmanager
def statements(opened: Database) -> Iterator[list[str]]:
    """What is executed until the block ends: a statement of many rows is one."""
    engines: list[Engine] = [opened._writer.sync_engine]
    if opened._strokes is not None and opened._glances is not None:
        engines += [opened._strokes._engine, opened._glances._engine, opened._reader.sync_engine]
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield seen
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


def worked(seen: Sequence[str]) -> list[str]:
    """Without those that begin and end transactions, and that try connections."""
    return [one for one in seen if one.split()[0] in {"SELECT", "INSERT", "UPDATE", "WITH", "DELETE"}]


async def test_a_thousand_tasks_cost_a_few_statements_a_group(any_database: Database) -> None:
    store = SqlTasks(any_database, ManualClock())
    with statements(any_database) as seen:
        await put(any_database, store, *(a_task(str(number), group="batch") for number in range(MANY)))
    assert len(worked(seen)) <= 2
    groups = 0
    with statements(any_database) as seen:
        while claims := await lease(store, most=GROUP):
            await store.extend(claims, START + 2 * MINUTE)
            assert not await finish(store, *claims)
            groups += 1
    assert groups == MANY // GROUP
    assert len(worked(seen)) <= 6 * groups + 1
    assert await store.counts() == {}


async def test_two_workers_do_a_thousand_tasks_once(database_url: str) -> None:
    """All of it together, on the clock of the system."""
    finished: Counter[str] = Counter()
    all_done = asyncio.Event()

    class Handler:
        kind = KIND
        most = GROUP

        def __init__(self, leases: Leases) -> None:
            self._leases = leases

        async def work(self, claims: Sequence[Claim]) -> None:
            for claim in claims:
                self._leases.check(claim)
            assert not await finish(self._leases, *claims)
            finished.update(claim.subject for claim in claims)
            if len(finished) == MANY:
                all_done.set()

    async with replicas(database_url) as (one, other):
        stores = [SqlTasks(opened, CLOCK) for opened in (one, other)]
        workers = []
        for store in stores:
            leases = Leases(store, CLOCK)
            workers.append(Worker(leases, [Post(handler=Handler(leases))], CLOCK))
        async with working(workers[0]), working(workers[1]):
            await put(one, stores[0], *(a_task(str(number), at=CLOCK.now()) for number in range(MANY)))
            await all_done.wait()
        assert await stores[0].counts() == {}
    assert set(finished.values()) == {1}
