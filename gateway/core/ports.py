"""Ports: what use cases need from the outside, as Protocols that bootstrap fills."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from gateway.core.call import Call
from gateway.core.caller import Caller
from gateway.core.licence import LicenceKey, LicenceQuery, LicenceType
from gateway.core.outcome import Fault, Outcome
from gateway.core.system import Assignment, SystemView
from gateway.core.use import Use

Row = Any
"""A generated struct whose attributes are the wanted ROW_FIELDS, plus ``warnings: tuple[Warned, ...]``."""


ReportDefect = Callable[[str, BaseException], None]
"""Tells operations that the gateway itself broke while it asked a system: its code and the error."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What one system said to one call.

    Attributes:
        rows: structs of the wanted fields; empty unless the outcome is OK.
        as_of: the instant for which the system vouches, by default when its answer arrived.
        truncated: the system had more than it gave, or we stopped reading.
        code: the system's own code; ``message`` its own text (shown to officers and operations only).
        notice: our explanation, free of personal data.
        dropped: rows left out because they were unreadable as a whole.
        retry_after: seconds after which the system asks to be tried again.
    """

    outcome: Outcome
    rows: Sequence[Row] = ()
    fault: Fault | None = None
    as_of: datetime | None = None
    truncated: bool = False
    code: str | None = None
    message: str | None = None
    notice: str | None = None
    dropped: int = 0
    retry_after: int | None = None


class LicenceSource(Protocol):
    """A system that holds licences. Never raises for what a system did: the answer's outcome says it."""

    system: str

    async def list(self, query: LicenceQuery, wanted: frozenset[str], call: Call) -> Answer:
        """The holder's licences with the ``wanted`` ROW_FIELDS, within ``call.deadline``."""
        ...

    async def get(self, key: LicenceKey, wanted: frozenset[str], call: Call) -> Answer:
        """One licence by its identifier or the system's own number: one row or none (NOT_FOUND)."""
        ...


class AssignedSource(msgspec.Struct, frozen=True):
    """A licence source with what it may serve."""

    source: LicenceSource
    assignment: Assignment
    offers_holder_types: frozenset[str]


class LicenceDirectory(Protocol):
    """Which systems serve licences at this moment."""

    def licence_sources(self, region: str | None) -> Sequence[AssignedSource]:
        """Active systems assigned for the region (all of them for None), in order of authority."""
        ...


class SystemDirectory(Protocol):
    """The registered systems as operations and callers may see them."""

    def systems(self) -> Sequence[SystemView]:
        """All systems, ordered by code."""
        ...


class LicenceTypeRegister(Protocol):
    """The types of licence this province knows."""

    def licence_types(self) -> Sequence[LicenceType]:
        """All types, ordered by code."""
        ...

    def name_of(self, code: str) -> str | None:
        """The registered name of a type code."""
        ...


class UseStore(Protocol):
    """Where open uses are kept."""

    async def add(self, use: Use) -> None:
        """Keep a new use."""
        ...

    async def find(self, use_id: str) -> Use | None:
        """The use of this id, or None; the caller checks owner and expiry."""
        ...


class IdSealer(Protocol):
    """Turns internal keys into opaque public ids, deterministically, and back."""

    def seal(self, plain: bytes, kind: str) -> str:
        """An opaque URL-safe id of ``plain``; the same input always gives the same id."""
        ...

    def open(self, sealed: str, kind: str) -> bytes | None:
        """The bytes that were sealed, or None if this id was not made here for this kind."""
        ...


class TokenVerifier(Protocol):
    """Proves who calls."""

    def verify(self, token: str) -> Caller:
        """The caller whom the token names; raises Refusal UNAUTHENTICATED if it proves nothing."""
        ...
