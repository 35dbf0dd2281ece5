"""A document that is open: told from the other format, read and taken apart once for all that is done with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from certs import ofd, pdf
from certs.documents.formats import DocumentFormat, format_in, format_of
from certs.ofd import SMALL, OfdPackage


class Opened(msgspec.Struct, frozen=True):
    """A document as long as it is open.

    Attributes:
        file: where it is.
        package: its files, of an OFD; None of a PDF.
    """

    file: Path
    package: OfdPackage | None

    @property
    def form(self) -> DocumentFormat:
        """What it is."""
        return DocumentFormat.PDF if self.package is None else DocumentFormat.OFD


@contextmanager
def opened(document: Path | Opened) -> Iterator[Opened]:
    """A document until the block ends; one that is open already stays open.

    Raises:
        FormatUnknown: it is neither OFD nor PDF.
        OfdInvalid: it is an OFD that cannot be read; PDFs are read by those who ask.
        OSError: it cannot be read.
    """
    if isinstance(document, Opened):
        yield document
        return
    if (small := in_memory(document)) is not None:
        yield small
    elif format_of(document) is DocumentFormat.PDF:
        yield Opened(document, None)
    else:
        with OfdPackage.open(document) as package:
            yield Opened(document, package)


def in_memory(file: Path) -> Opened | None:
    """A small document, read at once, which needs not be closed; None of a larger one.

    Raises:
        FormatUnknown, OfdInvalid, OSError: as above.
    """
    with file.open("rb") as opened_file:
        data = opened_file.read(SMALL + 1)
    if len(data) > SMALL:
        return None
    is_pdf = format_in(data, data) is DocumentFormat.PDF
    return Opened(file, None if is_pdf else OfdPackage.of(data))


def count_pages(document: Path | Opened) -> int:
    """How many pages a document has; an OFD that holds several documents, all of them together.

    Raises:
        FormatUnknown: it is neither OFD nor PDF.
        OfdInvalid, PdfUnreadable: it cannot be read.
        OSError: as above.
    """
    with opened(document) as found:
        return pdf.count_pages(found.file) if found.package is None else ofd.count_pages(found.package)
