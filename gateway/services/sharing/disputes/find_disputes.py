"""Find disputes: one's body's by role, those whose answer it is still to take note of; and follow one, or all."""

from collections.abc import AsyncGenerator, Sequence
from typing import Final

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.caller import Person
from gateway.core.clock import china_date
from gateway.core.errors import Refusal
from gateway.core.sharing.corrections import ENDED, Dispute, DisputeRole, DisputeState
from gateway.core.sharing.records import DisputeChoice
from gateway.services.following import follow
from gateway.services.paging import Page, cut_page, open_page, read_place
from gateway.services.sharing.disputes.dispute_desk import DisputeDesk
from gateway.services.sharing.disputes.dispute_sight import SeenDispute
from gateway.services.sharing.sight import SEE_ALL, SeenPage

MOST_UNTOLD: Final = 200


class FindDisputes:
    """Shows disputes to those whom they concern, as far as they do."""

    def __init__(self, desk: DisputeDesk) -> None:
        self._desk = desk

    async def __call__(self, dispute_id: str, call: Call) -> SeenDispute | None:
        """The dispute, if the caller may see it."""
        person = _person(call)
        found = await self._desk.disputes.find(dispute_id)
        return None if found is None else self._desk.see(found, person)

    async def page(
        self, role: DisputeRole | None, state: DisputeState | None, first: int, after: str | None, call: Call
    ) -> SeenPage[SeenDispute]:
        """The ``first`` after the cursor, newest first: those in which the caller's body has that role, or any.

        As AUTHORITY he reads those of the regions for which his body is competent. Without a role, the hub and auditors
        read all.

        Raises:
            Refusal: FORBIDDEN for whoever works for no body, BAD_INPUT for the page.
        """
        key = open_page(first, after)
        person = _person(call)
        states = None if state is None else frozenset({state})
        choice = DisputeChoice(states=states)
        if role is DisputeRole.AUTHORITY:
            choice = DisputeChoice(regions=await self._competent(call), states=states)
        elif role is not None or person.role not in SEE_ALL:
            choice = DisputeChoice(bodies=self._own(call), role=role, states=states)
        found = await self._desk.disputes.page(choice, None if key is None else read_place(key), first + 1)
        cut = cut_page(found, _place, first, len(found))
        pairs = [
            (seen, cursor)
            for one, cursor in zip(cut.nodes, cut.cursors, strict=True)
            if (seen := self._desk.see(one, person)) is not None
            and (role is not DisputeRole.AUTHORITY or role in seen.roles)
        ]
        nodes, cursors = [node for node, _ in pairs], [cursor for _, cursor in pairs]
        return SeenPage(Page(nodes, cursors, cut.has_next, len(nodes)), cut.cursors[-1] if cut.cursors else None)

    async def untold(self, first: int, call: Call) -> Sequence[SeenDispute]:
        """Answered disputes of which the caller's body has not taken note yet, the oldest answer first.

        Raises:
            Refusal: FORBIDDEN for whoever works for no body, BAD_INPUT for ``first``.
        """
        if not 1 <= first <= MOST_UNTOLD:
            raise Refusal(problems.LIMIT_OUT_OF_RANGE, "first", low=1, high=MOST_UNTOLD)
        own, person = self._own(call), _person(call)
        found = [self._desk.see(one, person) for one in await self._desk.disputes.untold(own, first)]
        return [one for one in found if one is not None]

    async def watch(self, dispute_id: str | None, call: Call) -> AsyncGenerator[SeenDispute, None]:
        """The dispute now and after each change, until it has ended; or every change that the caller may see.

        Raises:
            Refusal: NOT_FOUND unless the caller may see it, FORBIDDEN for whoever works for no body.
        """
        if dispute_id is None:
            if _person(call).role not in SEE_ALL:
                self._own(call)
            return self._all(call)
        if await self(dispute_id, call) is None:
            raise Refusal(problems.DISPUTE_UNKNOWN, "id")
        return self._one(dispute_id, call)

    def _one(self, dispute_id: str, call: Call) -> AsyncGenerator[SeenDispute, None]:
        async def find() -> tuple[int, SeenDispute, bool] | None:
            seen = await self(dispute_id, call)
            return None if seen is None else (seen.dispute.version, seen, seen.dispute.state in ENDED)

        return follow(dispute_id, find, self._desk.disputes.changes)

    async def _all(self, call: Call) -> AsyncGenerator[SeenDispute, None]:
        async with self._desk.disputes.changes() as changes:
            async for ids in changes:
                for dispute_id in ids.split():
                    if (seen := await self(dispute_id, call)) is not None:
                        yield seen

    async def _competent(self, call: Call) -> frozenset[str]:
        """The regions with disputes for which the caller's body is competent."""
        own, offices = self._own(call), self._desk.share.rules.offices
        return frozenset(one for one in await self._desk.disputes.regions() if offices.authority(one) in own)

    def _own(self, call: Call) -> frozenset[str]:
        """The caller's body, and those that it stands for."""
        share = self._desk.share
        _, body = share.admit(call)
        return share.book.book().bodies.all_of(body, china_date(share.clock.now()))


def _place(dispute: Dispute) -> str:
    return f"{dispute.reported_at.isoformat()} {dispute.id}"


def _person(call: Call) -> Person:
    if call.caller.person is None:
        raise Refusal(problems.PERSON_MISSING)
    return call.caller.person
