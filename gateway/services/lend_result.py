"""Lend a file that the gateway made to whom it was made for: a ticket on it, while its bytes stay where they are."""

from typing import Protocol

from gateway.core import problems
from gateway.core.audit.catalogue import TICKET_ISSUED
from gateway.core.call import Call
from gateway.core.clock import Clock
from gateway.core.errors import Refusal
from gateway.core.files import File, FileStore, Owner, Purpose
from gateway.services.auditing import Auditing
from gateway.services.create_upload import FileLimits, new_file_id
from gateway.services.issue_ticket import LIFETIME, FileTicket


class Result(Protocol):
    """What is known of the file: its id in the store of files, and what it is."""

    @property
    def file(self) -> str:
        """The id."""
        ...

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def media_type(self) -> str:
        """Its media type."""
        ...

    @property
    def bytes(self) -> int:
        """Its size."""
        ...

    @property
    def sha256(self) -> str:
        """Of its bytes, hexadecimal."""
        ...


class LendResult:
    """Lends results to their owners; whoever uses it has found out that they may have them."""

    def __init__(self, files: FileStore, clock: Clock, limits: FileLimits, audit: Auditing) -> None:
        self._files = files
        self._clock = clock
        self._limits = limits
        self._audit = audit

    async def __call__(self, result: Result, call: Call) -> FileTicket | None:
        """A ticket; None if the file is not the caller's, or is not kept any more.

        Raises:
            Refusal: LIMIT if too many files are kept for the caller already.
        """
        now, owner = self._clock.now(), Owner.of(call.caller)
        file = await self._files.find(result.file, Purpose.RESULT, owner, now)
        if file is None:
            return None
        ticket = File(
            id=new_file_id(),
            purpose=Purpose.TICKET,
            owner=owner,
            name=result.name,
            media_type=result.media_type,
            bytes=result.bytes,
            sha256=result.sha256,
            created_at=now,
            expires_at=min(now + LIFETIME, file.expires_at),
        )
        async with self._audit.noting(TICKET_ISSUED, call) as note:
            note.about("file", ticket.id)
            note.says(bytes=ticket.bytes, sha256=result.sha256)
            if not await self._files.lend(file, ticket, self._limits.quota, note.within()):
                quota = self._limits.quota
                raise Refusal(problems.FILES_TOO_MANY, files=quota.files, limit=quota.bytes)
            return FileTicket(
                url=f"{self._limits.base}/files/{ticket.id}",
                name=ticket.name,
                media_type=ticket.media_type,
                bytes=ticket.bytes,
                sha256=result.sha256,
                expires_at=ticket.expires_at,
            )
