"""The open systems of this process, as directories for the use cases."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime, time

from adapters.kit.opening import OpenSystem, ProbeParts, opened
from adapters.kit.probing import Probing
from adapters.kit.states import SystemStates
from gateway.core.call_record import RecordCall, ignore_call
from gateway.core.clock import CHINA, Clock
from gateway.core.expiry import Expiry, ExpiryKind
from gateway.core.health import HealthChange
from gateway.core.identifiers import region
from gateway.core.ports import AssignedSource, CaseSystem, IdentityProvider, NationalCrypto, ReportDefect
from gateway.core.seals.platform import SealPlatform
from gateway.core.sharing.exchange import ShareExchange
from gateway.core.sharing.exchange_corrections import ShareCorrections
from gateway.core.sharing.source import ShareSource
from gateway.core.system import DeployedSystem, SystemView
from gateway.core.system_notice import NoNotices, NoticeBoard

_NO_NOTICES = NoNotices()
_LICENCE_SOURCE, _CASE_SYSTEM, _IDENTITY = "LicenceSource", "CaseSystem", "IdentityProvider"
_SEALS, _SHARES, _EXCHANGES = "SealService", "ShareSource", "ShareExchange"


class Registry:
    """The directories of licences, cases, seal platforms, resources, exchanges and systems, and a HealthWatch.

    It is of what was opened at start.

    Args:
        systems: the open systems.
        states: looks after the state of each.
        clock: says which notices hold.
    """

    def __init__(self, systems: Iterable[OpenSystem], states: SystemStates, clock: Clock) -> None:
        self._states = states
        self._clock = clock
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
        self._platforms = {
            system.deployed.code: system.seals
            for system in self._systems
            if system.seals is not None and _SEALS in system.deployed.assignment.ports
        }
        self._shares = {
            system.deployed.code: system.shares
            for system in self._systems
            if system.shares is not None and _SHARES in system.deployed.assignment.ports
        }
        self._exchanges = {
            system.deployed.code: system.exchange
            for system in self._systems
            if system.exchange is not None and _EXCHANGES in system.deployed.assignment.ports
        }
        self._corrections = {
            system.deployed.code: system.corrections
            for system in self._systems
            if system.corrections is not None and _EXCHANGES in system.deployed.assignment.ports
        }
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

    def seal_platform(self, system: str) -> SealPlatform | None:
        """The seal platform of this code, if it is one and assigned as one."""
        return self._platforms.get(system)

    def share_source(self, system: str) -> ShareSource | None:
        """The system of this code, if it answers for resources and is assigned to."""
        return self._shares.get(system)

    def share_exchange(self, system: str) -> ShareExchange | None:
        """The exchange of this code, if it is one and assigned as one."""
        return self._exchanges.get(system)

    def share_corrections(self, system: str) -> ShareCorrections | None:
        """Where the exchange of this code takes disputes, if it takes any and is assigned as an exchange."""
        return self._corrections.get(system)

    def systems(self) -> Sequence[SystemView]:
        """All systems, ordered by code; one that could not be opened is DOWN."""
        return [self._view(system) for system in self._systems]

    def watch(self) -> AbstractAsyncContextManager[AsyncIterator[HealthChange]]:
        """Changes of health as they happen: see HealthWatch."""
        return self._states.watch()

    def noticed(self, code: str) -> None:
        """Notices of the system have changed, or one has begun or ended."""
        self._states.noticed(code)

    async def expiries(self) -> Sequence[Expiry]:
        """Which secrets of systems end when, as the deployment says, and which certificates, as their hosts showed."""
        return [expiry for system in self._systems for expiry in (*_secrets(system), *_certificates(system))]

    def _view(self, system: OpenSystem) -> SystemView:
        code = system.deployed.code
        health = self._states.health(code)
        manifest = system.manifest
        assignment = system.deployed.assignment
        notices = self._states.notices(code)
        now = self._clock.now()
        return SystemView(
            code=code,
            title_zh=manifest.system.title.zh if manifest else code,
            title_en=manifest.system.title.en if manifest else code,
            level=manifest.system.level if manifest else "unknown",
            regions=assignment.regions,
            state=health.state,
            health=health,
            active_version=1 if manifest else None,
            serves=tuple(sorted(assignment.ports)),
            owner=manifest.system.owner.credit_code if manifest else None,
            operations=tuple(manifest.operations) if manifest else (),
            closure=notices.current(now),
            maintenance=notices.planned(now),
            notice_version=notices.version,
        )


@asynccontextmanager
async def registry(
    deployed: Sequence[DeployedSystem],
    clock: Clock,
    crypto: NationalCrypto | None = None,
    record_call: RecordCall = ignore_call,
    *,
    board: NoticeBoard = _NO_NOTICES,
    report_defect: ReportDefect | None = None,
) -> AsyncIterator[Registry]:
    """The registry of these systems, opened side by side, closed in reverse when the block ends.

    Args:
        deployed: what to open.
        clock: gives deadlines, moments and intervals.
        crypto: computes SM2, SM3 and SM4.
        record_call: takes the operational record of all calls.
        board: has the notices because of which a system is not asked.
        report_defect: is told of probes that break; without it no system is probed.
    """
    states = SystemStates(clock, board)
    async with AsyncExitStack() as stack:
        systems = await asyncio.gather(
            *(
                stack.enter_async_context(
                    opened(system, clock, crypto, record_call=record_call, board=board, tell=states.judged)
                )
                for system in deployed
            )
        )
        for system in systems:
            states.add(system.deployed.code, system.health)
            if report_defect is not None and system.probe is not None:
                await stack.enter_async_context(_probed(system, system.probe, clock, report_defect))
        yield Registry(systems, states, clock)


@asynccontextmanager
async def _probed(
    system: OpenSystem, probe: ProbeParts, clock: Clock, report_defect: ReportDefect
) -> AsyncIterator[None]:
    """A system that is probed until the block ends."""
    probing = Probing(
        probe.plan,
        ask=probe.ask,
        health=system.health,
        is_closed=lambda: system.door.notice is not None,
        clock=clock,
        report_defect=report_defect,
    )
    task = asyncio.create_task(probing.run(), name=f"probe {probe.plan.system}")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def _secrets(system: OpenSystem) -> Iterator[Expiry]:
    for name, day in system.deployed.expires.items():
        ends = datetime.combine(day, time(), CHINA)
        yield Expiry(kind=ExpiryKind.SYSTEM_SECRET, name=name, system=system.deployed.code, expires_at=ends)


def _certificates(system: OpenSystem) -> Iterator[Expiry]:
    for place, ends in system.certificates().items():
        yield Expiry(kind=ExpiryKind.SYSTEM_CERTIFICATE, name=place, system=system.deployed.code, expires_at=ends)
