"""Ports of what the gateway itself records for uses: mandates, presented licences, pre-application numbers.

Every change is one step that nobody can come between, on however many replicas: a store counts and adds, or compares
and sets, in one transaction. ``also`` runs in that transaction where the change was made, and only there; it may run
again if the transaction is tried again, so it speaks to the transaction and does nothing else.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from functools import reduce
from typing import Protocol

from gateway.core.application import PreApplication
from gateway.core.mandate import Mandate
from gateway.core.presentation import Presentation, Reader


class Transaction(Protocol):
    """A transaction of the gateway's own database, as one store hands it to another; only stores look inside."""


Also = Callable[[Transaction], Awaitable[None]]
"""What else belongs to a change, such as its audit events."""


def both(one: Also, other: Also | None) -> Also:
    """Both in one transaction."""
    if other is None:
        return one
    then = other

    async def also(transaction: Transaction) -> None:
        await one(transaction)
        await then(transaction)

    return also


def all_of(several: Iterable[Also | None]) -> Also | None:
    """All that there are in one transaction, in this order; None if there are none."""
    found = [one for one in several if one is not None]
    return None if not found else reduce(both, found)


class Swept(Protocol):
    """A store whose rows are over at some time, and are then only in the way."""

    async def sweep(self, at: datetime, most: int) -> int:
        """Remove what was over at that moment, ``most`` rows at the most; how many. Nothing relies on it."""
        ...


class MandateStore(Swept, Protocol):
    """Where mandates are kept."""

    async def add(self, mandate: Mandate, most: int, also: Also | None = None) -> bool:
        """Keep a new mandate; False, and nothing kept, if its principal already has ``most`` that are open."""
        ...

    async def find(self, mandate_id: str) -> Mandate | None:
        """The mandate of this id."""
        ...

    async def revoke(self, mandate_id: str, at: datetime, also: Also | None = None) -> Mandate | None:
        """The mandate, revoked at that moment or earlier; None if there is none."""
        ...


class PresentationStore(Swept, Protocol):
    """Where presented licences are kept while their codes live."""

    async def add(self, presentation: Presentation, at: datetime, most: int, also: Also | None = None) -> bool:
        """Keep a presentation; False, and nothing kept, if its holder already has ``most`` live codes."""
        ...

    async def find(self, code: str, reader: Reader, at: datetime) -> Presentation | None:
        """The presentation of this code if this reader can still read it: it lives, and nobody else read it first."""
        ...

    async def claim(self, code: str, reader: Reader, at: datetime, also: Also | None = None) -> Presentation | None:
        """Likewise, and from now on the code is this reader's alone; ``also`` runs for the first reading only."""
        ...


class PreApplicationStore(Swept, Protocol):
    """Where pre-application numbers are kept."""

    async def add(self, application: PreApplication, most: int, also: Also | None = None) -> bool:
        """Keep a new number; False, and nothing kept, if its opener already has ``most`` that are not bound."""
        ...

    async def find(self, number: str) -> PreApplication | None:
        """The number, if there is one."""
        ...

    async def bind(self, number: str, case: str, at: datetime, also: Also | None = None) -> PreApplication | None:
        """The number, bound to the case now or before; None if there is none, or it is bound to another case."""
        ...

    async def count_use(self, number: str, at: datetime, also: Also | None = None) -> bool:
        """Count one more use; False, and nothing counted, if the number is bound or overdue by now."""
        ...

    async def overdue(self, at: datetime, after: tuple[datetime, str] | None, most: int) -> Sequence[PreApplication]:
        """The first ``most`` after this end and number that were not bound in time, oldest first."""
        ...

    async def count_overdue(self, at: datetime) -> int:
        """How many were not bound in time."""
        ...
