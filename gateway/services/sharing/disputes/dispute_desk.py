"""What all steps of disputes have in common: who acts, on which version, and what the audit is told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.caller import Caller, Person
from gateway.core.clock import china_date
from gateway.core.errors import Refusal
from gateway.core.files import FileStore
from gateway.core.records import Also, both
from gateway.core.sharing.corrections import MOST_EVIDENCE, Dispute
from gateway.core.sharing.parties import Acted, Actor, Party
from gateway.core.sharing.records import DisputeStore, ReceiptStore
from gateway.core.sharing.steps import Attachment
from gateway.services.auditing import Note
from gateway.services.receive_upload import ReceiveUpload
from gateway.services.sharing.add_to_request import KEPT
from gateway.services.sharing.desk import ShareDesk
from gateway.services.sharing.disputes.dispute_sight import SeenDispute, see

KIND: Final = "dispute"


class DisputeDesk(msgspec.Struct, frozen=True):
    """Takes steps of disputes for those who may.

    Attributes:
        share: admits people, knows bodies, offices and deadlines, writes the audit.
        receipts: know who was given which record.
        files: hold evidence, ``uploads`` find it.
        uploads: likewise.
    """

    share: ShareDesk
    receipts: ReceiptStore
    files: FileStore
    uploads: ReceiveUpload

    @property
    def disputes(self) -> DisputeStore:
        """Keeps them."""
        return self.share.disputes

    def see(self, dispute: Dispute, person: Person) -> SeenDispute | None:
        """The dispute as the person sees it; None if it is not his to see."""
        authority = self.share.rules.offices.authority(dispute.region)
        return see(dispute, person, authority, self.share.book.book().bodies, china_date(self.share.clock.now()))

    async def found(self, dispute_id: str, person: Person, note: Note) -> Dispute:
        """The dispute, if it is the person's to see; raises Refusal NOT_FOUND."""
        dispute = await self.disputes.find(dispute_id)
        if dispute is None or self.see(dispute, person) is None:
            raise Refusal(problems.DISPUTE_UNKNOWN, "input.id")
        tell_dispute(note, dispute)
        return dispute

    async def expected(self, dispute_id: str, version: int, call: Call, note: Note) -> tuple[Dispute, Actor]:
        """The dispute in the version that the caller has read, and the caller as one who acts in it.

        Raises:
            Refusal: FORBIDDEN for whoever works for no body, NOT_FOUND, CONFLICT for another version.
        """
        person, _ = self.share.admit(call)
        before = await self.found(dispute_id, person, note)
        if before.version != version:
            raise Refusal(problems.SHARE_CHANGED, "input.expectedVersion", version=before.version)
        return before, self.share.actor(person, frozenset({before.delivery.body, before.source}))

    async def keep(
        self, before: Dispute, after: Dispute, call: Call, note: Note, also: Also | None = None
    ) -> SeenDispute:
        """Keep what was stepped to, as whoever stepped sees it, with ``note`` in the same transaction.

        Raises:
            Refusal: CONFLICT if somebody else was first.
        """
        tell_dispute(note, after)
        if not await self.disputes.change(before, after, both(note.within(), also)):
            raise Refusal(problems.SHARE_CHANGED, "input.expectedVersion", version=before.version + 1)
        return self.acted(after, call)

    def acted(self, dispute: Dispute, call: Call) -> SeenDispute:
        """The dispute as whoever acted in it sees it."""
        person = call.caller.person
        seen = None if person is None else self.see(dispute, person)
        assert seen is not None, "whoever acts in a dispute sees it"
        return seen

    async def evidence(
        self, upload_ids: Sequence[str], by: Caller, at: datetime
    ) -> tuple[tuple[Attachment, ...], Also]:
        """The caller's complete uploads as evidence, and their being held as long as the dispute.

        Raises:
            Refusal: LIMIT for more than a dispute can have, NOT_FOUND or CONFLICT for an upload.
        """
        chosen = tuple(dict.fromkeys(upload_ids))
        if len(chosen) > MOST_EVIDENCE:
            raise Refusal(problems.SHARE_TOO_MANY, "input.evidence", limit=MOST_EVIDENCE)
        files = [await self.uploads.find_complete(one, by) for one in chosen]
        subject = by.person.subject if by.person else None
        attached = tuple(
            Attachment(
                upload=file.id,
                name=file.name,
                bytes=file.bytes,
                sha256=file.sha256 or "",
                added_by=Acted(subject, Party.REQUESTER),
                at=at,
                application=by.application.code,
            )
            for file in files
        )
        return attached, self.files.holding(chosen, at + KEPT)


def tell_dispute(note: Note, dispute: Dispute) -> None:
    """Say in the note which dispute it is, whose record, and how far it is."""
    note.about(KIND, dispute.id)
    note.is_of(dispute.delivery.subject)
    note.says(resource=dispute.delivery.resource, version=dispute.version, state=dispute.state.value)
