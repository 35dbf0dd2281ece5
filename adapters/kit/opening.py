"""Opening a system: check → build → open. What fails here marks one system down and harms nobody else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from adapters.kit.auth.credential import AuthStyle
from adapters.kit.auth.session import SessionStyle
from adapters.kit.auth.static import NoAuth, StaticAuth
from adapters.kit.exchange import EXPIRED, BoundOperation, Exchange
from adapters.kit.health import HealthRecorder
from adapters.kit.http import Connections, HostAllowList, HttpClient
from adapters.kit.manifest.check import check
from adapters.kit.manifest.model import Manifest
from adapters.kit.manifest.outline import DescriptionInvalid
from adapters.kit.mapping import Scope
from adapters.kit.settings import read_setting
from adapters.kit.soap import describe, load_description
from adapters.kit.source import ManifestLicenceSource, SystemOperations
from adapters.kit.wire import RestWire, SoapWire, Wire
from gateway.core.call import Call
from gateway.core.caller import Application, Caller
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import SystemFailure, YiwangError
from gateway.core.outcome import Fault, Outcome
from gateway.core.system import DeployedSystem

_TOKEN = "token"  # noqa: S105 - the name of an extra value, not a token
_LIST, _GET = "LicenceSource.list", "LicenceSource.get"


class OpenSystem(msgspec.Struct, frozen=True):
    """A system after opening: without a source if that failed, and its health says why."""

    deployed: DeployedSystem
    health: HealthRecorder
    manifest: Manifest | None = None
    source: ManifestLicenceSource | None = None


class ManifestUnsound(YiwangError):
    """A manifest with findings; they are in the report of ``yiwang system check``."""

    def __init__(self, code: str, findings: int) -> None:
        super().__init__(f"the manifest of {code} has {findings} findings; `yiwang system check` lists them")


@asynccontextmanager
async def opened(deployed: DeployedSystem, clock: Clock) -> AsyncIterator[OpenSystem]:
    """The system, open until the block ends; it never fails for what is wrong with the system itself."""
    health = HealthRecorder(clock)
    try:
        manifest, wire, transport = await _build(deployed, clock)
    except (YiwangError, DescriptionInvalid) as error:
        health.fail(str(error), Fault.OURS)
        yield OpenSystem(deployed, health)
        return
    exchange = Exchange(manifest, wire, transport, clock)
    operations = _bind(manifest)
    auth = _auth(manifest, operations, exchange, deployed, clock)
    try:
        yield OpenSystem(
            deployed,
            health,
            manifest,
            ManifestLicenceSource(manifest, operations, exchange, auth, deployed.secrets, health, clock),
        )
    finally:
        if isinstance(auth, SessionStyle):
            await auth.aclose()
        await transport.aclose()


async def _build(deployed: DeployedSystem, clock: Clock) -> tuple[Manifest, Wire, HttpClient]:
    report = await asyncio.to_thread(check, deployed.folder, describe)
    manifest = report.manifest
    if manifest is None:
        raise ManifestUnsound(deployed.code, len(report.findings))
    allowed = HostAllowList(deployed.hosts)
    # a missing or forbidden address is found now, not by the first caller
    allowed.verify(read_setting(deployed.secrets, manifest.protocol.endpoint.setting))
    wire: Wire
    if manifest.protocol.soap is not None:
        soap = manifest.protocol.soap
        description = await asyncio.to_thread(load_description, deployed.folder / soap.wsdl, soap)
        wire = SoapWire(manifest, description, deployed.secrets, clock)
    else:
        wire = RestWire(manifest, deployed.secrets)
    most = manifest.limits.concurrency
    return manifest, wire, HttpClient(clock=clock, allowed=allowed, connections=Connections(most=most, kept=most))


def _bind(manifest: Manifest) -> SystemOperations:
    session = manifest.auth.session
    bound: dict[str, BoundOperation] = {}
    for name, operation in manifest.operations.items():
        extras: dict[str, str] = {}
        if session is not None:
            extras[EXPIRED] = session.expired.at
            if name == session.login:
                extras[_TOKEN] = session.token
        bound[name] = BoundOperation(name, operation, manifest, extras)
    ports = {served: manifest.serving(served) for served in (_LIST, _GET)}
    listing, getting = (bound[found[0]] if (found := ports[port]) else None for port in (_LIST, _GET))
    return SystemOperations(listing, getting, bound)


def _auth(
    manifest: Manifest, operations: SystemOperations, exchange: Exchange, deployed: DeployedSystem, clock: Clock
) -> AuthStyle:
    auth = manifest.auth
    if auth.session is not None:
        login = _Login(operations.by_name[auth.session.login], exchange, deployed, clock)
        return SessionStyle(auth.session, login, manifest.limits.deadline, clock)
    style = auth.wsse or auth.basic
    return NoAuth() if style is None else StaticAuth(style, deployed.secrets)


class _Login:
    """Logs in to a system: the one call that the gateway makes for itself, on nobody's behalf."""

    def __init__(self, operation: BoundOperation, exchange: Exchange, deployed: DeployedSystem, clock: Clock) -> None:
        self._operation = operation
        self._exchange = exchange
        self._deployed = deployed
        self._clock = clock

    async def __call__(self, deadline: Deadline) -> str:
        call = Call(
            request_id=f"login-{self._deployed.code}",
            caller=Caller(Application("yiwang", "Yiwang")),
            deadline=deadline,
        )
        scope = Scope(call=call, secrets=self._deployed.secrets, now=self._clock.now())
        reading = await self._exchange.perform(self._operation, scope, frozenset(), NoAuth(), deadline)
        token = reading.extras[_TOKEN]
        if reading.accepted is False or not token:
            raise SystemFailure(
                Outcome.DENIED,
                Fault.OURS,
                "the login was refused: check the system's account settings",
                code=reading.code,
                message=reading.message,
            )
        return token
