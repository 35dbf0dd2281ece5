"""The ASN.1 values of seals, over the strict reader of ``certs.x509.asn1``.

Lengths, tags and order are taken by the letter. What real files are known to write otherwise is taken as well and
noted, so that an examination can say it: texts under another string type, times of the other kind or without zone.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from certs.x509.asn1 import GENERALIZED_TIME, IA5_STRING, UTC_TIME, UTF8_STRING, DerInvalid, Reader
from gateway.core.clock import utc
from gateway.core.text import Text

PRINTABLE_STRING: Final = 0x13

OTHER_STRING: Final = Text("文本使用了其他字符串类型", "a text is of another string type than the standard's")
OTHER_TIME: Final = Text("时间使用了其他时间类型", "a time is of another type than the standard's")
LOCAL_TIME: Final = Text("时间未注明时区，按北京时间理解", "a time names no zone and is taken as China's")

_TEXTS = (UTF8_STRING, PRINTABLE_STRING, 0x14, IA5_STRING)
_LONGEST_TEXT = 4_096
_NUMBER_BITS = 31
_PATTERNS = {
    UTC_TIME: re.compile(rb"(\d{12})(?:\.(\d{1,6}))?(Z?)"),
    GENERALIZED_TIME: re.compile(rb"(\d{14})(?:\.(\d{1,6}))?(Z?)"),
}
_TURN = "50"  # two digits of a year from here on are of the 20th century

Note = Callable[[Text], None]
"""Takes down what deviates from the standard and is accepted."""


def text(reader: Reader, tag: int, note: Note) -> str:
    """The next element, a text. The bytes are UTF-8, of which ASCII is a part, or GB 18030 as old software writes.

    Raises:
        DerInvalid: it is no text, too long, or in neither encoding.
    """
    if reader.tag != tag and reader.tag in _TEXTS:
        note(OTHER_STRING)
        tag = reader.tag
    content = reader.take(tag)
    if len(content) > _LONGEST_TEXT:
        raise DerInvalid("a text is too long")
    for encoding in ("utf-8", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DerInvalid("a text is in no known encoding")


def number(reader: Reader) -> int:
    """The next element, an INTEGER that is not negative and below 2^31; a DerInvalid otherwise."""
    value = reader.unsigned()
    if value.bit_length() > _NUMBER_BITS:
        raise DerInvalid("a number is too large")
    return value


def time(reader: Reader, tag: int, note: Note) -> datetime:
    """The next element, a time, in UTC.

    Raises:
        DerInvalid: it is no time.
    """
    other = UTC_TIME if tag == GENERALIZED_TIME else GENERALIZED_TIME
    if reader.next_is(other):
        note(OTHER_TIME)
        tag = other
    return read_time(reader.take(tag), tag, note)


def read_time(content: bytes, tag: int, note: Note) -> datetime:
    """The time that these characters write, in UTC; a DerInvalid as in time."""
    match = _PATTERNS[tag].fullmatch(content)
    if match is None:
        raise DerInvalid("a time is not written as the standard has it")
    digits = match[1].decode()
    if tag == UTC_TIME:
        digits = ("19" if digits[:2] >= _TURN else "20") + digits
    try:
        moment = datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        if not match[3]:
            note(LOCAL_TIME)
            moment = utc(moment.replace(tzinfo=None))
    except (ValueError, OverflowError):
        raise DerInvalid("a time is no moment of the calendar") from None
    return moment.replace(microsecond=int((match[2] or b"0").ljust(6, b"0")))
