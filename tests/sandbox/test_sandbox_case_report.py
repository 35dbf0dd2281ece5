import base64
import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest

from adapters.sandbox.case_report.rows import RowRefused, read_row
from adapters.sandbox.case_report.service import ROWS_MOST, WINDOW_MILLISECONDS
from adapters.sandbox.running import Sandbox
from adapters.sandbox.world.generate import World
from tests.sandbox.callers import SteppedClock

SYSTEM = "case-report"


class ReportCaller:
    """Speaks to the reporting interface as an integration would."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient, clock: SteppedClock) -> None:
        self.http = http
        self.settings = sandbox.settings()[SYSTEM]
        self._clock = clock

    def envelope(self, data: str, **changes: Any) -> dict[str, Any]:
        moment = int(self._clock.now().timestamp() * 1000)
        body = {"appid": self.settings["app-id"], "timestamp": moment, "data": data} | changes
        text = f"{body['appid']}&{body['timestamp']}&{data}".encode()
        sign = hmac.new(self.settings["app-secret"].encode(), text, hashlib.sha256).digest()
        return {"sign": base64.b64encode(sign).decode(), **body}

    async def send(self, operation: str, body: object) -> dict[str, Any]:
        reply = await self.http.post(f"{self.settings['url']}/{operation}", json=body)
        assert reply.status_code == 200
        told: dict[str, Any] = reply.json()
        return told

    async def report(self, operation: str, *rows: object) -> list[dict[str, Any]]:
        reply = await self.send(operation, self.envelope(json.dumps(rows, ensure_ascii=False)))
        assert reply["resultCode"] == "200"
        told: list[dict[str, Any]] = reply["data"]
        return told

    async def code(self, operation: str, row: object) -> int:
        (told,) = await self.report(operation, row)
        code: int = told["code"]
        return code

    async def status(self, *numbers: str) -> list[dict[str, Any]]:
        reply = await self.send("queryStatus", self.envelope(json.dumps({"projids": numbers})))
        told: list[dict[str, Any]] = reply["data"]
        return told


@pytest.fixture
def reporting(sandbox: Sandbox, http: httpx.AsyncClient, clock: SteppedClock) -> ReportCaller:
    return ReportCaller(sandbox, http, clock)


@pytest.fixture
def basic(world: World) -> dict[str, Any]:
    return {
        "orgbusno": "N1",
        "projid": world.case,
        "itemno": world.item,
        "catalogcode": "C1",
        "taskcode": world.item,
        "taskhandleitem": None,
        "itemversion": 3,
        "regionid": world.officer.region,
        "projectname": "示例证照换发",
        "applicant": world.holder.name,
        "applyertype": "1",
        "applyerpagetype": "111",
        "applyerpagecode": world.holder.number,
        "applydate": "2026-02-28 10:30:00",
        "promisetimelimit": "5",
        "promisetimelimitunit": "1",
        "timelimit": 20,
        "timelimitunit": 1,
        "datasources": "2",
        "ischain": "0",
    }


@pytest.fixture
def step(world: World) -> dict[str, Any]:
    return {
        "projid": world.case,
        "nodetype": "2",
        "nodestarttime": "20260228113000",
        "acceptdate": "2026-02-28 11:30:00",
        "serviceidentify": "1",
        "servicenumber": 1,
    }


async def test_the_outer_code_says_parsed_and_each_row_says_what_became_of_it(
    reporting: ReportCaller, basic: dict[str, Any]
) -> None:
    rows = await reporting.report("receiveBasicInfo", basic, {**basic, "projid": ""}, basic)
    assert [row["code"] for row in rows] == [1, 0, 2]
    assert rows[1]["msg"] == "projid不能为空"


async def test_a_report_again_is_known_and_a_changed_one_needs_the_next_version(
    reporting: ReportCaller, basic: dict[str, Any]
) -> None:
    changed = {**basic, "projectname": "改名"}
    assert await reporting.code("receiveBasicInfo", basic) == 1
    assert await reporting.code("receiveBasicInfo", basic) == 2
    assert await reporting.code("receiveBasicInfo", changed) == 0
    assert await reporting.code("receiveBasicInfo", {**changed, "version": 3}) == 0
    assert await reporting.code("receiveBasicInfo", {**changed, "version": "2"}) == 1
    ((told),) = await reporting.status(basic["projid"])
    assert told["version"] == "2"


async def test_a_step_needs_its_case_and_is_told_by_the_status(
    reporting: ReportCaller, basic: dict[str, Any], step: dict[str, Any]
) -> None:
    assert await reporting.code("receiveProc", step) == 0
    await reporting.report("receiveBasicInfo", basic)
    (before,) = await reporting.status(basic["projid"])
    assert (before["nodetype"], before["code"]) == ("null", 1)
    assert await reporting.code("receiveProc", step) == 1
    assert await reporting.code("receiveProc", step) == 2
    assert await reporting.code("receiveProc", {**step, "nodestarttime": "20260228120000"}) == 0
    assert await reporting.code("receiveProc", {**step, "nodestarttime": "20260228120000", "version": 2}) == 1
    known, unknown = await reporting.status(basic["projid"], "1")
    assert (known["nodetype"], known["nodestarttime"]) == ("2", "20260228120000")
    assert (unknown["code"], unknown["msg"]) == (0, "未报送")


@pytest.mark.parametrize("nothing", [None, "", " ", "null", True, []])
def test_every_field_but_the_handling_item_is_required_in_whatever_form_it_is_missing(
    basic: dict[str, Any], nothing: object
) -> None:
    assert read_row("receiveBasicInfo", basic)["version"] == "1"
    for name in basic.keys() - {"taskhandleitem"}:
        with pytest.raises(RowRefused, match=f"{name}不能为空"):
            read_row("receiveBasicInfo", {**basic, name: nothing})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("projid", "1"), ("taskcode", "1"), ("taskhandleitem", "1"), ("regionid", "4201"), ("applyertype", "3"),
        ("applyerpagetype", "112"), ("applydate", "2026/02/28"), ("applydate", "2026-02-30 00:00:00"),
        ("applydate", "2026-2-28 10:30:00"), ("promisetimelimit", "five"), ("timelimitunit", 3),
        ("datasources", "3"), ("ischain", "是"), ("version", 0), ("applicant", "x" * 201),
    ],
)  # fmt: skip
def test_a_malformed_field_is_named_and_its_value_not(basic: dict[str, Any], name: str, value: object) -> None:
    with pytest.raises(RowRefused) as refused:
        read_row("receiveBasicInfo", {**basic, name: value})
    assert str(refused.value) == f"{name}格式错误"


def test_the_handling_item_begins_with_its_task(basic: dict[str, Any], world: World) -> None:
    assert read_row("receiveBasicInfo", {**basic, "taskhandleitem": f"{world.item}01"})
    with pytest.raises(RowRefused, match="不符"):
        read_row("receiveBasicInfo", {**basic, "taskhandleitem": "1" * 33})


def test_a_step_that_invites_a_rating_needs_its_service_number(step: dict[str, Any]) -> None:
    assert read_row("receiveProc", {**step, "serviceidentify": "0", "servicenumber": None})
    for changes in ({"servicenumber": None}, {"nodetype": "5"}, {"nodestarttime": "2026-02-28 11:30:00"}):
        with pytest.raises(RowRefused):
            read_row("receiveProc", {**step, **changes})


@pytest.mark.parametrize(
    "changes",
    [{"sign": "x"}, {"appid": "x"}, {"timestamp": "1"}, {"sign": ""}],
)
async def test_a_call_that_is_not_signed_rightly_is_401(
    reporting: ReportCaller, basic: dict[str, Any], changes: dict[str, str]
) -> None:
    body = reporting.envelope(json.dumps([basic]), **changes)
    assert await reporting.send("receiveBasicInfo", body) == {
        "resultCode": "401",
        "resultMsg": "签名校验失败",
        "data": None,
    }


async def test_data_that_was_changed_after_signing_is_401(reporting: ReportCaller, basic: dict[str, Any]) -> None:
    body = reporting.envelope(json.dumps([basic]))
    assert (await reporting.send("receiveBasicInfo", {**body, "data": body["data"] + " "}))["resultCode"] == "401"


async def test_a_signature_is_good_for_five_minutes_both_ways(
    reporting: ReportCaller, clock: SteppedClock, basic: dict[str, Any]
) -> None:
    late = reporting.envelope(json.dumps([basic]))
    clock.step(WINDOW_MILLISECONDS / 1000)
    assert (await reporting.send("receiveBasicInfo", late))["resultCode"] == "200"
    clock.step(1)
    assert (await reporting.send("receiveBasicInfo", late))["resultCode"] == "401"
    early = int(clock.now().timestamp() * 1000) + WINDOW_MILLISECONDS + 1000
    ahead = reporting.envelope(json.dumps([basic]), timestamp=str(early))
    assert (await reporting.send("receiveBasicInfo", ahead))["resultCode"] == "401"


@pytest.mark.parametrize("data", ["", "{}", "[]", "[1]", json.dumps([{}] * (ROWS_MOST + 1))])
async def test_data_that_is_no_list_of_rows_is_400(reporting: ReportCaller, data: str) -> None:
    assert (await reporting.send("receiveBasicInfo", reporting.envelope(data)))["resultCode"] == "400"


@pytest.mark.parametrize("body", [[], {}, {"appid": "x", "timestamp": 10**20, "sign": "", "data": ""}])
async def test_a_body_of_another_shape_is_400(reporting: ReportCaller, body: object) -> None:
    assert (await reporting.send("queryStatus", body))["resultCode"] == "400"


async def test_a_query_names_between_one_and_fifty_cases(reporting: ReportCaller) -> None:
    for numbers in ([], ["1"] * (ROWS_MOST + 1)):
        body = reporting.envelope(json.dumps({"projids": numbers}))
        assert (await reporting.send("queryStatus", body))["resultCode"] == "400"


async def test_calls_are_counted_and_faults_speak_this_familys_language(
    reporting: ReportCaller, sandbox: Sandbox, world: World
) -> None:
    await reporting.status(world.case)
    url = reporting.settings["url"]
    for kind, status, code in (("error", 500, "500"), ("expired", 200, "401")):
        await reporting.http.put(f"{sandbox.control}/faults/{SYSTEM}", json={"kind": kind})
        reply = await reporting.http.post(f"{url}/queryStatus")
        assert (reply.status_code, reply.json()["resultCode"]) == (status, code)
    await reporting.http.put(f"{sandbox.control}/faults/{SYSTEM}", json={"kind": "charset"})
    reply = await reporting.http.post(f"{url}/queryStatus")
    assert "报文格式错误" in reply.content.decode("gb18030")
    assert sandbox.calls.of(SYSTEM, "queryStatus") == 4
