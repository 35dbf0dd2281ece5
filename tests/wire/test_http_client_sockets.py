import asyncio
import gzip
import logging
import re
import socket
import struct
import tracemalloc
import zlib
from typing import Any, Never

import pytest

from adapters.kit.http import HttpReply, HttpRequest
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

LIMIT = 1_000_000
CONNECTED = 0.3
"""Seconds in which a connection is made and a request written, and for which a test can wait."""


def get(port: int, path: str = "/x?access_token=tell-nobody", host: str = "127.0.0.1") -> HttpRequest:
    return HttpRequest(method="GET", url=f"http://{host}:{port}{path}")


def reply(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def failure(
    client: Any, port: Any, soon: Any, *, seconds: Any = 60.0, limit: Any = LIMIT, **more: Any
) -> SystemFailure:
    with pytest.raises(SystemFailure) as caught:
        await client.send(get(port, **more), limit=limit, deadline=soon(seconds))
    assert "tell-nobody" not in str(caught.value)
    return caught.value


def ending(error: SystemFailure) -> tuple[Outcome, Fault]:
    return error.outcome, error.fault


async def test_a_reply_comes_with_status_lower_case_headers_and_body(answer: Any, connect: Any, soon: Any) -> None:
    port = await answer(reply(b"{}", "Content-TYPE: application/json", "X-A: 1", "x-a: 2", status="404 Not Found"))
    got = await connect(f"127.0.0.1:{port}").send(get(port), limit=LIMIT, deadline=soon(60))
    assert (got.status, got.body, got.content_type, got.headers["x-a"]) == (404, b"{}", "application/json", "1, 2")


async def test_what_is_sent_is_the_request_and_nothing_else(serve: Any, connect: Any, soon: Any) -> None:
    seen = asyncio.get_running_loop().create_future()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        seen.set_result((head, await reader.readexactly(4)))
        writer.write(reply(b"ok", "Set-Cookie: a=b"))

    port = await serve(handler)
    client = connect(f"127.0.0.1:{port}")
    request = HttpRequest(method="POST", url=f"http://127.0.0.1:{port}/p?q=1", headers={"X-Sign": "s"}, body=b"body")
    await client.send(request, limit=LIMIT, deadline=soon(60))
    head, body = await seen
    names = sorted(line.split(b":")[0].lower() for line in head.strip().split(b"\r\n")[1:])
    assert head.startswith(b"POST /p?q=1 HTTP/1.1\r\n")
    assert names == [b"accept-encoding", b"content-length", b"host", b"user-agent", b"x-sign"]
    assert body == b"body"


async def test_cookies_are_not_kept(serve: Any, connect: Any, soon: Any) -> None:
    heads = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(reply(b"ok", "Set-Cookie: session=1; Path=/"))

    port = await serve(handler)
    client = connect(f"127.0.0.1:{port}")
    for _ in range(2):
        await client.send(get(port), limit=LIMIT, deadline=soon(60))
    assert len(heads) == 2
    assert b"cookie" not in heads[1].lower()


async def test_a_reset_is_an_outage_of_the_network(serve: Any, connect: Any, soon: Any) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    port = await serve(handler)
    error = await failure(connect(f"127.0.0.1:{port}"), port, soon)
    assert ending(error) == (Outcome.UNAVAILABLE, Fault.NETWORK)


async def test_a_refused_connection_is_an_outage_of_the_network(connect: Any, soon: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, never listening
        port = taken.getsockname()[1]
        error = await failure(connect(f"127.0.0.1:{port}"), port, soon)
    assert ending(error) == (Outcome.UNAVAILABLE, Fault.NETWORK)
    assert error.notice == "the connection was refused"


async def test_a_name_that_does_not_resolve_is_an_outage_of_the_network(
    connect: Any, soon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_args: Any, **_more: Any) -> Never:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    error = await failure(connect("nowhere.example:80"), 80, soon, host="nowhere.example")
    assert ending(error) == (Outcome.UNAVAILABLE, Fault.NETWORK)
    assert error.notice == "the host name could not be resolved"


async def test_a_system_that_says_nothing_is_theirs_and_ends_at_the_deadline(
    serve: Any, connect: Any, soon: Any
) -> None:
    async def handler(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    port = await serve(handler)
    error = await failure(connect(f"127.0.0.1:{port}"), port, soon, seconds=CONNECTED)
    assert ending(error) == (Outcome.TIMED_OUT, Fault.THEIRS)
    assert re.fullmatch(r"no answer within \d{1,3} ms", error.notice)


async def test_half_a_head_is_no_answer(serve: Any, connect: Any, soon: Any) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Le")
        await reader.read()

    port = await serve(handler)
    error = await failure(connect(f"127.0.0.1:{port}"), port, soon, seconds=CONNECTED)
    assert ending(error) == (Outcome.TIMED_OUT, Fault.THEIRS)


async def test_half_a_head_and_a_closed_connection_is_an_outage(answer: Any, connect: Any, soon: Any) -> None:
    port = await answer(b"HTTP/1.1 200 OK\r\nContent-Le")
    error = await failure(connect(f"127.0.0.1:{port}"), port, soon)
    assert ending(error) == (Outcome.UNAVAILABLE, Fault.NETWORK)


async def test_a_body_that_trickles_ends_at_the_deadline(serve: Any, connect: Any, soon: Any) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply(b"a", length=100))
        await reader.read()

    port = await serve(handler)
    error = await failure(connect(f"127.0.0.1:{port}"), port, soon, seconds=CONNECTED)
    assert ending(error) == (Outcome.TIMED_OUT, Fault.THEIRS)
    assert re.fullmatch(r"no complete answer within \d{1,3} ms", error.notice)


async def test_a_deadline_that_has_passed_asks_nobody(connect: Any, soon: Any) -> None:
    error = await failure(connect("127.0.0.1:1"), 1, soon, seconds=0.0)
    assert ending(error) == (Outcome.TIMED_OUT, Fault.OURS)


async def test_a_call_that_waits_for_a_connection_until_the_deadline_is_ours(
    serve: Any, connect: Any, soon: Any
) -> None:
    async def handler(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    port = await serve(handler)
    client = connect(f"127.0.0.1:{port}", most=1)
    first = asyncio.create_task(client.send(get(port), limit=LIMIT, deadline=soon(60)))
    await asyncio.sleep(0)
    error = await failure(client, port, soon, seconds=0.1)
    assert ending(error) == (Outcome.TIMED_OUT, Fault.OURS)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_connection_that_cannot_be_made_in_time_is_the_network(
    connect: Any, soon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unanswered(*_args: Any, **_more: Any) -> None:
        await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", unanswered)
    error = await failure(connect("127.0.0.1:9"), 9, soon, seconds=0.1)
    assert ending(error) == (Outcome.TIMED_OUT, Fault.NETWORK)
    error = await failure(connect("127.0.0.1:9", connect=0.05), 9, soon)
    assert ending(error) == (Outcome.TIMED_OUT, Fault.NETWORK)


async def test_cancellation_passes_through_and_closes_the_connection(serve: Any, connect: Any, soon: Any) -> None:
    asked, closed = asyncio.Event(), asyncio.Event()

    async def handler(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await reader.read()
        closed.set()

    port = await serve(handler)
    call = asyncio.create_task(connect(f"127.0.0.1:{port}").send(get(port), limit=LIMIT, deadline=soon(60)))
    await asked.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await asyncio.wait_for(closed.wait(), 60)


@pytest.mark.parametrize(
    "garbage",
    [b"SSH-2.0-example\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", b"\x00" * 64 + b"\r\n\r\n"],
)
async def test_what_is_no_http_is_their_fault(garbage: bytes, answer: Any, connect: Any, soon: Any) -> None:
    port = await answer(garbage)
    error = await failure(connect(f"127.0.0.1:{port}"), port, soon)
    assert ending(error) == (Outcome.UPSTREAM_FAULT, Fault.THEIRS)


async def test_a_body_shorter_than_announced_is_no_answer(answer: Any, connect: Any, soon: Any) -> None:
    port = await answer(reply(b"<a>half", length=100))
    error = await failure(connect(f"127.0.0.1:{port}"), port, soon)
    assert ending(error) == (Outcome.UPSTREAM_FAULT, Fault.THEIRS)
    assert error.notice == "the connection was closed before the answer was complete"


async def test_bytes_beyond_the_announced_length_never_become_the_next_answer(
    serve: Any, connect: Any, soon: Any
) -> None:
    calls = 0

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        while True:
            await reader.readuntil(b"\r\n\r\n")
            calls += 1
            surplus = reply(b"somebody else") if calls == 1 else b""
            writer.write(reply(b"mine" if calls == 1 else b"second") + surplus)

    port = await serve(handler)
    client = connect(f"127.0.0.1:{port}")
    first = await client.send(get(port), limit=LIMIT, deadline=soon(60))
    second = await client.send(get(port), limit=LIMIT, deadline=soon(60))
    assert (first.body, second.body) == (b"mine", b"second")


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "304 Not Modified"])
async def test_redirects_are_refused(status: str, answer: Any, connect: Any, soon: Any) -> None:
    port = await answer(reply(b"", "Location: http://169.254.169.254/", status=status))
    error = await failure(connect(f"127.0.0.1:{port}"), port, soon)
    assert ending(error) == (Outcome.UPSTREAM_FAULT, Fault.THEIRS)
    assert "redirect" in error.notice
    assert "169.254" not in error.notice


async def test_a_host_that_is_not_listed_is_never_asked(answer: Any, connect: Any, soon: Any) -> None:
    port = await answer(reply(b""))
    error = await failure(connect("127.0.0.1:1"), port, soon)
    assert ending(error) == (Outcome.GATEWAY_ERROR, Fault.OURS)


async def test_a_listed_name_that_leads_to_this_machine_is_not_used(
    serve: Any, connect: Any, soon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = False

    async def handler(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked = bool(await reader.read())

    async def rebound(*_args: Any, **_more: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    port = await serve(handler)
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", rebound)
    error = await failure(connect(f"licences.example:{port}"), port, soon, host="licences.example")
    assert ending(error) == (Outcome.GATEWAY_ERROR, Fault.OURS)
    assert not asked


async def test_a_reply_announced_over_the_limit_is_refused_at_once(answer: Any, connect: Any, soon: Any) -> None:
    port = await answer(reply(b"x", length=200_000_000))
    error = await failure(connect(f"127.0.0.1:{port}"), port, soon)
    assert ending(error) == (Outcome.UPSTREAM_FAULT, Fault.THEIRS)
    assert error.notice == "the answer is longer than 1000000 bytes"


async def test_a_reply_of_200_mb_is_cut_off_at_the_limit(serve: Any, connect: Any, soon: Any) -> None:
    sent, ended = 0, asyncio.Event()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        block = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
        try:
            while sent < 200_000_000:
                writer.write(block)
                sent += 65_536
                await writer.drain()
        finally:
            ended.set()

    port = await serve(handler)
    tracemalloc.start()
    error = await failure(connect(f"127.0.0.1:{port}"), port, soon)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    await asyncio.wait_for(ended.wait(), 60)
    assert error.notice == "the answer is longer than 1000000 bytes"
    assert sent < 20_000_000  # what lay in socket buffers was sent and never read
    assert peak < 8_000_000


def _bomb() -> bytes:
    press = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1_000_000)
    return b"".join(press.compress(zeros) for _ in range(100)) + press.flush()


async def test_a_gzip_bomb_does_not_go_off(answer: Any, connect: Any, soon: Any) -> None:
    port = await answer(reply(_bomb(), "Content-Encoding: gzip"))
    tracemalloc.start()
    error = await failure(connect(f"127.0.0.1:{port}"), port, soon)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error.notice == "the answer is longer than 1000000 bytes"
    assert peak < 8_000_000


def _bare(data: bytes) -> bytes:
    press = zlib.compressobj(wbits=-15)
    return press.compress(data) + press.flush()


@pytest.mark.parametrize(
    ("encoding", "press"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("gzip", lambda data: gzip.compress(data[:5]) + gzip.compress(data[5:])),
        ("deflate", zlib.compress),
        ("deflate", _bare),
        ("identity", bytes),
    ],
)
async def test_compressed_replies_are_read(encoding: str, press: Any, answer: Any, connect: Any, soon: Any) -> None:
    body = "证照".encode() * 50_000
    port = await answer(reply(press(body), f"Content-Encoding: {encoding}"))
    got = await connect(f"127.0.0.1:{port}").send(get(port), limit=len(body), deadline=soon(60))
    assert got.body == body


@pytest.mark.parametrize(
    ("encoding", "body", "says"),
    [
        ("br", b"x", "not asked for"),
        ("gzip, gzip", b"x", "not asked for"),
        ("gzip", b"no gzip at all", "damaged"),
        pytest.param("gzip", gzip.compress(b"x" * 1000)[:-6], "too early", id="gzip-cut"),
        ("deflate", zlib.compress(b"x") + zlib.compress(b"y"), "too many pieces"),
        pytest.param("gzip", gzip.compress(b"x") * 20, "too many pieces", id="gzip-pieces"),
    ],
)
async def test_wrongly_compressed_replies_are_refused(
    encoding: str, body: bytes, says: str, answer: Any, connect: Any, soon: Any
) -> None:
    port = await answer(reply(body, f"Content-Encoding: {encoding}"))
    error = await failure(connect(f"127.0.0.1:{port}"), port, soon)
    assert ending(error) == (Outcome.UPSTREAM_FAULT, Fault.THEIRS)
    assert says in error.notice


async def test_too_many_headers_are_refused(answer: Any, connect: Any, soon: Any) -> None:
    port = await answer(reply(b"", *[f"X-{number}: 1" for number in range(200)]))
    error = await failure(connect(f"127.0.0.1:{port}"), port, soon)
    assert ending(error) == (Outcome.UPSTREAM_FAULT, Fault.THEIRS)
    port = await answer(reply(b"", "X-Long: " + "x" * 300_000))
    error = await failure(connect(f"127.0.0.1:{port}"), port, soon)
    assert ending(error) == (Outcome.UPSTREAM_FAULT, Fault.THEIRS)


@pytest.mark.parametrize("headers", [{"X-A": "1\r\nX-B: 2"}, {"X-A": "证"}, {"bad name": "1"}])
async def test_headers_that_http_cannot_carry_are_ours(headers: Any, answer: Any, connect: Any, soon: Any) -> None:
    port = await answer(reply(b""))
    request = HttpRequest(method="GET", url=f"http://127.0.0.1:{port}/", headers=headers)
    with pytest.raises(SystemFailure) as caught:
        await connect(f"127.0.0.1:{port}").send(request, limit=LIMIT, deadline=soon(60))
    assert ending(caught.value) == (Outcome.GATEWAY_ERROR, Fault.OURS)


async def test_proxy_variables_are_ignored(
    answer: Any, connect: Any, soon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    port = await answer(reply(b"direct"))
    got = await connect(f"127.0.0.1:{port}").send(get(port), limit=LIMIT, deadline=soon(60))
    assert got.body == b"direct"


async def test_a_server_without_a_trusted_certificate_is_not_spoken_to(connect: Any, serve: Any, soon: Any) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"\x15\x03\x03\x00\x02\x02\x28")  # a TLS alert: handshake failure

    port = await serve(handler)
    request = HttpRequest(method="GET", url=f"https://127.0.0.1:{port}/")
    with pytest.raises(SystemFailure) as caught:
        await connect(f"127.0.0.1:{port}").send(request, limit=LIMIT, deadline=soon(60))
    assert ending(caught.value) == (Outcome.UNAVAILABLE, Fault.NETWORK)
    assert "TLS" in caught.value.notice


async def test_neither_address_nor_headers_nor_body_reach_a_log(
    answer: Any, connect: Any, soon: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    port = await answer(reply(b"tell-nobody", "Set-Cookie: tell-nobody"))
    client = connect(f"127.0.0.1:{port}")
    got = await client.send(get(port), limit=LIMIT, deadline=soon(60))
    assert isinstance(got, HttpReply)
    assert "tell-nobody" not in caplog.text + repr(got) + repr(get(port))
