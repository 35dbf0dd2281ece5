"""Lend a file that the gateway made to whom it was made for: a ticket on it, while its bytes stay where they are."""

from gateway.core.audit.catalogue import TICKET_ISSUED
from gateway.core.call import Call
from gateway.core.clock import Clock
from gateway.core.files import FileStore, Owner, Purpose
from gateway.services.auditing import Auditing
from gateway.services.create_upload import FileLimits
from gateway.services.issue_ticket import FileTicket, lend, ticket_on


class LendResult:
    """Lends results to their owners; whoever uses it has found out that they may have them."""

    def __init__(self, files: FileStore, clock: Clock, limits: FileLimits, audit: Auditing) -> None:
        self._files = files
        self._clock = clock
        self._limits = limits
        self._audit = audit

    async def __call__(self, file_id: str, call: Call) -> FileTicket | None:
        """A ticket; None if the file is not the caller's, or is not kept any more.

        Raises:
            Refusal: LIMIT if too many files are kept for the caller already.
        """
        now, owner = self._clock.now(), Owner.of(call.caller)
        file = await self._files.find(file_id, Purpose.RESULT, owner, now)
        if file is None:
            return None
        ticket = ticket_on(file, owner, now)
        async with self._audit.noting(TICKET_ISSUED, call) as note:
            note.about("file", ticket.id)
            note.says(bytes=ticket.bytes, sha256=ticket.sha256 or "")
            return await lend(self._files, file, ticket, self._limits, note)
