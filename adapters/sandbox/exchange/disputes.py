"""Disputes over records of the exchange: taken, answered by order or in time, in a ledger that outlives its process."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from adapters.sandbox.exchange.holdings import RESOURCES
from adapters.sandbox.exchange.office import DecisionInvalid, Office, UnknownRequest
from adapters.sandbox.exchange.records import Record
from adapters.sandbox.exchange.wire import BAD, DENIED, ENDED, UNKNOWN, Refused
from adapters.sandbox.journal import Journal
from adapters.sandbox.system import RequestFate
from gateway.core.clock import CHINA, Clock

_UPHELD: Final = "经核实，记录无误"
_CORRECTED: Final = "经核实，已更正"
_NO_REASON: Final = "经办人未填写说明"
_LONGEST: Final = 2_000
_MOST_FILES: Final = 50


class DisputeStanding(StrEnum):
    """How far a dispute is, in the exchange's own numbers."""

    PENDING = "10"
    CORRECTED = "20"
    UPHELD = "30"
    REFUSED = "40"
    WITHDRAWN = "50"


class Disputed(msgspec.Struct, frozen=True, kw_only=True, tag="disputed", omit_defaults=True):
    """A dispute was taken; ``fate`` is the fault that it met."""

    number: str
    key: str
    resource: str
    request: str
    applicant: str
    record: Mapping[str, str]
    fields: tuple[str, ...]
    text: str
    digests: tuple[str, ...]
    sizes: tuple[int, ...]
    received_at: datetime
    at: datetime
    fate: str | None = None

    def __repr__(self) -> str:
        """The number only: the rest names persons."""
        return f"Disputed(number={self.number!r})"


class Answered(msgspec.Struct, frozen=True, kw_only=True, tag="answered", omit_defaults=True):
    """It was answered or taken back: with the values that the record has from then on, if it was corrected."""

    number: str
    at: datetime
    standing: DisputeStanding
    opinion: str
    values: Mapping[str, str] = {}

    def __repr__(self) -> str:
        """Without values, which are a person's."""
        return f"Answered(number={self.number!r}, standing={self.standing.name})"


class Case(msgspec.Struct, frozen=True):
    """A dispute with what became of it so far."""

    disputed: Disputed
    answered: Answered | None = None

    @property
    def standing(self) -> DisputeStanding:
        """How far it is."""
        return DisputeStanding.PENDING if self.answered is None else self.answered.standing


class Verdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order of the control interface; ``values`` are those that a corrected record has from then on."""

    verdict: Literal["correct", "uphold", "refuse"]
    values: Mapping[str, Annotated[str, msgspec.Meta(max_length=400)]] = {}
    opinion: Annotated[str, msgspec.Meta(max_length=400)] | None = None


class DisputeWish(msgspec.Struct, frozen=True, kw_only=True):
    """A dispute as it came."""

    key: str
    resource: str
    request: str
    applicant: str
    record: Mapping[str, str]
    fields: tuple[str, ...]
    text: str
    digests: tuple[str, ...]
    sizes: tuple[int, ...]
    received_at: datetime


class DisputeOffice:
    """Where disputes are taken and answered.

    Args:
        folder: where its ledger is kept.
        clock: the time by which it answers.
        office: knows the approved requests under which records were given, and the pace.
    """

    def __init__(self, folder: Path, clock: Clock, office: Office) -> None:
        self._folder = folder
        self._clock = clock
        self._office = office
        self._journal: Journal[Disputed | Answered] | None = None
        self._cases: dict[str, Case] = {}
        self._by_key: dict[str, str] = {}

    def take(self, wish: DisputeWish, fate: RequestFate | None = None) -> Case:
        """A dispute, numbered; raises Refused for one that does not fit what was given under its request."""
        holding, under = RESOURCES.get(wish.resource), self._office.find(wish.request)
        if holding is None or under is None:
            raise Refused(UNKNOWN)
        if under.approved is None or under.taken.resource != wish.resource or under.taken.applicant != wish.applicant:
            raise Refused(DENIED)
        is_sound = wish.key and wish.fields and wish.text and len(wish.text) <= _LONGEST
        is_evident = 1 <= len(wish.digests) == len(wish.sizes) <= _MOST_FILES
        if not is_sound or not is_evident or wish.record.keys() != set(holding.keys):
            raise Refused(BAD)
        if not set(wish.fields) <= set(under.approved.fields):
            raise Refused(DENIED)
        now = self._clock.now()
        self._opened()
        number = f"JH{now.astimezone(CHINA):%Y%m%d}{len(self._cases) + 1:06d}"
        word = None if fate is None else fate.value
        return self._write(Disputed(number=number, at=now, fate=word, **msgspec.structs.asdict(wish)))

    def find(self, name: str) -> Case | None:
        """A dispute by number or key, as far as it is by now; None too for one that was forgotten."""
        case = self._found(name)
        return None if case is None or case.disputed.fate == RequestFate.FORGET else self._moved(case)

    def answer(self, name: str, order: Verdict) -> Case:
        """A dispute by number or key, answered by order; raises UnknownRequest and DecisionInvalid."""
        case = self._found(name)
        if case is None:
            raise UnknownRequest("the exchange has no such dispute")
        if self._moved(case).standing is not DisputeStanding.PENDING:
            raise DecisionInvalid("this dispute is answered already, or was taken back")
        if (order.verdict == "correct") != bool(order.values) or not set(order.values) <= set(case.disputed.fields):
            raise DecisionInvalid("values are of disputed fields: some for what is corrected, else none")
        standing, said = {
            "correct": (DisputeStanding.CORRECTED, _CORRECTED),
            "uphold": (DisputeStanding.UPHELD, _UPHELD),
            "refuse": (DisputeStanding.REFUSED, _NO_REASON),
        }[order.verdict]
        return self._answer(case, self._clock.now(), standing, order.opinion or said, order.values)

    def withdraw(self, number: str) -> None:
        """Take a dispute back for its applicant; raises Refused for one that is not there, or over."""
        case = self.find(number)
        if case is None:
            raise Refused(UNKNOWN)
        if case.standing is not DisputeStanding.PENDING:
            raise Refused(ENDED)
        self._answer(case, self._clock.now(), DisputeStanding.WITHDRAWN, "申请单位撤回", {})

    def corrected(self, resource: str, record: Record) -> Record:
        """A record of a resource with what was corrected of it."""
        self._opened()
        for case in self._cases.values():
            disputed, answered = case.disputed, case.answered
            is_its = disputed.resource == resource and all(record[name] == key for name, key in disputed.record.items())
            if answered is not None and is_its:
                record = {**record, **answered.values}
        return record

    def shown(self) -> dict[str, object]:
        """The ledger for whoever proves what happened: every dispute, and how many came with each key. No persons."""
        self._opened()
        cases = [self._moved(case) for case in self._cases.values()]
        keys = Counter(case.disputed.key for case in cases)
        return {"disputes": [_shown(case) for case in cases], "disputesByKey": keys}

    def close(self) -> None:
        """Close the ledger."""
        if self._journal is not None:
            self._journal.close()

    def _opened(self) -> Journal[Disputed | Answered]:
        if self._journal is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._journal = Journal(self._folder / "disputes.jsonl", Disputed | Answered)
            for line in self._journal.kept:
                self._take(line)
        return self._journal

    def _found(self, name: str) -> Case | None:
        self._opened()
        return self._cases.get(name) or self._cases.get(self._by_key.get(name, ""))

    def _moved(self, case: Case) -> Case:
        """The dispute as far as time has brought it."""
        pace, due = self._office.pace, case.disputed.at + timedelta(seconds=self._office.pace.answer)
        if pace.hold or case.standing is not DisputeStanding.PENDING or self._clock.now() < due:
            return case
        return self._answer(case, due, DisputeStanding.UPHELD, _UPHELD, {})

    def _answer(
        self, case: Case, at: datetime, standing: DisputeStanding, opinion: str, values: Mapping[str, str]
    ) -> Case:
        number = case.disputed.number
        return self._write(Answered(number=number, at=at, standing=standing, opinion=opinion, values=values))

    def _write(self, line: Disputed | Answered) -> Case:
        self._opened().write(line)
        return self._take(line)

    def _take(self, line: Disputed | Answered) -> Case:
        if isinstance(line, Disputed):
            self._by_key[line.key] = line.number
            case = Case(line)
        else:
            case = Case(self._cases[line.number].disputed, line)
        self._cases[line.number] = case
        return case


def _shown(case: Case) -> dict[str, object]:
    disputed, answered = case.disputed, case.answered
    return {
        "number": disputed.number,
        "key": disputed.key,
        "resource": disputed.resource,
        "request": disputed.request,
        "standing": case.standing.name,
        "fields": disputed.fields,
        "digests": disputed.digests,
        "at": disputed.at,
        "fate": disputed.fate,
        "corrected": sorted(answered.values) if answered else [],
    }
