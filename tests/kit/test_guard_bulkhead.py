import asyncio

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.kit.guard import Bulkhead, Held, Pace
from gateway.core.call_record import NotSent
from gateway.core.clock import Deadline
from gateway.core.outcome import Fault, Outcome
from tests.kit.virtual_time import VirtualClock, in_virtual_time


class Caller(msgspec.Struct, frozen=True):
    """A call: when it comes, how long it works, how long it would wait, and when it is given up, if ever."""

    application: str
    comes: float
    works: float
    patience: float
    given_up: float | None


ticks = st.integers(0, 40).map(lambda tenth: tenth / 10)
callers = st.builds(
    Caller,
    application=st.sampled_from("abc"),
    comes=ticks,
    works=ticks,
    patience=ticks,
    given_up=st.none() | ticks,
)


async def storm(clock: VirtualClock, bulkhead: Bulkhead, crowd: list[Caller]) -> tuple[int, list[str]]:
    """Let them all come; the most that worked at once, and how each fared."""
    working = most = 0

    async def call(caller: Caller) -> str:
        nonlocal working, most
        await asyncio.sleep(caller.comes)
        try:
            await bulkhead.acquire(caller.application, Deadline.after(caller.patience, clock))
        except Held as held:
            return held.why
        working += 1
        most = max(most, working)
        try:
            await asyncio.sleep(caller.works)
        finally:
            working -= 1
            bulkhead.release()
        return "done"

    async def fares(caller: Caller) -> str:
        task = asyncio.create_task(call(caller))
        if caller.given_up is not None:
            asyncio.get_running_loop().call_later(caller.given_up, task.cancel)
        try:
            return await task
        except asyncio.CancelledError:
            return "given up"

    fared = await asyncio.gather(*(fares(caller) for caller in crowd))
    return most, fared


@settings(deadline=None)
@given(places=st.integers(1, 4), line=st.integers(0, 6), crowd=st.lists(callers, max_size=30))
def test_whatever_callers_do_places_are_kept_and_none_is_lost(places: int, line: int, crowd: list[Caller]) -> None:
    async def scenario(clock: VirtualClock) -> None:
        bulkhead = Bulkhead(places, line, clock)
        most, fared = await storm(clock, bulkhead, crowd)
        assert most <= places
        assert set(fared) <= {"done", "given up", NotSent.QUEUE_FULL, NotSent.QUEUE_LATE}
        assert len(asyncio.all_tasks()) == 1
        assert bulkhead.waiting == 0
        for _ in range(places):
            await bulkhead.acquire("a", Deadline(0))  # all of them are there, at once
        with pytest.raises(Held):
            await bulkhead.acquire("a", Deadline(0))

    in_virtual_time(scenario)


@settings(deadline=None)
@given(crowd=st.lists(callers, max_size=30), rate=st.integers(1, 20), burst=st.integers(1, 5))
def test_a_pace_is_kept_in_every_second_and_loses_no_place(crowd: list[Caller], rate: int, burst: int) -> None:
    async def scenario(clock: VirtualClock) -> None:
        went: list[float] = []

        class Noting(Pace):
            async def take(self, deadline: Deadline) -> None:
                await super().take(deadline)
                went.append(clock.monotonic())

        bulkhead = Bulkhead(3, 10, clock, Noting(rate, burst, clock))
        most, _ = await storm(clock, bulkhead, crowd)
        assert most <= 3
        assert bulkhead.waiting == 0
        for first, start in enumerate(went):
            for last, end in enumerate(went[first:], 1):
                assert last <= burst + (end - start) * rate + 0.001
        for _ in range(3):
            await bulkhead.acquire("a", Deadline.after(10, clock))

    in_virtual_time(scenario)


@settings(deadline=None)
@given(waiting=st.lists(st.sampled_from("abc"), min_size=1, max_size=20))
def test_applications_take_turns_and_each_keeps_its_own_order(waiting: list[str]) -> None:
    async def scenario(clock: VirtualClock) -> list[tuple[str, int]]:
        bulkhead = Bulkhead(1, 100, clock)
        served: list[tuple[str, int]] = []

        async def call(application: str, number: int) -> None:
            await bulkhead.acquire(application, Deadline.after(1000, clock))
            served.append((application, number))
            await asyncio.sleep(1)
            bulkhead.release()

        await bulkhead.acquire("x", Deadline.after(1, clock))
        tasks = [asyncio.create_task(call(application, number)) for number, application in enumerate(waiting)]
        await asyncio.sleep(0)
        bulkhead.release()
        await asyncio.gather(*tasks)
        return served

    served = in_virtual_time(scenario)
    for application in "abc":
        numbers = [number for name, number in served if name == application]
        assert numbers == [number for number, name in enumerate(waiting) if name == application]
    before: dict[str, int] = dict.fromkeys("abc", 0)
    for application, _ in served:  # nobody gets a second turn more than those who still wait
        left = {name for name in "abc" if before[name] < waiting.count(name)}
        assert before[application] == min(before[name] for name in left)
        before[application] += 1


def test_a_full_line_refuses_at_once_and_the_greedy_first() -> None:
    async def scenario(clock: VirtualClock) -> None:
        bulkhead = Bulkhead(1, 3, clock)

        async def call(application: str) -> str:
            try:
                await bulkhead.acquire(application, Deadline.after(10, clock))
            except Held as held:
                return f"{application} {held.outcome} {held.fault} {held.retry_after} after {clock.monotonic():.0f} s"
            bulkhead.release()
            return f"{application} served"

        await bulkhead.acquire("x", Deadline.after(1, clock))
        greedy = [asyncio.create_task(call("greedy")) for _ in range(4)]
        await asyncio.sleep(0)
        modest = asyncio.create_task(call("modest"))
        await asyncio.sleep(0)
        bulkhead.release()
        fared = await asyncio.gather(*greedy, modest)
        refused = f"greedy {Outcome.UNAVAILABLE} {Fault.OURS} 1 after 0 s"
        assert fared == ["greedy served", "greedy served", refused, refused, "modest served"]

    in_virtual_time(scenario)


def test_who_waits_is_told_at_the_deadline_that_we_had_no_place() -> None:
    async def scenario(clock: VirtualClock) -> tuple[Held, float]:
        bulkhead = Bulkhead(1, 3, clock)
        await bulkhead.acquire("a", Deadline.after(1, clock))
        with pytest.raises(Held) as caught:
            await bulkhead.acquire("a", Deadline.after(2, clock))
        return caught.value, clock.monotonic()

    held, seconds = in_virtual_time(scenario)
    assert (held.why, held.outcome, held.fault) == (NotSent.QUEUE_LATE, Outcome.TIMED_OUT, Fault.OURS)
    assert seconds == pytest.approx(2)


def test_where_no_turn_can_come_in_time_nobody_waits_for_it() -> None:
    async def scenario(clock: VirtualClock) -> tuple[Held, float]:
        pace = Pace(0.1, 1, clock)
        await pace.take(Deadline.after(1, clock))
        with pytest.raises(Held) as caught:
            await pace.take(Deadline.after(5, clock))
        return caught.value, clock.monotonic()

    held, seconds = in_virtual_time(scenario)
    assert (held.why, held.outcome, held.fault) == (NotSent.QUEUE_LATE, Outcome.TIMED_OUT, Fault.OURS)
    assert seconds == 0


def test_those_who_wait_for_what_is_paused_are_sent_away_and_the_others_stay() -> None:
    async def scenario(clock: VirtualClock) -> list[str]:
        bulkhead = Bulkhead(1, 8, clock)
        sick, well = object(), object()

        async def call(goal: object) -> str:
            try:
                await bulkhead.acquire("a", Deadline.after(5, clock), goal)
            except Held as held:
                return f"{held.notice} after {clock.monotonic():.0f} s"
            bulkhead.release()
            return "served"

        await bulkhead.acquire("a", Deadline.after(5, clock), sick)
        waiting = [asyncio.create_task(call(goal)) for goal in (sick, well, sick)]
        await asyncio.sleep(0)
        assert bulkhead.waiting == 3
        waiting[2].cancel()  # in the very moment in which it is sent away
        paused = Held(NotSent.PAUSED, Outcome.UNAVAILABLE, Fault.THEIRS, notice="paused")
        bulkhead.dismiss(sick, lambda: paused)
        assert bulkhead.waiting == 1
        bulkhead.release()
        fared = await asyncio.gather(*waiting[:2])
        await asyncio.gather(waiting[2], return_exceptions=True)
        await bulkhead.acquire("a", Deadline.after(1, clock))  # no place was lost
        return fared

    assert in_virtual_time(scenario) == ["paused after 0 s", "served"]
