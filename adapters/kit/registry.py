"""The open systems of this process, as directories for the use cases."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from adapters.kit.opening import OpenSystem, opened
from gateway.core.clock import Clock
from gateway.core.identifiers import region
from gateway.core.ports import AssignedSource, CaseSystem, IdentityProvider, NationalCrypto
from gateway.core.system import DeployedSystem, SystemView

_LICENCE_SOURCE, _CASE_SYSTEM, _IDENTITY = "LicenceSource", "CaseSystem", "IdentityProvider"


class Registry:
    """A LicenceDirectory, CaseDirectory and SystemDirectory over systems that were opened at start."""

    def __init__(self, systems: Iterable[OpenSystem]) -> None:
        self._systems = tuple(sorted(systems, key=lambda system: system.deployed.code))
        ranked = sorted(self._systems, key=lambda system: (system.deployed.assignment.authority, system.deployed.code))
        self._cases = tuple(
            (system.cases, system.deployed.assignment.regions)
            for system in ranked
            if system.cases is not None and _CASE_SYSTEM in system.deployed.assignment.ports
        )
        self._identities = tuple(
            system.identity
            for system in ranked
            if system.identity is not None and _IDENTITY in system.deployed.assignment.ports
        )
        self._sources = tuple(
            AssignedSource(system.source, system.deployed.assignment, frozenset(system.manifest.offers.holder_types))
            for system in ranked
            if system.source is not None
            and system.manifest is not None
            and _LICENCE_SOURCE in system.deployed.assignment.ports
        )

    def licence_sources(self, region_code: str | None) -> Sequence[AssignedSource]:
        """Systems assigned for the region (all of them for None), in order of authority."""
        if region_code is None:
            return self._sources
        return [source for source in self._sources if region.serves(source.assignment.regions, region_code)]

    def case_systems(self, region_code: str | None) -> Sequence[CaseSystem]:
        """Case systems assigned for the region (all of them for None), in order of authority."""
        return [cases for cases, regions in self._cases if region_code is None or region.serves(regions, region_code)]

    def identity_providers(self) -> Sequence[IdentityProvider]:
        """Systems assigned to say who people are, in order of authority."""
        return self._identities

    def systems(self) -> Sequence[SystemView]:
        """All systems, ordered by code; one that could not be opened is DOWN."""
        return [_view(system) for system in self._systems]


@asynccontextmanager
async def registry(
    deployed: Sequence[DeployedSystem], clock: Clock, crypto: NationalCrypto | None = None
) -> AsyncIterator[Registry]:
    """The registry of these systems, opened side by side, closed in reverse when the block ends."""
    async with AsyncExitStack() as stack:
        systems = await asyncio.gather(
            *(stack.enter_async_context(opened(system, clock, crypto)) for system in deployed)
        )
        yield Registry(systems)


def _view(system: OpenSystem) -> SystemView:
    health = system.health.health()
    manifest = system.manifest
    assignment = system.deployed.assignment
    return SystemView(
        code=system.deployed.code,
        title_zh=manifest.system.title.zh if manifest else system.deployed.code,
        title_en=manifest.system.title.en if manifest else system.deployed.code,
        level=manifest.system.level if manifest else "unknown",
        regions=assignment.regions,
        state=health.state,
        health=health,
        active_version=1 if manifest else None,
        serves=tuple(sorted(assignment.ports)),
    )
