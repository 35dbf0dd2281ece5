"""The provider of the suite on sharing: the sandbox in a process of its own, until its input ends.

Its first line says how its systems are reached, and whom it knows.
"""

import asyncio
import json
import sys
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # neither the benchmarks nor the tests are installed

from adapters.sandbox.running import running_sandbox
from adapters.sandbox.world.generate import generate

PEOPLE = 200


async def _provide() -> None:
    async with running_sandbox(generate(7, date(2026, 3, 2), size=2_000)) as sandbox:
        people = [person.number for person in sandbox.world.people[:PEOPLE]]
        said = json.dumps({"settings": sandbox.settings(), "people": people})
        print(said, flush=True)  # noqa: T201 - to the process that started it
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_provide())
