"""The sandbox's exchange itself: its signatures, its ledger, and the control interface that decides requests."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from adapters.sandbox.exchange.service import REFRESH_SECONDS, SECRET_SECONDS, WINDOW_SECONDS
from adapters.sandbox.faults import Fault, FaultInvalid, FaultKind
from adapters.sandbox.running import Sandbox, running_sandbox
from adapters.sandbox.world.generate import World
from gateway.core.identifiers import credit_code
from gateway.core.sharing import catalogue_code
from gateway.core.sharing.exchange import ExchangeStatus, Standing
from tests.exchange.site import HOUSEHOLD, SYSTEM, Site
from tests.sandbox.callers import SteppedClock
from tests.servers.client import http_client


class Caller:
    """Speaks to the exchange as an integration would."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient, clock: SteppedClock) -> None:
        self._settings = sandbox.settings()[SYSTEM]
        self._http = http
        self._clock = clock
        self._nonces = 0
        self.key = self._settings["app-key"]

    async def post(self, path: str, token: str, **changes: str) -> tuple[str, Any]:
        """The code and the content of the reply to a call that is signed with a token."""
        self._nonces += 1
        body = msgspec.json.encode({"pageNo": 1, "pageSize": 2})
        given = {
            "app": self._settings["app-id"],
            "time": str(int(self._clock.now().timestamp() * 1_000)),
            "nonce": f"n{self._nonces}",
        } | changes
        lines = "\n".join((*(given[name] for name in ("app", "time", "nonce")), hashlib.sha256(body).hexdigest()))
        given.setdefault("sign", b64encode(hmac.digest(token.encode(), lines.encode(), "sha256")).decode())
        headers = {f"X-Gx-{name}": value for name, value in given.items()}
        reply = await self._http.post(f"{self._settings['url']}/{path}", content=body, headers=headers)
        assert reply.status_code == 200
        told = reply.json()
        return told["resultCode"], told["content"]


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with http_client() as client:
        yield client


async def test_secrets_come_in_two_stages_and_end_each_in_its_time(
    site: Site, http: httpx.AsyncClient, clock: SteppedClock
) -> None:
    caller = Caller(site.sandbox, http, clock)
    code, given = await caller.post("auth/secret", caller.key)
    secret, refresher = given["secret"], given["refreshSecret"]

    assert code == "00000"
    assert (await caller.post("catalogue/list", secret))[0] == "00000"
    assert (await caller.post("catalogue/list", caller.key))[0] == "A0301", "the app key signs nothing else"
    assert (await caller.post("auth/secret", secret))[0] == "A0301"
    clock.step(SECRET_SECONDS)
    assert (await caller.post("catalogue/list", secret))[0] == "A0304"
    code, renewed = await caller.post("auth/refresh", refresher)
    assert (await caller.post("catalogue/list", renewed["secret"]))[0] == "00000"
    assert (await caller.post("auth/refresh", refresher))[0] == "A0304", "a refresh secret is used once"
    clock.step(REFRESH_SECONDS)
    assert (await caller.post("auth/refresh", renewed["refreshSecret"]))[0] == "A0304"


async def test_a_call_is_proven_by_who_when_once_and_with_what(
    site: Site, http: httpx.AsyncClient, clock: SteppedClock
) -> None:
    caller = Caller(site.sandbox, http, clock)
    late = str(int((clock.now().timestamp() - WINDOW_SECONDS - 1) * 1_000))

    codes = [
        (await caller.post("auth/secret", caller.key, **changes))[0]
        for changes in ({"app": "x"}, {"nonce": ""}, {"time": late}, {"time": "soon"}, {"sign": "x"}, {"nonce": "a"})
    ]
    again, _ = await caller.post("auth/secret", caller.key, nonce="a")

    assert codes == ["A0300", "A0300", "A0302", "A0302", "A0301", "00000"]
    assert again == "A0303"


async def test_the_catalogue_that_it_gives_is_one_that_we_could_import(site: Site) -> None:
    catalogue = await site.exchange.catalogue(site.call())

    for resource in catalogue.resources:
        assert credit_code.parse(resource.provider)
        assert catalogue_code.parse(resource.code)


async def test_requests_are_decided_over_the_control_interface(site: Site, http: httpx.AsyncClient) -> None:
    address = f"{site.sandbox.control}/exchange/{SYSTEM}"
    held = await http.put(address, json={"hold": True})
    number = await site.number()

    first = await http.post(f"{address}/requests/{number}", json={"decision": "first"})
    approved = await http.post(f"{address}/requests/K1", json={"decision": "approve", "fields": ["idNumber"]})
    status = await site.status("K1", number)
    shown = (await http.get(address)).json()

    assert held.json() == {"first": 20, "decide": 40, "answer": 60, "hold": True}
    assert [first.json(), approved.json()] == [
        {"number": number, "standing": "FIRST_STAGE"},
        {"number": number, "standing": "APPROVED"},
    ]
    assert status.fields == frozenset({"idNumber"})
    assert shown["byKey"] == {"K1": 1}
    assert shown["requests"][0] | {"at": None, "validUntil": None} == {
        "number": number,
        "key": "K1",
        "resource": HOUSEHOLD,
        "standing": "APPROVED",
        "at": None,
        "fate": None,
        "fields": ["idNumber"],
        "validUntil": None,
        "perDay": 100,
        "inAll": None,
        "reason": None,
    }
    assert status.access
    assert status.access not in str(shown)


async def test_orders_that_cannot_be_followed_say_what_is_possible(site: Site, http: httpx.AsyncClient) -> None:
    address = f"{site.sandbox.control}/exchange/{SYSTEM}"
    number = await site.number()

    replies = [
        await http.post(f"{address}/requests/GX0", json={"decision": "approve"}),
        await http.get(f"{site.sandbox.control}/exchange/seal-hub"),
        await http.post(f"{address}/requests/{number}", json={"decision": "perhaps"}),
        await http.post(f"{address}/requests/{number}", json={"decision": "end"}),
        await http.post(f"{address}/requests/{number}", json={"decision": "approve", "fields": ["phone"]}),
        await http.post(
            f"{address}/requests/{number}", json={"decision": "approve", "validUntil": "2026-12-31T00:00:00"}
        ),
        await http.put(address, json={"first": "soon"}),
    ]

    assert [reply.status_code for reply in replies] == [404, 404, *[400] * 5]
    assert "possible: approve, first, refuse" in replies[3].json()["error"]
    assert (await http.delete(address)).status_code == 204


async def test_the_pace_of_decisions_is_set_and_reset(site: Site, http: httpx.AsyncClient, clock: SteppedClock) -> None:
    address = f"{site.sandbox.control}/exchange/{SYSTEM}"
    await http.put(address, json={"first": 0, "decide": 5})
    number = await site.number()
    standings = [(await site.status("K1", number)).standing]
    clock.step(5)
    standings.append((await site.status("K1", number)).standing)

    assert standings == [Standing.FIRST_STAGE, Standing.APPROVED]


async def test_faults_of_requests_are_for_exchanges_alone(site: Site) -> None:
    with pytest.raises(FaultInvalid, match="takes no requests"):
        site.sandbox.faults.set("share-population", Fault(kind=FaultKind.UNANSWERED))
    with pytest.raises(FaultInvalid, match="seals nothing"):
        site.sandbox.faults.set(SYSTEM, Fault(kind=FaultKind.NOTHING))


async def test_what_was_taken_and_decided_is_known_after_a_restart(
    small_world: World, clock: SteppedClock, tmp_path: Path
) -> None:
    found: list[list[ExchangeStatus]] = []
    for _ in range(2):
        async with (
            running_sandbox(small_world, clock=clock, state=tmp_path) as sandbox,
            AsyncExitStack() as stack,
        ):
            site = await Site.opened(sandbox, clock, stack)
            if not found:
                await site.approved("K1")
                await site.number("K2")
                ledger = tmp_path / SYSTEM / "ledger.jsonl"
                ledger.write_bytes(ledger.read_bytes() + b'{"type":"taken","num')
            found.append([await site.status(key, None) for key in ("K1", "K2")])

    assert found[0] == found[1]
    assert [one.standing for one in found[1]] == [Standing.APPROVED, Standing.PENDING]
