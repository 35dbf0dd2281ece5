"""Uses that are open, for the use cases that need one."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from gateway.core.caller import Person
from gateway.core.use import Use, UseBasis
from gateway.services.open_use import OpenUse, UseRequest
from gateway.store.memory_uses import MemoryUses
from tests.services.fakes import CITIZEN, OFFICER, ManualClock, call_of

OpenFor = Callable[[Person], Awaitable[Use]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def uses(clock: ManualClock) -> MemoryUses:
    return MemoryUses(clock, 1800)


@pytest.fixture
def open_for(uses: MemoryUses, clock: ManualClock) -> OpenFor:
    """Opens a holder's use for a citizen and a statutory one for an officer."""

    async def opened(person: Person) -> Use:
        statutory = person.role is OFFICER.role
        request = UseRequest(
            basis=UseBasis.STATUTORY if statutory else UseBasis.HOLDER,
            item="11420000-0001",
            case="BJ-1" if statutory else None,
        )
        return await OpenUse(uses, clock, timedelta(minutes=30))(request, call_of(person, clock))

    return opened


@pytest.fixture
async def own_use(open_for: OpenFor) -> str:
    return (await open_for(CITIZEN)).id


@pytest.fixture
async def statutory_use(open_for: OpenFor) -> str:
    return (await open_for(OFFICER)).id
