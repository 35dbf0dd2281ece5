"""Published documents: from one host, bounded, and refused in the same words as any reply."""

from pathlib import Path
from typing import Any

import pytest

from adapters.kit.http import HttpDocuments
from gateway.core.errors import ConfigurationInvalid, SystemFailure
from gateway.core.outcome import Outcome


def reply(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def fetched(url: str, clock: Any, soon: Any, *, at: str | None = None, limit: int = 100) -> bytes:
    documents = HttpDocuments(at or url, clock)
    try:
        return await documents.fetch(url, limit, soon(60))
    finally:
        await documents.aclose()


async def test_a_document_is_read_whole(answer: Any, clock: Any, soon: Any) -> None:
    url = f"http://127.0.0.1:{await answer(reply(b'keys'))}/jwks?a=1"
    assert await fetched(url, clock, soon) == b"keys"


@pytest.mark.parametrize(
    ("raw", "outcome"),
    [
        (reply(b"", "404 Not Found"), Outcome.UPSTREAM_FAULT),
        (reply(b"", "503 Busy"), Outcome.UNAVAILABLE),
        (reply(b"", "302 Found"), Outcome.UPSTREAM_FAULT),
        (reply(b"x" * 101), Outcome.UPSTREAM_FAULT),
    ],
)
async def test_what_is_no_document_is_a_failure(
    answer: Any, clock: Any, soon: Any, raw: bytes, outcome: Outcome
) -> None:
    with pytest.raises(SystemFailure) as caught:
        await fetched(f"http://127.0.0.1:{await answer(raw)}/jwks", clock, soon)
    assert caught.value.outcome is outcome


async def test_a_document_that_is_sent_is_answered(serve: Any, clock: Any, soon: Any) -> None:
    asked: list[bytes] = []

    async def handler(reader: Any, writer: Any) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(8))
        writer.write(reply(b"answer"))
        await writer.drain()

    first, second = await serve(handler), await serve(handler)
    urls = [f"http://127.0.0.1:{port}/stamp" for port in (first, second)]
    documents = HttpDocuments(urls[0], clock, others=urls[1:])
    for url in urls:
        assert await documents.post(url, b"question", "application/timestamp-query", 6, soon(60)) == b"answer"
    with pytest.raises(SystemFailure):
        await documents.post(urls[0], b"question", "application/timestamp-query", 5, soon(60))
    with pytest.raises(SystemFailure, match="not on the system's list"):
        await documents.post("http://localhost:9/stamp", b"question", "text/plain", 6, soon(60))
    await documents.aclose()
    assert len(asked) == 3
    assert asked[0].startswith(b"POST /stamp HTTP/1.1\r\n")
    assert asked[0].endswith(b"\r\n\r\nquestion")
    assert b"application/timestamp-query\r\n" in asked[0]


async def test_no_other_host_or_port_is_reached(answer: Any, clock: Any, soon: Any) -> None:
    port = await answer(reply(b"keys"))
    for at in (f"http://localhost:{port}/", f"http://127.0.0.1:{port - 1}/"):
        with pytest.raises(SystemFailure, match="not on the system's list of allowed hosts"):
            await fetched(f"http://127.0.0.1:{port}/jwks", clock, soon, at=at)


def test_an_address_that_may_never_be_asked_is_said_at_start(clock: Any) -> None:
    with pytest.raises(ConfigurationInvalid, match="no host that may be asked"):
        HttpDocuments("http://169.254.169.254/latest", clock)


def test_every_address_must_be_one_that_may_be_asked(clock: Any) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"http:///stamp names no host that may be asked"):
        HttpDocuments("http://127.0.0.1:9/", clock, others=["http:///stamp"])


def test_authorities_that_are_none_are_said_at_start(clock: Any, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    with pytest.raises(ConfigurationInvalid, match=r"ca\.pem cannot be read"):
        HttpDocuments("https://keys.example.invalid/", clock, file)
    file.write_text("no certificate", "utf-8")
    with pytest.raises(ConfigurationInvalid, match=r"ca\.pem cannot be read"):
        HttpDocuments("https://keys.example.invalid/", clock, file)
