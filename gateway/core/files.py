"""Files that callers send and fetch: uploads, downloads by ticket, and the store in which their bytes live.

A file is declared first and filled by one sending, of which nothing can be seen until it is complete.
"""

import re
import unicodedata
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

import msgspec

from gateway.core.caller import Caller
from gateway.core.records import Also, Swept, Transaction

CHUNK_BYTES: Final = 1_048_576
"""How much of a file is in memory at a time, and in one row of the store."""

_LONGEST_NAME = 120
_LONGEST_EXTENSION = 12
_APART = re.compile(r"[/\\]")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that are not seen or change how others are shown: controls, bidirectional marks."""
_MARKS = frozenset('<>:"|?*')
"""What some file systems keep for themselves."""


class Purpose(StrEnum):
    """What a file was made for; one of either kind is never found as the other."""

    UPLOAD = "upload"
    TICKET = "ticket"
    RESULT = "result"
    """What the gateway made for its owner: it is fetched by a ticket that is lent on it, and counts for no quota."""


class Owner(msgspec.Struct, frozen=True):
    """The caller whom a file belongs to: the application and, unless it acts for itself, the person in front of it."""

    application: str
    subject: str

    @classmethod
    def of(cls, caller: Caller) -> "Owner":
        """Whose files of this caller are."""
        return cls(caller.application.code, caller.person.subject if caller.person else "")


class Transfer(msgspec.Struct, frozen=True):
    """One sending or fetching of a file: which request it is, and whose."""

    request_id: str
    caller: Caller


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was declared.

    Attributes:
        id: whoever has it and is the owner can use the file.
        bytes: how many were declared; 0 if that is known only when they have come.
        media_type: as it was declared; of a complete upload what its first bytes tell, if they do.
        sha256: of what was declared, hexadecimal, or of the complete file.
    """

    id: str
    purpose: Purpose
    owner: Owner
    name: str
    media_type: str
    bytes: int
    sha256: str | None
    created_at: datetime
    expires_at: datetime
    is_complete: bool = False

    def __repr__(self) -> str:
        """Kind and size only: the id opens it, the name may be a person's."""
        return f"File({self.purpose.value}, {self.bytes} bytes)"


class Quota(msgspec.Struct, frozen=True):
    """What one owner may have in the store at a time."""

    files: int
    bytes: int


class FileStore(Swept, Protocol):
    """Where files are: a chunk of each in memory at a time, and nothing given out before all of it is there."""

    async def declare(self, file: File, quota: Quota, at: datetime, also: Also | None = None) -> bool:
        """Keep a declaration; False, and nothing kept, if its owner's live files would be over the quota."""
        ...

    async def find(self, file_id: str, purpose: Purpose, owner: Owner, at: datetime) -> File | None:
        """The owner's file of this id, unless it is over."""
        ...

    async def find_all(
        self, file_ids: Sequence[str], purpose: Purpose, owner: Owner, at: datetime
    ) -> Mapping[str, File]:
        """The owner's files of these ids, unless they are over, by id."""
        ...

    def holding(self, file_ids: Sequence[str], until: datetime) -> Also:
        """Have files live until then at the least, with what they are needed for."""
        ...

    def keeping(self, file: File, content: bytes) -> Also:
        """Keep a complete file of one chunk at the most, with what it belongs to; no quota is asked."""
        ...

    async def keep_all(self, transaction: Transaction, small: Sequence[tuple[File, bytes]]) -> None:
        """Keep many such files in a transaction of somebody else's, in the time of one."""
        ...

    async def load(self, owners: Mapping[str, Owner], purpose: Purpose, at: datetime) -> Mapping[str, bytes]:
        """The bytes of those files that are their owners', complete and of one chunk at the most, by id."""
        ...

    async def lend(self, file: File, ticket: File, quota: Quota, also: Also | None = None) -> bool:
        """Keep a ticket by which the bytes of a complete file are read as long as both live; False over the quota."""
        ...

    async def begin(self, file_id: str) -> bytes | None:
        """A new sending, which ends any other and what has come of it; None if the file is complete or gone."""
        ...

    async def append(self, file_id: str, sending: bytes, number: int, chunk: bytes) -> bool:
        """Keep the next chunk, counted from 0; False if another sending has taken over."""
        ...

    async def complete(
        self, file_id: str, sending: bytes, size: int, sha256: str, also: Also | None = None, media_type: str = ""
    ) -> bool:
        """Show the file, of this size, digest and, if one is told, type; False if another sending has taken over."""
        ...

    async def abandon(self, file_id: str, sending: bytes) -> None:
        """Forget what has come of a sending, unless another has taken over."""
        ...

    def read(self, file: File, first: int, last: int) -> AsyncIterator[bytes]:
        """The bytes from ``first`` to ``last``, both counted from 0 and given; the file is complete.

        Raises:
            StoreUnavailable: the store cannot be reached, or the file has been swept away meanwhile.
        """
        ...


def safe_name(text: str) -> str:
    """A file name without path, control or bidirectional characters, at most 120 long; empty if nothing is left."""
    text = _APART.split(unicodedata.normalize("NFC", text[: 10 * _LONGEST_NAME]))[-1]
    kept = "".join("_" if char in _MARKS else char for char in text if unicodedata.category(char) not in _UNSEEN)
    kept = " ".join(kept.split()).strip(". ")
    if len(kept) <= _LONGEST_NAME:
        return kept
    stem, dot, extension = kept.rpartition(".")
    if not stem or len(extension) > _LONGEST_EXTENSION:
        return kept[:_LONGEST_NAME].rstrip(". ")
    return stem[: _LONGEST_NAME - 1 - len(extension)].rstrip(". ") + dot + extension
