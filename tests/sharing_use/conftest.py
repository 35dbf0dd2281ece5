from collections.abc import AsyncIterator
from datetime import date

import pytest

from adapters.sandbox.running import Sandbox, running_sandbox
from adapters.sandbox.world.generate import World, generate
from gateway.store.database import Database
from tests.sandbox.callers import SteppedClock
from tests.sharing_use.site import Site, a_site


@pytest.fixture(scope="session")
def shared_world() -> World:
    return generate(7, date(2026, 3, 2), size=2_000)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
async def sandbox(shared_world: World, clock: SteppedClock) -> AsyncIterator[Sandbox]:
    async with running_sandbox(shared_world, clock=clock) as running:
        yield running


@pytest.fixture
async def site(sandbox: Sandbox, any_database: Database, clock: SteppedClock) -> AsyncIterator[Site]:
    async with a_site(sandbox, any_database, clock) as opened:
        yield opened
