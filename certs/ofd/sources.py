"""Where a package's bytes are: in memory, as a small file's are too, or in a file that is read piece by piece."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from certs.ofd.errors import OfdInvalid
from gateway.core.text import Text

SMALL: Final = 1 << 20
"""Bytes up to which a file is read at once: seeking and reading for each of its parts takes longer."""

_UNREADABLE = Text("文件无法读取", "the file cannot be read")
_SHRUNK = Text("读取时文件被截短", "the file became shorter while it was read")


class Source(Protocol):
    """Bytes at places."""

    @property
    def size(self) -> int:
        """How many there are."""
        ...

    def read(self, start: int, length: int) -> bytes:
        """These bytes; an OfdInvalid if there are fewer."""
        ...


class MemorySource:
    """A package in memory.

    Args:
        data: all of it.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size: Final = len(data)

    def read(self, start: int, length: int) -> bytes:
        """These bytes."""
        found = self._data[start : start + length]
        if len(found) != length:
            raise OfdInvalid(_SHRUNK)
        return found


class FileSource:
    """A package in an open file; not for several threads at once.

    Args:
        file: opened for reading.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size: Final = file.seek(0, 2)

    def read(self, start: int, length: int) -> bytes:
        """These bytes; an OfdInvalid as well if the file cannot be read."""
        try:
            self._file.seek(start)
            found = self._file.read(length)
        except OSError as error:
            raise OfdInvalid(_UNREADABLE) from error
        if len(found) != length:
            raise OfdInvalid(_SHRUNK)
        return found


@contextmanager
def opened(source: bytes | Path) -> Iterator[Source]:
    """The bytes, or the file's as long as the block lasts.

    Raises:
        OfdInvalid: the file cannot be opened.
    """
    if isinstance(source, bytes):
        yield MemorySource(source)
        return
    try:
        file = source.open("rb")
    except OSError as error:
        raise OfdInvalid(_UNREADABLE) from error
    with file:
        yield _source(file)


def _source(file: BinaryIO) -> Source:
    try:
        data = file.read(SMALL + 1)
    except OSError as error:
        raise OfdInvalid(_UNREADABLE) from error
    return MemorySource(data) if len(data) <= SMALL else FileSource(file)
