"""Every fault of the sandbox in every system: seen by probes within ten seconds, with its culprit, and its end too."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest

from adapters.kit.opening import OpenSystem, opened
from adapters.kit.probing import Probing
from adapters.sandbox.faults import Fault as SandboxFault
from adapters.sandbox.faults import FaultKind
from adapters.sandbox.running import Sandbox, running_sandbox
from adapters.sandbox.world.generate import World
from certs.national import SmCrypto
from gateway.core.notices import in_language
from gateway.core.outcome import Fault
from gateway.core.system import Assignment, DeployedSystem, SystemState
from gateway.core.text import Language
from gateway.store.deployment import SystemSettings
from tests.kit.conftest import MANIFESTS, unhurried
from tests.kit.health_bench import Changes, Pauses, SkippingClock, probed
from tests.sandbox.callers import SteppedClock

UP, DOWN, DEGRADED = SystemState.UP, SystemState.DOWN, SystemState.DEGRADED
SYSTEMS = sorted(folder.name for folder in MANIFESTS.iterdir() if (folder / "manifest.yaml").exists())
SIGNED = "district-licences"
KEEPS_SESSIONS = {"city-licences", "seal-district", "share-exchange", SIGNED}
EVERYWHERE = {
    FaultKind.ERROR: (DOWN, Fault.THEIRS),
    FaultKind.HTML: (DOWN, Fault.THEIRS),
    FaultKind.TRUNCATE: (DOWN, Fault.THEIRS),
    FaultKind.FLOOD: (DOWN, Fault.THEIRS),
    FaultKind.HANG: (DOWN, Fault.THEIRS),
    FaultKind.LATENCY: (DEGRADED, Fault.THEIRS),
    FaultKind.RESET: (DOWN, Fault.NETWORK),
}
WAITED_FOR = (FaultKind.HANG, FaultKind.LATENCY)
"""Faults that take real time to be seen: several systems have them at a time, and probes get little."""
LITTLE, ENOUGH = "deadline: 900ms, slow: 300ms", "deadline: 60s, slow: 30s"
AT_A_TIME = 5
GROUPS = [SYSTEMS[first : first + AT_A_TIME] for first in range(0, len(SYSTEMS), AT_A_TIME)]
CASES = [(system, kind, *end) for system in SYSTEMS for kind, end in EVERYWHERE.items() if kind not in WAITED_FOR]
CASES += [(system, FaultKind.EXPIRED, DOWN, Fault.OURS) for system in SYSTEMS if system not in KEEPS_SESSIONS]
CASES += [(SIGNED, kind, DOWN, Fault.THEIRS) for kind in (FaultKind.CHARSET, FaultKind.UNSIGNED, FaultKind.RESIGNED)]
HARMLESS = [(system, FaultKind.EXPIRED) for system in sorted(KEEPS_SESSIONS)]
HARMLESS += [(system, FaultKind.CHARSET) for system in SYSTEMS if system != SIGNED]


class Site:
    """The sandbox, and its systems as a gateway would open them, but for the limits of their probes."""

    def __init__(self, sandbox: Sandbox, clock: SteppedClock, folder: Path, stack: AsyncExitStack, limits: str) -> None:
        self.sandbox = sandbox
        self._limits = limits
        self.clock = clock
        self.pauses = Pauses(clock)
        self._folder = folder
        self._stack = stack

    def deployed(self, code: str, **changes: str) -> DeployedSystem:
        folder = unhurried(code, self._folder, self._limits)
        settings = {**self.sandbox.settings()[code], **{key.replace("_", "-"): text for key, text in changes.items()}}
        assignment = Assignment(ports=frozenset({"LicenceSource"}), regions=("420000",), types=("*",), issuers=("*",))
        return DeployedSystem(folder, (urlsplit(settings["url"]).netloc,), assignment, SystemSettings(code, settings))

    async def probe(self, deployed: DeployedSystem) -> tuple[OpenSystem, Changes]:
        """The system, probed until the test ends."""
        changes = Changes()
        system = await self._stack.enter_async_context(opened(deployed, self.clock, SmCrypto(), tell=changes.tell))
        assert system.probe is not None, system.health.health().last_error
        probing = Probing(
            system.probe.plan,
            ask=system.probe.ask,
            health=system.health,
            is_closed=lambda: False,
            clock=self.clock,
            report_defect=_raise,
            pause=self.pauses,
        )
        await self._stack.enter_async_context(probed(probing))
        return system, changes


def _raise(system: str, error: BaseException) -> None:
    raise AssertionError(system) from error


@asynccontextmanager
async def site_in(folder: Path, world: World, clock: SteppedClock, limits: str) -> AsyncIterator[Site]:
    async with running_sandbox(world, clock=clock) as sandbox, AsyncExitStack() as stack:
        yield Site(sandbox, clock, folder, stack, limits)


@pytest.fixture
async def site(world: World, tmp_path: Path) -> AsyncIterator[Site]:
    """One in which no time passes but that of pauses, so that nothing is slow on a slow machine."""
    async with site_in(tmp_path, world, SteppedClock(), ENOUGH) as site:
        yield site


async def verify_seen(site: Site, code: str, kind: FaultKind, state: SystemState, fault: Fault) -> None:
    system, changes = await site.probe(site.deployed(code))
    await changes.until(system.health, lambda now: now is UP)

    begun = site.clock.monotonic()
    site.sandbox.faults.set(code, SandboxFault(kind=kind, ms=500, bytes=6_000_000))
    await changes.until(system.health, lambda now: now is not UP)
    assert site.clock.monotonic() - begun <= 10
    await changes.until(system.health, lambda now: now is state)

    health = system.health.health()
    assert health.fault is fault, health.last_error
    assert health.last_error is not None
    chinese = in_language(health.last_error, Language.ZH)
    assert chinese != health.last_error, "said in plain words of both languages"
    site.sandbox.faults.clear(code)
    mended = site.clock.monotonic()
    await changes.until(system.health, lambda now: now is UP)
    assert site.clock.monotonic() - mended <= 10
    assert system.health.health().last_success is not None


@pytest.mark.parametrize(("code", "kind", "state", "fault"), CASES, ids=str)
async def test_a_fault_is_seen_with_its_culprit_and_so_is_its_end(
    site: Site, code: str, kind: FaultKind, state: SystemState, fault: Fault
) -> None:
    await verify_seen(site, code, kind, state, fault)


@pytest.mark.parametrize("codes", GROUPS, ids="+".join)
@pytest.mark.parametrize("kind", WAITED_FOR, ids=str)
async def test_slowness_is_seen_with_its_culprit_and_so_is_its_end(
    world: World, tmp_path: Path, kind: FaultKind, codes: list[str]
) -> None:
    async def seen(code: str) -> None:
        async with site_in(tmp_path, world, SkippingClock(), LITTLE) as site:
            await verify_seen(site, code, kind, *EVERYWHERE[kind])

    async with asyncio.TaskGroup() as together:
        for code in codes:
            together.create_task(seen(code), name=code)


@pytest.mark.parametrize(("code", "kind"), HARMLESS, ids=str)
async def test_what_the_gateway_copes_with_raises_no_alarm(site: Site, code: str, kind: FaultKind) -> None:
    system, changes = await site.probe(site.deployed(code))
    await changes.until(system.health, lambda now: now is UP)
    site.sandbox.faults.set(code, SandboxFault(kind=kind))
    enough = _count(site.sandbox, code) + 6
    async with asyncio.timeout(60):
        while _count(site.sandbox, code) < enough:
            site.pauses.more.clear()
            await site.pauses.more.wait()
    assert [change.after for change in changes.told] == [UP]


WRONG_SETTINGS = [
    ("city-licences", {"password": "wrong"}, Fault.OURS),
    ("province-licences", {"password": "wrong"}, Fault.OURS),
    ("shared-licences", {"access_token": "wrong"}, Fault.OURS),
    ("estate-licences", {"app_secret": "wrong"}, Fault.OURS),
    ("civil-register", {"access_token": "wrong"}, Fault.OURS),
    (SIGNED, {"app_key": "wrong"}, Fault.OURS),
    ("acceptance", {"api_key": "wrong"}, Fault.OURS),
    ("identity", {"app_secret": "wrong"}, Fault.OURS),
    ("estate-licences", {"url": "http://127.0.0.1:1/v1.0"}, Fault.NETWORK),
    ("acceptance", {"url": "http://name.invalid:80/acceptance"}, Fault.NETWORK),
]


@pytest.mark.parametrize(
    ("code", "changes", "fault"),
    WRONG_SETTINGS,
    ids=[f"{code}-{'-'.join(changes)}" for code, changes, _ in WRONG_SETTINGS],
)
async def test_a_wrong_setting_is_down_from_the_start_with_its_culprit(
    site: Site, code: str, changes: dict[str, str], fault: Fault
) -> None:
    begun = site.clock.monotonic()
    system, told = await site.probe(site.deployed(code, **changes))
    await told.until(system.health, lambda now: now is DOWN)
    assert site.clock.monotonic() - begun <= 10
    health = system.health.health()
    assert health.fault is fault, health.last_error
    assert "wrong" not in str(health.last_error)


async def test_a_clock_that_is_wrong_is_ours(site: Site) -> None:
    system, told = await site.probe(site.deployed("estate-licences"))
    await told.until(system.health, lambda now: now is UP)
    site.sandbox.systems["estate-licences"]._signatures._clock = _Late(site.clock)  # type: ignore[attr-defined]
    await told.until(system.health, lambda now: now is DOWN)
    assert system.health.health().fault is Fault.OURS


async def test_probes_are_told_apart_from_uses(site: Site) -> None:
    """What a system logs of a probe names the gateway's own purpose and nobody but the test subject."""
    deployed = site.deployed("city-licences")
    seen: list[bytes] = []
    library = site.sandbox.systems["city-licences"]
    handlers = library.app.routes  # type: ignore[attr-defined]
    assert handlers
    original = library._list  # type: ignore[attr-defined]

    def listening(body: dict[str, object], found: object) -> object:
        seen.append(msgspec.json.encode(body))
        return original(body, found)

    library._list = listening  # type: ignore[attr-defined]
    system, told = await site.probe(deployed)
    await told.until(system.health, lambda now: now is UP)
    body = msgspec.json.decode(seen[0])
    assert body["service_item_code"] == "health-probe"
    assert body["service_item_name"] == "系统运行状况探测"
    assert body["request_id"] == "probe-city-licences"
    assert body["operator"]["account"] == "health-probe"
    assert body["identity_number"] == body["operator"]["identity_num"] == "420102190001010005"


class _Late:
    def __init__(self, clock: SteppedClock) -> None:
        self._clock = clock

    def now(self) -> object:
        return self._clock.now().replace(year=2027)


def _count(sandbox: Sandbox, code: str) -> int:
    return sum(sandbox.calls.all().get(code, {}).values())
