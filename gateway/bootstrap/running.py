"""The gateway, opened part by part and unwound in reverse."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.metadata import version

import msgspec

from adapters.kit.registry import Registry, registry
from certs.national import SmCrypto
from gateway.bootstrap.callers import Callers, open_callers
from gateway.bootstrap.exchanges import build_forwardings
from gateway.bootstrap.keys import needed, read_id_sealer, read_record_cipher
from gateway.bootstrap.records import Records, open_notices, open_records
from gateway.bootstrap.sealing import open_sealing
from gateway.bootstrap.seals import seal_endings, seal_reader
from gateway.bootstrap.share_exports import exporting
from gateway.bootstrap.shared_records import open_shared
from gateway.bootstrap.sharing import open_sharing
from gateway.bootstrap.typed_fields import open_editions
from gateway.bootstrap.use_cases import Parts, build_use_cases, report_defect
from gateway.bootstrap.watching import NamedCallers, report_expiry, views, watching
from gateway.core.clock import Clock
from gateway.core.ports import CallerVerifier
from gateway.core.telemetry import Tracer, tee
from gateway.services.closing import NoticeDesk
from gateway.services.create_upload import FileLimits
from gateway.services.licence_ids import LicenceIds
from gateway.services.receive_upload import ReceiveUpload
from gateway.services.redeem_ticket import RedeemTicket
from gateway.services.verify_caller import VerifyCaller
from gateway.services.watch_callers import WatchCallers
from gateway.services.watch_expiry import WatchExpiry
from gateway.services.watch_work import WatchWork
from gateway.settings import Settings
from gateway.store.call_records import call_recorder
from gateway.store.deployment import load_deployment
from gateway.store.licence_types import LicenceTypes
from gateway.store.rule_book import FileRules, load_rule_book
from gateway.web.app import Application, build_app
from gateway.web.callbacks import Callbacks
from gateway.web.evidence import TrustedProxies
from gateway.web.files import FileEndpoints
from gateway.web.graphql import GraphQLEndpoint
from gateway.web.metrics import Metrics
from gateway.web.ops import build_ops_app
from gateway.web.origins import Origins
from gateway.web.overload import Overload
from gateway.web.proving import Proving
from gateway.web.sse import EventStreams
from gateway.web.stopping import Stopping
from gateway.web.stream_routes import stream_routes, with_events
from gateway.web.streams import StreamLimits, Streams
from gateway.web.tracing import tracing
from gateway.web.websocket import WebSocketEndpoint
from schema.context import UseCases
from schema.execution.editions import Editions
from schema.execution.executor import Executor
from schema.execution.introspection import Introspection
from schema.execution.limits import Limits
from schema.execution.trusted_files import load_trusted_documents


class Running(msgspec.Struct, frozen=True):
    """A gateway that is up: its application and that of its ops port, its systems, and how it is stopped."""

    app: Application
    registry: Registry
    ops: Application
    stopping: Stopping


@asynccontextmanager
async def running(settings: Settings, clock: Clock) -> AsyncIterator[Running]:
    """The gateway that ``settings`` describe, until the block ends.

    Raises:
        ConfigurationInvalid: a setting or a file that it names is missing or wrong.
    """
    ids = LicenceIds(read_id_sealer(settings))
    types = LicenceTypes.load(settings.licence_types)
    deployed = load_deployment(needed(settings.systems, "YIWANG_SYSTEMS"))
    rules = FileRules(load_rule_book(needed(settings.rules, "YIWANG_RULES")))
    reader = seal_reader(settings, clock)
    metrics, overload = Metrics(clock, version=version("yiwang"), mode=settings.mode.value), Overload(clock)
    async with (
        open_callers(settings, clock) as callers,
        open_records(settings, clock, metrics) as records,
        open_notices(records.database, clock) as (notices, board),
        call_recorder(records.database, clock, timedelta(days=settings.call_days)) as recorder,
        tracing(settings.otel_endpoint, settings.otel_share, clock, version("yiwang")) as traced,
        registry(
            deployed,
            clock,
            SmCrypto(),
            tee(metrics.record_call, traced.record_call, recorder.record),
            board=board,
            report_defect=report_defect if settings.probes else None,
        ) as systems,
        watching(
            WatchExpiry(
                [*callers.ending, systems.expiries, *seal_endings(settings, records, clock)],
                systems,
                report_expiry,
                clock,
            ),
            (
                work := WatchWork(
                    records.sealings, records.tasks, build_forwardings(records, read_record_cipher(settings), clock)
                )
            ),
            metrics,
            overload,
            clock,
        ) as expiries,
        open_sealing(settings, clock, records, rules, systems) as sealing,
        open_sharing(settings, clock, records, rules, systems, callers.register) as sharing,
        open_shared(settings, clock, records) as shared,
        open_editions(sharing.resources) as editions,
    ):
        metrics.show(views(systems, rules, callers, records, recorder, expiries, work))
        board.on_change = systems.noticed
        parts = Parts(
            systems=systems,
            rules=rules,
            ids=ids,
            types=types,
            records=records,
            desk=NoticeDesk(notices, board, systems, clock, records.audit),
            expiries=expiries,
            file_limits=FileLimits(settings.upload_bytes, settings.public_url),
            use_lifetime=settings.use_lifetime,
            seal_reader=reader,
            sealing=sealing,
            sharing=sharing,
            shared=shared,
        )
        stopping = Stopping()
        callbacks = Callbacks(sealing.wake, clock, _proxies(settings))
        site = _Site(settings, clock, callers, records, metrics, traced.tracer, stopping, overload, callbacks, editions)
        ops = build_ops_app(metrics, site.missing)
        cases = build_use_cases(parts, clock)
        try:
            async with exporting(settings, clock, records, cases):
                yield Running(site.application(cases), systems, ops, stopping)
        finally:
            await callbacks.aclose()


class _Site(msgspec.Struct, frozen=True):
    """What stands between callers and use cases: HTTP, streams and files."""

    settings: Settings
    clock: Clock
    callers: Callers
    records: Records
    metrics: Metrics
    tracer: Tracer
    stopping: Stopping
    overload: Overload
    callbacks: Callbacks
    editions: Editions

    def application(self, use_cases: UseCases) -> Application:
        """The application on the main port."""
        settings, admission = self.settings, self.callers.admission
        executor = Executor(
            self.editions,
            use_cases,
            trusted=load_trusted_documents(settings, self.editions.static.schema),
            limits=Limits(settings.cost_limit, admission),
            introspection=Introspection.parse(settings.introspecting),
        )
        verifier: CallerVerifier = VerifyCaller(self.callers.verifier, admission)
        verifier = NamedCallers(WatchCallers(verifier, self.records.trail, self.clock), self.metrics)
        proxies, origins = _proxies(settings), Origins(settings.allowed_origins)
        endpoint = GraphQLEndpoint(
            executor,
            verifier,
            self.clock,
            deadline_ms=settings.deadline_ms,
            body_bytes=settings.body_bytes,
            proxies=proxies,
            origins=origins,
            admission=admission,
            overload=self.overload,
            meter=self.metrics,
            tracer=self.tracer,
        )
        streams = Streams(verifier, self.clock, _stream_limits(settings), self.stopping, self.metrics, admission)
        events = EventStreams(streams, executor, origins, proxies)
        sockets = WebSocketEndpoint(streams, executor, origins, proxies)
        files = FileEndpoints(
            Proving(verifier, proxies, admission, self.metrics),
            ReceiveUpload(self.records.files, self.clock, self.records.audit),
            RedeemTicket(self.records.files, self.clock, self.records.audit),
            origins,
        )
        routes = [*stream_routes(events, sockets), *files.routes(), *self.callbacks.routes()]
        return build_app(with_events(endpoint, events), self.missing, routes=routes)

    def missing(self) -> dict[str, str]:
        """What is not ready, by component."""
        unproven = {} if self.callers.can_prove() else {"issuers": "no issuer's keys could be read yet"}
        return unproven | self.stopping.missing()


def _stream_limits(settings: Settings) -> StreamLimits:
    return StreamLimits(
        lifetime=settings.stream_minutes * 60,
        per_person=settings.streams_per_person,
        per_application=settings.streams_per_application,
        message_bytes=settings.body_bytes,
        deadline_ms=settings.deadline_ms,
    )


def _proxies(settings: Settings) -> TrustedProxies | None:
    header = settings.proxy_client_certificate_header
    return TrustedProxies(header.lower(), settings.proxy_networks) if header else None
