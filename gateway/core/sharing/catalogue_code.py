"""Catalogue code (政务信息资源代码): class 1 digit, item 2, heading 3, detail of any length, then a serial number.

Provinces differ in what stands between the classification and the serial: where a slash does, both are known; where
nothing does, nobody can tell how much of the tail is detail, and it is kept whole.
"""

import re
from typing import Final

import msgspec

from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.identifiers.spelling import find_misspelling
from gateway.core.text import Text

LENGTH: Final = Text("长度不对：应为 7 到 40 位", "its length is wrong: 7 to 40 characters are expected")
SHAPE: Final = Text(
    "格式不对：应为类 1 位、项 2 位、目 3 位、细目若干位数字，可用“/”隔开顺序号",
    "its form is wrong: digits of class (1), item (2), heading (3) and detail are expected, "
    "with the serial perhaps after a slash",
)

_SHAPE = re.compile(r"([1-9])([0-9]{2})([0-9]{3})([0-9]*)(?:/([0-9]+))?")
_SHORTEST, _LONGEST = 7, 40


class CatalogueCode(msgspec.Struct, frozen=True):
    """A code by its parts.

    Attributes:
        text: as it was given.
        category: the class (类); ``item`` (项) and ``heading`` (目) are below it.
        detail: the digits of the detail (细目), perhaps none; None if they cannot be told from the serial.
        serial: the serial number, with the detail before it if ``detail`` is None.
    """

    text: str
    category: str
    item: str
    heading: str
    detail: str | None
    serial: str

    def is_under(self, classification: str) -> bool:
        """Whether the code is of this classification (a class, an item or a heading, with or without a detail)."""
        return bool(classification) and self.text.partition("/")[0].startswith(classification)


def parse(raw: str) -> CatalogueCode:
    """The code that ``raw`` spells; nothing is repaired.

    Raises:
        IdentifierInvalid: wrong length or form.
    """
    match = _SHAPE.fullmatch(raw) if _SHORTEST <= len(raw) <= _LONGEST else None
    if match is None:
        raise IdentifierInvalid(_explain(raw))
    category, item, heading, tail, serial = match.groups()
    if serial is None:
        return CatalogueCode(raw, category, item, heading, None, tail)
    return CatalogueCode(raw, category, item, heading, tail, serial)


def _explain(raw: str) -> Text:
    return find_misspelling(raw) or (SHAPE if _SHORTEST <= len(raw) <= _LONGEST else LENGTH)
