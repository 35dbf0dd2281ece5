"""Citizen id (公民身份号码, GB 11643): 17 digits with a birth date inside, and a MOD 11-2 check character.

The same form and check serve residence permits for people from Hong Kong, Macao and Taiwan (81, 82, 83) and, since
December 2023, foreigners' permanent residence cards (9…). Their first six digits name no place.

The check finds every wrong character and every swap of neighbours. 15-digit numbers, still in old records, have none.
"""

import re
from datetime import date
from typing import Final

import msgspec

from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.identifiers.iso7064 import mod_11_2
from gateway.core.identifiers.provinces import PROVINCES
from gateway.core.identifiers.spelling import find_misspelling, mask_all, mask_middle
from gateway.core.text import Text

LENGTH: Final = Text(
    "长度不对：应为 18 位（旧号码为 15 位）",
    "its length is wrong: 18 characters are expected (15 in an old number)",
)
CHARACTERS: Final = Text(
    "字符不对：应全部为数字，18 位号码的末位可以是 X",
    "its characters are wrong: digits are expected, and X is possible as the last of 18",
)
BIRTH: Final = Text(
    "出生日期不存在：18 位号码的第 7 至 14 位应为 YYYYMMDD，15 位旧号码的第 7 至 12 位应为 YYMMDD",
    "its birth date does not exist: YYYYMMDD is expected at 7 to 14, in a 15-digit number YYMMDD at 7 to 12",
)
FUTURE: Final = Text("出生日期在将来：应不晚于今天", "its birth date lies in the future: today or earlier is expected")
CHECK: Final = Text(
    "校验码不符：应与证件上的号码逐位一致",
    "the check digit does not fit: every character as on the card is expected",
)
NOT_OLD: Final = Text("不是旧号码：应为 15 位数字", "it is no old number: 15 digits are expected")
CENTURY: Final = Text(
    "无法确定出生世纪：应填写 18 位号码",
    "the century of birth is not known from it: the 18-character number is expected",
)

_SHAPE = re.compile(r"[0-9]{17}[0-9Xx]|[0-9]{15}")
_OLD, _NEW = 15, 18
_CENTENARIANS = frozenset({"996", "997", "998", "999"})
"""Serials that 15-digit numbers kept for people over a hundred, who were born in another century."""
_PERMITS = frozenset({"81", "82", "83"})


class CitizenId(msgspec.Struct, frozen=True):
    """A checked number.

    Attributes:
        number: 18 characters with an upper-case X, or the 15 digits of an old number as they came.
        birth: date of birth; None only for an old number that does not tell the century.
        region: six digits of the place of first registration, which may be retired by now; None where the number
            names no place (residence permits, permanent residence cards).
        is_old: a number of 15 digits, without a check character.
    """

    number: str
    birth: date | None
    region: str | None
    is_old: bool

    def __repr__(self) -> str:
        """The form only: a person in a log line or a traceback stays unnamed."""
        return f"CitizenId(is_old={self.is_old})"


def parse(raw: str, today: date | None = None) -> CitizenId:
    """The citizen id that ``raw`` spells; a lower-case x is taken, nothing else is repaired.

    Args:
        raw: what was typed or stored.
        today: the last possible date of birth; None leaves that unchecked.

    Raises:
        IdentifierInvalid: wrong length, characters, birth date or check; which digit is wrong is not told.
    """
    if _SHAPE.fullmatch(raw) is None:
        raise IdentifierInvalid(_explain(raw))
    number = raw.upper()
    is_old = len(number) == _OLD
    birth: date | None = _birth("19" + number[6:12] if is_old else number[6:14])
    if is_old:
        if number[12:] in _CENTENARIANS:
            birth = None
    elif mod_11_2(number[:17]) != number[17]:
        raise IdentifierInvalid(CHECK)
    if today is not None and birth is not None and birth > today:
        raise IdentifierInvalid(FUTURE)
    return CitizenId(number, birth, _region(number), is_old)


def to_18(old: str) -> str:
    """The 18-character number of a 15-digit one, which was given to people born from 1900 to 1999.

    Raises:
        IdentifierInvalid: not a valid 15-digit number, or one kept for centenarians, whose century it does not tell.
    """
    parsed = parse(old)
    if not parsed.is_old:
        raise IdentifierInvalid(NOT_OLD)
    if parsed.birth is None:
        raise IdentifierInvalid(CENTURY)
    body = parsed.number[:6] + "19" + parsed.number[6:]
    return body + mod_11_2(body)


def upgrade(number: str) -> str:
    """The form in which numbers from systems are compared: a 15-digit number as its 18 characters; never raises.

    Anything else, an old number of unknown century included, comes back trimmed and in upper case.
    """
    text = number.strip()
    if len(text) != _OLD:
        return text.upper()
    try:
        return to_18(text)
    except IdentifierInvalid:
        return text.upper()


def mask(number: str) -> str:
    """``110105********002X``: the birth date hidden. Text of another shape is hidden altogether; never raises."""
    if _SHAPE.fullmatch(number) is None:
        return mask_all(number)
    return mask_middle(number, head=6, tail=4 if len(number) == _NEW else 3)


def _explain(raw: str) -> Text:
    return find_misspelling(raw) or (CHARACTERS if len(raw) in {_OLD, _NEW} else LENGTH)


def _birth(digits: str) -> date:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise IdentifierInvalid(BIRTH) from None  # the cause may quote the digits


def _region(number: str) -> str | None:
    province = number[:2]
    return number[:6] if province not in _PERMITS and province + "0000" in PROVINCES else None
