"""Bounds that pyHanko lacks, on what small files can make it do.

It makes up as many cross-references as a file claims: a kilobyte may claim a billion, and eight kilobytes may hold a
million, packed; each takes some microseconds and two hundred bytes. And it puts a number together in a time that grows
with the square of its digits. So what reads cross-references is put behind a count, for all sections of a document, and
what reads numbers is replaced. So is what reads strings of hexadecimal digits, such as a signature's value: not for a
bound, but because a microsecond a digit is nearly all the time that the examination of a timestamped document takes.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from io import SEEK_CUR
from typing import Any, Final

from pyhanko.pdf_utils import generic, xref
from pyhanko.pdf_utils.misc import PdfReadError

MOST_ENTRIES: Final = 1_000_000
"""Of all sections together: some five seconds."""
_WIDEST: Final = 64
"""Bytes of an entry in a stream."""
_LONGEST_NUMBER: Final = 128
_PIECE: Final = 16_384
_DIGITS: Final = re.compile(rb"[0-9A-Fa-f]*")


class _Count:
    def __init__(self, most: int) -> None:
        self._left = most

    def take(self, entries: int) -> None:
        if not 0 <= entries <= self._left:
            raise PdfReadError("more cross-references than anybody needs")
        self._left -= entries


# without ``counted`` as many as there are
_count: ContextVar[_Count] = ContextVar("count", default=_Count(sys.maxsize))  # noqa: B039 # nobody comes to its end


@contextmanager
def counted(most: int = MOST_ENTRIES) -> Iterator[None]:
    """Inside, readers refuse with a PdfReadError what has more entries than this, before they are made."""
    before = _count.set(_Count(most))
    try:
        yield
    finally:
        _count.reset(before)


def _in_stream(xref_stream: generic.StreamObject, strict: bool = True) -> Iterator[xref.XRefEntry]:  # noqa: FBT001, FBT002 # as pyHanko's
    sizes = list(xref_stream.get("/Index", [0, xref_stream["/Size"]]))[1::2]
    if not 0 < sum(xref_stream["/W"]) <= _WIDEST or min(sizes, default=0) < 0:
        raise PdfReadError("cross-references of no possible width or number")
    _count.get().take(sum(sizes))
    return _parse_stream(xref_stream, strict=strict)


def _in_table(stream: Any, strict: bool) -> Iterator[xref.XRefEntry]:  # noqa: ANN401, FBT001 # as pyHanko's
    count = _count.get()
    for one in _parse_table(stream, strict=strict):
        count.take(1)
        yield one


def _number(stream: Any) -> generic.PdfObject:  # noqa: ANN401 # as pyHanko's
    piece: bytes = stream.read(_LONGEST_NUMBER)
    end = generic.NumberObject.NumberPattern.search(piece)
    if end is None and len(piece) == _LONGEST_NUMBER:
        raise PdfReadError("a number longer than any")
    digits = piece if end is None else piece[: end.start()]
    stream.seek(len(digits) - len(piece), SEEK_CUR)
    kind = generic.FloatObject if b"." in digits else generic.NumberObject
    return kind(digits.decode("ascii"))


def _hex_string(stream: Any) -> generic.ByteStringObject | generic.TextStringObject:  # noqa: ANN401 # as pyHanko's
    """What is not digits and nothing else is left to pyHanko."""
    start, digits, end = stream.tell(), bytearray(), -1
    stream.read(1)
    while end < 0 and (piece := stream.read(_PIECE)):
        end = piece.find(b">")
        digits += piece if end < 0 else piece[:end]
    if end < 0 or not _DIGITS.fullmatch(digits):
        stream.seek(start)
        return _read_hex_string(stream)
    stream.seek(end + 1 - len(piece), SEEK_CUR)
    return generic.pdf_string(bytes.fromhex(digits.decode() + "0" * (len(digits) % 2)))


_read_hex_string: Final = generic.read_hex_string_from_stream
_parse_stream: Final = xref.parse_xref_stream
_parse_table: Final = xref.parse_xref_table
xref.parse_xref_stream = _in_stream
xref.parse_xref_table = _in_table
generic.NumberObject.read_from_stream = staticmethod(_number)  # type: ignore[method-assign] # this is what is meant
generic.read_hex_string_from_stream = _hex_string
