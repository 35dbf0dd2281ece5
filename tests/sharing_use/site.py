"""A gateway's use of shared data against the running sandbox: real sockets, real databases, a stepped clock."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import msgspec

import adapters.systems
from adapters.kit.registry import Registry, registry
from adapters.sandbox.faults import Fault, FaultKind
from adapters.sandbox.population.register import COLUMNS
from adapters.sandbox.population.service import Population
from adapters.sandbox.running import Sandbox
from certs.audit_keys import AuditKeyKind, generate_audit_key, load_signer
from certs.id_sealer import AesSivIdSealer
from gateway.bootstrap.shared_records import SharedParts, SharedUse, build_shared
from gateway.core.audit.references import References
from gateway.core.call import Call
from gateway.core.caller import Application, Caller, Person, Role
from gateway.core.clock import Clock, Deadline
from gateway.core.policy.evaluator import Policy
from gateway.core.policy.provider import PolicyProvider
from gateway.core.policy.rules import RuleBook
from gateway.core.sharing.grants import Grant
from gateway.core.sharing.resources import (
    InformationItem,
    ItemType,
    Masking,
    Resource,
    Sensitivity,
    Service,
    SharingType,
)
from gateway.core.sharing.terms import Access, Quota, Terms
from gateway.core.system import Assignment, DeployedSystem
from gateway.core.use import Use, UseBasis
from gateway.services.auditing import Auditing
from gateway.services.live_use import LiveUse
from gateway.services.permitting import Permits
from gateway.services.sharing.decide_use import SharedRequest
from gateway.services.sharing.fetch_shared import FetchShared, SharedRecords
from gateway.services.sharing.share_asking import ShareAsker
from gateway.store.audit.opening import opened_audit
from gateway.store.database import Database
from gateway.store.deployment import SystemSettings
from gateway.store.sharing.grants import SqlGrants
from gateway.store.sharing.purse import SqlPurse
from gateway.store.sharing.receipts import SqlReceipts
from gateway.store.sharing.resources import SqlResources
from tests.services.bench import a_book, a_rule
from tests.sharing.making import HUB, ITEM, PROVIDER, REQUESTER, START
from tests.store.keys import a_cipher

SYSTEM = "share-population"
PERSON, STAFF = "307001/00101", "307001/00102"
SIGNER = load_signer(generate_audit_key(AuditKeyKind.P256))
MASKS = {
    "idNumber": Masking.CITIZEN_ID,
    "name": Masking.NAME,
    "phone": Masking.PHONE,
    "employer": Masking.CREDIT_CODE,
}
TYPES = {
    "born": ItemType.DATE,
    "since": ItemType.DATE,
    "months": ItemType.INTEGER,
    "base": ItemType.INTEGER,
    "updated": ItemType.INSTANT,
}
ITEMS = tuple(
    InformationItem(
        name=name,
        title=column,
        type=TYPES.get(name, ItemType.TEXT),
        sensitivity=Sensitivity.PERSONAL,
        masking=MASKS.get(name, Masking.ALL),
    )
    for name, column in COLUMNS.items()
)
OFFICER = Person(
    subject="officer-1",
    role=Role.OFFICER,
    name="示例经办",
    account="officer01",
    body=REQUESTER,
    body_name="示例单位",
    post="经办",
    region="420000",
)
ALL = dict.fromkeys(COLUMNS, Access.SHOW)


def a_resource(**changes: Any) -> Resource:
    made = Resource(
        code=PERSON,
        provider=PROVIDER,
        title="个人参保信息",
        items=ITEMS,
        sharing=SharingType.CONDITIONAL,
        condition="用于办理事项",
        keys=("idNumber",),
        service=Service(SYSTEM, "person"),
    )
    return msgspec.structs.replace(made, **changes)


def a_staff_resource(**changes: Any) -> Resource:
    staff = {"employer", "idNumber", "name", "state", "since", "months"}
    return a_resource(
        code=STAFF,
        title="单位参保人员",
        items=tuple(item for item in ITEMS if item.name in staff),
        keys=("employer",),
        parameters=frozenset({"state"}),
        service=Service(SYSTEM, "staff"),
        **changes,
    )


def some_terms(**changes: Any) -> Terms:
    made = Terms(
        fields={
            "idNumber": Access.SHOW,
            "name": Access.MASK,
            "phone": Access.MASK,
            "state": Access.SHOW,
            "months": Access.SHOW,
            "since": Access.SHOW,
            "employer": Access.HASH,
        },
        items=frozenset({ITEM}),
        applications=frozenset({"portal"}),
        bodies=frozenset({REQUESTER}),
        quota=Quota(100, 1_000),
        valid_from=START - timedelta(days=1),
        valid_until=START + timedelta(days=365),
    )
    return msgspec.structs.replace(made, **changes)


def a_grant(grant_id: str = "g-1", resource: str = PERSON, terms: Terms | None = None, **changes: Any) -> Grant:
    made = Grant(
        id=grant_id,
        request="q-1",
        resource=resource,
        provider=PROVIDER,
        requester=REQUESTER,
        authority=HUB,
        terms=terms or some_terms(),
        issued_at=START,
    )
    return msgspec.structs.replace(made, **changes)


class Rules:
    """A PolicyProvider of a rule book that stays."""

    def __init__(self, book: RuleBook) -> None:
        self._book = book

    def policy(self) -> Policy:
        return Policy(self._book)

    def book(self) -> RuleBook:
        return self._book


class Site:
    """What a test asks and looks at."""

    def __init__(self, sandbox: Sandbox, db: Database, clock: Clock, systems: Registry) -> None:
        self.sandbox = sandbox
        self.db = db
        self.clock = clock
        self.systems = systems
        self.use = Use(
            id="use-1",
            item=ITEM,
            basis=UseBasis.STATUTORY,
            expires_at=START + timedelta(hours=1),
            owner_application="portal",
            owner_subject=OFFICER.subject,
            case="420102260302000000001",
        )
        self.cipher = a_cipher()
        self.references = References(self.cipher)
        self.grants = SqlGrants(db, self.cipher)
        self.resources = SqlResources(db, clock)
        self.receipts = SqlReceipts(db)
        self.defects: list[tuple[str, BaseException]] = []
        self.fetch: FetchShared
        self.shared: SharedUse
        self.purse: SqlPurse

    def broke(self, system: str, error: BaseException) -> None:
        self.defects.append((system, error))

    @property
    def register(self) -> Population:
        system = self.sandbox.systems[SYSTEM]
        assert isinstance(system, Population)
        return system

    @property
    def person(self) -> str:
        return self.sandbox.world.people[0].number

    async def live(self, use_id: str, call: Call) -> Use:
        assert use_id == self.use.id
        return self.use

    def call(self, person: Person = OFFICER, application: str = "portal", seconds: float = 10) -> Call:
        return Call(
            request_id="r-1",
            caller=Caller(Application(application, application), person),
            deadline=Deadline.after(seconds, self.clock),
        )

    async def ask(
        self, parameters: Mapping[str, object] | None = None, *, call: Call | None = None, **changes: Any
    ) -> SharedRecords:
        request = SharedRequest(
            use=self.use.id, grant="g-1", parameters={"idNumber": self.person} if parameters is None else parameters
        )
        return await self.fetch(msgspec.structs.replace(request, **changes), call or self.call())

    def fault(self, kind: FaultKind) -> None:
        self.sandbox.faults.set(SYSTEM, Fault(kind=kind))


def deployed(sandbox: Sandbox, folder: Path | None = None, *ports: str) -> DeployedSystem:
    settings = sandbox.settings()[SYSTEM]
    return DeployedSystem(
        folder=folder or Path(adapters.systems.__path__[0]) / SYSTEM,
        hosts=(urlsplit(settings["url"]).netloc,),
        assignment=Assignment(
            ports=frozenset(ports or ("ShareSource",)), regions=("420000",), types=("*",), issuers=("*",)
        ),
        secrets=SystemSettings(SYSTEM, settings),
    )


@asynccontextmanager
async def a_site(sandbox: Sandbox, db: Database, clock: Clock, *, receipts: bool = True) -> AsyncIterator[Site]:
    """The parts, put together as bootstrap does it; two resources are in the catalogue and no grant is there."""
    async with AsyncExitStack() as stack:
        trail = await stack.enter_async_context(opened_audit(db, clock, None))
        systems = await stack.enter_async_context(registry([deployed(sandbox)], clock))
        site = Site(sandbox, db, clock, systems)
        rules: PolicyProvider = Rules(a_book(a_rule()))
        site.purse = SqlPurse(db, clock)
        stack.push_async_callback(site.purse.settle)
        audit = Auditing(trail, site.references, clock)
        site.shared = build_shared(
            SharedParts(db, site.purse, site.cipher, SIGNER, audit, receipts),
            ShareAsker(systems, clock, site.broke),
            cast("LiveUse", site.live),
            Permits(rules, clock),
            rules,
            AesSivIdSealer(bytes(range(64))),
            clock,
        )
        site.fetch = site.shared.fetch
        assert await site.resources.put([a_resource(), a_staff_resource()])
        yield site
