"""Redeem a ticket: the file behind it, whole or in part, as often as its caller likes while it lives."""

from collections.abc import AsyncIterator

from gateway.core import problems
from gateway.core.audit.catalogue import TICKET_REDEEMED
from gateway.core.byte_range import ByteRange
from gateway.core.clock import Clock
from gateway.core.errors import Refusal
from gateway.core.files import File, FileStore, Owner, Purpose, Transfer
from gateway.services.auditing import Auditing


class RedeemTicket:
    """Gives files to the callers to whom their tickets were issued."""

    def __init__(self, files: FileStore, clock: Clock, audit: Auditing) -> None:
        self._files = files
        self._clock = clock
        self._audit = audit

    async def __call__(self, ticket: str, transfer: Transfer) -> File:
        """The file.

        Raises:
            Refusal: NOT_FOUND for a ticket that does not exist, is over or is another caller's: nobody learns which.
        """
        async with self._audit.noting(TICKET_REDEEMED, transfer) as note:
            file = await self._files.find(ticket, Purpose.TICKET, Owner.of(transfer.caller), self._clock.now())
            if file is None or not file.is_complete or file.sha256 is None:
                raise Refusal(problems.TICKET_UNKNOWN)
            note.about("file", file.id)
            note.says(bytes=file.bytes, sha256=file.sha256)
            return file

    def read(self, file: File, part: ByteRange) -> AsyncIterator[bytes]:
        """Its bytes, or those of a part."""
        return self._files.read(file, part.first, part.last)
