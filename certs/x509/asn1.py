"""The DER shapes that certificates, lists and requests need, on top of those that keys need (certs.sm.der)."""

import re
from datetime import UTC, datetime
from typing import Final

from certs.sm import der
from certs.sm.der import BIT_STRING, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, DerInvalid, bits, element

__all__ = [
    "BIT_STRING",
    "BOOLEAN",
    "ENUMERATED",
    "GENERALIZED_TIME",
    "IA5_STRING",
    "INTEGER",
    "NULL",
    "OBJECT_IDENTIFIER",
    "OCTET_STRING",
    "SEQUENCE",
    "SET",
    "UTC_TIME",
    "UTF8_STRING",
    "DerInvalid",
    "Reader",
    "bits",
    "boolean",
    "element",
    "explicit",
    "generalized_time",
    "integer",
    "named_bits",
    "null",
    "octets",
    "oid",
    "sequence",
    "set_of",
    "time",
    "utf8",
]

BOOLEAN: Final = 0x01
NULL: Final = 0x05
ENUMERATED: Final = 0x0A
UTF8_STRING: Final = 0x0C
IA5_STRING: Final = 0x16
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
SET: Final = 0x31
_HIGH_TAG = 0x1F
_CONTEXT = 0xA0
_MOST_OID_BYTES = 64
_UTC = re.compile(rb"\d{12}Z")
_GENERALIZED = re.compile(rb"\d{14}Z")
_TURN = 50  # two digits of a year from here on are of the 20th century (RFC 5280)
_LAST_UTC_YEAR = 2049


class Reader(der.Reader):
    """Reads one element after the other; refuses what is not DER, apart from defaults that are written out."""

    @property
    def more(self) -> bool:
        """Whether anything follows."""
        return self._at < len(self._data)

    @property
    def tag(self) -> int:
        """The tag of the next element, of one byte.

        Raises:
            DerInvalid: nothing follows, or a tag of several bytes.
        """
        if not self.more or self._data[self._at] & _HIGH_TAG == _HIGH_TAG:
            raise DerInvalid("an element is missing, or its tag is not known")
        return self._data[self._at]

    def raw(self, tag: int | None = None) -> bytes:
        """The next element as it stands, tag and length included; of this tag, if one is given."""
        start = self._at
        self.take(self.tag if tag is None else tag)
        return self._data[start : self._at]

    def rest(self) -> bytes:
        """What has not been read yet."""
        return self._data[self._at :]

    def signed(self) -> int:
        """The next element, an INTEGER of either sign, in its shortest form."""
        content = self.take(INTEGER)
        value = int.from_bytes(content, "big", signed=True)
        if not content or _signed(value) != content:
            raise DerInvalid("an integer is not in its shortest form")
        return value

    def oid(self) -> str:
        """The next element, an OBJECT IDENTIFIER, as numbers with dots."""
        return _dotted(self.take(OBJECT_IDENTIFIER))

    def boolean(self, *, default: bool) -> bool:
        """The next element if it is a BOOLEAN, else the default; a default that is written out is let pass."""
        if not self.next_is(BOOLEAN):
            return default
        content = self.take(BOOLEAN)
        if content not in {b"\x00", b"\xff"}:
            raise DerInvalid("a boolean is neither true nor false")
        return content == b"\xff"

    def time(self) -> datetime:
        """The next element, a UTCTime or GeneralizedTime to the second, in UTC."""
        tag = self.tag
        content = self.take(tag)
        if tag == UTC_TIME and _UTC.fullmatch(content):
            century = b"19" if int(content[:2]) >= _TURN else b"20"
            content = century + content
        elif tag != GENERALIZED_TIME or not _GENERALIZED.fullmatch(content):
            raise DerInvalid("a time is not to the second and in UTC")
        try:
            return datetime.strptime(content.decode(), "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
        except ValueError:
            raise DerInvalid("a time is no moment of the calendar") from None

    def flags(self) -> frozenset[int]:
        """The next element, a BIT STRING of named bits: the numbers of those that are set."""
        content = self.take(BIT_STRING)
        return flags_of(content)


def flags_of(content: bytes) -> frozenset[int]:
    """The numbers of the bits that are set in the content of a BIT STRING."""
    if not content or content[0] > 7 or (len(content) == 1 and content[0]):  # noqa: PLR2004 # bits of a byte
        raise DerInvalid("a bit string is not one")
    return frozenset(
        8 * place + bit for place, byte in enumerate(content[1:]) for bit in range(8) if byte & (0x80 >> bit)
    )


def sequence(*contents: bytes) -> bytes:
    """A SEQUENCE."""
    return element(SEQUENCE, *contents)


def set_of(*contents: bytes) -> bytes:
    """A SET OF, its elements in the order that DER demands."""
    return element(SET, *sorted(contents))


def explicit(number: int, *contents: bytes) -> bytes:
    """An element of the context's tag ``number`` around these."""
    return element(_CONTEXT | number, *contents)


def octets(content: bytes) -> bytes:
    """An OCTET STRING."""
    return element(OCTET_STRING, content)


def null() -> bytes:
    """A NULL."""
    return element(NULL)


def integer(value: int) -> bytes:
    """An INTEGER of either sign."""
    return element(INTEGER, _signed(value))


def boolean(*, value: bool) -> bytes:
    """A BOOLEAN."""
    return element(BOOLEAN, b"\xff" if value else b"\x00")


def utf8(text: str) -> bytes:
    """A UTF8String."""
    return element(UTF8_STRING, text.encode())


def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER."""
    first, second, *others = (int(number) for number in dotted.split("."))
    return element(OBJECT_IDENTIFIER, *(_base128(number) for number in (40 * first + second, *others)))


def time(moment: datetime) -> bytes:
    """A Time as RFC 5280 wants it: UTCTime up to 2049, GeneralizedTime from then on; to the second."""
    at = moment.astimezone(UTC)
    if at.year > _LAST_UTC_YEAR:
        return generalized_time(at)
    return element(UTC_TIME, at.strftime("%y%m%d%H%M%SZ").encode())


def generalized_time(moment: datetime) -> bytes:
    """A GeneralizedTime to the second."""
    return element(GENERALIZED_TIME, moment.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode())


def named_bits(numbers: frozenset[int]) -> bytes:
    """A BIT STRING in which these bits are set, without zero bits behind the last one."""
    if not numbers:
        return element(BIT_STRING, b"\0")
    length = max(numbers) // 8 + 1
    value = sum(1 << (8 * length - 1 - number) for number in numbers)
    return element(BIT_STRING, bytes([8 * length - 1 - max(numbers)]), value.to_bytes(length, "big"))


def _dotted(content: bytes) -> str:
    if not content or len(content) > _MOST_OID_BYTES or content[-1] & 0x80:
        raise DerInvalid("an object identifier is not one")
    numbers, number = [], 0
    for place, byte in enumerate(content):
        if byte == 0x80 and (place == 0 or not content[place - 1] & 0x80):  # noqa: PLR2004 # a leading zero
            raise DerInvalid("an object identifier is not in its shortest form")
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(str(number) for number in (first, numbers[0] - 40 * first, *numbers[1:]))


def _base128(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(0x80 | number & 0x7F)
    return bytes(reversed(digits))


def _signed(value: int) -> bytes:
    bit_length = (value if value >= 0 else value + 1).bit_length()
    return value.to_bytes(bit_length // 8 + 1, "big", signed=True)
