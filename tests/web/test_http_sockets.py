"""Bad input as it comes over a socket: every request is answered in our form or its connection is closed."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from tests.web.exchanges import ask, exchange, heard, served
from tests.web.gateways import BODY_BYTES, Gateway

VIEWER = b'{"query": "{ viewer { application { code } } }"}'
ANSWER = b'{"data":{"viewer":{"application":{"code":"portal"}}}}'
HUGE = 10_000_000


class Line:
    """A port, and the head of a request that proves its sender."""

    def __init__(self, gateway: Gateway, port: int) -> None:
        self.port = port
        self.headers = {"Authorization": gateway.headers()["authorization"], "Content-Type": "application/json"}

    def head(self, *lines: str, method: str = "POST", target: str = "/graphql") -> bytes:
        own = [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([f"{method} {target} HTTP/1.1", "Host: g", *own, *lines, "", ""]).encode("latin-1")


@pytest.fixture
async def line(gateway: Gateway) -> AsyncIterator[Line]:
    async with served(gateway.app) as port:
        yield Line(gateway, port)
        assert (await ask(port, "POST", "/graphql", Line(gateway, port).headers, VIEWER)).body == ANSWER


async def test_a_request_is_answered(line: Line) -> None:
    assert (await ask(line.port, "POST", "/graphql", line.headers, VIEWER)).body == ANSWER


async def test_a_body_in_pieces_is_read(line: Line) -> None:
    pieces = b"".join(f"{1:x}\r\n".encode() + VIEWER[n : n + 1] + b"\r\n" for n in range(len(VIEWER)))
    raw = await exchange(
        line.port, line.head("Transfer-Encoding: chunked", "Connection: close") + pieces + b"0\r\n\r\n"
    )
    assert heard(raw).body == ANSWER


async def test_a_body_that_is_cut_off_gets_no_answer(line: Line) -> None:
    sent = line.head("Content-Length: 500", "Connection: close") + VIEWER
    assert ANSWER not in await exchange(line.port, sent, half_close=True)


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 48", "Content-Length: 49"),
        ("Content-Length: -1",),
        ("Content-Length: 0x30",),
        ("Content-Length: 48", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked, identity",),
    ],
)
async def test_two_ways_to_read_where_a_body_ends_are_none(line: Line, lines: tuple[str, ...]) -> None:
    raw = await exchange(line.port, line.head(*lines) + VIEWER, half_close=True)
    assert ANSWER not in raw
    assert raw == b"" or raw.startswith(b"HTTP/1.1 400 ")


async def test_what_comes_after_the_told_length_is_no_part_of_the_body(line: Line) -> None:
    raw = await exchange(
        line.port, line.head(f"Content-Length: {len(VIEWER)}") + VIEWER + b"<xml/>\r\n\r\n", half_close=True
    )
    assert raw.count(ANSWER) <= 1
    assert b"HTTP/1.1 400 " in raw or raw == b""


@pytest.mark.parametrize(
    "body",
    [b'{"query": "\xff\xfe"}', b"\xff\xfe{\x00}\x00", b"\x00" * 100, VIEWER + b"\x00"],
    ids=["no UTF-8", "UTF-16", "zeros", "a zero at the end"],
)
async def test_bytes_that_are_no_text_are_refused(line: Line, body: bytes) -> None:
    answer = await ask(line.port, "POST", "/graphql", line.headers, body)
    assert (answer.status, answer.number) == (400, "YW-GQ-01")


async def test_a_body_over_the_limit_is_refused_without_waiting_for_it(line: Line) -> None:
    sent = line.head(f"Content-Length: {HUGE}", "Connection: close") + b"x" * 1_000
    assert heard(await exchange(line.port, sent)).status == 413


async def test_pieces_over_the_limit_are_refused(line: Line) -> None:
    piece = b"400\r\n" + b" " * 1_024 + b"\r\n"
    count = BODY_BYTES // 1_024 + 2
    raw = await exchange(line.port, line.head("Transfer-Encoding: chunked", "Connection: close") + piece * count)
    assert heard(raw).status == 413


async def test_a_header_of_ten_megabytes_is_not_kept(line: Line) -> None:
    raw = await exchange(line.port, line.head("X-What: " + "x" * HUGE, "Content-Length: 0", "Connection: close"))
    assert raw == b"" or heard(raw).status == 431


async def test_an_address_of_ten_megabytes_is_not_kept(line: Line) -> None:
    raw = await exchange(line.port, line.head("Connection: close", method="GET", target="/graphql?query=" + "x" * HUGE))
    assert raw == b"" or heard(raw).status in {414, 431}


@pytest.mark.parametrize(
    ("variables", "number"),
    [
        ({f"v{n}": 1 for n in range(1_500)}, "YW-LI-01"),
        ({"a": [[[1] * 500] * 3]}, None),
        ({"a": [1] * 5_001}, "YW-LI-01"),
    ],
    ids=["many", "some", "long"],
)
async def test_huge_variables_are_refused(line: Line, variables: object, number: str | None) -> None:
    body = msgspec.json.encode({"query": "{ viewer { application { code } } }", "variables": variables})
    assert len(body) <= BODY_BYTES
    answer = await ask(line.port, "POST", "/graphql", line.headers, body)
    assert answer.body == ANSWER if number is None else answer.number == number


@pytest.mark.parametrize("opening", ['{"a":', "["])
async def test_deep_variables_are_refused(line: Line, opening: str) -> None:
    closing = {"[": "]"}.get(opening, "}")
    for depth in (20, 900, 3_000):
        deep = opening * depth + "1" + closing * depth
        body = f'{{"query": "{{ viewer {{ __typename }} }}", "variables": {{"v": {deep}}}}}'.encode()
        answer = await ask(line.port, "POST", "/graphql", line.headers, body)
        assert answer.number in {"YW-LI-01", "YW-GQ-01"}


@pytest.mark.parametrize(
    "query",
    [
        "{ " + "viewer { application " * 40 + "}" * 40,
        "{ " + "viewer { __typename } " * 100 + "}",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
        "{ a " * 1_500 + "}" * 1_500,
    ],
    ids=["deep", "wide", "circular", "very deep"],
)
async def test_deep_wide_and_circular_queries_are_refused(line: Line, query: str) -> None:
    answer = await ask(line.port, "POST", "/graphql", line.headers, msgspec.json.encode({"query": query}))
    assert {error["extensions"]["number"] for error in answer.json()["errors"]} <= {"YW-GQ-02", "YW-GQ-04"}


async def test_head_and_options_have_no_body(line: Line) -> None:
    head = await ask(line.port, "HEAD", "/graphql", line.headers)
    assert (head.status, head.headers["allow"], head.body) == (405, "GET, POST, OPTIONS", b"")
    options = await ask(line.port, "OPTIONS", "/graphql", {})
    assert (options.status, options.headers["allow"], options.body) == (204, "GET, POST, OPTIONS", b"")
