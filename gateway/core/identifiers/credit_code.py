"""Unified social credit code (统一社会信用代码, GB 32100): 18 characters with two checks.

The last character checks the other 17 (modulus 31). Characters 9 to 17 are the organisation code, whose last character
checks its first eight (GB 11714, modulus 11). The outer check finds every wrong character and every swap of
neighbours; the inner one alone would not, since letters of equal remainder modulo 11 look alike to it.
"""

import re
from operator import mul
from typing import Final

from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.identifiers.iso7064 import ALPHANUMERIC, DIGITS_X
from gateway.core.identifiers.spelling import find_misspelling, mask_all, mask_middle
from gateway.core.text import Text

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
FORBIDDEN: Final = frozenset("IOSVZ")

LENGTH: Final = Text("长度不对：应为 18 位", "its length is wrong: 18 characters are expected")
LETTERS: Final = Text(
    "含有不使用的字母：代码中不使用 I、O、S、V、Z（可能应为 1、0、5、U、2）",
    "it has a letter that is not used: I, O, S, V and Z never occur (perhaps 1, 0, 5, U or 2 is meant)",
)
CHARACTERS: Final = Text(
    "字符不对：应为数字和大写字母（不含 I、O、S、V、Z）",
    "its characters are wrong: digits and letters other than I, O, S, V and Z are expected",
)
CHECK: Final = Text(
    "校验码不符：应与证书上的代码逐位一致",
    "the check character does not fit: every character as on the certificate is expected",
)
GLUED: Final = Text(
    "校验码不符，末位的 0 可能是程序补上的：应填写证书上完整的 18 位代码",
    "the check character does not fit, and its 0 may have been glued on by a program: "
    "the full 18 characters of the certificate are expected",
)
ORGANISATION: Final = Text(
    "第 9 至 17 位的组织机构代码校验码不符：应与证书上的代码逐位一致",
    "the check inside the organisation code (characters 9 to 17) does not fit: "
    "every character as on the certificate is expected",
)

_LENGTH = 18
_SHAPE = re.compile(r"[0-9A-HJ-NP-RTUWXYa-hj-np-rtuwxy]{18}")
_BODY = re.compile(r"[0-9A-HJ-NP-RTUWXY]{17}")
_ORGANISATION_BODY = re.compile(r"[0-9A-Z]{8}")
_OUTER_VALUE: Final = {char: value for value, char in enumerate(ALPHABET)}
_OUTER_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))
_INNER_VALUE: Final = {char: value for value, char in enumerate(ALPHANUMERIC)}
_INNER_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)


def parse(raw: str) -> str:
    """The credit code that ``raw`` spells, in upper case; nothing but letter case is repaired.

    Raises:
        IdentifierInvalid: wrong length, characters or either check.
    """
    fault = find_fault(raw)
    if fault is not None:
        raise IdentifierInvalid(fault)
    return raw.upper()


def find_fault(raw: str) -> Text | None:
    """Why ``raw`` is no credit code, None if it is one; for callers to whom a wrong code is only a warning."""
    if _SHAPE.fullmatch(raw) is None:
        return _explain(raw)
    code = raw.upper()
    fits_inside = _inner(code[8:16]) == code[16]
    if _outer(code) != code[17]:
        return GLUED if fits_inside and code[17] == "0" else CHECK
    return None if fits_inside else ORGANISATION


def compute_check(body: str) -> str:
    """The last character for the 17 upper-case characters before it; IdentifierInvalid if they are not that."""
    if _BODY.fullmatch(body) is None:
        raise IdentifierInvalid(CHARACTERS)
    return _outer(body)


def compute_organisation_check(body: str) -> str:
    """The GB 11714 check character of eight characters 0-9A-Z; IdentifierInvalid if they are not that."""
    if _ORGANISATION_BODY.fullmatch(body) is None:
        raise IdentifierInvalid(CHARACTERS)
    return _inner(body)


def mask(code: str) -> str:
    """``111100********135M``. Text of another shape is hidden altogether; never raises."""
    return mask_middle(code, head=6, tail=4) if _SHAPE.fullmatch(code) else mask_all(code)


def _explain(raw: str) -> Text:
    fault = find_misspelling(raw)
    if fault is not None:
        return fault
    if len(raw) != _LENGTH:
        return LENGTH
    return CHARACTERS if FORBIDDEN.isdisjoint(raw.upper()) else LETTERS


def _outer(code: str) -> str:
    """Of the first 17 characters; the eighteenth, if there, meets no weight."""
    return ALPHABET[-sum(map(mul, _OUTER_WEIGHTS, map(_OUTER_VALUE.__getitem__, code))) % 31]


def _inner(body: str) -> str:
    return DIGITS_X[-sum(map(mul, _INNER_WEIGHTS, map(_INNER_VALUE.__getitem__, body))) % 11]
