"""Give a dispute's evidence to its two sides: a ticket on the file, and who got it on the record."""

from gateway.core.audit.share_kinds import DISPUTE_EVIDENCE_GIVEN
from gateway.core.call import Call
from gateway.core.files import Owner, Purpose
from gateway.core.sharing.steps import Attachment
from gateway.services.create_upload import FileLimits
from gateway.services.issue_ticket import FileTicket, lend, ticket_on
from gateway.services.sharing.disputes.dispute_desk import DisputeDesk, tell_dispute
from gateway.services.sharing.disputes.dispute_sight import SeenDispute


class GiveEvidence:
    """Lends tickets to reporter and source; everybody else sees at the most that there are files."""

    def __init__(self, desk: DisputeDesk, limits: FileLimits) -> None:
        self._desk = desk
        self._limits = limits

    async def __call__(self, seen: SeenDispute, attachment: Attachment, call: Call) -> FileTicket | None:
        """A ticket; None for whoever is of neither side, and of a file that is not kept any more.

        Raises:
            Refusal: LIMIT if too many files are kept for the caller already.
        """
        desk, now = self._desk, self._desk.share.clock.now()
        if not seen.opens_evidence:
            return None
        owner = Owner(attachment.application, attachment.added_by.subject or "")
        file = await desk.files.find(attachment.upload, Purpose.UPLOAD, owner, now)
        if file is None:
            return None
        ticket = ticket_on(file, Owner.of(call.caller), now)
        async with desk.share.audit.noting(DISPUTE_EVIDENCE_GIVEN, call) as note:
            tell_dispute(note, seen.dispute)
            file_reference = desk.share.log.key("file", ticket.id)
            note.says(bytes=attachment.bytes, sha256=attachment.sha256, file=file_reference)
            return await lend(desk.files, file, ticket, self._limits, note)
