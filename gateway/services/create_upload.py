"""Create an upload: a place to which one file can be sent within the hour."""

import re
import secrets
from datetime import datetime, timedelta

import msgspec

from gateway.core import problems
from gateway.core.audit.catalogue import UPLOAD_CREATED
from gateway.core.call import Call
from gateway.core.clock import Clock
from gateway.core.errors import Refusal
from gateway.core.files import File, FileStore, Owner, Purpose, Quota, safe_name
from gateway.core.media_types import UNTYPED
from gateway.core.records import Also
from gateway.services.auditing import Auditing, Note

LIFETIME = timedelta(hours=1)
MOST_FILES = 6_000
"""Live files of one owner, downloads included, as many as are sealed in one call and some more; together as big as
QUOTA_FILES of the largest."""
QUOTA_FILES = 4

_SHA256 = re.compile(r"[0-9a-f]{64}")
_ID_BYTES = 24


class FileLimits(msgspec.Struct, frozen=True):
    """The largest file in bytes, and what stands before the paths in addresses (empty: they have no origin)."""

    bytes: int = 268_435_456
    base: str = ""

    @property
    def quota(self) -> Quota:
        """What one owner may have at a time."""
        return Quota(MOST_FILES, QUOTA_FILES * self.bytes)


class UploadRequest(msgspec.Struct, frozen=True):
    """What a caller is going to send: its name, size and, if it is known, SHA-256 in hexadecimal."""

    name: str
    bytes: int
    sha256: str | None = None


class Upload(msgspec.Struct, frozen=True):
    """Where to send it, and until when."""

    id: str
    url: str
    expires_at: datetime


class CreateUpload:
    """Creates uploads for whoever asks, within a quota."""

    def __init__(self, files: FileStore, clock: Clock, limits: FileLimits, audit: Auditing) -> None:
        self._files = files
        self._clock = clock
        self._limits = limits
        self._audit = audit

    async def __call__(self, request: UploadRequest, call: Call) -> Upload:
        """The new upload.

        Raises:
            Refusal: BAD_INPUT for a name or digest that is none, LIMIT for the size or if too much is kept already.
        """
        async with self._audit.noting(UPLOAD_CREATED, call) as note:
            return await self._created(request, call, note)

    async def _created(self, request: UploadRequest, call: Call, note: Note) -> Upload:
        name = safe_name(request.name)
        if not name:
            raise Refusal(problems.FILE_NAME_INVALID, "input.name")
        if not 1 <= request.bytes <= self._limits.bytes:
            raise Refusal(problems.FILE_SIZE_INVALID, "input.bytes", limit=self._limits.bytes)
        if request.sha256 is not None and _SHA256.fullmatch(request.sha256) is None:
            raise Refusal(problems.FILE_DIGEST_INVALID, "input.sha256")
        now = self._clock.now()
        file = File(
            id=new_file_id(),
            purpose=Purpose.UPLOAD,
            owner=Owner.of(call.caller),
            name=name,
            media_type=UNTYPED,
            bytes=request.bytes,
            sha256=request.sha256,
            created_at=now,
            expires_at=now + LIFETIME,
        )
        note.about("file", file.id)
        note.says(bytes=file.bytes)
        await declare(self._files, file, self._limits, note.within())
        return Upload(file.id, f"{self._limits.base}/uploads/{file.id}", file.expires_at)


def new_file_id() -> str:
    """An id that nobody guesses."""
    return secrets.token_urlsafe(_ID_BYTES)


async def declare(files: FileStore, file: File, limits: FileLimits, also: Also | None = None) -> None:
    """Keep the declaration; raises Refusal LIMIT over the owner's quota."""
    quota = limits.quota
    if not await files.declare(file, quota, file.created_at, also):
        raise Refusal(problems.FILES_TOO_MANY, files=quota.files, limit=quota.bytes)
