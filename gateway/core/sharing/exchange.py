"""The port of exchanges: systems that decide on requests for resources of theirs, and whose grants ours only narrow.

An exchange numbers a request, decides on it in one stage or two, and gives with an approval what each use has to name.
It may end what it has given. It has a list of the requests that came from us, by which what is in doubt is settled, and
a catalogue.
"""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from gateway.core.call import Call
from gateway.core.call_record import Received
from gateway.core.delivery import Delivery
from gateway.core.outcome import Fault, Outcome
from gateway.core.sharing.resources import InformationItem, SharingType


class ExchangeOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it is sent; the same key always carries the same request.

    Attributes:
        key: by which the exchange knows a request that is sent twice; ours, free of personal data.
        resource: the resource's number there.
        requester: credit code of the body that asks.
        fields: the names of information items that are asked for.
        items: service items for which; ``purpose`` and ``basis`` in words.
        valid_from, valid_until: for how long.
        per_day: records on a day, None for no limit; ``in_all`` likewise.
    """

    key: str
    resource: str
    requester: str
    fields: tuple[str, ...]
    items: tuple[str, ...]
    purpose: str
    basis: str
    valid_from: datetime
    valid_until: datetime
    per_day: int | None = None
    in_all: int | None = None

    def __repr__(self) -> str:
        """Key only: words may name persons."""
        return f"ExchangeOrder(key={self.key!r})"


class Sent(StrEnum):
    """What is known of a request that was sent.

    NUMBERED: the exchange has it. REFUSED: it says that it did not take it and will not. NOT_SENT: it never left us or
    was certainly not taken, and can be sent later. UNANSWERED: it may have been taken.
    """

    NUMBERED = "NUMBERED"
    REFUSED = "REFUSED"
    NOT_SENT = "NOT_SENT"
    UNANSWERED = "UNANSWERED"


class ExchangeReply(msgspec.Struct, frozen=True, kw_only=True):
    """What an exchange said to a request.

    Attributes:
        number: what it calls the request, with NUMBERED.
        retry_after: with NOT_SENT, seconds after which to try again.
        code: its own code; ``message`` its own text (for officers and operations).
        notice: our explanation, free of personal data.
    """

    sent: Sent
    outcome: Outcome
    number: str | None = None
    retry_after: int | None = None
    fault: Fault | None = None
    code: str | None = None
    message: str | None = None
    notice: str | None = None
    received: tuple[Received, ...] = ()


class Standing(StrEnum):
    """How far a request is at the exchange.

    PENDING, then FIRST_STAGE where there are two stages; then APPROVED or REFUSED. ENDED: it was approved, and what was
    given is over or was taken back. UNKNOWN: the exchange says that it does not know the request. UNANSWERED: nothing
    new is known.
    """

    PENDING = "PENDING"
    FIRST_STAGE = "FIRST_STAGE"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    ENDED = "ENDED"
    UNKNOWN = "UNKNOWN"
    UNANSWERED = "UNANSWERED"


class ExchangeStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What an exchange says of a request.

    Attributes:
        number: what it calls the request.
        key: ours, under which it has the request; None where it does not say.
        fields: with APPROVED, the information items that it gives; None where it does not say, so that it is all.
        valid_until: with APPROVED, until when; None where it does not say. ``per_day`` and ``in_all`` likewise.
        access: with APPROVED, what each use has to name: a secret.
        reason: with REFUSED or ENDED, its own words (for officers and operations).
    """

    standing: Standing
    outcome: Outcome
    number: str | None = None
    key: str | None = None
    fields: frozenset[str] | None = None
    valid_until: datetime | None = None
    per_day: int | None = None
    in_all: int | None = None
    access: str | None = None
    reason: str | None = None
    fault: Fault | None = None
    code: str | None = None
    message: str | None = None
    notice: str | None = None
    received: tuple[Received, ...] = ()

    @property
    def is_unknown(self) -> bool:
        """Whether the exchange says that it does not know the request."""
        return self.standing is Standing.UNKNOWN

    @property
    def is_unanswered(self) -> bool:
        """Whether nothing new is known."""
        return self.standing is Standing.UNANSWERED

    def __repr__(self) -> str:
        """Standing only: the rest has a secret."""
        return f"ExchangeStatus({self.standing.value})"


class ListedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the exchange's own list: a request that it has from us."""

    number: str
    key: str | None
    resource: str
    standing: Standing


class ExchangeList(msgspec.Struct, frozen=True, kw_only=True):
    """The requests of a day; complete only with outcome OK."""

    outcome: Outcome
    lines: Sequence[ListedRequest] = ()
    notice: str | None = None


class ExchangeResource(msgspec.Struct, frozen=True, kw_only=True):
    """A resource as the exchange's catalogue has it; unchecked.

    Attributes:
        number: its number there; ``code`` its catalogue code.
        provider: credit code of the source.
        keys, parameters: names of items by which it is asked for.
        operation: which of the system's operations answers for it.
    """

    number: str
    code: str
    title: str
    provider: str
    items: tuple[InformationItem, ...]
    sharing: SharingType
    keys: tuple[str, ...] = ()
    parameters: frozenset[str] = frozenset()
    abstract: str = ""
    condition: str = ""
    update_cycle: str = ""
    published_on: date | None = None
    operation: str = ""


class ExchangeCatalogue(msgspec.Struct, frozen=True, kw_only=True):
    """The exchange's catalogue; complete only with outcome OK.

    Attributes:
        unreadable: the numbers, or else the places from 1, of resources that could not be read.
    """

    outcome: Outcome
    resources: Sequence[ExchangeResource] = ()
    unreadable: tuple[str, ...] = ()
    notice: str | None = None


class ShareExchange(Protocol):
    """An exchange. Never raises for what it did: the reply says it."""

    system: str
    delivery: Delivery

    async def request(self, order: ExchangeOrder, call: Call) -> ExchangeReply:
        """Send a request, within ``call.deadline``."""
        ...

    async def status(self, key: str, number: str | None, call: Call) -> ExchangeStatus:
        """How far a request is, by its number, or by our key while it has none; UNANSWERED where it can't be asked."""
        ...

    async def withdraw(self, number: str, call: Call) -> Outcome:
        """Tell it that a request is withdrawn here: OK if it was told, NOT_ASKED where it can't be."""
        ...

    async def listed(self, day: date, call: Call) -> ExchangeList:
        """The requests that the exchange took from us on a day, in China's time; NOT_ASKED where it has no list."""
        ...

    async def catalogue(self, call: Call) -> ExchangeCatalogue:
        """Its catalogue, all pages; NOT_ASKED where it has none."""
        ...


class ShareExchanges(Protocol):
    """The exchanges that are open at this moment."""

    def share_exchange(self, system: str) -> ShareExchange | None:
        """The active exchange of this code, if it is assigned to share data."""
        ...
