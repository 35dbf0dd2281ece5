"""Writing tables while their rows come: CSV and XLSX for people, JSON lines for programs; nothing is kept in memory.

What a spreadsheet program would take for a formula is data here: in CSV such a cell begins with an apostrophe, in XLSX
it is marked as a text that stays one. In JSON lines nothing is changed.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from typing import IO, Final, Protocol
from xml.sax.saxutils import escape

import msgspec

from gateway.core.sharing.tables import CellTooLong, TableFormat, Value

ROWS_A_SHEET: Final = 1_000_000
"""Rows of one sheet of XLSX, which can have some more; the next rows stand in another sheet."""

LONGEST_CELL: Final = 32_767
"""Characters of a cell of XLSX."""

_FORMULA: Final = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_NO_XML: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Writer(Protocol):
    """A table that is being written."""

    def write(self, rows: Iterable[Sequence[Value]]) -> None:
        """Add rows, each with a value for every column. Takes a while."""
        ...


@contextmanager
def writing(kind: TableFormat, target: IO[bytes], columns: Sequence[tuple[str, str]]) -> Iterator[Writer]:
    """A table in a file, complete when the block ends without an error.

    Args:
        kind: the format.
        target: a file that is open for writing; XLSX needs nothing of it but ``write``, ``tell`` and ``flush``.
        columns: the name and the title of each: titles head tables, names are keys in JSON lines.
    """
    with ExitStack() as stack:
        if kind is TableFormat.XLSX:
            yield stack.enter_context(_xlsx(target, [title for _, title in columns]))
        elif kind is TableFormat.CSV:
            yield _Csv(target, [title for _, title in columns])
        else:
            yield _JsonLines(target, [name for name, _ in columns])


def neutral(text: str) -> str:
    """A text of a CSV cell that no spreadsheet program calculates; numbers stay numbers."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


class _JsonLines:
    def __init__(self, target: IO[bytes], names: Sequence[str]) -> None:
        self._target = target
        self._names = names

    def write(self, rows: Iterable[Sequence[Value]]) -> None:
        for row in rows:
            self._target.write(msgspec.json.encode(dict(zip(self._names, row, strict=True))) + b"\n")


class _Csv:
    """UTF-8 with its mark, without which spreadsheet programs in China take it for GB18030."""

    def __init__(self, target: IO[bytes], titles: Sequence[str]) -> None:
        self._target = target
        self._lines = io.StringIO(newline="")
        self._writer = csv.writer(self._lines, lineterminator="\r\n")
        self._width = len(titles)
        self._lines.write("\ufeff")
        self.write([titles])

    def write(self, rows: Iterable[Sequence[Value]]) -> None:
        for row in rows:
            if len(row) != self._width:
                raise ValueError("a row has a value for every column")
            self._writer.writerow([neutral(_text(value)) for value in row])
            self._target.write(self._lines.getvalue().encode())
            self._lines.seek(0)
            self._lines.truncate()


class _Xlsx:
    def __init__(self, package: zipfile.ZipFile, titles: Sequence[str]) -> None:
        self._package = package
        self._titles = titles
        self._part: IO[bytes] | None = None
        self._rows = 0
        self.sheets = 0

    def write(self, rows: Iterable[Sequence[Value]]) -> None:
        for row in rows:
            if len(row) != len(self._titles):
                raise ValueError("a row has a value for every column")
            if self._part is None or self._rows >= ROWS_A_SHEET:
                self.begin()
            self._add("".join(map(_cell, row)))

    def begin(self) -> None:
        """Begin a sheet, with the titles in its first row."""
        self.end()
        self.sheets += 1
        self._rows = 0
        part = zipfile.ZipInfo(f"xl/worksheets/sheet{self.sheets}.xml")
        part.compress_type = zipfile.ZIP_DEFLATED
        self._part = self._package.open(part, "w", force_zip64=True)
        self._part.write(_SHEET.encode())
        self._add("".join(map(_cell, self._titles)))

    def end(self) -> None:
        """End the sheet that was begun last."""
        if self._part is not None:
            self._part.write(b"</sheetData></worksheet>")
            self._part.close()
            self._part = None

    def abandon(self) -> None:
        """Let go of the sheet."""
        if self._part is not None:
            self._part.close()

    def _add(self, cells: str) -> None:
        assert self._part is not None, "a sheet was begun"
        self._part.write(f"<row>{cells}</row>".encode())
        self._rows += 1


@contextmanager
def _xlsx(target: IO[bytes], titles: Sequence[str]) -> Iterator[_Xlsx]:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        writer = _Xlsx(package, titles)
        writer.begin()
        try:
            yield writer
        except BaseException:
            writer.abandon()
            raise
        writer.end()
        for name, content in _frame(writer.sheets):
            part = zipfile.ZipInfo(name)
            part.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(part, content)


def _frame(sheets: int) -> Iterator[tuple[str, str]]:
    """The parts around the sheets."""
    numbers = range(1, sheets + 1)
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for n in numbers
    )
    yield "[Content_Types].xml", f"{_HEAD}{_TYPES}{parts}</Types>"
    yield "_rels/.rels", f"{_HEAD}{_RELATIONS}{_relation(1, 'officeDocument', 'xl/workbook.xml')}</Relationships>"
    named = "".join(f'<sheet name="{n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    yield "xl/workbook.xml", f"{_HEAD}{_BOOK}<sheets>{named}</sheets></workbook>"
    related = "".join(_relation(n, "worksheet", f"worksheets/sheet{n}.xml") for n in numbers)
    styles = _relation(sheets + 1, "styles", "styles.xml")
    yield "xl/_rels/workbook.xml.rels", f"{_HEAD}{_RELATIONS}{related}{styles}</Relationships>"
    yield "xl/styles.xml", f"{_HEAD}{_STYLES}"


def _relation(number: int, kind: str, target: str) -> str:
    return f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'


def _cell(value: Value) -> str:
    """A cell: numbers as numbers where none of their digits is lost, all else as text that stays text."""
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _EXACT:
        return f"<c><v>{value!r}</v></c>"
    text = _text(value)
    if len(text) > LONGEST_CELL:
        raise CellTooLong("a value is longer than a cell of XLSX may be")
    shown = escape(_NO_XML.sub("\ufffd", text), {"\r": "&#13;"})
    return f'<c t="inlineStr" s="1"><is><t xml:space="preserve">{shown}</t></is></c>'


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else str(value)


_EXACT: Final = 10**15
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SHEET: Final = f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'
_BOOK: Final = f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
_RELATIONS: Final = f'<Relationships xmlns="{_PACKAGE}/relationships">'
_TYPES: Final = (
    f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
)
_STYLES: Final = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1"/></cellXfs>'
    "</styleSheet>"
)
