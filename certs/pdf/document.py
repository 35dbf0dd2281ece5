"""A PDF document that was opened: pyHanko reads its objects, and what pyHanko stumbles over is translated here."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import SEEK_END, BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfDecodeLimitError
from pyhanko.pdf_utils.reader import PdfFileReader

from certs.pdf.bounds import counted
from certs.pdf.errors import PdfEncrypted, PdfError, PdfUnreadable
from gateway.core.text import Text

LONGEST_DOCUMENT: Final = 1_073_741_824
"""Bytes of a document at most."""

MOST_PAGES: Final = 20_000
MOST_FIELDS: Final = 10_000
MOST_VISITS: Final = 150_000
"""Objects that are looked up at most when the revisions of one document are compared."""

_DEEPEST_TREE: Final = 64
_INHERITED: Final = ("/MediaBox", "/CropBox", "/Rotate")
_HEAD: Final = 1_024

# What pyHanko says about a document's objects is for its own developers, and may quote the document.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True, eq=False)
class PageObject:
    """A page as it stands in the tree.

    Attributes:
        reference: its object.
        entries: its dictionary.
        inherited: what it takes over from the tree where it says nothing itself.
    """

    reference: generic.Reference
    entries: generic.DictionaryObject
    inherited: Mapping[str, generic.PdfObject]

    def get(self, key: str) -> generic.PdfObject | None:
        """An entry, its own or inherited."""
        found: generic.PdfObject | None = entry(self.entries, key, self.inherited.get(key))
        return found


@dataclass(frozen=True, slots=True)
class FieldObject:
    """A form field at the end of a branch.

    Attributes:
        name: its full name.
        reference: its object.
        entries: its dictionary.
        kind: ``/Sig``, ``/Tx``, …; inherited if need be.
    """

    name: str
    reference: generic.Reference
    entries: generic.DictionaryObject
    kind: str | None

    @property
    def value(self) -> generic.DictionaryObject | None:
        """The signature in it, if it is a signature field that was signed."""
        found = entry(self.entries, "/V")
        return found if isinstance(found, generic.DictionaryObject) else None


class Document:
    """An opened document; use it inside ``with translated()`` where more of it is read.

    Args:
        stream: the file, read where needed.

    Raises:
        PdfUnreadable: it is no PDF, is damaged or too large.
        PdfEncrypted: it is encrypted.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.visits = 0
        self.size: Final = stream.seek(0, SEEK_END)
        if self.size > LONGEST_DOCUMENT:
            raise PdfUnreadable(Text("文件超过 1 GB", "the document is larger than 1 GB"))
        stream.seek(0)
        if b"%PDF-" not in stream.read(_HEAD):
            raise PdfUnreadable(Text("文件不是 PDF", "the file is no PDF"))
        stream.seek(-1, SEEK_END)
        self.last_byte: Final = stream.read(1)
        with translated(), counted():
            self.reader: Final = PdfFileReader(stream, strict=False)
            if "/Encrypt" in self.reader.trailer:
                raise PdfEncrypted(Text("PDF 已加密，须先解密", "the PDF is encrypted: decrypt it first"))
            self.root_reference: Final = self.reader.root_ref
            self.root: Final = self.reader.root

    @property
    def has_xref_stream(self) -> bool:
        """Whether its cross-references are in a stream, so that an update's have to be too."""
        return bool(self.reader.has_xref_stream)

    @property
    def last_xref(self) -> int:
        """Where its last cross-references stand."""
        return int(self.reader.last_startxref or 0)

    @property
    def next_number(self) -> int:
        """The first object number that is not used: what the file states may be too small."""
        xrefs = self.reader.xrefs
        used = (ref.idnum for at in range(xrefs.total_revisions) for ref in xrefs.explicit_refs_in_revision(at))
        return max(int(self.reader.trailer["/Size"]), max(used, default=0) + 1)

    @property
    def info(self) -> generic.PdfObject | None:
        """What the trailer refers to as information on the document."""
        if "/Info" not in self.reader.trailer:
            return None
        found: generic.PdfObject = self.reader.trailer.raw_get("/Info")
        return found

    @property
    def identity(self) -> bytes | None:
        """The identifier that the document got when it was made."""
        if "/ID" not in self.reader.trailer:
            return None
        first = self.reader.trailer["/ID"][0]
        return bytes(first.original_bytes)

    def pages(self) -> tuple[PageObject, ...]:
        """Its pages in order.

        Raises:
            PdfUnreadable: the tree of pages is broken, too deep or too large.
        """
        pages = _Pages()
        pages.walk(self.root.raw_get("/Pages"), {})
        if not pages.found:
            raise _damaged()
        return tuple(pages.found)

    def form(self) -> generic.DictionaryObject | None:
        """Its form, if it has one."""
        found = entry(self.root, "/AcroForm")
        return found if isinstance(found, generic.DictionaryObject) else None

    def fields(self) -> tuple[FieldObject, ...]:
        """Its form's fields.

        Raises:
            PdfUnreadable: the form is broken, too deep or too large.
        """
        form = self.form()
        fields = _Fields()
        for reference in entry(form or {}, "/Fields", ()):
            fields.walk(reference)
        return tuple(fields.found)


def count_pages(source: bytes | Path) -> int:
    """How many pages a document has.

    Raises:
        PdfUnreadable: it cannot be read.
    """
    with opened(source) as stream:
        document = Document(stream)
        with translated():
            return len(document.pages())


@contextmanager
def opened(source: bytes | Path) -> Iterator[BinaryIO]:
    """The bytes of a document, to be read at any place."""
    with BytesIO(source) if isinstance(source, bytes) else source.open("rb") as stream:
        yield stream


def entry(entries: Mapping[str, Any], key: str, default: object = None) -> Any:  # noqa: ANN401 # see below
    """The value of an entry, looked up if it is elsewhere; ``get`` of pyHanko's dictionaries does not look it up.

    It is what the file says it is: ``translated`` catches what it was expected to be and is not.
    """
    return entries[key] if key in entries else default  # noqa: SIM401 # see above


@contextmanager
def translated() -> Iterator[None]:
    """What pyHanko raises on a broken document, as PdfUnreadable with its cause.

    pyHanko reads what a file says as Python values and lets through whatever goes wrong with them: KeyError,
    TypeError, AttributeError, RecursionError, zlib.error and others. A list of them would always lack one.
    """
    try:
        yield
    except (PdfError, MemoryError, OSError):
        raise
    except PdfDecodeLimitError as error:
        raise PdfUnreadable(Text("文件解压后过大", "the document expands to more than is let pass")) from error
    except Exception as error:
        raise _damaged() from error


def _damaged() -> PdfUnreadable:
    return PdfUnreadable(Text("PDF 已损坏，结构无法读取", "the PDF is damaged: its structure cannot be read"))


class _Pages:
    """Walks the tree of pages; a branch that hangs in two places would make it endless, or nearly so."""

    def __init__(self) -> None:
        self.found: list[PageObject] = []
        self._seen: set[generic.Reference] = set()

    def walk(self, node: generic.PdfObject, inherited: Mapping[str, generic.PdfObject], depth: int = 0) -> None:
        """Find the pages below a node."""
        reference, entries = _indirect(node)
        if "/Kids" not in entries:
            self.found.append(PageObject(reference, entries, inherited))
            if len(self.found) > MOST_PAGES:
                raise PdfUnreadable(Text("页数过多", "the document has too many pages"))
            return
        if reference in self._seen or depth > _DEEPEST_TREE:
            raise _damaged()
        self._seen.add(reference)
        handed = {**inherited, **{key: entries[key] for key in _INHERITED if key in entries}}
        for kid in entries["/Kids"]:
            self.walk(kid, handed, depth + 1)


class _Fields:
    """Walks the tree of fields; no node of it hangs in two places."""

    def __init__(self) -> None:
        self.found: list[FieldObject] = []
        self._seen: set[generic.Reference] = set()

    def walk(self, node: generic.PdfObject, name: str = "", kind: str | None = None, depth: int = 0) -> None:
        """Find the fields at the ends of the branches below a node."""
        reference, entries = _indirect(node)
        if reference in self._seen or depth > _DEEPEST_TREE:
            raise _damaged()
        self._seen.add(reference)
        if len(self._seen) > MOST_FIELDS:
            raise PdfUnreadable(Text("表单域过多", "the document has too many form fields"))
        if "/T" in entries:
            name = f"{name}.{entries['/T']}" if name else str(entries["/T"])
        kind = str(entries["/FT"]) if "/FT" in entries else kind
        named = [kid for kid in entry(entries, "/Kids", ()) if "/T" in kid.get_object()]
        for kid in named:
            self.walk(kid, name, kind, depth + 1)
        if not named:
            self.found.append(FieldObject(name, reference, entries, kind))


def _indirect(node: generic.PdfObject) -> tuple[generic.Reference, generic.DictionaryObject]:
    if not isinstance(node, generic.IndirectObject):
        raise _damaged()
    entries = node.get_object()
    if not isinstance(entries, generic.DictionaryObject):
        raise _damaged()
    return node.reference, entries
