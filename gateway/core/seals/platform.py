"""The port of seal platforms: they seal documents, or sign digests, with seals and keys that they keep."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import msgspec

from gateway.core.call import Call
from gateway.core.call_record import Received
from gateway.core.delivery import Delivery
from gateway.core.outcome import Fault, Outcome
from gateway.core.seals.place import Place


class Mode(StrEnum):
    """What is sent: the DIGEST of what is to be signed, or the whole DOCUMENT."""

    DIGEST = "DIGEST"
    DOCUMENT = "DOCUMENT"


class SealOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One request to seal; the same key always carries the same request.

    Attributes:
        key: the idempotency key, ours, free of personal data.
        seal: the platform's own number for the seal.
        mode: what is sent.
        digest: with DIGEST, what is to be signed (with SM2, of ZA and the message).
        document: with DOCUMENT, the file; ``media_type`` and ``place`` with it.
        item: the service item, ``case`` its case, if the platform wants to know.
        operator: account of the acting person, as the platform may log it.
        callback: where the platform tells that it is done, if it does.
    """

    key: str
    seal: str
    mode: Mode
    digest: bytes | None = None
    document: Path | None = None
    media_type: str | None = None
    place: Place | None = None
    item: str | None = None
    case: str | None = None
    operator: str | None = None
    callback: str | None = None


class SealStatus(StrEnum):
    """What is known of a request.

    DONE: here is the result. PENDING: it was accepted and is not done yet. REFUSED: it was not and will not be done.
    UNKNOWN_KEY: the platform says that it has never seen this key (only to a query). NOT_SENT: it never left us, and
    can be sent later. UNANSWERED: it may have been done.
    """

    DONE = "DONE"
    PENDING = "PENDING"
    REFUSED = "REFUSED"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    NOT_SENT = "NOT_SENT"
    UNANSWERED = "UNANSWERED"


class SealReply(msgspec.Struct, frozen=True, kw_only=True):
    """What a platform said to a request or query.

    Attributes:
        signature: with DONE in DIGEST mode.
        document: with DONE in DOCUMENT mode: a file that the receiver moves away or removes.
        number: the platform's own number for the request.
        retry_after: with PENDING or NOT_SENT, seconds after which to ask again.
        code: the platform's own code; ``message`` its own text (for officers and operations).
    """

    status: SealStatus
    outcome: Outcome
    fault: Fault | None = None
    signature: bytes | None = None
    document: Path | None = None
    number: str | None = None
    retry_after: int | None = None
    code: str | None = None
    message: str | None = None
    notice: str | None = None
    received: tuple[Received, ...] = ()


class LoggedSealing(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a platform's own log: what it sealed for us."""

    number: str
    key: str | None
    seal: str
    at: datetime
    digest_before: str | None = None
    digest_after: str | None = None


class SealLog(msgspec.Struct, frozen=True, kw_only=True):
    """A day of it; complete only with outcome OK."""

    outcome: Outcome
    lines: Sequence[LoggedSealing] = ()
    notice: str | None = None


class SealPlatform(Protocol):
    """A platform that seals. Never raises for what it did: the reply says it.

    Attributes:
        asks_by_number: whether ``query`` can name the platform's own number.
    """

    system: str
    delivery: Delivery
    modes: frozenset[Mode]
    asks_by_number: bool

    async def seal(self, order: SealOrder, folder: Path, call: Call) -> SealReply:
        """Ask for a seal within ``call.deadline``; a document that comes back is put into ``folder``."""
        ...

    async def query(self, order: SealOrder, number: str | None, folder: Path, call: Call) -> SealReply:
        """What became of a request, by its key or the platform's number for it; UNANSWERED where it cannot be asked."""
        ...

    async def log(self, day: date, call: Call) -> SealLog:
        """The platform's own log of one day, in its own time zone; NOT_ASKED where it has none."""
        ...


class SealPlatforms(Protocol):
    """The platforms that are open at this moment."""

    def seal_platform(self, system: str) -> SealPlatform | None:
        """The active platform of this code."""
        ...
