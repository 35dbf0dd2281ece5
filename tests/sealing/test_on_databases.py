"""The service on both databases: a batch, a crash in the middle of it, and two replicas."""

from pathlib import Path

import pytest

from gateway.core.delivery import Delivery
from gateway.core.seals.sealing import SealingState
from tests.sealing.bench import Bench, Fuse, Killed, bench_on
from tests.sealing.making import FakePlatform, a_document, a_seal, away, times


async def states(bench: Bench, sealings: object) -> set[SealingState]:
    return {(await bench.now(one)).state for one in sealings}  # type: ignore[attr-defined] # a sequence of them


async def test_a_batch_goes_on_after_a_kill_without_repeating_a_document(database_url: str, tmp_path: Path) -> None:
    async with bench_on(database_url, tmp_path, a_seal()) as bench:
        sealings = await bench.asked(*(a_document(str(number)) for number in range(80)))
        with pytest.raises(Killed):
            await bench.run(bench.worker(Fuse(200)))
        released = {one.id for one in sealings if (await bench.now(one)).state is SealingState.RELEASED}
        assert released
        results = {key: (await bench.sealings.find(key)).result for key in released}  # type: ignore[union-attr]
        bench.clock.step(61)
        await bench.run()
        assert await states(bench, sealings) == {SealingState.RELEASED}
        again = {key: (await bench.sealings.find(key)).result for key in released}  # type: ignore[union-attr]
        assert again == results
        done = [event.about for event in bench.trail.held if event.kind == "seal.released"]
        assert len(done) == len(set(done)) == 80


async def test_two_replicas_share_the_work_of_a_platform(database_url: str, tmp_path: Path) -> None:
    platform = FakePlatform(Delivery.ONCE)
    async with bench_on(database_url, tmp_path, a_seal(route=away()), platform) as bench:
        sealings = await bench.asked(*(a_document(str(number)) for number in range(40)))
        first, second = bench.worker(), bench.worker()
        while await first.once() + await second.once():
            pass
        assert await states(bench, sealings) == {SealingState.RELEASED}
        assert times([platform]) == 1
        assert len(platform.orders) == 40
