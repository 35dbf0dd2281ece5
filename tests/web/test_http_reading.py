"""How a GraphQL request comes: by POST in JSON, by GET in the address; strictly read, each refusal with its reason."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec
import pytest

from tests.web.gateways import BODY_BYTES, Gateway

GRAPHQL = "application/graphql-response+json"
CODE = {"data": {"viewer": {"application": {"code": "portal"}}}}
VIEWER = "{ viewer { application { code } } }"
DOCUMENT = '{document: {type: "111", number: "420106199001011231", name: "王测试"}}'


async def get(gateway: Gateway, parameters: Mapping[str, str] | str, **headers: str) -> httpx.Response:
    query = parameters if isinstance(parameters, str) else urlencode(parameters)
    sent = {"authorization": gateway.headers()["authorization"], "accept": GRAPHQL, **headers}
    return await gateway.client.get(f"/graphql?{query}", headers=sent)


def error_of(response: httpx.Response) -> dict[str, Any]:
    (error,) = response.json()["errors"]
    assert "data" not in response.json()
    return dict(error)


def number_of(response: httpx.Response) -> str:
    return str(error_of(response)["extensions"]["number"])


# ---- GET


async def test_a_query_comes_by_get(gateway: Gateway) -> None:
    response = await get(gateway, {"query": VIEWER})
    assert (response.status_code, response.json()) == (200, CODE)
    assert response.headers["content-type"] == f"{GRAPHQL}; charset=utf-8"


async def test_variables_and_the_operation_name_come_by_get(gateway: Gateway) -> None:
    document = "query A($code: String!) { system(code: $code) { code } } query B { viewer { __typename } }"
    parameters = {"query": document, "operationName": "A", "variables": '{"code": "city"}', "extensions": '{"a": {}}'}
    assert (await get(gateway, parameters)).json() == {"data": {"system": {"code": "city"}}}


async def test_empty_and_unknown_parameters_count_as_none(gateway: Gateway) -> None:
    parameters = {
        "query": VIEWER,
        "operationName": "",
        "variables": "",
        "extensions": "null",
        "documentId": "",
        "v": "3",
    }
    assert (await get(gateway, parameters)).json() == CODE


@pytest.mark.parametrize(
    "query",
    [
        "",
        "query=",
        "query=%7Bviewer%7B__typename%7D%7D&query=%7Bviewer%7B__typename%7D%7D",
        "query=%FF%FE",
        "query={a}&variables=[]",
        "query={a}&variables=5",
        "query={a}&variables={",
        "query={a}&variables={%22a%22:1,%22a%22:2}",
        "query={a}&extensions=%22x%22",
        "query={a}&" + "&".join(f"p{n}=" for n in range(40)),
    ],
)
async def test_an_address_that_is_no_graphql_request_is_refused(gateway: Gateway, query: str) -> None:
    response = await get(gateway, query)
    assert response.status_code == 400
    assert number_of(response) == "YW-GQ-01"


@pytest.mark.parametrize("accept", [GRAPHQL, "application/json"])
async def test_a_mutation_does_not_come_by_get(gateway: Gateway, accept: str) -> None:
    query = 'mutation { presentLicence(input: {use: "u", licence: "l"}) { code } }'
    response = await get(gateway, {"query": query}, accept=accept)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert number_of(response) == "YW-GQ-09"


async def test_of_a_document_with_both_the_query_comes_by_get(gateway: Gateway) -> None:
    query = (
        VIEWER.replace("{", "query A {", 1) + ' mutation B { revokeMandate(input: {id: "x"}) { problems { code } } }'
    )
    assert (await get(gateway, {"query": query, "operationName": "A"})).json() == CODE
    assert (await get(gateway, {"query": query, "operationName": "B"})).status_code == 405


@pytest.mark.parametrize("accept", [GRAPHQL, "application/json"])
async def test_personal_data_does_not_come_by_get(gateway: Gateway, use: str, accept: str) -> None:
    variables = {"h": {"document": {"type": "111", "number": "420106199001011231", "name": "王测试"}}}
    by_variable = {
        "query": f'query ($h: HolderInput!) {{ licences(use: "{use}", holder: $h) {{ completeness }} }}',
        "variables": msgspec.json.encode(variables).decode(),
    }
    by_literal = {"query": f'{{ licences(use: "{use}", holder: {DOCUMENT}) {{ completeness }} }}'}
    for parameters in (by_variable, by_literal):
        response = await get(gateway, parameters, accept=accept, **{"accept-language": "en"})
        assert (response.status_code, response.headers["allow"]) == (405, "POST")
        error = error_of(response)
        assert error["extensions"]["number"] == "YW-GQ-10"
        assert error["extensions"]["remedy"] == "use POST"
        assert "420106199001011231" not in response.text
    assert gateway.city.questions == []


async def test_ones_own_licences_come_by_get(gateway: Gateway, use: str) -> None:
    query = f'{{ licences(use: "{use}", holder: {{viewer: true}}) {{ completeness }} }}'
    response = await get(gateway, {"query": query})
    assert response.status_code == 200
    assert response.json()["data"]["licences"] is not None


async def test_an_address_over_the_limit_is_refused(gateway: Gateway) -> None:
    response = await get(gateway, {"query": VIEWER + " " * 8_192})
    assert response.status_code == 414
    assert error_of(response)["extensions"]["remedy"]
    assert number_of(response) == "YW-GQ-14"
    assert (await get(gateway, {"query": VIEWER + "%20" * 2_000})).status_code == 414


async def test_headers_over_the_limit_are_refused(gateway: Gateway) -> None:
    response = await get(gateway, {"query": VIEWER}, **{"x-what": "x" * 65_536})
    assert response.status_code == 431
    assert number_of(response) == "YW-GQ-15"


# ---- POST


@pytest.mark.parametrize(
    "body",
    [
        b'{"query": "{a}", "query": "{b}"}',
        b'{"query": "{a}", "variables": {"a": 1, "a": 1}}',
        b'{"query": "{a}", "variables": {"a": [{"b": {"c": 1, "\\u0063": 2}}]}}',
        b'{"query": "{a}", "what": {"is": 1, "is": 2}}',
    ],
)
async def test_keys_that_are_there_twice_are_refused(gateway: Gateway, body: bytes) -> None:
    response = await gateway.post(body, headers={"accept-language": "en"})
    assert response.status_code == 400
    assert "key twice" in error_of(response)["message"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"query": "\xff"}', ("不是 UTF-8 编码", "it is not UTF-8")),
        (b'{"query": "{a}", "x": "\xff"}', ("不是 UTF-8 编码", "it is not UTF-8")),
        (b'{"query": "\\ud800"}', ("含不成对的 UTF-16 代理项", "a text has half of a surrogate pair")),
        (b'{"variables": {"a": "\\udc00"}}', ("含不成对的 UTF-16 代理项", "a text has half of a surrogate pair")),
        (b'{"variables": ' + b'{"a":' * 3_000 + b"1" + b"}" * 3_001, ("嵌套过深", "it is nested too deep")),
        (b'{"query": "{a}", "variables": {"a": 1e999999}}', ("数字超出范围", "a number is out of range")),
        (b'{"variables": {"a": ' + b"9" * 5_000 + b"}}", ("数字超出范围", "a number is out of range")),
        (b'{"variables": {"a": NaN}}', ("不是有效的 JSON", "it is no JSON")),
        (b'{"a": 1, "a": "\\ud800"}', ("同一对象中有重复的键", "an object has a key twice")),
        (b'{"query": "{a}"', ("不是有效的 JSON", "it is no JSON")),
    ],
    ids=["utf-8", "utf-8 aside", "half", "other half", "deep", "float", "integer", "nan", "twice and half", "cut off"],
)
async def test_what_cannot_be_read_is_refused_for_what_is_wrong_with_it(
    gateway: Gateway, body: bytes, reason: tuple[str, str]
) -> None:
    for language, said in zip(("zh", "en"), reason, strict=True):
        response = await gateway.post(body, headers={"accept-language": language})
        assert error_of(response)["message"].endswith(f"：{said}" if language == "zh" else f": {said}")
        assert number_of(response) == "YW-GQ-01"


async def test_what_comes_in_an_address_is_not_called_a_body(gateway: Gateway) -> None:
    response = await get(gateway, {"query": VIEWER, "variables": '{"a": 1e999999}'}, **{"accept-language": "en"})
    assert error_of(response)["message"] == "this is no GraphQL request: a number is out of range"


@pytest.mark.parametrize("body", [b"[]", b' [{"query": "{ viewer { __typename } }"}]'])
async def test_a_batch_is_refused_by_its_name(gateway: Gateway, body: bytes) -> None:
    response = await gateway.post(body, headers={"accept-language": "en", "accept": GRAPHQL})
    assert response.status_code == 400
    assert "batches are not served" in error_of(response)["message"]


async def test_other_members_of_a_request_are_passed_over(gateway: Gateway) -> None:
    body = msgspec.json.encode({"query": VIEWER, "id": 5, "extensions": {"some": 1}, "operationName": None})
    assert (await gateway.post(body)).json() == CODE


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "application/json;charset=UTF-8",
        'Application/JSON ; charset="utf-8"',
        "application/json; charset=utf8; profile=x",
    ],
)
async def test_json_in_utf_8_is_read(gateway: Gateway, media_type: str) -> None:
    body = msgspec.json.encode({"query": VIEWER})
    assert (await gateway.post(body, headers={"content-type": media_type})).json() == CODE


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json; charset=utf-16",
        "application/json; charset=gb18030",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain; application/json",
        "application/jsonp",
        "application/json" + " " * 300,
    ],
)
async def test_another_media_type_or_charset_is_refused(gateway: Gateway, media_type: str) -> None:
    response = await gateway.post(msgspec.json.encode({"query": VIEWER}), headers={"content-type": media_type})
    assert response.status_code == 415
    assert number_of(response) == "YW-GQ-07"


async def test_a_media_type_that_is_there_twice_is_refused(gateway: Gateway) -> None:
    headers = [*gateway.headers().items(), ("content-type", "application/json")]
    response = await gateway.client.post("/graphql", content=b"{}", headers=headers)
    assert response.status_code == 415


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip", "zstd", ""])
async def test_a_compressed_body_is_refused_unread(gateway: Gateway, encoding: str) -> None:
    response = await gateway.post(b"\x1f\x8b", headers={"content-encoding": encoding})
    assert response.status_code == 415
    assert number_of(response) == "YW-GQ-13"


async def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes(gateway: Gateway) -> None:
    async def nothing() -> Any:
        pytest.fail("the body was read")
        yield b""

    for length in (str(BODY_BYTES + 1), "9" * 400):
        headers = gateway.headers() | {"content-length": length}
        response = await gateway.client.post("/graphql", content=nothing(), headers=headers)
        assert response.status_code == 413
        assert number_of(response) == "YW-GQ-03"
