"""The systems of the sandbox: one entry registers one."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec

from adapters.sandbox.acceptance.service import Acceptance
from adapters.sandbox.bus.service import DistrictLicences
from adapters.sandbox.case_report.service import CaseReport
from adapters.sandbox.cert_service.service import CertService
from adapters.sandbox.cert_share.library import CertShare
from adapters.sandbox.civil_register.service import CivilRegister
from adapters.sandbox.estate.library import EstateLibrary
from adapters.sandbox.identity.service import Identity
from adapters.sandbox.license_app.library import LicenseApp
from adapters.sandbox.system import System
from adapters.sandbox.timestamps.service import Timestamps
from adapters.sandbox.world.generate import World
from gateway.core.clock import Clock


class Entry(msgspec.Struct, frozen=True):
    """A system: its family's constructor, given code, world and clock, and the port it has by default."""

    build: Callable[[str, World, Clock], System]
    port: int


SYSTEMS: Mapping[str, Entry] = MappingProxyType(
    {
        "city-licences": Entry(LicenseApp, 9101),
        "province-licences": Entry(CertService, 9102),
        "shared-licences": Entry(CertShare, 9103),
        "estate-licences": Entry(EstateLibrary, 9104),
        "civil-register": Entry(CivilRegister, 9105),
        "acceptance": Entry(Acceptance, 9106),
        "case-report": Entry(CaseReport, 9107),
        "district-licences": Entry(DistrictLicences, 9108),
        "identity": Entry(Identity, 9109),
        "timestamps": Entry(Timestamps, 9110),
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
