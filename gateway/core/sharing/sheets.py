"""Tables as people send them: rows of text with their places, and what was found wrong on the way."""

from collections.abc import Iterable
from typing import Final, Protocol

import msgspec

from gateway.core.text import Language, Text

LARGEST: Final = 32 * 1024 * 1024
"""Bytes of a file that is read."""

MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 200
LONGEST_CELL: Final = 4_000
MOST_NOTES: Final = 200
"""Findings of one file that are told; the last one says that there are more."""


class Note(msgspec.Struct, frozen=True, order=True):
    """What is wrong and what to do about it; line and column count from 1, as spreadsheets show them."""

    line: int
    column: int
    what: Text
    remedy: Text

    def told(self, file: str, language: Language = Language.ZH) -> str:
        """``file:line:column: what; remedy``."""
        joint = "；" if language is Language.ZH else "; "
        what, remedy = self.what.render(language), self.remedy.render(language)
        return f"{file}:{self.line}:{self.column}: {what}{joint}{remedy}"


class Row(msgspec.Struct, frozen=True):
    """The cells of one line, from its first column on; empty ones are empty texts."""

    line: int
    cells: tuple[str, ...]

    def cell(self, column: int) -> str:
        """The text of a column, counted from 1."""
        return self.cells[column - 1].strip() if 1 <= column <= len(self.cells) else ""

    def is_empty(self) -> bool:
        """Whether nothing stands in it."""
        return not any(cell.strip() for cell in self.cells)


class Sheet(msgspec.Struct, frozen=True):
    """A table, and what was wrong in reading it; what has notes is not imported."""

    rows: tuple[Row, ...]
    notes: tuple[Note, ...] = ()


class SheetReader(Protocol):
    """Reads files of tables, within bounds."""

    def __call__(self, content: bytes) -> Sheet:
        """The table of a file; what cannot be read is in its notes. It takes a while, so never on an event loop."""
        ...


def bounded(notes: Iterable[Note]) -> tuple[Note, ...]:
    """The notes in the order of their places, MOST_NOTES at most."""
    ordered = sorted(notes, key=lambda note: (note.line, note.column))
    if len(ordered) <= MOST_NOTES:
        return tuple(ordered)
    last = ordered[MOST_NOTES - 1]
    return (*ordered[: MOST_NOTES - 1], Note(last.line, last.column, _MORE, _MEND))


_MORE = Text("以下还有其他问题未列出", "there is more wrong from here on")
_MEND = Text("先修改以上各处", "mend the places above first")
