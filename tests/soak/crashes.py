"""kill -9 and SIGSTOP under load: no acknowledged answer may be missing from the audit, and every chain verifies."""

import asyncio
import json
import random
import signal
from pathlib import Path
from typing import Any

from tests.soak.fleet import Fleet, fleet
from tests.soak.load import Citizen, Tally, run_load

TIMEOUT_MS = 5_000


def crashes(folder: Path, *, database: str, blows: int, rate: float, seed: int) -> dict[str, Any]:
    """Load while the gateways are killed or stopped ``blows`` times in turn; then the audit is exported and compared.

    Returns:
        ``holds``, and how many answers were acknowledged, found in the audit, and missing.
    """
    replicas = 2 if database == "postgresql" else 1
    with fleet(folder, database, replicas) as up:
        tally = asyncio.run(_under_blows(up, blows, rate, random.Random(seed)))
        return {"database": database, "replicas": replicas, "seed": seed, **_judged(up, folder, tally)}


async def _under_blows(up: Fleet, blows: int, rate: float, dice: random.Random) -> Tally:
    tally = Tally()
    loads = [
        asyncio.create_task(_load(up, number, rate / len(up.gateways), tally, dice.randrange(2**31)))
        for number in range(len(up.gateways))
    ]
    try:
        for blow in range(blows):
            gateway = up.gateways[dice.randrange(len(up.gateways))]
            await asyncio.sleep(dice.uniform(1.0, 3.0))
            if blow % 3 == 2:  # every third is a pause
                gateway.signal(signal.SIGSTOP)
                await asyncio.sleep(dice.uniform(0.5, 4.0))
                gateway.signal(signal.SIGCONT)
            else:
                gateway.signal(signal.SIGKILL)
                gateway.start()
                await asyncio.to_thread(gateway.wait_ready)
        await asyncio.sleep(3)
    finally:
        for load in loads:
            load.cancel()
        await asyncio.gather(*loads, return_exceptions=True)
    return tally


async def _load(up: Fleet, number: int, rate: float, tally: Tally, seed: int) -> None:
    while True:
        citizens = [Citizen(up.gateways[number].port, up.tokens["citizen"], up.world.item) for _ in range(16)]
        try:
            await run_load(citizens, rate, 5, TIMEOUT_MS, tally, seed=seed)
        finally:
            for citizen in citizens:
                citizen.connection.close()


def _judged(up: Fleet, folder: Path, tally: Tally) -> dict[str, Any]:
    export = folder / "audit-export"
    made = up.command("audit", "export", "--from", "2026-01-01T00:00:00+08:00", str(export))
    verified = up.command("audit", "verify", str(export))
    known = set()
    if made.returncode == 0:
        with (export / "entries.jsonl").open(encoding="utf-8") as lines:
            known = {_request(json.loads(line)) for line in lines}
    missing = [request for request in tally.acknowledged if request not in known]
    return {
        "acknowledged": len(tally.acknowledged),
        "missing": len(missing),
        "entries": len(known),
        "starts": [gateway.starts for gateway in up.gateways],
        "export": made.returncode,
        "verify": verified.returncode,
        "said": verified.stdout.decode()[-600:] + made.stderr.decode()[-600:],
        "load": tally.summary(),
        "holds": bool(tally.acknowledged) and not missing and made.returncode == 0 and verified.returncode == 0,
    }


def _request(entry: dict[str, Any]) -> str:
    event = entry.get("event", entry)
    return str(event.get("request_id") or event.get("request") or "")
