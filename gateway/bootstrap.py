"""The composition root: opens everything that the gateway needs, yields it, and closes it in reverse."""

import asyncio
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import msgspec
import structlog

from adapters.kit.http import HttpDocuments
from adapters.kit.registry import Registry, registry
from certs.id_sealer import KEY_BYTES, AesSivIdSealer
from certs.national import SmCrypto
from certs.tokens import KEY_SET_LIMIT, ApplicationCertificates, IssuerTokens, Keyring, ReadKeySet, TrustedCallers
from gateway.core.clock import Clock
from gateway.core.defects import trace
from gateway.core.errors import ConfigurationInvalid
from gateway.core.identifiers.region import RegionTable
from gateway.core.identifiers.regions_42 import ROWS
from gateway.core.issuers import TrustedIssuer
from gateway.services.fetch_licence import FetchLicence
from gateway.services.fetch_licences import FetchLicences
from gateway.services.licence_ids import LicenceIds
from gateway.services.list_licence_types import ListLicenceTypes
from gateway.services.list_systems import ListSystems
from gateway.services.live_use import LiveUse
from gateway.services.open_use import OpenUse, Proofs
from gateway.services.permitting import Permits
from gateway.services.pre_applications import PreApplications
from gateway.services.present_licence import PresentLicence
from gateway.services.proofs.case import ProveCase, ProvePreApplication
from gateway.services.proofs.holder import ProveHolder
from gateway.services.proofs.mandate import ProveMandate
from gateway.services.proofs.presentation import ProvePresentation
from gateway.services.record_mandate import RecordMandate
from gateway.settings import Mode, Settings
from gateway.store.deployment import load_deployment
from gateway.store.issuers import load_trust
from gateway.store.licence_types import LicenceTypes
from gateway.store.memory_records import MemoryMandates, MemoryPreApplications, MemoryPresentations
from gateway.store.memory_uses import MemoryUses
from gateway.store.rule_book import FileRules, load_rule_book
from gateway.web.app import Application, build_app
from gateway.web.evidence import TrustedProxies
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
    ids = LicenceIds(AesSivIdSealer(_read_id_key(settings)))
    types = LicenceTypes.load(settings.licence_types)
    deployed = load_deployment(_needed(settings.systems, "YIWANG_SYSTEMS"))
    rules = FileRules(load_rule_book(_needed(settings.rules, "YIWANG_RULES")))
    async with _callers(settings, clock) as (verifier, can_prove), registry(deployed, clock, SmCrypto()) as systems:
        use_cases = _use_cases(settings, systems, rules, ids, types, clock)
        executor = Executor(build_schema(), use_cases)
        endpoint = GraphQLEndpoint(
            executor,
            verifier,
            clock,
            deadline_ms=settings.deadline_ms,
            body_bytes=settings.body_bytes,
            proxies=_proxies(settings),
        )
        yield Running(build_app(endpoint, lambda: _missing(can_prove())), systems)


def _use_cases(
    settings: Settings, systems: Registry, rules: FileRules, ids: LicenceIds, types: LicenceTypes, clock: Clock
) -> UseCases:
    uses = MemoryUses(clock, settings.use_lifetime.total_seconds())
    mandates, presentations, applications = MemoryMandates(), MemoryPresentations(), MemoryPreApplications()
    permits = Permits(rules, clock)
    cases = ProveCase(systems, rules, clock, report_defect)
    by_mandate = ProveMandate(mandates, clock)
    by_application = ProvePreApplication(applications, cases, clock)
    live = LiveUse(uses, cases, by_application, by_mandate, clock)
    proofs = Proofs(
        holder=ProveHolder(next(iter(systems.identity_providers()), None)),
        mandate=by_mandate,
        presentation=ProvePresentation(presentations, clock),
        case=cases,
        application=by_application,
    )
    fetch_licence = FetchLicence(systems, live, permits, ids, clock, report_defect)
    return UseCases(
        open_use=OpenUse(uses, proofs, permits, clock, settings.use_lifetime),
        fetch_licences=FetchLicences(systems, live, permits, ids, RegionTable(ROWS), clock, report_defect),
        fetch_licence=fetch_licence,
        present_licence=PresentLicence(fetch_licence, presentations, live, ids, clock),
        mandates=RecordMandate(mandates, clock),
        pre_applications=PreApplications(applications, cases, rules, clock),
        list_licence_types=ListLicenceTypes(types),
        list_systems=ListSystems(systems),
    )


def _missing(can_prove: bool) -> dict[str, str]:  # noqa: FBT001 - one answer in, one table out
    return {} if can_prove else {"issuers": "no issuer's keys could be read yet"}


def report_defect(system: str, error: BaseException) -> None:
    """Log that the gateway broke while it asked ``system``: where, and never with what."""
    _log.error("system.defect", system=system, trace=trace(error))


@asynccontextmanager
async def _callers(settings: Settings, clock: Clock) -> AsyncIterator[tuple[TrustedCallers, Callable[[], bool]]]:
    """Who proves callers, and whether it can prove anybody yet."""
    trust = load_trust(_needed(settings.issuers, "YIWANG_ISSUERS"), settings.mode)
    async with AsyncExitStack() as stack:
        tokens = []
        for issuer in trust.issuers:
            read = await _key_reader(issuer, clock, stack)
            keyring = Keyring(read, clock, partial(_report_keys, issuer.issuer))
            stack.push_async_callback(keyring.aclose)
            await keyring.read()
            if keyring.trouble is not None and issuer.jwks_file is not None:
                raise ConfigurationInvalid(
                    f"{issuer.jwks_file} gives no keys: {keyring.trouble}", "give the issuer's JWKS document"
                )
            tokens.append(IssuerTokens(issuer, keyring, clock))
        certificates = ApplicationCertificates(trust.applications, clock)
        verifier = TrustedCallers(tokens, certificates, production=settings.mode is Mode.PRODUCTION)
        yield verifier, lambda: bool(trust.applications) or any(one.keyring.is_usable for one in tokens)


async def _key_reader(issuer: TrustedIssuer, clock: Clock, stack: AsyncExitStack) -> ReadKeySet:
    if issuer.jwks_url is None:
        file = issuer.jwks_file
        assert file is not None
        return lambda _: asyncio.to_thread(_read_bounded, file)
    url = issuer.jwks_url
    documents = HttpDocuments(url, clock, issuer.jwks_ca)
    stack.push_async_callback(documents.aclose)
    return lambda deadline: documents.fetch(url, KEY_SET_LIMIT, deadline)


def _read_bounded(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(KEY_SET_LIMIT)


def _report_keys(issuer: str, trouble: str | None) -> None:
    if trouble is None:
        _log.info("issuer.keys.read", issuer=issuer)
    else:
        _log.error("issuer.keys.unread", issuer=issuer, reason=trouble)


def _proxies(settings: Settings) -> TrustedProxies | None:
    header = settings.proxy_client_certificate_header
    return TrustedProxies(header.lower(), settings.proxy_networks) if header else None


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
