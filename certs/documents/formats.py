"""Documents told apart by their content, and what is asked of either format alike."""

from enum import StrEnum
from pathlib import Path
from typing import Final

from certs import ofd, pdf
from certs.documents.errors import FormatUnknown
from gateway.core.text import Text


class DocumentFormat(StrEnum):
    """What can be sealed; the value is the usual ending of its files' names."""

    OFD = "ofd"
    PDF = "pdf"


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
    if head.startswith(_PDF):
        return DocumentFormat.PDF
    # Some makers write bytes before the archive, so its end decides.
    if head.startswith(_ARCHIVE) or _ARCHIVE_END in tail:
        return DocumentFormat.OFD
    if _PDF in head:
        return DocumentFormat.PDF
    raise FormatUnknown(_UNKNOWN)


def count_pages(file: Path) -> int:
    """How many pages a document has; an OFD that holds several documents, all of them together.

    Raises:
        FormatUnknown: it is neither OFD nor PDF.
        OfdInvalid, PdfUnreadable: it cannot be read.
        OSError: as above.
    """
    return ofd.count_pages(file) if format_of(file) is DocumentFormat.OFD else pdf.count_pages(file)
