"""Stores in memory for tests of use cases; they pass the contract suite of tests/store/test_records_contract.py."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from gateway.core.application import PreApplication
from gateway.core.clock import Clock
from gateway.core.mandate import Mandate
from gateway.core.presentation import Presentation, Reader
from gateway.core.records import Also
from gateway.core.use import Use

_KEPT_BOUND = timedelta(days=366)
T = TypeVar("T")


async def _tell(also: Also | None) -> None:
    if also is not None:
        await also(object())


def _sweep(rows: dict[str, T], is_over: Callable[[str], bool], most: int) -> int:
    over = [key for key in rows if is_over(key)][:most]
    for key in over:
        del rows[key]
    return len(over)


class MemoryUses:
    """A UseStore. Tests that do not care when or how many leave the limits of ``add`` out."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rows: dict[str, Use] = {}

    async def add(self, use: Use, at: datetime | None = None, most: int = 1_000, also: Also | None = None) -> bool:
        now = at or self._clock.now()
        owner = (use.owner_application, use.owner_subject)
        mine = [one for one in self._rows.values() if (one.owner_application, one.owner_subject) == owner]
        if sum(one.expires_at > now for one in mine) >= most:
            return False
        self._rows[use.id] = use
        await _tell(also)
        return True

    async def find(self, use_id: str) -> Use | None:
        return self._rows.get(use_id)

    async def prove(self, use_id: str, at: datetime) -> None:
        use = self._rows.get(use_id)
        if use is not None and (use.proven_at is None or use.proven_at < at):
            self._rows[use_id] = msgspec.structs.replace(use, proven_at=at)

    async def sweep(self, at: datetime, most: int) -> int:
        return _sweep(self._rows, lambda key: self._rows[key].expires_at <= at, most)


class MemoryMandates:
    """A MandateStore."""

    def __init__(self) -> None:
        self._rows: dict[str, Mandate] = {}

    async def add(self, mandate: Mandate, most: int, also: Also | None = None) -> bool:
        mine = [one for one in self._rows.values() if _who(one) == _who(mandate)]
        if sum(one.is_open(mandate.recorded_at) for one in mine) >= most:
            return False
        self._rows[mandate.id] = mandate
        await _tell(also)
        return True

    async def find(self, mandate_id: str) -> Mandate | None:
        return self._rows.get(mandate_id)

    async def revoke(self, mandate_id: str, at: datetime, also: Also | None = None) -> Mandate | None:
        mandate = self._rows.get(mandate_id)
        if mandate is not None and mandate.revoked_at is None:
            mandate = self._rows[mandate_id] = msgspec.structs.replace(mandate, revoked_at=at)
            await _tell(also)
        return mandate

    async def sweep(self, at: datetime, most: int) -> int:
        return _sweep(self._rows, lambda key: self._rows[key].expires_at <= at, most)


class MemoryPresentations:
    """A PresentationStore; ``readers`` shows to tests who read which code first."""

    def __init__(self) -> None:
        self._rows: dict[str, Presentation] = {}
        self.readers: dict[str, Reader] = {}

    async def add(self, presentation: Presentation, at: datetime, most: int, also: Also | None = None) -> bool:
        holder = (presentation.holder.type, presentation.holder.number)
        mine = [one for one in self._rows.values() if (one.holder.type, one.holder.number) == holder]
        if sum(one.expires_at > at for one in mine) >= most:
            return False
        self._rows[presentation.code] = presentation
        await _tell(also)
        return True

    async def find(self, code: str, reader: Reader, at: datetime) -> Presentation | None:
        shown = self._rows.get(code)
        is_readable = shown is not None and at < shown.expires_at and self.readers.get(code, reader) == reader
        return shown if is_readable else None

    async def claim(self, code: str, reader: Reader, at: datetime, also: Also | None = None) -> Presentation | None:
        shown = await self.find(code, reader, at)
        if shown is not None and code not in self.readers:
            self.readers[code] = reader
            await _tell(also)
        return shown

    async def sweep(self, at: datetime, most: int) -> int:
        return _sweep(self._rows, lambda key: self._rows[key].expires_at <= at, most)


class MemoryPreApplications:
    """A PreApplicationStore."""

    def __init__(self) -> None:
        self._rows: dict[str, PreApplication] = {}

    async def add(self, application: PreApplication, most: int, also: Also | None = None) -> bool:
        owner = (application.application, application.subject)
        mine = [one for one in self._rows.values() if (one.application, one.subject) == owner]
        if sum(one.case is None for one in mine) >= most:
            return False
        self._rows[application.number] = application
        await _tell(also)
        return True

    async def find(self, number: str) -> PreApplication | None:
        return self._rows.get(number)

    async def bind(self, number: str, case: str, at: datetime, also: Also | None = None) -> PreApplication | None:
        found = self._rows.get(number)
        if found is not None and found.case is None:
            found = self._rows[number] = msgspec.structs.replace(found, case=case, bound_at=at)
            await _tell(also)
        return found if found is not None and found.case == case else None

    async def count_use(self, number: str, at: datetime, also: Also | None = None) -> bool:
        found = self._rows.get(number)
        if found is None or found.case is not None or found.is_overdue(at):
            return False
        self._rows[number] = msgspec.structs.replace(found, uses=found.uses + 1)
        await _tell(also)
        return True

    async def overdue(self, at: datetime, after: tuple[datetime, str] | None, most: int) -> Sequence[PreApplication]:
        late = [one for one in self._rows.values() if one.is_overdue(at)]
        late = [one for one in late if after is None or (one.due_at, one.number) > after]
        return sorted(late, key=lambda one: (one.due_at, one.number))[:most]

    async def count_overdue(self, at: datetime) -> int:
        return sum(one.is_overdue(at) for one in self._rows.values())

    async def sweep(self, at: datetime, most: int) -> int:
        def is_over(key: str) -> bool:
            bound = self._rows[key].bound_at
            return bound is not None and bound <= at - _KEPT_BOUND

        return _sweep(self._rows, is_over, most)


def _who(mandate: Mandate) -> tuple[str | None, str | None]:
    return mandate.principal.type, mandate.principal.number
