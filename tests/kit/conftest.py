"""The kit against the running sandbox: real sockets, real manifests, a stepped clock on both sides."""

import re
import shutil
from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import adapters.systems
from adapters.kit.opening import OpenSystem, opened
from adapters.sandbox.running import Sandbox, running_sandbox
from adapters.sandbox.world.generate import World, generate
from gateway.core.call import Call
from gateway.core.caller import Application, Caller, Person, Role
from gateway.core.clock import Deadline
from gateway.core.system import Assignment, DeployedSystem
from gateway.core.use import Use, UseBasis
from gateway.store.deployment import SystemSettings
from tests.sandbox.callers import SteppedClock

MANIFESTS = Path(adapters.systems.__path__[0])
TODAY = date(2026, 3, 2)
Deploy = Callable[..., DeployedSystem]


@pytest.fixture(scope="session")
def world() -> World:
    return generate(7, TODAY, size=500)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
async def sandbox(world: World, clock: SteppedClock) -> AsyncIterator[Sandbox]:
    async with running_sandbox(world, clock=clock) as running:
        yield running


def unhurried(code: str, into: Path, probe: str = "deadline: 60s, slow: 30s") -> Path:
    """The folder of a system that has a minute for an answer: the machine may be slow, and the sandbox never is.

    Args:
        code: of the system.
        into: where its folder is made.
        probe: the limits of its probe.
    """
    folder = into / code
    shutil.copytree(MANIFESTS / code, folder, dirs_exist_ok=True)
    manifest = folder / "manifest.yaml"
    text, probes = re.subn("deadline: 2s, slow: 800ms", probe, manifest.read_text("utf-8"))
    text, limits = re.subn(r"limits: \{deadline: \d+s", "limits: {deadline: 60s", text)
    assert (probes, limits) == (1, 1)
    manifest.write_text(text, "utf-8")
    return folder


@pytest.fixture
def deploy(sandbox: Sandbox, tmp_path: Path) -> Deploy:
    """Describes one of the sandbox's systems as operations would, with changes to its settings or hosts."""

    def make(code: str, hosts: tuple[str, ...] | None = None, **changes: str | None) -> DeployedSystem:
        settings = {**sandbox.settings()[code], **{name.replace("_", "-"): value for name, value in changes.items()}}
        filled = {name: value for name, value in settings.items() if value is not None}
        host = urlsplit(sandbox.settings()[code]["url"]).netloc
        return DeployedSystem(
            folder=unhurried(code, tmp_path),
            hosts=hosts if hosts is not None else (host,),
            assignment=Assignment(
                ports=frozenset({"LicenceSource"}), regions=("420000",), types=("*",), issuers=("*",)
            ),
            secrets=SystemSettings(code, filled),
        )

    return make


@pytest.fixture
async def city(deploy: Deploy, clock: SteppedClock) -> AsyncIterator[OpenSystem]:
    async with opened(deploy("city-licences"), clock) as system:
        yield system


@pytest.fixture
async def province(deploy: Deploy, clock: SteppedClock) -> AsyncIterator[OpenSystem]:
    async with opened(deploy("province-licences"), clock) as system:
        yield system


@pytest.fixture
def call(world: World, clock: SteppedClock) -> Call:
    """An officer's call under a statutory use, with a minute to go."""
    officer = world.officer
    person = Person(
        subject="officer",
        role=Role.OFFICER,
        name=officer.name,
        account=officer.account,
        number=officer.number,
        body=officer.body.code,
        body_name=officer.body.name,
        post=officer.post,
        region=officer.region,
    )
    use = Use(
        id="u",
        item=world.item,
        basis=UseBasis.STATUTORY,
        expires_at=clock.now(),
        owner_application="test",
        owner_subject="officer",
        case=world.case,
        note="test",
    )
    return Call(
        request_id="r1",
        caller=Caller(Application("test", "test"), person),
        deadline=Deadline.after(60, clock),
        use=use,
    )
