"""What is at exchanges, for supervision: those first whose state has lasted longest."""

from typing import Final

from gateway.core.audit.share_kinds import SHARE_SUPERVISED
from gateway.core.call import Call
from gateway.core.sharing.forwarding import NEEDS_PERSON, ForwardingState
from gateway.core.sharing.forwardings import DisputeForwardingStore, ForwardingChoice, ForwardingStore
from gateway.core.sharing.requests import ShareRequest
from gateway.services.paging import Page, cut_page, open_page, read_place
from gateway.services.sharing.desk import ShareDesk
from gateway.services.sharing.disputes.dispute_sight import SeenDispute
from gateway.services.sharing.exchanges.forward_ledger import Forwardable
from gateway.services.sharing.supervise import Supervise

_OTHERS: Final = frozenset(ForwardingState) - NEEDS_PERSON


class ListDisputeForwardings:
    """Shows disputes at exchanges, likewise."""

    def __init__(self, desk: ShareDesk, supervise: Supervise, forwardings: DisputeForwardingStore) -> None:
        self._desk = desk
        self._supervise = supervise
        self._forwardings = forwardings

    async def __call__(
        self, state: ForwardingState | None, first: int, after: str | None, call: Call, *, needs_person: bool | None
    ) -> Page[SeenDispute]:
        """As ListForwardings, of disputes."""
        async with self._desk.audit.noting(SHARE_SUPERVISED, call) as note:
            note.says(what="dispute-forwardings")
            authority = self._supervise.admit(call)
            key = open_page(first, after)
            choice = ForwardingChoice(states=_states(state, needs_person=needs_person), authority=authority)
            found = await self._forwardings.page(choice, None if key is None else read_place(key), first + 1)
            seen = [SeenDispute(dispute=one, roles=frozenset(), recipients=one.recipients) for one in found]
            shown = cut_page(seen, lambda one: _place(one.dispute), first, len(seen))
            note.counts(len(shown.nodes))
        return shown


class ListForwardings:
    """Shows them to the hub, operations, auditors, and competent authorities what is theirs."""

    def __init__(self, desk: ShareDesk, supervise: Supervise, forwardings: ForwardingStore) -> None:
        self._desk = desk
        self._supervise = supervise
        self._forwardings = forwardings

    async def __call__(
        self, state: ForwardingState | None, first: int, after: str | None, call: Call, *, needs_person: bool | None
    ) -> Page[ShareRequest]:
        """The ``first`` after the cursor, in that state, or for which a person is or is not needed.

        Raises:
            Refusal: FORBIDDEN for everybody else, BAD_INPUT for the page.
        """
        async with self._desk.audit.noting(SHARE_SUPERVISED, call) as note:
            note.says(what="forwardings")
            authority = self._supervise.admit(call)
            key = open_page(first, after)
            choice = ForwardingChoice(states=_states(state, needs_person=needs_person), authority=authority)
            found = await self._forwardings.page(choice, None if key is None else read_place(key), first + 1)
            shown = cut_page(found, _place, first, len(found))
            note.counts(len(shown.nodes))
        return shown


def _states(state: ForwardingState | None, *, needs_person: bool | None) -> frozenset[ForwardingState] | None:
    chosen = frozenset(ForwardingState) if state is None else frozenset({state})
    if needs_person is not None:
        chosen &= NEEDS_PERSON if needs_person else _OTHERS
    return None if len(chosen) == len(ForwardingState) else chosen


def _place(record: Forwardable) -> str:
    assert record.forwarding is not None
    return f"{record.forwarding.since.isoformat()} {record.id}"
