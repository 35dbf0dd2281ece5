"""Reading XLSX: the first sheet that is shown, cell by cell, without keeping what is not needed.

Formulas are no values: what a cell showed when it was saved may be old, so each of them is a finding. Merged cells all
say what the first one says. Numbers are texts as they were shown where that is what was meant: days, leading zeros.
"""

import re
from typing import Final

from gateway.core.sharing.sheets import MOST_COLUMNS, MOST_NOTES, MOST_ROWS, Note, Row, Sheet, bounded
from gateway.core.text import Text
from gateway.store.spreadsheets.book import Book, Format, open_book
from gateway.store.spreadsheets.csv_reading import (
    AS_VALUES,
    DIVIDE,
    FEWER,
    FORMULA,
    TOO_MANY_COLUMNS,
    TOO_MANY_ROWS,
    wrong_length,
)
from gateway.store.spreadsheets.package import Attributes, Enough, Package, Unreadable

_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_LONGEST_NUMBER: Final = 15
"""Digits that a number in a spreadsheet keeps; of a longer one the rest is lost already."""

_MOST_MERGED: Final = 1_000_000
"""Cells that are merged with others."""

_LAST_ROW: Final = 1_048_576


def read_xlsx(content: bytes) -> Sheet:
    """The table; what cannot be read is in its notes."""
    try:
        package = Package(content)
        book = open_book(package)
        reading = _Reading(book)
        package.parse(book.sheet, reading.begin, reading.end, reading.text)
    except Unreadable:
        return Sheet((), (Note(1, 1, _NO_BOOK, _SAVE_AGAIN),))
    return reading.sheet()


class _Reading:
    """One sheet while it is read; ``begin``, ``end`` and ``text`` are told its XML."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._cells: dict[int, dict[int, str]] = {}
        self._merged: list[tuple[int, int, int, int]] = []
        self._notes: list[Note] = []
        self._line = self._column = 0
        self._left = _MOST_MERGED
        self._type = ""
        self._format = Format()
        self._inside: list[str] = []
        self._value: list[str] = []

    def begin(self, element: str, attributes: Attributes) -> None:
        """An element begins."""
        self._inside.append(element)
        if element == "row":
            said = attributes.get("r", "")
            self._line = int(said) if said.isascii() and said.isdecimal() else self._line + 1
            self._column = 0
            if not 0 < self._line <= _LAST_ROW:
                raise Unreadable("a row that no sheet has")
        elif element == "c":
            self._open(attributes)
        elif element == "f":
            self._note(FORMULA, AS_VALUES)
        elif element == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def end(self, element: str) -> None:
        """An element ends."""
        self._inside.pop()
        if element == "c" and self._value and self._column <= MOST_COLUMNS:
            self._keep(self._shown("".join(self._value)))

    def text(self, said: str) -> None:
        """Characters of an element."""
        if self._inside[-1:] in (["v"], ["t"]) and "rPh" not in self._inside:
            self._value.append(said)

    def sheet(self) -> Sheet:
        """What was read."""
        for merged in self._merged:
            self._fill(*merged)
        rows = [
            Row(line, tuple(cells.get(column, "") for column in range(1, max(cells) + 1)))
            for line, cells in sorted(self._cells.items())
        ]
        return Sheet(tuple(rows), bounded(self._notes))

    def _open(self, attributes: Attributes) -> None:
        match = _REFERENCE.fullmatch(attributes.get("r", ""))
        self._column = _column(match[1]) if match else self._column + 1
        self._type = attributes.get("t", "n")
        style = attributes.get("s", "")
        number = int(style) if style.isascii() and style.isdecimal() else 0
        self._format = self._book.formats[number] if number < len(self._book.formats) else Format()
        self._value = []
        if self._column == MOST_COLUMNS + 1:
            self._note(TOO_MANY_COLUMNS.format(limit=MOST_COLUMNS), FEWER)

    def _keep(self, text: str) -> None:
        if not text.strip():
            return
        if self._line not in self._cells and len(self._cells) >= MOST_ROWS:
            self._note(TOO_MANY_ROWS.format(limit=MOST_ROWS), DIVIDE)
            raise Enough
        self._notes += wrong_length(self._line, self._column, text)
        self._cells.setdefault(self._line, {})[self._column] = text

    def _shown(self, value: str) -> str:
        """The text of the present cell, from what stands in the file."""
        if self._type == "s":
            place = int(value) if value.isascii() and value.isdecimal() else len(self._book.texts)
            if place >= len(self._book.texts):
                raise Unreadable("a text that there is not")
            return self._book.texts[place]
        if self._type == "b":
            return "是" if value == "1" else "否"
        if self._type == "e":
            self._note(_ERROR, _MEND)
            return ""
        return self._number(value) if self._type == "n" else value

    def _number(self, value: str) -> str:
        try:
            number = float(value)
        except ValueError:
            raise Unreadable("a number that is none") from None
        if self._format.is_date:
            day = self._book.day(number)
            if day is None:
                self._note(_NO_DAY, _MEND)
            return day or ""
        if not number.is_integer():
            return repr(number) if "e" not in value.lower() else format(number, "f")
        if abs(number) >= 10**_LONGEST_NUMBER:
            self._note(_TOO_PRECISE, _AS_TEXT)
            return ""
        return str(int(number)).zfill(self._format.digits)

    def _note(self, what: Text, remedy: Text) -> None:
        if len(self._notes) <= MOST_NOTES:
            self._notes.append(Note(self._line, max(self._column, 1), what, remedy))

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        begin, end = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last)
        if begin and end:
            top, bottom = int(begin[2]), min(int(end[2]), int(begin[2]) + MOST_ROWS)
            left, right = _column(begin[1]), min(_column(end[1]), MOST_COLUMNS)
            self._left -= max(1, (bottom - top + 1) * (right - left + 1))
            if self._left < 0:
                raise Unreadable("too many merged cells")
            self._merged.append((top, left, bottom, right))

    def _fill(self, top: int, left: int, bottom: int, right: int) -> None:
        """Write what the first cell of a merged block says into the others, in rows that there are."""
        text = self._cells.get(top, {}).get(left)
        if text is None:
            return
        for line in range(top, bottom + 1):
            cells = self._cells.get(line)
            if cells is not None:
                for column in range(left, right + 1):
                    cells.setdefault(column, text)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


_NO_BOOK = Text("不是可读取的 XLSX 文件", "it is no XLSX file that can be read")
_SAVE_AGAIN = Text(
    "用办公软件打开后另存为 .xlsx，去掉密码，删去多余的工作表",
    "open it in a spreadsheet program and save it as .xlsx, without a password and without sheets that are not needed",
)
_ERROR = Text("单元格是错误值", "the cell holds an error")
_MEND = Text("修改该单元格", "mend the cell")
_NO_DAY = Text("不是日期", "it is no day")
_TOO_PRECISE = Text("超过 15 位的数字已丢失末位", "of a number of more than 15 digits the last ones are lost")
_AS_TEXT = Text("把该列设为文本格式后重新填写", "format the column as text and write it again")
