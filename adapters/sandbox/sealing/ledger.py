"""A platform's ledger: what it was asked and what it sealed, in a file that survives the end of its process."""

import hashlib
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from adapters.sandbox.journal import Journal


class Accepted(msgspec.Struct, frozen=True, kw_only=True, tag="accepted", omit_defaults=True):
    """A request was taken.

    Attributes:
        before: SHA-256 of the document, or the digest itself, in hexadecimal digits.
        fate: the fault that it met.
    """

    number: str
    key: str
    seal: str
    mode: str
    before: str
    at: datetime
    media_type: str | None = None
    placing: str | None = None
    answer: str = "at-once"
    callback: str | None = None
    fate: str | None = None


class Sealed(msgspec.Struct, frozen=True, kw_only=True, tag="sealed"):
    """It was sealed; ``after`` is the SHA-256 of what came of it."""

    number: str
    after: str
    at: datetime


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag="failed"):
    """It could not be sealed, and will not be."""

    number: str
    at: datetime


Line = Accepted | Sealed | Failed


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A request with what became of it so far."""

    accepted: Accepted
    sealed: Sealed | None = None
    failed: Failed | None = None

    @property
    def number(self) -> str:
        """The platform's number for it."""
        return self.accepted.number


class Ledger:
    """The ledger in a folder: a line is there before anybody hears of what it says.

    Args:
        folder: where it is kept, with the documents; made if need be. A line that was cut off by the end of a process
            was never told to anybody, and is dropped.
    """

    def __init__(self, folder: Path) -> None:
        self._papers = folder / "papers"
        self._papers.mkdir(parents=True, exist_ok=True)
        self._journal: Journal[Line] = Journal(folder / "ledger.jsonl", Line)
        self._entries: dict[str, Entry] = {}
        self._by_key: dict[str, list[str]] = {}
        for line in self._journal.kept:
            self._take(line)

    @property
    def entries(self) -> Sequence[Entry]:
        """All requests, in their order."""
        return tuple(self._entries.values())

    def find(self, number: str) -> Entry | None:
        """The request of this number."""
        return self._entries.get(number)

    def of_key(self, key: str) -> Sequence[Entry]:
        """The requests with this key, in their order."""
        return [self._entries[number] for number in self._by_key.get(key, ())]

    def write(self, line: Line) -> None:
        """Add a line, and have it on the disk."""
        self._journal.write(line)
        self._take(line)

    def keep(self, number: str, kind: str, content: bytes) -> str:
        """Keep a paper (``in`` or ``out``) of a request; its SHA-256. It is whole or not there."""
        file = self._papers / f"{number}.{kind}"
        fresh = file.with_suffix(f".{kind}.new")
        with fresh.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
        return hashlib.sha256(content).hexdigest()

    def paper(self, number: str, kind: str) -> bytes:
        """A paper that was kept."""
        return (self._papers / f"{number}.{kind}").read_bytes()

    def close(self) -> None:
        """Close the file."""
        self._journal.close()

    def _take(self, line: Line) -> None:
        if isinstance(line, Accepted):
            self._entries[line.number] = Entry(accepted=line)
            self._by_key.setdefault(line.key, []).append(line.number)
            return
        name = "sealed" if isinstance(line, Sealed) else "failed"
        self._entries[line.number] = msgspec.structs.replace(self._entries[line.number], **{name: line})
