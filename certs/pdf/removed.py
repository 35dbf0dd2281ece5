"""Signatures whose values are still in a file while no field names them any more: a later change took them away."""

import re
from collections.abc import Iterator, Sequence
from io import SEEK_END
from typing import BinaryIO, Final

from pyhanko.pdf_utils import generic

from certs.examination import Check, Step
from certs.pdf.coverage import LONGEST_CONTENTS
from certs.pdf.document import Document, FieldObject, entry
from gateway.core.text import Text

_REMOVED: Final = Text(
    "文件中仍有签名的数据，但没有签名域再指向它：签名可能已被后来的改动移除",
    "the file still holds a signature that no field names any more:"
    " a signature may have been removed by a later change",
)
_RANGE: Final = re.compile(
    rb"/ByteRange\s{0,8}\[\s{0,8}0{1,10}\s{1,8}(\d{1,10})\s{1,8}(\d{1,10})\s{1,8}\d{1,10}\s{0,64}\]"
)
_PIECE: Final = 1 << 20
_OVERLAP: Final = 256
_MOST: Final = 1_000
_NUMBERS: Final = 4


def removed_signatures(document: Document, signed: Sequence[FieldObject]) -> Step | None:
    """A step if a signature was taken away; a copy of a signed file within the file is none.

    Use it inside ``with translated()``.

    Args:
        document: where to look.
        signed: the fields that hold a signature.
    """
    values = [field.entries["/V"] for field in signed]
    # What lets a reader fill in a document is a signature as well, and stands in no field.
    values += [one.get_object() for one in entry(document.root, "/Perms", {}).values()]
    known = {_place(value) for value in values}
    left = any(place not in known for place in _places(document.reader.stream))
    return Check.CHANGES.invalid(_REMOVED) if left else None


def _place(value: generic.PdfObject) -> int | None:
    """Where the value stands that a signature's dictionary leaves out of what it covers."""
    ranges = list(entry(value, "/ByteRange", ())) if isinstance(value, generic.DictionaryObject) else []
    return int(str(ranges[1])) if len(ranges) == _NUMBERS else None


def _places(stream: BinaryIO) -> Iterator[int]:
    """The same of all signatures that cover this very file, whoever names them."""
    size, found = stream.seek(0, SEEK_END), 0
    for start in range(0, size, _PIECE):
        stream.seek(start)
        for match in _RANGE.finditer(stream.read(_PIECE + _OVERLAP)):
            found += 1
            if found > _MOST:
                return
            first, second = int(match[1]), int(match[2])
            if (
                first < second <= size
                and second - first <= 2 * LONGEST_CONTENTS + 2
                and _is_value(stream, first, second)
            ):
                yield first


def _is_value(stream: BinaryIO, first: int, second: int) -> bool:
    stream.seek(first)
    opening = stream.read(1)
    stream.seek(second - 1)
    return opening + stream.read(1) == b"<>"
