"""The form of a backup: one gzip file of JSON lines, the same whichever database it is from and goes to.

::

    {"format": "yiwang-backup", "version": 1, "schema": "0005", "taken_at": "…",
     "tables": {"uses": [["digest", "bytes"], …]}}    (all of it one line)
    ["uses", [ … ]]                    a row: its table, its values in the order of the columns; bytes are in base64
    …
    {"counts": {"uses": 12, …}, "digests": {"uses": "…"}, "sha256": "…"}

The last line's ``sha256`` is that of all lines before it, in hexadecimal. A table's digest is the sum of the SHA-256
of its rows' values as JSON, modulo 2^256, so that it does not depend on their order.
"""

import base64
import gzip
import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import msgspec

from gateway.core.errors import BackupUnusable

Kind = Literal["text", "int", "float", "bool", "bytes", "instant", "date", "json"]
VERSION: Literal[1] = 1
_LONGEST_LINE = 64_000_000
_MODULUS = 1 << 256


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup says first: when it was taken, the schema's revision, the tables in the order to fill them."""

    format: Literal["yiwang-backup"]
    version: Literal[1]
    schema: str
    taken_at: datetime
    tables: dict[str, list[tuple[str, Kind]]]


class Summary(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """How many rows each table has, and their digest."""

    counts: dict[str, int]
    digests: dict[str, str]
    sha256: str = ""


class Counting:
    """Counts and digests of rows as they pass."""

    def __init__(self, tables: Iterable[str]) -> None:
        self._counts = dict.fromkeys(tables, 0)
        self._sums = dict.fromkeys(self._counts, 0)

    def add(self, table: str, values: bytes) -> None:
        """One row, its values as JSON."""
        self._counts[table] += 1
        self._sums[table] = (self._sums[table] + int.from_bytes(hashlib.sha256(values).digest())) % _MODULUS

    def summary(self) -> Summary:
        """What has passed."""
        return Summary(dict(self._counts), {table: f"{total:064x}" for table, total in self._sums.items()})


class Writer:
    """Writes a backup to a file that only its owner may read; it has its name once it is whole, and on the disk."""

    def __init__(self, file: Path, head: Head) -> None:
        self._file = file
        self._partial = file.with_name(f"{file.name}.partial")
        self._head = msgspec.json.encode(head)
        try:
            handle = os.open(self._partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise BackupUnusable(f"{self._partial} cannot be written: {error.strerror}") from error
        self._raw = os.fdopen(handle, "wb")
        self._lines = gzip.GzipFile("", "wb", compresslevel=6, fileobj=self._raw, mtime=0)
        self._digest = hashlib.sha256()
        self._counting = Counting(head.tables)
        self._is_whole = False

    def __enter__(self) -> Self:
        """The writer, the head being written."""
        self._write(self._head)
        return self

    def add(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        """Rows of one table."""
        name = msgspec.json.encode(table)
        for row in rows:
            values = msgspec.json.encode(list(row))
            self._counting.add(table, values)
            self._write(b"[" + name + b"," + values + b"]")

    def finish(self) -> Summary:
        """Write the last line; without it the file is given up."""
        summary = self._counting.summary()
        summary.sha256 = self._digest.hexdigest()
        self._write(msgspec.json.encode(summary))
        self._lines.close()
        self._raw.flush()
        os.fsync(self._raw.fileno())
        self._is_whole = True
        return summary

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Give the file its name, or remove it."""
        self._raw.close()
        if self._is_whole:
            self._partial.replace(self._file)
        else:
            self._partial.unlink(missing_ok=True)

    def _write(self, line: bytes) -> None:
        self._digest.update(line + b"\n")
        try:
            self._lines.write(line + b"\n")
        except OSError as error:
            raise BackupUnusable(f"{self._partial} cannot be written: {error.strerror}") from error


def verify(file: Path) -> tuple[Head, Summary]:
    """What a backup holds, read to its end.

    Raises:
        BackupUnusable: it is cut off, changed, or none.
    """
    digest = hashlib.sha256()
    head: Head | None = None
    counting = Counting(())
    before = b""
    for line in _lines(file):
        if before:
            digest.update(before)
            if head is None:
                head = _decoded(before, Head)
                counting = Counting(head.tables)
            else:
                table, values = _decoded(before, tuple[str, msgspec.Raw])
                if table not in head.tables:
                    raise BackupUnusable(f"{file} has a row of a table that it does not name")
                counting.add(table, bytes(values))
        before = line
    found = counting.summary()
    found.sha256 = digest.hexdigest()
    if head is None or _decoded(before, Summary) != found:
        raise BackupUnusable(f"{file} is cut off or was changed: its checksum does not match")
    return head, found


def rows(file: Path, head: Head, at_once: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The rows of a verified backup, some of one table at a time, by the names of their columns."""
    lines = _lines(file)
    next(lines)
    table, some = "", list[dict[str, Any]]()
    for line in lines:
        if line.startswith(b"{"):
            break
        name, values = _decoded(line, tuple[str, list[Any]])
        if some and (name != table or len(some) == at_once):
            yield table, some
            some = []
        table = name
        columns = head.tables[name]
        if len(values) != len(columns):
            raise BackupUnusable(f"{file} has a row that lacks a column")
        some.append({column: _value(kind, value) for (column, kind), value in zip(columns, values, strict=True)})
    if some:
        yield table, some


def _value(kind: Kind, value: Any) -> Any:  # noqa: ANN401 - what a column holds
    if value is None:
        return None
    try:
        if kind == "bytes":
            return base64.b64decode(value, validate=True)
        if kind == "instant":
            return datetime.fromisoformat(value)
        return date.fromisoformat(value) if kind == "date" else value
    except (TypeError, ValueError) as error:
        raise BackupUnusable("a value of the backup is not of its column's kind") from error


def _decoded(line: bytes, shape: Any) -> Any:  # noqa: ANN401 - msgspec's own signature
    try:
        return msgspec.json.decode(line, type=shape)
    except msgspec.MsgspecError as error:
        raise BackupUnusable("the file is no backup of this program") from error


def _lines(file: Path) -> Iterator[bytes]:
    with _readable(file) as opened:
        while line := opened.readline(_LONGEST_LINE):
            if not line.endswith(b"\n"):
                raise BackupUnusable(f"{file} is cut off, or has a line that is too long")
            yield line


@contextmanager
def _readable(file: Path) -> Iterator[gzip.GzipFile]:
    try:
        with gzip.open(file, "rb") as opened:
            yield opened
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or "it is cut off or was changed"
        raise BackupUnusable(f"{file} cannot be read: {reason}") from error
