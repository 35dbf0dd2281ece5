"""The port of the folder in which documents are while they are worked on; nobody else reads it, and nothing stays."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol


class WorkFolder(Protocol):
    """Rooms for documents, and their bytes in and out a chunk at a time, kept off the event loop."""

    def room(self) -> AbstractAsyncContextManager[Path]:
        """An empty folder, removed with all that is in it when the block ends."""
        ...

    async def write(self, path: Path, chunks: AsyncIterator[bytes]) -> None:
        """A file of these bytes, in place of what was there."""
        ...

    def read(self, path: Path) -> AsyncIterator[bytes]:
        """A file's bytes in chunks of CHUNK_BYTES, but for the last."""
        ...

    async def put(self, small: Sequence[tuple[Path, bytes]]) -> None:
        """Small files of these bytes, all in the time of one."""
        ...

    async def take(self, paths: Sequence[Path], most: int) -> Sequence[bytes | None]:
        """The bytes of each file, None for one that has more than ``most``; likewise."""
        ...

    async def size(self, path: Path) -> int:
        """How many bytes a file has."""
        ...
