"""What the use cases of exports share: where exports are, their receipts, and what the audit is told of them."""

import secrets
from collections.abc import AsyncIterator
from typing import Final

import msgspec

from gateway.core.audit.events import Event
from gateway.core.audit.export_kinds import EXPORT_ENDED
from gateway.core.audit.references import References
from gateway.core.clock import Clock
from gateway.core.ports import AuditTrail
from gateway.core.records import Also
from gateway.core.sharing.exports import Export, ExportState, ExportStore
from gateway.core.sharing.records import GrantStore, ReceiptStore, SignedReceipt
from gateway.services.auditing import Auditing, Note, actor_of
from gateway.services.sharing.exports.day_quota import DayQuota
from gateway.services.sharing.receipt_press import Given, ReceiptPress

KIND_EXPORT: Final = "share-export"
_AT_ONCE: Final = 500
given_of: Final = msgspec.msgpack.Decoder(Given).decode
"""What the receipt of a page is made of, as it is kept with the page."""


class ExportDesk(msgspec.Struct, frozen=True):
    """Stores, clock and log of exports.

    ``quota`` tells what the day leaves to one; ``press`` makes the receipts of pages whose worker could not.
    """

    exports: ExportStore
    grants: GrantStore
    quota: DayQuota
    receipts: ReceiptStore
    press: ReceiptPress
    trail: AuditTrail
    references: References
    clock: Clock
    audit: Auditing

    def ended(self, export: Export) -> Also:
        """Leave the event of an export's end in its transaction, in the name of who asked."""
        caller = export.caller
        event = Event(
            id=secrets.token_hex(16),
            kind=EXPORT_ENDED.code,
            at=export.changed_at,
            request_id=export.request_id,
            application=caller.application.code,
            actor=actor_of(caller.person, self.references) if caller.person else None,
            use=export.reference,
            about=self.references.of_record("export", export.id),
            count=export.rows if export.state is ExportState.READY else 0,
            note=_words(export),
        )
        return self.trail.within(event)

    def tell(self, note: Note, export: Export) -> None:
        """Tell the note of an end that somebody asks for."""
        note.about("export", export.id)
        note.counts(0)
        note.says(**_words(export))

    async def has_receipts(self, export: Export) -> bool:
        """Make the receipt of the last page, if its worker was stopped before that; False if it must wait a moment."""
        page = await self.exports.page_of(export.id, export.pages)
        if page is None or await self.receipts.find(page.receipt) is not None:
            return True
        given = given_of(page.given)
        if not await self.press.can_give(given):
            return False
        await self.press.give(given)
        return True

    async def records(self, export: Export) -> AsyncIterator[SignedReceipt]:
        """The receipts of all pages, in order."""
        after = 0
        while ids := await self.exports.receipts(export.id, after, _AT_ONCE):
            for one in ids:
                found = await self.receipts.find(one)
                assert found is not None, "every page has its receipt before the next one is asked for"
                yield found
            after += len(ids)


def _words(export: Export) -> dict[str, str | int]:
    words: dict[str, str | int] = {
        "resource": export.resource,
        "version": export.resource_version,
        "format": export.format.value,
        "result": export.state.value,
        "pages": export.pages,
    }
    if export.file is not None:
        words |= {"sha256": export.file.sha256, "bytes": export.file.bytes}
    if export.troubles:
        words["reason"] = export.troubles[0].number
    return words
