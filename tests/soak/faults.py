"""Faults that are switched on one after the other: how soon operations see each, and whom they are told to call."""

import asyncio
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.soak.client import Connection, Unanswered
from tests.soak.fleet import Fleet, fleet
from tests.soak.load import Citizen, Tally, opened, percentiles, run_load

SYSTEMS = "{ systems { nodes { code state health { fault lastError } } } }"
DETECTED_WITHIN = 10.0
RATE = 4.0
TIMEOUT_MS = 4_000

CULPRITS = {
    "reset": "NETWORK",
    "hang": "THEIRS",
    "error": "THEIRS",
    "html": "THEIRS",
    "truncate": "THEIRS",
    "latency": "THEIRS",
}
"""Who has to mend what, as docs/reference/health.md says."""

SIGNED = "district-licences"
OF_SIGNATURES = ("charset", "unsigned", "resigned")
"""What only a system that signs its replies cannot be asked under; all THEIRS. Others are read in any charset."""

LIBRARIES = (
    "province-licences",
    "shared-licences",
    "city-licences",
    "estate-licences",
    "civil-register",
    "district-licences",
)


def faults(folder: Path, *, database: str, count: int, seed: int) -> dict[str, Any]:
    """Inject ``count`` faults, each into one system while all are asked a little.

    Returns:
        per fault the seconds until its system was no longer UP and the culprit named; shares; ``holds``.
    """
    with fleet(folder, database) as up:
        return asyncio.run(_inject(up, count, random.Random(seed), seed))


async def _inject(up: Fleet, count: int, dice: random.Random, seed: int) -> dict[str, Any]:
    watch = Connection(up.gateways[0].port, up.tokens["operations"])
    load = asyncio.create_task(_quiet_load(up))
    pairs = [(system, kind) for system in LIBRARIES for kind in CULPRITS]
    pairs += [(SIGNED, kind) for kind in OF_SIGNATURES]
    dice.shuffle(pairs)
    found = []
    try:
        await _until(watch, LIBRARIES, "UP", 60)
        for system, kind in pairs[:count]:
            found.append(await _one(up, watch, system, kind))
    finally:
        load.cancel()
        await asyncio.gather(load, return_exceptions=True)
        watch.close()
    detected = [one for one in found if one["seconds"] is not None and one["seconds"] <= DETECTED_WITHIN]
    right = [one for one in detected if one["named"] == one["culprit"]]
    return {
        "seed": seed,
        "faults": found,
        "detected": len(detected),
        "rightCulprit": len(right),
        "of": len(found),
        "detectionSeconds": percentiles([one["seconds"] for one in detected]),
        "othersHarmed": sum(one["others"] for one in found),
        "holds": len(detected) == len(found) and len(right) >= 0.95 * len(found),
    }


async def _one(up: Fleet, watch: Connection, system: str, kind: str) -> dict[str, Any]:
    fault = {"kind": kind, **({"ms": 8_000} if kind == "latency" else {})}
    await asyncio.to_thread(up.set_fault, system, fault)
    started, seconds, seen = time.monotonic(), None, {}
    while time.monotonic() - started < 2 * DETECTED_WITHIN:
        states = await _states(watch)
        seen = states[system]
        if seen["state"] in {"DEGRADED", "DOWN"}:
            seconds = round(time.monotonic() - started, 2)
            break
        await asyncio.sleep(0.2)
    others = [code for code, one in (await _states(watch)).items() if code != system and one["state"] != "UP"]
    await asyncio.to_thread(up.set_fault, system, None)
    recovered = await _until(watch, LIBRARIES, "UP", 60)
    return {
        "system": system,
        "kind": kind,
        "seconds": seconds,
        "culprit": CULPRITS.get(kind, "THEIRS"),
        "named": (seen.get("health") or {}).get("fault"),
        "said": (seen.get("health") or {}).get("lastError"),
        "others": len([code for code in others if code in LIBRARIES]),
        "recovered": recovered,
    }


async def _until(watch: Connection, systems: Sequence[str], state: str, most: float) -> float | None:
    """Seconds until all of the systems were in the state; None if they never were."""
    started = time.monotonic()
    while time.monotonic() - started < most:
        states = await _states(watch)
        if all(states[system]["state"] == state for system in systems):
            return round(time.monotonic() - started, 2)
        await asyncio.sleep(0.2)
    return None


async def _states(watch: Connection) -> dict[str, dict[str, Any]]:
    """Every system by its code; asked again while the gateway is too busy to say."""
    while True:
        try:
            answer = await watch.ask(SYSTEMS, {}, 5_000)
        except Unanswered:
            continue
        if "systems" in answer.data:
            return {node["code"]: node for node in answer.data["systems"]["nodes"]}
        await asyncio.sleep(0.2)


async def _quiet_load(up: Fleet) -> None:
    citizens = [Citizen(up.gateways[0].port, up.tokens["citizen"], up.world.item) for _ in range(8)]
    await opened(citizens)
    while True:
        await run_load(citizens, RATE, 30, TIMEOUT_MS, Tally())


def quiet(folder: Path, *, database: str, minutes: float) -> dict[str, Any]:
    """Quiet load on healthy systems: every change away from UP is a false alarm."""
    with fleet(folder, database) as up:
        return asyncio.run(_watch_quiet(up, minutes * 60))


async def _watch_quiet(up: Fleet, seconds: float) -> dict[str, Any]:
    watch = Connection(up.gateways[0].port, up.tokens["operations"])
    load = asyncio.create_task(_quiet_load(up))
    await _until(watch, LIBRARIES, "UP", 60)
    before, alarms, started = await _states(watch), [], time.monotonic()
    memory = [up.gateways[0].rss_mib()]
    while time.monotonic() - started < seconds:
        await asyncio.sleep(1)
        memory.append(up.gateways[0].rss_mib())
        states = await _states(watch)
        alarms += [
            f"{code}: {before[code]['state']} to {one['state']}, {one['health']['lastError']}"
            for code, one in states.items()
            if one["state"] != before[code]["state"] and one["state"] != "UP"
        ]
        before = states
    load.cancel()
    await asyncio.gather(load, return_exceptions=True)
    watch.close()
    return {
        "minutes": round(seconds / 60, 1),
        "falseAlarms": len(alarms),
        "alarms": alarms[:20],
        "memoryMiB": {"first": round(memory[0]), "most": round(max(memory)), "last": round(memory[-1])},
        "holds": not alarms,
    }
