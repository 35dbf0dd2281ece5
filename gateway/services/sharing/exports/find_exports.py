"""Find exports: one's own, as they go on and when they have ended; and give their files."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from functools import reduce
from typing import Any, Final

from gateway.core import problems
from gateway.core.audit.canonical import parse
from gateway.core.call import Call
from gateway.core.errors import Refusal
from gateway.core.files import Owner
from gateway.core.sharing.exports import GOING, Export, ExportState
from gateway.core.sharing.grants import Grant, broken
from gateway.core.sharing.receipts import exported
from gateway.core.sharing.records import SignedReceipt
from gateway.core.sharing.terms import meet_access
from gateway.core.text import Text
from gateway.services.following import LOOK_SECONDS, follow
from gateway.services.issue_ticket import FileTicket
from gateway.services.lend_result import LendResult
from gateway.services.paging import Page, cut_page, open_page, read_place
from gateway.services.sharing.exports.export_desk import ExportDesk

MOST_RECEIPTS: Final = 200
"""Receipts that are shown at a time."""

_NARROWED: Final = Text("授权开放的字段已收窄", "the grant opens less by now")


class FindExports:
    """Shows exports to whom they belong: the person who asked, through the application that asked for him.

    Nobody else sees them, colleagues neither: each answers for the use that he opened.
    """

    def __init__(self, desk: ExportDesk, lend: LendResult, look: float = LOOK_SECONDS) -> None:
        self._desk = desk
        self._lend = lend
        self._look = look

    async def __call__(self, export_id: str, call: Call) -> Export | None:
        """The export, if it is the caller's."""
        export = await self._desk.exports.find(export_id)
        return export if export is not None and export.owner == Owner.of(call.caller) else None

    async def page(self, first: int, after: str | None, call: Call) -> Page[Export]:
        """The ``first`` of the caller's after the cursor, newest first.

        Raises:
            Refusal: BAD_INPUT for the page.
        """
        key = open_page(first, after)
        place = None if key is None else read_place(key)
        found = await self._desk.exports.page(Owner.of(call.caller), place, first + 1)
        return cut_page(found, lambda export: f"{export.asked_at.isoformat()} {export.id}", first, len(found))

    async def watch(self, export_id: str, call: Call) -> AsyncGenerator[Export, None]:
        """The export now and as it goes on, until it has ended.

        Raises:
            Refusal: NOT_FOUND unless it is the caller's.
        """
        if await self(export_id, call) is None:
            raise Refusal(problems.EXPORT_UNKNOWN, "id")

        async def find() -> tuple[int, Export, bool] | None:
            found = await self._desk.exports.find(export_id)
            return None if found is None else (found.version, found, found.state not in GOING)

        return follow(export_id, find, self._desk.exports.changes, self._look)

    def state(self, export: Export) -> ExportState:
        """How far it is at this moment."""
        return export.state_at(self._desk.clock.now())

    async def file(self, export: Export, call: Call) -> FileTicket | None:
        """A ticket on its file; None unless there is one, and it is the caller's.

        Raises:
            Refusal: FORBIDDEN if the grant has ended or opens less by now, LIMIT if too many files are kept for the
                caller already.
        """
        if self.state(export) is not ExportState.READY or export.file is None:
            return None
        lineage = await self._desk.grants.lineage(export.grant)
        reason = broken(lineage) or _withdrawn(export, lineage, self._desk.clock.now())
        if reason is not None:
            raise Refusal(problems.EXPORT_WITHHELD, "file", reason=reason)
        return await self._lend(export.file.file, call)

    async def receipts(self, export: Export, first: int, after: int) -> Sequence[dict[str, Any]]:
        """The receipts of ``first`` pages after this number, as they are handed out; the newest may be on its way.

        Raises:
            Refusal: BAD_INPUT for the numbers.
        """
        if not 1 <= first <= MOST_RECEIPTS or after < 0:
            raise Refusal(problems.EXPORT_RECEIPTS_RANGE, "first", limit=MOST_RECEIPTS)
        ids = await self._desk.exports.receipts(export.id, after, first)
        found = [await self._desk.receipts.find(one) for one in ids]
        return [_shown(one) for one in found if one is not None]


def _withdrawn(export: Export, lineage: Sequence[Grant], now: datetime) -> Text | None:
    """Why the grants do not open any more what the file has; None if they do."""
    for grant in lineage:
        if reason := grant.closed(now):
            return reason
    given = {
        column.name: reduce(meet_access, (grant.terms.access(column.name) for grant in lineage), column.access)
        for column in export.columns
    }
    return None if all(given[column.name] is column.access for column in export.columns) else _NARROWED


def _shown(receipt: SignedReceipt) -> dict[str, Any]:
    if receipt.proof is None or receipt.signature is None or receipt.key is None:
        return {"receipt": parse(receipt.record)}
    return exported(receipt.record, receipt.proof, receipt.signature, receipt.key)
