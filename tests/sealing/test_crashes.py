"""Killed between any two steps, and gone on with by another process: nothing is sealed twice, and every path ends."""

from pathlib import Path

import pytest

from gateway.core.delivery import Delivery
from gateway.core.seals.platform import Mode
from gateway.core.seals.register import RegisteredSeal
from gateway.core.seals.sealing import SealingState
from gateway.services.sealing.asking import DocumentRequest
from gateway.store.database import database
from tests.sealing.bench import Bench, Fuse, Killed
from tests.sealing.making import FakePlatform, a_document, a_seal, away, times
from tests.services.fakes import OFFICER, ManualClock, call_of
from tests.store.databases import open_url
from tests.thoroughness import tried

MOST_POINTS = 60
WORDS = ("ok", "pending", "lost", "dropped", "unsent")
IN_TURN = dict(zip(WORDS, (Mode.DIGEST, Mode.DOCUMENT) * 3, strict=False))
OTHERWISE = {word: Mode.DIGEST if mode is Mode.DOCUMENT else Mode.DOCUMENT for word, mode in IN_TURN.items()}


def _cases(daily: dict[str, Mode], *, without: str = "") -> list[tuple[str, Mode]]:
    """What the platform does, each in one of the modes; thoroughly, in both."""
    both = [(word, mode) for word in WORDS for mode in Mode]
    return [(word, mode) for word, mode in tried(list(daily.items()), both) if word != without]


async def _killed_at(point: int, bench: Bench) -> tuple[bool, SealingState]:
    """Whether the first worker died at the point, and how the document ended."""
    bench.count = point  # of uploads: each point has its own, and its own key
    one = DocumentRequest(f"key-{point}", await bench.upload(a_document()))
    (sealing,) = (await bench.ask(await bench.request(documents=(one,)), call_of(OFFICER, bench.clock))).sealings
    died = False
    try:
        await bench.run(bench.worker(Fuse(point)))
    except Killed:
        died = True
        bench.clock.step(61)
    ended = await bench.run_until_ended(sealing)
    if ended.state is SealingState.RELEASED:
        assert a_document() in await bench.result(ended)
    return died, ended.state


async def _every_point(
    request: pytest.FixtureRequest, folder: Path, seal: RegisteredSeal, delivery: Delivery, *script: str
) -> set[SealingState]:
    ends: set[SealingState] = set()
    work = folder / "work"
    work.mkdir()
    with open_url(request, "sqlite") as url:
        async with database(url, ManualClock()) as db:  # one for all points: opening takes longer than sealing
            for point in range(1, MOST_POINTS):
                platform = FakePlatform(delivery)
                platform.script = list(script)
                died, state = await _killed_at(point, Bench(db, work, seal, platform))
                assert times([platform]) <= 1, f"sealed twice when killed at {point}"
                assert not list(work.iterdir()), "nothing stays in the folder"
                ends.add(state)
                if not died:
                    return ends
    raise AssertionError("it never ended")


@pytest.mark.parametrize(("word", "mode"), _cases(IN_TURN))
async def test_a_platform_that_honours_keys_always_seals_once(
    request: pytest.FixtureRequest, tmp_path: Path, mode: Mode, word: str
) -> None:
    ends = await _every_point(request, tmp_path, a_seal(route=away(mode)), Delivery.IDEMPOTENT, word)
    assert ends == {SealingState.RELEASED}


@pytest.mark.parametrize(("word", "mode"), _cases(OTHERWISE))
async def test_a_platform_that_can_be_asked_seals_once(
    request: pytest.FixtureRequest, tmp_path: Path, mode: Mode, word: str
) -> None:
    ends = await _every_point(request, tmp_path, a_seal(route=away(mode)), Delivery.QUERY_FIRST, word)
    assert ends == {SealingState.RELEASED}


@pytest.mark.parametrize(("word", "mode"), _cases(IN_TURN, without="pending"))
async def test_a_platform_that_is_neither_leaves_doubt_rather_than_a_second_seal(
    request: pytest.FixtureRequest, tmp_path: Path, mode: Mode, word: str
) -> None:
    ends = await _every_point(request, tmp_path, a_seal(route=away(mode)), Delivery.ONCE, word)
    assert ends <= {SealingState.RELEASED, SealingState.IN_DOUBT}
    assert SealingState.IN_DOUBT in ends


async def test_with_a_key_here_it_is_released_in_the_end(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    ends = await _every_point(request, tmp_path, a_seal(), Delivery.ONCE)
    assert ends == {SealingState.RELEASED}
