"""An OFD package: the files of a ZIP archive, found by path and unpacked within bounds."""

import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, TypeVar, cast

from certs.ofd import paths
from certs.ofd.directory import STORED, Entry, read_directory
from certs.ofd.errors import EntryDamaged, FileMissing, NoOfd, OfdInvalid
from certs.ofd.limits import LIMITS, Limits
from certs.ofd.sources import MemorySource, Source, opened
from gateway.core.text import Text

T = TypeVar("T")
P = ParamSpec("P")

PIECE: Final = 1 << 18
"""Bytes that are in memory at a time of a file that is streamed."""

ROOT: Final = "OFD.xml"

_NO_ROOT = Text("文件不是 OFD（缺少 OFD.xml）", "the file is no OFD document (it has no OFD.xml)")
_DAMAGED = Text("包内文件 {path} 已损坏，无法解压", "the file {path} in the package is damaged and cannot be unpacked")
_TOO_LONG = Text("包内文件 {path} 过大", "the file {path} in the package is too large")
_MISSING = Text("包内缺少文件 {path}", "the package lacks the file {path}")


class OfdPackage:
    """The files of a document; opened by ``OfdPackage.open``.

    Args:
        source: the archive.
        limits: what is refused as too large.

    Raises:
        OfdInvalid: it is no archive, one that readers understand differently, one beyond the limits, or it has no
            OFD.xml.
    """

    def __init__(self, source: Source, limits: Limits = LIMITS) -> None:
        self.source: Final = source
        self.limits: Final = limits
        self.entries: Final[Sequence[Entry]] = read_directory(source, limits)
        self.has_read = 0
        """Bytes of its files that were read whole so far, which bounds what was made of them."""
        self._made: Final[dict[object, object]] = {}
        self._files: Final = {paths.folded(entry.path): entry for entry in self.entries if not entry.is_folder}
        if self.get(ROOT) is None:
            raise NoOfd(_NO_ROOT)

    @classmethod
    @contextmanager
    def open(cls, source: "Openable", limits: Limits = LIMITS) -> Iterator["OfdPackage"]:
        """The package in these bytes or this file, as long as the block lasts; an OfdInvalid as above.

        One that is open already is given as it is, and stays open.
        """
        if isinstance(source, OfdPackage):
            yield source
            return
        with opened(source) as found:
            yield cls(found, limits)

    @classmethod
    def of(cls, data: bytes, limits: Limits = LIMITS) -> "OfdPackage":
        """The package in these bytes; an OfdInvalid as above."""
        return cls(MemorySource(data), limits)

    def once(self, read: Callable[Concatenate["OfdPackage", P], T], *about: P.args, **named: P.kwargs) -> T:
        """What ``read`` makes of the package: read once, however many ask. Nobody changes it; errors are not kept."""
        key = (read, *about, *named.items())
        if key not in self._made:
            self._made[key] = read(self, *about, **named)
        return cast("T", self._made[key])

    @property
    def files(self) -> Sequence[Entry]:
        """The entries that are files, in the order of the list."""
        return tuple(self._files.values())

    def get(self, path: str) -> Entry | None:
        """The file of this path; capitals do not matter, as no two names differ only in them."""
        return self._files.get(paths.folded(path))

    def find(self, reference: str, folder: str = "") -> Entry | None:
        """The file that a reference in a file of ``folder`` means: relative to it, or else to the root."""
        for base in (folder, ""):
            path = paths.joined(base, reference)
            if path is not None and (entry := self.get(path)) is not None:
                return entry
        return None

    def need(self, reference: str, folder: str = "") -> Entry:
        """As find.

        Raises:
            FileMissing: there is no such file.
        """
        entry = self.find(reference, folder)
        if entry is None:
            raise FileMissing(_MISSING.format(path=shown(reference)), self.places(reference, folder))
        return entry

    @staticmethod
    def places(reference: str, folder: str = "") -> frozenset[str]:
        """The folded paths that find looks at."""
        found = (paths.joined(base, reference) for base in (folder, ""))
        return frozenset(paths.folded(path) for path in found if path is not None)

    def is_free(self, path: str) -> bool:
        """Whether neither a file nor a folder has this path."""
        return paths.folded(path) not in self._taken

    @cached_property
    def _taken(self) -> frozenset[str]:
        """The folded paths of all files and folders, also of those that only their files name."""
        found = set[str]()
        for entry in self.entries:
            path = paths.folded(entry.path)
            while path and path not in found:
                found.add(path)
                path = paths.folder_of(path)
        return frozenset(found)

    def read(self, entry: Entry, longest: int | None = None) -> bytes:
        """The content of a file.

        Raises:
            OfdInvalid: it is longer than ``longest``, or than XML may be if that is not given.
            EntryDamaged: it cannot be unpacked, or not to what the list says.
        """
        if entry.size > (self.limits.xml if longest is None else longest):
            raise OfdInvalid(_TOO_LONG.format(path=shown(entry.path)))
        self.has_read += entry.size
        return b"".join(self.pieces(entry))

    def pieces(self, entry: Entry, tee: Callable[[bytes], object] | None = None) -> Iterator[bytes]:
        """The content of a file piece by piece; ``tee`` gets every packed piece as it stands.

        Raises:
            EntryDamaged: as read; by then pieces may have been given.
        """
        checksum, size = 0, 0
        for piece in self._unpacked(entry, tee):
            checksum = zlib.crc32(piece, checksum)
            size += len(piece)
            if size > entry.size:
                break
            yield piece
        if size != entry.size or checksum != entry.checksum:
            raise damaged(entry)

    def _unpacked(self, entry: Entry, tee: Callable[[bytes], object] | None) -> Iterator[bytes]:
        inflate = None if entry.method == STORED else zlib.decompressobj(-zlib.MAX_WBITS)
        for start in range(0, entry.packed, PIECE):
            packed = self.source.read(entry.content + start, min(PIECE, entry.packed - start))
            if tee is not None:
                tee(packed)
            if inflate is None:
                yield packed
                continue
            piece = bytes(PIECE)
            # A full piece may have left output behind, even where no input is left.
            while packed or len(piece) == PIECE:
                try:
                    piece = inflate.decompress(packed, PIECE)
                except zlib.error:
                    raise damaged(entry) from None
                packed = inflate.unconsumed_tail
                yield piece
        if inflate is not None and (not inflate.eof or inflate.unused_data):
            raise damaged(entry)


Openable = bytes | Path | OfdPackage
"""Where a package is: in memory, in a file, or open already."""


def damaged(entry: Entry) -> EntryDamaged:
    """The error of a file that cannot be unpacked."""
    return EntryDamaged(_DAMAGED.format(path=shown(entry.path)))


def shown(path: str) -> str:
    """A path from a document as it may stand in a message: short, and without what is not seen."""
    short = path if len(path) <= 120 else f"{path[:117]}…"  # noqa: PLR2004 # a line
    return "".join(one if one.isprintable() else "?" for one in short)
