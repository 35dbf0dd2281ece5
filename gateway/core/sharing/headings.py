"""Headings of tables and the words in their cells, in the several spellings in which departments write them."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from gateway.core.sharing.sheets import Row

_NOISE: Final = re.compile(r"\([^)]*\)|[\s*:：、/_\-]+")
_SEARCHED: Final = 20
"""Rows at the top in which the headings are looked for: titles and remarks may stand above them."""

_FEWEST: Final = 2
"""Headings that a row must have to be the row of headings."""

Spellings = Mapping[str, Sequence[str]]
"""How a column is called, by the name that the program has for it."""


class Headings(msgspec.Struct, frozen=True):
    """Where the headings stand: the line of the lowest row of them, and the columns from 1 by name.

    Attributes:
        unknown: columns whose heading is none that is known.
        twice: columns whose heading stands at another one already.
    """

    line: int
    columns: Mapping[str, int]
    unknown: tuple[int, ...] = ()
    twice: tuple[int, ...] = ()

    def cell(self, row: Row, name: str) -> str:
        """The text of a row in the column of this name; empty if there is no such column."""
        return row.cell(self.columns.get(name, 0))


def plain(text: str) -> str:
    """A heading or a word without width, case, spaces, marks and what stands in brackets."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text).casefold())


def spelt(words: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Names by every spelling of them."""
    return {plain(spelling): name for name, spellings in words.items() for spelling in spellings}


def shown(words: Mapping[str, Sequence[str]], *but: str) -> tuple[str, ...]:
    """The usual headings of an empty table: the first spelling of each column that is needed, but for these."""
    return tuple(spellings[0] for name, spellings in words.items() if name and name not in but)


def find_headings(rows: Sequence[Row], spellings: Mapping[str, str]) -> Headings | None:
    """The headings of a table; None if no row is one of them.

    Where they stand in two rows, groups above and columns below, the lower one says what a column is.
    """
    for place, row in enumerate(rows[:_SEARCHED]):
        known = _known(row, spellings)
        if len(set(known.values())) < _FEWEST:
            continue
        below = rows[place + 1] if place + 1 < len(rows) else None
        if below is not None and _is_second(known, _known(below, spellings)):
            return _headings(below.line, spellings, row, below)
        return _headings(row.line, spellings, row)
    return None


def _is_second(known: Mapping[int, str], below: Mapping[int, str]) -> bool:
    """Whether the row below has headings too: some that the one above does not have."""
    return len(set(below.values()) - set(known.values())) >= _FEWEST


def _known(row: Row, spellings: Mapping[str, str]) -> dict[int, str]:
    found = {column: spellings.get(plain(cell)) for column, cell in enumerate(row.cells, 1)}
    return {column: name for column, name in found.items() if name is not None}


def _headings(line: int, spellings: Mapping[str, str], *rows: Row) -> Headings:
    columns: dict[str, int] = {}
    unknown: list[int] = []
    twice: list[int] = []
    for column in range(1, max(len(row.cells) for row in rows) + 1):
        cells = [row.cell(column) for row in reversed(rows)]
        name = next((spellings[plain(cell)] for cell in cells if plain(cell) in spellings), None)
        if name and name in columns:
            twice.append(column)
        elif name:
            columns[name] = column
        elif name is None and any(cells):
            unknown.append(column)
    return Headings(line, columns, tuple(unknown), tuple(twice))
