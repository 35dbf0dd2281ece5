"""Take records to the exchanges that answer them, once, and follow them there: requests and disputes alike.

What is going to be sent is written down before it leaves. Whoever goes on after a crash finds an attempt of which
nobody knows what came, and does what the exchange's delivery allows.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Generic, Protocol, TypeVar

import structlog

from gateway.core.call import Call
from gateway.core.delivery import Delivery
from gateway.core.outcome import Fault, Outcome
from gateway.core.records import Also
from gateway.core.sharing.exchange import ExchangeReply, Sent
from gateway.core.sharing.forwarding import Forwarding, ForwardingState
from gateway.core.sharing.upstream import words
from gateway.core.tasks import Claim, Rest
from gateway.services.sharing.exchanges.forward_ledger import ForwardLedger, Heard, Job, R
from gateway.services.sharing.exchanges.forward_pace import APART, GIVE_UP, again

_UNKNOWN_REPLY: Final = ExchangeReply(sent=Sent.UNANSWERED, outcome=Outcome.GATEWAY_ERROR, fault=Fault.OURS)
_log = structlog.get_logger("sharing")


class Delivers(Protocol):
    """An exchange, or that part of one which takes records of a kind."""

    system: str
    delivery: Delivery


class Whereabouts(Protocol):
    """What an exchange says of a record."""

    @property
    def outcome(self) -> Outcome:
        """How asking ended."""
        ...

    @property
    def number(self) -> str | None:
        """What it calls the record."""
        ...

    @property
    def key(self) -> str | None:
        """Ours, if it says so."""
        ...

    @property
    def is_unknown(self) -> bool:
        """Whether it says that it does not know the record."""
        ...

    @property
    def is_unanswered(self) -> bool:
        """Whether nothing new is known."""
        ...


X = TypeVar("X", bound=Delivers)
S = TypeVar("S", bound=Whereabouts)


class Forwarder(ABC, Generic[R, X, S]):
    """A Handler of records of one kind at exchanges.

    Attributes:
        kind: of its tasks.
        unanswered: the status of which nothing is known.
    """

    kind: str
    most = 1
    unanswered: S

    def __init__(self, ledger: ForwardLedger[R]) -> None:
        self._ledger = ledger

    async def work(self, claims: Sequence[Claim]) -> None:
        """Take each record as far as it goes now."""
        for claim in claims:
            record = await self._ledger.shelf.find(claim.subject)
            if record is None or record.forwarding is None or record.forwarding.is_finished:
                await self._ledger.leave(claim, Rest.DONE)
            elif record.forwarding.needs_person():
                await self._ledger.leave(claim, Rest.PARKED)
            else:
                await self._proceed(Job(claim, record))

    # ---- what the kinds differ in

    @abstractmethod
    def _exchange(self, system: str) -> X | None:
        """Where records of this kind go; None if that is not open."""

    @abstractmethod
    async def _request(self, job: Job[R], exchange: X, call: Call) -> ExchangeReply:
        """Send the record."""

    @abstractmethod
    async def _asked(self, exchange: X, key: str, number: str | None, call: Call) -> S:
        """What the exchange says of the record."""

    @abstractmethod
    async def _poll(self, job: Job[R], exchange: X) -> None:
        """Ask how far it is, and take over what the exchange has answered."""

    @abstractmethod
    async def _decline(self, job: Job[R], said: str | None) -> None:
        """The exchange does not take it, in these words."""

    @abstractmethod
    async def _withdraw(self, job: Job[R], exchange: X) -> None:
        """Tell the exchange that nobody here wants it any more."""

    def _is_sound(self, status: S) -> bool:  # noqa: ARG002 - for kinds of which more is said
        """Whether what an exchange says can be."""
        return True

    def _along(self, exchange: X, now: datetime) -> Also | None:  # noqa: ARG002 - for kinds that are reconciled
        """What belongs into the transaction in which something is sent."""
        return None

    async def _without(self, job: Job[R]) -> None:
        """The exchange is not open."""
        await self._put_off(job)

    # ---- what to do

    async def _proceed(self, job: Job[R]) -> None:
        state, is_withdrawn = job.forwarding.state, self._ledger.shelf.is_withdrawn(job.record)
        if is_withdrawn and state is ForwardingState.QUEUED:
            await self._ledger.track(job, Rest.DONE, Forwarding.called_off)
            return
        exchange = self._exchange(job.forwarding.system)
        if exchange is None and state is ForwardingState.SENDING and self._is_given_up(job):
            await self._doubt(job)
        elif exchange is None:
            await self._without(job)
        elif state is ForwardingState.QUEUED:
            await self._send(job, exchange)
        elif state is ForwardingState.SENDING:
            await self._resume(job, exchange)
        elif is_withdrawn:
            await self._withdraw(job, exchange)
        else:
            await self._poll(job, exchange)

    async def _resume(self, job: Job[R], exchange: X) -> None:
        """It was sent, and nobody knows what came of it."""
        forwarding = job.forwarding
        if forwarding.delivery is Delivery.ONCE or self._is_given_up(job):
            await self._doubt(job)
        elif forwarding.delivery is Delivery.IDEMPOTENT and not self._ledger.shelf.is_withdrawn(job.record):
            await self._send(job, exchange)
        else:
            await self._ask_by_key(job, exchange)

    def _is_given_up(self, job: Job[R]) -> bool:
        """Whether its state has lasted for too long."""
        return self._ledger.now() - job.forwarding.since >= GIVE_UP

    async def _put_off(self, job: Job[R], wanted: int | None = None) -> None:
        await self._ledger.leave(job.claim, again(self._ledger.now(), job.forwarding.since, wanted))

    def _later(self, job: Job[R], wanted: int | None = None) -> datetime:
        """When to send again: ever later since it was sent first, however often it is queued."""
        now = self._ledger.now()
        return again(now, job.forwarding.first_sent_at or now, wanted)

    async def _doubt(self, job: Job[R]) -> None:
        await self._ledger.track(job, Rest.PARKED, Forwarding.unanswered)
        self._tell_doubt(job, ForwardingState.IN_DOUBT)

    # ---- sending

    async def _send(self, job: Job[R], exchange: X) -> None:
        now, shelf = self._ledger.now(), self._ledger.shelf
        along = self._along(exchange, now)

        async def sending(record: R) -> Heard[R] | None:
            if shelf.is_withdrawn(record):
                return None
            return Heard(shelf.track(record, lambda one: one.sending(now, exchange.delivery)), along)

        sent = await self._ledger.keep(job, Rest.HELD, sending)
        if sent is None:  # it was withdrawn at this moment
            await self._ledger.leave(job.claim, now)
            return
        reply = await self._ledger.ask(sent, lambda call: self._request(sent, exchange, call), _UNKNOWN_REPLY)
        await self._hear(sent, reply)

    async def _hear(self, job: Job[R], reply: ExchangeReply) -> None:
        forwarding, sent = job.forwarding, reply.sent
        if sent is Sent.NUMBERED and await self._ledger.is_its_own(job, reply.number):
            await self._number(job, reply.number or "")
        elif sent is Sent.NOT_SENT:
            await self._ledger.track(job, self._later(job, reply.retry_after), Forwarding.unsent)
        elif sent is Sent.REFUSED and forwarding.exposed <= 1:
            await self._decline(job, words(reply.message))
        elif sent is Sent.REFUSED or forwarding.delivery is Delivery.ONCE:
            await self._doubt(job)
        else:
            await self._put_off(job, reply.retry_after)

    async def _number(self, job: Job[R], number: str) -> None:
        now = self._ledger.now()
        await self._ledger.track(job, again(now, now), lambda one, at: one.numbered(number, at))
        self._tell(job, ForwardingState.NUMBERED)

    # ---- asking

    async def _ask_by_key(self, job: Job[R], exchange: X) -> None:
        """Ask what became of what was sent; it is sent again only if the exchange does not know it."""
        now, forwarding = self._ledger.now(), job.forwarding
        assert forwarding.sent_at is not None, "what is being sent was sent"
        status = await self._status(job, exchange)
        if status.is_unanswered and status.outcome is Outcome.NOT_ASKED:
            await self._doubt(job)
        elif status.is_unknown and now < forwarding.sent_at + APART:
            await self._ledger.leave(job.claim, forwarding.sent_at + APART)
        elif status.is_unknown:
            then = now if forwarding.attempts == 1 else self._later(job)
            await self._ledger.track(job, then, Forwarding.not_taken)
        elif not status.is_unanswered and await self._ledger.is_its_own(job, status.number):
            await self._number(job, status.number or "")
        else:
            await self._put_off(job)

    async def _miss(self, job: Job[R]) -> None:
        """It does not know the number: the record is lost once it said so often enough."""
        now = self._ledger.now()
        if job.forwarding.unknown_there(now).needs_person():
            await self._ledger.track(job, Rest.PARKED, Forwarding.unknown_there)
            self._tell_doubt(job, ForwardingState.LOST)
        else:
            await self._ledger.track(job, again(now, job.forwarding.since), Forwarding.unknown_there)

    async def _pending(self, job: Job[R]) -> None:
        """It knows it and has nothing new."""
        then = again(self._ledger.now(), job.forwarding.since)
        await self._ledger.track(job, then, lambda one, _: one.pending())

    async def _status(self, job: Job[R], exchange: X) -> S:
        """What the exchange says of this record; UNANSWERED for what cannot be of it."""
        key, number = job.forwarding.key, job.forwarding.number
        asking = self._ledger.ask(job, lambda call: self._asked(exchange, key, number, call), self.unanswered)
        status = await asking
        is_other = status.key not in {None, key} or (number is not None and status.number not in {None, number})
        if is_other or not self._is_sound(status):
            _log.error("share.forwarding.odd", system=exchange.system, reason="other" if is_other else "status")
            return self.unanswered
        return status

    # ---- the log

    def _tell(self, job: Job[R], state: ForwardingState) -> None:
        _log.info("share.forwarding", system=job.forwarding.system, state=state.value)

    def _tell_doubt(self, job: Job[R], state: ForwardingState) -> None:
        _log.warning("share.forwarding.doubtful", system=job.forwarding.system, state=state.value)
