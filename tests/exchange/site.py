"""The sandbox's exchange as a gateway opens it, and what is sent to it."""

from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

import adapters.systems
from adapters.kit.registry import Registry, registry
from adapters.sandbox.exchange.disputes import DisputeOffice
from adapters.sandbox.exchange.office import Decision, Office, Pace
from adapters.sandbox.exchange.service import ShareExchange as SandboxExchange
from adapters.sandbox.faults import Fault, FaultKind
from adapters.sandbox.running import Sandbox
from certs.national import SmCrypto
from gateway.core.call import Call
from gateway.core.call_record import CallRecord
from gateway.core.caller import Application, Caller
from gateway.core.clock import Deadline
from gateway.core.sharing.exchange import ExchangeOrder, ExchangeReply, ExchangeStatus, Sent, ShareExchange
from gateway.core.sharing.exchange_corrections import CorrectionOrder, EvidenceDigest
from gateway.core.sharing.source import ShareAnswer, ShareQuestion
from gateway.core.system import Assignment, DeployedSystem
from gateway.core.use import Use, UseBasis
from gateway.store.deployment import SystemSettings
from tests.sandbox.callers import SteppedClock, system_of

SYSTEM = "share-exchange"
HOUSEHOLD, STAFF, FIRM, CLOSED = "GJ0000000001", "GJ0000000008", "GJ0000000009", "GJ0000000007"
FIELDS = ("idNumber", "name", "region")


def deployed(settings: dict[str, str], folder: Path | None = None, *ports: str) -> DeployedSystem:
    return DeployedSystem(
        folder=folder or Path(adapters.systems.__path__[0]) / SYSTEM,
        hosts=(urlsplit(settings["url"]).netloc,),
        assignment=Assignment(
            ports=frozenset(ports or ("ShareSource", "ShareExchange")),
            regions=("420000",),
            types=("*",),
            issuers=("*",),
        ),
        secrets=SystemSettings(SYSTEM, settings),
    )


class Site:
    """What a test asks and looks at."""

    def __init__(self, sandbox: Sandbox, clock: SteppedClock, systems: Registry, records: list[CallRecord]) -> None:
        self.sandbox = sandbox
        self.clock = clock
        self.systems = systems
        self.records = records

    @classmethod
    async def opened(cls, sandbox: Sandbox, clock: SteppedClock, stack: AsyncExitStack) -> "Site":
        records: list[CallRecord] = []
        made = registry([deployed(sandbox.settings()[SYSTEM])], clock, SmCrypto(), records.append)
        return cls(sandbox, clock, await stack.enter_async_context(made), records)

    @property
    def exchange(self) -> ShareExchange:
        found = self.systems.share_exchange(SYSTEM)
        assert found is not None, [view.health.last_error for view in self.systems.systems()]
        return found

    @property
    def office(self) -> Office:
        return system_of(self.sandbox, SYSTEM, SandboxExchange).office

    @property
    def disputes(self) -> DisputeOffice:
        return system_of(self.sandbox, SYSTEM, SandboxExchange).disputes

    @property
    def person(self) -> str:
        return self.sandbox.world.people[0].number

    def hold(self) -> None:
        """Requests are decided only by order."""
        self.office.set_pace(Pace(hold=True))

    def decide(self, name: str, decision: str, **more: Any) -> None:
        self.office.decide(name, msgspec.convert({"decision": decision, **more}, Decision))

    def fault(self, kind: FaultKind | None) -> None:
        self.sandbox.faults.clear(SYSTEM)
        if kind is not None:
            self.sandbox.faults.set(SYSTEM, Fault(kind=kind))

    def order(self, key: str = "K1", **changes: Any) -> ExchangeOrder:
        made = ExchangeOrder(
            key=key,
            resource=HOUSEHOLD,
            requester="114200007009900172",
            fields=FIELDS,
            items=("420102001000",),
            purpose="办理事项",
            basis="示例条例第一条",
            valid_from=self.clock.now(),
            valid_until=self.clock.now() + timedelta(days=30),
            per_day=100,
        )
        return msgspec.structs.replace(made, **changes)

    def dispute(self, request: str, key: str = "D1", **changes: Any) -> CorrectionOrder:
        """Over the person's record, which was given under an approved request."""
        made = CorrectionOrder(
            key=key,
            resource=HOUSEHOLD,
            request=request,
            requester="114200007009900172",
            record={"idNumber": self.person},
            fields=("name",),
            text="姓名有误",
            evidence=(EvidenceDigest(10, "0" * 64),),
            received_at=self.clock.now(),
        )
        return msgspec.structs.replace(made, **changes)

    def call(self, seconds: float = 20) -> Call:
        use = Use(
            id="use-1",
            item="420102001000",
            basis=UseBasis.STATUTORY,
            expires_at=self.clock.now() + timedelta(hours=1),
            owner_application="test",
            owner_subject="officer-1",
        )
        caller = Caller(Application("test", "test"))
        return Call(request_id="r1", caller=caller, deadline=Deadline.after(seconds, self.clock), use=use)

    async def send(self, key: str = "K1", **changes: Any) -> ExchangeReply:
        return await self.exchange.request(self.order(key, **changes), self.call())

    async def number(self, key: str = "K1", **changes: Any) -> str:
        reply = await self.send(key, **changes)
        assert reply.sent is Sent.NUMBERED, reply
        assert reply.number is not None
        return reply.number

    async def status(self, key: str = "K1", number: str | None = None) -> ExchangeStatus:
        return await self.exchange.status(key, number, self.call())

    async def approved(self, key: str = "K1", **changes: Any) -> ExchangeStatus:
        number = await self.number(key, **changes)
        if changes.get("resource") != FIRM:
            self.decide(number, "approve")
        return await self.status(key, number)

    async def ask(self, access: str | None, **changes: Any) -> ShareAnswer:
        source = self.systems.share_source(SYSTEM)
        assert source is not None
        question = ShareQuestion(
            operation="household",
            resource="307101/00001",
            number=HOUSEHOLD,
            parameters={"idNumber": self.person},
            fields=frozenset(FIELDS),
            limit=10,
            access=access,
        )
        return await source.query(msgspec.structs.replace(question, **changes), self.call())
