"""Corrections (校核): a user of data reports a wrong record, its source answers in time, everyone who got it is told.

    REPORTED → WITH_SOURCE → CORRECTED | PARTLY_CORRECTED | UPHELD → CLOSED once every recipient is told
    RETURNED for evidence and back, during which the clock stands still · WITHDRAWN by whoever reported it

What was returned can be answered too: evidence that never comes holds nothing open.
A record of an exchange is disputed there: the dispute is WITH_SOURCE, and forwarded. The source in the catalogue here
answers nothing then, unless the exchange does not take the dispute and it is handed back.
Which record it is about is said by a keyed reference and field names; what is wrong with it is in the evidence.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.sharing.deadlines import Pause, Run, Stage
from gateway.core.sharing.forwarding import Forwarding
from gateway.core.sharing.moves import bounded_text
from gateway.core.sharing.parties import Acted, Actor, Party, require_party
from gateway.core.sharing.recipients import Delivery, Recipient, recipients_of
from gateway.core.sharing.resources import Resource, SharingType
from gateway.core.sharing.steps import Attachment
from gateway.core.text import Text

MOST_EVIDENCE: Final = 20
MOST_RETURNS: Final = 20


class DisputeState(StrEnum):
    """How far a dispute is."""

    REPORTED = "REPORTED"
    WITH_SOURCE = "WITH_SOURCE"
    RETURNED = "RETURNED"
    CORRECTED = "CORRECTED"
    PARTLY_CORRECTED = "PARTLY_CORRECTED"
    UPHELD = "UPHELD"
    CLOSED = "CLOSED"
    WITHDRAWN = "WITHDRAWN"


class DisputeRole(StrEnum):
    """As what a body has to do with a dispute."""

    REPORTER = "REPORTER"
    SOURCE = "SOURCE"
    RECIPIENT = "RECIPIENT"
    AUTHORITY = "AUTHORITY"


OPEN: Final = frozenset({DisputeState.REPORTED, DisputeState.WITH_SOURCE, DisputeState.RETURNED})
"""What is still to be answered."""

ENDED: Final = frozenset({DisputeState.CLOSED, DisputeState.WITHDRAWN})
ANSWERED: Final = frozenset({DisputeState.CORRECTED, DisputeState.PARTLY_CORRECTED, DisputeState.UPHELD})

_NAMES: Final = {
    DisputeState.REPORTED: Text("已提出", "reported"),
    DisputeState.WITH_SOURCE: Text("待数源单位核实", "with the source"),
    DisputeState.RETURNED: Text("待补充证据", "waiting for evidence"),
    DisputeState.CORRECTED: Text("已更正", "corrected"),
    DisputeState.PARTLY_CORRECTED: Text("部分更正", "partly corrected"),
    DisputeState.UPHELD: Text("经核实无误", "upheld"),
    DisputeState.CLOSED: Text("已办结", "closed"),
    DisputeState.WITHDRAWN: Text("已撤回", "withdrawn"),
}


class Claim(msgspec.Struct, frozen=True):
    """What is said to be wrong: the fields, the words, the evidence."""

    fields: frozenset[str]
    text: str
    evidence: tuple[Attachment, ...]

    def __repr__(self) -> str:
        """Fields only: words may name persons."""
        return f"Claim({', '.join(sorted(self.fields))})"


class Origin(msgspec.Struct, frozen=True):
    """Where a record of an exchange came from, kept while the dispute is there.

    Attributes:
        request: the exchange's number of the approved request under which the record came.
        requester: credit code of the body that had made it.
        record: the record's keys, by the names of information items.
    """

    request: str
    requester: str
    record: Mapping[str, str]

    def __repr__(self) -> str:
        """Nothing: keys name persons."""
        return "Origin()"


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    """A report that a record is wrong.

    Attributes:
        delivery: the answer in which it was seen, by the body that reports it.
        claim: what is said to be wrong, all evidence so far included.
        source: credit code of the body that answers; ``region`` whose deadlines apply.
        corrected: the fields that the source corrected.
        recipients: everyone who is to be told, once there is an answer.
        pauses: while evidence was waited for.
        forwarding: how far it is at the exchange that the record came from; None of a record of no exchange.
        origin: what the exchange is told of the record; forgotten once the dispute is not sent there any more.
        authority: credit code of the body that may settle what nobody knows of its forwarding.
    """

    id: str
    delivery: Delivery
    claim: Claim
    sharing: SharingType
    source: str
    region: str
    reported_at: datetime
    acted: tuple[Acted, ...]
    state: DisputeState = DisputeState.REPORTED
    note: str | None = None
    corrected: frozenset[str] = frozenset()
    answered_at: datetime | None = None
    withdrawn_at: datetime | None = None
    recipients: tuple[Recipient, ...] = ()
    pauses: tuple[Pause, ...] = ()
    extended: bool = False
    forwarding: Forwarding | None = None
    origin: Origin | None = None
    authority: str | None = None
    version: int = 1

    @property
    def is_at_exchange(self) -> bool:
        """Whether an exchange is to answer it, or still to be told that it need not."""
        return self.forwarding is not None and not self.forwarding.is_finished

    def __repr__(self) -> str:
        """Id and state only."""
        return f"Dispute(id={self.id!r}, state={self.state.value})"

    def hand_over(self, *, by: Actor) -> "Dispute":
        """Handed over to the source, by the gateway."""
        self._require(_HAND_OVER, DisputeState.REPORTED)
        return self._moved(DisputeState.WITH_SOURCE, self._acts(by, Party.GATEWAY))

    def return_(self, note: str, *, by: Actor, at: datetime) -> "Dispute":
        """Returned by the source for more evidence; the clock stands still."""
        self._require(_RETURN, DisputeState.WITH_SOURCE)
        self._require_here()
        acted = self._acts(by, Party.PROVIDER)
        if len(self.pauses) >= MOST_RETURNS:
            raise Refusal(problems.SHARE_TOO_MANY, limit=MOST_RETURNS)
        said = bounded_text(note, "note")
        return self._moved(DisputeState.RETURNED, acted, note=said, pauses=(*self.pauses, Pause(at)))

    def supplement(self, evidence: tuple[Attachment, ...], *, by: Actor, at: datetime) -> "Dispute":
        """Back with the source, with more evidence; the clock goes on."""
        self._require(_SUPPLEMENT, DisputeState.RETURNED)
        acted = self._acts(by, Party.REQUESTER)
        together = _evident(Claim(self.claim.fields, self.claim.text, evidence), self.claim.evidence)
        return self._moved(DisputeState.WITH_SOURCE, acted, claim=together, pauses=self._resumed(at))

    def extend(self, note: str, *, by: Actor) -> "Dispute":
        """Given its one extension, with this notice to whoever reported it."""
        self._require(_EXTEND, DisputeState.WITH_SOURCE)
        self._require_here()
        acted = self._acts(by, Party.PROVIDER)
        if self.extended:
            raise Refusal(problems.SHARE_EXTENDED_ALREADY)
        return self._moved(self.state, acted, extended=True, note=bounded_text(note, "note"))

    def answer(
        self, corrected: frozenset[str], note: str, deliveries: Iterable[Delivery], *, by: Actor, at: datetime
    ) -> "Dispute":
        """Answered by the source: which of the disputed fields it corrected, none of them if the record was right.

        ``deliveries`` are the answers in which the record was given; whoever got a corrected field is to be told, and
        the reporter in any case.

        Raises:
            Refusal: as every step, and BAD_INPUT for a field that is not disputed.
        """
        self._require(_ANSWER, DisputeState.WITH_SOURCE, DisputeState.RETURNED)
        self._require_here()
        acted = self._acts(by, Party.PROVIDER)
        return self._answered(corrected, bounded_text(note, "note"), deliveries, acted, at)

    # ---- at an exchange

    def forward(self, forwarding: Forwarding, origin: Origin, authority: str | None, *, by: Actor) -> "Dispute":
        """Queued for the exchange that the record came from, by the gateway."""
        self._require(_FORWARD, DisputeState.WITH_SOURCE)
        self._require_here()
        acted = self._acts(by, Party.GATEWAY)
        return self._moved(self.state, acted, forwarding=forwarding, origin=origin, authority=authority)

    def track(self, change: Callable[[Forwarding], Forwarding], *, by: Actor) -> "Dispute":
        """With its forwarding as it goes on."""
        assert self.forwarding is not None, "only what is forwarded is tracked"
        acted, after = self._acts(by, Party.GATEWAY), change(self.forwarding)
        origin = None if after.is_finished else self.origin
        return self._moved(self.state, acted, forwarding=after, origin=origin)

    def hand_back(self, change: Callable[[Forwarding], Forwarding], *, by: Actor, note: str | None = None) -> "Dispute":
        """The exchange does not answer it, and its forwarding ends: the source in the catalogue here does.

        ``note`` are the exchange's own words.
        """
        self._require(_HAND_BACK, DisputeState.WITH_SOURCE)
        return msgspec.structs.replace(self.track(change, by=by), note=note)

    def take_over(
        self, corrected: frozenset[str], note: str | None, deliveries: Iterable[Delivery], *, by: Actor, at: datetime
    ) -> "Dispute":
        """Answered by the exchange, as ``answer`` by the source here; ``note`` are its own words."""
        self._require(_ANSWER, DisputeState.WITH_SOURCE)
        decided = self.track(lambda one: one.decided(at), by=by)
        answered = self._answered(corrected, note, deliveries, self._acts(by, Party.GATEWAY), at)
        return msgspec.structs.replace(answered, forwarding=decided.forwarding, origin=decided.origin)

    def _answered(
        self, corrected: frozenset[str], note: str | None, deliveries: Iterable[Delivery], acted: Acted, at: datetime
    ) -> "Dispute":
        if not corrected <= self.claim.fields:
            raise Refusal(problems.DISPUTE_FIELDS_UNKNOWN, "corrected", known=", ".join(sorted(self.claim.fields)))
        own = self.delivery
        reached = recipients_of((own, *deliveries), own.resource, own.subject, corrected)
        if (own.body, own.application) not in {(one.body, one.application) for one in reached}:
            reached = (*reached, *recipients_of((own,), own.resource, own.subject, own.fields))
        state = DisputeState.CORRECTED if self.claim.fields <= corrected else DisputeState.PARTLY_CORRECTED
        state = state if corrected else DisputeState.UPHELD
        return self._moved(
            state, acted, corrected=corrected, note=note, recipients=reached, answered_at=at, pauses=self._resumed(at)
        )

    def tell(self, body: str, application: str, *, by: Actor, at: datetime) -> "Dispute":
        """A recipient was told; once every one was, the dispute is closed. Telling again changes nothing."""
        self._require(_TELL, *ANSWERED, DisputeState.CLOSED)
        acted = self._acts(by, Party.GATEWAY)
        told = tuple(
            msgspec.structs.replace(one, told_at=one.told_at or at)
            if (one.body, one.application) == (body, application)
            else one
            for one in self.recipients
        )
        if told == self.recipients:
            return self
        done = all(one.told_at for one in told)
        return self._moved(DisputeState.CLOSED if done else self.state, acted, recipients=told)

    def withdraw(self, *, by: Actor, at: datetime) -> "Dispute":
        """Taken back before there was an answer: no exchange is sent it any more, and its origin is forgotten."""
        self._require(_WITHDRAW, *OPEN)
        acted = self._acts(by, Party.REQUESTER)
        return self._moved(DisputeState.WITHDRAWN, acted, withdrawn_at=at, origin=None)

    def untold(self) -> tuple[Recipient, ...]:
        """The recipients who are still to be told."""
        return tuple(one for one in self.recipients if one.told_at is None)

    def run(self) -> Run:
        """What the deadline is counted for."""
        return Run(
            id=self.id,
            stage=Stage.CORRECTION,
            sharing=self.sharing,
            region=self.region,
            started=self.reported_at,
            pauses=self.pauses,
            extended=self.extended,
            ended=self.answered_at or self.withdrawn_at,
        )

    def acknowledgement(self) -> Run | None:
        """What the time is counted for in which its recipients take note of the answer; None before there is one."""
        if self.answered_at is None:
            return None
        told = [one.told_at for one in self.recipients if one.told_at is not None]
        return Run(
            id=self.id,
            stage=Stage.ACKNOWLEDGEMENT,
            sharing=self.sharing,
            region=self.region,
            started=self.answered_at,
            ended=max(told) if self.state is DisputeState.CLOSED else None,
        )

    def _resumed(self, at: datetime) -> tuple[Pause, ...]:
        """The pauses, the last of them over by then."""
        if self.state is not DisputeState.RETURNED:
            return self.pauses
        *before, last = self.pauses
        return (*before, Pause(last.since, max(at, last.since)))

    def _require(self, action: Text, *states: DisputeState) -> None:
        if self.state not in states:
            raise Refusal(problems.DISPUTE_STATE, state=_NAMES[self.state], action=action)

    def _require_here(self) -> None:
        """That no exchange is to answer it."""
        if self.is_at_exchange:
            raise Refusal(problems.DISPUTE_AT_EXCHANGE)

    def _acts(self, by: Actor, party: Party) -> Acted:
        return require_party(
            by, party, {Party.REQUESTER: self.delivery.body, Party.PROVIDER: self.source}.get(party), self.acted
        )

    def _moved(self, state: DisputeState, acted: Acted, **changes: Any) -> "Dispute":  # noqa: ANN401 - its fields
        acts = self.acted if acted in self.acted else (*self.acted, acted)
        return msgspec.structs.replace(self, state=state, acted=acts, version=self.version + 1, **changes)


def report(
    dispute_id: str, delivery: Delivery, claim: Claim, resource: Resource, *, region: str, by: Actor, at: datetime
) -> Dispute:
    """A new dispute over an answer that the reporter's body got.

    Raises:
        Refusal: the actor is not of that body, a field was not given to it, or there is no evidence.
    """
    acted = require_party(by, Party.REQUESTER, delivery.body, ())
    if not claim.fields <= delivery.fields or delivery.resource != resource.code:
        raise Refusal(problems.DISPUTE_NEEDS_EVIDENCE, "fields")
    bounded_text(claim.text, "text")
    return Dispute(
        id=dispute_id,
        delivery=delivery,
        claim=_evident(claim, ()),
        sharing=resource.sharing,
        source=resource.provider,
        region=region,
        reported_at=at,
        acted=(acted,),
    )


def _evident(claim: Claim, before: tuple[Attachment, ...]) -> Claim:
    """The claim with the evidence from before, if it names fields and brings evidence itself."""
    if not claim.fields or not claim.evidence:
        raise Refusal(problems.DISPUTE_NEEDS_EVIDENCE, "evidence" if claim.fields else "fields")
    if len(before) + len(claim.evidence) > MOST_EVIDENCE:
        raise Refusal(problems.SHARE_TOO_MANY, "evidence", limit=MOST_EVIDENCE)
    return Claim(claim.fields, claim.text, (*before, *claim.evidence))


_HAND_OVER = Text("转数源单位", "hand it over")
_FORWARD = Text("转办", "forward it")
_HAND_BACK = Text("交回本级", "hand it back")
_RETURN = Text("退回补充证据", "return it")
_SUPPLEMENT = Text("补充证据", "add evidence")
_EXTEND = Text("延期", "extend its time")
_ANSWER = Text("答复", "answer it")
_TELL = Text("告知接收方", "tell its recipients")
_WITHDRAW = Text("撤回", "withdraw it")
