"""Take disputes to the exchanges that the records came from, once, and bring the answers.

An answer of an exchange is taken over as one of a source here: whoever received a corrected field is to be told. What
an exchange does not take is handed back to the source in the catalogue here.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from gateway.core.call import Call
from gateway.core.outcome import Fault, Outcome
from gateway.core.sharing.corrections import Dispute
from gateway.core.sharing.exchange import ExchangeReply
from gateway.core.sharing.exchange_corrections import (
    CorrectingExchanges,
    CorrectionStanding,
    CorrectionStatus,
    ShareCorrections,
)
from gateway.core.sharing.forwarding import Forwarding, ForwardingState
from gateway.core.sharing.parties import GATEWAY
from gateway.core.sharing.records import ReceiptStore
from gateway.core.sharing.upstream import corrected_there, correction_of, words
from gateway.core.tasks import Rest
from gateway.services.sharing.disputes.reach import reach_of
from gateway.services.sharing.exchanges.forward_ledger import ForwardLedger, Heard, Job
from gateway.services.sharing.exchanges.forward_pace import KIND_DISPUTE
from gateway.services.sharing.exchanges.forwarder import Forwarder

_UNKNOWN: Final = CorrectionStatus(
    standing=CorrectionStanding.UNANSWERED, outcome=Outcome.GATEWAY_ERROR, fault=Fault.OURS
)
_SAID: Final = frozenset({Outcome.OK, Outcome.NOT_FOUND, Outcome.NOT_ASKED, Outcome.DENIED, Outcome.INVALID})
"""What an exchange says when it was told that a dispute is taken back, cannot be told, or will not hear it."""

_log = structlog.get_logger("sharing")


class ForwardDisputes(Forwarder[Dispute, ShareCorrections, CorrectionStatus]):
    """A Handler of disputes at exchanges."""

    kind = KIND_DISPUTE
    unanswered = _UNKNOWN

    def __init__(self, ledger: ForwardLedger[Dispute], receipts: ReceiptStore, exchanges: CorrectingExchanges) -> None:
        super().__init__(ledger)
        self._receipts = receipts
        self._exchanges = exchanges

    def _exchange(self, system: str) -> ShareCorrections | None:
        return self._exchanges.share_corrections(system)

    async def _without(self, job: Job[Dispute]) -> None:
        """An exchange that takes no disputes after all, or stays away, does not get what it was never sent.

        Nor can the former be told that one is taken back.
        """
        state = job.forwarding.state
        takes_none = self._exchanges.share_exchange(job.forwarding.system) is not None
        if state is ForwardingState.QUEUED and (takes_none or self._is_given_up(job)):
            await self._hand_back(job, Forwarding.called_off, None)
        elif state is ForwardingState.NUMBERED and takes_none and self._ledger.shelf.is_withdrawn(job.record):
            await self._ledger.track(job, Rest.DONE, Forwarding.called_off)
            self._tell(job, ForwardingState.CALLED_OFF)
        else:
            await self._put_off(job)

    async def _request(self, job: Job[Dispute], exchange: ShareCorrections, call: Call) -> ExchangeReply:
        return await exchange.correct(correction_of(job.record), call)

    async def _asked(self, exchange: ShareCorrections, key: str, number: str | None, call: Call) -> CorrectionStatus:
        return await exchange.correction(key, number, call)

    async def _poll(self, job: Job[Dispute], exchange: ShareCorrections) -> None:
        status = await self._status(job, exchange)
        match status.standing:
            case CorrectionStanding.CORRECTED | CorrectionStanding.UPHELD:
                await self._answer(job, status)
            case CorrectionStanding.REFUSED:
                await self._decline(job, words(status.reason))
            case CorrectionStanding.UNKNOWN:
                await self._miss(job)
            case CorrectionStanding.UNANSWERED:
                await self._put_off(job)
            case _:
                await self._pending(job)

    # ---- answers

    async def _answer(self, job: Job[Dispute], status: CorrectionStatus) -> None:
        """The exchange's answer, with everyone who is to be told of it, in one transaction."""
        now, said = self._ledger.now(), words(status.reason)
        reach = await reach_of(self._receipts, job.record)

        async def answered(dispute: Dispute) -> Heard[Dispute]:
            if self._ledger.shelf.is_withdrawn(dispute):
                return Heard(dispute.track(lambda one: one.called_off(now), by=GATEWAY))
            return Heard(dispute.take_over(corrected_there(dispute, status), said, reach, by=GATEWAY, at=now))

        await self._ledger.keep(job, Rest.DONE, answered)
        self._tell(job, ForwardingState.DECIDED)

    async def _decline(self, job: Job[Dispute], said: str | None) -> None:
        await self._hand_back(job, Forwarding.declined, said)

    async def _hand_back(
        self, job: Job[Dispute], step: Callable[[Forwarding, datetime], Forwarding], said: str | None
    ) -> None:
        """The source here answers it, unless nobody wants that any more."""
        now = self._ledger.now()

        async def handed(dispute: Dispute) -> Heard[Dispute]:
            if self._ledger.shelf.is_withdrawn(dispute):
                return Heard(dispute.track(lambda one: one.called_off(now), by=GATEWAY))
            return Heard(dispute.hand_back(lambda one: step(one, now), by=GATEWAY, note=said))

        done = await self._ledger.keep(job, Rest.DONE, handed)
        assert done is not None, "it is handed back, or called off"
        if self._ledger.shelf.is_withdrawn(done.record):
            self._tell(job, ForwardingState.CALLED_OFF)
        else:
            _log.warning("share.dispute.returned", system=job.forwarding.system)

    async def _withdraw(self, job: Job[Dispute], exchange: ShareCorrections) -> None:
        """Tell the exchange, as far as it hears of it."""
        number = job.forwarding.number
        assert number is not None, "it was numbered"
        told = await self._ledger.ask(
            job, lambda call: exchange.withdraw_correction(number, call), Outcome.GATEWAY_ERROR
        )
        if told not in _SAID:
            await self._put_off(job)
            return
        await self._ledger.track(job, Rest.DONE, Forwarding.called_off)
        self._tell(job, ForwardingState.CALLED_OFF)
