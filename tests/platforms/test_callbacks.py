"""Callbacks are hints: every answer is alike, no body is looked at, and what is known is asked for afterwards."""

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
import structlog
from starlette.applications import Starlette

from gateway.core.rate import Rate
from gateway.web.callbacks import CallbackLimits, Callbacks
from tests.sandbox.callers import SteppedClock

TICKET = "t" * 43
Made = Callable[..., tuple[httpx.AsyncClient, Callbacks]]


class Followed:
    """Keeps the tickets that it was called with; told to, it breaks or waits."""

    def __init__(self) -> None:
        self.tickets: list[str] = []
        self.error: Exception | None = None
        self.free = asyncio.Event()
        self.free.set()
        self.heard = asyncio.Event()

    async def __call__(self, ticket: str) -> None:
        self.tickets.append(ticket)
        self.heard.set()
        await self.free.wait()
        if self.error is not None:
            raise self.error


@pytest.fixture
def followed() -> Followed:
    return Followed()


@pytest.fixture
async def made(followed: Followed, clock: SteppedClock) -> AsyncIterator[Made]:
    opened: list[tuple[httpx.AsyncClient, Callbacks]] = []

    def make(limits: CallbackLimits | None = None) -> tuple[httpx.AsyncClient, Callbacks]:
        callbacks = Callbacks(followed, clock, limits=limits)
        transport = httpx.ASGITransport(Starlette(routes=callbacks.routes()), client=("192.0.2.7", 1))
        opened.append((httpx.AsyncClient(transport=transport, base_url="http://gateway.example"), callbacks))
        return opened[-1]

    yield make
    for client, callbacks in opened:
        await client.aclose()
        await callbacks.aclose()


async def test_a_ticket_is_followed_after_the_answer_which_is_always_the_same(made: Made, followed: Followed) -> None:
    client, _ = made()
    followed.free.clear()

    replies = [
        await client.post(f"/callbacks/{ticket}", content=body)
        for ticket, body in ((TICKET, b'{"status":"FINISHED"}'), ("x" * 43, b""), ("short", b"\xff" * 900))
    ]
    await followed.heard.wait()
    await asyncio.sleep(0)

    assert {(reply.status_code, reply.content, tuple(sorted(reply.headers.items()))) for reply in replies} == {
        (204, b"", (("cache-control", "no-store"), ("connection", "close")))
    }
    assert followed.tickets == [TICKET, "x" * 43], "and what no ticket can be like is not even looked for"


async def test_a_body_that_is_too_long_is_not_read_to_its_end(made: Made, followed: Followed) -> None:
    client, _ = made(CallbackLimits(bytes=1_000))
    read = []

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(100):
            read.append(at)
            yield b" " * 500

    reply = await client.post(f"/callbacks/{TICKET}", content=pieces())
    await followed.heard.wait()

    assert reply.status_code == 204
    assert len(read) < 10


async def test_a_body_that_never_ends_is_not_waited_for(made: Made, followed: Followed) -> None:
    client, _ = made(CallbackLimits(seconds=0.05))

    async def pieces() -> AsyncIterator[bytes]:
        yield b" "
        await asyncio.Event().wait()

    assert (await client.post(f"/callbacks/{TICKET}", content=pieces())).status_code == 204


async def test_a_network_that_calls_too_often_is_told_to_wait(
    made: Made, followed: Followed, clock: SteppedClock
) -> None:
    client, _ = made(CallbackLimits(network=Rate(0.5, 2)))

    statuses = [(await client.post(f"/callbacks/{TICKET}")) for _ in range(3)]
    clock.step(2)
    later = await client.post(f"/callbacks/{TICKET}")

    assert [reply.status_code for reply in statuses] == [204, 204, 429]
    assert statuses[-1].headers["retry-after"] == "2"
    assert later.status_code == 204


async def test_more_hints_than_can_be_followed_are_dropped(made: Made, followed: Followed) -> None:
    client, _ = made(CallbackLimits(at_once=2))
    followed.free.clear()

    replies = [await client.post(f"/callbacks/{letter * 43}") for letter in "abc"]
    await followed.heard.wait()
    await asyncio.sleep(0)

    assert {reply.status_code for reply in replies} == {204}
    assert followed.tickets == ["a" * 43, "b" * 43]


async def test_a_hint_that_breaks_something_is_logged_without_its_ticket(made: Made, followed: Followed) -> None:
    client, callbacks = made()
    followed.error = ValueError(f"broke at {TICKET}")
    with structlog.testing.capture_logs() as logs:
        assert (await client.post(f"/callbacks/{TICKET}")).status_code == 204
        await asyncio.gather(*callbacks._following)

    assert [line["event"] for line in logs] == ["callback", "callback.defect"]
    assert TICKET not in str(logs)


async def test_a_hint_is_not_followed_for_ever(made: Made, followed: Followed) -> None:
    client, callbacks = made(CallbackLimits(seconds=0.05))
    followed.free.clear()
    await client.post(f"/callbacks/{TICKET}")

    await asyncio.gather(*callbacks._following)

    assert followed.tickets == [TICKET]


async def test_only_posts_are_taken(made: Made, followed: Followed) -> None:
    client, _ = made()

    assert (await client.get(f"/callbacks/{TICKET}")).status_code == 405
