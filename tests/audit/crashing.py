"""A process that is killed between a commit and the chaining of its event; run by test_audit_crash.py.

It prints the id of every event once it is acknowledged, and the id of the last, which is only held, before it hangs.
"""

import asyncio
import sys

from gateway.store.audit.writer import AuditWriter
from gateway.store.database import database
from gateway.system_clock import SystemClock
from tests.audit.samples import an_event, hold_and_commit


async def main(url: str, prefix: str) -> None:
    """Record, hold, and hang."""
    clock = SystemClock()
    async with database(url, clock) as opened:
        writer = AuditWriter(opened, clock)
        await writer.begin(alone=False)
        running = asyncio.create_task(writer.run())
        numbers = [f"{prefix}{number:030x}" for number in range(100)]
        await asyncio.gather(*(_acknowledged(writer, number) for number in numbers[:50]))
        for number in numbers[50:]:
            await hold_and_commit(opened, writer, an_event(id=number, at=clock.now()))
            print(number, flush=True)  # noqa: T201 - what the test reads
            if number == numbers[60]:
                writer.stop()  # from here on nothing is chained: as if it were killed before it could
                await running
                print("hangs", flush=True)  # noqa: T201 - likewise
        await asyncio.Event().wait()


async def _acknowledged(writer: AuditWriter, number: str) -> None:
    await writer.record(an_event(id=number, at=SystemClock().now()))
    print(number, flush=True)  # noqa: T201 - likewise


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
