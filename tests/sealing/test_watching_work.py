"""The work that is not done is counted now and then, and what cannot be counted is not shown."""

import pytest

from gateway.core.errors import StoreUnavailable
from gateway.core.seals.sealing import SealingState
from gateway.core.seals.sealings import SealingStanding
from gateway.services.sealing.pace import KIND_HERE
from gateway.services.watch_work import PERIOD, WatchWork
from gateway.store.sharing.forwardings import SqlForwardings
from gateway.store.sharing.requests import SqlShareRequests
from tests.sealing.bench import Bench
from tests.store.keys import a_cipher


def forwardings_of(bench: Bench) -> SqlForwardings:
    cipher = a_cipher()
    return SqlForwardings(bench.db, cipher, SqlShareRequests(bench.db, cipher, bench.clock))


async def test_it_counts_what_waits_and_forgets_what_has_ended(bench: Bench) -> None:
    watch = WatchWork(bench.sealings, bench.tasks, forwardings_of(bench))
    assert watch.seen() is None
    asked_at = bench.clock.now()
    sealings = await bench.asked()
    bench.clock.step(60)
    await watch.look()
    seen = watch.seen()
    assert seen is not None
    assert seen.sealings == {SealingState.PREPARED: SealingStanding(1, asked_at)}
    assert seen.tasks[KIND_HERE].due == 1
    assert seen.tasks[KIND_HERE].oldest_due_at == asked_at
    await bench.run_until_ended(sealings[0])
    await watch.look()
    seen = watch.seen()
    assert seen is not None
    assert seen.sealings == {}
    assert KIND_HERE not in seen.tasks


async def test_nothing_old_is_shown_while_the_database_is_away(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = WatchWork(bench.sealings, bench.tasks, forwardings_of(bench))
    await watch.look()
    assert watch.seen() is not None

    async def away() -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(bench.sealings, "states", away)
    await watch.look()
    assert watch.seen() is None


async def test_it_keeps_looking(bench: Bench) -> None:
    watch = WatchWork(bench.sealings, bench.tasks, forwardings_of(bench))
    waits: list[float] = []

    class Enough(Exception):
        pass

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            raise Enough

    with pytest.raises(Enough):
        await watch.keep_looking(sleep)
    assert waits == [PERIOD, PERIOD]
    assert watch.seen() is not None
