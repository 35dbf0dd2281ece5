"""The systems of the sandbox whose calls are signed, in stages, encrypted or raw, each by its own manifest."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from adapters.kit.opening import OpenSystem, opened
from adapters.sandbox.bus.gate import SECRET_SECONDS, WINDOW_SECONDS
from adapters.sandbox.faults import Fault as SandboxFault
from adapters.sandbox.faults import FaultKind
from adapters.sandbox.running import Sandbox
from adapters.sandbox.world.generate import World
from certs.national import SmCrypto
from gateway.core.call import Call
from gateway.core.case import CaseState
from gateway.core.clock import Deadline
from gateway.core.licence import KEY_FIELDS, ROW_FIELDS, Holder, LicenceQuery
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import Answer
from gateway.core.system import DeployedSystem
from tests.kit.small_systems import HEAD, Workshop
from tests.sandbox.callers import SteppedClock

ALL = frozenset(ROW_FIELDS)
BUS = "district-licences"
Deploy = Callable[..., DeployedSystem]
OpenCode = Callable[..., Awaitable[OpenSystem]]


@pytest.fixture
async def open_code(deploy: Deploy, clock: SteppedClock) -> AsyncIterator[OpenCode]:
    async with AsyncExitStack() as stack:

        async def run(code: str, **changes: str) -> OpenSystem:
            return await stack.enter_async_context(opened(deploy(code, **changes), clock, SmCrypto()))

        yield run


@pytest.fixture
async def bus(open_code: OpenCode) -> OpenSystem:
    return await open_code(BUS)


async def ask(system: OpenSystem, world: World, call: Call) -> Answer:
    assert system.source is not None, system.health.health().last_error
    holder = world.holder
    return await system.source.list(
        LicenceQuery(holder=Holder(holder.type, holder.number, holder.name)), ALL | KEY_FIELDS, call
    )


def calls(sandbox: Sandbox, name: str) -> int:
    return sandbox.calls.of(BUS, name)


@pytest.mark.parametrize("code", [BUS, "estate-licences", "shared-licences", "civil-register"])
async def test_every_family_accepts_how_its_manifest_proves_a_call(
    open_code: OpenCode, world: World, call: Call, code: str
) -> None:
    answer = await ask(await open_code(code), world, call)
    assert answer.outcome is Outcome.OK, answer.notice
    assert len(answer.rows) == len(world.libraries[code].held_by(world.holder.number))


@pytest.mark.parametrize(
    ("code", "setting"),
    [
        (BUS, "app_key"),
        ("estate-licences", "app_secret"),
        ("shared-licences", "access_token"),
        ("civil-register", "access_token"),
    ],
)
async def test_a_wrong_secret_is_our_fault_and_is_not_shown(
    open_code: OpenCode, world: World, call: Call, code: str, setting: str
) -> None:
    system = await open_code(code, **{setting: "canary-secret"})
    answer = await ask(system, world, call)
    assert (answer.outcome, answer.fault) in {(Outcome.DENIED, Fault.OURS), (Outcome.UPSTREAM_FAULT, Fault.THEIRS)}
    assert "canary" not in f"{answer.notice}{answer.message}"


async def test_a_secret_is_fetched_once_and_renewed_before_it_ends(
    bus: OpenSystem, sandbox: Sandbox, world: World, call: Call, clock: SteppedClock
) -> None:
    await ask(bus, world, call)
    await ask(bus, world, call)
    assert calls(sandbox, "bus/secret") == 1
    clock.step(SECRET_SECONDS - 30)
    answer = await ask(bus, world, call.until(Deadline.after(60, clock)))
    assert answer.outcome is Outcome.OK
    assert calls(sandbox, "bus/secret") == 2


async def test_two_replicas_that_end_each_others_secrets_both_get_their_answers(
    open_code: OpenCode, bus: OpenSystem, sandbox: Sandbox, world: World, call: Call
) -> None:
    sandbox.systems[BUS].one_login = True  # type: ignore[attr-defined] # of this family
    other = await open_code(BUS)
    for replica in (bus, other, bus, other):
        assert (await ask(replica, world, call)).outcome is Outcome.OK
    assert calls(sandbox, "bus/secret") == 4


async def test_a_secret_that_dies_in_mid_flight_is_unseen_by_the_caller(
    bus: OpenSystem, sandbox: Sandbox, world: World, call: Call
) -> None:
    await ask(bus, world, call)
    sandbox.faults.set(BUS, SandboxFault(kind=FaultKind.EXPIRED))
    assert (await ask(bus, world, call)).outcome is Outcome.OK


@pytest.mark.parametrize(
    ("kind", "notice"),
    [
        (FaultKind.UNSIGNED, "the reply's signature is missing"),
        (FaultKind.RESIGNED, "the reply's signature does not verify"),
    ],
)
async def test_an_unsigned_or_resigned_reply_is_not_believed_neither_the_logins_nor_a_later_one(
    bus: OpenSystem, sandbox: Sandbox, world: World, call: Call, kind: FaultKind, notice: str
) -> None:
    sandbox.faults.set(BUS, SandboxFault(kind=kind))
    first = await ask(bus, world, call)
    sandbox.faults.clear(BUS)
    await ask(bus, world, call)
    sandbox.faults.set(BUS, SandboxFault(kind=kind))
    second = await ask(bus, world, call)
    for answer in (first, second):
        assert (answer.outcome, answer.fault, answer.notice) == (Outcome.UPSTREAM_FAULT, Fault.THEIRS, notice)
        assert not answer.rows


class SkewedClock(SteppedClock):
    """A clock that is wrong by more than the bus allows."""

    def __init__(self, right: SteppedClock) -> None:
        super().__init__()
        self.step(right.monotonic() + WINDOW_SECONDS + 60)


async def test_a_clock_that_is_wrong_is_our_fault(
    deploy: Deploy, world: World, call: Call, clock: SteppedClock
) -> None:
    skewed = SkewedClock(clock)
    async with opened(deploy(BUS), skewed, SmCrypto()) as system:
        answer = await ask(system, world, call.until(Deadline.after(60, skewed)))
    assert (answer.outcome, answer.fault, answer.code) == (Outcome.DENIED, Fault.OURS, "HTTP 401")


TWIN = """
protocol: {rest: {format: json}, endpoint: {setting: acceptance/url}}
auth:
  basic: {username: {setting: acceptance/client-id}, password: {setting: acceptance/client-secret}}
  session:
    login: token
    token: access_token
    into: header.Authorization
    prefix: "Bearer "
    expired: {status: [401]}
    expiresIn: expires_in
operations:
  token:
    auth: [basic]
    http: {method: POST, path: /rest/token}
  caseStatus:
    serves: CaseSystem.status
    safe: true
    http: {method: GET, path: "/rest/cases/{number}"}
    request: {number: case.number}
    success: {at: statusCode, in: ["1", "2", "3", "4", "11", "12", "99"]}
    response:
      case:
        number: caseNo
        item: itemCode
        state: {code: statusCode, table: step}
        openedAt: {date: applyTime, as: epoch}
codes:
  step: {"1": RECEIVED, "2": ACCEPTED, "3": REVIEWED, "4": CLOSED, "11": SUPPLEMENT, "12": SUSPENDED, "99": UNKNOWN}
"""
ACCEPTANCE_HEAD = HEAD.replace("code: sample", "code: acceptance")
TWIN_HEAD = ACCEPTANCE_HEAD[: ACCEPTANCE_HEAD.index("success:")]


async def test_the_twin_gives_a_bearer_token_for_an_account(
    sandbox: Sandbox, world: World, call: Call, clock: SteppedClock, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        workshop = Workshop(tmp_path, clock, stack)
        deployed = workshop.deployed(TWIN_HEAD + TWIN, sandbox.settings()["acceptance"], code="acceptance")
        system = await workshop.open(deployed)
        assert system.cases is not None, system.health.health().last_error
        first = await system.cases.status(world.case, call)
        missing = await system.cases.status("../token", call)
    assert first.outcome is Outcome.OK, first.notice
    assert first.case is not None
    assert (first.case.number, first.case.item) == (world.case, world.item)
    assert first.case.state is not CaseState.CLOSED
    assert missing.outcome is not Outcome.OK


REPORT = """
protocol: {rest: {format: json}, endpoint: {setting: case-report/url}}
auth:
  sign:
    field:
      values:
        timestamp: {now: epochMillis}
        sign:
          hmac: sha256
          key: {setting: case-report/app-secret}
          of: [{setting: case-report/app-id}, timestamp, request.data]
          by: "&"
          as: base64
      into: {body.appid: {setting: case-report/app-id}, body.timestamp: timestamp, body.sign: sign}
success: {at: resultCode, equals: "200", code: resultCode}
operations:
  queryStatus:
    serves: LicenceSource.list
    safe: true
    http: {method: POST, path: /queryStatus}
    request: {data: {json: {projids: {list: [holder.number]}}}}
    response: {each: "data[]", number: projid, state: {value: VALID}}
"""
REPORT_HEAD = TWIN_HEAD.replace("code: acceptance", "code: case-report")


async def test_a_signature_over_json_in_a_string_lies_beside_it(
    sandbox: Sandbox, world: World, call: Call, clock: SteppedClock, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        workshop = Workshop(tmp_path, clock, stack)
        settings = sandbox.settings()["case-report"]
        system = await workshop.open(workshop.deployed(REPORT_HEAD + REPORT, settings, code="case-report"))
        good = await ask(system, world, call)
        wrong = await workshop.open(
            workshop.deployed(REPORT_HEAD + REPORT, {**settings, "app-secret": "other"}, code="case-report")
        )
        refused = await ask(wrong, world, call)
    assert good.code != "401"
    assert refused.code == "401"
