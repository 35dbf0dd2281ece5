"""Give a file that was added to a share request to one of its parties: a ticket on it, and who got it on the record."""

from gateway.core.audit.share_kinds import SHARE_ATTACHMENT_GIVEN
from gateway.core.call import Call
from gateway.core.clock import china_date
from gateway.core.files import FileStore, Owner, Purpose
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.steps import Attachment
from gateway.services.create_upload import FileLimits
from gateway.services.issue_ticket import FileTicket, lend, ticket_on
from gateway.services.sharing.desk import ShareDesk, tell
from gateway.services.sharing.sight import sees_request


class GiveAttachment:
    """Lends tickets to the parties; supervision sees that there are files, and not what is in them."""

    def __init__(self, desk: ShareDesk, files: FileStore, limits: FileLimits) -> None:
        self._desk = desk
        self._files = files
        self._limits = limits

    async def __call__(self, request: ShareRequest, attachment: Attachment, call: Call) -> FileTicket | None:
        """A ticket; None for whoever is no party of the request, and of a file that is not kept any more.

        Raises:
            Refusal: LIMIT if too many files are kept for the caller already.
        """
        desk, now, person = self._desk, self._desk.clock.now(), call.caller.person
        if person is None or not sees_request(request, person, desk.book.book().bodies, china_date(now)):
            return None
        owner = Owner(attachment.application, attachment.added_by.subject or "")
        file = await self._files.find(attachment.upload, Purpose.UPLOAD, owner, now)
        if file is None:
            return None
        ticket = ticket_on(file, Owner.of(call.caller), now)
        async with desk.audit.noting(SHARE_ATTACHMENT_GIVEN, call) as note:
            tell(note, request)
            note.says(bytes=attachment.bytes, sha256=attachment.sha256, file=desk.log.key("file", ticket.id))
            return await lend(self._files, file, ticket, self._limits, note)
