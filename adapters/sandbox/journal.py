"""A file of lines that survives the end of its process: a line is on the disk before anybody hears of what it says."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, Generic, TypeVar

import msgspec

_Line = TypeVar("_Line")


class Journal(Generic[_Line]):
    """A file of lines in JSON.

    Args:
        file: where they are kept. A line that was cut off by the end of a process was never told to anybody, and is
            dropped.
        line: what a line is, a type form.

    Attributes:
        kept: the lines that were there already.
    """

    def __init__(self, file: Path, line: Any) -> None:  # noqa: ANN401 - a union is a type form and no type
        written = file.read_bytes() if file.exists() else b""
        whole = written[: written.rfind(b"\n") + 1]
        self._out: BinaryIO = file.open("ab")
        if len(whole) < len(written):
            self._out.truncate(len(whole))
        decoder: msgspec.json.Decoder[_Line] = msgspec.json.Decoder(line)
        self.kept: Sequence[_Line] = [decoder.decode(one) for one in whole.splitlines()]

    def write(self, line: _Line) -> None:
        """Add a line, and have it on the disk."""
        self._out.write(msgspec.json.encode(line) + b"\n")
        self._out.flush()
        os.fsync(self._out.fileno())

    def close(self) -> None:
        """Close the file."""
        self._out.close()
