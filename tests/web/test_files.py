"""Files over HTTP: what is sent arrives whole or not at all, what is fetched comes in parts, each is its caller's."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from gateway.core.call import Call
from gateway.core.caller import Caller, Evidence, Person
from gateway.core.clock import Deadline
from gateway.core.errors import StoreUnavailable
from gateway.core.rate import Admission, Rate, Rates
from gateway.core.telemetry import NoMeter
from gateway.services.create_upload import FileLimits
from gateway.services.issue_ticket import FileTicket, IssueTicket
from gateway.services.receive_upload import ReceiveUpload
from gateway.services.redeem_ticket import RedeemTicket
from gateway.web.app import build_app
from gateway.web.files import FileEndpoints, TransferLimits, disposition
from gateway.web.origins import Origins
from gateway.web.proving import Proving
from tests.services.fakes import CITIZEN, OFFICER, ManualClock
from tests.web.gateways import Gateway

ENGLISH = {"accept-language": "en"}
CONTENT = b"0123456789"
SHA = hashlib.sha256(CONTENT).hexdigest()
CREATE = """mutation ($i: CreateUploadInput!) {
  createUpload(input: $i) { upload { id url expiresAt } problems { code message field remedy } }
}"""


class Desk:
    """A gateway with its files."""

    def __init__(self, *, rates: Rates | None = None, origins: Origins | None = None, **limits: Any) -> None:
        self.clock = ManualClock()
        self.gateway = gateway = Gateway(self.clock)
        admission = Admission(rates, self.clock) if rates else None
        endpoints = FileEndpoints(
            Proving(gateway.verifier, None, admission, NoMeter()),
            ReceiveUpload(gateway.files, self.clock, gateway.bench.audit),
            RedeemTicket(gateway.files, self.clock, gateway.bench.audit),
            origins,
            TransferLimits(**limits),
        )
        self.app = build_app(gateway.endpoint, dict, routes=endpoints.routes())
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=False), base_url="http://gateway.test",
            trust_env=False,
        )  # fmt: skip

    async def create(self, **changed: Any) -> dict[str, Any]:
        given = {"name": "申请表.pdf", "bytes": len(CONTENT), "sha256": SHA} | changed
        answer = await self.gateway.ask(CREATE, {"i": given}, headers=ENGLISH)
        return dict(answer["data"]["createUpload"] if answer.get("data") else answer)

    async def upload(self, **changed: Any) -> str:
        return str((await self.create(**changed))["upload"]["url"])

    async def put(
        self, url: str, content: Any = CONTENT, person: Person | None = CITIZEN, **headers: Any
    ) -> httpx.Response:
        shown = {"authorization": self.gateway.headers(person)["authorization"], **ENGLISH}
        shown |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.put(url, content=content, headers=shown)

    async def ticket(
        self, content: bytes = CONTENT, name: str = "记录.csv", media_type: str = "text/csv"
    ) -> FileTicket:
        async def pieces() -> AsyncIterator[bytes]:
            yield content

        issue = IssueTicket(self.gateway.files, self.clock, FileLimits(), self.gateway.bench.audit)
        caller = await self.caller()
        return await issue(name, media_type, pieces(), Call(request_id="r", caller=caller, deadline=Deadline(9)))

    async def caller(self) -> Caller:
        token = self.gateway.headers()["authorization"].removeprefix("Bearer ")
        caller: Caller = await self.gateway.verifier.verify(Evidence(token=token))
        return caller

    async def get(
        self, url: str, person: Person | None = CITIZEN, method: str = "GET", **headers: Any
    ) -> httpx.Response:
        shown = {"authorization": self.gateway.headers(person)["authorization"], **ENGLISH}
        shown |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.request(method, url, headers=shown)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def problem(response: httpx.Response) -> tuple[int, str, str]:
    (error,) = response.json()["errors"]
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert error["extensions"]["remedy"]
    return response.status_code, error["extensions"]["code"], error["extensions"]["number"]


# ---- sending


async def test_a_file_is_declared_sent_and_there(desk: Desk) -> None:
    upload = (await desk.create())["upload"]
    assert upload["url"] == f"/uploads/{upload['id']}"
    assert upload["expiresAt"] == "2026-03-02T05:00:00+00:00"
    response = await desk.put(upload["url"])
    assert (response.status_code, response.json()) == (200, {"bytes": 10, "sha256": SHA})
    assert desk.gateway.files.files[upload["id"]].is_complete


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"name": ".."}, "input.name"), ({"bytes": 0}, "input.bytes"), ({"bytes": 10_000_001}, "input.bytes"),
     ({"sha256": "x"}, "input.sha256")],
)  # fmt: skip
async def test_a_wrong_declaration_is_a_problem_of_the_payload(desk: Desk, changed: dict[str, Any], field: str) -> None:
    payload = await desk.create(**changed)
    assert payload["upload"] is None
    (found,) = payload["problems"]
    assert (found["code"], found["field"]) == ("BAD_INPUT", field)
    assert found["remedy"]


async def test_a_repeated_sending_is_answered_alike(desk: Desk) -> None:
    url = await desk.upload()
    first, second = await desk.put(url), await desk.put(url)
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert problem(await desk.put(url, b"012345678X")) == (409, "CONFLICT", "YW-FI-08")


async def stream(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@pytest.mark.parametrize(
    ("content", "number"),
    [
        (b"012345678", "YW-FI-06"),
        (b"0123456789X", "YW-FI-06"),
        (b"", "YW-FI-06"),
        ((b"01234", b"5678"), "YW-FI-06"),
        ((b"01234", b"56789X"), "YW-FI-06"),
        (b"012345678X", "YW-FI-07"),
    ],
    ids=["short", "long", "empty", "short-stream", "long-stream", "other"],
)
async def test_what_was_not_declared_is_refused_and_may_be_sent_again(desk: Desk, content: Any, number: str) -> None:
    url = await desk.upload()
    sent = stream(*content) if isinstance(content, tuple) else content
    assert problem(await desk.put(url, sent)) == (400, "BAD_INPUT", number)
    assert not any(desk.gateway.files.chunks.values())
    assert (await desk.put(url)).status_code == 200


@pytest.mark.parametrize("person", [OFFICER, None])
async def test_an_upload_of_another_caller_is_not_there(desk: Desk, person: Person | None) -> None:
    assert problem(await desk.put(await desk.upload(), person=person)) == (404, "NOT_FOUND", "YW-FI-05")


async def test_an_upload_is_over_after_an_hour(desk: Desk) -> None:
    url = await desk.upload()
    desk.clock.step(3_600)
    assert problem(await desk.put(url)) == (404, "NOT_FOUND", "YW-FI-05")


async def test_nothing_is_read_of_strangers(desk: Desk) -> None:
    read = False

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        read = True
        yield CONTENT

    response = await desk.client.put(await desk.upload(), content=body())
    assert problem(response) == (401, "UNAUTHENTICATED", "YW-AU-01")
    assert response.headers["www-authenticate"] == 'Bearer realm="yiwang"'
    response = await desk.client.put("/uploads/none", content=CONTENT, headers={"cookie": "token=1"})
    assert response.status_code == 401
    assert not read


@pytest.mark.parametrize("headers", [{"content_encoding": "gzip"}, {"content_range": "bytes 0-4/10"}])
async def test_bytes_come_as_they_are_and_in_one_go(desk: Desk, headers: dict[str, Any]) -> None:
    assert problem(await desk.put(await desk.upload(), **headers)) == (415, "BAD_INPUT", "YW-FI-13")


async def send_asgi(desk: Desk, url: str, *messages: dict[str, Any]) -> int:
    """The status that a client gets who sends these messages and then nothing for ever."""
    left = list(messages)
    statuses = []

    async def receive() -> dict[str, Any]:
        if left:
            return left.pop(0)
        await asyncio.Event().wait()
        raise AssertionError("nobody wakes it")

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    token = desk.gateway.headers()["authorization"].encode()
    scope: Any = {
        "type": "http", "http_version": "1.1", "method": "PUT", "path": url, "raw_path": url.encode(),
        "query_string": b"", "headers": [(b"authorization", token)], "scheme": "http", "root_path": "",
        "server": ("gateway.test", 80), "client": ("192.0.2.1", 1), "extensions": {},
    }  # fmt: skip
    await desk.app(scope, receive, send)
    (status,) = statuses
    return int(status)


def body(content: bytes) -> dict[str, Any]:
    return {"type": "http.request", "body": content, "more_body": True}


@pytest.mark.parametrize("limits", [{"idle": 0.01}, {"allowance": 0.01, "slowest": 10**9}], ids=["idle", "slow"])
async def test_a_sender_who_stands_still_is_given_up(limits: dict[str, Any]) -> None:
    desk = Desk(**limits)
    url = await desk.upload()
    assert await send_asgi(desk, url, body(b"0123")) == 408
    assert not any(desk.gateway.files.chunks.values())
    assert (await desk.put(url)).status_code == 200


async def test_a_sender_who_goes_away_leaves_nothing(desk: Desk) -> None:
    url = await desk.upload()
    assert await send_asgi(desk, url, body(b"0123"), {"type": "http.disconnect"}) == 499
    assert not any(desk.gateway.files.chunks.values())
    assert (await desk.put(url)).status_code == 200


async def test_so_many_are_received_at_a_time() -> None:
    desk = Desk(at_once=1, idle=5)
    first, second = await desk.upload(), await desk.upload()
    came = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield CONTENT[:5]
        refused = await desk.put(second)
        assert problem(refused) == (429, "LIMIT", "YW-LI-05")
        assert refused.headers["retry-after"] == "5"
        came.set()
        yield CONTENT[5:]

    assert (await desk.put(first, slow())).status_code == 200
    assert came.is_set()
    assert (await desk.put(second)).status_code == 200


async def test_transfers_count_as_requests() -> None:
    desk = Desk(rates=Rates(person=Rate(0.5, 1)))
    url = await desk.upload()
    assert (await desk.put(url)).status_code == 200
    refused = await desk.put(url)
    assert problem(refused) == (429, "LIMIT", "YW-LI-03")
    assert refused.headers["retry-after"] == "2"


# ---- fetching


async def test_a_ticket_gives_the_file_as_often_as_wanted(desk: Desk) -> None:
    url = (await desk.ticket()).url
    for _ in range(2):
        response = await desk.get(url)
        assert (response.status_code, response.content) == (200, CONTENT)
    assert {name: response.headers[name] for name in (
        "content-length", "content-type", "etag", "accept-ranges", "cache-control", "x-content-type-options",
        "content-security-policy", "cross-origin-resource-policy", "content-disposition",
    )} == {
        "content-length": "10", "content-type": "text/csv", "etag": f'"{SHA}"', "accept-ranges": "bytes",
        "cache-control": "no-store", "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox", "cross-origin-resource-policy": "same-origin",
        "content-disposition": "attachment; filename=\"__.csv\"; filename*=UTF-8''%E8%AE%B0%E5%BD%95.csv",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "content", "place"),
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=2-5", b"2345", "bytes 2-5/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=5-99", b"56789", "bytes 5-9/10"),
    ],
)
async def test_a_range_is_given_alone(desk: Desk, wanted: str, content: bytes, place: str) -> None:
    response = await desk.get((await desk.ticket()).url, range=wanted)
    assert (response.status_code, response.content) == (206, content)
    assert (response.headers["content-range"], response.headers["content-length"]) == (place, str(len(content)))


@pytest.mark.parametrize("wanted", ["bytes=0-1,3-4", "lines=1-2", "bytes=5-2", "nonsense"])
async def test_what_is_no_single_range_gets_the_whole(desk: Desk, wanted: str) -> None:
    response = await desk.get((await desk.ticket()).url, range=wanted)
    assert (response.status_code, response.content) == (200, CONTENT)
    assert "content-range" not in response.headers


async def test_a_range_outside_is_refused_with_the_size(desk: Desk) -> None:
    response = await desk.get((await desk.ticket()).url, range="bytes=10-")
    assert problem(response) == (416, "BAD_INPUT", "YW-FI-12")
    assert response.headers["content-range"] == "bytes */10"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"range": "bytes=0-1", "if_range": f'"{SHA}"'}, 206),
        ({"range": "bytes=0-1", "if_range": '"other"'}, 200),
        ({"range": "bytes=0-1", "if_range": f'W/"{SHA}"'}, 200),
        ({"range": "bytes=0-1", "if_range": "Mon, 02 Mar 2026 04:00:00 GMT"}, 200),
        ({"if_none_match": f'"{SHA}"'}, 304),
        ({"if_none_match": f'"other", W/"{SHA}"'}, 304),
        ({"if_none_match": "*"}, 304),
        ({"if_none_match": '"other"'}, 200),
        ({"if_match": f'"{SHA}"'}, 200),
        ({"if_match": "*"}, 200),
        ({"if_match": '"other"'}, 412),
        ({"if_match": '"other"', "if_none_match": f'"{SHA}"'}, 412),
    ],
)
async def test_conditions_are_kept(desk: Desk, headers: dict[str, Any], status: int) -> None:
    response = await desk.get((await desk.ticket()).url, **headers)
    assert response.status_code == status
    assert response.headers["etag"] == f'"{SHA}"'
    assert response.content == {200: CONTENT, 206: b"01"}.get(status, b"")


async def test_an_empty_file_is_given(desk: Desk) -> None:
    url = (await desk.ticket(b"")).url
    response = await desk.get(url)
    assert (response.status_code, response.content, response.headers["content-length"]) == (200, b"", "0")
    assert problem(await desk.get(url, range="bytes=0-"))[0] == 416


@pytest.mark.parametrize("wanted", [{}, {"range": "bytes=2-5"}])
async def test_asking_for_the_head_gives_what_the_file_would_have(desk: Desk, wanted: dict[str, Any]) -> None:
    url = (await desk.ticket()).url
    head, whole = await desk.get(url, method="HEAD", **wanted), await desk.get(url, **wanted)
    assert head.content == b""
    assert head.status_code == whole.status_code
    differ = {"x-request-id"}
    assert {k: v for k, v in head.headers.items() if k not in differ} == {
        k: v for k, v in whole.headers.items() if k not in differ
    }


@pytest.mark.parametrize("person", [OFFICER, None])
async def test_a_ticket_of_another_caller_is_not_there(desk: Desk, person: Person | None) -> None:
    assert problem(await desk.get((await desk.ticket()).url, person)) == (404, "NOT_FOUND", "YW-FI-11")


async def test_a_ticket_is_over_after_a_quarter_of_an_hour(desk: Desk) -> None:
    url = (await desk.ticket()).url
    desk.clock.step(900)
    assert problem(await desk.get(url)) == (404, "NOT_FOUND", "YW-FI-11")


async def test_an_upload_cannot_be_fetched_nor_a_ticket_filled(desk: Desk) -> None:
    upload, ticket = await desk.upload(), (await desk.ticket()).url
    assert (await desk.put(upload)).status_code == 200
    assert problem(await desk.get(upload.replace("uploads", "files")))[0] == 404
    assert problem(await desk.put(ticket.replace("files", "uploads")))[0] == 404


async def test_a_media_type_that_is_none_is_not_sent(desk: Desk) -> None:
    url = (await desk.ticket(media_type="text/html\r\nset-cookie: a=b")).url
    assert (await desk.get(url)).headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a.pdf", "attachment; filename=\"a.pdf\"; filename*=UTF-8''a.pdf"),
        ('a"b\\c.pdf', "attachment; filename=\"a_b_c.pdf\"; filename*=UTF-8''a%22b%5Cc.pdf"),
        ("a;b 'c'.pdf", "attachment; filename=\"a_b _c_.pdf\"; filename*=UTF-8''a%3Bb%20%27c%27.pdf"),
        ("é%.pdf", "attachment; filename=\"__.pdf\"; filename*=UTF-8''%C3%A9%25.pdf"),
    ],
)
def test_a_name_is_written_for_old_and_new_readers(name: str, written: str) -> None:
    assert disposition(name) == written


# ---- both


@pytest.mark.parametrize(("method", "path"), [("POST", "/uploads/x"), ("GET", "/uploads/x"), ("PUT", "/files/x"),
                                              ("DELETE", "/files/x")])  # fmt: skip
async def test_other_methods_are_not_served(desk: Desk, method: str, path: str) -> None:
    assert (await desk.get(path, method=method)).status_code == 405


async def test_pages_of_allowed_origins_may_send_and_fetch() -> None:
    page = "https://portal.example.invalid"
    desk = Desk(origins=Origins(frozenset({page})))
    url = await desk.upload()
    asked = await desk.client.options(url, headers={"origin": page, "access-control-request-method": "PUT"})
    assert (asked.status_code, asked.headers["access-control-allow-methods"]) == (204, "PUT")
    assert (await desk.put(url, origin=page)).headers["access-control-allow-origin"] == page
    stranger = await desk.put(url, origin="https://other.example.invalid")
    assert "access-control-allow-origin" not in stranger.headers


async def test_a_store_that_is_away_and_a_defect_are_told_apart_and_tell_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = (await desk.ticket()).url

    async def away(*_: object) -> None:
        raise StoreUnavailable("canary")

    monkeypatch.setattr(desk.gateway.files, "find", away)
    response = await desk.get(url)
    assert problem(response)[0] in {500, 503}
    assert "canary" not in response.text

    async def broken(*_: object) -> None:
        raise LookupError("canary")

    monkeypatch.setattr(desk.gateway.files, "find", broken)
    response = await desk.get(url)
    assert problem(response) == (500, "INTERNAL", "YW-GQ-99")
    assert "canary" not in response.text


async def test_an_application_without_a_person_has_files_of_its_own(desk: Desk) -> None:
    answer = await desk.gateway.ask(CREATE, {"i": {"name": "a", "bytes": 10}}, person=None)
    url = answer["data"]["createUpload"]["upload"]["url"]
    assert (await desk.put(url, person=None)).status_code == 200
    assert problem(await desk.put(url))[0] == 404
