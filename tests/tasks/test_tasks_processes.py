"""Real replicas on PostgreSQL, one of which is paused past its lease, or killed."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.core.tasks import TaskCounts
from gateway.store.database import Database, database
from gateway.store.tasks import SqlTasks
from gateway.system_clock import SystemClock
from tests.store.databases import open_url
from tests.tasks.making import KIND, a_task, noted, put

PROGRAM = Path(__file__).with_name("replica.py")
CLOCK = SystemClock()


class Replica:
    """A process that does as it is told."""

    def __init__(self, process: Process) -> None:
        self.process = process

    async def heard(self) -> str:
        """Its next line."""
        assert self.process.stdout is not None
        return (await self.process.stdout.readline()).decode().strip()

    async def told(self, order: str) -> str:
        """What it says to an order."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{order}\n".encode())
        return await self.heard()


@asynccontextmanager
async def replica(url: str, seconds: float) -> AsyncIterator[Replica]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), url, str(seconds), stdin=PIPE, stdout=PIPE
    )
    try:
        yield Replica(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.fixture
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with open_url(request, "postgresql") as url:
        yield url


@pytest.fixture
async def opened(url: str) -> AsyncIterator[Database]:
    async with database(url, CLOCK) as opened:
        await put(opened, SqlTasks(opened, CLOCK), a_task("a"))
        yield opened


async def test_the_late_completion_of_a_paused_replica_is_refused(url: str, opened: Database) -> None:
    async with replica(url, 1) as paused:
        assert await paused.heard() == "claimed s-a 1"
        paused.process.send_signal(signal.SIGSTOP)
        async with replica(url, 600) as other:
            assert await other.heard() == "claimed s-a 2"
            paused.process.send_signal(signal.SIGCONT)
            assert await paused.told("check") == "lost"
            assert await paused.told("done") == "refused"
            assert await noted(opened) == 0
            assert await other.told("check") == "held"
            assert await other.told("done") == "settled"
            assert await paused.told("done") == "refused"
    assert await noted(opened) == 1
    assert await SqlTasks(opened, CLOCK).counts() == {}


async def test_what_a_killed_replica_had_in_hand_is_done_by_another(url: str, opened: Database) -> None:
    async with replica(url, 1) as killed:
        assert await killed.heard() == "claimed s-a 1"
        killed.process.kill()
        async with replica(url, 600) as other:
            assert await other.heard() == "claimed s-a 2"
            assert await SqlTasks(opened, CLOCK).counts() == {KIND: TaskCounts(leased=1)}
            assert await other.told("done") == "settled"
    assert await noted(opened) == 1
