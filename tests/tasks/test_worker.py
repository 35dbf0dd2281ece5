"""The worker, in time that passes only while everybody waits: what is added is done, by who holds its lease."""

import asyncio
from collections.abc import Sequence

import pytest
from structlog.testing import capture_logs

from gateway.core.tasks import Claim, TaskCounts
from gateway.services.tasks.leases import Leases
from gateway.services.tasks.worker import working
from tests.services.fakes import START
from tests.tasks.bench import AWAY, Shop, events, shop_test
from tests.tasks.making import KIND, MINUTE, a_task, finish, subjects

# ---- working


@shop_test
async def test_what_is_added_is_done_at_once(shop: Shop) -> None:
    handler = shop.handler()
    worker = shop.worker(handler)
    async with working(worker):
        await asyncio.sleep(7.77)
        await shop.store.add(a_task("a"))
        await shop.done(1)
        assert handler.groups == [(7.77, ["s-a"])]
        assert worker.in_hand == 0


@shop_test
async def test_what_is_due_later_is_done_within_a_second(shop: Shop) -> None:
    handler = shop.handler()
    await shop.store.add(a_task("a", at=START + MINUTE))
    async with working(shop.worker(handler)):
        await shop.done(1)
    assert 60 <= handler.groups[0][0] + 0.001 <= 61.1


@shop_test
async def test_many_are_done_in_groups_by_so_many_hands(shop: Shop) -> None:
    async def slowly(claims: Sequence[Claim]) -> None:
        await asyncio.sleep(1)
        await finish(shop.leases, *claims)

    handler = shop.handler(slowly)
    await shop.store.add(*(a_task(str(number)) for number in range(95)))
    async with working(shop.worker(handler, hands=3)):
        await shop.done(95)
    assert [len(group) for _, group in handler.groups] == [10] * 9 + [5]
    assert handler.most_at_once == 3
    assert handler.groups[-1][0] == pytest.approx(3, abs=0.1), "a free hand waits for nothing"


@shop_test
async def test_each_kind_has_its_handler(shop: Shop) -> None:
    handlers = shop.handler(), shop.handler(kind="scan")
    await shop.store.add(a_task("a"), a_task("b", kind="scan"), a_task("c", kind="other"))
    async with working(shop.worker(*handlers)):
        await shop.done(2)
    assert [handler.groups[0][1] for handler in handlers] == [["s-a"], ["s-b"]]
    assert await shop.store.counts() == {"other": TaskCounts(due=1, oldest_due_at=START)}


# ---- leases


@shop_test
async def test_leases_are_kept_alive_while_a_handler_works(shop: Shop) -> None:
    async def slowly(claims: Sequence[Claim]) -> None:
        await asyncio.sleep(600)
        shop.leases.check(claims[0])
        await finish(shop.leases, *claims)

    handlers = shop.handler(slowly), shop.handler(slowly)
    await shop.store.add(a_task("a"))
    async with working(shop.worker(handlers[0])), working(shop.worker(handlers[1])):
        await shop.done(1)
    assert sum(len(handler.groups) for handler in handlers) == 1


@shop_test
async def test_a_handler_whose_leases_are_lost_is_stopped(shop: Shop) -> None:
    ended: list[float] = []

    async def hanging(claims: Sequence[Claim]) -> None:
        try:
            await asyncio.sleep(600)
        finally:
            ended.append(shop.clock.monotonic())

    handler = shop.handler(hanging)
    await shop.store.add(a_task("a"), a_task("b"))
    with capture_logs() as logs:
        async with working(shop.worker(handler)):
            await asyncio.sleep(1)
            for row in shop.store.rows.values():
                row.fence += 1
            await asyncio.sleep(29)
            assert ended == [20]
            assert events(logs, "task.lease_lost") == [
                {"event": "task.lease_lost", "log_level": "warning", "kind": KIND, "tasks": 2}
            ]
            assert not events(logs, "task.defect")


@shop_test
async def test_a_handler_who_has_lost_some_goes_on_with_the_others(shop: Shop) -> None:
    async def one_by_one(claims: Sequence[Claim]) -> None:
        await asyncio.sleep(100)
        for claim in claims:
            if shop.leases.holds(claim):
                await finish(shop.leases, claim)

    handler = shop.handler(one_by_one)
    await shop.store.add(a_task("a"), a_task("b"))
    with capture_logs() as logs:
        async with working(shop.worker(handler)):
            await asyncio.sleep(1)
            shop.store.rows[1].fence += 1
            shop.store.rows[1].ready_at = START + 9 * MINUTE
            await asyncio.sleep(110)
    assert [row.state for row in shop.store.rows.values()] == ["LEASED", "DONE"]
    assert [line["tasks"] for line in events(logs, "task.lease_lost")] == [1]
    assert not events(logs, "task.unsettled", "task.defect")


@shop_test
async def test_a_worker_whose_store_is_away_stops_before_another_begins(shop: Shop) -> None:
    spans: list[tuple[str, float]] = []

    async def hanging(claims: Sequence[Claim]) -> None:
        try:
            await asyncio.sleep(600)
        finally:
            spans.append(("first ended", shop.clock.monotonic()))

    async def second(claims: Sequence[Claim]) -> None:
        spans.append(("second began", shop.clock.monotonic()))
        await finish(other.leases, *claims)

    other = Shop(shop.clock)
    other.store.rows = shop.store.rows
    other.leases = Leases(other.store, shop.clock)
    await shop.store.add(a_task("a"))
    with capture_logs() as logs:
        async with working(shop.worker(shop.handler(hanging))):
            await asyncio.sleep(1)
            shop.store.broken = AWAY
            async with working(other.worker(other.handler(second))):
                await other.done(1)
            shop.store.broken = None
            await asyncio.sleep(5)
    assert [what for what, _ in spans] == ["first ended", "second began"]
    assert spans[0][1] <= 50
    assert len(events(logs, "task.store_unavailable")) == 1, "it is told once"
    assert len(events(logs, "task.store_back")) == 1


@shop_test
async def test_an_outage_in_which_no_lease_ends_harms_nothing(shop: Shop) -> None:
    async def slowly(claims: Sequence[Claim]) -> None:
        await asyncio.sleep(90)
        await finish(shop.leases, *claims)

    handler = shop.handler(slowly)
    await shop.store.add(a_task("a"))
    async with working(shop.worker(handler)):
        await asyncio.sleep(15)
        shop.store.broken = AWAY
        await asyncio.sleep(25)
        shop.store.broken = None
        await shop.done(1)
    assert len(handler.groups) == 1


@shop_test
async def test_a_handler_who_hangs_is_stopped_and_his_tasks_are_tried_one_by_one(shop: Shop) -> None:
    async def hanging_with_b(claims: Sequence[Claim]) -> None:
        if "s-b" in subjects(claims):
            await asyncio.sleep(9999)
        await finish(shop.leases, *claims)

    handler = shop.handler(hanging_with_b)
    await shop.store.add(a_task("a"), a_task("b"), a_task("c"))
    with capture_logs() as logs:
        async with working(shop.worker(handler, longest=100)):
            await shop.done(2)
    assert [group for _, group in handler.groups] == [["s-a", "s-b", "s-c"], ["s-a"], ["s-b"], ["s-c"]]
    assert [(line["tasks"], line["seconds"]) for line in events(logs, "task.overlong")] == [(3, 100), (1, 100)]
