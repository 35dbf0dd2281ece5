"""The server in front of the application: what is slow, silent, big or ambiguous is ended, and nothing else is."""

import asyncio
import re
import resource
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from structlog.testing import capture_logs

from gateway.cli.connections import ConnectionLimits
from gateway.cli.server import affordable
from tests.web.live import listening
from tests.web.raw import GET, Echo, connected, post

QUICK = ConnectionLimits(idle=0.3, head=0.3, grace=0.2, body=5, reading=0.3, lingering=0.3)
"""Times that a test waits for; in production they are longer."""
PATIENT = ConnectionLimits(grace=60, body=120)


@pytest.fixture
async def echo() -> Echo:
    return Echo()


@pytest.fixture
async def quick(echo: Echo) -> AsyncIterator[str]:
    async with listening(echo, QUICK) as listener:
        yield listener.address


@pytest.fixture
async def patient(echo: Echo) -> AsyncIterator[str]:
    async with listening(echo, PATIENT) as listener:
        yield listener.address


# ---- slow and silent


async def test_a_connection_that_says_nothing_is_closed_without_a_word(quick: str) -> None:
    async with connected(quick) as peer:
        assert await peer.rest() == b""


async def test_a_head_that_does_not_end_is_told_408(quick: str, echo: Echo) -> None:
    async with connected(quick) as peer:
        peer.send(b"GET / HTTP/1.1\r\nHost: gateway.test\r\nX-A: ")
        assert await peer.status() == 408
        assert await peer.rest() == b""
    assert echo.seen == []


async def test_a_head_that_comes_byte_by_byte_gets_no_more_time(quick: str) -> None:
    async with connected(quick) as peer:
        answer = asyncio.create_task(peer.status())
        for byte in b"GET / HTTP/1.1\r\nHost: gateway.test\r\nX-A: " + b"a" * 100:
            peer.send(bytes([byte]))
            await asyncio.wait({answer}, timeout=0.02)
            if answer.done():
                break
        else:
            raise AssertionError("every byte got it more time")
        assert await answer == 408


async def test_blank_lines_do_not_keep_a_connection(quick: str) -> None:
    async with connected(quick) as peer:
        peer.send(GET)
        assert await peer.status() == 200
        peer.send(b"\r\n")
        assert await peer.rest() == b""


async def test_a_body_that_does_not_come_is_told_408_and_its_application_is_let_go(quick: str, echo: Echo) -> None:
    async with connected(quick) as peer:
        peer.send(post(b"{", length=1_000))
        assert await peer.status() == 408
    await asyncio.wait_for(echo.gone.wait(), 60)


async def test_a_body_that_trickles_is_told_408(quick: str) -> None:
    async with connected(quick) as peer:
        peer.send(post(b"", length=1_000_000))
        answer = asyncio.create_task(peer.status())
        for _ in range(200):
            peer.send(b"a" * 10)
            await asyncio.wait({answer}, timeout=0.02)
            if answer.done():
                break
        assert await answer == 408


async def test_chunks_that_are_mostly_frame_are_no_progress(quick: str) -> None:
    async with connected(quick) as peer:
        peer.send(b"POST / HTTP/1.1\r\nHost: gateway.test\r\nTransfer-Encoding: chunked\r\n\r\n")
        answer = asyncio.create_task(peer.status())
        for _ in range(200):
            peer.send(b"1;" + b"x" * 500 + b"\r\na\r\n")
            await asyncio.wait({answer}, timeout=0.02)
            if answer.done():
                break
        assert await answer == 408


async def test_a_large_body_in_steady_progress_is_read_to_its_end(echo: Echo) -> None:
    async with listening(echo, ConnectionLimits(grace=0.1, body=60)) as listener, connected(listener.address) as peer:
        peer.send(post(b"", length=200_000))
        for _ in range(20):
            peer.send(b"a" * 10_000)
            await asyncio.sleep(0.06)
        status, _, body = await peer.answer()
    assert (status, len(body)) == (200, 200_000)


async def test_what_is_slow_for_a_large_file_is_too_slow_after_a_while(echo: Echo) -> None:
    limits = ConnectionLimits(grace=0.1, slowest=10, body=0.5, slow=1_000_000)
    async with listening(echo, limits) as listener, connected(listener.address) as peer:
        peer.send(post(b"a" * 10_000, length=20_000))
        assert await peer.status() == 408


async def test_a_reader_who_takes_nothing_is_cut_off() -> None:
    ended = asyncio.Event()

    async def endless(scope: object, receive: object, send: object) -> None:
        try:
            await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
            for _ in range(100_000):
                if (message := await _at_once(receive)) is not None and message["type"] == "http.disconnect":
                    return
                await send({"type": "http.response.body", "body": b"a" * 65_536, "more_body": True})  # type: ignore[operator]
        finally:
            ended.set()

    async with listening(endless, QUICK) as listener, connected(listener.address) as peer:
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined] # a socket's
        peer.send(GET)
        await asyncio.wait_for(ended.wait(), 60)
        assert listener.connections == 0


async def _at_once(receive: object) -> dict[str, object] | None:
    waiting = asyncio.ensure_future(receive())  # type: ignore[operator]
    await asyncio.wait({waiting}, timeout=0.001)
    if waiting.done():
        return dict(waiting.result())
    waiting.cancel()
    return None


async def test_an_answer_that_came_early_is_read_although_the_body_still_comes(quick: str) -> None:
    async with connected(quick) as peer:
        peer.send(post(b"", "/early", length=10_000_000))
        assert await peer.status() == 200
        peer.send(b"a" * 100_000)
        assert await peer.rest() == b""


async def test_an_early_answer_that_ends_the_connection_reaches_one_who_still_sends(patient: str, echo: Echo) -> None:
    async with connected(patient) as peer:
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined] # a socket's
        peer.send(post(b"", "/early", "Connection: close", length=10_000_000))
        await echo.asked.wait()
        for _ in range(10):  # a server that had closed would answer this by a reset, which takes the answer along
            peer.send(b"a" * 100_000)
            await asyncio.sleep(0.01)
        peer.writer.transport.resume_reading()  # type: ignore[attr-defined] # likewise
        status, headers, _ = await peer.answer()
        assert (status, headers["connection"]) == (200, "close")
        assert await peer.rest() == b""


# ---- big


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 101 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + (b"X: " + b"y" * 7_000 + b"\r\n") * 10 + b"\r\n", 431),
    ],
    ids=["address", "many headers", "one header", "headers together"],
)
async def test_a_head_that_is_too_big_is_told_so(patient: str, echo: Echo, head: bytes, status: int) -> None:
    async with connected(patient) as peer:
        peer.send(head)
        assert await peer.status() == status
        assert await peer.rest() == b""
    assert echo.seen == []


async def test_a_header_that_never_ends_is_not_kept(patient: str) -> None:
    async with connected(patient) as peer:
        peer.send(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
        answer = asyncio.create_task(peer.status())
        for _ in range(1_000):
            peer.send(b"y" * 8_000)
            await asyncio.wait({answer}, timeout=0.001)
            if answer.done():
                break
        assert await answer == 431


async def test_large_heads_in_pieces_are_read(patient: str, echo: Echo) -> None:
    headers = b"".join(b"X-%d: %s\r\n" % (place, b"y" * 7_000) for place in range(8))
    head = b"GET / HTTP/1.1\r\nHost: a\r\n" + headers + b"\r\n"
    async with connected(patient) as peer:
        for start in range(0, len(head), 10_000):
            peer.send(head[start : start + 10_000])
            await asyncio.sleep(0.01)
        assert await peer.status() == 200
    assert len(echo.headers) == 9


CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("begun", [b"3;", b"3\r\nabc\r\n0\r\nX: "], ids=["extension", "trailer"])
async def test_what_frames_or_trails_a_body_is_bounded(patient: str, echo: Echo, begun: bytes) -> None:
    async with connected(patient) as peer:
        peer.send(CHUNKED + begun)
        answer = asyncio.create_task(peer.status())
        for _ in range(1_000):
            peer.send(b"x" * 8_000)
            await asyncio.wait({answer}, timeout=0.001)
            if answer.done():
                break
        assert await answer == 413
        assert await peer.rest() == b""
    await asyncio.wait_for(echo.gone.wait(), 60)


async def test_small_chunks_of_a_large_body_are_read(patient: str) -> None:
    async with connected(patient) as peer:
        peer.send(CHUNKED)
        for _ in range(20):
            peer.send((b"a;x=y\r\n" + b"a" * 10 + b"\r\n") * 1_000)
            await asyncio.sleep(0.01)
        peer.send(b"0\r\n\r\n")
        status, _, body = await peer.answer()
    assert (status, len(body)) == (200, 200_000)


async def test_connections_beyond_the_limit_are_told_503_and_places_become_free() -> None:
    async with listening(Echo(), ConnectionLimits(connections=3)) as listener, AsyncExitStack() as stack:
        peers = [await stack.enter_async_context(connected(listener.address)) for _ in range(3)]
        for peer in peers:
            peer.send(GET)
            assert await peer.status() == 200
        async with connected(listener.address) as fourth:
            status, headers, _ = await fourth.answer()
            assert (status, headers["retry-after"], headers["connection"]) == (503, "1", "close")
        peers[0].writer.close()
        await peers[0].writer.wait_closed()
        async with connected(listener.address) as fifth:
            fifth.send(GET)
            assert await fifth.status() == 200


async def test_requests_in_a_row_are_answered_in_order(patient: str) -> None:
    async with connected(patient) as peer:
        peer.send(b"".join(post(b"%d" % number) for number in range(10)))
        assert [(await peer.answer())[2] for _ in range(10)] == [b"%d" % number for number in range(10)]


async def test_too_many_requests_in_a_row_are_told_429_after_the_answers_to_those_before() -> None:
    echo = Echo(waits=True)
    async with listening(echo, PATIENT) as listener, connected(listener.address) as peer:
        peer.send(GET * 1_000)
        await echo.asked.wait()
        echo.may_answer.set()
        statuses = re.findall(rb"HTTP/1.1 (\d+)", await peer.rest())
    assert statuses == [b"200"] * 17 + [b"429"]
    assert len(echo.seen) == 17


# ---- ambiguous

HOST = b"Host: a\r\n"
SMUGGLED = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\x0bchunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nX: a\r\n Content-Length: 5\r\n\r\n",
        b"POST / HTTP/1.1\nHost: a\nContent-Length: 5\n\n",
        b"POST / HTTP/1.1\r\nHost: a\nContent-Length: 5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\rContent-Length: 5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
        b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
    ids=[
        "length and chunked", "chunked and length", "two lengths", "lengths in a list", "signed length",
        "blank before colon", "identity", "gzip", "unknown coding", "odd blank", "chunked twice", "chunked in 1.0",
        "no host", "two hosts", "folded header", "bare line feeds", "one bare line feed", "bare return", "nul",
        "connect", "tls",
    ],
)  # fmt: skip
async def test_a_request_whose_end_or_host_is_in_doubt_is_refused_and_nothing_after_it_is_read(
    patient: str, echo: Echo, head: bytes
) -> None:
    async with connected(patient) as peer:
        peer.send(head + SMUGGLED)
        assert await peer.status() == 400
        assert await peer.rest() == b""
    assert echo.seen == []


@pytest.mark.parametrize("version", [b"0.9", b"2.0"])
async def test_other_versions_are_refused(patient: str, echo: Echo, version: bytes) -> None:
    async with connected(patient) as peer:
        peer.send(b"GET / HTTP/" + version + b"\r\nHost: a\r\n\r\n")
        assert await peer.status() == 505
    assert echo.seen == []


@pytest.mark.parametrize(
    "head", [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost : b\r\n\r\n"]
)
async def test_what_comes_after_a_request_that_is_being_answered_does_not_spoil_its_answer(head: bytes) -> None:
    echo = Echo(waits=True)
    async with listening(echo, PATIENT) as listener, connected(listener.address) as peer:
        peer.send(post(b"first") + head)
        await echo.asked.wait()
        echo.may_answer.set()
        assert (await peer.answer())[2] == b"first"
        assert await peer.status() == 400
        assert await peer.rest() == b""


async def test_what_trails_a_body_is_no_header(patient: str, echo: Echo) -> None:
    async with connected(patient) as peer:
        peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Late: b\r\n\r\n")
        status, _, body = await peer.answer()
    assert (status, body) == (200, b"abc")
    assert [name for name, _ in echo.headers] == [b"host", b"transfer-encoding"]


async def test_blanks_around_a_value_are_no_part_of_it(patient: str, echo: Echo) -> None:
    async with connected(patient) as peer:
        peer.send(post(b"", "/", "X-A: \t a b \t ", "X-B:  "))
        assert await peer.status() == 200
    assert [value for name, value in echo.headers if name.startswith(b"x-")] == [b"a b", b""]


async def test_http_1_0_is_answered_and_closed(patient: str) -> None:
    async with connected(patient) as peer:
        peer.send(b"GET / HTTP/1.0\r\n\r\n")
        assert (await peer.rest()).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("close", [True, False], ids=["closing", "kept"])
async def test_an_offer_of_http_2_is_passed_over(patient: str, echo: Echo, close: bool) -> None:
    """Java's client makes it with its first request."""
    connection = f"Connection: Upgrade, HTTP2-Settings{', close' if close else ''}"
    request = post(b"asked", "/", connection, "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk")
    async with connected(patient) as peer:
        peer.send(request[:-2])
        await echo.asked.wait()
        peer.send(request[-2:])
        status, headers, body = await peer.answer()
        assert (status, headers.get("connection") == "close", body) == (200, close, b"asked")
        peer.send(post(b"again", "/", "Connection: close"))
        assert (b"again" in await peer.rest()) is (not close)


async def test_every_answer_has_its_date_and_no_server(patient: str) -> None:
    async with connected(patient) as peer:
        peer.send(GET)
        _, headers, _ = await peer.answer()
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} gmt", headers["date"])
    assert "server" not in headers


# ---- many


async def test_thousands_of_idle_connections_cost_little_and_others_are_served() -> None:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    many = min(2_000, (soft - 200) // 2)
    async with (
        listening(Echo(), ConnectionLimits(connections=many + 10, idle=60)) as listener,
        AsyncExitStack() as stack,
    ):
        for _ in range(many):
            await stack.enter_async_context(connected(listener.address))
        while listener.connections < many:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
        async with connected(listener.address) as peer:
            peer.send(GET)
            assert await peer.status() == 200


def test_the_limit_of_open_files_bounds_connections_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {"now": (1_024, 4_096)}
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits["now"])
    monkeypatch.setattr(resource, "setrlimit", lambda _, wanted: limits.update(now=wanted))
    with capture_logs() as logs:
        assert affordable(100) == 100
        assert limits["now"] == (1_024, 4_096)
        assert affordable(2_000) == 2_000
        assert limits["now"] == (2_512, 4_096)
        assert logs == []
        assert affordable(20_000) == 4_096 - 512
    [line] = logs
    assert (line["event"], line["wanted"], line["afforded"]) == ("serve.connections.limited", 20_000, 3_584)
