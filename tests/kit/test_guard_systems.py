"""The guard before real systems that hang, break off, fail and dawdle; other systems beside them go on as ever."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters.kit.guard import BreakerRules, Bulkhead, Ending, Guard
from adapters.kit.http import HttpReply, HttpRequest
from adapters.kit.judging import Judge
from adapters.kit.manifest.check import check
from adapters.kit.opening import OpenSystem, opened
from adapters.kit.recording import Errand, Recorder
from adapters.kit.sending import Sender
from adapters.kit.wire import Bound
from adapters.sandbox.faults import Fault as SandboxFault
from adapters.sandbox.faults import FaultKind
from adapters.sandbox.running import Sandbox
from adapters.sandbox.world.generate import World
from gateway.core.call import Call
from gateway.core.call_record import BreakerState, CallKind, CallRecord, NotSent, ignore_call
from gateway.core.caller import Application, Caller
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import SystemFailure
from gateway.core.licence import KEY_FIELDS, Holder, LicenceQuery
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import Answer
from gateway.core.system import DeployedSystem
from tests.kit.small_systems import HEAD, LIST, REST, Asked, Reply, SmallServer, Workshop, small_server
from tests.kit.virtual_time import VirtualClock, in_virtual_time
from tests.sandbox.callers import SteppedClock

Deploy = Callable[..., DeployedSystem]
RULES = BreakerRules()


class RunningClock(SteppedClock):
    """A clock that runs until it is stopped, and can be put forward."""

    def __init__(self) -> None:
        super().__init__()
        self._began = time.monotonic()
        self._stopped: float | None = None

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self._ran())

    def monotonic(self) -> float:
        return super().monotonic() + self._ran()

    def stop(self) -> None:
        self._stopped = self._ran()

    def _ran(self) -> float:
        return time.monotonic() - self._began if self._stopped is None else self._stopped


@pytest.fixture
def clock() -> RunningClock:
    return RunningClock()


@pytest.fixture
def records() -> list[CallRecord]:
    return []


@pytest.fixture
async def sick(deploy: Deploy, clock: RunningClock, records: list[CallRecord]) -> AsyncIterator[OpenSystem]:
    """The province's library, whose calls are recorded."""
    async with opened(deploy("province-licences"), clock, record_call=records.append) as system:
        yield system


async def ask(system: OpenSystem, world: World, call: Call, clock: Clock, seconds: float = 60.0) -> Answer:
    assert system.source is not None, system.health.health().last_error
    holder = world.holder
    query = LicenceQuery(holder=Holder(holder.type, holder.number, holder.name))
    return await system.source.list(query, KEY_FIELDS, call.until(Deadline.after(seconds, clock)))


def asked(sandbox: Sandbox) -> int:
    return sum(sandbox.calls.all().get("province-licences", {}).values())


async def silent(system: OpenSystem, world: World, call: Call, clock: RunningClock) -> None:
    """As many calls as pause a system that does not answer, given up when it is paused."""
    calls = [asyncio.create_task(ask(system, world, call, clock)) for _ in range(RULES.volume)]
    guard = system.source._source._asking.exchange._calls.guard  # type: ignore[union-attr] # the way down
    while guard.breaker.state is BreakerState.CLOSED:
        await asyncio.sleep(0.05)
        clock.step(0.05)
    for each in calls:
        each.cancel()
    await asyncio.wait(calls)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(SandboxFault(kind=FaultKind.HANG), id="hang"),
        pytest.param(SandboxFault(kind=FaultKind.RESET), id="reset"),
        pytest.param(SandboxFault(kind=FaultKind.ERROR), id="error"),
        pytest.param(SandboxFault(kind=FaultKind.HTML), id="html"),
        pytest.param(SandboxFault(kind=FaultKind.LATENCY, ms=50_000), id="latency"),
    ],
)
async def test_a_sick_system_is_left_alone_while_others_are_unharmed_and_is_back_after_one_pause(
    fault: SandboxFault,
    sick: OpenSystem,
    city: OpenSystem,
    sandbox: Sandbox,
    world: World,
    call: Call,
    clock: RunningClock,
    records: list[CallRecord],
) -> None:
    clock.stop()
    sandbox.faults.set("province-licences", fault)
    if fault.kind in {FaultKind.HANG, FaultKind.LATENCY}:
        await silent(sick, world, call, clock)
    else:
        failed = await asyncio.gather(*(ask(sick, world, call, clock) for _ in range(RULES.volume)))
        assert {answer.fault for answer in failed} <= {Fault.THEIRS, Fault.NETWORK, None}

    sent = asked(sandbox)
    assert sent <= RULES.volume + 1  # with what was repeated
    paused, *well = await asyncio.gather(
        ask(sick, world, call, clock), *(ask(city, world, call, clock) for _ in range(20))
    )
    assert (paused.outcome, records[-1].not_sent) == (Outcome.UNAVAILABLE, NotSent.PAUSED)
    assert paused.fault in {Fault.THEIRS, Fault.NETWORK}
    assert "paused" in (paused.notice or "")
    assert paused.retry_after == pytest.approx(RULES.pause, abs=1)
    assert {answer.outcome for answer in well} == {Outcome.OK}
    assert asked(sandbox) == sent

    sandbox.faults.clear("province-licences")
    clock.step(RULES.pause)
    for _ in range(RULES.trials):
        assert (await ask(sick, world, call, clock)).outcome is Outcome.OK
    back = await asyncio.gather(*(ask(sick, world, call, clock) for _ in range(4)))
    assert {answer.outcome for answer in back} == {Outcome.OK}
    assert records[-1].breaker is BreakerState.CLOSED


async def test_hasty_callers_do_not_pause_a_system(
    province: OpenSystem, sandbox: Sandbox, world: World, call: Call, clock: RunningClock
) -> None:
    sandbox.faults.set("province-licences", SandboxFault(kind=FaultKind.HANG))
    hasty = await asyncio.gather(*(ask(province, world, call, clock, 0.1) for _ in range(3 * RULES.volume)))
    assert {answer.outcome for answer in hasty} == {Outcome.TIMED_OUT}
    sandbox.faults.clear("province-licences")
    assert (await ask(province, world, call, clock)).outcome is Outcome.OK


async def test_a_broken_connection_is_unseen_by_the_caller(
    province: OpenSystem, sandbox: Sandbox, world: World, call: Call, clock: RunningClock
) -> None:
    sandbox.faults.set("province-licences", SandboxFault(kind=FaultKind.RESET, share=0.5))  # every second call
    assert [(await ask(province, world, call, clock)).outcome for _ in range(2)] == [Outcome.OK, Outcome.OK]
    assert asked(sandbox) == 3


async def test_a_storm_of_callers_who_leave_takes_no_place_with_it(
    province: OpenSystem, sandbox: Sandbox, world: World, call: Call, clock: RunningClock
) -> None:
    assert province.manifest is not None
    places = province.manifest.limits.concurrency
    sandbox.faults.set("province-licences", SandboxFault(kind=FaultKind.LATENCY, ms=20))
    chance = random.Random(4)

    async def leaves() -> None:
        task = asyncio.create_task(ask(province, world, call, clock))
        asyncio.get_running_loop().call_later(chance.uniform(0, 0.2), task.cancel)
        await asyncio.wait([task])

    await asyncio.gather(*(leaves() for _ in range(10 * places)))
    sandbox.faults.clear("province-licences")
    after = await asyncio.gather(*(ask(province, world, call, clock) for _ in range(2 * places)))
    assert {answer.outcome for answer in after} == {Outcome.OK}


# ---- small systems


@pytest.fixture
async def server() -> AsyncIterator[SmallServer]:
    async with small_server() as running:
        yield running


@pytest.fixture
async def workshop(tmp_path: Path, clock: RunningClock) -> AsyncIterator[Workshop]:
    async with AsyncExitStack() as stack:
        yield Workshop(tmp_path, clock, stack)


async def small(workshop: Workshop, server: SmallServer, limits: str) -> OpenSystem:
    manifest = f"{HEAD}{REST}limits: {limits}\noperations:{LIST}"
    return await workshop.open(workshop.deployed(manifest, {"url": f"http://127.0.0.1:{server.port}"}))


def call_of(clock: Clock, application: str = "portal") -> Call:
    caller = Caller(Application(application, application))
    return Call(request_id="r1", caller=caller, deadline=Deadline.after(60, clock))


async def small_ask(system: OpenSystem, clock: Clock, application: str = "portal") -> Answer:
    assert system.source is not None, system.health.health().last_error
    query = LicenceQuery(holder=Holder("111", "N"))
    return await system.source.list(query, KEY_FIELDS, call_of(clock, application))


async def test_a_weak_system_is_asked_a_tenth_more_at_the_most(
    workshop: Workshop, server: SmallServer, clock: RunningClock
) -> None:
    """A machine may take seconds to begin a thousand calls: the clock stands, and every connection is there before."""
    clock.stop()

    def every_fourth_fails(_: Asked) -> Reply:
        return Reply(b"busy", 503) if len(server.asked) % 4 == 0 else Reply()

    server.answer = every_fourth_fails
    system = await small(workshop, server, "{deadline: 60s, concurrency: 8, queue: 1000}")
    answers = await asyncio.gather(*(small_ask(system, clock) for _ in range(8)))
    answers += await asyncio.gather(*(small_ask(system, clock) for _ in range(992)))
    assert 1050 < len(server.asked) <= 1100
    failed = sum(answer.outcome is Outcome.UNAVAILABLE for answer in answers)
    repeated = len(server.asked) - 1000
    assert failed == len(server.asked) // 4 - repeated  # each repetition stands for a failure that nobody saw
    assert len(workshop.records) == len(server.asked)


async def test_a_full_line_is_refused_and_recorded(
    workshop: Workshop, server: SmallServer, clock: RunningClock
) -> None:
    system = await small(workshop, server, "{concurrency: 1, queue: 0}")
    answers = await asyncio.gather(*(small_ask(system, clock) for _ in range(3)))
    assert [answer.outcome for answer in answers] == [Outcome.OK, Outcome.UNAVAILABLE, Outcome.UNAVAILABLE]
    assert (answers[1].fault, answers[1].retry_after) == (Fault.OURS, 1)
    held = [record for record in workshop.records if record.not_sent is NotSent.QUEUE_FULL]
    assert len(held) == 2
    assert len(server.asked) == 1


async def test_a_departments_rate_is_kept(workshop: Workshop, server: SmallServer, clock: RunningClock) -> None:
    system = await small(workshop, server, "{rate: {perSecond: 50, burst: 2}}")
    started = time.monotonic()
    answers = await asyncio.gather(*(small_ask(system, clock) for _ in range(7)))
    assert {answer.outcome for answer in answers} == {Outcome.OK}
    assert time.monotonic() - started >= 5 / 50


# ---- a thousand failures


class Broken:
    """A transport whose connections are all refused; counts them."""

    def __init__(self) -> None:
        self.asked = 0

    async def send(self, request: HttpRequest, *, limit: int, deadline: Deadline) -> HttpReply:
        self.asked += 1
        raise SystemFailure(Outcome.UNAVAILABLE, Fault.NETWORK, "the connection was refused", passing=True)

    async def aclose(self) -> None:
        """Nothing is open."""


def unreadable(reply: HttpReply) -> tuple[None, Ending]:
    raise AssertionError("no reply ever comes")


@pytest.mark.parametrize("is_paused", [False, True], ids=["never-paused", "paused"])
def test_a_thousand_failing_calls_are_a_hundred_repetitions_at_most(is_paused: bool, tmp_path: Path) -> None:
    folder = tmp_path / "sample"
    folder.mkdir()
    (folder / "manifest.yaml").write_text(f"{HEAD}{REST}operations:{LIST}", "utf-8")
    manifest = check(folder).manifest
    assert manifest is not None

    async def scenario(clock: VirtualClock) -> int:
        rules = BreakerRules() if is_paused else BreakerRules(volume=1_000_000)
        guard = Guard(Bulkhead(16, 2_000, clock), 4.0, clock, lambda: 0.5, rules)
        transport = Broken()
        sender = Sender(guard, transport, 1_000, Recorder("sample", ignore_call, clock), Judge(manifest, clock))

        async def fails() -> None:
            errand = Errand(
                call=call_of(clock),
                operation=Bound("list", manifest.operations["list"]),
                kind=CallKind.REST,
                until=Deadline.after(5, clock),
                received=[],
            )
            request = HttpRequest(method="GET", url="http://127.0.0.1/")
            with pytest.raises(SystemFailure):
                await sender.repeated(errand, lambda: sender.send(errand, lambda: request, unreadable))

        await asyncio.gather(*(fails() for _ in range(1000)))
        return transport.asked

    sent = in_virtual_time(scenario)
    assert sent < 50 if is_paused else 1050 < sent <= 1100
