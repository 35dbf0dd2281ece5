"""Killed processes: no event that was acknowledged, or committed with its change, is missing afterwards."""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

from gateway.store.audit.epochs import LEASE
from gateway.store.audit.writer import audit_writer
from gateway.store.database import Database
from gateway.system_clock import SystemClock
from tests.audit.samples import AuditClock, verify_chains, waiting

ROOT = Path(__file__).parents[2]


async def _killed_after(url: str, prefix: str, lines: int) -> set[str]:
    """What a process said before it was killed: after so many lines, or where it hangs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.audit.crashing", url, prefix,
        stdout=asyncio.subprocess.PIPE, cwd=ROOT, env=dict(os.environ),
    )  # fmt: skip
    assert process.stdout is not None
    said: set[str] = set()
    async with asyncio.timeout(240):
        while len(said) < lines and (line := (await process.stdout.readline()).decode().strip()):
            said.add(line)
        process.send_signal(signal.SIGKILL)
        said |= {line.decode() for line in (await process.stdout.read()).splitlines()}
        await process.wait()
    return {line for line in said if len(line) == 32}


async def test_what_was_acknowledged_or_committed_is_chained_after_kills(
    any_database: Database, database_url: str
) -> None:
    said: set[str] = set()
    for prefix, lines in (("a0", 20), ("a1", 101), ("a2", 70), ("a3", 55)):
        said |= await _killed_after(database_url, prefix, lines)
    assert len(said) > 200
    clock = AuditClock(SystemClock().now() + LEASE + timedelta(seconds=1))
    left = await waiting(any_database)
    assert left  # killed between the commit and the chaining
    async with audit_writer(any_database, clock, alone=False):
        assert not await waiting(any_database)
        chained = await verify_chains(any_database)
    assert said <= set(chained)
    assert set(left) <= set(chained)
