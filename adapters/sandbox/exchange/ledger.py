"""The exchange's ledger: which requests it took and what it decided, in a file that outlives its process."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import msgspec

from adapters.sandbox.journal import Journal


class Standing(StrEnum):
    """How far a request is, in the exchange's own numbers."""

    PENDING = "10"
    FIRST_STAGE = "20"
    APPROVED = "30"
    REFUSED = "40"
    ENDED = "50"


class Taken(msgspec.Struct, frozen=True, kw_only=True, tag="taken", omit_defaults=True):
    """A request was taken; ``fate`` is the fault that it met."""

    number: str
    key: str
    resource: str
    applicant: str
    fields: tuple[str, ...]
    items: tuple[str, ...]
    purpose: str
    basis: str
    valid_from: datetime
    valid_until: datetime
    at: datetime
    per_day: int | None = None
    in_all: int | None = None
    fate: str | None = None


class Passed(msgspec.Struct, frozen=True, tag="passed"):
    """It passed the first stage."""

    number: str
    at: datetime


class Approved(msgspec.Struct, frozen=True, kw_only=True, tag="approved"):
    """It was approved: with what, until when, and the secret that each use has to name."""

    number: str
    at: datetime
    fields: tuple[str, ...]
    valid_until: datetime
    access: str
    per_day: int | None = None
    in_all: int | None = None

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Approved(number={self.number!r})"


class Refusal(msgspec.Struct, frozen=True, tag="refused"):
    """It was refused."""

    number: str
    at: datetime
    reason: str


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """What was approved is over."""

    number: str
    at: datetime
    reason: str


Line = Taken | Passed | Approved | Refusal | Ended


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A request with what became of it so far."""

    taken: Taken
    passed: Passed | None = None
    approved: Approved | None = None
    refused: Refusal | None = None
    ended: Ended | None = None

    @property
    def number(self) -> str:
        """The exchange's number for it."""
        return self.taken.number

    @property
    def standing(self) -> Standing:
        """How far it is."""
        if self.ended is not None:
            return Standing.ENDED
        if self.refused is not None:
            return Standing.REFUSED
        if self.approved is not None:
            return Standing.APPROVED
        return Standing.PENDING if self.passed is None else Standing.FIRST_STAGE

    @property
    def reason(self) -> str | None:
        """Why it was refused or is over."""
        said = self.ended or self.refused
        return None if said is None else said.reason


_PARTS = {Passed: "passed", Approved: "approved", Refusal: "refused", Ended: "ended"}


class Ledger:
    """The ledger in a folder, which is made if need be."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._journal: Journal[Line] = Journal(folder / "ledger.jsonl", Line)
        self._entries: dict[str, Entry] = {}
        self._by_key: dict[str, str] = {}
        for line in self._journal.kept:
            self._take(line)

    @property
    def entries(self) -> Sequence[Entry]:
        """All requests, in their order."""
        return tuple(self._entries.values())

    def find(self, name: str) -> Entry | None:
        """The request of this number, or the last with this key."""
        return self._entries.get(name) or self._entries.get(self._by_key.get(name, ""))

    def write(self, line: Line) -> Entry:
        """The request with a line added."""
        self._journal.write(line)
        return self._take(line)

    def close(self) -> None:
        """Close the file."""
        self._journal.close()

    def _take(self, line: Line) -> Entry:
        if isinstance(line, Taken):
            entry = Entry(taken=line)
            self._by_key[line.key] = line.number
        else:
            entry = msgspec.structs.replace(self._entries[line.number], **{_PARTS[type(line)]: line})
        self._entries[line.number] = entry
        return entry
