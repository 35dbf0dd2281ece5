import asyncio

import msgspec
import pytest

from adapters.kit.opening import OpenSystem
from adapters.sandbox.faults import Fault as SandboxFault
from adapters.sandbox.faults import FaultKind
from adapters.sandbox.running import Sandbox
from adapters.sandbox.world.generate import World
from gateway.core.call import Call
from gateway.core.clock import Deadline
from gateway.core.licence import KEY_FIELDS, ROW_FIELDS, Holder, LicenceKey, LicenceQuery
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import Answer, LicenceSource
from gateway.core.system import SystemState
from tests.sandbox.callers import SteppedClock

ALL = frozenset(ROW_FIELDS)
SYSTEMS = ("city-licences", "province-licences")


@pytest.fixture(params=SYSTEMS)
def system(request: pytest.FixtureRequest) -> OpenSystem:
    found: OpenSystem = request.getfixturevalue(request.param.split("-")[0])
    return found


def source(system: OpenSystem) -> LicenceSource:
    assert system.source is not None, system.health.health().last_error
    return system.source


def query(world: World) -> LicenceQuery:
    holder = world.holder
    return LicenceQuery(holder=Holder(holder.type, holder.number, holder.name))


def logins(sandbox: Sandbox) -> int:
    return sandbox.calls.of("city-licences", "security/login")


async def ask(system: OpenSystem, world: World, call: Call, wanted: frozenset[str] = KEY_FIELDS) -> Answer:
    return await source(system).list(query(world), wanted, call)


async def test_a_holders_licences_are_listed(system: OpenSystem, world: World, call: Call) -> None:
    answer = await ask(system, world, call, ALL)
    expected = world.libraries[system.deployed.code].held_by(world.holder.number)
    assert answer.outcome is Outcome.OK
    assert [row.identifier for row in answer.rows] == [record.licence.identifier for record in expected]
    assert all(row.face for row in answer.rows)


async def test_one_licence_is_got_by_its_identifier(system: OpenSystem, world: World, call: Call) -> None:
    records = world.libraries[system.deployed.code].held_by(world.holder.number)
    identifier = next(record.licence.identifier for record in records if record.licence.identifier)
    answer = await source(system).get(LicenceKey(identifier=identifier), KEY_FIELDS, call)
    assert answer.outcome is Outcome.OK
    assert [row.identifier for row in answer.rows] == [identifier]


async def test_what_is_not_there_is_not_found(system: OpenSystem, call: Call) -> None:
    nobody = LicenceQuery(holder=Holder("111", "42010219000101001X", "查无此人"))
    assert (await source(system).list(nobody, KEY_FIELDS, call)).outcome is Outcome.NOT_FOUND
    key = LicenceKey(identifier="1.2.156.3005.2.11100000000013338W011.11110000000021135M.NOSUCH.001.0")
    assert (await source(system).get(key, KEY_FIELDS, call)).outcome is Outcome.NOT_FOUND


async def test_a_silent_cut_off_is_seen(city: OpenSystem, world: World, call: Call) -> None:
    firm = world.crowded
    answer = await source(city).list(LicenceQuery(holder=Holder(firm.type, firm.number, firm.name)), KEY_FIELDS, call)
    assert answer.truncated
    assert len(answer.rows) == 100


async def test_a_purpose_without_its_item_is_refused_by_the_system(
    system: OpenSystem, world: World, call: Call
) -> None:
    assert call.use is not None
    empty = call.under(msgspec.structs.replace(call.use, item=""))
    answer = await ask(system, world, empty)
    assert (answer.outcome, answer.fault) == (Outcome.INVALID, Fault.OURS)
    assert answer.code is not None


async def test_details_are_asked_for_only_when_wanted(
    city: OpenSystem, sandbox: Sandbox, world: World, call: Call
) -> None:
    plain = await ask(city, world, call)
    counted = sandbox.calls.all()["city-licences"]
    assert sum(counted.values()) == 2, counted
    faced = await ask(city, world, call, KEY_FIELDS | {"face"})
    assert sum(sandbox.calls.all()["city-licences"].values()) == 2 + 1 + len(faced.rows)
    assert [row.identifier for row in plain.rows] == [row.identifier for row in faced.rows]


async def test_one_login_serves_all_who_come_at_once(
    city: OpenSystem, sandbox: Sandbox, world: World, call: Call
) -> None:
    answers = await asyncio.gather(*(ask(city, world, call) for _ in range(20)))
    assert {answer.outcome for answer in answers} == {Outcome.OK}
    assert logins(sandbox) == 1


async def test_an_expired_session_is_renewed_once_for_all_and_unseen_by_callers(
    city: OpenSystem, sandbox: Sandbox, world: World, call: Call
) -> None:
    await ask(city, world, call)
    sandbox.faults.set("city-licences", SandboxFault(kind=FaultKind.EXPIRED))
    answers = await asyncio.gather(*(ask(city, world, call) for _ in range(10)))
    assert {answer.outcome for answer in answers} == {Outcome.OK}
    assert logins(sandbox) == 2


async def test_a_session_that_never_holds_is_reported_not_retried_for_ever(
    city: OpenSystem, sandbox: Sandbox, world: World, call: Call
) -> None:
    sandbox.faults.set("city-licences", SandboxFault(kind=FaultKind.EXPIRED, share=1.0))
    answer = await ask(city, world, call)
    assert (answer.outcome, answer.fault) == (Outcome.DENIED, Fault.THEIRS)
    assert logins(sandbox) <= 3


async def test_a_caller_who_leaves_does_not_end_the_login_of_the_others(
    city: OpenSystem, sandbox: Sandbox, world: World, call: Call
) -> None:
    first = asyncio.create_task(ask(city, world, call))
    second = asyncio.create_task(ask(city, world, call))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).outcome is Outcome.OK
    assert logins(sandbox) == 1
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_an_old_session_is_renewed_before_the_system_has_to_say_so(
    city: OpenSystem, sandbox: Sandbox, world: World, call: Call, clock: SteppedClock
) -> None:
    await ask(city, world, call)
    clock.step(25 * 60)
    answer = await ask(city, world, call.until(Deadline.after(60, clock)))
    assert answer.outcome is Outcome.OK
    assert logins(sandbox) == 2


@pytest.mark.parametrize(
    ("fault", "outcome", "culprit"),
    [
        (SandboxFault(kind=FaultKind.ERROR), Outcome.UPSTREAM_FAULT, Fault.THEIRS),
        (SandboxFault(kind=FaultKind.RESET), Outcome.UNAVAILABLE, Fault.NETWORK),
        (SandboxFault(kind=FaultKind.HTML), Outcome.UPSTREAM_FAULT, Fault.THEIRS),
        (SandboxFault(kind=FaultKind.TRUNCATE), Outcome.UPSTREAM_FAULT, Fault.THEIRS),
        (SandboxFault(kind=FaultKind.FLOOD, bytes=200_000_000), Outcome.UPSTREAM_FAULT, Fault.THEIRS),
    ],
    ids=lambda value: value.kind if isinstance(value, SandboxFault) else None,
)
async def test_each_fault_has_its_outcome_and_its_culprit(
    system: OpenSystem,
    sandbox: Sandbox,
    world: World,
    call: Call,
    fault: SandboxFault,
    outcome: Outcome,
    culprit: Fault,
) -> None:
    await ask(system, world, call)
    sandbox.faults.set(system.deployed.code, fault)
    answer = await ask(system, world, call)
    assert (answer.outcome, answer.fault) == (outcome, culprit), answer.notice
    assert answer.notice
    assert world.holder.number not in answer.notice
    sandbox.faults.clear(system.deployed.code)
    assert (await ask(system, world, call)).outcome is Outcome.OK


async def test_a_page_for_people_is_called_one(system: OpenSystem, sandbox: Sandbox, world: World, call: Call) -> None:
    await ask(system, world, call)
    sandbox.faults.set(system.deployed.code, SandboxFault(kind=FaultKind.HTML))
    assert "HTML page" in ((await ask(system, world, call)).notice or "")


async def test_a_lying_charset_is_read_all_the_same(
    system: OpenSystem, sandbox: Sandbox, world: World, call: Call
) -> None:
    truth = await ask(system, world, call, ALL)
    sandbox.faults.set(system.deployed.code, SandboxFault(kind=FaultKind.CHARSET))
    lied = await ask(system, world, call, ALL)
    assert [row.name for row in lied.rows] == [row.name for row in truth.rows]


async def test_a_system_that_hangs_is_given_up_at_the_deadline(
    system: OpenSystem, sandbox: Sandbox, world: World, call: Call, clock: SteppedClock
) -> None:
    await ask(system, world, call)
    sandbox.faults.set(system.deployed.code, SandboxFault(kind=FaultKind.HANG))
    answer = await ask(system, world, call.until(Deadline.after(0.05, clock)))
    assert (answer.outcome, answer.fault) == (Outcome.TIMED_OUT, Fault.THEIRS)


async def test_failures_in_a_row_make_a_system_down_until_it_answers_again(
    system: OpenSystem, sandbox: Sandbox, world: World, call: Call, clock: SteppedClock
) -> None:
    assert system.health.health().state is SystemState.UNKNOWN
    await ask(system, world, call)
    assert system.health.health().state is SystemState.UP
    sandbox.faults.set(system.deployed.code, SandboxFault(kind=FaultKind.RESET))
    for _ in range(3):
        clock.step(0.5)
        await ask(system, world, call)
    down = system.health.health()
    assert (down.state, down.fault) == (SystemState.DOWN, Fault.NETWORK)
    assert down.last_error is not None
    sandbox.faults.clear(system.deployed.code)
    clock.step(3)  # calls are paused meanwhile, which says nothing of the system
    await ask(system, world, call.until(Deadline.after(60, clock)))
    assert system.health.health().state is SystemState.DOWN
    await ask(system, world, call.until(Deadline.after(60, clock)))
    assert system.health.health().state is SystemState.UP
