"""Issue a ticket: keep a file that the gateway made, for the caller to fetch within a quarter of an hour."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial

import msgspec

from gateway.core import problems
from gateway.core.audit.catalogue import TICKET_ISSUED
from gateway.core.call import Call
from gateway.core.clock import Clock
from gateway.core.errors import Refusal
from gateway.core.files import File, FileStore, Owner, Purpose, safe_name
from gateway.core.media_types import OFD, UNTYPED
from gateway.core.records import Also
from gateway.services.auditing import Auditing, Note
from gateway.services.create_upload import FileLimits, declare, new_file_id
from gateway.services.fill_file import Came, fill_file

LIFETIME = timedelta(minutes=15)
_NAMELESS = "file"


class FileTicket(msgspec.Struct, frozen=True, kw_only=True):
    """Where the caller fetches the file, and what it will be."""

    url: str
    name: str
    media_type: str
    bytes: int
    sha256: str
    expires_at: datetime


class IssueTicket:
    """Issues tickets to callers for what they may have: whoever uses it has asked policy."""

    def __init__(self, files: FileStore, clock: Clock, limits: FileLimits, audit: Auditing) -> None:
        self._files = files
        self._clock = clock
        self._limits = limits
        self._audit = audit

    async def __call__(self, name: str, media_type: str, chunks: AsyncIterator[bytes], call: Call) -> FileTicket:
        """The ticket; the chunks, of any size, are kept as they come.

        Raises:
            Refusal: LIMIT if the file is too large, or too much is kept for the caller already.
        """
        file = self._declared(name, media_type, call)
        async with self._audit.noting(TICKET_ISSUED, call) as note:
            note.about("file", file.id)
            await declare(self._files, file, self._limits)
            came = await fill_file(self._files, file.id, chunks, partial(_accept, note), self._limits.bytes)
        assert came is not None, "nobody else knows the id yet"
        return _shown(msgspec.structs.replace(file, bytes=came.bytes, sha256=came.sha256), self._limits)

    def _declared(self, name: str, media_type: str, call: Call) -> File:
        now = self._clock.now()
        return File(
            id=new_file_id(),
            purpose=Purpose.TICKET,
            owner=Owner.of(call.caller),
            name=safe_name(name) or _NAMELESS,
            media_type=media_type,
            bytes=0,
            sha256=None,
            created_at=now,
            expires_at=now + LIFETIME,
        )


def ticket_on(file: File, owner: Owner, at: datetime) -> File:
    """A ticket by which the owner fetches a complete file that is kept, for a quarter of an hour at the most.

    What somebody has uploaded is not called an OFD: so begins any other archive too, such as a text or a table.
    """
    is_unsure = file.purpose is Purpose.UPLOAD and file.media_type == OFD
    return msgspec.structs.replace(
        file,
        id=new_file_id(),
        purpose=Purpose.TICKET,
        owner=owner,
        media_type=UNTYPED if is_unsure else file.media_type,
        created_at=at,
        expires_at=min(at + LIFETIME, file.expires_at),
    )


async def lend(files: FileStore, file: File, ticket: File, limits: FileLimits, note: Note) -> FileTicket:
    """Lend a ticket on a file: the bytes stay where they are. Its event is in the same transaction.

    Raises:
        Refusal: LIMIT if too many files are kept for the ticket's owner already.
    """
    quota = limits.quota
    if not await files.lend(file, ticket, quota, note.within()):
        raise Refusal(problems.FILES_TOO_MANY, files=quota.files, limit=quota.bytes)
    return _shown(ticket, limits)


def _shown(ticket: File, limits: FileLimits) -> FileTicket:
    return FileTicket(
        url=f"{limits.base}/files/{ticket.id}",
        name=ticket.name,
        media_type=ticket.media_type,
        bytes=ticket.bytes,
        sha256=ticket.sha256 or "",
        expires_at=ticket.expires_at,
    )


def _accept(note: Note, came: Came) -> Also:
    note.says(bytes=came.bytes, sha256=came.sha256)
    return note.within()
