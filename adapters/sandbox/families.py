"""The systems of the sandbox: one entry registers one."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import msgspec

from adapters.sandbox.acceptance.service import Acceptance
from adapters.sandbox.bus.service import DistrictLicences
from adapters.sandbox.case_report.service import CaseReport
from adapters.sandbox.cert_service.service import CertService
from adapters.sandbox.cert_share.library import CertShare
from adapters.sandbox.civil_register.service import CivilRegister
from adapters.sandbox.estate.library import EstateLibrary
from adapters.sandbox.exchange.service import ShareExchange
from adapters.sandbox.identity.service import Identity
from adapters.sandbox.license_app.library import LicenseApp
from adapters.sandbox.population.service import Population
from adapters.sandbox.sealing.bureau import SealBureau
from adapters.sandbox.sealing.district import SealDistrict
from adapters.sandbox.sealing.hub import SealHub
from adapters.sandbox.system import System
from adapters.sandbox.timestamps.service import Timestamps
from adapters.sandbox.world.generate import World
from gateway.core.clock import Clock


class Entry(msgspec.Struct, frozen=True):
    """A system: its family's constructor, given code, world, clock and a folder to keep things in; its usual port."""

    build: Callable[[str, World, Clock, Path], System]
    port: int


def _keeping_nothing(family: Callable[[str, World, Clock], System], port: int) -> Entry:
    """A system that has no use for a folder."""
    return Entry(lambda code, world, clock, _folder: family(code, world, clock), port)


SYSTEMS: Mapping[str, Entry] = MappingProxyType(
    {
        "city-licences": _keeping_nothing(LicenseApp, 9101),
        "province-licences": _keeping_nothing(CertService, 9102),
        "shared-licences": _keeping_nothing(CertShare, 9103),
        "estate-licences": _keeping_nothing(EstateLibrary, 9104),
        "civil-register": _keeping_nothing(CivilRegister, 9105),
        "acceptance": _keeping_nothing(Acceptance, 9106),
        "case-report": _keeping_nothing(CaseReport, 9107),
        "district-licences": _keeping_nothing(DistrictLicences, 9108),
        "identity": _keeping_nothing(Identity, 9109),
        "timestamps": _keeping_nothing(Timestamps, 9110),
        "seal-hub": Entry(SealHub, 9111),
        "seal-bureau": Entry(SealBureau, 9112),
        "seal-district": Entry(SealDistrict, 9113),
        "share-population": _keeping_nothing(Population, 9114),
        "share-exchange": Entry(ShareExchange, 9115),
    }
)
"""Every system by its code."""

CONTROL = "control"
"""The name of the control port among the ports."""

DEFAULT_PORTS: Mapping[str, int] = MappingProxyType(
    {CONTROL: 9100, **{code: entry.port for code, entry in SYSTEMS.items()}}
)
"""Ports by system code, and that of the control interface."""


def ports_from(base: int) -> dict[str, int]:
    """DEFAULT_PORTS moved so that the control interface listens on ``base``."""
    return {name: base + port - DEFAULT_PORTS[CONTROL] for name, port in DEFAULT_PORTS.items()}
