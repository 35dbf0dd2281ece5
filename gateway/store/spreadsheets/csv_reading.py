"""Reading CSV: UTF-8 with or without its mark, or GB18030, as the spreadsheets in offices write it."""

import csv
import io
import re
from typing import Final

from gateway.core.sharing.sheets import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, Note, Row, Sheet, bounded
from gateway.core.text import Text

_TEXT_FORMULA: Final = re.compile(r'="([^"]*)"')
"""How leading zeros are kept in CSV: a formula that is only a text."""

_BINARY: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def read_csv(content: bytes) -> Sheet:
    """The table; what cannot be read is in its notes."""
    text = _decoded(content)
    if text is None:
        return Sheet((), (Note(1, 1, _NO_TEXT, _ENCODE),))
    rows: list[Row] = []
    notes: list[Note] = []
    first = text.partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if len(rows) >= MOST_ROWS:
                notes.append(Note(reader.line_num, 1, TOO_MANY_ROWS.format(limit=MOST_ROWS), DIVIDE))
                break
            rows.append(Row(reader.line_num, tuple(_cell(cell) for cell in cells[:MOST_COLUMNS])))
            notes += _wrong(reader.line_num, cells)
    except csv.Error:
        notes.append(Note(reader.line_num, 1, _NO_CSV, _QUOTES))
    return Sheet(tuple(rows), bounded(notes))


def wrong_length(line: int, column: int, cell: str) -> list[Note]:
    """A note on a cell that is too long."""
    return [Note(line, column, _TOO_LONG.format(limit=LONGEST_CELL), _SHORTEN)] if len(cell) > LONGEST_CELL else []


def _decoded(content: bytes) -> str | None:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _BINARY.search(text) else text
    return None


def _cell(cell: str) -> str:
    match = _TEXT_FORMULA.fullmatch(cell)
    return cell if match is None else match[1]


def _wrong(line: int, cells: list[str]) -> list[Note]:
    notes = [Note(line, MOST_COLUMNS + 1, TOO_MANY_COLUMNS.format(limit=MOST_COLUMNS), FEWER)] * (
        len(cells) > MOST_COLUMNS
    )
    for column, cell in enumerate(cells[:MOST_COLUMNS], 1):
        notes += wrong_length(line, column, cell)
        if cell.startswith("=") and not _TEXT_FORMULA.fullmatch(cell):
            notes.append(Note(line, column, FORMULA, AS_VALUES))
    return notes


_NO_TEXT = Text("不是 UTF-8 或 GB18030 编码的文本", "it is no text in UTF-8 or GB18030")
_ENCODE = Text("另存为“CSV UTF-8”", "save it as CSV UTF-8")
_NO_CSV = Text("引号不成对，无法分列", "quotes do not match, so that nobody knows where cells end")
_QUOTES = Text("检查本行的引号", "look at the quotes of this line")
_TOO_LONG = Text("单元格超过 {limit} 个字符", "the cell has more than {limit} characters")
_SHORTEN = Text("缩短内容", "shorten it")
TOO_MANY_ROWS: Final = Text("超过 {limit} 行", "there are more than {limit} rows")
DIVIDE: Final = Text("分成几个文件导入", "divide it into several files")
TOO_MANY_COLUMNS: Final = Text("超过 {limit} 列", "there are more than {limit} columns")
FEWER: Final = Text("删去多余的列", "remove those that are not needed")
FORMULA: Final = Text("单元格是公式", "the cell is a formula")
AS_VALUES: Final = Text("选择性粘贴为数值后保存", "paste it as a value and save the file")
