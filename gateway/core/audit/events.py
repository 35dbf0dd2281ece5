"""Events: what happened, who did it, for whom and by which right, and what left the gateway. Never what it said.

Staff are named by what their issuer calls them, citizens only by a keyed reference (``gateway.core.audit.references``):
whoever reads the audit learns what was done, not whose papers were looked at, unless he knows whom he looks for.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from gateway.core.audit.canonical import canonical
from gateway.core.outcome import Fault, Outcome
from gateway.core.use import UseBasis


class Ending(StrEnum):
    """How an attempt ended: DONE, REFUSED with a problem's number, BROKEN by a defect or left by its caller."""

    DONE = "DONE"
    REFUSED = "REFUSED"
    BROKEN = "BROKEN"


class Actor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The acting person.

    Attributes:
        subject: of staff whom their issuer means; of a citizen the reference of his document.
        body: credit code of the body; ``region`` is where the person works for it.
    """

    role: str
    subject: str | None = None
    body: str | None = None
    body_name: str | None = None
    region: str | None = None


class UseReference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The use under which it happened.

    Attributes:
        reference: of the use's id, which is a key and is never written down.
        case: the number of the case, or of the pre-application, that proves it.
    """

    reference: str
    basis: UseBasis
    item: str
    case: str | None = None


class Heard(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one system contributed: how asking it ended, rows that were used, replies' sizes and SHA-256 digests."""

    system: str
    outcome: Outcome
    fault: Fault | None = None
    rows: int = 0
    bytes: int = 0
    sha256: tuple[str, ...] = ()


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event; fields that say nothing are left out of its record.

    Attributes:
        id: 32 hexadecimal digits, random: the same event is never chained twice.
        kind: a code of the catalogue.
        request_id: which request, as logs and call records know it.
        subject: the reference of the holder who is concerned.
        about: the reference of the record that changed (mandate, pre-application, ...).
        shown: names of the fields that left the gateway; ``withheld`` of those that rules held back.
        count: how many things left or changed.
        problem: the number of the refusal.
        note: words of a closed set or numbers, by name; never a text that a caller typed.
    """

    id: str
    kind: str
    at: datetime
    ending: Ending = Ending.DONE
    request_id: str | None = None
    application: str | None = None
    actor: Actor | None = None
    use: UseReference | None = None
    subject: str | None = None
    about: str | None = None
    systems: tuple[Heard, ...] = ()
    shown: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    count: int | None = None
    problem: str | None = None
    note: dict[str, str | int] = {}

    def record(self) -> bytes:
        """The event in canonical JSON."""
        return canonical(msgspec.to_builtins(self))


def read_event(record: bytes) -> Event:
    """The event of a record.

    Raises:
        ValueError: it is none.
    """
    try:
        return msgspec.json.decode(record, type=Event)
    except msgspec.MsgspecError as error:
        raise ValueError("the record is no event") from error
