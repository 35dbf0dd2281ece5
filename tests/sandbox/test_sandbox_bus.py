import base64
import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest

from adapters.sandbox.bus.gate import REFRESH_SECONDS, SECRET_SECONDS, WINDOW_SECONDS
from adapters.sandbox.bus.service import DistrictLicences
from adapters.sandbox.bus.wire import NO_END_TEXTS
from adapters.sandbox.running import Sandbox
from adapters.sandbox.secrets import Secrets
from adapters.sandbox.world.generate import World
from adapters.sandbox.world.model import NO_END
from adapters.sandbox.world.prediction import predict_licences
from tests.sandbox.callers import SteppedClock, system_of

SYSTEM = "district-licences"
PAGE, GET, PING = "district/v2/certificate/page", "district/v2/certificate/get", "district/v2/ping"


class BusCaller:
    """Speaks to the bus as one replica of an integration would."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient, clock: SteppedClock, world: World) -> None:
        self.http = http
        self.settings = sandbox.settings()[SYSTEM]
        self.world = world
        self.token = ""
        self.refresher = ""
        self._clock = clock
        self._nonces = 0

    def headers(self, token: str, **changes: str) -> dict[str, str]:
        self._nonces += 1
        given = {"timestamp": str(int(self._clock.now().timestamp())), "nonce": f"{id(self)}-{self._nonces}", **changes}
        text = f"{given['timestamp']}{token}{given['nonce']}{given['timestamp']}"
        signed = {"paasid": self.settings["paas-id"], "signature": hashlib.sha256(text.encode()).hexdigest(), **given}
        return {f"x-bus-{name}": value for name, value in signed.items()}

    def user(self, **changes: str | None) -> dict[str, str]:
        officer = self.world.officer
        user = {"account": officer.account, "idNo": officer.number, "areaCode": officer.region, **changes}
        return {"x-bus-user": base64.b64encode(json.dumps(user).encode()).decode()}

    async def send(self, path: str, headers: dict[str, str], body: object = None) -> httpx.Response:
        return await self.http.post(f"{self.settings['url']}/{path}", headers=headers, json=body)

    async def login(self) -> httpx.Response:
        reply = await self.send("bus/secret", self.headers(self.settings["app-key"]))
        assert reply.status_code == 200
        self.token, self.refresher = reply.json()["secret"], reply.json()["refreshSecret"]
        return reply

    async def call(self, path: str, user: dict[str, str] | None = None, /, **body: object) -> httpx.Response:
        asking = self.user() if user is None else user
        return await self.send(path, {**self.headers(self.token), **asking}, body)

    async def page(self, user: dict[str, str] | None = None, /, **changes: object) -> dict[str, Any]:
        asked = {
            "holderNo": self.world.holder.number,
            "holderType": "1",
            "itemCode": self.world.item,
            "caseNo": self.world.case,
            **changes,
        }
        reply = await self.call(PAGE, user, **asked)
        assert reply.status_code == 200
        told: dict[str, Any] = reply.json()
        return told


def expected_signature(reply: httpx.Response, token: str) -> str:
    signed = reply.headers["x-bus-timestamp"].encode() + reply.content
    return hmac.new(token.encode(), signed, hashlib.sha256).hexdigest()


def bus_code(reply: httpx.Response) -> str:
    assert reply.status_code == 401
    assert "RET_CODE" not in reply.json()
    code: str = reply.json()["busCode"]
    return code


@pytest.fixture
def bus(sandbox: Sandbox, http: httpx.AsyncClient, clock: SteppedClock, world: World) -> BusCaller:
    return BusCaller(sandbox, http, clock, world)


@pytest.fixture
def replica(sandbox: Sandbox, http: httpx.AsyncClient, clock: SteppedClock, world: World) -> BusCaller:
    return BusCaller(sandbox, http, clock, world)


async def test_a_secret_is_fetched_with_the_app_key_and_signs_calls(bus: BusCaller) -> None:
    reply = await bus.login()
    assert (reply.json()["busCode"], reply.json()["expiresIn"]) == ("0", SECRET_SECONDS)
    assert reply.json()["refreshExpiresIn"] == REFRESH_SECONDS
    assert (await bus.call(PING)).json() == {"RET_CODE": "0000", "RET_MSG": "操作成功", "resultData": None}


@pytest.mark.parametrize("missing", ["paasid", "timestamp", "nonce", "signature"])
async def test_without_its_headers_a_call_meets_an_html_page(bus: BusCaller, missing: str) -> None:
    headers = bus.headers(bus.settings["app-key"])
    del headers[f"x-bus-{missing}"]
    reply = await bus.send("bus/secret", headers)
    assert (reply.status_code, reply.headers["content-type"]) == (401, "text/html; charset=utf-8")


async def test_an_unknown_caller_meets_the_same_page(bus: BusCaller) -> None:
    reply = await bus.send("bus/secret", bus.headers(bus.settings["app-key"], paasid="somebody"))
    assert reply.headers["content-type"].startswith("text/html")


async def test_a_wrong_signature_is_401_in_the_words_of_the_bus(bus: BusCaller) -> None:
    await bus.login()
    assert bus_code(await bus.send(PING, bus.headers("wrong"))) == "BUS4011"
    assert bus_code(await bus.send("bus/secret", bus.headers("wrong"))) == "BUS4011"


async def test_each_stage_has_its_own_token(bus: BusCaller) -> None:
    await bus.login()
    for path, token in (("bus/secret", bus.token), ("bus/refresh", bus.token), (PING, bus.settings["app-key"])):
        assert bus_code(await bus.send(path, bus.headers(token))) == "BUS4011"


@pytest.mark.parametrize("off", [WINDOW_SECONDS, -WINDOW_SECONDS])
async def test_a_timestamp_may_be_off_by_three_minutes(bus: BusCaller, clock: SteppedClock, off: int) -> None:
    now = int(clock.now().timestamp())
    key = bus.settings["app-key"]
    assert (await bus.send("bus/secret", bus.headers(key, timestamp=str(now + off)))).status_code == 200
    more = now + off + (1 if off > 0 else -1)
    assert bus_code(await bus.send("bus/secret", bus.headers(key, timestamp=str(more)))) == "BUS4012"
    assert bus_code(await bus.send("bus/secret", bus.headers(key, timestamp="now"))) == "BUS4012"
    assert bus_code(await bus.send("bus/secret", bus.headers(key, timestamp="9" * 200))) == "BUS4012"


async def test_a_nonce_works_once_but_a_wrong_signature_does_not_use_it_up(bus: BusCaller) -> None:
    await bus.login()
    assert bus_code(await bus.send(PING, bus.headers("wrong", nonce="n"))) == "BUS4011"
    headers = {**bus.headers(bus.token, nonce="n"), **bus.user()}
    assert (await bus.send(PING, headers)).status_code == 200
    assert bus_code(await bus.send(PING, headers)) == "BUS4013"


async def test_a_nonce_cannot_be_replayed_as_long_as_its_timestamp_is_good(bus: BusCaller, clock: SteppedClock) -> None:
    ahead = str(int(clock.now().timestamp()) + WINDOW_SECONDS)
    headers = bus.headers(bus.settings["app-key"], timestamp=ahead)
    assert (await bus.send("bus/secret", headers)).status_code == 200
    clock.step(2 * WINDOW_SECONDS)
    assert bus_code(await bus.send("bus/secret", headers)) == "BUS4013"


async def test_a_secret_ends_and_the_bus_says_so(bus: BusCaller, clock: SteppedClock) -> None:
    await bus.login()
    clock.step(SECRET_SECONDS)
    assert bus_code(await bus.call(PING)) == "BUS4014"


async def test_a_refresh_secret_gives_new_ones_once(bus: BusCaller, clock: SteppedClock) -> None:
    await bus.login()
    clock.step(SECRET_SECONDS)
    reply = await bus.send("bus/refresh", bus.headers(bus.refresher))
    assert reply.headers["x-bus-response-signature"] == expected_signature(reply, bus.refresher)
    bus.token = reply.json()["secret"]
    assert (await bus.call(PING)).status_code == 200
    assert bus_code(await bus.send("bus/refresh", bus.headers(bus.refresher))) == "BUS4014"
    clock.step(REFRESH_SECONDS)
    assert bus_code(await bus.send("bus/refresh", bus.headers(reply.json()["refreshSecret"]))) == "BUS4014"


async def test_two_replicas_keep_their_secrets_unless_only_one_login_is_allowed(
    bus: BusCaller, replica: BusCaller, sandbox: Sandbox
) -> None:
    await bus.login()
    await replica.login()
    assert (await bus.call(PING)).status_code == 200
    system = system_of(sandbox, SYSTEM, DistrictLicences)
    system.one_login = True
    assert system.one_login
    await replica.login()
    assert bus_code(await bus.call(PING)) == "BUS4014"
    assert bus_code(await bus.send("bus/refresh", bus.headers(bus.refresher))) == "BUS4014"
    assert (await replica.call(PING)).status_code == 200
    await bus.login()
    assert bus_code(await replica.call(PING)) == "BUS4014"


def test_only_so_many_secrets_live_at_once(clock: SteppedClock) -> None:
    secrets = Secrets(clock, 60)
    first = secrets.give()
    for _ in range(64):
        secrets.give()
    assert len(secrets.live()) == 64
    assert first in secrets.over()


async def test_replies_are_signed_with_the_token_of_their_request(bus: BusCaller) -> None:
    reply = await bus.login()
    assert reply.headers["x-bus-response-signature"] == expected_signature(reply, bus.settings["app-key"])
    for reply in (await bus.call(PING), await bus.call(PAGE), await bus.call(PAGE, {})):
        assert reply.headers["x-bus-response-signature"] == expected_signature(reply, bus.token)


async def test_an_unsigned_reply_has_no_signature_and_a_resigned_one_a_wrong_one(
    bus: BusCaller, sandbox: Sandbox
) -> None:
    await bus.login()
    faults = f"{sandbox.control}/faults/{SYSTEM}"
    await bus.http.put(faults, json={"kind": "unsigned"})
    reply = await bus.call(PING)
    assert (reply.status_code, reply.json()["RET_CODE"]) == (200, "0000")
    assert "x-bus-response-signature" not in reply.headers
    await bus.http.put(faults, json={"kind": "resigned"})
    reply = await bus.call(PING)
    assert len(reply.headers["x-bus-response-signature"]) == 64
    assert reply.headers["x-bus-response-signature"] != expected_signature(reply, bus.token)
    for kind in ("unsigned", "resigned"):
        await bus.http.put(faults, json={"kind": kind})
        refused = await bus.send(PING, bus.headers("wrong"))
        assert bus_code(refused) == "BUS4011"
        assert "x-bus-response-signature" not in refused.headers


async def test_a_holders_licences_come_with_everything_the_library_says(bus: BusCaller, world: World) -> None:
    await bus.login()
    reply = await bus.page(pageSize=50)
    data = reply["resultData"]
    held = world.libraries[SYSTEM].held_by(world.holder.number)
    assert (reply["RET_CODE"], data["total"], data["pages"], data["pageNum"]) == ("0000", len(held), 1, 1)
    assert [row["certCode"] for row in data["rows"]] == [record.licence.identifier for record in held]
    for row, record in zip(data["rows"], held, strict=True):
        licence = record.licence
        assert json.loads(base64.b64decode(row["faceData"])) == {one.name: one.value for one in licence.face}
        assert [(one["ownerNo"], one["ownerType"]) for one in row["owners"]] == [
            (h.number, "1") for h in licence.holders
        ]
        assert row["owners"][0]["main"] == "是"
        assert (row["validEnd"] in NO_END_TEXTS) == (licence.valid_until == NO_END)
    ends = {row["validEnd"] for row in data["rows"]}
    assert set(NO_END_TEXTS) < ends
    assert {row["stateReason"] for row in data["rows"]} > {"null"}


async def test_the_issue_date_is_local_midnight_in_milliseconds(bus: BusCaller, world: World) -> None:
    await bus.login()
    row = (await bus.page())["resultData"]["rows"][0]
    issued = world.libraries[SYSTEM].held_by(world.holder.number)[0].licence.issued_on
    assert (row["issueTime"] + 8 * 3_600_000) % 86_400_000 == 0
    assert (row["issueTime"] / 1000 + 8 * 3600) // 86_400 == (issued - type(issued)(1970, 1, 1)).days


async def test_pages_have_a_number_and_a_size(bus: BusCaller, world: World) -> None:
    await bus.login()
    crowd = {"holderNo": world.crowded.number, "holderType": "2"}
    first = (await bus.page(**crowd))["resultData"]
    assert (first["total"], first["pages"], len(first["rows"])) == (140, 14, 10)
    last = (await bus.page(**crowd, pageNum="3", pageSize="50"))["resultData"]
    assert (last["pageNum"], last["pageSize"], len(last["rows"])) == (3, 50, 40)
    assert (await bus.page(**crowd, pageNum=99))["resultData"]["rows"] == []
    for wrong in ({"pageSize": 51}, {"pageSize": 0}, {"pageNum": 0}, {"pageNum": -1}):
        assert (await bus.page(**crowd, **wrong))["RET_CODE"] == "1002"
    assert (await bus.page(**crowd, pageSize="ten"))["RET_CODE"] == "1000"


async def test_nothing_found_is_a_code_of_its_own(bus: BusCaller) -> None:
    await bus.login()
    assert await bus.page(holderNo="nobody") == {"RET_CODE": "0001", "RET_MSG": "无数据", "resultData": None}
    assert (await bus.page(holderType="2"))["RET_CODE"] == "0001"


@pytest.mark.parametrize("name", ["holderNo", "holderType", "itemCode", "caseNo"])
async def test_an_office_has_to_name_holder_item_and_case(bus: BusCaller, name: str) -> None:
    await bus.login()
    for nothing in (None, "", "null"):
        assert (await bus.page(**{name: nothing}))["RET_CODE"] == "1001"


async def test_an_item_that_may_use_nothing_is_refused(bus: BusCaller, world: World) -> None:
    await bus.login()
    assert (await bus.page(itemCode=world.forbidden_item))["RET_CODE"] == "2002"


@pytest.mark.parametrize(
    "header",
    ["", "!!", base64.b64encode(b"x").decode(), base64.b64encode(b"{}").decode(), "A" * 4_097,
     base64.b64encode(b'{"account": "officer01"}').decode()],
)  # fmt: skip
async def test_without_a_user_context_that_names_somebody_nothing_is_told(bus: BusCaller, header: str) -> None:
    await bus.login()
    assert (await bus.page({"x-bus-user": header}))["RET_CODE"] == "2001"


async def test_a_user_context_counts_only_after_the_signature_held(bus: BusCaller, world: World) -> None:
    await bus.login()
    asked = {"holderNo": world.holder.number, "holderType": "1", "itemCode": world.item, "caseNo": world.case}
    reply = await bus.send(PAGE, {**bus.headers("wrong"), **bus.user()}, asked)
    assert bus_code(reply) == "BUS4011"
    assert world.holder.name not in reply.text


async def test_an_officer_of_another_region_and_a_stranger_are_refused(bus: BusCaller, world: World) -> None:
    await bus.login()
    foreign = world.foreign_officer
    asking = bus.user(account=foreign.account, idNo=foreign.number, areaCode=foreign.region)
    assert (await bus.page(asking))["RET_CODE"] == "2003"
    stranger = bus.user(account=None, areaCode=None, idNo=world.people[9].number)
    assert (await bus.page(stranger))["RET_CODE"] == "2003"


async def test_a_citizen_may_ask_for_himself_without_a_case(bus: BusCaller, world: World) -> None:
    await bus.login()
    himself = bus.user(account=None, areaCode=None, idNo=world.holder.number)
    assert (await bus.page(himself, caseNo=None))["RET_CODE"] == "0000"


async def test_one_licence_is_found_by_its_identifier_or_number(bus: BusCaller, world: World) -> None:
    await bus.login()
    record = world.libraries[SYSTEM].held_by(world.holder.number)[0].licence
    purpose = {"itemCode": world.item, "caseNo": world.case}
    assert record.identifier is not None
    for asked in ({"certCode": record.identifier.lower()}, {"certNo": record.number}):
        reply = (await bus.call(GET, **purpose, **asked)).json()
        assert [row["certCode"] for row in reply["resultData"]["rows"]] == [record.identifier]
    assert (await bus.call(GET, **purpose)).json()["RET_CODE"] == "1001"
    stranger = bus.user(account=None, areaCode=None, idNo=world.people[9].number)
    assert (await bus.call(GET, stranger, **purpose, certNo=record.number)).json()["RET_CODE"] == "0001"


async def test_a_body_that_is_no_query_is_1000(bus: BusCaller) -> None:
    await bus.login()
    for wrong in ({"holderNo": 1}, {"itemCode": "x" * 201}):
        assert (await bus.page(**wrong))["RET_CODE"] == "1000"


async def test_calls_are_counted_and_faults_speak_the_language_of_the_bus(bus: BusCaller, sandbox: Sandbox) -> None:
    await bus.login()
    await bus.call(PING)
    assert sandbox.calls.all() == {SYSTEM: {"bus/secret": 1, "ping": 1}}
    faults = f"{sandbox.control}/faults/{SYSTEM}"
    await bus.http.put(faults, json={"kind": "error"})
    reply = await bus.call(PING)
    assert (reply.status_code, reply.json()["busCode"]) == (500, "BUS5000")
    await bus.http.put(faults, json={"kind": "expired"})
    assert bus_code(await bus.call(PING)) == "BUS4014"
    await bus.login()
    assert (await bus.call(PING)).status_code == 200
    await bus.http.put(faults, json={"kind": "charset"})
    assert "操作成功" in (await bus.call(PING)).content.decode("gb18030")


def test_the_library_overlaps_with_the_others_and_predictions_know_it(world: World) -> None:
    order = ["province-licences", "city-licences", SYSTEM]
    seen = {one.systems for one in predict_licences(world, world.holder, order, world.today)}
    assert tuple(order) in seen
    held = {record.licence.number for record in world.libraries[SYSTEM].records}
    city = {record.licence.number for record in world.libraries["city-licences"].records}
    assert 0.2 < len(held) / len(world.licences) < 0.4
    assert held & city
