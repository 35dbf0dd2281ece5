"""The port of exchanges' corrections: records of theirs that are said to be wrong, numbered and answered there.

An exchange that takes requests may take corrections or not; of one that does not, the provider in the catalogue here
answers.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from gateway.core.call import Call
from gateway.core.call_record import Received
from gateway.core.delivery import Delivery
from gateway.core.outcome import Fault, Outcome
from gateway.core.sharing.exchange import ExchangeReply, ShareExchange


class EvidenceDigest(msgspec.Struct, frozen=True):
    """A file that shows what is wrong: its size and SHA-256 (hexadecimal). The file stays with its parties."""

    bytes: int
    sha256: str


class CorrectionOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A dispute as it is sent; the same key always carries the same dispute.

    Attributes:
        key: by which the exchange knows a dispute that is sent twice; ours, free of personal data.
        resource: the resource's number there; ``request`` that of the approved request under which the record came.
        requester: credit code of the body that had asked for it there.
        record: the keys of the record, by the names of information items.
        fields: the names of those that are said to be wrong; ``text`` what is wrong.
        received_at: when the record came.
    """

    key: str
    resource: str
    request: str
    requester: str
    record: Mapping[str, str]
    fields: tuple[str, ...]
    text: str
    evidence: tuple[EvidenceDigest, ...]
    received_at: datetime

    def __repr__(self) -> str:
        """Key only: a record's keys and words name persons."""
        return f"CorrectionOrder(key={self.key!r})"


class CorrectionStanding(StrEnum):
    """How far a dispute is at the exchange.

    PENDING; then CORRECTED or UPHELD, which are answers, or REFUSED: it will not look into it. UNKNOWN: the exchange
    says that it does not know the dispute. UNANSWERED: nothing new is known.
    """

    PENDING = "PENDING"
    CORRECTED = "CORRECTED"
    UPHELD = "UPHELD"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"
    UNANSWERED = "UNANSWERED"


class CorrectionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What an exchange says of a dispute.

    Attributes:
        number: what it calls the dispute.
        key: ours, under which it has the dispute; None where it does not say.
        corrected: with CORRECTED, the information items; None where it does not say, so that it is all.
        reason: its own words.
    """

    standing: CorrectionStanding
    outcome: Outcome
    number: str | None = None
    key: str | None = None
    corrected: frozenset[str] | None = None
    reason: str | None = None
    fault: Fault | None = None
    code: str | None = None
    message: str | None = None
    notice: str | None = None
    received: tuple[Received, ...] = ()

    @property
    def is_unknown(self) -> bool:
        """Whether the exchange says that it does not know the dispute."""
        return self.standing is CorrectionStanding.UNKNOWN

    @property
    def is_unanswered(self) -> bool:
        """Whether nothing new is known."""
        return self.standing is CorrectionStanding.UNANSWERED

    def __repr__(self) -> str:
        """Standing only: words may name persons."""
        return f"CorrectionStatus({self.standing.value})"


class ShareCorrections(Protocol):
    """Where an exchange takes corrections. Never raises for what it did: the reply says it."""

    system: str
    delivery: Delivery

    async def correct(self, order: CorrectionOrder, call: Call) -> ExchangeReply:
        """Send a dispute, within ``call.deadline``."""
        ...

    async def correction(self, key: str, number: str | None, call: Call) -> CorrectionStatus:
        """How far a dispute is, by its number, or by our key while it has none; UNANSWERED where it can't be asked."""
        ...

    async def withdraw_correction(self, number: str, call: Call) -> Outcome:
        """Tell it that a dispute is taken back here: OK if it was told, NOT_ASKED where it can't be."""
        ...


class CorrectingExchanges(Protocol):
    """The exchanges that are open at this moment, and those of them that take corrections."""

    def share_exchange(self, system: str) -> ShareExchange | None:
        """The active exchange of this code, if it is assigned to share data."""
        ...

    def share_corrections(self, system: str) -> ShareCorrections | None:
        """Where it takes corrections; None if it takes none, or is not open."""
        ...
