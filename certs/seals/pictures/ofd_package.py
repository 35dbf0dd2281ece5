"""The files of an OFD that is a seal's picture: a few kilobytes, so little room is given."""

import zipfile
import zlib
from io import BytesIO
from typing import Final, Protocol

from certs.seals.errors import PictureUnusable
from certs.seals.pictures.markup import Element, MarkupInvalid, read_markup
from gateway.core.text import Text

MOST_FILES: Final = 500
LARGEST_FILE: Final = 8 * 1024 * 1024
MOST_BYTES: Final = 32 * 1024 * 1024

DAMAGED: Final = Text("印章图片中的 OFD 已损坏", "the OFD in the seal's picture is damaged")
_BOMB = Text("印章图片中的 OFD 过大", "the OFD in the seal's picture is too large")
_STORED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Files(Protocol):
    """The files of an OFD, by their paths in it."""

    def read(self, path: str) -> bytes:
        """A file's content; raises PictureUnusable if there is none, or too much of it."""
        ...

    def tree(self, path: str) -> Element:
        """An XML file's root; errors as in read."""
        ...


class PicturePackage:
    """Reads files by their path.

    Args:
        data: the ZIP archive.

    Raises:
        PictureUnusable: it is none, names a file twice, or has too many.
    """

    def __init__(self, data: bytes) -> None:
        self._left = MOST_BYTES
        try:
            self._archive = zipfile.ZipFile(BytesIO(data))
        except (zipfile.BadZipFile, ValueError, RuntimeError, OSError) as error:
            raise PictureUnusable(DAMAGED) from error
        files = self._archive.infolist()
        self._files = {resolved("", file.filename): file for file in files}
        if len(files) > MOST_FILES:
            raise PictureUnusable(_BOMB)
        if len(self._files) != len(files):
            raise PictureUnusable(DAMAGED)

    def read(self, path: str) -> bytes:
        """A file's content.

        Raises:
            PictureUnusable: there is none, it is damaged, or the files read so far are too large.
        """
        file = self._files.get(path)
        if file is None or file.compress_type not in _STORED:
            raise PictureUnusable(DAMAGED)
        most = min(LARGEST_FILE, self._left)
        try:
            with self._archive.open(file) as opened:
                content = opened.read(most + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError) as error:
            raise PictureUnusable(DAMAGED) from error
        if len(content) > most:
            raise PictureUnusable(_BOMB)
        self._left -= len(content)
        return content

    def tree(self, path: str) -> Element:
        """An XML file's root; errors as in read."""
        try:
            return read_markup(self.read(path))
        except MarkupInvalid as error:
            raise PictureUnusable(DAMAGED) from error


def resolved(base: str, location: str) -> str:
    """The path of a location written in the file ``base``; a leading slash means the root."""
    folder = [] if location.startswith("/") else base.split("/")[:-1]
    parts: list[str] = []
    for part in (*folder, *location.replace("\\", "/").split("/")):
        if part == "..":
            del parts[-1:]
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)
