import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import httpx
import pytest
from lxml import etree

from adapters.sandbox.estate.library import EstateLibrary
from adapters.sandbox.running import Sandbox
from adapters.sandbox.world.generate import World
from adapters.sandbox.world.libraries import Library
from tests.sandbox.callers import SteppedClock, system_of

ESTATE = "estate-licences"
CHINA = timezone(timedelta(hours=8))


class EstateCaller:
    """Speaks to the real-estate library as an integration would."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient, clock: SteppedClock) -> None:
        self.system = system_of(sandbox, ESTATE, EstateLibrary)
        self.settings = sandbox.settings()[ESTATE]
        self._http = http
        self._clock = clock

    def signed(self, **changes: str) -> dict[str, str]:
        key, stamp = self.settings["app-key"], str(int(self._clock.now().timestamp() * 1000))
        query = {"appKey": key, "ts": stamp} | changes
        proof = f"{key}{self.settings['app-secret']}{query['ts']}"
        return {"sign": hashlib.md5(proof.encode()).hexdigest(), **query}

    async def send(self, operation: str, query: dict[str, str], **body: object) -> httpx.Response:
        return await self._http.post(f"{self.settings['url']}/zzgl/{operation}", params=query, json=body)

    async def ask(self, operation: str, **body: object) -> dict[str, Any]:
        purpose = {"SXBM": "item", "YWLSH": "case"}
        reply = await self.send(operation, self.signed(), **(purpose | body))
        assert reply.status_code == 200
        told: dict[str, Any] = reply.json()
        return told

    async def of(self, number: str, kind: str = "1", **more: object) -> dict[str, Any]:
        return await self.ask("zzxx", ZJHM=number, ZJLX=kind, **more)


@pytest.fixture
def estate(sandbox: Sandbox, http: httpx.AsyncClient, clock: SteppedClock) -> EstateCaller:
    return EstateCaller(sandbox, http, clock)


@pytest.fixture
def library(world: World) -> Library:
    return world.libraries[ESTATE]


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=CHINA)


async def test_the_outer_code_says_only_that_the_request_was_parsed_and_every_row_has_its_own(
    estate: EstateCaller, world: World
) -> None:
    reply = await estate.of(world.holder.number)
    assert (reply["code"], reply["total"]) == (0, "3")
    assert sorted(row["code"] for row in reply["rows"]) == ["0", "0", "11"]
    reply = await estate.of(world.cast.spouse.number)
    assert reply["code"] == 0
    (spoilt,) = [row for row in reply["rows"] if row["code"] == "-3"]
    assert (spoilt["data"], spoilt["msg"]) == (None, "数据库读取失败")


async def test_codes_are_numbers_or_strings_by_operation_and_rows_do_the_other(
    estate: EstateCaller, library: Library, world: World
) -> None:
    record = library.held_by(world.holder.number)[0].licence
    reply = await estate.ask("zzxq", ZZBS=record.identifier)
    assert (reply["code"], reply["rows"][0]["code"]) == ("0", 0)
    assert reply["rows"][0]["data"]["ZZBS"] == record.identifier
    reply = await estate.ask("zzxq", BDCQZH=record.number)
    assert [row["data"]["BDCQZH"] for row in reply["rows"]] == [record.number]
    assert (await estate.ask("zzxq", ZZBS="nothing"))["code"] == "3"


async def test_a_row_says_what_the_library_says(estate: EstateCaller, library: Library, world: World) -> None:
    rows = (await estate.of(world.holder.number.lower()))["rows"]
    records = library.held_by(world.holder.number)
    for row, record in zip(rows, records, strict=True):
        data, licence = row["data"], record.licence
        assert (data["ZZBS"], data["ZZMC"], data["BDCQZH"]) == (licence.identifier, licence.name, licence.number)
        assert (data["ZZLXMC"], data["DJJG"]) == (licence.type.name, licence.issuer.name)
        assert (data["ZZLXDM"], data["DJJGDM"]) == (licence.type.code, licence.issuer.code)
        assert [(one["ZJZL"], one["ZJH"], one["QLRMC"]) for one in data["QLRLB"]] == [
            ("1", holder.number, holder.name) for holder in licence.holders
        ]
        assert data["QSZT"] == library.state_word(record)
        assert data["GYBZ"] == ("是" if len(licence.holders) > 1 else "否")
        assert data["CXBZ"] == "N"
        assert data["ZXYY"] == (licence.reason or "null")


async def test_a_row_writes_dates_in_three_ways(estate: EstateCaller, library: Library, world: World) -> None:
    data = (await estate.of(world.holder.number))["rows"][0]["data"]
    licence = library.held_by(world.holder.number)[0].licence
    assert datetime.fromtimestamp(data["FZSJ"] / 1000, CHINA) == _midnight(licence.issued_on)
    assert isinstance(data["QSSJ"], str)
    assert datetime.fromtimestamp(int(data["QSSJ"]), CHINA) == _midnight(licence.valid_from)
    assert data["JSSJ"] == f"{licence.valid_until:%Y%m%d}235959"


async def test_the_face_is_xml_in_base64_whose_prolog_lies(
    estate: EstateCaller, library: Library, world: World
) -> None:
    data = (await estate.of(world.holder.number))["rows"][0]["data"]
    raw = base64.b64decode(data["ZZFM"])
    prolog, _, rest = raw.partition(b"?>")
    assert prolog == b'<?xml version="1.0" encoding="GBK"'
    root = etree.fromstring(rest.decode("utf-8"))
    assert root.tag == "CuslomDatas"
    face = library.face(library.held_by(world.holder.number)[0])
    assert [(one.get("name"), one.get("label"), one.text) for one in root] == [
        (field.name, field.label, field.value) for field in face
    ]


async def test_replies_begin_with_a_byte_order_mark(estate: EstateCaller) -> None:
    reply = await estate.send("zzxx", {})
    assert reply.content.startswith(b"\xef\xbb\xbf{")


async def test_pages_are_cut_by_offset_and_size(estate: EstateCaller, world: World) -> None:
    whole = (await estate.of(world.holder.number))["rows"]
    parts = [await estate.of(world.holder.number, offset=start, size="2") for start in (0, "2", 4)]
    assert [row for part in parts for row in part["rows"]] == whole
    assert [part["total"] for part in parts] == ["3", "3", "3"]


async def test_codes_tell_missing_bad_forbidden_and_none(estate: EstateCaller, world: World) -> None:
    number = world.holder.number
    for body, code in (
        ({"SXBM": ""}, 5),
        ({"YWLSH": None}, 5),
        ({"ZJHM": ""}, 5),
        ({"ZJLX": ""}, 5),
        ({"ZJLX": "111"}, 4),
        ({"ZJHM": 1}, 4),
        ({"ZJHM": "1" * 201}, 4),
        ({"size": 51}, 4),
        ({"size": "many"}, 4),
        ({"offset": -1}, 4),
        ({"SXBM": world.forbidden_item}, 1),
        ({"ZJLX": "7"}, 3),
        ({"ZJHM": "nobody"}, 3),
    ):
        reply = await estate.ask("zzxx", **({"ZJHM": number, "ZJLX": "1"} | body))
        assert reply["code"] == code, body


async def test_one_also_means_that_a_check_is_false(estate: EstateCaller, library: Library, world: World) -> None:
    identifier = library.held_by(world.holder.number)[0].licence.identifier
    assert (await estate.ask("zzyz", ZZBS=identifier, ZJHM=world.holder.number))["code"] == 0
    assert (await estate.ask("zzyz", ZZBS=identifier, ZJHM=world.officer.number))["code"] == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda query: query.pop("sign"),
        lambda query: query.update(sign="0" * 32),
        lambda query: query.update(appKey="other"),
        lambda query: query.update(ts=str(int(query["ts"]) + 1)),
        lambda query: query.pop("ts"),
    ],
)
async def test_what_is_not_signed_rightly_is_13(
    estate: EstateCaller, spoil: Callable[[dict[str, str]], object]
) -> None:
    query = estate.signed()
    spoil(query)
    assert (await estate.send("zzxx", query)).json()["code"] == 13
    assert (await estate.send("zzxq", query)).json()["code"] == "13"


@pytest.mark.parametrize(("minutes", "code"), [(-6, 13), (-4, 5), (4, 5), (6, 13)])
async def test_a_skewed_clock_breaks_the_signature(
    estate: EstateCaller, clock: SteppedClock, minutes: int, code: int
) -> None:
    stamp = str(int((clock.now().timestamp() + minutes * 60) * 1000))
    assert (await estate.send("zzxx", estate.signed(ts=stamp))).json()["code"] == code


@pytest.mark.parametrize("stamp", ["now", "-1", "9" * 30, "٣", "1e9"])
async def test_a_stamp_that_is_no_time_is_13(estate: EstateCaller, stamp: str) -> None:
    assert (await estate.send("zzxx", estate.signed(ts=stamp))).json()["code"] == 13


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b"{"])
async def test_what_is_no_json_object_is_a_bad_parameter(
    estate: EstateCaller, http: httpx.AsyncClient, content: bytes
) -> None:
    reply = await http.post(f"{estate.settings['url']}/zzgl/zzxx", params=estate.signed(), content=content)
    assert reply.json()["code"] == 4


async def test_maintenance_hours_are_a_timeout_by_its_own_code(estate: EstateCaller, clock: SteppedClock) -> None:
    now = clock.now().astimezone(CHINA)
    assert clock.now().tzinfo is UTC
    estate.system.maintenance = (now.time(), (now + timedelta(minutes=30)).time())
    assert (await estate.ask("zzxx"))["code"] == 2
    clock.step(1_800)
    assert (await estate.ask("zzxx"))["code"] == 5
    estate.system.maintenance = (time(0), time(1))
    assert (await estate.ask("zzxx"))["code"] == 5


async def test_an_address_that_is_not_allowed_is_not_authorised(estate: EstateCaller) -> None:
    estate.system.allowed = frozenset({"192.0.2.1"})
    assert (await estate.ask("zzxx"))["code"] == 1
    estate.system.allowed = frozenset({"127.0.0.1"})
    assert (await estate.ask("zzxx"))["code"] == 5


async def test_faults_are_a_refused_signature_a_500_and_gb18030(
    sandbox: Sandbox, http: httpx.AsyncClient, estate: EstateCaller, world: World
) -> None:
    switch = f"{sandbox.control}/faults/{ESTATE}"
    await http.put(switch, json={"kind": "expired"})
    assert (await estate.of(world.holder.number))["code"] == 13
    await http.put(switch, json={"kind": "error"})
    reply = await estate.send("zzxx", estate.signed())
    assert (reply.status_code, reply.json()["code"]) == (500, -1)
    await http.put(switch, json={"kind": "charset"})
    reply = await estate.send("zzxx", estate.signed())
    assert "utf-8" in reply.headers["content-type"].lower()
    with pytest.raises(UnicodeDecodeError):
        reply.content.decode()
    assert "缺少必填字段" in reply.content.decode("gb18030")
    assert sandbox.calls.of(ESTATE, "zzgl/zzxx") == 3
