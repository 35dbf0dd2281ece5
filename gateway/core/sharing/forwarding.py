"""Forwarding of a request to the exchange that decides on it: numbered there, in two stages, polled, reconciled.

Some exchanges answer in two stages: the first opens the request, the second gives what its use needs. An exchange may
leave a call unanswered, so that nobody knows whether it took the request (IN_DOUBT), and may forget one that it took
(LOST). Neither is repeated by itself: the exchange's own list or a person settles it. A request that is withdrawn here
is not used whatever the exchange decides: CALLED_OFF if that never has to be told or was, UNUSED if the exchange had
approved it before anybody could.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from gateway.core import problems
from gateway.core.delivery import Delivery
from gateway.core.errors import Refusal
from gateway.core.text import Text

MOST_MISSED: Final = 3
"""So many polls in a row in which the exchange does not know the number: then it has forgotten the request."""


class ForwardingState(StrEnum):
    """How far forwarding is."""

    QUEUED = "QUEUED"
    SENDING = "SENDING"
    NUMBERED = "NUMBERED"
    FIRST_STAGE = "FIRST_STAGE"
    DECIDED = "DECIDED"
    IN_DOUBT = "IN_DOUBT"
    LOST = "LOST"
    CALLED_OFF = "CALLED_OFF"
    UNUSED = "UNUSED"


FINISHED: Final = frozenset({ForwardingState.DECIDED, ForwardingState.CALLED_OFF, ForwardingState.UNUSED})
"""States after which nothing is asked any more."""

NEEDS_PERSON: Final = frozenset({ForwardingState.IN_DOUBT, ForwardingState.LOST})
"""States out of which a person leads, if the exchange's list does not."""

_NAMES: Final = {
    ForwardingState.QUEUED: Text("待发送", "queued"),
    ForwardingState.SENDING: Text("发送中", "being sent"),
    ForwardingState.NUMBERED: Text("已编号", "numbered"),
    ForwardingState.FIRST_STAGE: Text("第一阶段已通过", "through its first stage"),
    ForwardingState.DECIDED: Text("已有结果", "decided"),
    ForwardingState.IN_DOUBT: Text("结果不明", "in doubt"),
    ForwardingState.LOST: Text("上级平台查无此件", "lost"),
    ForwardingState.CALLED_OFF: Text("已撤销转办", "called off"),
    ForwardingState.UNUSED: Text("上级已批准而本级已撤回", "approved there after it was withdrawn here"),
}

_KNOWN_THERE: Final = frozenset({ForwardingState.NUMBERED, ForwardingState.FIRST_STAGE})
_UNFINISHED: Final = frozenset(ForwardingState) - FINISHED


class Settlement(msgspec.Struct, frozen=True):
    """Who settled what was in doubt, when, and how he knows."""

    subject: str
    at: datetime
    reason: str

    def __repr__(self) -> str:
        """Nobody is named."""
        return "Settlement()"


class Forwarding(msgspec.Struct, frozen=True, kw_only=True):
    """A request at an exchange.

    Attributes:
        system: the exchange's code; ``resource`` the resource's number there when it was queued, so that a key never
            carries another request; ``key`` by which the exchange knows a request that is sent twice.
        number: what it calls the request.
        attempts: how often it was sent; ``exposed`` how many of these may have been taken without our knowing.
        delivery: what the exchange promised of requests that it does not answer, when it was sent first.
        first_sent_at, sent_at: when it was sent first and last.
        missed: polls in a row in which the exchange did not know it.
        since: when the present state began.
        settlement: the last that a person settled of it.
    """

    system: str
    resource: str
    key: str
    since: datetime
    state: ForwardingState = ForwardingState.QUEUED
    number: str | None = None
    attempts: int = 0
    exposed: int = 0
    delivery: Delivery | None = None
    first_sent_at: datetime | None = None
    sent_at: datetime | None = None
    missed: int = 0
    settlement: Settlement | None = None

    @property
    def is_finished(self) -> bool:
        """Whether nothing is asked any more."""
        return self.state in FINISHED

    def sending(self, at: datetime, delivery: Delivery = Delivery.ONCE) -> "Forwarding":
        """It goes out now: for the first time, or once more under a key that the exchange takes for the same."""
        self._require(_SEND, ForwardingState.QUEUED, ForwardingState.SENDING)
        if self.exposed and self.delivery is not Delivery.IDEMPOTENT:
            raise Refusal(problems.SHARE_FORWARDING, state=_NAMES[self.state], action=_SEND)
        is_first = self.state is ForwardingState.QUEUED
        return self._moved(
            ForwardingState.SENDING,
            at if is_first else self.since,
            attempts=self.attempts + 1,
            exposed=self.exposed + 1,
            delivery=self.delivery if self.exposed else delivery,
            first_sent_at=self.first_sent_at or at,
            sent_at=at,
        )

    def unsent(self, at: datetime) -> "Forwarding":
        """The last attempt certainly was not taken; it is queued again unless an earlier one may have been."""
        self._require(_REQUEUE, ForwardingState.SENDING)
        if self.exposed <= 1:
            return self.not_taken(at)
        return msgspec.structs.replace(self, exposed=self.exposed - 1)

    def unanswered(self, at: datetime) -> "Forwarding":
        """Nobody knows whether the exchange took it."""
        self._require(_DOUBT, ForwardingState.SENDING)
        return self._moved(ForwardingState.IN_DOUBT, at)

    def not_taken(self, at: datetime) -> "Forwarding":
        """It certainly was not taken, and is to be sent again."""
        self._require(_REQUEUE, ForwardingState.SENDING, ForwardingState.IN_DOUBT, ForwardingState.LOST)
        return self._moved(ForwardingState.QUEUED, at, number=None, missed=0, exposed=0)

    def numbered(self, number: str, at: datetime) -> "Forwarding":
        """The exchange took it under this number: in answer, or as reconciliation found."""
        self._require(_NUMBER, ForwardingState.SENDING, ForwardingState.IN_DOUBT, ForwardingState.LOST)
        return self._moved(ForwardingState.NUMBERED, at, number=number, missed=0, exposed=0)

    def first_stage(self, at: datetime) -> "Forwarding":
        """Its first stage is passed."""
        self._require(_FIRST, ForwardingState.NUMBERED)
        return self._moved(ForwardingState.FIRST_STAGE, at, missed=0)

    def pending(self) -> "Forwarding":
        """The exchange knows it and has nothing new."""
        self._require(_POLL, *_KNOWN_THERE)
        return msgspec.structs.replace(self, missed=0)

    def unknown_there(self, at: datetime) -> "Forwarding":
        """The exchange says that it does not know it; after MOST_MISSED times it has forgotten it."""
        self._require(_POLL, *_KNOWN_THERE)
        missed = self.missed + 1
        if missed < MOST_MISSED:
            return msgspec.structs.replace(self, missed=missed)
        return self._moved(ForwardingState.LOST, at, missed=missed)

    def decided(self, at: datetime) -> "Forwarding":
        """The exchange decided."""
        self._require(_SETTLE, *_KNOWN_THERE)
        return self._moved(ForwardingState.DECIDED, at, missed=0)

    def declined(self, at: datetime) -> "Forwarding":
        """The exchange refused it, or did not even take it and never will."""
        if self.state is not ForwardingState.SENDING:
            return self.decided(at)
        return self._moved(ForwardingState.DECIDED, at, exposed=0)

    def called_off(self, at: datetime) -> "Forwarding":
        """It was withdrawn here, and the exchange has nothing of it or was told."""
        self._require(_CALL_OFF, *_UNFINISHED)
        return self._moved(ForwardingState.CALLED_OFF, at, exposed=0)

    def unused(self, at: datetime) -> "Forwarding":
        """The exchange approved what was withdrawn here."""
        self._require(_SETTLE, *_KNOWN_THERE)
        return self._moved(ForwardingState.UNUSED, at, missed=0)

    def settled(self, by: Settlement) -> "Forwarding":
        """With who led it out of its doubt."""
        return msgspec.structs.replace(self, settlement=by)

    def needs_person(self) -> bool:
        """Whether nothing goes on before a person has looked, unless the exchange's list tells it."""
        return self.state in NEEDS_PERSON

    def _moved(self, state: ForwardingState, at: datetime, **changes: object) -> "Forwarding":
        return msgspec.structs.replace(self, state=state, since=max(at, self.since), **changes)

    def _require(self, action: Text, *states: ForwardingState) -> None:
        if self.state not in states:
            raise Refusal(problems.SHARE_FORWARDING, state=_NAMES[self.state], action=action)


_SEND = Text("发送", "send it")
_DOUBT = Text("记为结果不明", "leave it in doubt")
_REQUEUE = Text("重新发送", "send it again")
_NUMBER = Text("登记编号", "number it")
_FIRST = Text("登记第一阶段", "pass its first stage")
_POLL = Text("查询", "poll it")
_SETTLE = Text("登记结果", "settle it")
_CALL_OFF = Text("撤销转办", "call it off")
