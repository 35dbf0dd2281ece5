"""What the exchange does behind its interface: it takes requests, decides them by its clock or by order, ends them."""

import hmac
import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from adapters.sandbox.exchange.holdings import RESOURCES
from adapters.sandbox.exchange.ledger import Approved, Ended, Entry, Ledger, Passed, Refusal, Standing, Taken
from adapters.sandbox.exchange.wire import BAD, DENIED, SPENT, UNKNOWN, Refused
from adapters.sandbox.system import RequestFate
from gateway.core.clock import CHINA, Clock
from gateway.core.errors import YiwangError

_OVER: Final = "有效期已满"
_WITHDRAWN: Final = "申请单位撤回"
_NO_REASON: Final = "经办人未填写理由"
_LONGEST: Final = 400
_Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
_Seconds = Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]


class Pace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds after which a conditional request passes the first stage, and is approved; never while on ``hold``.

    ``answer`` are those after which a dispute is answered: the record was right.
    """

    first: _Seconds = 20
    decide: _Seconds = 40
    answer: _Seconds = 60
    hold: bool = False


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """An order of the control interface; what an approval does not say is as it was asked for."""

    decision: Literal["first", "approve", "refuse", "end"]
    fields: tuple[str, ...] | None = None
    valid_until: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    per_day: _Count | None = None
    in_all: _Count | None = None
    reason: str | None = None


class UnknownRequest(YiwangError):
    """The exchange has no such request."""


class DecisionInvalid(YiwangError):
    """An order that cannot be read, or does not fit how far the request is; the message says what is possible."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it came."""

    key: str
    resource: str
    applicant: str
    fields: tuple[str, ...]
    items: tuple[str, ...]
    purpose: str
    basis: str
    valid_from: datetime
    valid_until: datetime
    per_day: int | None = None
    in_all: int | None = None


class Office:
    """The inside of the exchange.

    Args:
        folder: where its ledger is kept.
        clock: the time by which it decides.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._pace = Pace()
        self._opened: Ledger | None = None
        self._used: Counter[tuple[str, date]] = Counter()

    @property
    def ledger(self) -> Ledger:
        """The ledger."""
        if self._opened is None:
            self._opened = Ledger(self._folder)
        return self._opened

    @property
    def pace(self) -> Pace:
        """How fast it decides."""
        return self._pace

    def set_pace(self, pace: Pace) -> None:
        """Decide otherwise from now on."""
        self._pace = pace

    def take(self, wish: Wish, fate: RequestFate | None = None) -> Entry:
        """A request, numbered; raises Refused for a resource or fields that there are not, or times the wrong way."""
        resource = RESOURCES.get(wish.resource)
        if resource is None:
            raise Refused(UNKNOWN)
        if resource.sharing == "3":
            raise Refused(DENIED)
        texts = (wish.key, wish.applicant, wish.purpose, wish.basis)
        if not all(texts) or max(map(len, texts)) > _LONGEST or not wish.items or not wish.fields:
            raise Refused(BAD)
        if not set(wish.fields) <= resource.fields or wish.valid_until <= wish.valid_from:
            raise Refused(BAD)
        now = self._clock.now()
        number = f"GX{now.astimezone(CHINA):%Y%m%d}{len(self.ledger.entries) + 1:06d}"
        taken = Taken(number=number, at=now, fate=None if fate is None else fate.value, **msgspec.structs.asdict(wish))
        entry = self.ledger.write(taken)
        return self._approve(entry, now, Decision("approve")) if resource.sharing == "1" else entry

    def find(self, name: str) -> Entry | None:
        """A request by number or key, as far as it is by now; None too for one that was forgotten."""
        entry = self.ledger.find(name)
        return None if entry is None or entry.taken.fate == RequestFate.FORGET else self._moved(entry)

    def day(self, day: date) -> Sequence[Entry]:
        """What was taken on a day in China, in order."""
        return [
            self._moved(entry)
            for entry in self.ledger.entries
            if entry.taken.fate != RequestFate.FORGET and entry.taken.at.astimezone(CHINA).date() == day
        ]

    def decide(self, name: str, order: Decision) -> Entry:
        """A request by number or key, decided by order; raises UnknownRequest and DecisionInvalid."""
        entry = self.ledger.find(name)
        if entry is None:
            raise UnknownRequest("the exchange has no such request")
        standing, now = self._moved(entry).standing, self._clock.now()
        entry = self.ledger.find(name) or entry
        possible = _POSSIBLE[standing]
        if order.decision not in possible:
            raise DecisionInvalid(
                f"the request is {standing.name}; possible: {', '.join(sorted(possible)) or 'nothing'}"
            )
        match order.decision:
            case "first":
                return self.ledger.write(Passed(entry.number, now))
            case "approve":
                if order.fields is not None and not set(order.fields) <= set(entry.taken.fields):
                    raise DecisionInvalid("fields are of those that were asked for")
                return self._approve(entry, now, order)
            case "refuse":
                return self.ledger.write(Refusal(entry.number, now, order.reason or _NO_REASON))
            case "end":
                return self.ledger.write(Ended(entry.number, now, order.reason or _NO_REASON))

    def withdraw(self, number: str) -> None:
        """End a request that its applicant takes back, however far it is; raises Refused for one that is not there."""
        entry = self.find(number)
        if entry is None:
            raise Refused(UNKNOWN)
        if entry.standing not in {Standing.REFUSED, Standing.ENDED}:
            self.ledger.write(Ended(entry.number, self._clock.now(), _WITHDRAWN))

    def opened(self, access: str, resource: str, fields: Sequence[str]) -> Entry:
        """The request whose secret a use names; raises Refused where it does not open these fields of the resource."""
        found = None
        for entry in self.ledger.entries:
            given = entry.approved
            if given is not None and hmac.compare_digest(given.access.encode(), access.encode()):
                found = self._moved(entry)
        if found is None or found.approved is None or found.standing is not Standing.APPROVED:
            raise Refused(DENIED)
        if found.taken.resource != resource or not set(fields) <= set(found.approved.fields):
            raise Refused(DENIED)
        return found

    def use(self, entry: Entry, records: int) -> None:
        """Take records from the day's amount of an approved request; raises Refused where they are too many."""
        most = None if entry.approved is None else entry.approved.per_day
        at = (entry.number, self._clock.now().astimezone(CHINA).date())
        if most is not None and self._used[at] + records > most:
            raise Refused(SPENT)
        self._used[at] += records

    def shown(self) -> dict[str, object]:
        """The ledger for whoever proves what happened: every request, and how many came with each key. No secrets."""
        entries = [self._moved(entry) for entry in self.ledger.entries]
        return {"requests": [_shown(entry) for entry in entries], "byKey": Counter(one.taken.key for one in entries)}

    def close(self) -> None:
        """Close the ledger."""
        if self._opened is not None:
            self._opened.close()

    def _moved(self, entry: Entry) -> Entry:
        """The request as far as time has brought it."""
        now, at, pace = self._clock.now(), entry.taken.at, self._pace
        if not pace.hold and entry.standing is Standing.PENDING and now >= at + timedelta(seconds=pace.first):
            entry = self.ledger.write(Passed(entry.number, at + timedelta(seconds=pace.first)))
        if not pace.hold and entry.standing is Standing.FIRST_STAGE and now >= at + timedelta(seconds=pace.decide):
            entry = self._approve(entry, at + timedelta(seconds=pace.decide), Decision("approve"))
        given = entry.approved
        if entry.standing is Standing.APPROVED and given is not None and given.valid_until <= now:
            entry = self.ledger.write(Ended(entry.number, given.valid_until, _OVER))
        return entry

    def _approve(self, entry: Entry, at: datetime, order: Decision) -> Entry:
        taken = entry.taken
        return self.ledger.write(
            Approved(
                number=entry.number,
                at=at,
                fields=taken.fields if order.fields is None else order.fields,
                valid_until=order.valid_until or taken.valid_until,
                per_day=taken.per_day if order.per_day is None else order.per_day,
                in_all=taken.in_all if order.in_all is None else order.in_all,
                access=secrets.token_hex(24),
            )
        )


_POSSIBLE: Final = {
    Standing.PENDING: frozenset({"first", "approve", "refuse"}),
    Standing.FIRST_STAGE: frozenset({"approve", "refuse"}),
    Standing.APPROVED: frozenset({"end"}),
    Standing.REFUSED: frozenset[str](),
    Standing.ENDED: frozenset[str](),
}


def _shown(entry: Entry) -> dict[str, object]:
    taken, given = entry.taken, entry.approved
    return {
        "number": entry.number,
        "key": taken.key,
        "resource": taken.resource,
        "standing": entry.standing.name,
        "at": taken.at,
        "fate": taken.fate,
        "fields": taken.fields if given is None else given.fields,
        "validUntil": taken.valid_until if given is None else given.valid_until,
        "perDay": taken.per_day if given is None else given.per_day,
        "inAll": taken.in_all if given is None else given.in_all,
        "reason": entry.reason,
    }
