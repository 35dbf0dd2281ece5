"""Documents on their way between the store of files and the folder in which they are worked on, a chunk at a time."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from gateway.core import problems
from gateway.core.clock import Clock
from gateway.core.errors import Refusal
from gateway.core.files import CHUNK_BYTES, File, FileStore, Owner, Purpose, Quota
from gateway.core.media_types import HEAD_BYTES, OFD, PDF, told_by
from gateway.core.records import Also, Transaction
from gateway.core.seals.sealing import Document, Sealing
from gateway.core.seals.work import WorkFolder
from gateway.services.create_upload import new_file_id
from gateway.services.fill_file import Came, fill_file
from gateway.services.sealing.pace import Pace

_DOCUMENTS = frozenset({OFD, PDF})
_UNBOUNDED = Quota(2**31, 2**62)
"""Results are bounded by how many sealings there may be, and by how long they are kept."""


class Kept(msgspec.Struct, frozen=True):
    """A document that is the store's as soon as ``small`` is kept, or ``also`` has run, in a transaction."""

    document: Document
    small: tuple[File, bytes] | None = None
    also: tuple[Also, ...] = ()


class Documents:
    """Fetches what is to be sealed, keeps what was."""

    def __init__(self, files: FileStore, folder: WorkFolder, clock: Clock, pace: Pace) -> None:
        self._files = files
        self.folder = folder
        self._clock = clock
        self._pace = pace

    async def media_type(self, upload: File) -> str:
        """What an upload is, by its first bytes: as they told when they came, or as they tell now.

        Raises:
            Refusal: BAD_INPUT, it is neither OFD nor PDF.
        """
        if upload.media_type in _DOCUMENTS:
            return upload.media_type
        head = b"".join([piece async for piece in self._files.read(upload, 0, min(HEAD_BYTES, upload.bytes) - 1)])
        return document_type(head)

    async def fetch_small(self, wanted: Sequence[tuple[Sealing, Path]]) -> dict[str, str]:
        """Put those documents of one chunk at the most at their paths that are what was asked for.

        Returns:
            what each is, by the sealing's id; ``fetch`` tells what is wrong with the others.
        """
        owners = {one.input.file: one.owner for one, _ in wanted if one.input.bytes <= CHUNK_BYTES}
        if not owners:
            return {}
        found = await self._files.load(owners, Purpose.UPLOAD, self._clock.now())
        small: list[tuple[Path, bytes]] = []
        told: dict[str, str] = {}
        for sealing, path in wanted:
            content = found.get(sealing.input.file)
            if content is None or hashlib.sha256(content).hexdigest() != sealing.input.sha256:
                continue
            with suppress(Refusal):
                told[sealing.id] = document_type(content)
                small.append((path, content))
        await self.folder.put(small)
        return told

    async def fetch(self, sealing: Sealing, path: Path) -> str:
        """Put the document that is to be sealed at the path; what it is, by its beginning.

        Raises:
            Refusal: it is not there, or is not what was asked for.
        """
        return await self._fetch(sealing.input, Purpose.UPLOAD, sealing.owner, path)

    async def fetch_result(self, sealing: Sealing, path: Path) -> None:
        """Likewise the one that was sealed."""
        assert sealing.result is not None, "there is a result to be verified"
        await self._fetch(sealing.result, Purpose.RESULT, sealing.owner, path)

    async def fetch_upload(self, upload: File, path: Path) -> None:
        """Put any complete upload at the path."""
        await self.folder.write(path, self._files.read(upload, 0, upload.bytes - 1))

    async def keep(self, sealing: Sealing, path: Path, media_type: str) -> Kept:
        """Keep a sealed document for the caller who asked; what is larger than a chunk is stored at once."""
        return (await self.keep_all([(sealing, path, media_type)]))[0]

    async def keep_all(self, sealed: Sequence[tuple[Sealing, Path, str]]) -> list[Kept]:
        """The same for many."""
        contents = await self.folder.take([path for _, path, _ in sealed], CHUNK_BYTES)
        kept: list[Kept] = []
        for (sealing, path, media_type), content in zip(sealed, contents, strict=True):
            if content is None:
                file = self._result(sealing, media_type, await self.folder.size(path), None)
                kept.append(await self._stored(file, self.folder.read(path)))
            else:
                file = self._result(sealing, media_type, len(content), hashlib.sha256(content).hexdigest())
                kept.append(Kept(_document(file), (file, content)))
        return kept

    def _result(self, sealing: Sealing, media_type: str, size: int, sha256: str | None) -> File:
        now = self._clock.now()
        return File(
            id=new_file_id(),
            purpose=Purpose.RESULT,
            owner=sealing.owner,
            name=sealing.input.name,
            media_type=media_type,
            bytes=size,
            sha256=sha256,
            created_at=now,
            expires_at=now + self._pace.kept,
        )

    async def copy(self, sealing: Sealing, upload: File, media_type: str) -> Kept:
        """Keep an upload of another person as what the platform made of this sealing."""
        now = self._clock.now()
        file = msgspec.structs.replace(
            upload,
            id=new_file_id(),
            purpose=Purpose.RESULT,
            owner=sealing.owner,
            name=sealing.input.name,
            media_type=media_type,
            created_at=now,
            is_complete=False,
        )
        return await self._stored(file, self._files.read(upload, 0, upload.bytes - 1))

    def hold(self, sealings: list[Sealing], until: datetime) -> Also:
        """Have the documents that are to be sealed live until then."""
        return self._files.holding([one.input.file for one in sealings], until)

    async def _stored(self, file: File, chunks: AsyncIterator[bytes]) -> Kept:
        """Stored for an hour; it lives longer once the sealing names it."""
        until = self._clock.now() + self._pace.kept
        short = msgspec.structs.replace(file, expires_at=self._clock.now() + self._pace.unnamed)
        declared = await self._files.declare(short, _UNBOUNDED, short.created_at)
        assert declared, "nothing bounds results"
        came = await fill_file(self._files, file.id, chunks, lambda _: _nothing_else, file.bytes)
        assert came is not None, "nobody else knows the id yet"
        return Kept(_document(file, came), also=(self._files.holding([file.id], until),))

    async def _fetch(self, document: Document, purpose: Purpose, owner: Owner, path: Path) -> str:
        file = await self._files.find(document.file, purpose, owner, self._clock.now())
        if file is None:
            raise Refusal(problems.SEALING_INPUT_LOST)
        check = _Checked(self._files.read(file, 0, file.bytes - 1))
        await self.folder.write(path, check.chunks())
        if check.digest.hexdigest() != document.sha256:
            raise Refusal(problems.SEALING_INPUT_LOST)
        return document_type(check.head)


class _Checked:
    """Chunks with their digest and their head, which are known when all have passed."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self.digest = hashlib.sha256()
        self.head = b""

    async def chunks(self) -> AsyncIterator[bytes]:
        async for chunk in self._chunks:
            self.digest.update(chunk)
            self.head = self.head or chunk[:HEAD_BYTES]
            yield chunk


def document_type(head: bytes) -> str:
    """The media type of a document that begins so.

    Raises:
        Refusal: BAD_INPUT, it is neither OFD nor PDF.
    """
    told = told_by(head)
    if told is None:
        raise Refusal(problems.DOCUMENT_FORMAT_UNKNOWN, "input.file")
    return told


def _document(file: File, came: Came | None = None) -> Document:
    sha256 = came.sha256 if came is not None else file.sha256
    assert sha256 is not None, "a complete file has a digest"
    return Document(file=file.id, name=file.name, media_type=file.media_type, bytes=file.bytes, sha256=sha256)


async def _nothing_else(_: Transaction) -> None:
    """What belongs to showing the file: nothing, as nobody sees it yet."""
