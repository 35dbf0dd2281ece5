"""A FileStore in memory; it passes the contract suite of tests/store/test_files_contract.py."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import count

import msgspec

from gateway.core.errors import StoreUnavailable
from gateway.core.files import CHUNK_BYTES, File, Owner, Purpose, Quota
from gateway.core.records import Also


class MemoryFiles:
    """A FileStore; ``most_held`` is the largest chunk that it was ever given."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self.chunks: dict[str, list[bytes]] = {}
        self.most_held = 0
        self._sendings: dict[str, bytes] = {}
        self._numbers = count()

    async def declare(self, file: File, quota: Quota, at: datetime, also: Also | None = None) -> bool:
        live = [one for one in self.files.values() if one.owner == file.owner and one.expires_at > at]
        if len(live) >= quota.files or sum(one.bytes for one in live) + file.bytes > quota.bytes:
            return False
        self.files[file.id] = file
        if also is not None:
            await also(object())
        return True

    async def find(self, file_id: str, purpose: Purpose, owner: Owner, at: datetime) -> File | None:
        file = self.files.get(file_id)
        mine = file is not None and (file.purpose, file.owner) == (purpose, owner) and file.expires_at > at
        return file if mine else None

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

    async def complete(self, file_id: str, sending: bytes, size: int, sha256: str, also: Also | None = None) -> bool:
        if self._sendings.get(file_id) != sending or sum(map(len, self.chunks[file_id])) != size:
            return False
        del self._sendings[file_id]
        whole = msgspec.structs.replace(self.files[file_id], is_complete=True, bytes=size, sha256=sha256)
        self.files[file_id] = whole
        if also is not None:
            await also(object())
        return True

    async def abandon(self, file_id: str, sending: bytes) -> None:
        if self._sendings.get(file_id) == sending:
            del self._sendings[file_id], self.chunks[file_id]

    async def read(self, file: File, first: int, last: int) -> AsyncIterator[bytes]:
        for number in range(first // CHUNK_BYTES, last // CHUNK_BYTES + 1):
            if file.id not in self.files:
                raise StoreUnavailable("a file was swept away while it was read")
            begin = number * CHUNK_BYTES
            yield self.chunks[file.id][number][max(0, first - begin) : last - begin + 1]

    async def sweep(self, at: datetime, most: int) -> int:
        over = [one.id for one in self.files.values() if one.expires_at <= at - timedelta(hours=1)][:most]
        for file_id in over:
            del self.files[file_id]
            self.chunks.pop(file_id, None)
        return len(over)
