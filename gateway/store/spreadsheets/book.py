"""What of an XLSX file is needed to read cells: where its first sheet is, its texts, which formats show days."""

import posixpath
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from gateway.store.spreadsheets.package import Attributes, Package, Unreadable

MOST_TEXT: Final = 64 * 1024 * 1024
"""Characters of all shared texts."""

_DATES: Final = frozenset({14, 15, 16, 17, 22, *range(27, 32), 36, *range(50, 59)})
"""Numbers of formats that show days without being written down in the file; several only in Chinese ones."""

_QUOTED: Final = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.')
_ZEROS: Final = re.compile(r"0+")
_EPOCH, _EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 - spreadsheets know no zones
_LAST: Final = 2_958_466
"""The serial number of the first day after the year 9999."""


class Format(msgspec.Struct, frozen=True):
    """How numbers of a style are shown: as days, or with at least so many digits."""

    is_date: bool = False
    digits: int = 0


class Book(msgspec.Struct, frozen=True):
    """An XLSX file but for its cells.

    Attributes:
        sheet: the name of the part of the first sheet that is shown.
        texts: shared by cells.
        formats: by the number of a cell's style.
        is_1904: whether days are counted from 1904.
    """

    sheet: str
    texts: Sequence[str]
    formats: Sequence[Format]
    is_1904: bool

    def day(self, serial: float) -> str | None:
        """The day, and the time of day if it has one, of a serial number; None if it is none."""
        if not 0 <= serial < _LAST:
            return None
        moment = (_EPOCH_1904 if self.is_1904 else _EPOCH) + timedelta(seconds=round(serial * 86_400))
        is_day = (moment.hour, moment.minute, moment.second) == (0, 0, 0)
        return moment.date().isoformat() if is_day else moment.isoformat(" ")


def open_book(package: Package) -> Book:
    """The book of a package.

    Raises:
        Unreadable: a part that is needed is missing or wrong.
    """
    sheets: list[tuple[str, str]] = []
    is_1904 = False

    def begin(element: str, attributes: Attributes) -> None:
        nonlocal is_1904
        if element == "sheet" and attributes.get("state", "visible") == "visible":
            sheets.append((attributes.get("name", ""), attributes.get("id", "")))
        elif element == "workbookPr":
            is_1904 = attributes.get("date1904", "0") in {"1", "true"}

    targets: dict[str, str] = {}

    def relation(element: str, attributes: Attributes) -> None:
        if element == "Relationship" and attributes.get("TargetMode") != "External":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    package.parse("xl/workbook.xml", begin, _nothing, _nothing)
    package.parse("xl/_rels/workbook.xml.rels", relation, _nothing, _nothing)
    target = targets.get(sheets[0][1]) if sheets else None
    if not target:
        raise Unreadable("no sheet is shown")
    return Book(_part(target), _texts(package), _formats(package), is_1904)


def _part(target: str) -> str:
    """The part that a relation of the workbook means."""
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))


def _texts(package: Package) -> list[str]:
    if not package.has("xl/sharedStrings.xml"):
        return []
    texts: list[str] = []
    parts: list[str] = []
    inside: list[str] = []
    size = 0

    def begin(element: str, _: Attributes) -> None:
        inside.append(element)
        if element == "si":
            parts.clear()

    def end(element: str) -> None:
        inside.pop()
        if element == "si":
            texts.append("".join(parts))

    def text(said: str) -> None:
        nonlocal size
        if inside[-1:] == ["t"] and "rPh" not in inside:  # how it is pronounced is no part of it
            size += len(said)
            if size > MOST_TEXT:
                raise Unreadable("too much text")
            parts.append(said)

    package.parse("xl/sharedStrings.xml", begin, end, text)
    return texts


def _formats(package: Package) -> list[Format]:
    if not package.has("xl/styles.xml"):
        return []
    codes: dict[int, str] = {}
    used: list[int] = []
    inside: list[str] = []

    def begin(element: str, attributes: Attributes) -> None:
        if element == "numFmt":
            codes[_number(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif element == "xf" and inside[-1:] == ["cellXfs"]:
            used.append(_number(attributes.get("numFmtId")))
        inside.append(element)

    def end(_: str) -> None:
        inside.pop()

    package.parse("xl/styles.xml", begin, end, _nothing)
    return [_format(number, codes.get(number, "")) for number in used]


def _format(number: int, code: str) -> Format:
    shown = _QUOTED.sub("", code.partition(";")[0]).lower()
    is_date = number in _DATES or ("y" in shown and ("m" in shown or "d" in shown)) or ("d" in shown and "m" in shown)
    return Format(is_date, len(shown) if _ZEROS.fullmatch(shown) else 0)


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdecimal() else 0


def _nothing(*_: object) -> None:
    """What is not needed."""
