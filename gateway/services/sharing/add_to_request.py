"""Add to a request while it is open: a message to the other parties, or a file that was uploaded."""

from datetime import timedelta
from typing import Final

from gateway.core import problems
from gateway.core.audit.share_kinds import SHARE_ADDED
from gateway.core.call import Call
from gateway.core.clock import Clock
from gateway.core.errors import Refusal
from gateway.core.files import FileStore
from gateway.core.records import both
from gateway.core.sharing.parties import Acted, Actor, Party
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.steps import Attachment
from gateway.services.receive_upload import ReceiveUpload
from gateway.services.sharing.desk import ShareDesk, tell

KEPT: Final = timedelta(days=3_653)
"""How long an attachment is kept with its request: as long as the audit of requests."""


class AddToRequest:
    """Adds for every party."""

    def __init__(self, desk: ShareDesk, files: FileStore, uploads: ReceiveUpload, clock: Clock) -> None:
        self._desk = desk
        self._files = files
        self._uploads = uploads
        self._clock = clock

    async def write(self, request_id: str, text: str, expected: int, call: Call) -> ShareRequest:
        """The request with one more message.

        Raises:
            Refusal: FORBIDDEN, NOT_FOUND, BAD_INPUT for the text, CONFLICT for another version or once it has ended.
        """
        async with self._desk.audit.noting(SHARE_ADDED, call) as note:
            note.says(what="message")
            done = await self._desk.change(
                request_id,
                expected,
                lambda request, by, at: request.write(text, by=by, party=_party(request, by), at=at),
                call,
                note,
            )
            return done.request

    async def attach(self, request_id: str, upload_id: str, expected: int, call: Call) -> ShareRequest:
        """The request with one more file: an upload of the caller's, all of which is there.

        Raises:
            Refusal: as ``write``, and NOT_FOUND or CONFLICT for the upload.
        """
        desk = self._desk
        async with desk.audit.noting(SHARE_ADDED, call) as note:
            note.says(what="attachment")
            person, _ = desk.admit(call)
            before = await desk.found(request_id, person, note)
            if before.version != expected:
                raise Refusal(problems.SHARE_CHANGED, "input.expectedVersion", version=before.version)
            file = await self._uploads.find_complete(upload_id, call.caller)
            by, now = desk.actor(person, before.bodies), self._clock.now()
            party = _party(before, by)
            attachment = Attachment(
                upload=file.id,
                name=file.name,
                bytes=file.bytes,
                sha256=file.sha256 or "",
                added_by=Acted(person.subject, party),
                at=now,
                application=call.caller.application.code,
            )
            after = before.attach(attachment, by=by, party=party)
            tell(note, after)
            if not await desk.requests.change(
                before, after, both(note.within(), self._files.holding([file.id], now + KEPT))
            ):
                raise Refusal(problems.SHARE_CHANGED, "input.expectedVersion", version=before.version + 1)
            return after


def _party(request: ShareRequest, by: Actor) -> Party:
    """As which party he speaks; as the requester, which is refused, if he is of none."""
    named = (
        (Party.PROVIDER, request.provider),
        (Party.AUTHORITY, request.authority),
        (Party.OWN_OFFICE, None if request.own_office == request.requester else request.own_office),
    )
    return next((party for party, body in named if body in by.bodies), Party.REQUESTER)
