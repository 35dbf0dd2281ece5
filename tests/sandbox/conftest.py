from collections.abc import AsyncIterator
from datetime import date

import httpx
import pytest

from adapters.sandbox.running import Sandbox, running_sandbox
from adapters.sandbox.world.generate import World, generate
from tests.sandbox.callers import CityCaller, ProvinceCaller, SteppedClock
from tests.servers.client import http_client

TODAY = date(2026, 3, 2)
SEED = 7


@pytest.fixture(scope="session")
def world() -> World:
    return generate(SEED, TODAY, size=4_000)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
async def sandbox(world: World, clock: SteppedClock) -> AsyncIterator[Sandbox]:
    async with running_sandbox(world, clock=clock) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with http_client() as client:
        yield client


@pytest.fixture
def city(sandbox: Sandbox, http: httpx.AsyncClient) -> CityCaller:
    return CityCaller(sandbox, http)


@pytest.fixture
def province(sandbox: Sandbox, http: httpx.AsyncClient, clock: SteppedClock) -> ProvinceCaller:
    return ProvinceCaller(sandbox, http, clock)
