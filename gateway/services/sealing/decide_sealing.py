"""Decide on a sealing before the seal is used: an officer of the owner approves it or not, or its caller cancels."""

from typing import Final

from gateway.core import problems
from gateway.core.audit.seal_kinds import SEAL_APPROVED, SEAL_FAILED
from gateway.core.call import Call
from gateway.core.caller import Person, Role
from gateway.core.errors import Refusal
from gateway.core.files import Owner
from gateway.core.records import Also
from gateway.core.seals.register import SealState
from gateway.core.seals.sealing import UNTOUCHED, Approval, Sealing, SealingState
from gateway.services.sealing.drafting import kept
from gateway.services.sealing.seal_documents import Counter
from gateway.services.sealing.tools import trouble_of

_TRIES: Final = 3
"""What has not begun is changed by the gateway too, once it was looked at, and may be cancelled all the same."""


class DecideSealing:
    """Approves, refuses and cancels."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    async def approve(self, sealing_id: str, call: Call, *, agreed: bool) -> Sealing:
        """The sealing, which goes on, or has failed if the approver does not agree or the seal has been revoked.

        Raises:
            Refusal: NOT_FOUND; FORBIDDEN for whoever asked himself, and for all but officers of the body that owns the
                seal, and, to agree, for those who may not use it themselves; CONFLICT if it does not wait for an
                approval, or its document has not been looked at.
        """
        counter = self._counter
        async with counter.audit.noting(SEAL_APPROVED, call) as note:
            note.about("sealing", sealing_id)
            person = _person(call)
            sealing = await counter.sealings.find(sealing_id)
            if sealing is None or not await self._may_approve(sealing, call):
                raise Refusal(problems.SEALING_UNKNOWN, "input.sealing")
            if sealing.owner.subject == person.subject:
                raise Refusal(problems.SEALING_NEEDS_ANOTHER)
            seal = await counter.rights.find(sealing.seal)
            if agreed and seal.state is not SealState.REVOKED:
                counter.rights.permit(seal, call.caller, sealing.use.item, sealing.input.media_type, sealing.pages)
            elif person.role is not Role.OFFICER:
                raise Refusal(problems.SEALING_APPROVER_FORBIDDEN)
            _verify_state(sealing, SealingState.APPROVAL)
            if agreed and sealing.is_unseen:  # asked for by a gateway that did not look first
                await counter.sealings.together([counter.tasks_for([sealing])])
                raise Refusal(problems.SEALING_UNSEEN, "input.sealing")
            now = counter.clock.now()
            if agreed and seal.state is SealState.REVOKED:
                after = sealing.refuse(trouble_of(problems.SEALING_SEAL_REVOKED), now)
                also: tuple[Also, ...] = (counter.log.line(SEAL_FAILED, after, call.caller),)
            elif agreed:
                after = sealing.approve(Approval(kept(call.caller), now))
                also = (
                    counter.log.line(SEAL_APPROVED, after, call.caller),
                    counter.tasks_for([after]),
                )
            else:
                after = sealing.refuse(trouble_of(problems.SEALING_NOT_APPROVED), now)
                also = (counter.log.line(SEAL_FAILED, after, call.caller),)
            note.says(result=after.state.value)
            return await self._changed(sealing, after, *also)

    async def cancel(self, sealing_id: str, call: Call) -> Sealing:
        """The caller's sealing, which has failed.

        Raises:
            Refusal: NOT_FOUND, CONFLICT once the seal is being used.
        """
        counter = self._counter
        async with counter.audit.noting(SEAL_FAILED, call) as note:
            note.about("sealing", sealing_id)
            for _ in range(_TRIES):
                sealing = await counter.sealings.find(sealing_id)
                if sealing is None or sealing.owner != Owner.of(call.caller):
                    raise Refusal(problems.SEALING_UNKNOWN, "input.sealing")
                _verify_state(sealing, *UNTOUCHED)
                after = sealing.refuse(trouble_of(problems.SEALING_CANCELLED), counter.clock.now())
                note.says(result=after.state.value)
                if await self._is_kept(sealing, after, counter.log.line(SEAL_FAILED, after, call.caller)):
                    return after
            raise Refusal(problems.SEALING_STATE_OTHER, state=SealingState.SEALING.value)

    async def _may_approve(self, sealing: Sealing, call: Call) -> bool:
        """Whose seal it is not does not even learn that there is such a sealing."""
        seal = await self._counter.rights.find(sealing.seal)
        return self._counter.rights.serves_owner(seal, call.caller)

    async def _changed(self, before: Sealing, after: Sealing, *also: Also) -> Sealing:
        if not await self._is_kept(before, after, *also):
            raise Refusal(problems.SEALING_STATE_OTHER, state=SealingState.SEALING.value)
        return after

    async def _is_kept(self, before: Sealing, after: Sealing, *also: Also) -> bool:
        """Whether the next version was written down: nobody has come between."""
        counter = self._counter
        is_kept = await counter.sealings.change(before, after, also)
        if is_kept:
            await counter.sealings.tell([after.id])
        return is_kept


def _person(call: Call) -> Person:
    person = call.caller.person
    if person is None:
        raise Refusal(problems.PERSON_MISSING)
    return person


def _verify_state(sealing: Sealing, *states: SealingState) -> None:
    if sealing.state not in states:
        raise Refusal(problems.SEALING_STATE_OTHER, state=sealing.state.value)
