"""A FileStore in memory; it passes the contract suite of tests/store/test_files_contract.py."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count

import msgspec

from gateway.core.errors import StoreUnavailable
from gateway.core.files import CHUNK_BYTES, File, Owner, Purpose, Quota
from gateway.core.records import Also, Transaction


class MemoryFiles:
    """A FileStore; ``most_held`` is the largest chunk that it was ever given."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self.chunks: dict[str, list[bytes]] = {}
        self.most_held = 0
        self._sendings: dict[str, bytes] = {}
        self._lent: dict[str, str] = {}
        self._numbers = count()

    async def declare(self, file: File, quota: Quota, at: datetime, also: Also | None = None) -> bool:
        if not self._has_room(file, quota, at, file.bytes):
            return False
        self.files[file.id] = file
        if also is not None:
            await also(object())
        return True

    async def find(self, file_id: str, purpose: Purpose, owner: Owner, at: datetime) -> File | None:
        file = self.files.get(file_id)
        mine = file is not None and (file.purpose, file.owner) == (purpose, owner) and file.expires_at > at
        return file if mine else None

    async def find_all(
        self, file_ids: Sequence[str], purpose: Purpose, owner: Owner, at: datetime
    ) -> Mapping[str, File]:
        found = {file_id: await self.find(file_id, purpose, owner, at) for file_id in file_ids}
        return {file_id: file for file_id, file in found.items() if file is not None}

    def holding(self, file_ids: Sequence[str], until: datetime) -> Also:
        async def also(transaction: Transaction) -> None:
            for file_id in file_ids:
                file = self.files.get(file_id)
                if file is not None:
                    self.files[file_id] = msgspec.structs.replace(file, expires_at=max(file.expires_at, until))

        return also

    def keeping(self, file: File, content: bytes) -> Also:
        async def also(transaction: Transaction) -> None:
            self.files[file.id] = msgspec.structs.replace(file, is_complete=True)
            self.chunks[file.id] = [content]

        return also

    async def keep_all(self, transaction: Transaction, small: Sequence[tuple[File, bytes]]) -> None:
        for file, content in small:
            await self.keeping(file, content)(transaction)

    async def load(self, owners: Mapping[str, Owner], purpose: Purpose, at: datetime) -> Mapping[str, bytes]:
        found = [await self.find(file_id, purpose, owner, at) for file_id, owner in owners.items()]
        return {
            file.id: b"".join(self.chunks[file.id])
            for file in found
            if file is not None and file.is_complete and file.bytes <= CHUNK_BYTES
        }

    async def lend(self, file: File, ticket: File, quota: Quota, also: Also | None = None) -> bool:
        if not self._has_room(ticket, quota, ticket.created_at, 0):
            return False
        self.files[ticket.id] = msgspec.structs.replace(ticket, is_complete=True)
        self._lent[ticket.id] = file.id
        if also is not None:
            await also(object())
        return True

    def _has_room(self, file: File, quota: Quota, at: datetime, size: int) -> bool:
        counted = {Purpose.UPLOAD, Purpose.TICKET}
        mine = [one for one in self.files.values() if one.owner == file.owner and one.purpose in counted]
        live = [one for one in mine if at < one.expires_at <= at + timedelta(hours=1)]
        taken = sum(one.bytes for one in live if one.id not in self._lent)
        return len(live) < quota.files and taken + size <= quota.bytes

    async def begin(self, file_id: str) -> bytes | None:
        if file_id not in self.files or self.files[file_id].is_complete:
            return None
        self.chunks[file_id] = []
        self._sendings[file_id] = sending = str(next(self._numbers)).encode()
        return sending

    async def append(self, file_id: str, sending: bytes, number: int, chunk: bytes) -> bool:
        if self._sendings.get(file_id) != sending or len(self.chunks[file_id]) != number:
            return False
        self.most_held = max(self.most_held, len(chunk))
        self.chunks[file_id].append(chunk)
        return True

    async def complete(
        self, file_id: str, sending: bytes, size: int, sha256: str, also: Also | None = None, media_type: str = ""
    ) -> bool:
        if self._sendings.get(file_id) != sending or sum(map(len, self.chunks[file_id])) != size:
            return False
        del self._sendings[file_id]
        declared = self.files[file_id]
        told = media_type or declared.media_type
        whole = msgspec.structs.replace(declared, is_complete=True, bytes=size, sha256=sha256, media_type=told)
        self.files[file_id] = whole
        if also is not None:
            await also(object())
        return True

    async def abandon(self, file_id: str, sending: bytes) -> None:
        if self._sendings.get(file_id) == sending:
            del self._sendings[file_id], self.chunks[file_id]

    async def read(self, file: File, first: int, last: int) -> AsyncIterator[bytes]:
        for number in range(first // CHUNK_BYTES, last // CHUNK_BYTES + 1):
            source = self._lent.get(file.id, file.id)
            if file.id not in self.files or source not in self.files:
                raise StoreUnavailable("a file was swept away while it was read")
            begin = number * CHUNK_BYTES
            yield self.chunks[source][number][max(0, first - begin) : last - begin + 1]

    async def sweep(self, at: datetime, most: int) -> int:
        over = [one.id for one in self.files.values() if one.expires_at <= at - timedelta(hours=1)][:most]
        for file_id in over:
            del self.files[file_id]
            self.chunks.pop(file_id, None)
        return len(over)
