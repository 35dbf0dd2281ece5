"""Exports as bootstrap puts them together, over a database of the test, with a register that has pages."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any, cast

import msgspec

from certs.audit_keys import AuditKeyKind, generate_audit_key, load_signer
from certs.id_sealer import AesSivIdSealer
from gateway.bootstrap.records import Records
from gateway.bootstrap.share_exports import build_exports, build_runner
from gateway.bootstrap.shared_records import SharedParts, SharedUse, build_shared
from gateway.core import problems
from gateway.core.audit.events import Event
from gateway.core.audit.reading import AuditChoice
from gateway.core.audit.references import References
from gateway.core.call import Call
from gateway.core.call_record import Received
from gateway.core.caller import Application, Caller, Person
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import Refusal
from gateway.core.files import Purpose
from gateway.core.outcome import Outcome
from gateway.core.sharing.exports import Export
from gateway.core.sharing.grants import Grant
from gateway.core.sharing.receipts import Reply
from gateway.core.sharing.source import ShareAnswer, ShareQuestion
from gateway.core.sharing.tables import TableFormat
from gateway.core.sharing.terms import Access, Quota
from gateway.core.use import Use, UseBasis
from gateway.services.auditing import Auditing
from gateway.services.create_upload import FileLimits
from gateway.services.live_use import LiveUse
from gateway.services.permitting import Permits
from gateway.services.sharing.exports.export_desk import KIND_EXPORT, ExportDesk
from gateway.services.sharing.exports.export_shared import ExportRequest
from gateway.services.sharing.share_asking import ShareAsker
from gateway.services.tasks.handler import Handler
from gateway.services.tasks.leases import Leases
from gateway.store.audit.opening import opened_audit
from gateway.store.audit.reading import AuditEntries
from gateway.store.audit.writer import AuditWriter
from gateway.store.database import Database
from gateway.store.files import SqlFiles
from gateway.store.sharing.grants import SqlGrants
from gateway.store.sharing.purse import SqlPurse
from gateway.store.sharing.resources import SqlResources
from gateway.store.tasks import SqlTasks
from schema.context import ExportCases
from tests.services.bench import a_book, a_rule
from tests.sharing.making import ITEM, START
from tests.sharing_use.site import OFFICER, STAFF, SYSTEM, Rules, a_grant, a_staff_resource, some_terms
from tests.store.keys import a_cipher

SIGNER = load_signer(generate_audit_key(AuditKeyKind.P256))
FIRM = "91420100MA4K00001X"
MINUTE = timedelta(minutes=1)
Hook = Callable[[int], Awaitable[None]]


def staff(count: int) -> list[dict[str, object]]:
    """People of one firm; one is called like a formula."""
    names = ["=1+1", "@甲", "张,“三”", "李\n四"]
    return [
        {"employer": FIRM, "idNumber": f"{number:018d}", "name": names[number % 4], "state": "参保", "months": number}
        for number in range(count)
    ]


def a_staff_grant(quota: Quota | None = None, **changes: Any) -> Grant:
    fields = dict.fromkeys(("employer", "idNumber", "name", "state", "months"), Access.SHOW)
    return a_grant(resource=STAFF, terms=some_terms(fields=fields, quota=quota or Quota(None, None), **changes))


class Register:
    """A ShareSource that gives a few records a page, and the ShareSources that there are of it."""

    system = SYSTEM

    def __init__(self, rows: Sequence[Mapping[str, object]], at_once: int = 4) -> None:
        self.rows = rows
        self.at_once = at_once
        self.asked: list[int] = []
        self.answers: list[ShareAnswer] = []
        """What it says instead, next."""
        self.before: Hook | None = None

    def share_source(self, _system: str) -> "Register":
        return self

    async def query(self, question: ShareQuestion, _call: Call) -> ShareAnswer:
        begin = int(question.cursor or 0)
        self.asked.append(begin)
        if self.before is not None:
            await self.before(len(self.asked))
        if self.answers:
            return self.answers.pop(0)
        end = min(begin + min(self.at_once, question.limit), len(self.rows))
        reply = Reply.of(self.system, f"page {begin}".encode())
        return ShareAnswer(
            outcome=Outcome.OK,
            records=[{name: row.get(name) for name in question.fields} for row in self.rows[begin:end]],
            cursor=str(end) if end < len(self.rows) else None,
            received=(Received(reply.size, reply.sha256),),
        )


class Uses:
    """A LiveUse of the one use of an office."""

    def __init__(self, office: "Office") -> None:
        self._office = office

    async def __call__(self, use_id: str, call: Call) -> Use:
        found = await self._office.live(use_id, call)
        if found.expires_at <= self._office.clock.now():
            raise Refusal(problems.USE_UNKNOWN, "use")
        return found

    async def again(self, use: Use, call: Call) -> Use:
        return await self._office.live(use.id, call)


class Office:
    """One process: it asks for exports and runs them."""

    cases: ExportCases
    desk: ExportDesk
    leases: Leases
    purse: SqlPurse
    runner: Handler
    shared: SharedUse
    tasks: SqlTasks
    trail: AuditWriter

    def __init__(self, db: Database, clock: Clock, register: Register) -> None:
        self.db = db
        self.clock = clock
        self.register = register
        self.cipher = a_cipher()
        self.references = References(self.cipher)
        self.grants = SqlGrants(db, self.cipher)
        self.resources = SqlResources(db, clock)
        self.files = SqlFiles(db, self.cipher)
        self.use = Use(
            id="use-1",
            item=ITEM,
            basis=UseBasis.STATUTORY,
            expires_at=START + timedelta(days=365),
            owner_application="portal",
            owner_subject=OFFICER.subject,
            case="420102260302000000001",
        )
        self.refusal: Refusal | None = None
        """What the use is refused for, from now on."""

    async def live(self, use_id: str, _call: Call) -> Use:
        assert use_id == self.use.id
        if self.refusal is not None:
            raise self.refusal
        return self.use

    def call(self, person: Person = OFFICER) -> Call:
        caller = Caller(Application("portal", "portal"), person)
        return Call(request_id="r-1", caller=caller, deadline=Deadline.after(10, self.clock))

    async def ask(self, key: str = "k-1", *, call: Call | None = None, **changes: Any) -> Export:
        request = ExportRequest(
            key=key, use="use-1", grant="g-1", parameters={"employer": FIRM}, fields=None, format=TableFormat.CSV
        )
        return await self.cases.ask(msgspec.structs.replace(request, **changes), call or self.call())

    async def turn(self) -> int:
        """What the worker does when it looks once; how many tasks there were."""
        now = self.clock.now()
        claims = await self.leases.claim(KIND_EXPORT, now, now + MINUTE, 1)
        if claims:
            await self.runner.work(claims)
        return len(claims)

    async def found(self, export: Export) -> Export:
        found = await self.desk.exports.find(export.id)
        assert found is not None
        return found

    async def content(self, export: Export) -> bytes:
        """The bytes of its file, fetched as its caller fetches them."""
        ticket = await self.cases.find.file(await self.found(export), self.call())
        assert ticket is not None
        ticket_id, owner = ticket.url.rpartition("/")[2], export.owner
        file = await self.files.find(ticket_id, Purpose.TICKET, owner, self.clock.now())
        assert file is not None
        return b"".join([piece async for piece in self.files.read(file, 0, ticket.bytes - 1)])

    async def events(self, *kinds: str) -> list[Event]:
        """Newest first, with those that transactions have left to be chained at leisure."""
        while await self.trail._write([], look=False, held=True):
            pass
        return await AuditEntries(self.db).find(AuditChoice(kinds=kinds), 500, None)


@asynccontextmanager
async def an_office(
    db: Database, clock: Clock, register: Register, limits: FileLimits | None = None
) -> AsyncIterator[Office]:
    """A process over the database; the resource is in the catalogue, and no grant is there."""
    async with AsyncExitStack() as stack:
        trail = await stack.enter_async_context(opened_audit(db, clock, None))
        office = Office(db, clock, register)
        office.trail = trail
        office.purse = SqlPurse(db, clock)
        stack.push_async_callback(office.purse.settle)
        audit = Auditing(trail, office.references, clock)
        rules: Any = Rules(a_book(a_rule()))
        parts = SharedParts(db, office.purse, office.cipher, SIGNER, audit)
        asker = ShareAsker(cast("Any", register), clock, lambda _system, _error: None)
        office.shared = build_shared(
            parts,
            asker,
            cast("LiveUse", Uses(office)),
            Permits(rules, clock),
            rules,
            AesSivIdSealer(bytes(range(64))),
            clock,
        )
        absent: dict[str, Any] = dict.fromkeys(Records.__struct_fields__)
        opened = {"database": db, "trail": trail, "references": office.references, "audit": audit}
        office.tasks = SqlTasks(db, clock)
        records = Records(**absent | opened | {"files": office.files, "tasks": office.tasks})
        office.cases = build_exports(parts, office.shared, records, limits or FileLimits(), clock)
        office.desk = office.cases.ask.desk
        office.leases = Leases(office.tasks, clock)
        office.runner = build_runner(office.desk, office.shared.fetch, records, office.leases)
        await office.resources.put([a_staff_resource()])
        yield office
