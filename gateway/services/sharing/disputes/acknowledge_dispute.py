"""Take note of a dispute's answer: a recipient counts as told when its own body says that it has read it.

That an answer could be read proves nothing, and a query changes nothing: who has fetched the answer says so.
"""

from functools import reduce
from typing import Final

from gateway.core import problems
from gateway.core.audit.share_kinds import DISPUTE_TOLD
from gateway.core.call import Call
from gateway.core.errors import Refusal
from gateway.core.sharing.corrections import Dispute
from gateway.core.sharing.parties import GATEWAY
from gateway.services.sharing.disputes.dispute_desk import DisputeDesk, tell_dispute
from gateway.services.sharing.disputes.dispute_sight import SeenDispute

_TRIES: Final = 20
"""Other recipients may take note at the same moment."""


class AcknowledgeDispute:
    """Writes down who was told."""

    def __init__(self, desk: DisputeDesk) -> None:
        self._desk = desk

    async def __call__(self, dispute_id: str, application: str | None, call: Call) -> SeenDispute:
        """The dispute; closed once every recipient was told. Repeating it changes nothing.

        ``application`` is the one through which the body received the record; None for the caller's own.

        Raises:
            Refusal: FORBIDDEN for whoever works for no body, NOT_FOUND, BAD_INPUT if his body did not receive the
                record through that application, CONFLICT before there is an answer or while too many take note.
        """
        desk = self._desk
        chosen = call.caller.application.code if application is None else application
        async with desk.share.audit.noting(DISPUTE_TOLD, call) as note:
            person, _ = desk.share.admit(call)
            for _ in range(_TRIES):
                before = await desk.found(dispute_id, person, note)
                named = frozenset(one.body for one in before.recipients if one.application == chosen)
                own = desk.share.actor(person, named).bodies
                if before.recipients and not own:
                    raise Refusal(problems.DISPUTE_NOT_RECEIVED, "input.application")
                after = self._told(before, sorted(own), chosen)
                note.says(through=chosen)
                tell_dispute(note, after)
                if after is before or await desk.disputes.change(before, after, note.within()):
                    return desk.acted(after, call)
            raise Refusal(problems.SHARE_CHANGED, "input.id", version=before.version + 1)

    def _told(self, before: Dispute, bodies: list[str], application: str) -> Dispute:
        """The dispute once these were told; raises Refusal CONFLICT before there is an answer."""
        now = self._desk.share.clock.now()
        return reduce(lambda dispute, body: dispute.tell(body, application, by=GATEWAY, at=now), bodies or [""], before)
