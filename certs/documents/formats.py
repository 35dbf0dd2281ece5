"""Documents told apart by their content."""

from enum import StrEnum
from pathlib import Path
from typing import Final

from certs.documents.errors import FormatUnknown
from gateway.core.text import Text


class DocumentFormat(StrEnum):
    """What can be sealed; the value is the usual ending of its files' names."""

    OFD = "ofd"
    PDF = "pdf"

    @property
    def media_type(self) -> str:
        """As it is called where files are sent."""
        return f"application/{self.value}"


_HEAD: Final = 1_024
"""Bytes in which readers of PDF look for its beginning."""

_TAIL: Final = 65_557
"""Bytes in which an archive's end is: its record, and a comment behind it."""

_ARCHIVE, _ARCHIVE_END, _PDF = b"PK\x03\x04", b"PK\x05\x06", b"%PDF-"
_UNKNOWN: Final = Text("文件既不是 OFD 也不是 PDF", "the file is neither OFD nor PDF")


def format_of(file: Path) -> DocumentFormat:
    """What a document is, by its first and last bytes; its name does not count.

    Raises:
        FormatUnknown: it is neither.
        OSError: it cannot be read.
    """
    with file.open("rb") as opened:
        head = opened.read(_HEAD)
        opened.seek(max(0, file.stat().st_size - _TAIL))
        tail = opened.read(_TAIL)
    return format_in(head, tail)


def format_in(head: bytes, tail: bytes) -> DocumentFormat:
    """The same by the first and last bytes, or more than those.

    Raises:
        FormatUnknown: it is neither.
    """
    head, tail = head[:_HEAD], tail[-_TAIL:]
    if head.startswith(_PDF):
        return DocumentFormat.PDF
    # Some makers write bytes before the archive, so its end decides.
    if head.startswith(_ARCHIVE) or _ARCHIVE_END in tail:
        return DocumentFormat.OFD
    if _PDF in head:
        return DocumentFormat.PDF
    raise FormatUnknown(_UNKNOWN)
