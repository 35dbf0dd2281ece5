"""Find sealings: one's own, those that wait for one's approval, those in doubt; and follow one as it goes on."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.caller import Role
from gateway.core.clock import Clock
from gateway.core.errors import Refusal
from gateway.core.files import Owner
from gateway.core.seals.register import SealChoice
from gateway.core.seals.sealing import ENDED, Sealing, SealingState
from gateway.core.seals.sealings import SealingChoice, SealingCount, SealingStore
from gateway.services.following import LOOK_SECONDS, follow
from gateway.services.paging import Page, cut_page, open_page, read_place
from gateway.services.sealing.seal_rights import SealRights

LONGEST: Final = timedelta(days=366)
MOST_SEALS: Final = 1_000
_DEFAULT_WINDOW: Final = timedelta(days=30)
_SUPERVISORS: Final = frozenset({Role.HUB, Role.OPERATIONS, Role.AUDITOR})
_OF_THE_OWNER: Final = frozenset({Role.OFFICER, Role.DEPARTMENT})


class ListRequest(msgspec.Struct, frozen=True):
    """Which sealings: of one batch, in one state; ``approvals`` asks for those that wait for the caller's approval."""

    batch: str | None = None
    state: SealingState | None = None
    approvals: bool = False


class FindSealings:
    """Shows sealings to their callers, and those of a body's seals to its people."""

    def __init__(self, sealings: SealingStore, rights: SealRights, clock: Clock, look: float = LOOK_SECONDS) -> None:
        self._sealings = sealings
        self._rights = rights
        self._clock = clock
        self._look = look

    async def __call__(self, sealing_id: str, call: Call) -> Sealing | None:
        """The sealing, if the caller may see it: his own, of a seal of his body, or any for supervision."""
        sealing = await self._sealings.find(sealing_id)
        return sealing if sealing is not None and await self._sees(sealing, call) else None

    async def page(self, request: ListRequest, first: int, after: str | None, call: Call) -> Page[Sealing]:
        """The ``first`` after the cursor, newest first; the caller's own unless he asks for approvals.

        Raises:
            Refusal: BAD_INPUT for the page.
        """
        key = open_page(first, after)
        place = None if key is None else read_place(key)
        if request.approvals:
            choice = SealingChoice(
                state=SealingState.APPROVAL,
                but=Owner.of(call.caller),
                seals=await self._own_seals(call),
                batch=request.batch,
            )
        else:
            choice = SealingChoice(owner=Owner.of(call.caller), state=request.state, batch=request.batch)
        found = await self._sealings.page(choice, place, first + 1)
        return cut_page(found, _place, first, len(found))

    async def doubtful(self, first: int, after: str | None, call: Call) -> Page[Sealing]:
        """Those in doubt, for whoever settles them.

        Raises:
            Refusal: FORBIDDEN, BAD_INPUT for the page.
        """
        key = open_page(first, after)
        seals = await self._supervised(call)
        choice = SealingChoice(state=SealingState.IN_DOUBT, seals=seals)
        found = await self._sealings.page(choice, None if key is None else read_place(key), first + 1)
        return cut_page(found, _place, first, len(found))

    async def statistics(self, since: datetime | None, until: datetime | None, call: Call) -> Sequence[SealingCount]:
        """How many sealings were asked for in a span, by seal, application and state: the last 30 days unless said.

        Raises:
            Refusal: FORBIDDEN for all but supervision and the people of bodies that own seals; BAD_INPUT for the span.
        """
        seals = await self._supervised(call)
        ends = until or self._clock.now()
        begins = since or ends - _DEFAULT_WINDOW
        if not timedelta() < ends - begins <= LONGEST:
            raise Refusal(problems.WINDOW_INVALID, "since", days=LONGEST.days)
        return await self._sealings.counts(begins, ends, seals)

    async def watch(self, sealing_id: str, call: Call) -> AsyncGenerator[Sealing, None]:
        """The sealing now and after each change, until it has ended.

        Raises:
            Refusal: NOT_FOUND unless the caller may see it.
        """
        sealing = await self(sealing_id, call)
        if sealing is None:
            raise Refusal(problems.SEALING_UNKNOWN, "id")
        return self._watched(sealing.id)

    def _watched(self, sealing_id: str) -> AsyncGenerator[Sealing, None]:
        async def find() -> tuple[int, Sealing, bool] | None:
            found = await self._sealings.find(sealing_id)
            return None if found is None else (found.version, found, found.state in ENDED)

        return follow(sealing_id, find, self._sealings.changes, self._look)

    async def _sees(self, sealing: Sealing, call: Call) -> bool:
        person = call.caller.person
        if sealing.owner == Owner.of(call.caller):
            return True
        if person is None or person.role in _SUPERVISORS:
            return person is not None
        if person.role not in _OF_THE_OWNER:
            return False
        return self._rights.serves_owner(await self._rights.find(sealing.seal), call.caller)

    async def _supervised(self, call: Call) -> frozenset[str] | None:
        """Seals whose sealings the caller may see all of; None for all."""
        person = call.caller.person
        if person is not None and person.role in _SUPERVISORS:
            return None
        if person is not None and person.role in _OF_THE_OWNER and person.body is not None:
            return await self._own_seals(call)
        raise Refusal(problems.SEALING_LIST_FORBIDDEN)

    async def _own_seals(self, call: Call) -> frozenset[str]:
        """Ids of the seals that the caller's body owns."""
        owners = self._rights.bodies_of(call.caller)
        if not owners:
            return frozenset()
        seals = await self._rights.register.page(SealChoice(owners=owners), None, MOST_SEALS)
        return frozenset(seal.id for seal in seals)


def _place(sealing: Sealing) -> str:
    return f"{sealing.requested_at.isoformat()} {sealing.id}"
