"""Fetch the next page of an export: decided anew, and kept in the transaction of its quota, its audit and its event."""

import hashlib
from typing import Final

import msgspec

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import Refusal
from gateway.core.outcome import ANSWERED, SourceReport
from gateway.core.records import Transaction
from gateway.core.sharing.exports import MOST_BYTES, MOST_ROWS, Column, Export, ExportPage, ExportStore, Fetched
from gateway.services.sharing.decide_use import MOST_RECORDS, SharedRequest
from gateway.services.sharing.fetch_shared import FetchShared, SharedPage

PAGE_SECONDS: Final = 30.0
"""How long a system may take for a page."""


class Turn(msgspec.Struct, frozen=True):
    """What asking gave: the export after it, and what is said of the system; the same export if it gave nothing."""

    export: Export
    report: SourceReport


class FetchPage:
    """Fetches pages.

    Every page is decided as a query is: by the use, which must be live still, or hold still where the export has waited
    for the quota of another day, the grants and those above them, the
    rules, the bodies and the catalogue of that moment, for the person as he was proven to be when he asked.
    """

    def __init__(self, fetch: FetchShared, exports: ExportStore, clock: Clock) -> None:
        self._fetch = fetch
        self._exports = exports
        self._clock = clock

    async def __call__(self, export: Export, most: int = MOST_RECORDS) -> Turn:
        """The export with one page more, of ``most`` records at the most, if its system gave one.

        Raises:
            Refusal: it may not go on, or somebody else has gone on with it; nothing of the page is kept or spent then.
            StoreUnavailable: nobody knows whether the page is kept.
        """
        grown: list[Export] = []

        async def keep(transaction: Transaction, page: SharedPage) -> None:
            fetched = self._fetched(page)
            _verify(export, fetched)
            after = export.add(fetched)
            if not await self._exports.keep(transaction, export, after, _kept(after, page)):
                raise Refusal(problems.EXPORT_MOVED)
            grown[:] = [after]

        request = SharedRequest(
            use=export.use,
            grant=export.grant,
            parameters=export.parameters,
            fields=export.fields,
            first=min(most, MOST_RECORDS),
            after=export.cursor,
            kept=export.kept if export.days else None,
        )
        call = Call(
            request_id=export.request_id,
            caller=export.caller,
            deadline=Deadline.after(PAGE_SECONDS, self._clock),
            language=export.language,
        )
        found = await self._fetch(request, call, keep)
        (report,) = found.sources
        return Turn(grown[0] if report.outcome in ANSWERED else export, report)

    def _fetched(self, page: SharedPage) -> Fetched:
        records = msgspec.json.encode(page.records)
        mark = hashlib.sha256(records)
        for reply in page.given.receipt.replies:
            mark.update(reply.sha256.encode())
        if page.skipped:  # a page that was cut goes on, though its next records look the same
            mark.update(str(page.skipped).encode())
        return Fetched(
            resource_version=page.resource.version,
            columns=tuple(
                Column(item.name, item.title, page.access[item.name])
                for item in page.resource.items
                if item.name in page.access
            ),
            withheld=page.withheld,
            rows=len(page.records),
            size=len(records),
            cursor=page.cursor,
            mark=mark.digest(),
            truncated=page.truncated,
            at=self._clock.now(),
            use=page.use,
        )


def _verify(export: Export, page: Fetched) -> None:
    if not export.continues(page):
        raise Refusal(problems.EXPORT_CHANGED)
    if export.repeats(page):
        raise Refusal(problems.EXPORT_REPEATED)
    if export.is_full(page):
        raise Refusal(problems.EXPORT_TOO_LARGE, rows=MOST_ROWS, megabytes=MOST_BYTES // 1024 // 1024)


def _kept(export: Export, page: SharedPage) -> ExportPage:
    return ExportPage(
        number=export.pages,
        receipt=page.given.receipt.id,
        given=msgspec.msgpack.encode(page.given),
        records=msgspec.json.encode(page.records),
    )
