import asyncio
import base64
import io
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree

from adapters.sandbox.cert_share.library import CertShare
from adapters.sandbox.running import Sandbox
from adapters.sandbox.world.generate import World
from adapters.sandbox.world.libraries import Library
from certs.sm import CipherForm, Sm2PrivateKey, engine
from tests.sandbox.callers import SteppedClock, child, system_of, text_at

SHARED = "shared-licences"
OFD = "{http://www.ofdspec.org/2016}"


class SharedCaller:
    """Speaks to the sharing platform as an integration would."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient) -> None:
        self.system = system_of(sandbox, SHARED, CertShare)
        self.settings = sandbox.settings()[SHARED]
        self._http = http
        self._key = Sm2PrivateKey.from_hex(self.settings["private-key"])

    async def send(self, operation: str, head: dict[str, str] | None = None, /, **data: object) -> httpx.Response:
        own = {"accessId": self.settings["access-id"], "accessToken": self.settings["access-token"]}
        body = {"head": own | (head or {}), "data": data}
        return await self._http.post(f"{self.settings['url']}/{operation}", json=body)

    async def status(self, operation: str, head: dict[str, str] | None = None, /, **data: object) -> int:
        reply = await self.send(operation, head, **data)
        assert reply.status_code == 200
        body = reply.json()
        assert bool(body["data"]["certData"]) == (body["head"]["status"] == 0)
        status: int = body["head"]["status"]
        return status

    async def ask(self, operation: str, **data: object) -> Any:
        sealed = (await self.send(operation, **({"useCause": "cause"} | data))).json()["data"]["certData"]
        return json.loads(engine().decrypt(self._key, bytes.fromhex(sealed), form=CipherForm.C1C3C2).decode())

    async def of(self, number: str, kind: str = "A01", **more: object) -> dict[str, Any]:
        found: dict[str, Any] = await self.ask(
            "queryCertInfoByHolderCode", holderCode=number, holderTypeCode=kind, **more
        )
        return found

    async def file(self, url: str) -> httpx.Response:
        return await self._http.get(url.replace("http://cert-files.invalid:8080", self.settings["files-url"]))


@pytest.fixture
def shared(sandbox: Sandbox, http: httpx.AsyncClient) -> SharedCaller:
    return SharedCaller(sandbox, http)


@pytest.fixture
def library(world: World) -> Library:
    return world.libraries[SHARED]


def _number(value: bytes) -> bytes:
    return b"\x02\x21\x00" + value


async def test_the_payload_is_hex_sm2_in_the_order_c1c3c2_with_the_byte_04(
    shared: SharedCaller, library: Library, world: World, tmp_path: Path
) -> None:
    """OpenSSL, which shares nothing with the sandbox, decrypts it once the parts are put into its own form."""
    identifier = library.held_by(world.holder.number)[0].licence.identifier
    reply = await shared.send("queryCertInfo", certIdentifier=identifier, useCause="cause")
    sealed = bytes.fromhex(reply.json()["data"]["certData"])
    assert sealed[0] == 4
    x, y, check, masked = sealed[1:33], sealed[33:65], sealed[65:97], sealed[97:]
    parts = _number(x) + _number(y) + b"\x04\x20" + check + b"\x04\x82" + len(masked).to_bytes(2, "big") + masked
    (tmp_path / "sealed").write_bytes(b"\x30\x82" + len(parts).to_bytes(2, "big") + parts)
    key = bytes.fromhex(f"30310201010420{shared.settings['private-key']}a00a06082a811ccf5501822d")
    (tmp_path / "key").write_bytes(key)
    command = ["openssl", "pkeyutl", "-decrypt", "-inkey", "key", "-keyform", "DER", "-in", "sealed"]
    plain = (await asyncio.to_thread(subprocess.run, command, cwd=tmp_path, capture_output=True, check=True)).stdout
    assert json.loads(plain.decode())["certInfos"][0]["certIdentifier"] == identifier


async def test_a_certificate_says_what_the_library_says(shared: SharedCaller, library: Library, world: World) -> None:
    reply = await shared.of(world.holder.number.lower())
    records = library.held_by(world.holder.number)
    assert reply["totalCount"] == len(records)
    for one, record in zip(reply["certInfos"], records, strict=True):
        licence = record.licence
        assert (one["certIdentifier"], one["certName"]) == (licence.identifier, licence.name)
        assert (one["certTypeCode"], one["issueOrgCode"]) == (licence.type.code, licence.issuer.code)
        assert [(who["holderTypeCode"], who["holderCode"]) for who in one["certHolders"]] == [
            ("A01", holder.number) for holder in licence.holders
        ]
        assert (one["certTypeName"], one["issueOrgName"]) == (licence.type.name, licence.issuer.name)
        assert one["validBeginDate"] == licence.valid_from.isoformat()
        assert one["issueDate"] == licence.issued_on.isoformat()
        assert one["certStatus"] == library.state_word(record)
        assert one["statusReason"] == (licence.reason or "null")


async def test_the_face_is_groups_of_ordered_fields(shared: SharedCaller, library: Library, world: World) -> None:
    groups = (await shared.of(world.holder.number))["certInfos"][0]["certDatas"]
    fields = [field for group in groups for field in group["fields"]]
    face = library.face(library.held_by(world.holder.number)[0])
    assert len(groups) > 1
    assert [(one["columnName"], one["name"], one["value"]) for one in fields] == [
        (field.name, field.label, field.value) for field in face
    ]
    assert [one["orderNum"] for one in fields] == [str(place + 1) for place in range(len(fields))]
    assert {one["valueType"] for one in fields} == {"string", "date"}


async def test_no_end_is_empty_or_a_far_day(shared: SharedCaller, library: Library, world: World) -> None:
    ends = {one["validEndDate"] for one in (await shared.of(world.holder.number))["certInfos"]}
    assert {"", "9999-12-31"} <= ends
    assert f"{library.held_by(world.holder.number)[0].licence.valid_until}" in ends


async def test_a_long_list_comes_in_pages_by_token(shared: SharedCaller, world: World) -> None:
    number, token, pages = world.crowded.number, "", []
    while True:
        page = await shared.of(number, "B01", pageToken=token)
        pages.append([one["certIdentifier"] for one in page["certInfos"]])
        token = page["nextPageToken"]
        if not token:
            break
    assert [len(page) for page in pages] == [50, 50, 40]
    assert len({one for page in pages for one in page}) == 140


async def test_a_page_token_is_of_its_query_and_dies(shared: SharedCaller, world: World, clock: SteppedClock) -> None:
    firm = {"holderCode": world.crowded.number, "holderTypeCode": "B01", "useCause": "cause"}
    token = (await shared.of(world.crowded.number, "B01"))["nextPageToken"]
    other = {"holderCode": world.holder.number, "holderTypeCode": "A01", "useCause": "cause"}
    assert await shared.status("queryCertInfoByHolderCode", **other, pageToken=token) == 99
    assert await shared.status("queryCertInfoByHolderCode", **firm, pageToken=token) == 0
    clock.step(180)
    assert await shared.status("queryCertInfoByHolderCode", **firm, pageToken=token) == 99


async def test_a_list_can_be_narrowed_by_type_and_number(shared: SharedCaller, library: Library, world: World) -> None:
    licence = library.held_by(world.holder.number)[0].licence
    for more in ({"certTypeCode": licence.type.code}, {"certNo": licence.number}):
        reply = await shared.of(world.holder.number, **more)
        assert licence.identifier in [one["certIdentifier"] for one in reply["certInfos"]]
        assert reply["totalCount"] < len(library.held_by(world.holder.number))


async def test_status_tells_what_is_wrong(shared: SharedCaller, world: World) -> None:
    right = {"holderCode": world.holder.number, "holderTypeCode": "A01", "useCause": "办" * 200}
    assert await shared.status("queryCertInfoByHolderCode", **right) == 0
    for change, status in (
        ({"useCause": "办" * 201}, 12),
        ({"useCause": ""}, 12),
        ({"holderCode": None}, 12),
        ({"holderTypeCode": ""}, 12),
        ({"holderTypeCode": "111"}, 103),
        ({"certTypeCode": "no type"}, 113),
        ({"itemCode": world.forbidden_item}, 100),
        ({"holderCode": "nobody"}, 10),
        ({"holderTypeCode": "B01"}, 10),
        ({"holderCode": 1}, 99),
        ({"holderCode": "1" * 401}, 99),
        ({"useCause": "a\x00b"}, 99),
        ({"pageToken": "made up"}, 99),
    ):
        assert await shared.status("queryCertInfoByHolderCode", **(right | change)) == status, change


@pytest.mark.parametrize("head", [{"accessToken": "wrong"}, {"accessId": "wrong"}, {"accessToken": ""}])
async def test_credentials_in_the_head_are_compared(shared: SharedCaller, head: dict[str, str]) -> None:
    assert await shared.status("queryCertInfo", head, certIdentifier="x", useCause="cause") == 11


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b'{"head":{}}', b'{"head":1,"data":{}}'])
async def test_what_is_no_request_is_99(shared: SharedCaller, http: httpx.AsyncClient, content: bytes) -> None:
    reply = await http.post(f"{shared.settings['url']}/queryCertInfo", content=content)
    assert reply.json()["head"]["status"] == 99


async def test_a_certificate_is_found_by_identifier(shared: SharedCaller, library: Library, world: World) -> None:
    identifier = library.held_by(world.holder.number)[1].licence.identifier
    reply = await shared.ask("queryCertInfo", certIdentifier=identifier)
    assert [one["certIdentifier"] for one in reply["certInfos"]] == [identifier]
    assert await shared.status("queryCertInfo", certIdentifier="nothing", useCause="cause") == 10


async def test_verifying_answers_one_or_zero(shared: SharedCaller, library: Library, world: World) -> None:
    licence = library.held_by(world.holder.number)[0].licence
    for number, printed, result in (
        (world.holder.number, "", 1),
        (world.holder.number, licence.number, 1),
        (world.holder.number, "other", 0),
        (world.officer.number, "", 0),
    ):
        asked = {"certIdentifier": licence.identifier, "holderCode": number, "certNo": printed}
        assert await shared.ask("verifyCertInfo", **asked) == {"verifyResult": result}


async def test_a_shown_code_gives_one_certificate_for_minutes(
    shared: SharedCaller, library: Library, world: World, clock: SteppedClock
) -> None:
    identifier = library.held_by(world.holder.number)[0].licence.identifier
    assert identifier is not None
    code = shared.system.show(identifier)
    reply = await shared.ask("queryCertInfoByQRcode", qrcode=code)
    assert [one["certIdentifier"] for one in reply["certInfos"]] == [identifier]
    clock.step(180)
    assert await shared.status("queryCertInfoByQRcode", qrcode=code, useCause="cause") == 10
    assert await shared.status("queryCertInfoByQRcode", qrcode=code) == 12
    with pytest.raises(LookupError):
        shared.system.show("nothing")


async def test_temporary_urls_name_a_foreign_host_and_die(
    shared: SharedCaller, library: Library, world: World, clock: SteppedClock
) -> None:
    asked = {"holderCode": world.holder.number, "holderTypeCode": "A01", "useCause": "看一看 <1>"}
    files = await shared.ask("downloadUrlsByHolderCode", **asked)
    records = library.held_by(world.holder.number)
    assert [one["certIdentifier"] for one in files] == [record.licence.identifier for record in records]
    url = files[0]["content"]
    assert url.startswith("http://cert-files.invalid:8080/cert-files/")
    reply = await shared.file(url)
    assert reply.headers["content-type"] == files[0]["contentType"] == "application/ofd"
    assert "仅用于:看一看 <1>" in _printed(reply.content)
    clock.step(180)
    assert (await shared.file(url)).status_code == 404


async def test_a_file_comes_inline_with_its_annotation(shared: SharedCaller, library: Library, world: World) -> None:
    licence = library.held_by(world.holder.number)[0].licence
    asked = {"certificateIdentifier": licence.identifier, "certificateCopyCause": "用途"}
    until = {"certificateCopyExpiringTime": "2026-04-01 00:00:00"}
    file = await shared.ask("downloadFile", fileType="ofd", **asked, **until)
    content = base64.b64decode(file["content"], validate=True)
    printed = _printed(content)
    assert {licence.name, licence.number, "仅用于:用途"} <= set(printed)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        own = etree.fromstring(package.read("OFD.xml")).iter(f"{OFD}CustomData")
    annotation = {one.get("Name"): one.text for one in own}
    assert annotation == {
        "JZJZZSY": "用途",
        "JZJZZZ": shared.settings["access-id"],
        "JZJZZSJ": "2026-03-02 12:00:00",
        "JZJYXQJZSJ": "2026-04-01 00:00:00",
    }
    for change, status in (
        ({"fileType": "png"}, 99),
        ({"fileType": ""}, 12),
        ({"certificateCopyCause": ""}, 12),
        ({"certificateCopyExpiringTime": "tomorrow"}, 99),
        ({"certificateIdentifier": "nothing"}, 10),
    ):
        assert await shared.status("downloadFile", **({"fileType": "ofd"} | asked | change)) == status


def _printed(content: bytes) -> list[str | None]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        root = etree.fromstring(package.read("OFD.xml"))
        document = text_at(root, f".//{OFD}DocRoot")
        page = child(etree.fromstring(package.read(document)), f".//{OFD}Page").get("BaseLoc")
        content = package.read(f"{document.rpartition('/')[0]}/{page}")
    return [one.text for one in etree.fromstring(content).iter(f"{OFD}TextCode")]


async def test_faults_are_a_refused_token_a_500_and_gb18030(
    sandbox: Sandbox, http: httpx.AsyncClient, shared: SharedCaller, world: World
) -> None:
    asked = {"holderCode": world.holder.number, "holderTypeCode": "A01", "useCause": "cause"}
    url = (await shared.ask("downloadUrlsByHolderCode", **asked))[0]["content"]
    switch = f"{sandbox.control}/faults/{SHARED}"
    await http.put(switch, json={"kind": "expired"})
    assert await shared.status("queryCertInfoByHolderCode", **asked) == 11
    await http.put(switch, json={"kind": "error"})
    reply = await shared.send("queryCertInfoByHolderCode", **asked)
    assert (reply.status_code, reply.json()["head"]["status"]) == (500, 99)
    await http.put(switch, json={"kind": "charset"})
    reply = await shared.send("queryCertInfoByHolderCode", **asked)
    assert "utf-8" in reply.headers["content-type"].lower()
    with pytest.raises(UnicodeDecodeError):
        reply.content.decode()
    assert "成功" in reply.content.decode("gb18030")
    assert (await shared.file(url)).content.startswith(b"PK")
    assert sandbox.calls.of(SHARED, "queryCertInfoByHolderCode") == 3
    assert sandbox.calls.of(SHARED, "files") == 1
