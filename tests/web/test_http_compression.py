"""Compression of answers: for those who ask, where it pays, and never of what holds secrets."""

import gzip
from typing import Any

import msgspec
import pytest

from gateway.web import compression
from tests.web.gateways import Gateway

FIELDS = " ".join(f"a{n}: viewer {{ application {{ code title }} }}" for n in range(30))
BIG = msgspec.json.encode({"query": f"{{ {FIELDS} }}"})
SMALL = msgspec.json.encode({"query": "{ viewer { __typename } }"})


async def test_a_big_answer_is_compressed_for_those_who_take_it(gateway: Gateway) -> None:
    plain = await gateway.post(BIG, headers={"accept-encoding": "identity"})
    smaller = await gateway.post(BIG, headers={"accept-encoding": "br, gzip;q=0.5"})
    assert len(plain.content) > compression.LEAST_BYTES
    assert smaller.headers["content-encoding"] == "gzip"
    assert int(smaller.headers["content-length"]) < len(plain.content) / 4
    assert smaller.content == plain.content
    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == smaller.headers["vary"] == "Accept, Accept-Encoding"


async def test_a_small_answer_is_not_compressed(gateway: Gateway) -> None:
    response = await gateway.post(SMALL, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in response.headers


async def test_the_answer_of_a_mutation_is_never_compressed(gateway: Gateway) -> None:
    """It may hold a code or an id that opens something."""
    fields = " ".join(f'a{n}: revokeMandate(input: {{id: "x"}}) {{ problems {{ message }} }}' for n in range(12))
    response = await gateway.post(
        msgspec.json.encode({"query": f"mutation {{ {fields} }}"}), headers={"accept-encoding": "gzip"}
    )
    assert len(response.content) > compression.LEAST_BYTES
    assert "data" in response.json()
    assert "content-encoding" not in response.headers


@pytest.mark.parametrize(("size", "threads"), [(200_000, 0), (300_000, 1)])
async def test_big_answers_are_compressed_beside_the_event_loop(
    monkeypatch: pytest.MonkeyPatch, size: int, threads: int
) -> None:
    used: list[object] = []

    async def to_thread(work: Any, *arguments: Any) -> Any:
        used.append(work)
        return work(*arguments)

    monkeypatch.setattr("gateway.web.compression.asyncio.to_thread", to_thread)
    body = b"0123456789" * (size // 10)
    smaller = await compression.compressed(body, "gzip", confidential=False)
    assert smaller is not None
    assert gzip.decompress(smaller) == body
    assert len(used) == threads


@pytest.mark.parametrize("accept_encoding", [None, "", "br", "gzip;q=0", "gzip," * 50])
async def test_others_get_plain_bytes(accept_encoding: str | None) -> None:
    assert await compression.compressed(b"x" * 5_000, accept_encoding, confidential=False) is None
