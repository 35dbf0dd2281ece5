"""Import the catalogue from a table that was uploaded: all of it in one transaction, or what is wrong with it.

What a table does not mention stays as it is: that a resource is left out of a file does not end it.
"""

import asyncio
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec

from gateway.core import problems
from gateway.core.audit.events import Ending
from gateway.core.audit.share_kinds import CATALOGUE_IMPORTED
from gateway.core.call import Call
from gateway.core.caller import Role
from gateway.core.clock import china_date
from gateway.core.errors import Refusal
from gateway.core.files import File, FileStore
from gateway.core.sharing.catalogue import ResourceChoice
from gateway.core.sharing.custody import Custody
from gateway.core.sharing.importing import Imported, codes_of, import_resources
from gateway.core.sharing.importing_relations import import_relations, resources_of
from gateway.core.sharing.resources import ItemRelation, Resource
from gateway.core.sharing.sheets import LARGEST, Note, Sheet, SheetReader
from gateway.services.auditing import Note as AuditNote
from gateway.services.receive_upload import ReceiveUpload
from gateway.services.sharing.catalogue.keep_catalogue import CatalogueKeeper
from gateway.services.sharing.desk import ShareDesk

MOST_PROVIDERS: Final = 50
"""Providers of whose other resources it is told how many stay."""
_OF_BODIES: Final = frozenset({Role.OFFICER, Role.DEPARTMENT})


class CatalogueTable(StrEnum):
    """What a table is of."""

    RESOURCES = "RESOURCES"
    ITEM_RELATIONS = "ITEM_RELATIONS"


class ImportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An upload, what is in it, and whether it is only to be said what importing it would do."""

    upload: str
    table: CatalogueTable
    dry_run: bool = False


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a table adds and changes, or else what is wrong with it: then nothing was imported.

    Attributes:
        absent: how many resources of the same providers it does not mention: they stay. None of relations, and where
            there are more than MOST_PROVIDERS.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    absent: int | None = None
    notes: tuple[Note, ...] = ()


class ImportCatalogue:
    """Imports for the hub office, and for people of bodies what is of their own resources.

    Args:
        desk: has the catalogue, the rules of succession and the audit.
        files: has the bytes of uploads.
        uploads: finds them.
        read: reads tables.
    """

    def __init__(self, desk: ShareDesk, files: FileStore, uploads: ReceiveUpload, read: SheetReader) -> None:
        self._desk = desk
        self._files = files
        self._uploads = uploads
        self._read = read
        self._keeper = CatalogueKeeper(desk.resources, desk.relations, desk.log)
        self._turn = asyncio.Semaphore()

    async def __call__(self, request: ImportRequest, call: Call) -> ImportReport:
        """What came of it.

        Raises:
            Refusal: FORBIDDEN for whoever works neither for the hub office nor for a body, NOT_FOUND or CONFLICT for
                the upload, CONFLICT if somebody else changed the catalogue meanwhile.
        """
        async with self._desk.audit.noting(CATALOGUE_IMPORTED, call) as note:
            custody = self._custody(call)
            file = await self._uploads.find_complete(request.upload, call.caller)
            note.says(table=request.table.value, sha256=file.sha256 or "", what="try" if request.dry_run else "import")
            async with self._turn:  # tables are large in memory: one after the other
                sheet = await asyncio.to_thread(self._read, await self._bytes(file))
                if request.table is CatalogueTable.RESOURCES:
                    return await self._resources(sheet, custody, note, dry_run=request.dry_run)
                return await self._relations(sheet, custody, note, dry_run=request.dry_run)

    async def _resources(self, sheet: Sheet, custody: Custody, note: AuditNote, *, dry_run: bool) -> ImportReport:
        found = await self._desk.resources.find_all(sorted(await asyncio.to_thread(codes_of, sheet)))
        existing = {one.code: one for one in found}
        imported = await asyncio.to_thread(import_resources, sheet, existing, custody.judge)
        added = sum(1 for one in imported.resources if one.version == 1)
        report = ImportReport(
            added=added,
            changed=len(imported.resources) - added,
            unchanged=imported.unchanged,
            absent=None if imported.notes else await self._absent(imported, found),
            notes=imported.notes,
        )
        _tell(note, report)
        is_to_keep = bool(imported.resources) and not dry_run
        if is_to_keep and not await self._keeper.keep(imported.resources, note.event(Ending.DONE), note.within()):
            raise Refusal(problems.CATALOGUE_CHANGED)
        return report

    async def _relations(self, sheet: Sheet, custody: Custody, note: AuditNote, *, dry_run: bool) -> ImportReport:
        codes = sorted(await asyncio.to_thread(resources_of, sheet))
        resources = {one.code: one for one in await self._desk.resources.find_all(codes)}
        imported = await asyncio.to_thread(import_relations, sheet, resources, custody.judge_relation)
        known = {_key(one): one for one in await self._desk.relations.of_resources(sorted(resources))}
        changed = [one for one in imported.relations if known.get(_key(one)) != one]
        added = sum(1 for one in changed if _key(one) not in known)
        report = ImportReport(
            added=added,
            changed=len(changed) - added,
            unchanged=len(imported.relations) - len(changed),
            notes=imported.notes,
        )
        _tell(note, report)
        if changed and not dry_run:
            await self._keeper.relate(changed, note.event(Ending.DONE), note.within())
        return report

    async def _absent(self, imported: Imported, existing: Sequence[Resource]) -> int | None:
        providers = {one.provider for one in (*existing, *imported.resources)}
        if len(providers) > MOST_PROVIDERS:
            return None
        counts = [await self._desk.resources.count(ResourceChoice(provider=one)) for one in sorted(providers)]
        return sum(counts) - len(existing)

    async def _bytes(self, file: File) -> bytes:
        """The bytes of an upload; of one that is too large one more than is read, which its reader says."""
        last = min(file.bytes, LARGEST + 1) - 1
        return b"".join([chunk async for chunk in self._files.read(file, 0, last)])

    def _custody(self, call: Call) -> Custody:
        person = call.caller.person
        if person is None:
            raise Refusal(problems.PERSON_MISSING)
        bodies, on = self._desk.book.book().bodies, china_date(self._desk.clock.now())
        if person.role is Role.HUB:
            return Custody(None, bodies, on)
        if person.role not in _OF_BODIES or person.body is None:
            raise Refusal(problems.SHARE_ROLE)
        return Custody(person.body, bodies, on)


def _tell(note: AuditNote, report: ImportReport) -> None:
    note.counts(report.added + report.changed)
    note.says(added=report.added, changed=report.changed, unchanged=report.unchanged, findings=len(report.notes))


def _key(relation: ItemRelation) -> tuple[object, ...]:
    return relation.item, relation.resource, relation.valid_from
