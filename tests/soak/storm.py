"""Many callers over many connections while one system is down, one hangs and one lies."""

import asyncio
import time
from pathlib import Path
from typing import Any

from tests.soak.fleet import Fleet, fleet
from tests.soak.load import Citizen, Tally, opened, percentiles, repeatedly, run_load

TIMEOUT_MS = 3_000
FAULTS: dict[str, dict[str, Any]] = {
    "city-licences": {"kind": "reset"},
    "estate-licences": {"kind": "hang"},
    "civil-register": {"kind": "html"},
}
"""Down, hanging, lying."""
ILL = frozenset(FAULTS)


def storm(
    folder: Path, *, database: str, rate: float, connections: int, minutes: float, quiet_minutes: float
) -> dict[str, Any]:
    """Quiet load, the same load with three ill systems, and recovery; the figures of each.

    Returns:
        ``holds`` and, by phase, what ``Tally.summary`` gives; memory in MiB, recovery in seconds by system.
    """
    with fleet(folder, database) as up:
        return asyncio.run(_storm(up, rate, connections, minutes * 60, quiet_minutes * 60))


async def _storm(up: Fleet, rate: float, connections: int, seconds: float, quiet_seconds: float) -> dict[str, Any]:
    gateway = up.gateways[0]
    citizens = [Citizen(gateway.port, up.tokens["citizen"], up.world.item) for _ in range(connections)]
    await opened(citizens)
    await run_load(citizens, rate / 2, 10, TIMEOUT_MS, Tally())  # caches and sessions
    memory = [gateway.rss_mib()]

    async def weigh() -> None:
        memory.append(gateway.rss_mib())

    weighing = asyncio.create_task(repeatedly(5, weigh))
    quiet, ill = Tally(), Tally()
    cpu = gateway.cpu_seconds()
    await run_load(citizens, rate, quiet_seconds, TIMEOUT_MS, quiet)
    quiet_cpu = (gateway.cpu_seconds() - cpu) / max(1, quiet.sent) * 1000
    for system, fault in FAULTS.items():
        await asyncio.to_thread(up.set_fault, system, fault)
    await run_load(citizens, rate, seconds, TIMEOUT_MS, ill)
    for system in FAULTS:
        await asyncio.to_thread(up.set_fault, system, None)
    recovery = await _recovery(citizens[0])
    weighing.cancel()
    for citizen in citizens:
        citizen.connection.close()
    healthy_quiet = percentiles(_healthy(quiet))
    healthy_ill = percentiles(_healthy(ill))
    return {
        "rate": rate,
        "connections": connections,
        "cpuMillisecondsPerRequest": round(quiet_cpu, 2),
        "quiet": quiet.summary(),
        "ill": ill.summary(),
        "healthyParts": {"quiet": healthy_quiet, "ill": healthy_ill},
        "memoryMiB": {"first": round(memory[0]), "most": round(max(memory)), "last": round(memory[-1])},
        "recoverySeconds": recovery,
        "holds": not ill.late
        and not ill.unanswered
        and ill.statuses.keys() <= {200}
        and healthy_ill["p99"] < 2 * healthy_quiet["p99"],
    }


def _healthy(tally: Tally) -> list[float]:
    return [time for system, times in tally.sources.items() if system not in ILL for time in times]


async def _recovery(citizen: Citizen) -> dict[str, float | None]:
    """Seconds after the faults ended until each system answered again."""
    started, recovered = time.monotonic(), dict.fromkeys(FAULTS)
    found: dict[str, float | None] = dict(recovered)
    while time.monotonic() - started < 60 and None in found.values():
        tally = Tally()
        await run_load([citizen], 4, 1, TIMEOUT_MS, tally)
        for system in FAULTS:
            if found[system] is None and tally.outcomes[f"{system} OK"]:
                found[system] = round(time.monotonic() - started, 1)
    return found
