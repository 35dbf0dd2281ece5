"""Mandates, presented licences and pre-application numbers in memory: bounded, gone with the process."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from gateway.core.application import PreApplication
from gateway.core.mandate import Mandate
from gateway.core.presentation import Presentation

_MOST = 100_000
T = TypeVar("T")


class MemoryRecords(Generic[T]):
    """Records by a key of their own; the oldest make room when it is full."""

    def __init__(self, key: Callable[[T], str]) -> None:
        self._key = key
        self._records: OrderedDict[str, T] = OrderedDict()

    async def put(self, record: T) -> None:
        """Keep a record, in place of the one with its key."""
        self._records[self._key(record)] = record
        if len(self._records) > _MOST:
            self._records.popitem(last=False)

    async def find(self, key: str) -> T | None:
        """The record of this key."""
        return self._records.get(key)

    def _all(self) -> Sequence[T]:
        return tuple(self._records.values())


class MemoryMandates(MemoryRecords[Mandate]):
    """A MandateStore."""

    def __init__(self) -> None:
        super().__init__(lambda mandate: mandate.id)


class MemoryPresentations(MemoryRecords[Presentation]):
    """A PresentationStore."""

    def __init__(self) -> None:
        super().__init__(lambda presentation: presentation.code)


class MemoryPreApplications(MemoryRecords[PreApplication]):
    """A PreApplicationStore."""

    def __init__(self) -> None:
        super().__init__(lambda application: application.number)

    async def overdue(self, at: datetime) -> Sequence[PreApplication]:
        """Those that were not bound in time, oldest first."""
        late = [application for application in self._all() if application.is_overdue(at)]
        return sorted(late, key=lambda application: (application.due_at, application.number))
