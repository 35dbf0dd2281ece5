"""A seal register in memory, for tests of use cases; it passes the contract of the real one."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from gateway.core.errors import StoreUnavailable
from gateway.core.policy.rules import ANY
from gateway.core.records import Also
from gateway.core.seals.register import RegisteredSeal, SealChoice, SealState


class _Nothing:
    """A transaction of nothing."""


class MemorySeals:
    """A SealRegister; ``races`` are seals that others put before the next ones of ours; ``away`` it has no answers."""

    def __init__(self, *seals: RegisteredSeal) -> None:
        self.versions: dict[str, list[RegisteredSeal]] = {seal.id: [seal] for seal in seals}
        self.races: list[RegisteredSeal] = []
        self.away = False
        self._followers: list[asyncio.Queue[str]] = []

    async def find(self, seal_id: str) -> RegisteredSeal | None:
        versions = self.versions.get(seal_id)
        return versions[-1] if versions else None

    async def find_version(self, seal_id: str, version: int) -> RegisteredSeal | None:
        return next((seal for seal in self.versions.get(seal_id, ()) if seal.version == version), None)

    async def page(self, choice: SealChoice, after: str | None, most: int) -> Sequence[RegisteredSeal]:
        chosen = [seal for seal in self._chosen(choice) if after is None or seal.id > after]
        return chosen[:most]

    async def count(self, choice: SealChoice) -> int:
        return len(self._chosen(choice))

    async def ending(self, since: datetime, until: datetime, most: int) -> Sequence[tuple[str, datetime]]:
        if self.away:
            raise StoreUnavailable("away")
        present = (versions[-1] for versions in self.versions.values())
        ends = [(seal.valid_until, seal.id) for seal in present if seal.state is not SealState.REVOKED]
        return [(seal_id, end) for end, seal_id in sorted(ends) if since <= end <= until][:most]

    async def put(self, seal: RegisteredSeal, also: Also | None = None) -> bool:
        if self.races:
            other = self.races.pop(0)
            self.versions.setdefault(other.id, []).append(other)
        versions = self.versions.get(seal.id, [])
        taken = {one[-1].number for name, one in self.versions.items() if name != seal.id}
        if seal.version != (versions[-1].version if versions else 0) + 1 or seal.number in taken:
            return False
        if also is not None:
            await also(_Nothing())
        self.versions[seal.id] = [*versions, seal]
        for queue in self._followers:
            queue.put_nowait(seal.id)
        return True

    @asynccontextmanager
    async def changes(self) -> AsyncIterator[AsyncIterator[str]]:
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._followers.append(queue)

        async def follow() -> AsyncIterator[str]:
            while True:
                yield await queue.get()

        yield follow()
        self._followers.remove(queue)

    def _chosen(self, choice: SealChoice) -> list[RegisteredSeal]:
        present = [versions[-1] for _, versions in sorted(self.versions.items())]
        return [seal for seal in present if _is_chosen(seal, choice)]


def _is_chosen(seal: RegisteredSeal, choice: SealChoice) -> bool:
    owner = seal.owners[-1].body
    if choice.owners is not None and owner not in choice.owners:
        return False
    concerned = frozenset({owner}).union(*(one.bodies for one in seal.authorisations))
    return choice.seen_by is None or (bool(choice.seen_by) and bool(concerned & (choice.seen_by | {ANY})))
