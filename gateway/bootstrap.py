"""The composition root: opens everything that the gateway needs, yields it, and closes it in reverse."""

import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import structlog

from adapters.kit.registry import Registry, registry
from certs.id_sealer import KEY_BYTES, AesSivIdSealer
from certs.tokens import DEVELOPMENT_ISSUER, JwksVerifier
from gateway.core.clock import Clock
from gateway.core.defects import trace
from gateway.core.errors import ConfigurationInvalid
from gateway.core.identifiers.region import RegionTable
from gateway.core.identifiers.regions_42 import ROWS
from gateway.services.fetch_licence import FetchLicence
from gateway.services.fetch_licences import FetchLicences
from gateway.services.licence_ids import LicenceIds
from gateway.services.list_licence_types import ListLicenceTypes
from gateway.services.list_systems import ListSystems
from gateway.services.open_use import OpenUse
from gateway.settings import Mode, Settings
from gateway.store.deployment import load_deployment
from gateway.store.licence_types import LicenceTypes
from gateway.store.memory_uses import MemoryUses
from gateway.web.app import Application, build_app
from gateway.web.graphql import GraphQLEndpoint
from schema.build import build_schema
from schema.context import UseCases
from schema.execution.executor import Executor

_log = structlog.get_logger("systems")


class Running(msgspec.Struct, frozen=True):
    """A gateway that is up: its ASGI application and its systems."""

    app: Application
    registry: Registry


@asynccontextmanager
async def running(settings: Settings, clock: Clock) -> AsyncIterator[Running]:
    """The gateway that ``settings`` describe, until the block ends.

    Raises:
        ConfigurationInvalid: a setting or a file that it names is missing or wrong.
    """
    verifier = _verifier(settings, clock)
    ids = LicenceIds(AesSivIdSealer(_read_id_key(settings)))
    types = LicenceTypes.load(settings.licence_types)
    deployed = load_deployment(_needed(settings.systems, "YIWANG_SYSTEMS"))
    uses = MemoryUses(clock, settings.use_lifetime.total_seconds())
    async with registry(deployed, clock) as systems:
        use_cases = UseCases(
            open_use=OpenUse(uses, clock, settings.use_lifetime),
            fetch_licences=FetchLicences(systems, uses, ids, RegionTable(ROWS), clock, report_defect),
            fetch_licence=FetchLicence(systems, uses, ids, clock, report_defect),
            list_licence_types=ListLicenceTypes(types),
            list_systems=ListSystems(systems),
        )
        executor = Executor(build_schema(), use_cases)
        endpoint = GraphQLEndpoint(
            executor, verifier, clock, deadline_ms=settings.deadline_ms, body_bytes=settings.body_bytes
        )
        yield Running(build_app(endpoint, dict), systems)


def report_defect(system: str, error: BaseException) -> None:
    """Log that the gateway broke while it asked ``system``: where, and never with what."""
    _log.error("system.defect", system=system, trace=trace(error))


def _verifier(settings: Settings, clock: Clock) -> JwksVerifier:
    file = _needed(settings.jwks, "YIWANG_JWKS")
    if not settings.issuer:
        raise ConfigurationInvalid("YIWANG_ISSUER is not set", "name the issuer of access tokens")
    if settings.mode is Mode.PRODUCTION and settings.issuer == DEVELOPMENT_ISSUER:
        raise ConfigurationInvalid(
            "production refuses development tokens", "name a real issuer, or set YIWANG_MODE=development"
        )
    try:
        return JwksVerifier(file.read_bytes(), settings.issuer, clock)
    except OSError as error:
        raise ConfigurationInvalid(f"{file} cannot be read: {error.strerror}", "set YIWANG_JWKS") from error


def _read_id_key(settings: Settings) -> bytes:
    file = _needed(settings.id_key, "YIWANG_ID_KEY")
    try:
        key = file.read_bytes()
        shared = file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    except OSError as error:
        raise ConfigurationInvalid(f"{file} cannot be read: {error.strerror}", "set YIWANG_ID_KEY") from error
    if shared:
        raise ConfigurationInvalid(f"{file} holds a key and is open to others", f"chmod 600 {file}")
    if len(key) != KEY_BYTES:
        raise ConfigurationInvalid(f"{file} does not hold {KEY_BYTES} bytes", "make one with `yiwang keys id`")
    return key


def _needed(file: Path | None, variable: str) -> Path:
    if file is None:
        raise ConfigurationInvalid(f"{variable} is not set", "see docs/reference/settings.md")
    return file
