"""What tests of health work with: a clock whose pauses take no time, and a system under probes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic

from adapters.kit.health import HealthRecorder
from adapters.kit.probing import Probing
from gateway.core.health import HealthChange
from gateway.core.system import SystemState
from tests.sandbox.callers import SteppedClock


class SkippingClock(SteppedClock):
    """A clock that goes on by itself while work is done, and jumps over pauses."""

    def __init__(self) -> None:
        super().__init__()
        self._started = monotonic()

    def monotonic(self) -> float:
        return super().monotonic() + monotonic() - self._started


class Pauses:
    """A Wait that moves a clock instead of waiting; ``limit`` bounds how far in all."""

    def __init__(self, clock: SteppedClock, limit: float = 100_000.0) -> None:
        self._clock = clock
        self._left = limit
        self.made: list[float] = []
        self.more = asyncio.Event()

    async def __call__(self, seconds: float, woken: asyncio.Event) -> None:
        self.made.append(seconds)
        self.more.set()
        self._left -= seconds
        if self._left < 0:
            raise AssertionError("waited for longer than this test should take")
        if not woken.is_set():
            self._clock.step(seconds)
        await asyncio.sleep(0)


class Changes:
    """Keeps the changes of a recorder, and lets a test wait for a state."""

    def __init__(self) -> None:
        self.told: list[HealthChange] = []
        self._more = asyncio.Event()

    def tell(self, change: HealthChange) -> None:
        self.told.append(change)
        self._more.set()

    async def until(self, recorder: HealthRecorder, wanted: Callable[[SystemState], bool]) -> None:
        while not wanted(recorder.state):
            self._more.clear()
            async with asyncio.timeout(60):
                await self._more.wait()


@asynccontextmanager
async def probed(probing: Probing) -> AsyncIterator[None]:
    """Probing until the block ends; what ends it before is raised."""
    task = asyncio.create_task(probing.run())
    try:
        yield
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.wait([task])
