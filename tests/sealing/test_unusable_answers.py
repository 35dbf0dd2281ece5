"""Platforms that answer with what cannot be used, and defects that do not pass: everything comes to an end."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from gateway.core.delivery import Delivery
from gateway.core.errors import KeyUnusable, StoreUnavailable
from gateway.core.seals.platform import Mode, SealStatus
from gateway.core.seals.sealing import Sealing, SealingState
from gateway.services.sealing.pace import KIND_PLATFORM
from tests.sealing.bench import Bench
from tests.sealing.making import FakePlatform, a_document
from tests.sealing.test_seal_away import Opening, benches, ended, numbers

__all__ = ["benches"]


async def broken(*_: Any) -> Any:
    raise RuntimeError("a defect")


async def until_over(bench: Bench, sealing: Sealing) -> Sealing:
    """Like a worker that tells of defects and goes on when the leases are over."""
    for _ in range(30):
        with suppress(RuntimeError):
            await bench.worker().once()
        bench.clock.step(61)
    return await bench.now(sealing)


async def test_a_signature_of_another_document_is_withheld_at_once(benches: Opening) -> None:
    platform = FakePlatform(Delivery.IDEMPOTENT)
    async with benches(platform, mode=Mode.DIGEST) as bench:
        done = await ended(bench, "other")
        assert (done.state, numbers(done)) == (SealingState.FAILED, ["YW-SE-35"])
        assert done.attempts[0].told is SealStatus.DONE
        assert len(platform.orders) == 1
        assert bench.trail.held[-1].kind == "seal.failed"


async def test_such_a_signature_that_a_query_gives_is_withheld_too(benches: Opening) -> None:
    platform = FakePlatform(Delivery.QUERY_FIRST)
    async with benches(platform, mode=Mode.DIGEST) as bench:
        platform.script = ["lost"]
        (sealing,) = await bench.asked(a_document())
        await bench.worker().once()
        platform.results = dict.fromkeys(platform.results, b"%PDF-another")
        done = await bench.run_until_ended(sealing)
        assert (done.state, numbers(done)) == (SealingState.FAILED, ["YW-SE-35"])


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("word", ["unsigned", "nothing"])
async def test_answers_that_cannot_be_used_leave_doubt_soon(benches: Opening, word: str, mode: Mode) -> None:
    platform = FakePlatform(Delivery.IDEMPOTENT)
    async with benches(platform, mode=mode) as bench:
        platform.script = [word] * 100
        (sealing,) = await bench.asked(a_document())
        done = await bench.run_until_ended(sealing)
        assert (done.state, numbers(done)) == (SealingState.IN_DOUBT, ["YW-SE-34"])
        assert len(platform.orders) == bench.pace.most_unclear


async def test_a_proof_that_is_not_to_be_had_now_is_waited_for(benches: Opening) -> None:
    platform = FakePlatform(Delivery.ONCE)
    async with benches(platform, mode=Mode.DIGEST) as bench:
        bench.workshop.trouble = KeyUnusable("no timestamp")
        (sealing,) = await bench.asked(a_document())
        await bench.run(rounds=4)
        waiting = await bench.now(sealing)
        assert (waiting.state, numbers(waiting)) == (SealingState.SEALING, ["YW-SE-42"])
        bench.workshop.trouble = None
        assert (await bench.run_until_ended(sealing)).state is SealingState.RELEASED
        assert len(platform.orders) == 1


async def test_a_proof_that_never_comes_is_given_up(benches: Opening) -> None:
    async with benches(FakePlatform(Delivery.ONCE), mode=Mode.DIGEST) as bench:
        bench.workshop.trouble = KeyUnusable("no timestamp")
        (sealing,) = await bench.asked(a_document())
        await bench.run(rounds=900)
        assert numbers(await bench.now(sealing)) == ["YW-SE-37"]


async def test_a_key_that_does_not_fit_is_not_asked_for(benches: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    platform = FakePlatform(Delivery.ONCE)
    async with benches(platform, mode=Mode.DIGEST) as bench:

        async def unfit(*_: Any) -> None:
            raise KeyUnusable("a key of another kind")

        monkeypatch.setattr(bench.workshop, "seal", unfit)
        (sealing,) = await bench.asked(a_document())
        await bench.run(rounds=900)
        assert numbers(await bench.now(sealing)) == ["YW-SE-37"]
        assert not platform.orders


async def test_a_defect_that_does_not_pass_ends_what_cannot_be_verified(
    benches: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with benches(FakePlatform(Delivery.ONCE)) as bench:
        monkeypatch.setattr(bench.workshop, "compare", broken)
        (sealing,) = await bench.asked(a_document())
        done = await until_over(bench, sealing)
        assert (done.state, numbers(done)) == (SealingState.FAILED, ["YW-SE-39"])


async def test_and_leaves_doubt_where_it_may_have_been_sealed(
    benches: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = FakePlatform(Delivery.IDEMPOTENT)
    async with benches(platform) as bench:
        platform.script = ["lost"]
        (sealing,) = await bench.asked(a_document())
        await bench.worker().once()
        monkeypatch.setattr(bench.workshop, "pages", broken)
        assert (await until_over(bench, sealing)).state is SealingState.IN_DOUBT


async def test_a_store_that_is_away_is_no_defect(benches: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    async with benches(FakePlatform(Delivery.ONCE)) as bench:
        (sealing,) = await bench.asked(a_document())

        async def away(_: Path) -> int:
            raise StoreUnavailable("away")

        monkeypatch.setattr(bench.workshop, "pages", away)
        with pytest.raises(StoreUnavailable):
            await bench.worker().once()
        assert (await bench.now(sealing)).state is SealingState.PREPARED


async def test_what_is_in_doubt_stays_so_whoever_dies_of_it(benches: Opening) -> None:
    platform = FakePlatform(Delivery.ONCE)
    async with benches(platform) as bench:
        doubted = await ended(bench, "lost")
        await bench.wake(doubted.callback)
        for _ in range(bench.pace.most_lapses + 1):
            bench.clock.step(61)
            assert await bench.worker().claim(KIND_PLATFORM)
        bench.clock.step(61)
        await bench.run()
        assert (await bench.now(doubted)).version == doubted.version
