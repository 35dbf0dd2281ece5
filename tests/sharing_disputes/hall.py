"""Disputes over a real database, put together as bootstrap does it; receipts of several bodies; uploaded files."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import msgspec

from gateway.core.bodies import Bodies, Succession
from gateway.core.call import Call
from gateway.core.caller import Application, Caller
from gateway.core.files import File, Owner, Purpose
from gateway.core.policy.rules import RuleBook
from gateway.core.sharing.recipients import Delivery
from gateway.core.sharing.records import KeptReceipt
from gateway.core.sharing.terms import Access
from gateway.services.create_upload import FileLimits
from gateway.services.receive_upload import ReceiveUpload
from gateway.services.sharing.disputes.acknowledge_dispute import AcknowledgeDispute
from gateway.services.sharing.disputes.answer_dispute import AnswerDispute, DisputeAnswer, SourceStep
from gateway.services.sharing.disputes.dispute_desk import DisputeDesk
from gateway.services.sharing.disputes.dispute_record import DisputeRecord, NewDispute
from gateway.services.sharing.disputes.dispute_sight import SeenDispute
from gateway.services.sharing.disputes.find_disputes import FindDisputes
from gateway.services.sharing.disputes.give_evidence import GiveEvidence
from gateway.services.sharing.disputes.overdue_disputes import OverdueDisputes
from gateway.services.sharing.disputes.route_dispute import RouteDispute
from gateway.store.database import Database
from gateway.store.sharing.receipts import SqlReceipts
from tests.services.memory_files import MemoryFiles
from tests.sharing.making import CODE, OFFICE, REQUESTER, START
from tests.sharing.test_receipts import a_receipt
from tests.sharing_service.offices import ASKER, Book, Bureau, call, person

SUBJECT = "5" * 32
FIELDS = frozenset({"name", "state"})
OTHERS = call(person("other", OFFICE))
"""Of a body that has received the record too."""

AT_HALL = Call(
    request_id="r", caller=Caller(Application("hall", "大厅"), person("clerk", OFFICE)), deadline=ASKER.deadline
)


class Successions(Book):
    """A PolicyProvider that knows successions."""

    def __init__(self, *successions: Succession) -> None:
        self._successions = successions

    def book(self) -> RuleBook:
        return RuleBook(items=(), rules=(), bodies=Bodies(self._successions))


def a_file_of(by: Call, file_id: str, at: datetime, name: str = "依据.pdf", *, complete: bool = True) -> File:
    """A file that the caller has uploaded."""
    return File(
        id=file_id,
        purpose=Purpose.UPLOAD,
        owner=Owner.of(by.caller),
        name=name,
        media_type="application/pdf",
        bytes=3,
        sha256="0" * 64,
        created_at=START,
        expires_at=at + timedelta(hours=1),
        is_complete=complete,
    )


class NoExchanges:
    """CorrectingExchanges of which none is open."""

    def share_exchange(self, system: str) -> None:
        return None

    def share_corrections(self, system: str) -> None:
        return None


class Hall:
    """The use cases of disputes over one database."""

    def __init__(self, database: Database) -> None:
        self.bureau = Bureau(database)
        self.clock, self.trail = self.bureau.clock, self.bureau.trail
        self.files, self.receipts = MemoryFiles(), SqlReceipts(database)
        self._numbers = count(1)
        self.use(Book())

    def use(self, book: Book) -> None:
        """Build the use cases, by this book."""
        share = msgspec.structs.replace(self.bureau.desk, book=book)
        uploads = ReceiveUpload(self.files, self.clock, share.audit)
        self.desk = DisputeDesk(share, self.receipts, self.files, uploads)
        self.report = DisputeRecord(self.desk, RouteDispute(share, NoExchanges()))
        self.answer = AnswerDispute(self.desk)
        self.acknowledge = AcknowledgeDispute(self.desk)
        self.find = FindDisputes(self.desk)
        self.evidence = GiveEvidence(self.desk, FileLimits())
        self.overdue = OverdueDisputes(self.desk, self.bureau.supervise)

    async def give(self, body: str = REQUESTER, application: str = "portal", rows: int = 1, **changes: Any) -> str:
        """The id of a receipt with which a body received the record."""
        number = next(self._numbers)
        delivery = Delivery(
            receipt=f"c-{number}",
            grant="g-1",
            body=body,
            application=application,
            resource=CODE,
            subject=SUBJECT,
            fields=FIELDS,
            at=self.clock.now(),
        )
        delivery = msgspec.structs.replace(delivery, **changes)
        access = dict.fromkeys(sorted(delivery.fields), Access.SHOW)
        record = a_receipt(id=delivery.receipt, rows=rows, fields=access).record()
        kept = KeptReceipt(delivery=delivery, use="u", event=f"e-{number}", rows=rows, record=record)
        await self.receipts.add([kept])
        return delivery.receipt

    async def upload(self, name: str = "依据.pdf", by: Call = ASKER, *, complete: bool = True) -> str:
        """The id of a file that the caller has uploaded."""
        file = a_file_of(by, f"f-{next(self._numbers)}", self.clock.now(), name, complete=complete)
        self.files.files[file.id] = file
        return file.id

    async def new(self, receipt: str, **changes: Any) -> NewDispute:
        """A report with evidence of its own."""
        made = NewDispute(key="k-1", receipt=receipt, fields=("name",), text="与本人证件不符", evidence=())
        made = msgspec.structs.replace(made, **changes)
        return made if "evidence" in changes else msgspec.structs.replace(made, evidence=(await self.upload(),))

    async def reported(self, **changes: Any) -> SeenDispute:
        """A dispute of the requester, with the source."""
        return await self.report(await self.new(await self.give(), **changes), ASKER)

    async def step(self, who: Call, seen: SeenDispute, step: SourceStep, *corrected: str) -> SeenDispute:
        """A step of the source on whatever version is there."""
        found = await self.desk.disputes.find(seen.dispute.id)
        assert found is not None
        asked = DisputeAnswer(id=found.id, expected_version=found.version, step=step, note="已核", corrected=corrected)
        return await self.answer(asked, who)

    def kinds(self) -> list[tuple[str, str]]:
        """Kind and ending of every event so far."""
        return [(event.kind, event.ending.value) for event in self.trail.events]
