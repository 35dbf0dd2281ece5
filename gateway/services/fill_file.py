"""Fill a declared file with what comes, a chunk at a time; it is shown when all of it is there and right."""

import hashlib
from collections.abc import AsyncIterator, Callable

import msgspec

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.files import CHUNK_BYTES, FileStore
from gateway.core.records import Also


class Came(msgspec.Struct, frozen=True):
    """What has come: how many bytes, and their SHA-256 in hexadecimal."""

    bytes: int
    sha256: str


async def in_chunks(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in chunks of CHUNK_BYTES, but for the last; none is held longer than it takes to fill."""
    held = bytearray()
    async for piece in pieces:
        view = memoryview(piece)
        while view:
            room = CHUNK_BYTES - len(held)
            held += view[:room]
            view = view[room:]
            if len(held) == CHUNK_BYTES:
                yield bytes(held)
                held.clear()
    if held:
        yield bytes(held)


def nothing_told(_head: bytes) -> None:
    """What a file is that has its type already: nothing else."""


async def fill_file(
    files: FileStore,
    file_id: str,
    pieces: AsyncIterator[bytes],
    accept: Callable[[Came], Also],
    most: int,
    tell: Callable[[bytes], str | None] = nothing_told,
) -> Came | None:
    """What has come, all of it kept and shown; None, and nothing kept, if the file is complete already.

    Args:
        files: the store.
        file_id: the declared file.
        pieces: its bytes.
        accept: gives what belongs to the showing; raises Refusal for what is not to be shown.
        most: more bytes than these are refused as soon as they come.
        tell: the media type of what begins with these bytes; None leaves what was declared.

    Raises:
        Refusal: LIMIT for too much, CONFLICT if another sending took over, whatever ``accept`` raises. Nothing of it is
            kept then, nor if the sender breaks off.
    """
    sending = await files.begin(file_id)
    if sending is None:
        return None
    try:
        digest, size, number = hashlib.sha256(), 0, 0
        told: str | None = None
        async for chunk in in_chunks(bounded(pieces, most)):
            if not number:
                told = tell(chunk)
            digest.update(chunk)
            size += len(chunk)
            _verify_ours(await files.append(file_id, sending, number, chunk))
            number += 1
        came = Came(size, digest.hexdigest())
        _verify_ours(await files.complete(file_id, sending, came.bytes, came.sha256, accept(came), told or ""))
    except BaseException:
        await files.abandon(file_id, sending)
        raise
    return came


def _verify_ours(done: bool) -> None:  # noqa: FBT001 - what the store said
    if not done:
        raise Refusal(problems.UPLOAD_SUPERSEDED)


async def bounded(pieces: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
    """The same pieces; raises Refusal LIMIT with the first byte over ``most``."""
    size = 0
    async for piece in pieces:
        size += len(piece)
        if size > most:
            raise Refusal(problems.FILE_SIZE_INVALID, limit=most)
        yield piece
