"""What of a file a signature covers: all of it up to some byte, but its own value, and nothing else is let pass."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import SEEK_END
from typing import BinaryIO, Final

from cryptography.hazmat.primitives import hashes

from certs.pdf.errors import PdfUnreadable
from certs.x509 import Hash
from gateway.core.text import Text

LONGEST_CONTENTS: Final = 16_777_216
"""Bytes of a signature's value at most."""

_PIECE: Final = 1_048_576
_DIGITS: Final = re.compile(rb"<[0-9A-Fa-f]*>")
_NUMBERS: Final = 4


class CoverageBroken(PdfUnreadable):
    """A signature that does not cover what it should."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The two parts of a file that a signature covers, around its value.

    Attributes:
        gap: where the value's brackets begin and end.
        end: where the second part ends.
        value: what stands between the brackets, without the zeros that fill the gap.
    """

    gap: tuple[int, int]
    end: int
    value: bytes

    def digest(self, stream: BinaryIO, hash: Hash, before: bytes = b"") -> bytes:  # noqa: A002 # the word for it
        """The digest of ``before`` and what is covered."""
        digest = hashes.Hash(hash.primitive)
        digest.update(before)
        for start, end in ((0, self.gap[0]), (self.gap[1], self.end)):
            stream.seek(start)
            for at in range(start, end, _PIECE):
                digest.update(stream.read(min(_PIECE, end - at)))
        return digest.finalize()


def read_coverage(stream: BinaryIO, ranges: Sequence[object], contents: bytes, place: int) -> Coverage:
    """Check a ByteRange against the file.

    Args:
        stream: the file.
        ranges: as the signature's dictionary says it.
        contents: the value as the dictionary says it.
        place: where the object with the dictionary begins.

    Raises:
        CoverageBroken: it is not two parts that begin with the file and leave out exactly this value.
    """
    size = stream.seek(0, SEEK_END)
    if len(ranges) != _NUMBERS or not all(type(one) is not bool and isinstance(one, int) for one in ranges):
        raise _broken()
    zero, first, second, length = (int(str(one)) for one in ranges)
    end = second + length
    if zero != 0 or not 0 < first < second <= end <= size or second - first > 2 * LONGEST_CONTENTS + 2:
        raise _broken()
    stream.seek(first)
    gap = stream.read(second - first)
    if not _DIGITS.fullmatch(gap) or bytes.fromhex(_even(gap[1:-1]).decode()) != contents:
        raise CoverageBroken(
            Text(
                "ByteRange 的空缺不恰是签名值，存在未受保护的内容",
                "the gap in ByteRange is not exactly the signature's value: something in it is not covered",
            )
        )
    if not place < first:
        raise CoverageBroken(Text("签名字典不在其保护范围内", "the signature's own dictionary is not covered by it"))
    return Coverage((first, second), end, _without_filling(contents))


def _broken() -> CoverageBroken:
    return CoverageBroken(
        Text("ByteRange 不是从文件开头起的两段", "ByteRange is not two parts of the file from its beginning on")
    )


def _even(digits: bytes) -> bytes:
    return digits + b"0" * (len(digits) % 2)


def _without_filling(contents: bytes) -> bytes:
    """The DER element at the beginning; what follows it has to be zeros.

    Raises:
        CoverageBroken: something else follows.
    """
    length = _element_length(contents)
    if any(contents[length:]):
        raise CoverageBroken(
            Text("签名值之后的填充不全为零", "what fills the gap behind the signature's value is not only zeros")
        )
    return contents[:length]


def _element_length(contents: bytes) -> int:
    """The length of the element; all, if it is none of a definite length that fits: then its reader says what is."""
    head = contents[1:2]
    if head and head[0] < 0x80:  # noqa: PLR2004 # the short form of a length
        return min(2 + head[0], len(contents))
    count = head[0] & 0x7F if head else 0
    whole = 2 + count + int.from_bytes(contents[2 : 2 + count], "big")
    return whole if count and whole <= len(contents) else len(contents)
