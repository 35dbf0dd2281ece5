"""The worker in trouble: what breaks is done again, alone and ever later, and stopping loses nothing."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

import pytest
from structlog.testing import capture_logs

from gateway.core.tasks import Claim, LeaseLost, Rest
from gateway.services.tasks.hand import FIRST_DELAY, LONGEST_DELAY
from gateway.services.tasks.handler import Post
from gateway.services.tasks.worker import Pace, Worker, working
from gateway.system_clock import SystemClock
from tests.tasks.bench import AWAY, Shop, events, shop_test
from tests.tasks.making import KIND, MINUTE, a_task, finish, settle, subjects
from tests.tasks.memory import MemoryTasks

# ---- what breaks


@shop_test
async def test_one_that_breaks_does_not_take_its_group_along_and_is_tried_again_ever_later(shop: Shop) -> None:
    async def breaking_with_b(claims: Sequence[Claim]) -> None:
        if "s-b" in subjects(claims):
            raise LookupError("secret-subject")
        await finish(shop.leases, *claims)

    handler = shop.handler(breaking_with_b)
    await shop.store.add(a_task("a"), a_task("b"), a_task("c"))
    with capture_logs() as logs:
        async with working(shop.worker(handler)):
            await asyncio.sleep(3600)
    assert [group for _, group in handler.groups[:4]] == [["s-a", "s-b", "s-c"], ["s-a"], ["s-b"], ["s-c"]]
    tried = [at for at, group in handler.groups if group == ["s-b"]]
    waits = [after - before for before, after in pairwise(tried)]
    assert waits[:6] == pytest.approx([FIRST_DELAY * 2**number for number in range(6)], abs=1.01)
    assert waits[-1] == pytest.approx(LONGEST_DELAY, abs=1.01)
    assert logs[0]["tasks"] == 3
    assert {line["event"] for line in logs} == {"task.defect"}
    assert logs[0]["trace"][0] == "builtins.LookupError"
    assert "secret" not in repr(logs)
    assert [line["attempt"] for line in logs[:4]] == [1, 1, 2, 3]


@shop_test
async def test_what_a_handler_does_not_settle_is_told_and_done_again(shop: Shop) -> None:
    counted: Counter[str] = Counter()

    async def at_the_second_time(claims: Sequence[Claim]) -> None:
        for claim in claims:
            counted[claim.subject] += 1
            if claim.subject == "s-a" or counted[claim.subject] == 2:
                await finish(shop.leases, claim)

    await shop.store.add(a_task("a"), a_task("b"))
    with capture_logs() as logs:
        async with working(shop.worker(shop.handler(at_the_second_time))):
            await shop.done(2)
    assert counted == {"s-a": 1, "s-b": 2}
    assert logs == [{"event": "task.unsettled", "log_level": "error", "kind": KIND, "tasks": 1}]


@shop_test
async def test_a_handler_who_stops_because_a_lease_is_lost_is_no_defect(shop: Shop) -> None:
    async def careful(claims: Sequence[Claim]) -> None:
        if claims[0].attempt == 1:
            raise LeaseLost
        await finish(shop.leases, *claims)

    await shop.store.add(a_task("a"), a_task("b"))
    with capture_logs() as logs:
        async with working(shop.worker(shop.handler(careful))):
            await shop.done(2)
    assert logs == []


@shop_test
async def test_a_handler_whose_store_is_away_is_no_defect_and_his_tasks_are_done_when_it_is_back(shop: Shop) -> None:
    handler = shop.handler()

    async def breaking(claims: Sequence[Claim]) -> None:
        if len(handler.groups) == 1:
            shop.store.broken = AWAY
        await finish(shop.leases, *claims)

    handler = shop.handler(breaking)
    await shop.store.add(a_task("a"), a_task("b"))
    with capture_logs() as logs:
        async with working(shop.worker(handler)):
            await asyncio.sleep(10)
            shop.store.broken = None
            await shop.done(2)
    assert [group for _, group in handler.groups] == [["s-a", "s-b"]] * 2
    assert handler.groups[1][0] < 14, "before the lease would have ended"
    assert [line["event"] for line in logs] == ["task.store_unavailable", "task.store_back"]


@shop_test
async def test_a_hand_is_free_again_when_the_store_is_away_for_longer_than_a_lease(shop: Shop) -> None:
    async def breaking(_: Sequence[Claim]) -> None:
        shop.store.broken = AWAY
        raise AWAY

    worker = shop.worker(shop.handler(breaking))
    await shop.store.add(a_task("a"))
    async with working(worker):
        await asyncio.sleep(40)
        assert worker.in_hand == 1
        await asyncio.sleep(20)
        assert worker.in_hand == 0


@shop_test
async def test_tasks_whose_workers_die_are_done_alone(shop: Shop) -> None:
    handler = shop.handler()
    await shop.store.add(*(a_task(key) for key in "abcd"))
    for number in (2, 3):
        shop.store.rows[number].lapses = 2
    async with working(shop.worker(handler)):
        await shop.done(4)
    assert [group for _, group in handler.groups] == [["s-a", "s-d"], ["s-b"], ["s-c"]]


@shop_test
async def test_a_group_of_which_every_task_is_suspected_is_done_one_by_one(shop: Shop) -> None:
    handler = shop.handler()
    await shop.store.add(a_task("a"))
    shop.store.rows[1].lapses = 5
    async with working(shop.worker(handler)):
        await shop.done(1)
    assert [group for _, group in handler.groups] == [["s-a"]]


@shop_test
async def test_a_store_that_breaks_otherwise_stops_nobody(shop: Shop) -> None:
    async def failing(claims: Sequence[Claim]) -> None:
        await asyncio.sleep(30)
        raise LookupError

    handler = shop.handler(failing)
    await shop.store.add(a_task("a"))
    with capture_logs() as logs:
        async with working(shop.worker(handler)):
            await asyncio.sleep(1)
            shop.store.broken = ZeroDivisionError()
            await asyncio.sleep(60)
            shop.store.broken = None
            await asyncio.sleep(60)
    traces = {(line.get("kind"), line["trace"][0]) for line in events(logs, "task.defect")}
    assert traces == {
        (None, "builtins.ZeroDivisionError"),  # extending
        (KIND, "builtins.ZeroDivisionError"),  # claiming, and putting off
        (KIND, "builtins.LookupError"),
    }
    assert len(handler.groups) > 1


# ---- stopping


@shop_test
async def test_a_worker_that_stops_finishes_what_is_in_hand_and_claims_no_more(shop: Shop) -> None:
    async def slowly(claims: Sequence[Claim]) -> None:
        await asyncio.sleep(5)
        await finish(shop.leases, *claims)

    handler = shop.handler(slowly, most=1)
    await shop.store.add(a_task("a"), a_task("b"), a_task("c"))
    async with working(shop.worker(handler)):
        await asyncio.sleep(1)
    assert shop.clock.monotonic() == 5
    assert [row.state for row in shop.store.rows.values()] == ["DONE", "DONE", "DUE"]


@shop_test
async def test_what_takes_too_long_when_a_worker_stops_is_handed_back_at_once(shop: Shop) -> None:
    async def hanging(claims: Sequence[Claim]) -> None:
        await finish(shop.leases, claims[0])
        await asyncio.sleep(9999)

    handler = shop.handler(hanging)
    await shop.store.add(*(a_task(key) for key in "abcd"))
    shop.store.rows[4].lapses = 2
    with capture_logs() as logs:
        async with working(shop.worker(handler, pace=Pace(stop=7))):
            await asyncio.sleep(1)
    assert shop.clock.monotonic() == 8
    assert [row.state for row in shop.store.rows.values()] == ["DONE", "DUE", "DUE", "DUE"]
    assert all(row.ready_at == shop.clock.now() for row in list(shop.store.rows.values())[1:])
    assert [line["tasks"] for line in events(logs, "task.handed_back")] == [2, 1]
    second = shop.handler()
    async with working(shop.worker(second)):
        await shop.done(4)
    assert sorted(group for _, group in second.groups) == [["s-b", "s-c", "s-d"]]


@shop_test
async def test_a_worker_that_stops_waits_for_no_store(shop: Shop) -> None:
    async def hanging(claims: Sequence[Claim]) -> None:
        await asyncio.sleep(9999)

    await shop.store.add(a_task("a"))
    async with working(shop.worker(shop.handler(hanging), pace=Pace(stop=7))):
        await asyncio.sleep(1)
        shop.store.broken = AWAY
    assert shop.clock.monotonic() == 8
    assert shop.store.rows[1].state == "LEASED", "until the lease is over"


@shop_test
async def test_a_worker_that_stops_puts_off_nothing_while_the_store_is_away(shop: Shop) -> None:
    async def breaking(claims: Sequence[Claim]) -> None:
        shop.store.broken = AWAY
        raise AWAY

    await shop.store.add(a_task("a"))
    async with working(shop.worker(shop.handler(breaking), pace=Pace(stop=0.1))):
        await asyncio.sleep(1)
    assert shop.clock.monotonic() <= 2
    assert shop.store.rows[1].state == "LEASED"


async def test_a_worker_waits_on_a_clock_of_the_system_too() -> None:
    shop = Shop(SystemClock())
    handler = shop.handler()
    await shop.store.add(a_task("a"))
    async with working(Worker(shop.leases, [Post(handler=handler)], shop.clock)):
        await shop.done(1)
    assert [group for _, group in handler.groups] == [["s-a"]]


@shop_test
async def test_nothing_is_handed_back_that_was_settled_while_it_was_stopped(shop: Shop) -> None:
    async def stubborn(claims: Sequence[Claim]) -> None:
        try:
            await asyncio.sleep(9999)
        except asyncio.CancelledError:
            await finish(shop.leases, *claims)

    await shop.store.add(a_task("a"))
    with capture_logs() as logs:
        async with working(shop.worker(shop.handler(stubborn), pace=Pace(stop=7))):
            await asyncio.sleep(1)
    assert shop.store.rows[1].state == "DONE"
    assert logs == []


@shop_test
async def test_a_worker_that_is_cancelled_leaves_nothing_running(shop: Shop) -> None:
    ended = asyncio.Event()

    async def hanging(claims: Sequence[Claim]) -> None:
        try:
            await asyncio.sleep(9999)
        finally:
            ended.set()

    await shop.store.add(a_task("a"))
    task = asyncio.create_task(shop.worker(shop.handler(hanging)).run())
    await asyncio.sleep(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == 1
    assert shop.store.rows[1].state == "LEASED"


@shop_test
async def test_a_task_that_was_claimed_while_the_worker_stopped_is_not_lost(shop: Shop) -> None:
    class Slow(MemoryTasks):
        async def claim(self, kind: str, at: datetime, until: datetime, most: int) -> Sequence[Claim]:
            claims = await super().claim(kind, at, until, most)
            await asyncio.sleep(2)
            return claims

    slow = Shop(shop.clock, Slow(shop.clock))
    await slow.store.add(a_task("a"))
    async with working(slow.worker(slow.handler())):
        await asyncio.sleep(1)
    assert slow.store.rows[1].state == "DONE"


@shop_test
async def test_leases_that_end_before_a_hand_comes_to_them_are_left_alone(shop: Shop) -> None:
    """The first of two that go one after the other takes so long that the worker, cut off, loses both."""

    async def hanging(claims: Sequence[Claim]) -> None:
        await asyncio.sleep(9999)

    handler = shop.handler(hanging)
    await shop.store.add(a_task("a"), a_task("b"))
    for row in shop.store.rows.values():
        row.lapses = 2
    async with working(shop.worker(handler)):
        await asyncio.sleep(1)
        for row in shop.store.rows.values():
            row.fence += 1
        await asyncio.sleep(30)
    assert [group for _, group in handler.groups] == [["s-a"]]


@shop_test
async def test_polling_goes_on_for_as_long_as_it_takes(shop: Shop) -> None:
    async def polling(claims: Sequence[Claim]) -> None:
        then = Rest.DONE if claims[0].attempt == 20 else shop.clock.now() + MINUTE
        await settle(shop.leases, then, *claims)

    handler = shop.handler(polling)
    await shop.store.add(a_task("a"))
    async with working(shop.worker(handler)):
        await shop.done(1)
    assert len(handler.groups) == 20
    assert 19 * 60 <= shop.clock.monotonic() <= 19 * 62
