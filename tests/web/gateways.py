"""A gateway over scripted sources: the real application, executor, schema and use cases, in process."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import msgspec

from certs.tokens import DEVELOPMENT_ISSUER, DevelopmentIssuer
from gateway.core.call_ledger import CallFilter, CallStatistics, RecordedCall
from gateway.core.caller import Caller, Person
from gateway.core.clock import Clock
from gateway.core.health import HealthChange
from gateway.core.system import Health, SystemState, SystemView
from gateway.core.system_notice import NoNotices, NoticeBoard
from gateway.services.closing import NoticeDesk
from gateway.services.create_upload import CreateUpload, FileLimits
from gateway.services.disable_system import DisableSystem
from gateway.services.enable_system import EnableSystem
from gateway.services.export_calls import ExportCalls
from gateway.services.issue_ticket import IssueTicket
from gateway.services.list_calls import ListCalls
from gateway.services.list_licence_types import ListLicenceTypes
from gateway.services.list_systems import ListSystems
from gateway.services.notice_board import LiveNotices
from gateway.services.plan_maintenance import PlanMaintenance
from gateway.services.watch_expiry import WatchExpiry
from gateway.services.watch_systems import WatchSystems
from gateway.store.licence_types import LicenceTypes
from gateway.system_clock import SystemClock
from gateway.web.app import build_app
from gateway.web.graphql import GraphQLEndpoint
from schema.build import build_schema
from schema.context import UseCases
from schema.execution.editions import Editions
from schema.execution.executor import Executor
from schema.execution.introspection import Introspection
from schema.execution.limits import Limits
from schema.execution.trusted import TrustedDocuments
from tests.certs.trust import development_callers, qualified
from tests.seal_register.offices import Office as SealOffice
from tests.sealing.absent import no_sealing
from tests.services.bench import Bench, FakeCaseDirectory, FakeIdentity, Rules
from tests.services.fakes import CITIZEN, FRONTEND, START, Defects, FakeSource, assign, use_of
from tests.services.memory_files import MemoryFiles
from tests.services.notices import MemoryNotices
from tests.sharing_service.absent import no_exchanges, no_exports, no_shared_records, no_sharing

SCHEMA = build_schema()
BODY_BYTES = 20_000
MOST_UPLOADED = 10_000_000


class BrokenList:
    """A list of systems that has a bug, whose message quotes what it should not."""

    canary = "420106199001011231"

    def systems(self) -> list[SystemView]:
        raise LookupError(self.canary)


class TwoSystems:
    """The registered systems, with the notices of a board."""

    def __init__(self, board: NoticeBoard | None = None) -> None:
        self._board = board or NoNotices()

    def systems(self) -> list[SystemView]:
        return [
            SystemView(
                code=code, title_zh="证照库", title_en="library", level="city", regions=("420100",),
                state=SystemState.UP, health=Health(since=START, state=SystemState.UP), active_version=1,
                serves=("LicenceSource",), closure=self._board.current(code),
                maintenance=self._board.of(code).planned(START), notice_version=self._board.of(code).version,
            )
            for code in ("city", "province")
        ]  # fmt: skip


class ScriptedHealth:
    """A HealthWatch that tells what a test lets happen to whoever watches."""

    def __init__(self) -> None:
        self.watchers: list[asyncio.Queue[HealthChange | Exception]] = []
        self.begun = 0
        self.changed = asyncio.Event()

    @asynccontextmanager
    async def watch(self) -> AsyncIterator[AsyncIterator[HealthChange]]:
        told: asyncio.Queue[HealthChange | Exception] = asyncio.Queue()
        self.watchers.append(told)
        self.begun += 1
        self.changed.set()

        async def changes() -> AsyncIterator[HealthChange]:
            while True:
                change = await told.get()
                if isinstance(change, Exception):
                    raise change
                yield change

        try:
            yield changes()
        finally:
            self.watchers.remove(told)
            self.changed.set()

    async def watched(self, by: int = 1) -> None:
        """Until so many watch."""
        while len(self.watchers) != by:
            self.changed.clear()
            await self.changed.wait()

    async def begun_times(self, times: int) -> None:
        """Until somebody has begun to watch so many times."""
        while self.begun < times:
            self.changed.clear()
            await self.changed.wait()

    def tell(self, code: str, after: SystemState, before: SystemState = SystemState.UP) -> None:
        self.send(HealthChange(code=code, before=before, after=after, at=START))

    def send(self, change: HealthChange | Exception) -> None:
        for told in self.watchers:
            told.put_nowait(change)


class NoCalls:
    """A CallLedger in which nothing stands."""

    async def calls(self, which: CallFilter, most: int, before: str | None = None) -> Sequence[RecordedCall]:
        return ()

    async def statistics(self, which: CallFilter) -> Sequence[CallStatistics]:
        return ()


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
        introspection: Introspection | None = None,
        trusted: TrustedDocuments | None = None,
        limits: Limits | None = None,
        **endpoint: Any,
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
        store = MemoryNotices()
        board = LiveNotices(store, clock)
        listed: Any = systems or TwoSystems(board)
        desk = NoticeDesk(store, board, listed, clock, bench.audit)
        self.health = ScriptedHealth()
        self.files = MemoryFiles()
        limits_of_files = FileLimits(MOST_UPLOADED)
        list_calls = ListCalls(NoCalls(), listed, clock)
        issue_ticket = IssueTicket(self.files, clock, limits_of_files, bench.audit)
        use_cases = UseCases(
            open_use=bench.open_use,
            fetch_licences=bench.fetch_licences,
            fetch_licence=bench.fetch_licence,
            present_licence=bench.present,
            mandates=bench.mandates,
            pre_applications=bench.pre_applications,
            list_licence_types=ListLicenceTypes(LicenceTypes({"T1": "营业执照", "T2": "身份证"})),
            list_systems=ListSystems(listed),
            create_upload=CreateUpload(self.files, clock, limits_of_files, bench.audit),
            read_audit=bench.read_audit,
            watch_systems=WatchSystems(self.health, listed),
            disable_system=DisableSystem(desk),
            enable_system=EnableSystem(desk),
            plan_maintenance=PlanMaintenance(desk),
            list_calls=list_calls,
            export_calls=ExportCalls(list_calls, issue_ticket, clock, bench.audit),
            watch_expiry=WatchExpiry([], listed, lambda _, __: None, clock),
            seals=SealOffice().cases(),
            sealing=no_sealing(),
            sharing=no_sharing(),
            exchanges=no_exchanges(),
            fetch_shared=no_shared_records(),
            exports=no_exports(),
        )
        parts: dict[str, Any] = {
            "executor": Executor(
                Editions(SCHEMA),
                use_cases,
                trusted=trusted,
                limits=limits,
                introspection=introspection or Introspection(everybody=True),
            ),
            "verifier": development_callers(self.issuer.jwks(), clock),
            "clock": clock,
            "deadline_ms": 5_000,
            "body_bytes": BODY_BYTES,
        }
        parts |= endpoint
        self.executor, self.verifier = parts["executor"], parts["verifier"]
        self.endpoint = GraphQLEndpoint(**parts)
        self.app = build_app(self.endpoint, lambda: self.ready)
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
