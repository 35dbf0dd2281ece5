"""Opening a system: check → build → open. What fails here marks one system down and harms nobody else."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

import msgspec

from adapters.kit.asking import Asking
from adapters.kit.auth.session import Granted, SessionKeeper
from adapters.kit.auth.signature import RandomBytes
from adapters.kit.auth.style import TOKEN, SystemAuth, compile_auth
from adapters.kit.cases import ManifestCaseSystem
from adapters.kit.closing import (
    ClosableCases,
    ClosableIdentity,
    ClosableSealPlatform,
    ClosableShareCorrections,
    ClosableShareExchange,
    ClosableShareSource,
    ClosableSource,
    Door,
)
from adapters.kit.details import Details
from adapters.kit.exchange import EXPIRED, BoundOperation, Exchange
from adapters.kit.exchange_corrections import ManifestShareCorrections
from adapters.kit.exchanges import ManifestShareExchange
from adapters.kit.fetching import FileFetcher
from adapters.kit.health import HealthRecorder, TellChange
from adapters.kit.http import Connections, HostAllowList, HttpClient
from adapters.kit.identities import ManifestIdentityProvider
from adapters.kit.manifest.check import check
from adapters.kit.manifest.model import Manifest
from adapters.kit.manifest.outline import DescriptionInvalid
from adapters.kit.manifest.settings import setting_names
from adapters.kit.mapping import Keys, Scope
from adapters.kit.probe_calls import ProbeCall
from adapters.kit.probing import ProbePlan
from adapters.kit.seals import ManifestSealPlatform
from adapters.kit.settings import read_setting
from adapters.kit.shares import ManifestShareSource
from adapters.kit.soap import describe, load_description
from adapters.kit.source import ManifestLicenceSource, SourceOperations
from adapters.kit.wire import RestWire, SoapWire, Wire
from gateway.core.call import Call
from gateway.core.call_record import RecordCall, ignore_call
from gateway.core.caller import Application, Caller
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import ConfigurationInvalid, SystemFailure, YiwangError
from gateway.core.health import HealthChange
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import CaseSystem, IdentityProvider, LicenceSource, NationalCrypto
from gateway.core.seals.platform import SealPlatform
from gateway.core.sharing.exchange import ShareExchange
from gateway.core.sharing.exchange_corrections import ShareCorrections
from gateway.core.sharing.source import ShareSource
from gateway.core.system import DeployedSystem
from gateway.core.system_notice import NoNotices, NoticeBoard

_SECRET = "secret."  # noqa: S105 - what names of extra values begin with, not a secret
_EXPIRES_IN = "expiresIn"
_Operations = Mapping[str, BoundOperation]
_NO_NOTICES = NoNotices()


def _say_nothing(change: HealthChange) -> None:
    """The TellChange of a gateway whose systems nobody watches."""


class ProbeParts(msgspec.Struct, frozen=True):
    """How a system is probed, and the call that does it."""

    plan: ProbePlan
    ask: ProbeCall


class OpenSystem(msgspec.Struct, frozen=True):
    """A system after opening: with nothing to ask if that failed, and its health says why.

    ``cases``, ``identity``, ``seals``, ``shares``, ``exchange``, ``corrections`` and ``probe`` are there if the
    manifest has them; ``door`` says whether it may be asked, ``certificates`` until when those of its hosts are in
    force.
    """

    deployed: DeployedSystem
    health: HealthRecorder
    door: Door
    manifest: Manifest | None = None
    source: LicenceSource | None = None
    cases: CaseSystem | None = None
    identity: IdentityProvider | None = None
    seals: SealPlatform | None = None
    shares: ShareSource | None = None
    exchange: ShareExchange | None = None
    corrections: ShareCorrections | None = None
    probe: ProbeParts | None = None
    certificates: Callable[[], Mapping[str, datetime]] = dict


class ManifestUnsound(YiwangError):
    """A manifest with findings; they are in the report of ``yiwang system check``."""

    def __init__(self, code: str, findings: int) -> None:
        counted = "1 finding" if findings == 1 else f"{findings} findings"
        super().__init__(f"the manifest of {code} has {counted}; `yiwang system check` tells")


@asynccontextmanager
async def opened(
    deployed: DeployedSystem,
    clock: Clock,
    crypto: NationalCrypto | None = None,
    random_bytes: RandomBytes = secrets.token_bytes,
    record_call: RecordCall = ignore_call,
    *,
    board: NoticeBoard = _NO_NOTICES,
    tell: TellChange = _say_nothing,
) -> AsyncIterator[OpenSystem]:
    """The system, open until the block ends; it never fails for what is wrong with the system itself.

    Args:
        deployed: what to open.
        clock: gives deadlines, ages of sessions and the moments that are signed.
        crypto: computes SM2, SM3 and SM4; without it, calls that need them fail.
        random_bytes: where nonces come from.
        record_call: takes the operational record.
        board: has the notices because of which it is not asked.
        tell: is told of every change of its judged health.
    """
    door = Door(deployed.code, board, clock)
    try:
        manifest, wire, transport = await _build(deployed, clock)
    except (YiwangError, DescriptionInvalid) as error:
        health = HealthRecorder(deployed.code, clock, tell=tell)
        health.fail(str(error), Fault.OURS)
        yield OpenSystem(deployed, health, door)
        return
    health = HealthRecorder(deployed.code, clock, manifest.slow, tell)
    exchange = Exchange(manifest, wire, transport, clock, crypto, record_call)
    operations = _bind(manifest, Keys(crypto, deployed.secrets))
    auth = _auth(manifest, operations, exchange, deployed, clock, random_bytes)
    asking = Asking(manifest, exchange, auth, deployed.secrets, health, clock)
    try:
        probe = _probe(manifest, operations, exchange, auth, deployed, clock)
        system = OpenSystem(deployed, health, door, manifest, probe=probe, certificates=transport.certificates)
        yield _offering(system, manifest, asking, operations)
    finally:
        await auth.aclose()
        await transport.aclose()


def _offering(system: OpenSystem, manifest: Manifest, asking: Asking, operations: _Operations) -> OpenSystem:
    """The system with what its manifest serves."""

    def serving(port: str) -> BoundOperation | None:
        found = manifest.serving(port)
        return None if found is None else operations[found[0]]

    door = system.door
    source = ManifestLicenceSource(
        asking,
        SourceOperations(
            list=serving("LicenceSource.list"), get=serving("LicenceSource.get"), file=serving("LicenceSource.file")
        ),
        Details(asking, operations),
        FileFetcher(asking, operations, manifest.protocol.endpoint.setting),
    )
    status = serving("CaseSystem.status")
    cases = None if status is None else ClosableCases(ManifestCaseSystem(asking, status), door)
    scan = serving("IdentityProvider.verifyScan")
    identity = None if scan is None else ClosableIdentity(ManifestIdentityProvider(asking, scan), door)
    platform = ManifestSealPlatform.of(asking, operations)
    shares = ManifestShareSource.of(asking, operations)
    exchange = ManifestShareExchange.of(asking, operations)
    corrections = ManifestShareCorrections.of(asking, operations)
    return OpenSystem(  # not a copy with changes: what is missing behind a door is found where types are checked
        system.deployed,
        system.health,
        door,
        manifest,
        source=ClosableSource(source, door),
        cases=cases,
        identity=identity,
        seals=None if platform is None else ClosableSealPlatform(platform, door),
        shares=None if shares is None else ClosableShareSource(shares, door),
        exchange=None if exchange is None else ClosableShareExchange(exchange, door),
        corrections=None if corrections is None else ClosableShareCorrections(corrections, door),
        probe=system.probe,
        certificates=system.certificates,
    )


def _probe(
    manifest: Manifest,
    operations: _Operations,
    exchange: Exchange,
    auth: SystemAuth,
    deployed: DeployedSystem,
    clock: Clock,
) -> ProbeParts | None:
    probe = manifest.probe
    if probe is None:
        return None
    plan = ProbePlan(
        system=deployed.code, every=probe.every, expect=frozenset(Outcome(outcome) for outcome in probe.expect)
    )
    return ProbeParts(plan, ProbeCall(manifest, operations[probe.operation], exchange, auth, deployed.secrets, clock))


async def _build(deployed: DeployedSystem, clock: Clock) -> tuple[Manifest, Wire, HttpClient]:
    report = await asyncio.to_thread(check, deployed.folder, describe)
    manifest = report.manifest
    if manifest is None:
        raise ManifestUnsound(deployed.code, len(report.findings))
    try:
        allowed = HostAllowList(deployed.hosts)
    except ValueError as error:
        raise ConfigurationInvalid(f"hosts of {deployed.code}: {error}", "give host or host:port") from error
    # missing settings and a forbidden address are found now, not by the first caller
    missing = sorted(name for name in setting_names(manifest) if deployed.secrets.get(name) is None)
    if missing:
        raise ConfigurationInvalid(f"not filled: {', '.join(missing)}", "give them in the deployment file")
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


def _bind(manifest: Manifest, keys: Keys) -> _Operations:
    session = manifest.auth.session
    bound: dict[str, BoundOperation] = {}
    for name, operation in manifest.operations.items():
        extras: dict[str, str] = {}
        if session is not None and session.expired.at is not None:
            extras[EXPIRED] = session.expired.at
        if session is not None and name == session.login:
            extras |= {f"{_SECRET}{secret}": path for secret, path in session.secrets.items()}
            extras |= {TOKEN: session.token} if session.token is not None else {}
            extras |= {_EXPIRES_IN: session.expires_in} if session.expires_in is not None else {}
        bound[name] = BoundOperation(name, operation, manifest, extras, keys)
    return bound


def _auth(
    manifest: Manifest,
    operations: _Operations,
    exchange: Exchange,
    deployed: DeployedSystem,
    clock: Clock,
    random_bytes: RandomBytes,
) -> SystemAuth:
    session = manifest.auth.session
    if session is None:
        return compile_auth(manifest, None, random_bytes)
    login = _Login(operations[session.login], exchange, deployed, clock)
    keeper = SessionKeeper(session.max_age, login, manifest.limits.deadline, clock)
    login.auth = compile_auth(manifest, keeper, random_bytes)
    return login.auth


class _Login:
    """Logs in to a system: the one call that the gateway makes for itself, on nobody's behalf.

    Attributes:
        auth: how the login itself is proven; set before the first call, since it is compiled with this login in it.
    """

    auth: SystemAuth

    def __init__(self, operation: BoundOperation, exchange: Exchange, deployed: DeployedSystem, clock: Clock) -> None:
        self._operation = operation
        self._exchange = exchange
        self._deployed = deployed
        self._clock = clock

    async def __call__(self, deadline: Deadline) -> Granted:
        call = Call(
            request_id=f"login-{self._deployed.code}",
            caller=Caller(Application("yiwang", "Yiwang")),
            deadline=deadline,
        )
        scope = Scope(call=call, secrets=self._deployed.secrets, now=self._clock.now())
        reading = await self._exchange.perform(self._operation, scope, frozenset(), self.auth, deadline)
        holds = reading.extras.pop(_EXPIRES_IN, None)
        values = {name.removeprefix(_SECRET): text for name, text in reading.extras.items() if name != EXPIRED}
        if reading.accepted is False or not all(values.values()):
            raise SystemFailure(
                Outcome.DENIED,
                Fault.OURS,
                "the login was refused: check the system's account settings",
                code=reading.code,
                message=reading.message,
            )
        return Granted(
            {name: text for name, text in values.items() if text}, float(holds) if holds and holds.isdecimal() else None
        )
