"""Take requests to the exchanges that decide on them, once, and bring the decisions.

What is going to be sent is written down before it leaves. Whoever goes on after a crash finds an attempt of which
nobody knows what came, and does what the exchange's delivery allows.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog

from gateway.core.audit.share_kinds import GRANT_ISSUED
from gateway.core.clock import china_date
from gateway.core.delivery import Delivery
from gateway.core.outcome import Fault, Outcome
from gateway.core.records import all_of
from gateway.core.sharing.exchange import (
    ExchangeReply,
    ExchangeStatus,
    Sent,
    ShareExchange,
    ShareExchanges,
    Standing,
)
from gateway.core.sharing.forwarding import Forwarding, ForwardingState
from gateway.core.sharing.parties import GATEWAY
from gateway.core.sharing.reasons import DECIDED_UPSTREAM
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.upstream import given, is_sound, order_of, upstream_grant, words
from gateway.core.tasks import Claim, Rest
from gateway.services.reconciling import day_task
from gateway.services.sharing.exchanges.forward_ledger import ForwardLedger, Heard, Job
from gateway.services.sharing.exchanges.forward_pace import (
    APART,
    GIVE_UP,
    KIND_FORWARD,
    KIND_RECONCILE,
    again,
    upstream_task,
)

_UNKNOWN_REPLY: Final = ExchangeReply(sent=Sent.UNANSWERED, outcome=Outcome.GATEWAY_ERROR, fault=Fault.OURS)
_UNKNOWN_STATUS: Final = ExchangeStatus(standing=Standing.UNANSWERED, outcome=Outcome.GATEWAY_ERROR, fault=Fault.OURS)
_log = structlog.get_logger("sharing")


class ForwardShares:
    """A Handler of requests at exchanges."""

    kind = KIND_FORWARD
    most = 1

    def __init__(self, ledger: ForwardLedger, exchanges: ShareExchanges) -> None:
        self._ledger = ledger
        self._exchanges = exchanges

    async def work(self, claims: Sequence[Claim]) -> None:
        """Take each request as far as it goes now."""
        for claim in claims:
            request = await self._ledger.desk.requests.find(claim.subject)
            if request is None or request.forwarding is None or request.forwarding.is_finished:
                await self._ledger.leave(claim, Rest.DONE)
            elif request.forwarding.needs_person():
                await self._ledger.leave(claim, Rest.PARKED)
            else:
                await self._proceed(Job(claim, request))

    # ---- what to do

    async def _proceed(self, job: Job) -> None:
        state = job.forwarding.state
        if job.is_withdrawn and state is ForwardingState.QUEUED:
            await self._ledger.track(job, Rest.DONE, Forwarding.called_off)
            return
        exchange = self._exchanges.share_exchange(job.forwarding.system)
        if exchange is None:
            await self._put_off(job)
        elif state is ForwardingState.QUEUED:
            await self._send(job, exchange)
        elif state is ForwardingState.SENDING:
            await self._resume(job, exchange)
        elif job.is_withdrawn:
            await self._withdraw(job, exchange)
        else:
            await self._poll(job, exchange)

    async def _resume(self, job: Job, exchange: ShareExchange) -> None:
        """It was sent, and nobody knows what came of it."""
        forwarding = job.forwarding
        if forwarding.delivery is Delivery.ONCE or self._ledger.now() - forwarding.since >= GIVE_UP:
            await self._doubt(job)
        elif forwarding.delivery is Delivery.IDEMPOTENT and not job.is_withdrawn:
            await self._send(job, exchange)
        else:
            await self._ask_by_key(job, exchange)

    async def _put_off(self, job: Job, wanted: int | None = None) -> None:
        await self._ledger.leave(job.claim, again(self._ledger.now(), job.forwarding.since, wanted))

    def _later(self, job: Job, wanted: int | None = None) -> datetime:
        """When to send again: ever later since it was sent first, however often it is queued."""
        now = self._ledger.now()
        return again(now, job.forwarding.first_sent_at or now, wanted)

    async def _doubt(self, job: Job) -> None:
        await self._ledger.track(job, Rest.PARKED, Forwarding.unanswered)
        self._tell_doubt(job, ForwardingState.IN_DOUBT)

    # ---- sending

    async def _send(self, job: Job, exchange: ShareExchange) -> None:
        now = self._ledger.now()
        day = self._ledger.tasks.adding([day_task(KIND_RECONCILE, exchange.system, china_date(now))])

        async def sending(request: ShareRequest) -> Heard | None:
            if Job(job.claim, request).is_withdrawn:
                return None
            return Heard(request.track(lambda one: one.sending(now, exchange.delivery), by=GATEWAY), day)

        sent = await self._ledger.keep(job, Rest.HELD, sending)
        if sent is None:  # it was withdrawn at this moment
            await self._ledger.leave(job.claim, now)
            return
        order = order_of(sent.request, sent.forwarding)
        reply = await self._ledger.ask(sent, lambda call: exchange.request(order, call), _UNKNOWN_REPLY)
        await self._hear(sent, reply)

    async def _hear(self, job: Job, reply: ExchangeReply) -> None:
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

    async def _number(self, job: Job, number: str) -> None:
        now = self._ledger.now()
        await self._ledger.track(job, again(now, now), lambda one, at: one.numbered(number, at))
        self._tell(job, ForwardingState.NUMBERED)

    # ---- asking

    async def _ask_by_key(self, job: Job, exchange: ShareExchange) -> None:
        """Ask what became of what was sent; it is sent again only if the exchange does not know it."""
        now, forwarding = self._ledger.now(), job.forwarding
        assert forwarding.sent_at is not None, "what is being sent was sent"
        status = await self._status(job, exchange)
        if status.standing is Standing.UNANSWERED and status.outcome is Outcome.NOT_ASKED:
            await self._doubt(job)
        elif status.standing is Standing.UNKNOWN and now < forwarding.sent_at + APART:
            await self._ledger.leave(job.claim, forwarding.sent_at + APART)
        elif status.standing is Standing.UNKNOWN:
            then = now if forwarding.attempts == 1 else self._later(job)
            await self._ledger.track(job, then, Forwarding.not_taken)
        elif status.standing is not Standing.UNANSWERED and await self._ledger.is_its_own(job, status.number):
            await self._number(job, status.number or "")
        else:
            await self._put_off(job)

    async def _poll(self, job: Job, exchange: ShareExchange) -> None:
        status = await self._status(job, exchange)
        then = again(self._ledger.now(), job.forwarding.since)
        match status.standing:
            case Standing.APPROVED:
                await self._approve(job, status)
            case Standing.REFUSED | Standing.ENDED:
                await self._decline(job, words(status.reason))
            case Standing.FIRST_STAGE if job.forwarding.state is ForwardingState.NUMBERED:
                await self._ledger.track(job, then, Forwarding.first_stage)
                self._tell(job, ForwardingState.FIRST_STAGE)
            case Standing.UNKNOWN:
                await self._miss(job)
            case Standing.UNANSWERED:
                await self._put_off(job)
            case _:
                await self._ledger.track(job, then, lambda one, _: one.pending())

    async def _miss(self, job: Job) -> None:
        """It does not know the number: the request is lost once it said so often enough."""
        now = self._ledger.now()
        if job.forwarding.unknown_there(now).needs_person():
            await self._ledger.track(job, Rest.PARKED, Forwarding.unknown_there)
            self._tell_doubt(job, ForwardingState.LOST)
        else:
            await self._ledger.track(job, again(now, job.forwarding.since), Forwarding.unknown_there)

    async def _status(self, job: Job, exchange: ShareExchange) -> ExchangeStatus:
        """What the exchange says of this request; UNANSWERED for what cannot be of it."""
        key, number = job.forwarding.key, job.forwarding.number
        status = await self._ledger.ask(job, lambda call: exchange.status(key, number, call), _UNKNOWN_STATUS)
        is_other = status.key not in {None, key} or (number is not None and status.number not in {None, number})
        if is_other or not is_sound(status):
            _log.error("share.forwarding.odd", system=exchange.system, reason="other" if is_other else "status")
            return _UNKNOWN_STATUS
        return status

    # ---- decisions

    async def _approve(self, job: Job, status: ExchangeStatus) -> None:
        """The exchange's grant, and under it the one here, in one transaction; a refusal if nothing is left."""
        now, desk = self._ledger.now(), self._ledger.desk
        reasons, grant_id, said = desk.rules.reasons, secrets.token_hex(12), words(status.reason)

        async def approved(request: ShareRequest) -> Heard | None:
            if Job(job.claim, request).is_withdrawn or request.forwarding is None:
                return None
            granted = given(request.wanted, status).meet(request.wanted)
            if granted.emptiness() or granted.valid_until <= now:
                return Heard(request.refuse(reasons, DECIDED_UPSTREAM, by=GATEWAY, at=now, note=said))
            decided = request.decide(granted, reasons, by=GATEWAY, at=now, reason=DECIDED_UPSTREAM, note=said)
            above = upstream_grant(request, request.forwarding, status, grant_id, now)
            done, also = await desk.completed(decided, above)
            line = desk.log.within([desk.log.of_grant(GRANT_ISSUED, above, now)])
            watch = self._ledger.tasks.adding([upstream_task(above.id, now)])
            return Heard(done.request, all_of([desk.grants.adding(above), also, line, watch]))

        if await self._ledger.keep(job, Rest.DONE, approved) is None:
            await self._ledger.track(job, Rest.DONE, Forwarding.unused)
            _log.error("share.forwarding.unused", system=job.forwarding.system)
        else:
            self._tell(job, ForwardingState.DECIDED)

    async def _decline(self, job: Job, said: str | None) -> None:
        now, reasons = self._ledger.now(), self._ledger.desk.rules.reasons

        async def declined(request: ShareRequest) -> Heard:
            if Job(job.claim, request).is_withdrawn:
                return Heard(request.track(lambda one: one.called_off(now), by=GATEWAY))
            return Heard(request.refuse(reasons, DECIDED_UPSTREAM, by=GATEWAY, at=now, note=said))

        await self._ledger.keep(job, Rest.DONE, declined)
        self._tell(job, ForwardingState.DECIDED)

    async def _withdraw(self, job: Job, exchange: ShareExchange) -> None:
        """Tell the exchange; what it cannot be told is followed, so that nobody overlooks what it approves."""
        number = job.forwarding.number
        assert number is not None, "it was numbered"
        told = await self._ledger.ask(job, lambda call: exchange.withdraw(number, call), Outcome.GATEWAY_ERROR)
        if told in {Outcome.OK, Outcome.NOT_FOUND}:
            await self._ledger.track(job, Rest.DONE, Forwarding.called_off)
            self._tell(job, ForwardingState.CALLED_OFF)
        else:
            await self._poll(job, exchange)

    # ---- the log

    def _tell(self, job: Job, state: ForwardingState) -> None:
        _log.info("share.forwarding", system=job.forwarding.system, state=state.value)

    def _tell_doubt(self, job: Job, state: ForwardingState) -> None:
        _log.warning("share.forwarding.doubtful", system=job.forwarding.system, state=state.value)
