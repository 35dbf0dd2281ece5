"""Uses that are open, for the use cases that need one."""

from collections.abc import Awaitable, Callable

import pytest

from gateway.core.caller import Person
from gateway.core.use import Use
from tests.services.fakes import CITIZEN, OFFICER, ManualClock, use_of
from tests.services.memory import MemoryUses

OpenFor = Callable[[Person], Awaitable[Use]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def uses(clock: ManualClock) -> MemoryUses:
    return MemoryUses(clock)


@pytest.fixture
def open_for(uses: MemoryUses, clock: ManualClock) -> OpenFor:
    """Keeps a holder's use for a citizen and a statutory one for an officer."""

    async def opened(person: Person) -> Use:
        use = use_of(person, clock)
        await uses.add(use)
        return use

    return opened


@pytest.fixture
async def own_use(open_for: OpenFor) -> str:
    return (await open_for(CITIZEN)).id


@pytest.fixture
async def statutory_use(open_for: OpenFor) -> str:
    return (await open_for(OFFICER)).id
