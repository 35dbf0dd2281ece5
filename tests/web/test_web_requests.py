"""GraphQL over HTTP: what is read, what is refused, with which status and in which language."""

import asyncio

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.core.outcome import Outcome
from gateway.core.ports import Answer
from tests.services.fakes import CITIZEN, Defects
from tests.web.gateways import BODY_BYTES, Gateway

VIEWER = b'{"query": "{ viewer { application { code } } }"}'
GRAPHQL = "application/graphql-response+json"
SLOW = '{ licences(use: "%s", holder: {viewer: true}) { completeness sources { system outcome } } }'


def error_of(response: httpx.Response) -> dict[str, object]:
    """The one error, which has everything that an error must have."""
    body = response.json()
    (error,) = body["errors"]
    assert "data" not in body
    assert error["message"]
    extensions = error["extensions"]
    assert extensions["code"]
    assert extensions["number"].startswith("YW-")
    assert extensions["remedy"]
    return dict(extensions)


async def test_a_request_of_a_proven_caller_is_answered(gateway: Gateway) -> None:
    response = await gateway.post(VIEWER)
    assert response.status_code == 200
    assert response.json() == {"data": {"viewer": {"application": {"code": "portal"}}}}
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert len(response.headers["x-request-id"]) == 16


# ---- who calls


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic dTpw", "token"])
async def test_without_a_token_nothing_is_answered(gateway: Gateway, header: str | None) -> None:
    response = await gateway.post(VIEWER, headers={"authorization": header})
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert error_of(response)["number"] == "YW-AU-01"


@pytest.mark.parametrize("token", ["a.b.c", "x" * 9_000])
async def test_a_token_that_proves_nothing_opens_nothing(gateway: Gateway, token: str) -> None:
    response = await gateway.post(VIEWER, headers={"authorization": f"Bearer {token}"})
    assert response.status_code == 401
    assert "www-authenticate" in response.headers
    assert error_of(response)["number"] == "YW-AU-02"
    assert token not in response.text


async def test_who_calls_is_proven_before_the_body_is_looked_at(gateway: Gateway) -> None:
    response = await gateway.post(b"x" * (BODY_BYTES + 1), headers={"authorization": None, "content-type": None})
    assert response.status_code == 401


async def test_the_scheme_is_read_in_any_case(gateway: Gateway) -> None:
    token = gateway.headers()["authorization"].removeprefix("Bearer ")
    assert (await gateway.post(VIEWER, headers={"authorization": f"bearer  {token} "})).status_code == 200


# ---- the body


@pytest.mark.parametrize("media_type", [None, "", "text/plain", "multipart/form-data", "application/graphql"])
async def test_another_media_type_is_refused(gateway: Gateway, media_type: str | None) -> None:
    response = await gateway.post(VIEWER, headers={"content-type": media_type})
    assert response.status_code == 415
    assert error_of(response)["number"] == "YW-GQ-07"


async def test_parameters_of_the_media_type_are_no_matter(gateway: Gateway) -> None:
    response = await gateway.post(VIEWER, headers={"content-type": "Application/JSON; charset=utf-8"})
    assert response.status_code == 200


async def test_a_body_over_the_limit_is_refused_and_one_at_it_is_read(gateway: Gateway) -> None:
    response = await gateway.post(VIEWER.ljust(BODY_BYTES + 1))
    assert response.status_code == 413
    assert error_of(response)["code"] == "LIMIT"
    assert (await gateway.post(VIEWER.ljust(BODY_BYTES))).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"[]", b"5", b'"query"', b"{}", b'{"query": 5}', b'{"query": null}',
        b'{"query": "{a}", "variables": []}', b'{"query": "{a}", "variables": "x"}',
        b'{"query": "{a}", "operationName": 5}', b'{"query": "{a}", "extensions": 5}',
        b'{"query": "\xff"}', b"\xef\xbb\xbf{}", b'{"query": "\\ud800"}',
        b'{"query": "{a}", "variables": {"a": ' + b"9" * 5_000 + b"}}",
        b'{"query": "{a}", "variables": ' + b'{"a":' * 3_000 + b"1" + b"}" * 3_001,
    ],
)  # fmt: skip
async def test_what_is_no_graphql_request_is_refused(gateway: Gateway, body: bytes) -> None:
    response = await gateway.post(body)
    assert response.status_code == 400
    assert error_of(response)["number"] == "YW-GQ-01"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
async def test_any_bytes_are_answered_in_our_form(gateway: Gateway, body: bytes) -> None:
    response = await gateway.post(body)
    assert response.status_code in {200, 400}
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_INPUT"


async def test_a_sender_who_goes_away_is_no_defect(gateway: Gateway) -> None:
    sent: list[object] = []

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        sent.append(message)

    headers = [(name.encode(), value.encode()) for name, value in gateway.headers().items()]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": headers, "query_string": b""}
    await gateway.app(scope, receive, send)
    assert sent[0]["status"] == 499  # type: ignore[index] # ASGI's own dictionaries


# ---- the deadline


@pytest.mark.parametrize("text", ["", "0", "-1", "60001", "1e3", "5.5", "²", "100000000000", "soon", " "])
async def test_a_wrong_deadline_is_refused(gateway: Gateway, text: str) -> None:
    response = await gateway.post(VIEWER, headers={"x-request-timeout": text.encode("latin-1")})
    assert response.status_code == 400
    extensions = error_of(response)
    assert (extensions["number"], extensions["field"]) == ("YW-GQ-06", "X-Request-Timeout")


async def test_a_short_deadline_is_kept_and_the_silent_system_named(gateway: Gateway, use: str) -> None:
    gateway.city.gate = asyncio.Event()
    answer = await gateway.ask(SLOW % use, headers={"x-request-timeout": "150"})
    assert answer["data"]["licences"] == {
        "completeness": "PARTIAL",
        "sources": [{"system": "city", "outcome": "TIMED_OUT"}, {"system": "province", "outcome": "NOT_FOUND"}],
    }


async def test_a_body_that_does_not_come_in_time_is_given_up(gateway: Gateway) -> None:
    async def trickle() -> object:
        yield b"{"
        await asyncio.Event().wait()

    headers = gateway.headers() | {"x-request-timeout": "30"}
    response = await gateway.client.post("/graphql", content=trickle(), headers=headers)  # type: ignore[arg-type] # an async generator
    assert response.status_code == 504
    assert error_of(response)["code"] == "TIMEOUT"


# ---- statuses


@pytest.mark.parametrize(
    "query", ["{", "{ nothing }", "", "query A { viewer { __typename } } query B { viewer { __typename } }"]
)
async def test_a_refused_document_is_400_for_clients_that_read_statuses(gateway: Gateway, query: str) -> None:
    body = msgspec.json.encode({"query": query})
    modern = await gateway.post(body, headers={"accept": f"{GRAPHQL}, application/json"})
    plain = await gateway.post(body, headers={"accept": "application/json"})
    assert (modern.status_code, plain.status_code) == (400, 200)
    assert modern.headers["content-type"] == f"{GRAPHQL}; charset=utf-8"
    assert plain.headers["content-type"] == "application/json; charset=utf-8"
    assert modern.json() == plain.json()
    assert error_of(modern)["code"] == "BAD_INPUT"


async def test_a_field_that_failed_is_200_for_everybody(gateway: Gateway) -> None:
    body = b'{"query": "{ licence(use: \\"x\\", id: \\"y\\") { completeness } }"}'
    for accept in (GRAPHQL, "application/json", "*/*"):
        response = await gateway.post(body, headers={"accept": accept})
        assert response.status_code == 200
        assert response.json()["data"] == {"licence": None}


async def test_a_document_over_a_limit_has_the_limits_status(gateway: Gateway) -> None:
    body = msgspec.json.encode({"query": "{ " + "viewer { __typename } " * 33 + "}"})
    assert (await gateway.post(body, headers={"accept": GRAPHQL})).status_code == 413


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH"])
async def test_other_methods_are_not_served(gateway: Gateway, method: str) -> None:
    response = await gateway.client.request(method, "/graphql")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST, OPTIONS"


# ---- the language


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, "请求没有携带访问令牌"),
        ("en", "the request carries no access token"),
        ("en-GB,zh;q=0.5", "the request carries no access token"),
        ("fr, zh-Hans-CN;q=0.9, en;q=0.8", "请求没有携带访问令牌"),
        ("en;q=0.1,zh;q=0.9", "请求没有携带访问令牌"),
        ("zh;q=0.8, en-GB;q=0.7, en;q=0.9", "the request carries no access token"),
        ("zh;q=0,en", "the request carries no access token"),
        ("zh;q=0, *;q=0.1", "the request carries no access token"),
        ("en, zh", "the request carries no access token"),
        ("en;q=high, zh", "请求没有携带访问令牌"),
        ("en;q=0", "请求没有携带访问令牌"),
        ("*", "请求没有携带访问令牌"),
        ("fr", "请求没有携带访问令牌"),
        ("", "请求没有携带访问令牌"),
    ],
)
async def test_the_caller_is_answered_in_his_language(gateway: Gateway, header: str | None, message: str) -> None:
    response = await gateway.post(VIEWER, headers={"authorization": None, "accept-language": header})
    assert response.json()["errors"][0]["message"] == message


# ---- defects outside an operation


async def test_a_defect_before_execution_is_answered_in_our_form_too(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise LookupError(CITIZEN.number)

    monkeypatch.setattr("gateway.web.graphql.read_timeout_ms", broken)
    response = await gateway.post(VIEWER, headers={"accept-language": "en"})
    assert response.status_code == 500
    extensions = error_of(response)
    assert (extensions["code"], extensions["number"]) == ("INTERNAL", "YW-GQ-99")
    assert response.headers["x-request-id"] in response.json()["errors"][0]["message"]
    assert str(CITIZEN.number) not in response.text


# ---- probes


async def test_probes_say_whether_it_lives_and_whether_it_can_answer(gateway: Gateway) -> None:
    assert (await gateway.client.get("/healthz")).json() == {"status": "ok"}
    assert (await gateway.client.get("/readyz")).json() == {"ready": True, "missing": {}}
    gateway.ready["systems"] = "opening"
    response = await gateway.client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"ready": False, "missing": {"systems": "opening"}}


async def test_one_broken_system_costs_its_own_rows(gateway: Gateway, use: str) -> None:
    gateway.city.script = ZeroDivisionError()
    gateway.province.script = Answer(outcome=Outcome.OK)
    answer = await gateway.ask(SLOW % use)
    assert [line["outcome"] for line in answer["data"]["licences"]["sources"]] == ["GATEWAY_ERROR", "OK"]
    assert isinstance(gateway.defects, Defects)
    assert len(gateway.defects.reported) == 1
