"""The port of what writes tables as files while their rows come, so that none of them is ever in memory as a whole."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

Value = str | int | float | bool | date | datetime | None


class TableFormat(StrEnum):
    """What is written."""

    CSV = "CSV"
    XLSX = "XLSX"
    JSON_LINES = "JSON_LINES"


class CellTooLong(ValueError):
    """A value that no cell of XLSX can hold; CSV and JSON lines can."""


class TableStream(Protocol):
    """A table of which the bytes come out as its rows go in. Both take a while: they are for a thread."""

    def add(self, rows: Iterable[Sequence[Value]]) -> bytes:
        """Add rows, each with a value for every column; the bytes that have come of it, which may be none yet.

        Raises:
            CellTooLong: the format has no place for a value.
        """
        ...

    def end(self) -> bytes:
        """The last bytes; no rows come after it."""
        ...


class TableStreams(Protocol):
    """Begins tables."""

    def __call__(self, kind: TableFormat, columns: Sequence[tuple[str, str]]) -> AbstractContextManager[TableStream]:
        """A table of these columns, the name and the title of each, until the block ends."""
        ...
