"""Calls given up at any moment, under both loops: the system sees each connection end, and the next call succeeds."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any, Self

import pytest
import uvloop

from adapters.kit.http import Connections, HostAllowList, HttpClient, HttpReply, HttpRequest
from gateway.core.clock import Deadline
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome
from gateway.system_clock import SystemClock

CLOCK = SystemClock()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\nok"
BEHAVIOURS = (b"", HALF, ANSWER)

Scene = Callable[["System"], Awaitable[None]]
Act = Callable[[Scene], None]


class Accepted(asyncio.Protocol):
    """One connection as the system sees it; no task serves it, so none can be mistaken for one of the client's."""

    def __init__(self, system: "System") -> None:
        self._system = system

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment] # of TCP it is both ways
        self._system.open.add(self)
        self._system.accepted.set()

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"POST"):
            self._system.asked.append(self)
            self.transport.write(self._system.says())

    def connection_lost(self, _exc: Exception | None) -> None:
        self._system.open.discard(self)
        self._system.changed.set()


class System:
    """A system that answers every request with what ``says`` gives, and a client of it."""

    def __init__(self) -> None:
        self.open: set[Accepted] = set()
        self.asked: list[Accepted] = []
        self.accepted = asyncio.Event()
        self.changed = asyncio.Event()
        self.says: Callable[[], bytes] = lambda: b""

    async def __aenter__(self) -> Self:
        self.server = await asyncio.get_running_loop().create_server(lambda: Accepted(self), "127.0.0.1", 0)
        self.port = int(self.server.sockets[0].getsockname()[1])
        self.client = self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()
        self.server.close()
        await self.emptied()

    def connect(self, **bounds: Any) -> HttpClient:
        entries = [f"127.0.0.1:{self.port}", f"localhost:{self.port}"]
        self.client = HttpClient(clock=CLOCK, allowed=HostAllowList(entries), connections=Connections(**bounds))
        return self.client

    async def ask(
        self, seconds: float = 60.0, *, scheme: str = "http", host: str = "127.0.0.1", body: bytes = b"x"
    ) -> HttpReply:
        request = HttpRequest(method="POST", url=f"{scheme}://{host}:{self.port}/", body=body)
        return await self.client.send(request, limit=1000, deadline=Deadline.after(seconds, CLOCK))

    async def emptied(self) -> None:
        """Return when no connection is open; fail if one stays."""
        async with asyncio.timeout(60):
            while self.open:
                self.changed.clear()
                await self.changed.wait()

    async def answers_at_once(self) -> None:
        """A call succeeds, and one after it on the same connection."""
        self.says = lambda: ANSWER
        assert [(await self.ask()).body for _ in range(3)] == [b"ok"] * 3
        assert len(set(self.asked[-3:])) == 1


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def act(request: pytest.FixtureRequest) -> Iterator[Act]:
    """Plays a scene in a loop of its own; afterwards no task may be left of it."""

    async def play(scene: Scene) -> None:
        async with System() as system:
            await scene(system)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with asyncio.Runner(loop_factory=request.param) as runner:
        yield lambda scene: runner.run(play(scene))


async def given_up(call: Awaitable[HttpReply], within: float | None) -> None:
    with suppress(SystemFailure, TimeoutError, asyncio.CancelledError):
        async with asyncio.timeout(within):
            await call


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("says", [b"", HALF], ids=["silent", "half"])
@pytest.mark.parametrize("within", [None, 0.02], ids=["alone", "under-another-deadline"])
@pytest.mark.parametrize("most", [32, 8], ids=["room", "crowd"])
def test_a_system_that_hangs_is_asked_again_at_once_when_it_has_recovered(
    act: Act, scheme: str, says: bytes, within: float | None, most: int
) -> None:
    async def scene(system: System) -> None:
        system.connect(most=most)
        system.says = lambda: says
        for _ in range(4):
            await asyncio.gather(*(given_up(system.ask(0.02, scheme=scheme), within) for _ in range(24)))
        await system.emptied()
        await system.answers_at_once()

    act(scene)


@pytest.mark.parametrize("seed", range(4))
def test_calls_cancelled_at_any_moment_leave_nothing_behind(act: Act, seed: int) -> None:
    chance = random.Random(seed)

    async def scene(system: System) -> None:
        system.connect(most=16, kept=4)
        system.says = lambda: chance.choice(BEHAVIOURS)
        loop = asyncio.get_running_loop()
        calls = [asyncio.create_task(system.ask(chance.uniform(0.02, 0.08))) for _ in range(100)]
        for call in calls:
            for _ in range(chance.randint(0, 3)):  # some are cancelled again while they are being cancelled
                loop.call_later(chance.uniform(0, 0.04), call.cancel)
        await asyncio.gather(*calls, return_exceptions=True)
        for kept in list(system.open):
            assert len(system.open) <= 16
            kept.transport.abort()
        await system.emptied()
        await system.answers_at_once()
        pool = system.client._pool
        assert (pool._calls, len(pool._lent), len(pool._kept)) == (0, 0, 1)

    act(scene)


def test_what_waits_for_a_place_gets_the_one_that_a_cancelled_call_leaves(act: Act) -> None:
    async def scene(system: System) -> None:
        system.connect(most=1)
        holder = asyncio.create_task(system.ask())
        await system.accepted.wait()
        waiting = [asyncio.create_task(system.ask()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        system.says = lambda: ANSWER
        holder.cancel()
        ends = await asyncio.gather(holder, *waiting, return_exceptions=True)
        assert [type(end) for end in ends] == [asyncio.CancelledError] * 2 + [HttpReply] * 2

    act(scene)


def test_a_kept_connection_is_closed_when_its_time_is_over(act: Act) -> None:
    async def scene(system: System) -> None:
        system.connect(idle=0.02)
        await system.answers_at_once()
        await system.emptied()

    act(scene)


def test_no_more_are_kept_than_the_bound_says(act: Act) -> None:
    async def scene(system: System) -> None:
        system.connect(kept=2)
        system.says = lambda: ANSWER
        await asyncio.gather(*(system.ask() for _ in range(6)))
        async with asyncio.timeout(60):
            while len(system.open) > 2:
                system.changed.clear()
                await system.changed.wait()
        assert len(system.open) == 2

    act(scene)


def test_a_kept_connection_gives_way_to_a_call_to_another_place(act: Act) -> None:
    async def scene(system: System) -> None:
        system.connect(most=1)
        system.says = lambda: ANSWER
        await system.ask(host="127.0.0.1")
        first = next(iter(system.open))
        await system.ask(host="localhost")
        assert first not in system.open
        assert (len(set(system.asked)), len(system.open)) == (2, 1)

    act(scene)


@pytest.mark.parametrize("close", [True, False], ids=["closes", "speaks"])
def test_a_kept_connection_on_which_something_happens_is_not_used_again(act: Act, close: bool) -> None:
    async def scene(system: System) -> None:
        await system.answers_at_once()
        kept = next(iter(system.open))
        if close:
            kept.transport.close()
            await system.emptied()
        else:  # the bytes lie in the kernel, and the client's loop has not looked yet
            kept.transport.write(ANSWER.replace(b"ok", b"no"))
        assert (await system.ask()).body == b"ok"
        assert system.asked[-1] is not kept

    act(scene)


def test_a_connection_whose_request_was_not_read_to_its_end_is_not_used_again(act: Act) -> None:
    async def scene(system: System) -> None:
        def answer_early() -> bytes:
            for accepted in system.open:
                accepted.transport.pause_reading()
            return ANSWER

        system.says = answer_early
        assert (await system.ask(body=bytes(20_000_000))).body == b"ok"
        for accepted in list(system.open):
            accepted.transport.resume_reading()
        await system.emptied()
        await system.answers_at_once()

    act(scene)


@pytest.mark.parametrize("stage", ["waiting", "connecting", "asked"])
def test_the_end_of_a_client_ends_its_calls(act: Act, stage: str) -> None:
    async def scene(system: System) -> None:
        asked = asyncio.Event()

        def note_and_stay_silent() -> bytes:
            asked.set()
            return b""

        system.says = note_and_stay_silent
        system.connect(most=1)
        calls = [asyncio.create_task(system.ask()) for _ in range(2 if stage == "waiting" else 1)]
        if stage == "connecting":
            await asyncio.sleep(0)
        else:
            await asked.wait()
        await system.client.aclose()
        for ended in await asyncio.gather(*calls, return_exceptions=True):
            assert isinstance(ended, SystemFailure)
            assert (ended.outcome, ended.fault) == (Outcome.UNAVAILABLE, Fault.NETWORK)
        await system.emptied()

    act(scene)


def test_the_next_address_of_a_name_is_tried(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nowhere_first(_origin: object) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]

    monkeypatch.setattr("adapters.kit.http.connection._addresses", nowhere_first)

    async def scene(system: System) -> None:
        system.says = lambda: ANSWER
        assert (await system.ask(host="localhost")).body == b"ok"

    act(scene)


def test_a_request_that_http_cannot_carry_opens_no_connection(act: Act) -> None:
    async def scene(system: System) -> None:
        request = HttpRequest(method="NOT A METHOD", url=f"http://127.0.0.1:{system.port}/")
        with pytest.raises(SystemFailure) as caught:
            await system.client.send(request, limit=1, deadline=Deadline.after(60, CLOCK))
        assert caught.value.outcome is Outcome.GATEWAY_ERROR
        assert not system.accepted.is_set()

    act(scene)
