"""Keeping the operational record of calls while they are made."""

import asyncio
from datetime import datetime

import msgspec

from adapters.kit.guard import Ending, Held
from adapters.kit.http import HttpReply, HttpRequest
from adapters.kit.wire import Bound
from gateway.core.call import Call
from gateway.core.call_record import BreakerState, CallKind, CallRecord, NotSent, Received, RecordCall
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import SystemFailure
from gateway.core.outcome import ANSWERED, Fault, Outcome, ServedFrom

_VERSION = 1
"""Of every active manifest, as long as systems have only one."""

_LEFT = Ending(outcome=Outcome.TIMED_OUT, fault=Fault.OURS)
"""Of a call whose caller left: to him it was too late, and no fault of the system."""

_BROKEN = Ending(outcome=Outcome.GATEWAY_ERROR, fault=Fault.OURS)


class Errand(msgspec.Struct, kw_only=True):
    """What one or more attempts at a call are made for.

    Attributes:
        call: whose they are.
        operation: what is asked.
        until: when they must be over.
        received: collects the replies that came.
        probing: a probe of the gateway's own: it may go although calls are paused, and is never repeated.
        reply_bytes: the longest reply of a call that is about whole documents; None for one like the system's others.
        attempts: how many there were.
        was_sent: whether the last of them went out.
    """

    call: Call
    operation: Bound
    kind: CallKind
    until: Deadline
    received: list[Received]
    probing: bool = False
    reply_bytes: int | None = None
    attempts: int = 0
    was_sent: bool = False


class Recorder:
    """Makes the records of one system.

    Args:
        system: its code.
        record: takes them.
        clock: gives instants and measures time.
    """

    def __init__(self, system: str, record: RecordCall, clock: Clock) -> None:
        self.system = system
        self.record = record
        self.clock = clock

    def attempt(self, errand: Errand, breaker: BreakerState) -> "Attempt":
        """A further attempt, wanted now."""
        errand.attempts += 1
        errand.was_sent = False
        return Attempt(self, errand, breaker)


class Attempt:
    """One attempt at a call; it ends with exactly one of ``ended`` and ``broke``."""

    def __init__(self, recorder: Recorder, errand: Errand, breaker: BreakerState) -> None:
        self._recorder = recorder
        self._errand = errand
        self._breaker = breaker
        self._number = errand.attempts
        self._asked_at = recorder.clock.now()
        self._asked = recorder.clock.monotonic()
        self._sent_at: datetime | None = None
        self._sent = 0.0
        self._request_bytes = 0
        self._status: int | None = None
        self._received: Received | None = None

    @property
    def seconds(self) -> float:
        """Since it was sent."""
        return self._recorder.clock.monotonic() - self._sent

    def sent(self, request: HttpRequest) -> None:
        """It goes out now."""
        self._errand.was_sent = True
        self._sent_at = self._recorder.clock.now()
        self._sent = self._recorder.clock.monotonic()
        self._request_bytes = len(request.body)

    def answered(self, reply: HttpReply, received: Received) -> None:
        """A whole reply came."""
        self._status = reply.status
        self._received = received
        self._errand.received.append(received)

    def ended(self, ending: Ending, not_sent: NotSent | None = None) -> None:
        """It is over."""
        clock, errand = self._recorder.clock, self._errand
        now = clock.monotonic()
        was_sent = self._sent_at is not None
        self._recorder.record(
            CallRecord(
                request_id=errand.call.request_id,
                application=errand.call.caller.application.code,
                system=self._recorder.system,
                version=_VERSION,
                operation=errand.operation.name,
                kind=errand.kind,
                attempt=self._number,
                asked_at=self._asked_at,
                sent_at=self._sent_at,
                answered_at=clock.now(),
                queued_ms=_milliseconds((self._sent if was_sent else now) - self._asked),
                taken_ms=_milliseconds(now - self._sent) if was_sent else 0.0,
                request_bytes=self._request_bytes,
                received=self._received,
                status=self._status,
                outcome=ending.outcome,
                fault=ending.fault,
                code=ending.code,
                served_from=ServedFrom.LIVE if ending.outcome in ANSWERED else None,
                breaker=self._breaker,
                not_sent=not_sent,
            )
        )

    def broke(self, error: BaseException, not_sent: NotSent) -> None:
        """It is over before there was anything to judge; ``not_sent`` is the reason if it had not gone out."""
        if isinstance(error, Held):
            not_sent = error.why
        if isinstance(error, SystemFailure):
            ending = Ending(outcome=error.outcome, fault=error.fault)
        else:
            ending = _LEFT if isinstance(error, asyncio.CancelledError) else _BROKEN
        self.ended(ending, None if self._sent_at is not None else not_sent)


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
