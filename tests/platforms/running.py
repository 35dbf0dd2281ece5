"""A sandbox in a process of its own, whose platforms keep their things in a folder; it prints its addresses."""

import asyncio
import json
import sys
from datetime import date
from pathlib import Path

from adapters.sandbox.running import running_sandbox
from adapters.sandbox.world.generate import generate
from tests.sandbox.callers import SteppedClock


async def _run(state: Path) -> None:
    async with running_sandbox(generate(7, date(2026, 3, 2), size=20), clock=SteppedClock(), state=state) as sandbox:
        print(json.dumps({"control": sandbox.control, "settings": sandbox.settings()}), flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_run(Path(sys.argv[1])))
