import asyncio
from itertools import chain
from socket import socket, socketpair

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.kit.guard import Bulkhead, Ending, Guard, Held
from adapters.kit.guard.breaker import BreakerRules
from gateway.core.call_record import BreakerState
from gateway.core.clock import Deadline
from gateway.core.outcome import Fault, Outcome
from tests.kit.virtual_time import VirtualClock, in_virtual_time

MANY = BreakerRules().volume
LIMIT = 4.0
GOOD = Ending(outcome=Outcome.OK, answered=True)
LATE = Ending(outcome=Outcome.TIMED_OUT, fault=Fault.THEIRS, notice="no answer")


def guard_of(clock: VirtualClock, deadline: float = LIMIT) -> Guard:
    return Guard(Bulkhead(2 * MANY, 0, clock), deadline, clock, lambda: 0.0)


async def asks(
    guard: Guard, clock: VirtualClock, answer: "asyncio.Future[object]", limit: float | None = LIMIT
) -> None:
    """One call, made and told of as a sender does it."""
    with await guard.enter("portal", Deadline.after(60, clock)) as turn:
        sent, ending = clock.monotonic(), LATE
        try:
            async with asyncio.timeout(limit):
                await answer
            ending = GOOD
        except TimeoutError:
            pass
        turn.tell(ending, clock.monotonic() - sent)


def never() -> "asyncio.Future[object]":
    return asyncio.get_running_loop().create_future()


async def read(ours: socket) -> bytes:
    return await asyncio.get_running_loop().sock_recv(ours, 1)


def test_a_system_that_hangs_is_paused_within_a_moment_though_nobody_else_asks() -> None:
    async def scenario(clock: VirtualClock) -> None:
        guard = guard_of(clock)
        calls = [asyncio.create_task(asks(guard, clock, never())) for _ in range(MANY)]
        await asyncio.sleep(0.95)
        states = [guard.breaker.state]
        await asyncio.sleep(0.2)
        states.append(guard.breaker.state)
        assert states == [BreakerState.CLOSED, BreakerState.OPEN]
        await asyncio.wait(calls)

    in_virtual_time(scenario)


def test_a_gateway_that_stands_still_pauses_no_system_whose_answers_lie_unread() -> None:
    """The answers to what it has just asked come at once, and the loop gets round to them only seconds later."""

    async def scenario(clock: VirtualClock) -> None:
        guard = guard_of(clock)
        pairs = [socketpair() for _ in range(MANY)]
        for ours, _ in pairs:
            ours.setblocking(False)

        def is_answered() -> None:
            for _, theirs in pairs:
                theirs.send(b"!")
            clock.stand_still(1.5)

        calls = [asyncio.create_task(asks(guard, clock, asyncio.ensure_future(read(ours)))) for ours, _ in pairs]
        asyncio.get_running_loop().call_soon(is_answered)  # when all of them have been begun
        while not all(call.done() for call in calls):
            await asyncio.sleep(0)
            with await guard.enter("portal", Deadline.after(60, clock)):
                assert guard.breaker.state is BreakerState.CLOSED
            clock.stand_still(1.5)
        for end in chain(*pairs):
            end.close()

    in_virtual_time(scenario)


@pytest.mark.parametrize(("stands", "is_paused"), [(0.0, True), (10 * LIMIT, False)], ids=["listens", "stands-still"])
def test_a_time_out_speaks_of_the_system_only_if_the_gateway_listened(stands: float, is_paused: bool) -> None:
    async def scenario(clock: VirtualClock) -> BreakerState:
        guard = guard_of(clock)
        calls = [asyncio.create_task(asks(guard, clock, never())) for _ in range(MANY)]
        await asyncio.sleep(0.5)
        clock.stand_still(stands)
        if stands:  # all of them end now
            await asyncio.wait(calls)
        else:
            await asyncio.sleep(1)
        return guard.breaker.state

    assert in_virtual_time(scenario) is (BreakerState.OPEN if is_paused else BreakerState.CLOSED)


Stalls = list[tuple[float, float]]
stalls = st.lists(st.tuples(st.floats(0, 2), st.floats(0, 5)), max_size=8)
"""When the loop stands still, and for how many seconds."""


def stand(clock: VirtualClock, stalls: Stalls) -> None:
    for at, seconds in stalls:
        asyncio.get_running_loop().call_later(at, clock.stand_still, seconds)


@settings(deadline=None)
@given(stalls, st.lists(st.tuples(st.floats(0, 2), st.floats(0, 0.7)), min_size=MANY, max_size=2 * MANY))
def test_however_the_gateway_stands_still_a_system_that_answers_in_good_time_is_not_paused(
    stalls: Stalls, asked: list[tuple[float, float]]
) -> None:
    async def scenario(clock: VirtualClock) -> None:
        guard = guard_of(clock)

        async def call(at: float, seconds: float) -> None:
            await asyncio.sleep(at)
            await asks(guard, clock, asyncio.ensure_future(asyncio.sleep(seconds)))

        stand(clock, stalls)
        try:
            await asyncio.gather(*(call(at, seconds) for at, seconds in asked))
        except Held as held:
            raise AssertionError(stalls, held.notice) from held
        assert guard.breaker.state is BreakerState.CLOSED

    in_virtual_time(scenario)


@settings(deadline=None)
@given(stalls)
def test_however_the_gateway_stands_still_a_system_that_hangs_is_paused_once_it_has_listened(stalls: Stalls) -> None:
    async def scenario(clock: VirtualClock) -> None:
        guard = guard_of(clock, 1_000.0)
        calls = [asyncio.create_task(asks(guard, clock, never(), None)) for _ in range(MANY)]
        stand(clock, stalls)
        listened = 0.0
        while guard.breaker.state is BreakerState.CLOSED:
            before = clock.monotonic()
            await asyncio.sleep(0.1)
            if (passed := clock.monotonic() - before) < 0.2:
                listened += passed
            assert listened < 1.5
        for call in calls:
            call.cancel()
        await asyncio.wait(calls)

    in_virtual_time(scenario)


def test_an_answer_takes_no_less_than_no_time() -> None:
    """A gateway that stood still before the call left, while it wrote the request, did not get its answer earlier."""

    async def scenario(clock: VirtualClock) -> float:
        guard = guard_of(clock)
        with await guard.enter("portal", Deadline.after(60, clock)) as turn:
            clock.stand_still(2)
            turn.tell(GOOD, 0.1)
        return guard._retries.usual

    assert in_virtual_time(scenario) == 0
