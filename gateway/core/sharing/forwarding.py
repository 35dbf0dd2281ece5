"""Forwarding of a request to the exchange that decides on it: numbered there, in two stages, polled, reconciled.

Some exchanges answer in two stages: the first opens the request, the second gives what its use needs. An exchange may
leave a call unanswered, so that nobody knows whether it took the request (IN_DOUBT), and may forget one that it took
(LOST). Neither is repeated by itself: a person settles it.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from gateway.core import problems
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


_NAMES: Final = {
    ForwardingState.QUEUED: Text("待发送", "queued"),
    ForwardingState.SENDING: Text("发送中", "being sent"),
    ForwardingState.NUMBERED: Text("已编号", "numbered"),
    ForwardingState.FIRST_STAGE: Text("第一阶段已通过", "through its first stage"),
    ForwardingState.DECIDED: Text("已有结果", "decided"),
    ForwardingState.IN_DOUBT: Text("结果不明", "in doubt"),
    ForwardingState.LOST: Text("上级平台查无此件", "lost"),
}

_KNOWN_THERE: Final = frozenset({ForwardingState.NUMBERED, ForwardingState.FIRST_STAGE})


class Forwarding(msgspec.Struct, frozen=True, kw_only=True):
    """A request at an exchange.

    Attributes:
        system: the exchange's code; ``key`` by which it knows a request that is sent twice.
        number: what it calls the request.
        attempts: how often it was sent.
        missed: polls in a row in which the exchange did not know it.
        since: when the present state began.
    """

    system: str
    key: str
    since: datetime
    state: ForwardingState = ForwardingState.QUEUED
    number: str | None = None
    attempts: int = 0
    missed: int = 0

    def sending(self, at: datetime) -> "Forwarding":
        """It goes out now."""
        self._require(_SEND, ForwardingState.QUEUED)
        return self._moved(ForwardingState.SENDING, at, attempts=self.attempts + 1)

    def unanswered(self, at: datetime) -> "Forwarding":
        """Nobody knows whether the exchange took it."""
        self._require(_DOUBT, ForwardingState.SENDING)
        return self._moved(ForwardingState.IN_DOUBT, at)

    def not_taken(self, at: datetime) -> "Forwarding":
        """It certainly was not taken, and is to be sent again."""
        self._require(_REQUEUE, ForwardingState.SENDING, ForwardingState.IN_DOUBT, ForwardingState.LOST)
        return self._moved(ForwardingState.QUEUED, at, number=None, missed=0)

    def numbered(self, number: str, at: datetime) -> "Forwarding":
        """The exchange took it under this number: in answer, or as reconciliation found."""
        self._require(_NUMBER, ForwardingState.SENDING, ForwardingState.IN_DOUBT, ForwardingState.LOST)
        return self._moved(ForwardingState.NUMBERED, at, number=number, missed=0)

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

    def needs_person(self) -> bool:
        """Whether nothing goes on before a person has looked."""
        return self.state in {ForwardingState.IN_DOUBT, ForwardingState.LOST}

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
