"""A platform's process is killed; what it has sealed it knows afterwards, and what it was asked it goes on with."""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from adapters.kit.opening import opened
from certs.national import SmCrypto
from gateway.core.call import Call
from gateway.core.caller import Application, Caller
from gateway.core.clock import Deadline
from gateway.core.seals.platform import Mode, SealOrder, SealPlatform, SealReply, SealStatus
from gateway.core.system import DeployedSystem
from gateway.store.deployment import SystemSettings
from tests.ofd.world import HELLO
from tests.platforms.site import HUB, MANIFESTS, OFD, assignment
from tests.sandbox.callers import SteppedClock
from tests.servers.client import http_client

_TRIES = 2_000


class Running:
    """A process with the platforms, and its hub as a gateway speaks to it."""

    def __init__(self, platform: SealPlatform, control: str, http: httpx.AsyncClient, clock: SteppedClock) -> None:
        self._platform = platform
        self._control = control
        self._http = http
        self._clock = clock

    async def seal(self, order: SealOrder, folder: Path) -> SealReply:
        return await self._platform.seal(order, folder, self._call())

    async def query(self, order: SealOrder, folder: Path) -> SealReply:
        return await self._platform.query(order, None, folder, self._call())

    async def hold(self) -> None:
        reply = await self._http.put(f"{self._control}/answers/{HUB}", json={"ms": 0, "hold": True})
        assert reply.status_code == 200

    async def ledger(self) -> dict[str, Any]:
        ledger: dict[str, Any] = (await self._http.get(f"{self._control}/ledger/{HUB}")).json()
        return ledger

    def _call(self) -> Call:
        deadline = Deadline.after(30, self._clock)
        return Call(request_id="r", caller=Caller(Application("test", "test")), deadline=deadline)


@asynccontextmanager
async def running(state: Path) -> AsyncIterator[Running]:
    """The process, which gets SIGKILL when the block ends."""
    clock = SteppedClock()
    program = (sys.executable, "-m", "tests.platforms.running", str(state))
    process = await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        told = json.loads(await process.stdout.readline())
        settings = told["settings"][HUB]
        deployed = DeployedSystem(
            folder=MANIFESTS / HUB,
            hosts=(urlsplit(settings["url"]).netloc,),
            assignment=assignment(),
            secrets=SystemSettings(HUB, settings),
        )
        async with http_client() as http, opened(deployed, clock, SmCrypto()) as hub:
            assert hub.seals is not None
            yield Running(hub.seals, told["control"], http, clock)
    finally:
        process.kill()
        await process.wait()


async def test_what_was_sealed_and_what_was_taken_outlives_a_killed_process(cabinets: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    shutil.copytree(cabinets, state)
    (tmp_path / "a.ofd").write_bytes(HELLO)

    def order(key: str, seal: str) -> SealOrder:
        return SealOrder(
            key=key, seal=seal, mode=Mode.DOCUMENT, document=tmp_path / "a.ofd", media_type=OFD, place=None
        )

    at_once, later = order("K1", "QZ42-0001"), order("K2", "QZ42-0002")
    async with running(state) as first:
        done = await first.seal(at_once, tmp_path)
        await first.hold()
        taken = await first.seal(later, tmp_path)
        before = await first.ledger()

    async with running(state) as second:
        kept = await second.ledger()
        again = await second.seal(at_once, tmp_path)
        found = await second.query(later, tmp_path)
        for _ in range(_TRIES):
            if found.status is not SealStatus.PENDING:
                break
            found = await second.query(later, tmp_path)
        after = await second.ledger()

    assert (done.status, taken.status) == (SealStatus.DONE, SealStatus.PENDING)
    assert (before["accepted"], before["byKey"]) == (2, {"K1": 1})
    assert kept["byKey"]["K1"] == 1
    assert again.number == done.number
    assert again.document is not None
    assert done.document is not None
    assert again.document.read_bytes() == done.document.read_bytes()
    assert (found.status, found.number) == (SealStatus.DONE, taken.number)
    assert (after["accepted"], after["byKey"]) == (2, {"K1": 1, "K2": 1})
