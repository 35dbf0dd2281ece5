"""Comparing with a platform's own log: what was in doubt is settled, what does not fit is told."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.core.clock import china_date
from gateway.core.delivery import Delivery
from gateway.core.outcome import Outcome
from gateway.core.seals.platform import LoggedSealing
from gateway.core.seals.sealing import Sealing, SealingState, Settler
from tests.sealing.bench import Bench, bench_on
from tests.sealing.making import FakePlatform, a_document, a_seal, away
from tests.services.fakes import START
from tests.store.databases import open_url

TODAY = china_date(START)
DAY = 24 * 3_600


@pytest.fixture
def platform() -> FakePlatform:
    platform = FakePlatform(Delivery.ONCE)
    platform.today = TODAY
    return platform


@pytest.fixture
async def bench(request: pytest.FixtureRequest, tmp_path: Path, platform: FakePlatform) -> AsyncIterator[Bench]:
    with open_url(request, "sqlite") as url:
        async with bench_on(url, tmp_path, a_seal(route=away()), platform) as opened:
            yield opened


async def doubted(bench: Bench, platform: FakePlatform, word: str) -> Sealing:
    platform.script = [word]
    (sealing,) = await bench.asked(a_document())
    found = await bench.run_until_ended(sealing)
    assert found.state is SealingState.IN_DOUBT
    return found


async def next_day(bench: Bench) -> list[Any]:
    """Compare what is due a day later; what was logged."""
    bench.clock.step(DAY)
    with capture_logs() as logs:
        assert await bench.worker().compare()
    return [line for line in logs if line["event"].startswith("seal.log")]


def reconciled(bench: Bench) -> dict[str, Any]:
    return dict(next(event for event in reversed(bench.trail.held) if event.kind == "seal.reconciled").note)


async def test_what_the_platform_did_is_fetched_by_its_number(bench: Bench, platform: FakePlatform) -> None:
    sealing = await doubted(bench, platform, "lost")
    (told,) = await next_day(bench)
    assert (told["event"], told["settled"]) == ("seal.log.compared", 1)
    found = await bench.now(sealing)
    assert (found.state, found.number, found.settled_by) == (SealingState.IN_DOUBT, "N-1", Settler.RECONCILIATION)
    done = await bench.run_until_ended(sealing)
    assert done.state is SealingState.RELEASED
    assert await bench.tasks.counts()
    assert reconciled(bench)["day"] == TODAY.isoformat()


async def test_what_it_cannot_give_stays_in_doubt_with_its_number(bench: Bench, platform: FakePlatform) -> None:
    sealing = await doubted(bench, platform, "lost")
    await next_day(bench)
    platform.queries = ["unanswered"]
    await bench.run()
    found = await bench.now(sealing)
    assert (found.state, found.number) == (SealingState.IN_DOUBT, "N-1")
    platform.lines[TODAY + timedelta(days=1)] = [line(platform, number="N-1")]
    (told, *_) = await next_day(bench)
    assert told["event"] != "seal.log.differs"


async def test_what_it_never_did_is_not_sealed(bench: Bench, platform: FakePlatform) -> None:
    sealing = await doubted(bench, platform, "dropped")
    await next_day(bench)
    found = await bench.now(sealing)
    assert (found.state, found.settled_by) == (SealingState.FAILED, Settler.RECONCILIATION)
    assert [trouble.number for trouble in found.troubles] == ["YW-SE-36"]
    assert any(event.kind == "seal.settled" and event.application == "yiwang" for event in bench.trail.held)


async def test_what_it_once_took_is_left_to_a_person(bench: Bench, platform: FakePlatform) -> None:
    platform.script, platform.queries = ["pending"], ["unanswered"] * 1_000
    (sealing,) = await bench.asked(a_document())
    await bench.run(rounds=900)
    assert (await bench.now(sealing)).state is SealingState.IN_DOUBT
    platform.ledger.clear()
    await next_day(bench)
    assert (await bench.now(sealing)).state is SealingState.IN_DOUBT


async def near_midnight(bench: Bench) -> None:
    """Half an hour before the platform's day ends."""
    bench.clock.step(11.5 * 3_600)


async def test_near_midnight_both_days_must_not_have_it(bench: Bench, platform: FakePlatform) -> None:
    await near_midnight(bench)
    sealing = await doubted(bench, platform, "dropped")
    await next_day(bench)
    assert (await bench.now(sealing)).state is SealingState.IN_DOUBT, "the next day is not over"
    await next_day(bench)
    assert (await bench.now(sealing)).state is SealingState.FAILED


@pytest.mark.parametrize("outcome", [Outcome.OK, Outcome.TIMED_OUT])
async def test_near_midnight_the_other_day_has_it_or_cannot_be_read(
    bench: Bench, platform: FakePlatform, outcome: Outcome
) -> None:
    await near_midnight(bench)
    sealing = await doubted(bench, platform, "dropped")
    await next_day(bench)
    log = platform.log

    async def first_day(day: date, call: Any) -> Any:
        if day == TODAY:
            platform.log_outcome = outcome
            platform.lines[TODAY] = [line(platform, key=sealing.order_key)]
        found = await log(day, call)
        platform.log_outcome = Outcome.OK
        return found

    platform.log = first_day  # type: ignore[method-assign]
    await next_day(bench)
    assert (await bench.now(sealing)).state is SealingState.IN_DOUBT


def line(platform: FakePlatform, number: str = "N-77", key: str | None = None) -> LoggedSealing:
    return LoggedSealing(number=number, key=key, seal="QZ42-0001", at=START)


async def released(bench: Bench) -> Sealing:
    (sealing,) = await bench.asked(a_document())
    done = await bench.run_until_ended(sealing)
    assert done.state is SealingState.RELEASED
    return done


async def test_lines_that_nobody_knows_are_told(bench: Bench, platform: FakePlatform) -> None:
    await released(bench)
    platform.lines[TODAY] = [line(platform)]
    (told, _) = await next_day(bench)
    assert (told["event"], told["log_level"], told["unknown"]) == ("seal.log.differs", "error", 1)
    assert reconciled(bench)["unknown"] == 1


async def test_documents_that_they_lack_are_told(bench: Bench, platform: FakePlatform) -> None:
    await released(bench)
    platform.ledger.clear()
    (told, _) = await next_day(bench)
    assert told["missing"] == 1


async def test_a_document_that_was_sealed_twice_is_told(bench: Bench, platform: FakePlatform) -> None:
    done = await released(bench)
    platform.lines[TODAY] = [line(platform, key=done.order_key)]
    (told, _) = await next_day(bench)
    assert told["doubled"] == 1


async def test_a_document_that_we_say_was_not_sealed_is_told(bench: Bench, platform: FakePlatform) -> None:
    platform.script = ["refused"]
    (sealing,) = await bench.asked(a_document())
    await bench.run_until_ended(sealing)
    platform.lines[TODAY] = [line(platform, key=sealing.order_key)]
    (told, _) = await next_day(bench)
    assert told["unknown"] == 1


async def test_a_log_that_cannot_be_read_is_read_later_and_given_up_at_last(
    bench: Bench, platform: FakePlatform
) -> None:
    await released(bench)
    platform.log_outcome = Outcome.TIMED_OUT
    (told,) = await next_day(bench)
    assert (told["event"], told["outcome"]) == ("seal.log.unread", "TIMED_OUT")
    bench.platforms.open.clear()
    bench.clock.step(3_600)
    assert await bench.worker().compare()
    bench.clock.step(8 * DAY)
    assert await bench.worker().compare()
    bench.clock.step(DAY)
    assert not await bench.worker().compare()


async def test_a_platform_without_a_log_is_not_asked_again(bench: Bench, platform: FakePlatform) -> None:
    await released(bench)
    platform.log_outcome = Outcome.NOT_ASKED
    assert await next_day(bench) == []
    bench.clock.step(DAY)
    assert not await bench.worker().compare()


async def test_each_day_has_the_next_compared(bench: Bench, platform: FakePlatform) -> None:
    await released(bench)
    for _ in range(3):
        await next_day(bench)
    days = [event.note["day"] for event in bench.trail.held if event.kind == "seal.reconciled"]
    assert days == [(TODAY + timedelta(days=count)).isoformat() for count in range(3)]


async def test_many_are_read_in_pages(bench: Bench, platform: FakePlatform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.services.sealing.reconcile._AT_ONCE", 2)
    await bench.asked(*(a_document(str(number)) for number in range(5)))
    await bench.run()
    (told,) = await next_day(bench)
    assert (told["lines"], told["event"]) == (5, "seal.log.compared")


async def test_what_another_settles_meanwhile_is_left(
    bench: Bench, platform: FakePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    await doubted(bench, platform, "dropped")

    async def lost(*_: object) -> bool:
        return False

    monkeypatch.setattr(bench.sealings, "change", lost)
    (told,) = await next_day(bench)
    assert told["settled"] == 0
