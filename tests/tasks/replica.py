"""A process that claims one task, and goes on as it is told, a line at a time: check, hold, done.

python replica.py URL SECONDS
"""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from gateway.core.tasks import LeaseLost, Rest, Step
from gateway.services.tasks.leases import Leases
from gateway.store.database import database
from gateway.store.tasks import SqlTasks
from gateway.system_clock import SystemClock
from tests.tasks.making import KIND, noting


async def main(url: str, seconds: float) -> None:
    clock = SystemClock()
    async with database(url, clock) as opened:
        leases = Leases(SqlTasks(opened, clock), clock, margin=0.1)
        while True:
            now = clock.now()
            claims = await leases.claim(KIND, now, now + timedelta(seconds=seconds), 1)
            if claims:
                break
            await asyncio.sleep(0.05)
        (claim,) = claims
        say(f"claimed {claim.subject} {claim.fence}")
        while order := await asyncio.to_thread(sys.stdin.readline):
            match order.strip():
                case "check":
                    try:
                        leases.check(claim)
                    except LeaseLost:
                        say("lost")
                    else:
                        say("held")
                case "done":
                    lost = await leases.settle([Step(claim, Rest.DONE, noting(claim.subject))])
                    say("refused" if lost else "settled")


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
