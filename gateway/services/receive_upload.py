"""Receive the bytes of an upload, once: sending them again changes nothing, sending others is refused."""

import hashlib
from collections.abc import AsyncIterator
from functools import partial

from gateway.core import problems
from gateway.core.audit.catalogue import UPLOAD_RECEIVED
from gateway.core.caller import Caller
from gateway.core.clock import Clock
from gateway.core.errors import Refusal
from gateway.core.files import File, FileStore, Owner, Purpose, Transfer
from gateway.core.media_types import told_by
from gateway.core.records import Also
from gateway.services.auditing import Auditing, Note
from gateway.services.fill_file import Came, bounded, fill_file


class ReceiveUpload:
    """Fills uploads, and gives complete ones to the use cases that are handed their ids."""

    def __init__(self, files: FileStore, clock: Clock, audit: Auditing) -> None:
        self._files = files
        self._clock = clock
        self._audit = audit

    async def find(self, upload_id: str, caller: Caller) -> File:
        """The caller's upload.

        Raises:
            Refusal: NOT_FOUND for one that does not exist, is over or is another caller's: nobody learns which.
        """
        file = await self._files.find(upload_id, Purpose.UPLOAD, Owner.of(caller), self._clock.now())
        if file is None:
            raise Refusal(problems.UPLOAD_UNKNOWN)
        return file

    async def find_complete(self, upload_id: str, caller: Caller) -> File:
        """The caller's upload, all of which is there.

        Raises:
            Refusal: NOT_FOUND as ``find``; CONFLICT before its bytes have been sent.
        """
        file = await self.find(upload_id, caller)
        if not file.is_complete:
            raise Refusal(problems.UPLOAD_INCOMPLETE)
        return file

    async def __call__(self, upload: File, pieces: AsyncIterator[bytes], transfer: Transfer) -> Came:
        """What has come, and is now the upload.

        Raises:
            Refusal: BAD_INPUT if it is not of the declared size or digest, CONFLICT if something else is there already
                or another sending has taken over. The upload can be sent again then.
        """
        async with self._audit.noting(UPLOAD_RECEIVED, transfer) as note:
            note.about("file", upload.id)
            came = await self._received(upload, pieces, note)
            note.says(bytes=came.bytes, sha256=came.sha256)
            return came

    async def _received(self, upload: File, pieces: AsyncIterator[bytes], note: Note) -> Came:
        try:
            if not upload.is_complete:
                accept = partial(_accept, upload, note)
                came = await fill_file(self._files, upload.id, pieces, accept, upload.bytes, told_by)
                if came is not None:
                    return came
                upload = await self._complete_meanwhile(upload)
            return await _compared(upload, pieces)
        except Refusal as refusal:
            if refusal.problem is problems.FILE_SIZE_INVALID:
                raise Refusal(problems.UPLOAD_SIZE_WRONG, bytes=upload.bytes) from refusal
            raise

    async def _complete_meanwhile(self, upload: File) -> File:
        found = await self._files.find(upload.id, Purpose.UPLOAD, upload.owner, self._clock.now())
        if found is None:
            raise Refusal(problems.UPLOAD_UNKNOWN)
        return found


def _accept(upload: File, note: Note, came: Came) -> Also:
    if came.bytes != upload.bytes:
        raise Refusal(problems.UPLOAD_SIZE_WRONG, bytes=upload.bytes)
    if upload.sha256 not in {None, came.sha256}:
        raise Refusal(problems.UPLOAD_DIGEST_WRONG)
    note.says(bytes=came.bytes, sha256=came.sha256)
    return note.within()


async def _compared(upload: File, pieces: AsyncIterator[bytes]) -> Came:
    """A repeated sending, of which nothing is kept: its sender may not have heard that the first one arrived."""
    digest, size = hashlib.sha256(), 0
    async for piece in bounded(pieces, upload.bytes):
        digest.update(piece)
        size += len(piece)
    came = Came(size, digest.hexdigest())
    if came != Came(upload.bytes, upload.sha256 or ""):
        raise Refusal(problems.UPLOAD_DIFFERS)
    return came
