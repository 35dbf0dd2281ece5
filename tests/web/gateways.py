"""A gateway over scripted sources: the real application, executor, schema and use cases, in process."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import msgspec

from certs.tokens import DEVELOPMENT_ISSUER, DevelopmentIssuer
from gateway.core.caller import Caller, Person
from gateway.core.clock import Clock
from gateway.core.system import Health, SystemState, SystemView
from gateway.services.list_licence_types import ListLicenceTypes
from gateway.services.list_systems import ListSystems
from gateway.store.licence_types import LicenceTypes
from gateway.system_clock import SystemClock
from gateway.web.app import build_app
from gateway.web.graphql import GraphQLEndpoint
from schema.build import build_schema
from schema.context import UseCases
from schema.execution.executor import Executor
from tests.certs.trust import development_callers, qualified
from tests.services.bench import Bench, FakeCaseDirectory, FakeIdentity, Rules
from tests.services.fakes import CITIZEN, FRONTEND, START, Defects, FakeSource, assign, use_of

SCHEMA = build_schema()
BODY_BYTES = 20_000


class BrokenList:
    """A list of systems that has a bug, whose message quotes what it should not."""

    canary = "420106199001011231"

    def systems(self) -> list[SystemView]:
        raise LookupError(self.canary)


class TwoSystems:
    """The registered systems."""

    def systems(self) -> list[SystemView]:
        return [
            SystemView(
                code=code, title_zh="证照库", title_en="library", level="city", regions=("420100",),
                state=SystemState.UP, health=Health(since=START, state=SystemState.UP), active_version=1,
                serves=("LicenceSource",),
            )
            for code in ("city", "province")
        ]  # fmt: skip


class Gateway:
    """What tests speak to, and the sources behind it."""

    def __init__(
        self,
        clock: Clock | None = None,
        systems: object | None = None,
        *,
        rules: Rules | None = None,
        cases: FakeCaseDirectory | None = None,
        identity: FakeIdentity | None = None,
    ) -> None:
        self.clock = clock = clock or SystemClock()
        self.city, self.province = FakeSource("city"), FakeSource("province")
        self.defects = Defects()
        self.issuer = DevelopmentIssuer.generate(clock)
        self.ready: dict[str, str] = {}
        self.bench = bench = Bench(
            clock, assign(self.city), assign(self.province), rules=rules, cases=cases, identity=identity
        )
        bench.defects.reported = self.defects.reported
        self.uses = bench.uses
        listed: Any = systems or TwoSystems()
        use_cases = UseCases(
            open_use=bench.open_use,
            fetch_licences=bench.fetch_licences,
            fetch_licence=bench.fetch_licence,
            present_licence=bench.present,
            mandates=bench.mandates,
            pre_applications=bench.pre_applications,
            list_licence_types=ListLicenceTypes(LicenceTypes({"T1": "营业执照", "T2": "身份证"})),
            list_systems=ListSystems(listed),
        )
        verifier = development_callers(self.issuer.jwks(), clock)
        endpoint = GraphQLEndpoint(
            Executor(SCHEMA, use_cases), verifier, clock, deadline_ms=5_000, body_bytes=BODY_BYTES
        )
        self.app = build_app(endpoint, lambda: self.ready)
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url="http://gateway.test", trust_env=False
        )

    def headers(self, person: Person | None = CITIZEN) -> dict[str, str]:
        token = self.issuer.issue(Caller(FRONTEND, person), timedelta(minutes=5))
        return {"authorization": f"Bearer {token}", "content-type": "application/json"}

    async def post(
        self, body: bytes, *, person: Person | None = CITIZEN, headers: Mapping[str, str | bytes | None] | None = None
    ) -> httpx.Response:
        """Post bytes; a header of None is left out."""
        sent: dict[str, str | bytes | None] = {**self.headers(person), **(headers or {})}
        kept = [(name.encode(), _bytes(value)) for name, value in sent.items() if value is not None]
        return await self.client.post("/graphql", content=body, headers=kept)

    async def ask(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        person: Person | None = CITIZEN,
        headers: Mapping[str, str | bytes | None] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """The answer to an operation."""
        body = msgspec.json.encode({"query": query, "variables": variables, **more})
        response = await self.post(body, person=person, headers=headers)
        return dict(msgspec.json.decode(response.content))

    async def open_use(self, person: Person = CITIZEN) -> str:
        """The id of a new use."""
        use = use_of(qualified(DEVELOPMENT_ISSUER, person), self.clock)
        await self.uses.add(use)
        return use.id


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()
