"""Incremental updates: new and changed objects behind an untouched document, with their cross-references."""

import hashlib
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Final

from pyhanko.pdf_utils import generic

from certs.pdf.document import Document

_END_OF_LINE: Final = b"\n\r"
_TABLE_ENTRY: Final = b"%010d %05d n \n"
_FREE_END: Final = b"0000000000 65535 f \n"


class Update:
    """What is to be appended to a document.

    New objects are bytes, ready to stand between ``obj`` and ``endobj``; changed ones come from the reader.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._next = document.next_number
        self._bodies: dict[tuple[int, int], bytes] = {}
        self._at: dict[int, int] = {}

    def reserve(self) -> int:
        """The number of an object that is given later."""
        self._next += 1
        return self._next - 1

    def put(self, number: int, body: bytes) -> None:
        """Give the object of a reserved number."""
        self._bodies[number, 0] = body

    def add(self, body: bytes) -> int:
        """Add an object; its number."""
        number = self.reserve()
        self.put(number, body)
        return number

    def replace(self, reference: generic.Reference, changed: generic.PdfObject) -> None:
        """Change an object of the document."""
        self._bodies[reference.idnum, reference.generation] = written(changed)

    def section(self) -> bytes:
        """The bytes that follow the document."""
        document = self._document
        out = BytesIO()
        if document.last_byte not in _END_OF_LINE:
            out.write(b"\n")
        entries: dict[int, tuple[int, int]] = {}
        for (number, generation), body in sorted(self._bodies.items()):
            entries[number] = (document.size + out.tell(), generation)
            out.write(b"%d %d obj\n" % (number, generation))
            self._at[number] = out.tell()
            out.write(body)
            out.write(b"\nendobj\n")
        identity = hashlib.sha256(out.getbuffer()).digest()[:16]
        (self._stream if document.has_xref_stream else self._table)(out, entries, identity)
        return out.getvalue()

    def place_of(self, number: int) -> int:
        """Where the body of an object begins in the section that was built."""
        return self._at[number]

    def _table(self, out: BytesIO, entries: Mapping[int, tuple[int, int]], identity: bytes) -> None:
        start = self._document.size + out.tell()
        out.write(b"xref\n0 1\n" + _FREE_END)
        for first, count in _runs(sorted(entries)):
            out.write(b"%d %d\n" % (first, count))
            out.write(b"".join(_TABLE_ENTRY % entries[number] for number in range(first, first + count)))
        out.write(b"trailer\n<<%s>>\nstartxref\n%d\n%%%%EOF\n" % (self._trailer(self._next, identity), start))

    def _stream(self, out: BytesIO, entries: dict[int, tuple[int, int]], identity: bytes) -> None:
        start = self._document.size + out.tell()
        number = self.reserve()
        entries[number] = (start, 0)
        runs = _runs(sorted(entries))
        rows = b"".join(
            b"\x01" + offset.to_bytes(5, "big") + generation.to_bytes(2, "big")
            for _, (offset, generation) in sorted(entries.items())
        )
        index = b" ".join(b"%d %d" % run for run in runs)
        head = b"/Type/XRef/W[1 5 2]/Index[%s]/Length %d" % (index, len(rows))
        trailer = self._trailer(self._next, identity)
        out.write(b"%d 0 obj\n<<%s%s>>\nstream\n%s\nendstream\nendobj\n" % (number, head, trailer, rows))
        out.write(b"startxref\n%d\n%%%%EOF\n" % start)

    def _trailer(self, size: int, identity: bytes) -> bytes:
        document = self._document
        info = b"/Info %s" % written(document.info) if document.info is not None else b""
        first = document.identity or identity
        root = reference_to(document.root_reference)
        return b"/Size %d/Root %s%s/Prev %d/ID[<%s><%s>]" % (
            size,
            root,
            info,
            document.last_xref,
            first.hex().encode(),
            identity.hex().encode(),
        )


def written(value: generic.PdfObject) -> bytes:
    """An object as it stands in a file."""
    out = BytesIO()
    value.write_to_stream(out, None)
    return out.getvalue()


def reference_to(reference: generic.Reference) -> bytes:
    """A reference as it stands in a file."""
    return b"%d %d R" % (reference.idnum, reference.generation)


def numbers(*values: float) -> bytes:
    """Numbers as they stand in a file, to a ten thousandth."""
    return " ".join(f"{value:.4f}".rstrip("0").rstrip(".") for value in values).encode()


def text_string(text: str) -> bytes:
    """A text string: UTF-16 in hexadecimal digits."""
    return b"<FEFF" + text.encode("utf-16-be").hex().upper().encode() + b">"


def stream(head: bytes, content: bytes) -> bytes:
    """A stream with these entries."""
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (head, len(content), content)


def _runs(ordered: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for number in ordered:
        if runs and sum(runs[-1]) == number:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((number, 1))
    return runs
