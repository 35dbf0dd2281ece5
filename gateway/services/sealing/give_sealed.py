"""Give a sealed document to the caller who asked for it: a ticket on the file, once the sealing is released."""

from gateway.core import problems
from gateway.core.audit.catalogue import TICKET_ISSUED
from gateway.core.call import Call
from gateway.core.clock import Clock
from gateway.core.errors import Refusal
from gateway.core.files import File, FileStore, Owner, Purpose
from gateway.core.seals.sealing import Sealing, SealingState
from gateway.services.auditing import Auditing
from gateway.services.create_upload import FileLimits, new_file_id
from gateway.services.issue_ticket import LIFETIME, FileTicket


class GiveSealed:
    """Lends tickets; the bytes stay where they are."""

    def __init__(self, files: FileStore, clock: Clock, limits: FileLimits, audit: Auditing) -> None:
        self._files = files
        self._clock = clock
        self._limits = limits
        self._audit = audit

    async def __call__(self, sealing: Sealing, call: Call) -> FileTicket | None:
        """A ticket; None unless the sealing is released, the caller's own, and its document still kept.

        Raises:
            Refusal: LIMIT if too many files are kept for the caller already.
        """
        owner, result = Owner.of(call.caller), sealing.result
        if sealing.state is not SealingState.RELEASED or sealing.owner != owner or result is None:
            return None
        now = self._clock.now()
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
