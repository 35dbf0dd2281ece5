import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path

import pytest

from adapters.sandbox.running import running_sandbox
from adapters.sandbox.sealing import bureau, district, hub
from adapters.sandbox.sealing.cabinet import Cabinet
from adapters.sandbox.world.generate import World, generate
from tests.platforms.site import BUREAU, DISTRICT, HUB, Site
from tests.sandbox.callers import SteppedClock

SEALS = {HUB: hub.SEALS, BUREAU: bureau.SEALS, DISTRICT: district.SEALS}


@pytest.fixture(scope="session")
def small_world() -> World:
    return generate(7, date(2026, 3, 2), size=20)


@pytest.fixture(scope="session")
def cabinets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The platforms' keys and seals, made once: it takes a second each."""
    folder = tmp_path_factory.mktemp("cabinets")

    async def make() -> None:
        for code, specs in SEALS.items():
            (folder / code).mkdir()
            await Cabinet(folder / code, specs, SteppedClock()).open()

    asyncio.run(make())
    return folder


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
async def site(small_world: World, clock: SteppedClock, cabinets: Path, tmp_path: Path) -> AsyncIterator[Site]:
    shutil.copytree(cabinets, tmp_path / "state")
    async with (
        running_sandbox(small_world, clock=clock, state=tmp_path / "state") as sandbox,
        AsyncExitStack() as stack,
    ):
        yield Site(sandbox, clock, tmp_path, stack)
