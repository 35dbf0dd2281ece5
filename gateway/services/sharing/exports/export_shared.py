"""Export shared records: what is asked for is decided and written down; a worker fetches it page by page."""

import hashlib
import secrets
from typing import Final

import msgspec

from gateway.core import problems
from gateway.core.audit.events import UseReference
from gateway.core.audit.export_kinds import EXPORT_ASKED, EXPORT_ENDED
from gateway.core.call import Call
from gateway.core.errors import Refusal
from gateway.core.files import Owner
from gateway.core.records import Also, Transaction
from gateway.core.sharing.exports import GOING, KEPT, LONGEST_KEY, Export
from gateway.core.sharing.tables import TableFormat
from gateway.core.tasks import NewTask, TaskStore
from gateway.services.auditing import Note
from gateway.services.sealing.drafting import kept
from gateway.services.sharing.decide_use import MOST_RECORDS, Decided, DecideUse, SharedRequest
from gateway.services.sharing.exports.export_desk import KIND_EXPORT, ExportDesk

MOST_GOING: Final = 10
"""Exports of one caller that have not ended."""

_MOST_RACES: Final = 50
"""How often a cancellation may lose to a page that is just being kept."""

_ID_BYTES: Final = 18
_document: Final = msgspec.json.Encoder(order="deterministic")


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A caller's question, unchecked, and what its answer is written as; ``key`` is his idempotency key."""

    key: str
    use: str
    grant: str
    parameters: object
    fields: tuple[str, ...] | None
    format: TableFormat

    def __repr__(self) -> str:
        """The format only: parameters name persons."""
        return f"ExportRequest({self.format.value})"

    def digest(self) -> bytes:
        """The same for the same request only."""
        parts = [self.use, self.grant, self.parameters, self.fields, self.format.value]
        return hashlib.sha256(_document.encode(parts)).digest()


class ExportShared:
    """Takes exports, and cancels them.

    The same key with the same request is the same export, however often it is sent and whatever has become of the use.
    """

    def __init__(self, desk: ExportDesk, decide: DecideUse, tasks: TaskStore) -> None:
        self.desk = desk
        self._decide = decide
        self._tasks = tasks

    async def __call__(self, request: ExportRequest, call: Call) -> Export:
        """The export, old or new.

        Raises:
            Refusal: as DecideUse; BAD_INPUT for the key, CONFLICT if it stands for another request, LIMIT if too many
                of the caller's go on.
        """
        desk = self.desk
        async with desk.audit.noting(EXPORT_ASKED, call) as note:
            if not 1 <= len(request.key) <= LONGEST_KEY or not all("!" <= letter <= "~" for letter in request.key):
                raise Refusal(problems.EXPORT_KEY_INVALID, "input.idempotencyKey", limit=LONGEST_KEY)
            export = await desk.exports.of_key(Owner.of(call.caller), request.key)
            if export is None:
                export = await self._added(request, call, note)
            if export.request != request.digest():
                raise Refusal(problems.EXPORT_KEY_TAKEN, "input.idempotencyKey")
            return export

    async def cancel(self, export_id: str, call: Call) -> Export:
        """The caller's export, which is over; what had been fetched is deleted.

        Raises:
            Refusal: NOT_FOUND, CONFLICT once it has ended.
        """
        desk = self.desk
        async with desk.audit.noting(EXPORT_ENDED, call) as note:
            for _ in range(_MOST_RACES):
                export = await desk.exports.find(export_id)
                if export is None or export.owner != Owner.of(call.caller):
                    raise Refusal(problems.EXPORT_UNKNOWN, "input.export")
                now = desk.clock.now()
                if export.state not in GOING:
                    raise Refusal(problems.EXPORT_OVER, "input.export", state=export.state_at(now).value)
                after = export.cancel(now)
                desk.tell(note, after)
                if await desk.exports.change(export, after, note.within()):
                    return after
            raise Refusal(problems.EXPORT_MOVED, "input.export")

    async def _added(self, request: ExportRequest, call: Call, note: Note) -> Export:
        question = SharedRequest(
            use=request.use,
            grant=request.grant,
            parameters=request.parameters,
            fields=request.fields,
            first=MOST_RECORDS,
        )
        decided = await self._decide(question, call, note)
        note.says(format=request.format.value)
        export = self._export(request, decided, call)
        task = NewTask(kind=KIND_EXPORT, key=export.id, subject=export.id, due_at=export.asked_at)
        found = await self.desk.exports.add(export, MOST_GOING, _both(note.within(), self._tasks.adding([task])))
        if found is None:
            raise Refusal(problems.EXPORTS_TOO_MANY, limit=MOST_GOING)
        return found

    def _export(self, request: ExportRequest, decided: Decided, call: Call) -> Export:
        now, use = self.desk.clock.now(), decided.use
        reference = UseReference(
            reference=self.desk.references.of_use(use.id),
            basis=use.basis,
            item=use.item,
            case=use.case or use.application,
        )
        return Export(
            id=secrets.token_urlsafe(_ID_BYTES),
            key=request.key,
            request=request.digest(),
            caller=kept(call.caller),
            request_id=call.request_id,
            language=call.language,
            use=use.id,
            kept=use,
            reference=reference,
            grant=request.grant,
            resource=decided.resource.code,
            resource_version=decided.resource.version,
            parameters=dict(decided.asked.parameters),
            fields=tuple(sorted(decided.asked.fields)),
            format=request.format,
            asked_at=now,
            changed_at=now,
            expires_at=now + KEPT,
            withheld=dict(decided.permit.withheld),
        )


def _both(first: Also, second: Also) -> Also:
    async def both(transaction: Transaction) -> None:
        await first(transaction)
        await second(transaction)

    return both
