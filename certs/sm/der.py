"""The few DER and PEM shapes that keys, signatures and ciphertexts need; the reader takes nothing that is not DER."""

import base64
import binascii
import re
from typing import Final, Self

INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
OBJECT_IDENTIFIER: Final = 0x06
SEQUENCE: Final = 0x30
_LONGEST_LENGTH = 4
_LONGEST_PEM = 65_536
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----\s([A-Za-z0-9+/=\s]*)-----END \1-----")


class DerInvalid(ValueError):
    """Not DER of the expected shape; nothing of the input is in the message."""


class Reader:
    """Reads one element after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def next_is(self, tag: int) -> bool:
        """Whether another element follows and has this tag."""
        return self._data[self._at : self._at + 1] == bytes([tag])

    def take(self, tag: int) -> bytes:
        """The content of the next element, which must have this tag.

        Raises:
            DerInvalid: another tag, a length that is not the shortest, or fewer bytes than it says.
        """
        if not self.next_is(tag):
            raise DerInvalid(f"an element of tag {tag:#04x} is missing")
        start, length = self._length(self._at + 1)
        end = start + length
        if end > len(self._data):
            raise DerInvalid("an element is cut off")
        self._at = end
        return self._data[start:end]

    def _length(self, at: int) -> tuple[int, int]:
        first = self._data[at : at + 1]
        if not first:
            raise DerInvalid("an element is cut off")
        if first[0] < 0x80:  # noqa: PLR2004 # the short form of a length
            return at + 1, first[0]
        count = first[0] & 0x7F
        digits = self._data[at + 1 : at + 1 + count]
        length = int.from_bytes(digits, "big")
        if not 1 <= count <= _LONGEST_LENGTH or len(digits) != count or _length(length) != first + digits:
            raise DerInvalid("a length is not in its shortest form")
        return at + 1 + count, length

    def inside(self, tag: int = SEQUENCE) -> Self:
        """A reader of what the next element contains."""
        return type(self)(self.take(tag))

    def unsigned(self) -> int:
        """The next element, an INTEGER that is not negative."""
        content = self.take(INTEGER)
        value = int.from_bytes(content, "big")
        if _unsigned(value) != content:
            raise DerInvalid("an integer is negative or not in its shortest form")
        return value

    def bits(self) -> bytes:
        """The next element, a BIT STRING of whole bytes."""
        content = self.take(BIT_STRING)
        if content[:1] != b"\0":
            raise DerInvalid("a bit string is not of whole bytes")
        return content[1:]

    def end(self) -> None:
        """Nothing follows."""
        if self._at != len(self._data):
            raise DerInvalid("there is more than there should be")


def element(tag: int, *contents: bytes) -> bytes:
    """An element of this tag with these contents, one after the other."""
    content = b"".join(contents)
    return bytes([tag]) + _length(len(content)) + content


def unsigned(value: int) -> bytes:
    """An INTEGER."""
    return element(INTEGER, _unsigned(value))


def bits(content: bytes) -> bytes:
    """A BIT STRING of whole bytes."""
    return element(BIT_STRING, b"\0", content)


def read_pem(text: str, *labels: str) -> tuple[str, bytes]:
    """The first block of ``text`` with one of these labels: the label and its content.

    Raises:
        DerInvalid: the text is too long, has no such block, or the block is not base64.
    """
    if len(text) > _LONGEST_PEM:
        raise DerInvalid(f"the text is longer than {_LONGEST_PEM} characters")
    for label, body in _PEM.findall(text):
        if label in labels:
            try:
                return label, base64.b64decode("".join(body.split()), validate=True)
            except binascii.Error:
                raise DerInvalid(f"the block {label} is not base64") from None
    raise DerInvalid(f"there is no block {' or '.join(labels)}")


def write_pem(label: str, content: bytes) -> str:
    """A block with this label."""
    body = base64.b64encode(content).decode()
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def _length(length: int) -> bytes:
    if length < 0x80:  # noqa: PLR2004 # the short form of a length
        return bytes([length])
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(digits)]) + digits


def _unsigned(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "big")
