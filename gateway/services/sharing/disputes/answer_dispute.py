"""Answer a dispute: the source returns it for evidence, extends its time once, or says what it has corrected.

The gateway keeps no corrected value: whoever received the record is told which fields were corrected, and fetches it
again from its source.
"""

from enum import StrEnum

import msgspec

from gateway.core import problems
from gateway.core.audit.share_kinds import DISPUTE_HANDLED
from gateway.core.call import Call
from gateway.core.errors import Refusal
from gateway.core.sharing.corrections import Dispute
from gateway.core.sharing.parties import Actor
from gateway.services.sharing.disputes.dispute_desk import DisputeDesk
from gateway.services.sharing.disputes.dispute_sight import SeenDispute
from gateway.services.sharing.disputes.reach import reach_of


class SourceStep(StrEnum):
    """What the source does with a dispute."""

    RETURN = "RETURN"
    EXTEND = "EXTEND"
    ANSWER = "ANSWER"


class DisputeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the source.

    Attributes:
        note: what it says to those whom it concerns; name no persons.
        corrected: for ANSWER, the fields that it has corrected; none if the record was right.
    """

    id: str
    expected_version: int
    step: SourceStep
    note: str
    corrected: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """The step only: words may name persons."""
        return f"DisputeAnswer({self.step.value})"


class AnswerDispute:
    """Takes the steps of the source."""

    def __init__(self, desk: DisputeDesk) -> None:
        self._desk = desk

    async def __call__(self, asked: DisputeAnswer, call: Call) -> SeenDispute:
        """The dispute after the step; once it is answered, with everyone who is to be told.

        Raises:
            Refusal: FORBIDDEN for whoever is not of the source or has reported it himself, NOT_FOUND, CONFLICT for
                another version or state, a second extension, or while an exchange is to answer it, BAD_INPUT for the
                note or fields.
        """
        desk = self._desk
        async with desk.share.audit.noting(DISPUTE_HANDLED, call) as note:
            note.says(action=asked.step.value)
            before, by = await desk.expected(asked.id, asked.expected_version, call, note)
            return await desk.keep(before, await self._stepped(asked, before, by), call, note)

    async def _stepped(self, asked: DisputeAnswer, before: Dispute, by: Actor) -> Dispute:
        now = self._desk.share.clock.now()
        if asked.corrected and asked.step is not SourceStep.ANSWER:
            known = ", ".join(sorted(before.claim.fields))
            raise Refusal(problems.DISPUTE_FIELDS_UNKNOWN, "corrected", known=known)
        match asked.step:
            case SourceStep.RETURN:
                return before.return_(asked.note, by=by, at=now)
            case SourceStep.EXTEND:
                extended = before.extend(asked.note, by=by)
                rule = self._desk.share.rules.deadlines.find(before.run())
                if rule is None or not rule.extension:
                    raise Refusal(problems.DISPUTE_NO_EXTENSION)
                return extended
        corrected = frozenset(asked.corrected)
        before.answer(corrected, asked.note, (), by=by, at=now)  # refused before anything is looked up
        return before.answer(corrected, asked.note, await reach_of(self._desk.receipts, before), by=by, at=now)
