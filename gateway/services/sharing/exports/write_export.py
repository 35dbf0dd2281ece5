"""Write an export: its pages become one file while they are read, a chunk in memory at a time, sealed where it lies."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import msgspec

from gateway.core import problems
from gateway.core.audit.merkle import Frontier
from gateway.core.errors import Refusal
from gateway.core.files import File, FileStore, Purpose, Quota, safe_name
from gateway.core.records import Transaction, both
from gateway.core.sharing.exports import KEPT, MOST_BYTES, Export, ExportedFile
from gateway.core.sharing.manifests import Manifest
from gateway.core.sharing.receipts import instant, read_receipt
from gateway.core.sharing.tables import CellTooLong, TableFormat, TableStreams
from gateway.core.trouble import Trouble
from gateway.services.create_upload import new_file_id
from gateway.services.fill_file import fill_file
from gateway.services.sharing.exports.export_desk import ExportDesk

_UNNAMED: Final = timedelta(hours=1)
"""How long a file lives that no export names: of a worker who was stopped before the end."""

_MOST_FILE: Final = 2 * MOST_BYTES
_UNBOUNDED: Final = Quota(2**31, 2**62)
"""Results are bounded by how many exports there may be, and by how long they are kept."""

_KINDS: Final = {
    TableFormat.CSV: ("csv", "text/csv; charset=utf-8"),
    TableFormat.XLSX: ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    TableFormat.JSON_LINES: ("jsonl", "application/x-ndjson"),
}
_Records = list[dict[str, Any]]
_records: Final = msgspec.json.Decoder(_Records).decode


class WriteExport:
    """Writes files, and ends their exports with them."""

    def __init__(self, desk: ExportDesk, files: FileStore, tables: TableStreams) -> None:
        self._desk = desk
        self._files = files
        self._tables = tables

    async def __call__(self, export: Export) -> Export | None:
        """The export with its file; None if somebody else has ended it meanwhile.

        Raises:
            Refusal: CONFLICT for a value that the format cannot hold, BAD_INPUT for a file that is too large.
        """
        file = self._declared(export)
        await self._files.declare(file, _UNBOUNDED, file.created_at)
        came = await fill_file(self._files, file.id, self._pieces(export), lambda _: _nothing_else, _MOST_FILE)
        assert came is not None, "nobody else knows the id yet"
        made = ExportedFile(
            file=file.id, name=file.name, media_type=file.media_type, bytes=came.bytes, sha256=came.sha256
        )
        now = self._desk.clock.now()
        warnings = (Trouble(problems.EXPORT_CUT.number),) if export.is_cut else ()
        after = export.finish(made, await self._manifest(export, made), now, warnings)
        holding, ended = self._files.holding([file.id], after.expires_at), self._desk.ended(after)

        return after if await self._desk.exports.change(export, after, both(holding, ended)) else None

    def _declared(self, export: Export) -> File:
        now = self._desk.clock.now()
        ending, media_type = _KINDS[export.format]
        code = export.resource.replace("/", "-")
        return File(
            id=new_file_id(),
            purpose=Purpose.RESULT,
            owner=export.owner,
            name=safe_name(f"{code}-{export.id[:8]}.{ending}"),
            media_type=media_type,
            bytes=0,
            sha256=None,
            created_at=now,
            expires_at=now + min(_UNNAMED, KEPT),
        )

    async def _pieces(self, export: Export) -> AsyncIterator[bytes]:
        names = [column.name for column in export.columns]
        with self._tables(export.format, [(column.name, column.title) for column in export.columns]) as table:
            for number in range(1, export.pages + 1):
                page = await self._desk.exports.page_of(export.id, number)
                if page is None or page.records is None:
                    raise Refusal(problems.EXPORT_MOVED)
                rows = ([record.get(name) for name in names] for record in _records(page.records))
                try:
                    yield await asyncio.to_thread(table.add, rows)
                except CellTooLong:
                    raise Refusal(problems.EXPORT_CELL_TOO_LONG) from None
            yield await asyncio.to_thread(table.end)

    async def _manifest(self, export: Export, file: ExportedFile) -> dict[str, Any]:
        tree = Frontier()
        grants: tuple[str, ...] = ()
        async for receipt in self._desk.records(export):
            tree = tree.with_leaf(receipt.record)
            grants = read_receipt(receipt.record).grants
        manifest = Manifest(
            id=export.id,
            request_id=export.request_id,
            grants=grants,
            resource=export.resource,
            resource_version=export.resource_version,
            at=instant(self._desk.clock.now()),
            format=export.format,
            rows=export.rows,
            size=file.bytes,
            sha256=file.sha256,
            pages=export.pages,
            receipts=tree.root().hex(),
        )
        return await self._desk.press.vouch(manifest)


async def _nothing_else(_: Transaction) -> None:
    """What belongs to showing the file: nothing, as nobody sees it yet."""
