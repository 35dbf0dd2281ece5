"""Settle what became of a request at its exchange, where neither its answer nor its list says it: a person does."""

from typing import Final

import msgspec

from gateway.core import problems
from gateway.core.audit.share_kinds import SHARE_SETTLED
from gateway.core.call import Call
from gateway.core.caller import Person, Role
from gateway.core.clock import china_date
from gateway.core.errors import Refusal
from gateway.core.records import all_of
from gateway.core.sharing.exchange import ShareExchanges, Standing
from gateway.core.sharing.forwarding import Forwarding, Settlement
from gateway.core.sharing.forwardings import ForwardingStore
from gateway.core.sharing.parties import GATEWAY, Acted, Party
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.upstream import is_number
from gateway.services.auditing import Note
from gateway.services.sharing.desk import ShareDesk, tell
from gateway.services.sharing.exchanges.forward_pace import KIND_FORWARD

LONGEST_REASON: Final = 500
_ANYWHERE: Final = frozenset({Role.HUB, Role.OPERATIONS})
_OF_AUTHORITIES: Final = frozenset({Role.OFFICER, Role.DEPARTMENT})
_OWN_SIDE: Final = frozenset({Party.REQUESTER, Party.OWN_OFFICE})


class SettlementRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says, one of two: this is the exchange's number for it; it was not taken and is to be sent again.

    ``reason`` says how he knows, for those who look at it later.
    """

    request: str
    expected_version: int
    reason: str
    number: str | None = None
    send_again: bool = False

    def __repr__(self) -> str:
        """The request only: reasons may name persons."""
        return f"SettlementRequest(request={self.request!r})"


class SettleForwarding:
    """Settles for those who may: the hub, operations and the competent authority; never who asked for the data."""

    def __init__(self, desk: ShareDesk, forwardings: ForwardingStore, exchanges: ShareExchanges) -> None:
        self._desk = desk
        self._forwardings = forwardings
        self._exchanges = exchanges

    async def __call__(self, asked: SettlementRequest, call: Call) -> ShareRequest:
        """The request, numbered and followed from now on, or queued to be sent again.

        Raises:
            Refusal: NOT_FOUND, FORBIDDEN, BAD_INPUT; CONFLICT for another version, unless it is in doubt or lost, or if
                the exchange does not say that the number is this request's.
        """
        desk = self._desk
        async with desk.audit.noting(SHARE_SETTLED, call) as note:
            reason = _checked(asked)
            person, before = await self._found(asked, call, note)
            now = desk.clock.now()
            by = Settlement(person.subject, now, reason)
            number = asked.number
            step = Forwarding.not_taken if number is None else lambda one, at: one.numbered(number, at)
            if before.forwarding is None or not before.forwarding.needs_person():
                raise Refusal(problems.SHARE_NOT_DOUBTFUL, "input.request")
            after = before.track(lambda one: step(one, now).settled(by), by=GATEWAY)
            if number is not None:
                await self._verify(before.forwarding, number, before.id, call)
            assert after.forwarding is not None
            tell(note, after)
            note.says(system=after.forwarding.system, forwarding=after.forwarding.state.value, by="person")
            woken = desk.tasks.waking(KIND_FORWARD, [after.id], now)
            if not await desk.requests.change(before, after, all_of([note.within(), woken])):
                raise Refusal(problems.SHARE_CHANGED, "input.expectedVersion", version=before.version + 1)
            return after

    async def _found(self, asked: SettlementRequest, call: Call, note: Note) -> tuple[Person, ShareRequest]:
        person = call.caller.person
        if person is None:
            raise Refusal(problems.PERSON_MISSING)
        request = await self._desk.requests.find(asked.request)
        if request is None or not (person.role in _ANYWHERE or self._desk.is_his(person, request)):
            raise Refusal(problems.SHARE_UNKNOWN, "input.request")
        tell(note, request)
        if person.role not in _ANYWHERE and not self._is_authority(person, request):
            raise Refusal(problems.SHARE_SETTLER_FORBIDDEN)
        if any(_is_of_requester(one, person) for one in request.acted):
            raise Refusal(problems.SHARE_SAME_PERSON)
        if request.version != asked.expected_version:
            raise Refusal(problems.SHARE_CHANGED, "input.expectedVersion", version=request.version)
        return person, request

    def _is_authority(self, person: Person, request: ShareRequest) -> bool:
        bodies, on = self._desk.book.book().bodies, china_date(self._desk.clock.now())
        is_officer = person.role in _OF_AUTHORITIES and person.body is not None
        return is_officer and bodies.same(request.authority, person.body or "", on)

    async def _verify(self, forwarding: Forwarding, number: str, request_id: str, call: Call) -> None:
        """That the number is this request's, as far as the exchange and we know.

        Raises:
            Refusal: CONFLICT.
        """
        other = await self._forwardings.numbered(forwarding.system, number)
        if other is not None and other.id != request_id:
            raise Refusal(problems.SHARE_NUMBER_OTHER, "input.number")
        exchange = self._exchanges.share_exchange(forwarding.system)
        if exchange is None:
            raise Refusal(problems.SHARE_EXCHANGE_SILENT, "input.number", system=forwarding.system)
        status = await exchange.status(forwarding.key, number, call)
        if status.key not in {None, forwarding.key} or status.number not in {None, number}:
            raise Refusal(problems.SHARE_NUMBER_OTHER, "input.number")
        if status.standing is Standing.UNKNOWN:
            raise Refusal(problems.SHARE_NUMBER_UNKNOWN, "input.number")
        if status.standing is Standing.UNANSWERED:
            raise Refusal(problems.SHARE_NUMBER_UNCLEAR, "input.number")


def _checked(asked: SettlementRequest) -> str:
    """The reason; raises Refusal BAD_INPUT."""
    if (asked.number is not None) == asked.send_again or not (asked.number is None or is_number(asked.number)):
        raise Refusal(problems.SHARE_SETTLEMENT_INVALID, "input.number")
    return checked_reason(asked.reason)


def checked_reason(given: str) -> str:
    """The reason of a settlement; raises Refusal BAD_INPUT."""
    reason = given.strip()
    if not 1 <= len(reason) <= LONGEST_REASON or not reason.isprintable():
        raise Refusal(problems.SHARE_TEXT_INVALID, "input.reason", limit=LONGEST_REASON)
    return reason


def _is_of_requester(acted: Acted, person: Person) -> bool:
    return acted.subject == person.subject and acted.party in _OWN_SIDE
