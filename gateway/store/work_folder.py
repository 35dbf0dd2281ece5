"""A private folder for documents while they are worked on: each process has a part, removed when it is over."""

import asyncio
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from gateway.core.errors import ConfigurationInvalid
from gateway.core.files import CHUNK_BYTES

_LOCK = "lock"
_PRIVATE = 0o700
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW


class LocalWorkFolder:
    """A WorkFolder on a local file system."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @asynccontextmanager
    async def room(self) -> AsyncIterator[Path]:
        """An empty folder, removed with all that is in it when the block ends."""
        room = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=self._folder))
        try:
            yield room
        finally:
            await asyncio.to_thread(shutil.rmtree, room, ignore_errors=True)

    async def write(self, path: Path, chunks: AsyncIterator[bytes]) -> None:
        """A file of these bytes, in place of what was there."""
        handle = os.open(path, _WRITE, 0o600)
        with os.fdopen(handle, "wb") as file:
            async for chunk in chunks:
                await asyncio.to_thread(file.write, chunk)

    async def read(self, path: Path) -> AsyncIterator[bytes]:
        """A file's bytes in chunks of CHUNK_BYTES, but for the last."""
        with path.open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                yield chunk

    async def put(self, small: Sequence[tuple[Path, bytes]]) -> None:
        """Small files of these bytes, all in the time of one."""
        await asyncio.to_thread(_put, small)

    async def take(self, paths: Sequence[Path], most: int) -> Sequence[bytes | None]:
        """The bytes of each file, None for one that has more than ``most``; likewise."""
        return await asyncio.to_thread(_take, paths, most)

    async def size(self, path: Path) -> int:
        """How many bytes a file has."""
        return (await asyncio.to_thread(path.stat)).st_size


@contextmanager
def work_folder(folder: Path | None) -> Iterator[LocalWorkFolder]:
    """The process's part of the folder (of the system's for None) until the block ends; what dead processes left goes.

    Raises:
        ConfigurationInvalid: it cannot be used, or others can read it.
    """
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="yiwang-work-") as unnamed:
            yield LocalWorkFolder(Path(unnamed))
        return
    _prepare(folder)
    _clean(folder)
    own = Path(tempfile.mkdtemp(dir=folder))
    handle = os.open(own / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield LocalWorkFolder(own)
    finally:
        shutil.rmtree(own, ignore_errors=True)
        os.close(handle)


def _put(small: Sequence[tuple[Path, bytes]]) -> None:
    for path, content in small:
        with os.fdopen(os.open(path, _WRITE, 0o600), "wb") as file:
            file.write(content)


def _take(paths: Sequence[Path], most: int) -> list[bytes | None]:
    return [path.read_bytes() if path.stat().st_size <= most else None for path in paths]


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        shared = folder.stat().st_mode & 0o077
    except OSError as error:
        raise ConfigurationInvalid(f"{folder} cannot be used: {error.strerror}", "set YIWANG_WORK_FOLDER") from error
    if shared:
        raise ConfigurationInvalid(f"{folder} holds documents and is open to others", f"chmod 700 {folder}")


def _clean(folder: Path) -> None:
    """Remove the parts of processes that are over: whose lock is free."""
    for part in folder.iterdir():
        try:
            handle = os.open(part / _LOCK, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            continue  # no part of ours, or one that is being made at this moment
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(part, ignore_errors=True)
        except OSError:
            pass  # its process lives
        finally:
            os.close(handle)
