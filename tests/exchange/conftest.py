from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path

import pytest

from adapters.sandbox.running import running_sandbox
from adapters.sandbox.world.generate import World, generate
from tests.exchange.site import Site
from tests.exchange.small_exchange import Make, maker
from tests.sandbox.callers import SteppedClock


@pytest.fixture(scope="session")
def small_world() -> World:
    return generate(7, date(2026, 3, 2), size=200)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
async def site(small_world: World, clock: SteppedClock, tmp_path: Path) -> AsyncIterator[Site]:
    async with (
        running_sandbox(small_world, clock=clock, state=tmp_path / "state") as sandbox,
        AsyncExitStack() as stack,
    ):
        yield await Site.opened(sandbox, clock, stack)


@pytest.fixture
async def make(tmp_path: Path, clock: SteppedClock) -> AsyncIterator[Make]:
    async with AsyncExitStack() as stack:
        yield maker(tmp_path, clock, stack)
