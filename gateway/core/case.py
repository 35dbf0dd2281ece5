"""Cases (办件) as far as proving a purpose needs them: which item, how far along, whose, handled where."""

from datetime import datetime
from enum import StrEnum

import msgspec


class CaseState(StrEnum):
    """How far a case is. SUPPLEMENT and SUSPENDED stop its clocks; only CLOSED ends it."""

    RECEIVED = "RECEIVED"
    ACCEPTED = "ACCEPTED"
    REVIEWED = "REVIEWED"
    SUPPLEMENT = "SUPPLEMENT"
    SUSPENDED = "SUSPENDED"
    CLOSED = "CLOSED"
    UNKNOWN = "UNKNOWN"


BEING_HANDLED = frozenset({CaseState.RECEIVED, CaseState.ACCEPTED, CaseState.REVIEWED, CaseState.SUPPLEMENT})
"""States in which somebody works on the case, so that looking at licences has a purpose."""


class CaseStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What the system that handles a case says of it.

    Attributes:
        number: as the system spells it.
        item: code of the item that the case is of.
        body: credit code of the handling body; ``region`` is where it is handled.
    """

    number: str
    state: CaseState
    item: str | None = None
    applicant_type: str | None = None
    applicant_number: str | None = None
    body: str | None = None
    region: str | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None

    def __repr__(self) -> str:
        """State only: a case names its applicant."""
        return f"CaseStatus(state={self.state.value})"
