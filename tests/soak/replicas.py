"""Three `serve` processes on one PostgreSQL: what one is told, the others know within a second."""

import asyncio
import time
from pathlib import Path
from typing import Any

from tests.soak.client import Connection
from tests.soak.fleet import Fleet, fleet
from tests.soak.load import LICENCES, OPEN_USE

WITHIN = 1.0
ROUNDS = 20
DISABLE = """mutation Disable($input: DisableSystemInput!) {
  disableSystem(input: $input) { system { noticeVersion } problems { message } }
}"""
ENABLE = """mutation Enable($input: EnableSystemInput!) {
  enableSystem(input: $input) { system { noticeVersion } problems { message } }
}"""
STATE = '{ system(code: "city-licences") { state noticeVersion } }'


def replicas(folder: Path, *, listen: bool) -> dict[str, Any]:
    """Uses opened at one gateway are asked under at the others; a system disabled at one is disabled at all.

    Args:
        listen: whether the database may notify; polling otherwise.
    """
    with fleet(folder, "postgresql", 3, database_listen=str(listen).lower()) as up:
        return asyncio.run(_agree(up, listen))


async def _agree(up: Fleet, listen: bool) -> dict[str, Any]:
    uses = [await _use_elsewhere(up, number) for number in range(ROUNDS)]
    seconds, problems, version = [], [], 0
    for number in range(ROUNDS):
        teller = up.gateways[number % len(up.gateways)]
        connection = Connection(teller.port, up.tokens["operations"])
        disabling = number % 2 == 0
        given: dict[str, Any] = {"code": "city-licences", "expectedVersion": version}
        if disabling:
            given |= {"noticeZh": "临时停用", "noticeEn": "out of use for a while"}
        answer = await connection.ask(DISABLE if disabling else ENABLE, {"input": given}, 5_000)
        payload = answer.data.get("disableSystem" if disabling else "enableSystem") or {}
        problems += [str(answer.body.get("errors"))] if not payload else [one["message"] for one in payload["problems"]]
        if payload.get("system"):
            version = payload["system"]["noticeVersion"]
        seconds.append(await _all_say(up, "DISABLED" if disabling else None))
        connection.close()
    agreed = [one for one in seconds if one is not None]
    return {
        "listen": listen,
        "rounds": ROUNDS,
        "usesKnownElsewhere": sum(uses),
        "secondsToAgree": {"most": max(agreed, default=None), "all": agreed},
        "problems": problems[:5],
        "holds": all(uses) and len(agreed) == ROUNDS and max(agreed) <= WITHIN and not problems,
    }


async def _use_elsewhere(up: Fleet, number: int) -> bool:
    """Whether a use opened at one gateway serves at the next at once."""
    count = len(up.gateways)
    here, there = (Connection(up.gateways[(number + step) % count].port, up.tokens["citizen"]) for step in (0, 1))
    answer = await here.ask(OPEN_USE, {"input": {"holder": {"item": up.world.item}}}, 5_000)
    use = answer.data["openUse"]["use"]["id"]
    elsewhere = await there.ask(LICENCES, {"use": use}, 5_000)
    here.close()
    there.close()
    return bool(elsewhere.data.get("licences"))


async def _all_say(up: Fleet, state: str | None) -> float | None:
    """Seconds until all gateways gave the state, or with None any other than DISABLED; None if they did not in 5 s."""
    started = time.monotonic()
    connections = [Connection(gateway.port, up.tokens["operations"]) for gateway in up.gateways]
    try:
        while time.monotonic() - started < 5 * WITHIN:
            said = [(await one.ask(STATE, {}, 2_000)).data["system"]["state"] for one in connections]
            if all(one == state if state else one != "DISABLED" for one in said):
                return round(time.monotonic() - started, 3)
            await asyncio.sleep(0.02)
        return None
    finally:
        for one in connections:
            one.close()
