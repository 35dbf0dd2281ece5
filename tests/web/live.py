"""A gateway with streams: in process, or behind a real listener on a port of this machine."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import fields
from datetime import timedelta
from typing import Any

import msgspec
from starlette.types import ASGIApp

from certs.tokens import DevelopmentIssuer
from gateway.cli.connections import ConnectionLimits
from gateway.cli.server import Listener, gateway_listener
from gateway.core.caller import Caller, Person
from gateway.core.clock import Clock
from gateway.core.telemetry import NoMeter, RequestMeter, StreamKind
from gateway.services.list_systems import ListSystems
from gateway.services.watch_systems import WatchSystems
from gateway.settings import Mode, Settings
from gateway.system_clock import SystemClock
from gateway.web.app import build_app
from gateway.web.graphql import GraphQLEndpoint
from gateway.web.origins import Origins
from gateway.web.sse import EventStreams
from gateway.web.stopping import Stopping
from gateway.web.stream_routes import stream_routes, with_events
from gateway.web.streams import StreamLimits, Streams
from gateway.web.websocket import WebSocketEndpoint
from schema.context import UseCases
from schema.execution.editions import Editions
from schema.execution.executor import Executor
from tests.certs.trust import development_callers
from tests.services.fakes import CITIZEN, FRONTEND
from tests.web.gateways import SCHEMA, ScriptedHealth, TwoSystems

SETTINGS = Settings(mode=Mode.DEVELOPMENT, port=0, ops_port=0, connections=500, body_bytes=20_000)
PORTAL = "https://portal.example"


class CountingMeter(NoMeter):
    """Knows how many streams of each kind are open."""

    def __init__(self) -> None:
        self.open: Counter[StreamKind] = Counter()
        self.changed = asyncio.Event()

    @contextmanager
    def stream(self, kind: StreamKind) -> Iterator[None]:
        self.open[kind] += 1
        try:
            yield
        finally:
            self.open[kind] -= 1
            self.changed.set()

    async def none_open(self) -> None:
        while self.open.total():
            self.changed.clear()
            await self.changed.wait()


class SlowLicence:
    """The use case behind ``licence``: it finds nothing, when it is let."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def __call__(self, *_: object) -> None:
        self.asked.set()
        try:
            await self.may_answer.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


class StreamingGateway:
    """The real web layer and executor over the use cases that streams are tested with."""

    def __init__(
        self, limits: StreamLimits | None = None, clock: Clock | None = None, meter: RequestMeter | None = None
    ) -> None:
        self.clock = clock = clock or SystemClock()
        self.issuer = DevelopmentIssuer.generate(clock)
        self.health, self.licence = ScriptedHealth(), SlowLicence()
        self.stopping = Stopping()
        self.meter = CountingMeter()
        systems = TwoSystems()
        given = {
            "list_systems": ListSystems(systems),
            "watch_systems": WatchSystems(self.health, systems),
            "fetch_licence": self.licence,
        }
        named: dict[str, Any] = {field.name: given.get(field.name) for field in fields(UseCases)}
        use_cases = UseCases(**named)
        executor = Executor(Editions(SCHEMA), use_cases)
        verifier = development_callers(self.issuer.jwks(), clock)
        limits = msgspec.structs.replace(limits or StreamLimits(), message_bytes=20_000)
        self.streams = Streams(verifier, clock, limits, self.stopping, meter or self.meter)
        origins = Origins(frozenset({PORTAL}))
        events = EventStreams(self.streams, executor, origins)
        endpoint = GraphQLEndpoint(executor, verifier, clock, deadline_ms=30_000, body_bytes=20_000, meter=meter)
        self.app: ASGIApp = build_app(
            with_events(endpoint, events),
            self.stopping.missing,
            routes=stream_routes(events, WebSocketEndpoint(self.streams, executor, origins)),
        )

    def token(self, person: Person | None = CITIZEN, lifetime: timedelta = timedelta(minutes=5)) -> str:
        return self.issuer.issue(Caller(FRONTEND, person), lifetime)

    def headers(self, person: Person | None = CITIZEN) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token(person)}", "accept-language": "en"}


@asynccontextmanager
async def listening(app: ASGIApp, limits: ConnectionLimits | None = None) -> AsyncIterator[Listener]:
    """A real listener before ``app``; requests under way when the block ends are cut off."""
    listener = gateway_listener(app, SETTINGS)
    if limits is not None:
        listener.config.limits = limits
    await listener.open()
    hurry = asyncio.Event()
    hurry.set()
    try:
        yield listener
    finally:
        await listener.close(0, hurry)


@asynccontextmanager
async def live(gateway: StreamingGateway, limits: ConnectionLimits | None = None) -> AsyncIterator[str]:
    """The base URL of the gateway behind a real listener."""
    async with listening(gateway.app, limits) as listener:
        yield listener.address
