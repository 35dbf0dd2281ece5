"""Take requests to the exchanges that decide on them, once, and bring the decisions."""

import secrets
from datetime import datetime
from typing import Final

import structlog

from gateway.core.audit.share_kinds import GRANT_ISSUED
from gateway.core.call import Call
from gateway.core.clock import china_date
from gateway.core.outcome import Fault, Outcome
from gateway.core.records import Also, all_of
from gateway.core.sharing.exchange import ExchangeReply, ExchangeStatus, ShareExchange, ShareExchanges, Standing
from gateway.core.sharing.forwarding import Forwarding, ForwardingState
from gateway.core.sharing.parties import GATEWAY
from gateway.core.sharing.reasons import DECIDED_UPSTREAM
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.upstream import given, is_sound, order_of, upstream_grant, words
from gateway.core.tasks import Rest
from gateway.services.reconciling import day_task
from gateway.services.sharing.desk import ShareDesk
from gateway.services.sharing.exchanges.forward_ledger import ForwardLedger, Heard, Job
from gateway.services.sharing.exchanges.forward_pace import KIND_FORWARD, KIND_RECONCILE, again, upstream_task
from gateway.services.sharing.exchanges.forwarder import Forwarder

_UNKNOWN: Final = ExchangeStatus(standing=Standing.UNANSWERED, outcome=Outcome.GATEWAY_ERROR, fault=Fault.OURS)
_log = structlog.get_logger("sharing")


class ForwardShares(Forwarder[ShareRequest, ShareExchange, ExchangeStatus]):
    """A Handler of requests at exchanges."""

    kind = KIND_FORWARD
    unanswered = _UNKNOWN

    def __init__(self, ledger: ForwardLedger[ShareRequest], desk: ShareDesk, exchanges: ShareExchanges) -> None:
        super().__init__(ledger)
        self._desk = desk
        self._exchanges = exchanges

    def _exchange(self, system: str) -> ShareExchange | None:
        return self._exchanges.share_exchange(system)

    async def _request(self, job: Job[ShareRequest], exchange: ShareExchange, call: Call) -> ExchangeReply:
        return await exchange.request(order_of(job.record, job.forwarding), call)

    async def _asked(self, exchange: ShareExchange, key: str, number: str | None, call: Call) -> ExchangeStatus:
        return await exchange.status(key, number, call)

    def _is_sound(self, status: ExchangeStatus) -> bool:
        return is_sound(status)

    def _along(self, exchange: ShareExchange, now: datetime) -> Also | None:
        return self._ledger.tasks.adding([day_task(KIND_RECONCILE, exchange.system, china_date(now))])

    async def _poll(self, job: Job[ShareRequest], exchange: ShareExchange) -> None:
        status = await self._status(job, exchange)
        match status.standing:
            case Standing.APPROVED:
                await self._approve(job, status)
            case Standing.REFUSED | Standing.ENDED:
                await self._decline(job, words(status.reason))
            case Standing.FIRST_STAGE if job.forwarding.state is ForwardingState.NUMBERED:
                then = again(self._ledger.now(), job.forwarding.since)
                await self._ledger.track(job, then, Forwarding.first_stage)
                self._tell(job, ForwardingState.FIRST_STAGE)
            case Standing.UNKNOWN:
                await self._miss(job)
            case Standing.UNANSWERED:
                await self._put_off(job)
            case _:
                await self._pending(job)

    # ---- decisions

    async def _approve(self, job: Job[ShareRequest], status: ExchangeStatus) -> None:
        """The exchange's grant, and under it the one here, in one transaction; a refusal if nothing is left."""
        now, desk = self._ledger.now(), self._desk
        reasons, grant_id, said = desk.rules.reasons, secrets.token_hex(12), words(status.reason)

        async def approved(request: ShareRequest) -> Heard[ShareRequest] | None:
            if self._ledger.shelf.is_withdrawn(request) or request.forwarding is None:
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

    async def _decline(self, job: Job[ShareRequest], said: str | None) -> None:
        now, reasons = self._ledger.now(), self._desk.rules.reasons

        async def declined(request: ShareRequest) -> Heard[ShareRequest]:
            if self._ledger.shelf.is_withdrawn(request):
                return Heard(request.track(lambda one: one.called_off(now), by=GATEWAY))
            return Heard(request.refuse(reasons, DECIDED_UPSTREAM, by=GATEWAY, at=now, note=said))

        await self._ledger.keep(job, Rest.DONE, declined)
        self._tell(job, ForwardingState.DECIDED)

    async def _withdraw(self, job: Job[ShareRequest], exchange: ShareExchange) -> None:
        """Tell the exchange; what it cannot be told is followed, so that nobody overlooks what it approves."""
        number = job.forwarding.number
        assert number is not None, "it was numbered"
        told = await self._ledger.ask(job, lambda call: exchange.withdraw(number, call), Outcome.GATEWAY_ERROR)
        if told in {Outcome.OK, Outcome.NOT_FOUND}:
            await self._ledger.track(job, Rest.DONE, Forwarding.called_off)
            self._tell(job, ForwardingState.CALLED_OFF)
        else:
            await self._poll(job, exchange)
