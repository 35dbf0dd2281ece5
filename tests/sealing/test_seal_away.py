"""Documents that platforms seal: each of their answers, and what is made of it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.core import problems
from gateway.core.delivery import Delivery
from gateway.core.errors import Refusal
from gateway.core.seals.platform import Mode
from gateway.core.seals.register import SealState
from gateway.core.seals.sealing import Sealing, SealingState
from gateway.core.text import Text
from gateway.services.sealing.pace import KIND_PLATFORM
from tests.sealing.bench import Bench, Killed, bench_on
from tests.sealing.making import HUB, LOCAL, FakePlatform, a_document, a_seal, away, sealed
from tests.services.fakes import OFFICER, call_of
from tests.store.databases import open_url

Opening = Callable[..., AbstractAsyncContextManager[Bench]]


@pytest.fixture
async def benches(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Any]:
    """Opens a bench with a platform."""
    with open_url(request, "sqlite") as url:

        def opened(*platforms: FakePlatform, mode: Mode = Mode.DOCUMENT) -> Any:
            return bench_on(url, tmp_path, a_seal(route=away(mode)), *platforms)

        yield opened


async def ended(bench: Bench, *words: str, queries: tuple[str, ...] = ()) -> Sealing:
    """How a document ends when the platform answers so."""
    (platform,) = bench.platforms.open.values()
    platform.script, platform.queries = list(words), list(queries)
    (sealing,) = await bench.asked(a_document())
    return await bench.run_until_ended(sealing)


def numbers(sealing: Sealing) -> list[str]:
    return [trouble.number for trouble in sealing.troubles]


@pytest.mark.parametrize("mode", Mode)
async def test_the_platforms_document_is_verified_and_released(benches: Opening, mode: Mode) -> None:
    platform = FakePlatform(Delivery.ONCE)
    async with benches(platform, mode=mode) as bench:
        done = await ended(bench)
        assert done.state is SealingState.RELEASED
        assert done.troubles == ()
        assert (await bench.result(done)).startswith(sealed(a_document(), b"structure"))
        (order,) = platform.orders
        assert (order.operator, order.item, order.case) == ("w001", "11420000-0001", "BJ-1")
        assert order.callback is not None
        assert order.callback.startswith("https://gateway.example/callbacks/")
        lines = [event for event in bench.trail.held if event.kind.startswith("seal.")]
        assert [line.kind for line in lines] == ["seal.requested", "seal.used", "seal.released"]
        _, used, released = lines
        assert released.note["before"] == used.note["before"] == done.input.sha256
        assert done.result is not None
        assert released.note["after"] == done.result.sha256
        assert released.note["pages"] == 1


async def test_another_document_is_withheld_and_told(benches: Opening) -> None:
    async with benches(FakePlatform(Delivery.IDEMPOTENT)) as bench:
        done = await ended(bench, "other")
        assert (done.state, numbers(done)) == (SealingState.FAILED, ["YW-SE-35"])
        assert await bench.give(done, call_of(OFFICER, bench.clock)) is None
        assert done.result is not None, "it is kept as evidence"
        assert bench.trail.held[-1].kind == "seal.failed"


async def test_a_result_of_nothing_is_an_answer_that_was_lost(benches: Opening) -> None:
    async with benches(FakePlatform(Delivery.ONCE)) as bench:
        done = await ended(bench, "nothing")
        assert (done.state, numbers(done)) == (SealingState.IN_DOUBT, ["YW-SE-34"])


async def test_a_refusal_is_told(benches: Opening) -> None:
    async with benches(FakePlatform(Delivery.ONCE)) as bench:
        done = await ended(bench, "refused")
        assert (done.state, numbers(done)) == (SealingState.FAILED, ["YW-SE-32"])


async def test_what_is_too_large_for_a_platform_is_not_tried_again(benches: Opening) -> None:
    platform = FakePlatform(Delivery.ONCE)
    async with benches(platform) as bench:
        done = await ended(bench, "too-large")
        assert (done.state, numbers(done)) == (SealingState.FAILED, ["YW-SE-32"])
        assert len(platform.orders) == 1


async def test_what_never_left_is_sent_again_until_it_is_too_late(benches: Opening) -> None:
    platform = FakePlatform(Delivery.ONCE)
    async with benches(platform) as bench:
        platform.script = ["unsent"] * 1_000
        (sealing,) = await bench.asked(a_document())
        await bench.run(rounds=900)
        done = await bench.now(sealing)
        assert (done.state, numbers(done)) == (SealingState.FAILED, ["YW-SE-33"])
        assert len(done.attempts) <= 20
        assert len(platform.orders) > 20


async def test_a_platform_that_is_not_there_is_waited_for(benches: Opening) -> None:
    platform = FakePlatform(Delivery.ONCE)
    async with benches(platform) as bench:
        bench.platforms.open.clear()
        (sealing,) = await bench.asked(a_document())
        await bench.run(rounds=6)
        assert (await bench.now(sealing)).state is SealingState.PREPARED
        bench.platforms.open[HUB] = platform
        assert (await bench.run_until_ended(sealing)).state is SealingState.RELEASED


async def test_a_platform_that_never_comes_is_given_up(benches: Opening) -> None:
    async with benches() as bench:
        (sealing,) = await bench.asked(a_document())
        await bench.run(rounds=900)
        assert numbers(await bench.now(sealing)) == ["YW-SE-33"]


async def test_a_broken_adapter_may_have_sent_it(benches: Opening) -> None:
    async with benches(FakePlatform(Delivery.ONCE)) as bench:
        assert (await ended(bench, "broken")).state is SealingState.IN_DOUBT


async def test_who_died_while_it_was_sent_leaves_doubt(benches: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    platform = FakePlatform(Delivery.ONCE)

    async def killed(*_: Any) -> None:
        raise Killed

    async with benches(platform) as bench:
        (sealing,) = await bench.asked(a_document())
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(platform, "seal", killed)
            with pytest.raises(Killed):
                await bench.worker().once()
        bench.clock.step(61)
        assert (await bench.run_until_ended(sealing)).state is SealingState.IN_DOUBT
        assert not platform.orders


async def test_an_odd_answer_is_none(benches: Opening) -> None:
    async with benches(FakePlatform(Delivery.ONCE)) as bench:
        assert (await ended(bench, "odd")).state is SealingState.IN_DOUBT


async def test_a_platform_that_stays_silent_leaves_doubt_in_the_end(benches: Opening) -> None:
    async with benches(FakePlatform(Delivery.QUERY_FIRST)) as bench:
        (platform,) = bench.platforms.open.values()
        platform.script, platform.queries = ["lost"], ["unanswered"] * 1_000
        (sealing,) = await bench.asked(a_document())
        await bench.run(rounds=900)
        assert (await bench.now(sealing)).state is SealingState.IN_DOUBT
        assert bench.trail.held[-1].kind == "seal.in_doubt"


async def test_a_query_that_is_refused_says_that_it_was_not_done(benches: Opening) -> None:
    async with benches(FakePlatform(Delivery.QUERY_FIRST)) as bench:
        done = await ended(bench, "dropped", queries=("pending", "refused"))
        assert (done.state, numbers(done)) == (SealingState.FAILED, ["YW-SE-32"])


async def test_an_unknown_key_counts_when_it_is_heard_twice_and_late(benches: Opening) -> None:
    platform = FakePlatform(Delivery.QUERY_FIRST)
    async with benches(platform) as bench:
        platform.script = ["dropped"]
        (sealing,) = await bench.asked(a_document())
        began = bench.clock.now()
        done = await bench.run_until_ended(sealing)
        assert done.state is SealingState.RELEASED
        assert len(platform.orders) == 2
        assert bench.clock.now() - began >= 2 * bench.pace.apart


async def test_who_took_it_and_denies_it_leaves_doubt(benches: Opening) -> None:
    async with benches(FakePlatform(Delivery.QUERY_FIRST)) as bench:
        done = await ended(bench, "pending", queries=("unknown",))
        assert done.state is SealingState.IN_DOUBT


async def test_a_result_of_nothing_is_asked_for_again(benches: Opening) -> None:
    async with benches(FakePlatform(Delivery.QUERY_FIRST)) as bench:
        done = await ended(bench, "pending", queries=("nothing", "ok"))
        assert done.state is SealingState.RELEASED


@pytest.mark.parametrize("mode", Mode)
async def test_a_repetition_that_is_refused_is_asked_about(benches: Opening, mode: Mode) -> None:
    async with benches(FakePlatform(Delivery.IDEMPOTENT), mode=mode) as bench:
        done = await ended(bench, "lost", "refused", queries=("asked",))
        assert done.state is SealingState.RELEASED


async def test_the_platform_wakes_what_it_has_done(benches: Opening) -> None:
    platform = FakePlatform(Delivery.QUERY_FIRST)
    async with benches(platform) as bench:
        platform.script = ["pending"]
        (sealing,) = await bench.asked(a_document())
        await bench.worker().once()
        assert (await bench.now(sealing)).state is SealingState.SEALING
        assert not await bench.worker().once()
        await bench.wake("nothing")
        await bench.wake(sealing.callback)
        assert await bench.worker().once()
        done = await bench.now(sealing)
        assert done.state is SealingState.RELEASED
        await bench.wake(sealing.callback)
        assert not await bench.worker().once()


@pytest.mark.parametrize(
    ("delivery", "state"),
    [
        (Delivery.ONCE, SealingState.IN_DOUBT),
        (Delivery.QUERY_FIRST, SealingState.RELEASED),
        (Delivery.IDEMPOTENT, SealingState.IN_DOUBT),
    ],
)
async def test_a_seal_that_was_frozen_meanwhile_is_not_used_again(
    benches: Opening, delivery: Delivery, state: SealingState
) -> None:
    platform = FakePlatform(delivery)
    async with benches(platform) as bench:
        platform.script = ["lost"]
        (sealing,) = await bench.asked(a_document())
        await bench.worker().once()
        await bench.register.put(a_seal(version=2, route=away(), state=SealState.FROZEN))
        await bench.run(rounds=900)
        assert (await bench.now(sealing)).state is state
        assert len(platform.orders) == 1


async def test_a_seal_that_was_frozen_before_it_was_used_is_refused(benches: Opening) -> None:
    platform = FakePlatform(Delivery.ONCE)
    async with benches(platform) as bench:
        (sealing,) = await bench.asked(a_document())
        await bench.register.put(a_seal(version=2, route=away(), state=SealState.FROZEN))
        assert numbers(await bench.run_until_ended(sealing)) == ["YW-SE-04"]
        assert not platform.orders


async def test_what_a_platform_may_have_sealed_stays_with_it(benches: Opening) -> None:
    """The seal's route changes: what was sent is the earlier version's, and is not sealed here besides."""
    platform = FakePlatform(Delivery.IDEMPOTENT)
    async with benches(platform) as bench:
        platform.script = ["lost"]
        (sealing,) = await bench.asked(a_document())
        await bench.worker().once()
        await bench.register.put(a_seal(version=2, route=LOCAL, structure=b"renewed"))
        done = await bench.run_until_ended(sealing)
        assert done.state is SealingState.RELEASED
        assert (await bench.result(done)).startswith(sealed(a_document(), b"structure"))
        assert not bench.workshop.signed


async def test_a_platform_that_honours_keys_no_more_is_not_asked_twice(benches: Opening) -> None:
    platform = FakePlatform(Delivery.IDEMPOTENT)
    async with benches(platform) as bench:
        platform.script = ["lost"]
        (sealing,) = await bench.asked(a_document())
        await bench.worker().once()
        platform.delivery = Delivery.ONCE
        await bench.run(rounds=900)
        assert (await bench.now(sealing)).state is SealingState.IN_DOUBT
        assert len(platform.orders) == 1


async def test_a_mode_that_a_platform_has_not_is_refused(benches: Opening) -> None:
    platform = FakePlatform(Delivery.ONCE)
    platform.modes = frozenset({Mode.DIGEST})
    async with benches(platform) as bench:
        assert numbers(await ended(bench)) == ["YW-SE-32"]


async def test_a_document_with_too_many_pages_is_not_sent(benches: Opening) -> None:
    platform = FakePlatform(Delivery.ONCE)
    async with benches(platform) as bench:
        (sealing,) = await bench.asked(a_document(pages=11))
        assert numbers(await bench.run_until_ended(sealing)) == ["YW-SE-04"]
        assert not platform.orders


@pytest.mark.parametrize("mode", Mode)
async def test_a_document_that_is_larger_than_a_chunk_goes_the_same_way(benches: Opening, mode: Mode) -> None:
    content = a_document(size=2_500_000)
    async with benches(FakePlatform(Delivery.ONCE), mode=mode) as bench:
        (sealing,) = await bench.asked(content)
        done = await bench.run_until_ended(sealing)
        assert done.state is SealingState.RELEASED
        assert (await bench.result(done)).startswith(sealed(content, b"structure"))


async def test_a_late_completion_is_refused(benches: Opening) -> None:
    """One replica is paused past its lease in the middle of a request; another goes on, the first changes nothing."""
    platform = FakePlatform(Delivery.QUERY_FIRST)
    async with benches(platform) as bench:
        (sealing,) = await bench.asked(a_document())
        first = bench.worker()
        asked = platform.seal

        async def paused(*given: Any) -> Any:
            reply = await asked(*given)
            bench.clock.step(61)
            await bench.worker().once()
            assert (await bench.now(sealing)).state is SealingState.RELEASED
            return reply

        platform.seal = paused  # type: ignore[method-assign, assignment]
        await first.once()
        done = await bench.now(sealing)
        assert done.state is SealingState.RELEASED
        assert [event.kind for event in bench.trail.held].count("seal.released") == 1


async def test_whoever_was_paused_before_he_asked_does_not_ask(benches: Opening) -> None:
    platform = FakePlatform(Delivery.QUERY_FIRST)
    async with benches(platform) as bench:
        await bench.asked(a_document())
        worker = bench.worker()
        settle = worker.leases.settle

        async def paused(steps: Any, also: Any) -> Any:
            lost = await settle(steps, also)
            bench.clock.step(61)
            return lost

        worker.leases.settle = paused  # type: ignore[method-assign, assignment]
        await worker.once()
        assert not platform.orders


async def test_what_a_platform_took_and_cannot_be_asked_about_is_sent_again(benches: Opening) -> None:
    platform = FakePlatform(Delivery.IDEMPOTENT)
    async with benches(platform) as bench:
        done = await ended(bench, "pending", queries=("cannot",))
        assert done.state is SealingState.RELEASED
        assert len(platform.orders) == 2


async def test_what_it_took_and_can_neither_be_asked_nor_sent_waits_for_its_word(benches: Opening) -> None:
    platform = FakePlatform(Delivery.ONCE)
    async with benches(platform) as bench:
        platform.script, platform.queries = ["pending"], ["cannot"] * 1_000
        (sealing,) = await bench.asked(a_document())
        await bench.run(rounds=900)
        assert (await bench.now(sealing)).state is SealingState.IN_DOUBT
        assert len(platform.orders) == 1


async def lost_input(bench: Bench, sealing: Sealing) -> None:
    """Its document is not in the store any more."""
    now = await bench.now(sealing)
    gone = msgspec.structs.replace(now.input, file="nothing")
    assert await bench.sealings.change(now, msgspec.structs.replace(now, input=gone, version=now.version + 1))


async def test_a_signature_without_its_document_is_of_no_use(benches: Opening) -> None:
    platform = FakePlatform(Delivery.QUERY_FIRST)
    async with benches(platform, mode=Mode.DIGEST) as bench:
        platform.script = ["lost"]
        (sealing,) = await bench.asked(a_document())
        await bench.worker().once()
        await lost_input(bench, sealing)
        assert numbers(await bench.run_until_ended(sealing)) == ["YW-SE-38"]


async def test_a_result_without_its_document_is_not_released(benches: Opening) -> None:
    platform = FakePlatform(Delivery.QUERY_FIRST)
    async with benches(platform) as bench:
        platform.script = ["lost"]
        (sealing,) = await bench.asked(a_document())
        await bench.worker().once()
        await lost_input(bench, sealing)
        assert numbers(await bench.run_until_ended(sealing)) == ["YW-SE-38"]


@pytest.mark.parametrize("mode", Mode)
async def test_a_result_that_cannot_be_compared_is_not_released(benches: Opening, mode: Mode) -> None:
    async with benches(FakePlatform(Delivery.ONCE), mode=mode) as bench:
        bench.workshop.trouble = Refusal(problems.DOCUMENT_UNREADABLE, reason=Text("坏", "bad"))
        assert numbers(await ended(bench)) == ["YW-DO-02"]


async def test_a_document_that_cannot_be_sealed_is_not_sent(benches: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    platform = FakePlatform(Delivery.ONCE)
    async with benches(platform, mode=Mode.DIGEST) as bench:

        async def unusable(*_: Any) -> None:
            raise Refusal(problems.PLACE_UNUSABLE, reason=Text("无", "none"))

        monkeypatch.setattr(bench.workshop, "seal", unusable)
        assert numbers(await ended(bench)) == ["YW-DO-05"]
        assert not platform.orders


async def test_what_kills_its_workers_and_may_have_been_sealed_is_in_doubt(benches: Opening) -> None:
    platform = FakePlatform(Delivery.IDEMPOTENT)
    async with benches(platform) as bench:
        platform.script = ["lost"]
        (sealing,) = await bench.asked(a_document())
        await bench.worker().once()
        for _ in range(bench.pace.most_lapses + 1):
            bench.clock.step(61)
            assert await bench.worker().claim(KIND_PLATFORM)
        bench.clock.step(61)
        await bench.run()
        assert (await bench.now(sealing)).state is SealingState.IN_DOUBT


async def test_an_error_at_one_keeps_no_other_from_its_end(benches: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    async with benches(FakePlatform(Delivery.ONCE)) as bench:
        sealings = await bench.asked(a_document("good"), a_document("broken"))
        compare = bench.workshop.compare

        async def broken(original: Path, *given: Any) -> Any:
            if b"broken" in original.read_bytes():  # noqa: ASYNC240 - some bytes
                raise RuntimeError("a defect")
            return await compare(original, *given)

        monkeypatch.setattr(bench.workshop, "compare", broken)
        with pytest.raises(RuntimeError):
            await bench.worker().once()
        states = [(await bench.now(one)).state for one in sealings]
        assert states == [SealingState.RELEASED, SealingState.VERIFYING]
        monkeypatch.undo()
        bench.clock.step(61)
        await bench.run()
        assert (await bench.now(sealings[1])).state is SealingState.RELEASED
