from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from adapters.kit.opening import OpenSystem, opened
from adapters.kit.registry import registry
from adapters.sandbox.world.generate import World
from gateway.core.call import Call
from gateway.core.licence import KEY_FIELDS, Holder, LicenceQuery
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import Answer
from gateway.core.system import DeployedSystem, SystemState
from tests.sandbox.callers import SteppedClock

Deploy = Callable[..., DeployedSystem]


async def first_error(deployed: DeployedSystem, clock: SteppedClock) -> str:
    async with opened(deployed, clock) as system:
        assert system.source is None
        health = system.health.health()
        assert (health.state, health.fault) == (SystemState.DOWN, Fault.OURS)
        assert health.last_error
        return health.last_error


async def test_a_missing_address_is_found_at_opening(deploy: Deploy, clock: SteppedClock) -> None:
    assert "not filled: city-licences/url" in await first_error(deploy("city-licences", url=None), clock)


async def test_an_address_off_the_allow_list_is_found_at_opening(deploy: Deploy, clock: SteppedClock) -> None:
    error = await first_error(deploy("city-licences", hosts=("127.0.0.1:1",)), clock)
    assert "allow" in error


async def test_a_manifest_with_findings_opens_nothing(deploy: Deploy, clock: SteppedClock, tmp_path: Path) -> None:
    folder = tmp_path / "unsound"
    folder.mkdir()
    (folder / "manifest.yaml").write_text("manifest: 2\n")
    deployed = msgspec.structs.replace(deploy("city-licences"), folder=folder)
    assert "yiwang system check" in await first_error(deployed, clock)


async def test_missing_secrets_are_found_at_opening_all_at_once(deploy: Deploy, clock: SteppedClock) -> None:
    error = await first_error(deploy("city-licences", app_secret=None, password=None), clock)
    assert "city-licences/app-secret, city-licences/password" in error


@pytest.mark.parametrize("code", ["city-licences", "province-licences"])
async def test_a_wrong_password_is_our_fault_and_is_not_shown(
    code: str, deploy: Deploy, clock: SteppedClock, world: World, call: Call
) -> None:
    async with opened(deploy(code, password="canary-password"), clock) as system:
        answer = await listed(system, world, call)
    assert (answer.outcome, answer.fault) == (Outcome.DENIED, Fault.OURS)
    assert "canary" not in f"{answer.notice}{answer.message}{system.health.health().last_error}"


async def listed(system: OpenSystem, world: World, call: Call) -> Answer:
    assert system.source is not None
    holder = world.holder
    return await system.source.list(
        LicenceQuery(holder=Holder(holder.type, holder.number, holder.name)), KEY_FIELDS, call
    )


@pytest.fixture
def both(deploy: Deploy) -> tuple[DeployedSystem, DeployedSystem]:
    city = deploy("city-licences")
    city = msgspec.structs.replace(
        city, assignment=msgspec.structs.replace(city.assignment, regions=("420100",), authority=20)
    )
    province = deploy("province-licences")
    return city, msgspec.structs.replace(
        province, assignment=msgspec.structs.replace(province.assignment, authority=10)
    )


async def test_the_registry_routes_by_region_in_order_of_authority(
    both: tuple[DeployedSystem, DeployedSystem], clock: SteppedClock
) -> None:
    async with registry(both, clock) as systems:
        asked = {
            region: [source.source.system for source in systems.licence_sources(region)]
            for region in (None, "420000", "420106", "420500", "110000")
        }
    everyone = ["province-licences", "city-licences"]
    assert asked == {
        None: everyone,
        "420000": everyone,
        "420106": everyone,
        "420500": ["province-licences"],
        "110000": [],
    }


async def test_a_broken_system_stays_in_the_directory_and_harms_nobody(
    deploy: Deploy, both: tuple[DeployedSystem, DeployedSystem], clock: SteppedClock
) -> None:
    async with registry([both[1], deploy("city-licences", url=None)], clock) as systems:
        assert [source.source.system for source in systems.licence_sources(None)] == ["province-licences"]
        states = {view.code: (view.state, view.active_version) for view in systems.systems()}
    assert states == {"city-licences": (SystemState.DOWN, None), "province-licences": (SystemState.UNKNOWN, 1)}


async def test_without_an_assigned_port_a_system_is_asked_nothing(deploy: Deploy, clock: SteppedClock) -> None:
    city = deploy("city-licences")
    city = msgspec.structs.replace(city, assignment=msgspec.structs.replace(city.assignment, ports=frozenset()))
    async with registry([city], clock) as systems:
        assert systems.licence_sources(None) == ()
