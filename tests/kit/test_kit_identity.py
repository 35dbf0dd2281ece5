"""Scanned codes: the sandbox's identity platform over sockets, and replies of small platforms that name nobody."""

import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
import structlog

from adapters.kit.opening import OpenSystem, opened
from adapters.kit.registry import registry
from adapters.sandbox.faults import Fault as SandboxFault
from adapters.sandbox.faults import FaultKind
from adapters.sandbox.identity.service import SCAN_SECONDS, Identity
from adapters.sandbox.running import Sandbox
from adapters.sandbox.world.generate import World
from gateway.core.call import Call
from gateway.core.caller import Person, Role
from gateway.core.clock import Deadline
from gateway.core.errors import SystemFailure
from gateway.core.licence import Holder
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import IdentityProvider
from gateway.core.system import DeployedSystem, SystemState
from tests.kit.small_systems import HEAD, Asked, Reply, SmallServer, Workshop, registry_of, small_server
from tests.sandbox.callers import SteppedClock

SYSTEM = "identity"
PORTS = frozenset({"IdentityProvider"})
Deploy = Callable[..., DeployedSystem]


def assigned(deployed: DeployedSystem, ports: frozenset[str] = PORTS, authority: int = 100) -> DeployedSystem:
    assignment = msgspec.structs.replace(deployed.assignment, ports=ports, authority=authority)
    return msgspec.structs.replace(deployed, assignment=assignment)


@pytest.fixture
def clerk(world: World) -> Person:
    officer = world.clerk
    return Person(subject="clerk", role=Role.CLERK, name=officer.name, account=officer.account)


# ---- the sandbox's platform


@pytest.fixture
def platform(sandbox: Sandbox) -> Identity:
    system = sandbox.systems[SYSTEM]
    assert isinstance(system, Identity)
    return system


@pytest.fixture
async def system(deploy: Deploy, clock: SteppedClock) -> AsyncIterator[OpenSystem]:
    async with opened(assigned(deploy(SYSTEM)), clock) as one:
        yield one


def provider(system: OpenSystem) -> IdentityProvider:
    assert system.identity is not None, system.health.health().last_error
    return system.identity


async def failure_of(system: OpenSystem, scan: str, clerk: Person, call: Call) -> SystemFailure:
    with pytest.raises(SystemFailure) as caught:
        await provider(system).verify_scan(scan, clerk, call)
    assert scan not in f"{caught.value} {caught.value.notice} {caught.value.code} {caught.value.message}"
    return caught.value


async def test_a_scan_names_its_holder_once(
    system: OpenSystem, platform: Identity, world: World, clerk: Person, call: Call
) -> None:
    for party in (world.holder, world.firms[0]):
        scan = platform.make_scan(party.number)
        assert scan is not None
        found = await provider(system).verify_scan(scan, clerk, call)
        assert found == Holder(party.type, party.number, party.name)
        assert await provider(system).verify_scan(scan, clerk, call) is None
    assert system.health.health().state is SystemState.UP


async def test_a_scan_that_is_unknown_or_over_stands_for_nobody(
    system: OpenSystem, platform: Identity, world: World, clerk: Person, call: Call, clock: SteppedClock
) -> None:
    assert await provider(system).verify_scan("never-made", clerk, call) is None
    scan = platform.make_scan(world.holder.number)
    assert scan is not None
    clock.step(SCAN_SECONDS + 1)
    later = call.until(Deadline.after(60, clock))
    assert await provider(system).verify_scan(scan, clerk, later) is None


async def test_the_clerk_is_who_asks_whoever_the_call_is_made_for(
    system: OpenSystem, platform: Identity, world: World, clerk: Person, call: Call
) -> None:
    scan = platform.make_scan(world.holder.number)
    assert scan is not None
    stranger = msgspec.structs.replace(clerk, account="nobody")
    assert (await failure_of(system, scan, stranger, call)).outcome is Outcome.INVALID
    without = msgspec.structs.replace(clerk, account=None)
    assert (await failure_of(system, scan, without, call)).outcome is Outcome.INVALID
    assert system.health.health().state is SystemState.UP
    # who may not ask has not used the code up
    assert await provider(system).verify_scan(scan, clerk, call) is not None


@pytest.mark.parametrize(
    ("changes", "outcome"), [({"app_secret": "another"}, Outcome.DENIED), ({"app_key": "another"}, Outcome.DENIED)]
)
async def test_a_wrong_key_of_ours_is_our_failure(
    deploy: Deploy, world: World, clerk: Person, call: Call, clock: SteppedClock, changes: Any, outcome: Outcome
) -> None:
    async with opened(assigned(deploy(SYSTEM, **changes)), clock) as system:
        failure = await failure_of(system, "scan-of-somebody", clerk, call)
    assert (failure.outcome, failure.fault) == (outcome, Fault.OURS)


ENDINGS = {
    FaultKind.ERROR: (Outcome.UPSTREAM_FAULT, Fault.THEIRS),
    FaultKind.RESET: (Outcome.UNAVAILABLE, Fault.NETWORK),
    FaultKind.HTML: (Outcome.UPSTREAM_FAULT, Fault.THEIRS),
    FaultKind.TRUNCATE: (Outcome.UPSTREAM_FAULT, Fault.THEIRS),
    FaultKind.FLOOD: (Outcome.UPSTREAM_FAULT, Fault.THEIRS),
    FaultKind.HANG: (Outcome.TIMED_OUT, Fault.THEIRS),
    FaultKind.EXPIRED: (Outcome.DENIED, Fault.OURS),
}


@pytest.mark.parametrize("kind", ENDINGS)
async def test_a_platform_that_fails_proves_nothing(
    system: OpenSystem, sandbox: Sandbox, platform: Identity, clerk: Person, call: Call, kind: FaultKind
) -> None:
    sandbox.faults.set(SYSTEM, SandboxFault(kind=kind))
    scan = platform.make_scan(sandbox.world.holder.number)
    assert scan is not None
    if kind is FaultKind.HANG:
        call = call.until(Deadline(call.deadline.at - 59.7))
    failure = await failure_of(system, scan, clerk, call)
    assert (failure.outcome, failure.fault) == ENDINGS[kind]


async def test_a_scan_and_its_holder_are_in_no_log(
    system: OpenSystem, platform: Identity, world: World, clerk: Person, call: Call
) -> None:
    scan = platform.make_scan(world.holder.number)
    assert scan is not None
    with structlog.testing.capture_logs() as lines:
        await provider(system).verify_scan(scan, clerk, call)
        await provider(system).verify_scan(scan, clerk, call)
    assert [line["outcome"] for line in lines] == ["OK", "NOT_FOUND"]
    for canary in (scan, world.holder.number, world.holder.name):
        assert canary not in repr(lines)


# ---- small platforms

SECTIONS = """
protocol: {rest: {format: json}, endpoint: {setting: sample/url}}
outcomes: {"3": NOT_FOUND}
auth:
  sign:
    query:
      values:
        ms: {now: epochMillis}
        sign: {digest: md5, of: [{setting: sample/app-key}, {setting: sample/app-secret}, ms]}
      into: {query.appKey: {setting: sample/app-key}, query.ms: ms, query.sign: sign}
operations:
  verifyScan:
    serves: IdentityProvider.verifyScan
    http: {method: POST, path: /scans}
    request: {scan: scan.code, clerk: person.account}
    response: {each: data, holder: {type: {code: kind, table: card}, number: no, name: name}}
"""
SMALL = HEAD.replace("codes: {", 'codes: {card: {"1": "111", "2": "001", "9": "999"}, ') + SECTIONS
SCAN = "scan-9f3a"


class Small:
    """A platform of one answer."""

    def __init__(self, server: SmallServer, system: OpenSystem, clerk: Person, call: Call) -> None:
        self.server = server
        self.system = system
        self.clerk = clerk
        self.call = call

    async def verify(self, body: Any, scan: str = SCAN) -> Holder | None:
        content = json.dumps(body).encode()

        def answer(_: Asked) -> Reply:
            return Reply(content, headers={"content-type": "application/json"})

        self.server.answer = answer
        return await provider(self.system).verify_scan(scan, self.clerk, self.call)


@pytest.fixture
async def small(clock: SteppedClock, tmp_path: Path, clerk: Person, call: Call) -> AsyncIterator[Small]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(small_server())
        settings = {"url": f"http://127.0.0.1:{server.port}", "app-key": "key", "app-secret": "hidden"}
        workshop = Workshop(tmp_path, clock, stack)
        system = await workshop.open(workshop.deployed(SMALL, settings))
        yield Small(server, system, clerk, call)


async def test_the_call_is_signed_and_names_scan_and_clerk(small: Small, clock: SteppedClock) -> None:
    await small.verify({"code": "3"})
    (asked,) = small.server.asked
    ms = str(int(clock.now().timestamp() * 1000))
    sign = hashlib.md5(f"keyhidden{ms}".encode(), usedforsecurity=False).hexdigest()
    assert (asked.method, asked.path) == ("POST", "/scans")
    assert asked.query == {"appKey": "key", "ms": ms, "sign": sign}
    assert json.loads(asked.body) == {"scan": SCAN, "clerk": small.clerk.account}


async def test_a_number_is_given_in_the_spelling_that_systems_are_asked_with(small: Small) -> None:
    holder = await small.verify({"code": "0", "data": {"kind": 9, "no": "P-1", "name": " 样一 "}})
    assert holder == Holder("999", "P-1", "样一")


@pytest.mark.parametrize("body", [{"code": "3"}, {"code": "3", "data": {"kind": "9", "no": "P-1"}}, {"code": "0"}])
async def test_a_code_that_stands_for_nobody_gives_nobody(small: Small, body: Any) -> None:
    assert await small.verify(body) is None


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"code": "0", "data": {"kind": "7", "no": "P-1"}}, id="type-not-in-the-table"),
        pytest.param({"code": "0", "data": {"no": "P-1"}}, id="no-type"),
        pytest.param({"code": "0", "data": {"kind": "9", "no": ""}}, id="no-number"),
        pytest.param({"code": "0", "data": {"kind": "9", "no": ["P-1", "P-2"]}}, id="two-numbers"),
        pytest.param({"code": "0", "data": {"kind": "9", "no": {"x": 1}}}, id="number-is-no-text"),
        pytest.param({"code": "0", "data": {"kind": "1", "no": "110101199001011234"}}, id="number-fails-its-check"),
        pytest.param({"code": "0", "data": {"kind": "9", "no": "P-1", "name": {"x": 1}}}, id="name-is-no-text"),
        pytest.param({"code": "0", "data": [{"kind": "9", "no": "P-1"}] * 2}, id="two-holders"),
        pytest.param({"code": "0", "data": [{"kind": "9", "no": "P-1"}, 1]}, id="more-than-a-holder"),
        pytest.param({"code": "0", "data": SCAN}, id="text-instead-of-a-holder"),
        pytest.param({"code": "5", "message": SCAN}, id="a-code-that-is-not-mapped"),
        pytest.param({"code": SCAN}, id="the-scan-as-a-code"),
    ],
)
async def test_an_answer_that_names_no_single_right_holder_is_a_failure(small: Small, body: Any) -> None:
    with structlog.testing.capture_logs() as lines, pytest.raises(SystemFailure) as caught:
        await small.verify(body)
    failure = caught.value
    assert (failure.outcome, failure.fault) == (Outcome.UPSTREAM_FAULT, Fault.THEIRS)
    told = f"{failure} {failure.notice} {failure.code} {failure.message} {small.system.health.health()} {lines}"
    for canary in (SCAN, "P-1", "110101199001011234"):
        assert canary not in told


@pytest.mark.parametrize("scan", ["", "  ", "x" * 1_001])
async def test_what_can_be_no_code_is_not_passed_on(small: Small, scan: str) -> None:
    assert await small.verify({"code": "0", "data": {"kind": "9", "no": "P-1"}}, scan) is None
    assert small.server.asked == []


# ---- the registry


async def test_the_registry_gives_who_is_assigned_in_order_of_authority(
    deploy: Deploy, clock: SteppedClock, small: Small
) -> None:
    first = msgspec.structs.replace(small.system, deployed=assigned(small.system.deployed, authority=10))
    async with opened(assigned(deploy(SYSTEM), authority=20), clock) as second:
        both = registry_of(second, first).identity_providers()
        assert [one.system for one in both] == ["sample", SYSTEM]
    unassigned = assigned(small.system.deployed, frozenset({"LicenceSource", "CaseSystem"}))
    assert not registry_of(msgspec.structs.replace(first, deployed=unassigned)).identity_providers()


async def test_a_system_that_serves_no_scans_is_no_provider(deploy: Deploy, clock: SteppedClock) -> None:
    async with registry([assigned(deploy("city-licences"))], clock) as systems:
        assert not systems.identity_providers()


async def test_a_platform_that_cannot_be_opened_is_no_provider(deploy: Deploy, clock: SteppedClock) -> None:
    async with registry([assigned(deploy(SYSTEM, app_secret=None))], clock) as systems:
        assert not systems.identity_providers()
        (view,) = systems.systems()
    assert view.state is SystemState.DOWN
    assert urlsplit(str(view.health.last_error)).scheme == ""
