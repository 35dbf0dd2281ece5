"""The sandbox's platforms as an integration meets them: what they refuse, and how each of them says so."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from adapters.kit.manifest.check import check
from adapters.kit.manifest.settings import setting_names
from adapters.kit.soap import describe
from adapters.sandbox.faults import Fault, FaultKind
from adapters.sandbox.sealing.calling import call_back
from adapters.sandbox.sealing.papers import changed_page, other_document
from adapters.sandbox.sealing.parts import read_parts
from gateway.core.outcome import Outcome
from gateway.core.seals.platform import Mode, SealOrder, SealStatus
from tests.platforms.site import AT_ONCE, BUREAU, DISTRICT, DOCUMENTS, HUB, MANIFESTS, OFD, PDF, Site
from tests.servers.client import http_client


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with http_client() as client:
        yield client


class HubCaller:
    """Speaks to the hub as an integration would."""

    def __init__(self, site: Site, http: httpx.AsyncClient) -> None:
        self.settings = site.sandbox.settings()[HUB]
        self._site = site
        self._http = http
        self._calls = 0

    async def __call__(self, path: str, body: object, **changes: str) -> dict[str, Any]:
        self._calls += 1
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        stamp = str(int(self._site.clock.now().timestamp() * 1000))
        said = {"app": self.settings["app-id"], "time": stamp, "nonce": f"n{self._calls}"} | changes
        signed = f"{said['app']}{said['time']}{said['nonce']}".encode() + content
        said.setdefault("sign", hmac.digest(self.settings["app-secret"].encode(), signed, hashlib.sha256).hex())
        headers = {f"x-qz-{name}": text for name, text in said.items()}
        reply = await self._http.post(f"{self.settings['url']}/{path}", content=content, headers=headers)
        answer: dict[str, Any] = reply.json()
        return answer


@pytest.fixture
def hub(site: Site, http: httpx.AsyncClient) -> HubCaller:
    return HubCaller(site, http)


@pytest.mark.parametrize("code", [HUB, BUREAU, DISTRICT])
async def test_the_sandbox_fills_exactly_the_settings_that_the_manifest_names(site: Site, code: str) -> None:
    manifest = check(MANIFESTS / code, describe).manifest
    assert manifest is not None

    assert setting_names(manifest) == {f"{code}/{key}" for key in site.sandbox.settings()[code]}


@pytest.mark.parametrize(
    "changes", [{"app": "other"}, {"time": "0"}, {"time": "soon"}, {"sign": "00"}, {"nonce": "n1"}], ids=str
)
async def test_the_hub_takes_nothing_unproven(hub: HubCaller, changes: dict[str, str]) -> None:
    assert (await hub("seal/list", {}))["code"] == "0"
    assert (await hub("seal/list", {}, **changes))["code"] == "1001"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("seal/document", b"no json"),
        ("seal/document", {"requestId": "K", "sealNo": AT_ONCE[HUB], "fileContent": "%"}),
        ("seal/document", {"requestId": "K", "sealNo": AT_ONCE[HUB]}),
        ("seal/document", {"requestId": "", "sealNo": AT_ONCE[HUB], "fileContent": "JVBERg=="}),
        ("seal/digest", {"requestId": "K", "sealNo": AT_ONCE[HUB], "digest": "xy"}),
        ("seal/log", {"date": "yesterday"}),
        ("seal/log", {"date": "2026-03-02", "pageSize": 501}),
    ],
    ids=str,
)
async def test_the_hub_takes_nothing_that_is_wrong(hub: HubCaller, path: str, body: object) -> None:
    assert (await hub(path, body))["code"] == "1002"


async def test_the_hub_lists_its_seals_and_knows_no_other(hub: HubCaller, http: httpx.AsyncClient) -> None:
    assert [one["sealNo"] for one in (await hub("seal/list", {}))["data"]] == ["QZ42-0001", "QZ42-0002", "QZ42-0003"]
    assert (await hub("seal/query", {}))["code"] == "3001"
    assert (await http.get(f"{hub.settings['url']}/file/none")).status_code == 404


async def test_a_number_with_the_key_of_another_is_unknown(site: Site, hub: HubCaller) -> None:
    platform = await site.platform(HUB)
    reply = await site.seal(platform, site.order(HUB))

    assert (await hub("seal/query", {"receiptNo": reply.number}))["code"] == "0"
    assert (await hub("seal/query", {"receiptNo": reply.number, "requestId": "other"}))["code"] == "3001"


async def test_the_district_takes_what_it_understands_of_those_with_a_token(
    site: Site, http: httpx.AsyncClient
) -> None:
    settings = site.sandbox.settings()[DISTRICT]
    url = settings["url"]
    secret = {"appId": settings["app-id"], "appSecret": settings["app-secret"]}
    token = (await http.post(f"{url}/token", json=secret)).json()["result"]["token"]
    proof = {"authorization": f"Bearer {token}"}

    async def status(path: str, **request: Any) -> str:
        reply: dict[str, Any] = (await http.post(f"{url}/{path}", **request)).json()
        return str(reply["status"])

    file = {"file": ("a", DOCUMENTS[PDF])}
    assert await status("token", json=secret | {"appSecret": "x"}) == "403"
    assert await status("token", content=b"no json") == "400"
    assert await status("stamp", files=file) == "401"
    assert await status("stamp", headers=proof, content=b"no form") == "400"
    assert await status("stamp", headers=proof, files=file) == "400"
    wrong = {"bizNo": "K", "sealId": AT_ONCE[DISTRICT], "pageNo": "one", "posX": "1", "posY": "1"}
    assert await status("stamp", headers=proof, files=file, data=wrong) == "400"
    assert await status("stamp/state", headers=proof, json={}) == "604"
    assert await status("stamp/records", headers=proof, json={"day": "today"}) == "400"
    assert await status("stamp/records", headers=proof, json={"day": "20260302", "offset": -1}) == "400"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"--x\r\nno head\r\n--x--\r\n"),
        ("multipart/form-data; boundary=x", b'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n'),
    ],
)
def test_what_is_no_form_has_no_parts(kind: str, body: bytes) -> None:
    assert read_parts(kind, body) is None


async def test_the_bureau_describes_itself_and_does_only_what_it_describes(site: Site, http: httpx.AsyncClient) -> None:
    url = site.sandbox.settings()[BUREAU]["url"]

    wsdl = await http.get(f"{url}?wsdl")
    plain = await http.get(url)
    nothing = await http.post(url, content=b"<a/>")

    assert f'location="{url}"'.encode() in wsdl.content
    assert (plain.status_code, nothing.status_code) == (405, 500)
    assert b"soap:Client" in nothing.content


async def test_a_call_back_goes_to_http_alone_and_never_fails() -> None:
    for address in ("https://gateway.example/c", "file:///etc/passwd", "http://", "http://[", "http://127.0.0.1:1/c"):
        assert await call_back(address, b"{}") is False


def test_dishonest_papers_differ_from_the_true_ones_and_are_of_their_kind() -> None:
    for kind, start in ((OFD, b"PK"), (PDF, b"%PDF")):
        document = DOCUMENTS[kind]
        for false in (other_document(document), changed_page(document)):
            assert false != document
            assert false.startswith(start)
    assert changed_page(b"%PDF-1.7 without pages").startswith(b"%PDF"), "and where nothing can be changed, another"


async def test_a_digest_that_is_none_or_gives_nothing_is_told(site: Site) -> None:
    platform = await site.platform(HUB)

    async def signed(key: str, digest: bytes) -> tuple[SealStatus, Outcome]:
        order = SealOrder(key=key, seal=AT_ONCE[HUB], mode=Mode.DIGEST, digest=digest)
        reply = await site.seal(platform, order)
        return reply.status, reply.outcome

    assert await signed("K1", bytes(20)) == (SealStatus.REFUSED, Outcome.DENIED)
    site.sandbox.faults.set(HUB, Fault(kind=FaultKind.NOTHING))
    assert await signed("K2", bytes(32)) == (SealStatus.UNANSWERED, Outcome.UPSTREAM_FAULT)
    site.sandbox.faults.set(HUB, Fault(kind=FaultKind.OTHER_DOCUMENT))
    assert await signed("K3", bytes(range(32))) == (SealStatus.DONE, Outcome.OK)


async def test_an_order_without_its_document_is_not_sent(site: Site) -> None:
    platform = await site.platform(HUB)

    reply = await site.seal(platform, SealOrder(key="K", seal=AT_ONCE[HUB], mode=Mode.DOCUMENT))

    assert (reply.status, reply.outcome) == (SealStatus.NOT_SENT, Outcome.GATEWAY_ERROR)
