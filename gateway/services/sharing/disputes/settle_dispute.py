"""Settle what becomes of a dispute at its exchange: what is in doubt there, or that it is answered here after all."""

from datetime import datetime
from typing import Final

import msgspec

from gateway.core import problems
from gateway.core.audit.share_kinds import DISPUTE_SETTLED
from gateway.core.call import Call
from gateway.core.caller import Person, Role
from gateway.core.clock import china_date
from gateway.core.errors import Refusal
from gateway.core.records import all_of
from gateway.core.sharing.corrections import Dispute, DisputeState
from gateway.core.sharing.exchange_corrections import CorrectingExchanges
from gateway.core.sharing.forwarding import Forwarding, ForwardingState, Settlement
from gateway.core.sharing.forwardings import DisputeForwardingStore
from gateway.core.sharing.parties import GATEWAY, Party
from gateway.core.sharing.upstream import is_number
from gateway.services.auditing import Note
from gateway.services.sharing.disputes.dispute_desk import DisputeDesk, tell_dispute
from gateway.services.sharing.disputes.dispute_sight import SeenDispute
from gateway.services.sharing.exchanges.forward_pace import KIND_DISPUTE
from gateway.services.sharing.exchanges.settle_forwarding import checked_reason

_ANYWHERE: Final = frozenset({Role.HUB, Role.OPERATIONS})
_OF_AUTHORITIES: Final = frozenset({Role.OFFICER, Role.DEPARTMENT})


class DisputeSettlement(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says, one of three: the exchange's number for it; that it is to be sent again; or answered here.

    ``reason`` says how he knows, or why, for those who look at it later.
    """

    dispute: str
    expected_version: int
    reason: str
    number: str | None = None
    send_again: bool = False
    hand_back: bool = False

    def __repr__(self) -> str:
        """The dispute only: reasons may name persons."""
        return f"DisputeSettlement(dispute={self.dispute!r})"


class SettleDispute:
    """Settles for those who may: the hub, operations and the competent authority; never who reported it."""

    def __init__(self, desk: DisputeDesk, forwardings: DisputeForwardingStore, exchanges: CorrectingExchanges) -> None:
        self._desk = desk
        self._forwardings = forwardings
        self._exchanges = exchanges

    async def __call__(self, asked: DisputeSettlement, call: Call) -> SeenDispute:
        """The dispute: numbered and followed, queued to be sent again, or with the source here.

        Raises:
            Refusal: NOT_FOUND, FORBIDDEN, BAD_INPUT; CONFLICT for another version, unless it is in doubt or lost (to be
                handed back: unless it waits for an exchange), or if the exchange does not say that the number is its.
        """
        share = self._desk.share
        async with share.audit.noting(DISPUTE_SETTLED, call) as note:
            reason = _checked(asked)
            person, before = await self._found(asked, call, note)
            now = share.clock.now()
            by = Settlement(person.subject, now, reason)
            after = self._settled(asked, before, by, now)
            if asked.number is not None:
                await self._verify(before, asked.number, call)
            assert after.forwarding is not None
            tell_dispute(note, after)
            note.says(system=after.forwarding.system, forwarding=after.forwarding.state.value)
            woken = share.tasks.waking(KIND_DISPUTE, [after.id], now)
            if not await self._desk.disputes.change(before, after, all_of([note.within(), woken])):
                raise Refusal(problems.SHARE_CHANGED, "input.expectedVersion", version=before.version + 1)
            return SeenDispute(dispute=after, roles=frozenset(), recipients=after.recipients)

    def _settled(self, asked: DisputeSettlement, before: Dispute, by: Settlement, now: datetime) -> Dispute:
        forwarding, number = before.forwarding, asked.number
        if asked.hand_back:
            is_sent_now = forwarding is None or forwarding.state is ForwardingState.SENDING
            if is_sent_now or not before.is_at_exchange or before.state is not DisputeState.WITH_SOURCE:
                raise Refusal(problems.DISPUTE_NOT_DOUBTFUL, "input.dispute")
            return before.hand_back(lambda one: one.called_off(now).settled(by), by=GATEWAY)
        if forwarding is None or not forwarding.needs_person():
            raise Refusal(problems.DISPUTE_NOT_DOUBTFUL, "input.dispute")
        step = Forwarding.not_taken if number is None else lambda one, at: one.numbered(number, at)
        return before.track(lambda one: step(one, now).settled(by), by=GATEWAY)

    async def _found(self, asked: DisputeSettlement, call: Call, note: Note) -> tuple[Person, Dispute]:
        share, person = self._desk.share, call.caller.person
        if person is None:
            raise Refusal(problems.PERSON_MISSING)
        dispute = await self._desk.disputes.find(asked.dispute)
        if dispute is None or not (person.role in _ANYWHERE or self._desk.see(dispute, person) is not None):
            raise Refusal(problems.DISPUTE_UNKNOWN, "input.dispute")
        tell_dispute(note, dispute)
        bodies, on = share.book.book().bodies, china_date(share.clock.now())
        is_officer = person.role in _OF_AUTHORITIES and person.body is not None and dispute.authority is not None
        is_authority = is_officer and bodies.same(dispute.authority or "", person.body or "", on)
        if person.role not in _ANYWHERE and not is_authority:
            raise Refusal(problems.SHARE_SETTLER_FORBIDDEN)
        if any(one.subject == person.subject and one.party is Party.REQUESTER for one in dispute.acted):
            raise Refusal(problems.SHARE_SAME_PERSON)
        if dispute.version != asked.expected_version:
            raise Refusal(problems.SHARE_CHANGED, "input.expectedVersion", version=dispute.version)
        return person, dispute

    async def _verify(self, dispute: Dispute, number: str, call: Call) -> None:
        """That the number is this dispute's, as far as the exchange and we know.

        Raises:
            Refusal: CONFLICT.
        """
        forwarding = dispute.forwarding
        assert forwarding is not None
        other = await self._forwardings.numbered(forwarding.system, number)
        if other is not None and other.id != dispute.id:
            raise Refusal(problems.SHARE_NUMBER_OTHER, "input.number")
        exchange = self._exchanges.share_corrections(forwarding.system)
        if exchange is None:
            raise Refusal(problems.SHARE_EXCHANGE_SILENT, "input.number", system=forwarding.system)
        status = await exchange.correction(forwarding.key, number, call)
        if status.key not in {None, forwarding.key} or status.number not in {None, number}:
            raise Refusal(problems.SHARE_NUMBER_OTHER, "input.number")
        if status.is_unknown:
            raise Refusal(problems.SHARE_NUMBER_UNKNOWN, "input.number")
        if status.is_unanswered:
            raise Refusal(problems.SHARE_NUMBER_UNCLEAR, "input.number")


def _checked(asked: DisputeSettlement) -> str:
    """The reason; raises Refusal BAD_INPUT."""
    chosen = sum((asked.number is not None, asked.send_again, asked.hand_back))
    if chosen != 1 or not (asked.number is None or is_number(asked.number)):
        raise Refusal(problems.DISPUTE_SETTLEMENT_INVALID, "input.number")
    return checked_reason(asked.reason)
