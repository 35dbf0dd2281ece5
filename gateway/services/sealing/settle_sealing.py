"""Settle a sealing in doubt: a person says what became of it, and nothing is released on his word alone."""

import msgspec

from gateway.core import problems
from gateway.core.audit.seal_kinds import SEAL_SETTLED
from gateway.core.call import Call
from gateway.core.caller import Person, Role
from gateway.core.errors import Refusal
from gateway.core.files import Owner, Purpose
from gateway.core.records import Also
from gateway.core.seals.platform import SealPlatforms
from gateway.core.seals.sealing import Sealing, SealingState, Settler
from gateway.services.sealing.drafting import kept
from gateway.services.sealing.pace import waking
from gateway.services.sealing.seal_documents import Counter
from gateway.services.sealing.tools import trouble_of

LONGEST_REASON = 500
LONGEST_NUMBER = 100
_ANYWHERE = frozenset({Role.HUB, Role.OPERATIONS})
_OF_THE_OWNER = frozenset({Role.OFFICER, Role.DEPARTMENT})


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says, one of three: it was not sealed; here is the document; this is the platform's number for it.

    ``reason`` says how he knows, for those who look at it later.
    """

    sealing: str
    reason: str
    unsealed: bool = False
    upload: str | None = None
    number: str | None = None

    def __repr__(self) -> str:
        """Nothing of it: it names files and reasons."""
        return "Settlement()"


class SettleSealing:
    """Settles sealings for those who may: supervision, and the body that owns the seal; never who asked for it."""

    def __init__(self, counter: Counter, platforms: SealPlatforms) -> None:
        self._counter = counter
        self._platforms = platforms

    async def __call__(self, settlement: Settlement, call: Call) -> Sealing:
        """The sealing: failed, or with a document or a number that is looked into now.

        Raises:
            Refusal: NOT_FOUND for the sealing or the upload, FORBIDDEN, BAD_INPUT, CONFLICT unless it is in doubt.
        """
        counter = self._counter
        async with counter.audit.noting(SEAL_SETTLED, call) as note:
            note.about("sealing", settlement.sealing)
            reason = _checked(settlement)
            sealing = await counter.sealings.find(settlement.sealing)
            if sealing is None:
                raise Refusal(problems.SEALING_UNKNOWN, "input.sealing")
            await self._admit(sealing, call)
            if sealing.state is not SealingState.IN_DOUBT:
                raise Refusal(problems.SEALING_STATE_OTHER, state=sealing.state.value)
            after, also = await self._settled(sealing, settlement, reason, call)
            by, way = Settler.PERSON.value, _way(settlement)
            note.says(result=after.state.value, by=by, way=way)
            line = counter.log.line(SEAL_SETTLED, after, call.caller, by=by, way=way)
            woken = waking(counter.tasks, after.id, counter.clock.now())
            if not await counter.sealings.change(sealing, after, (*also, line, *woken)):
                raise Refusal(problems.SEALING_STATE_OTHER, state=SealingState.SEALING.value)
            await counter.sealings.tell([after.id])
            return after

    async def _admit(self, sealing: Sealing, call: Call) -> Person:
        counter, person = self._counter, call.caller.person
        if person is None:
            raise Refusal(problems.PERSON_MISSING)
        if person.role not in _ANYWHERE:
            seal = await counter.rights.find(sealing.seal)
            if person.role not in _OF_THE_OWNER or not counter.rights.serves_owner(seal, call.caller):
                raise Refusal(problems.SEALING_SETTLER_FORBIDDEN)
        if sealing.owner.subject == person.subject:
            raise Refusal(problems.SEALING_NEEDS_ANOTHER)
        return person

    async def _settled(
        self, sealing: Sealing, settlement: Settlement, reason: str, call: Call
    ) -> tuple[Sealing, tuple[Also, ...]]:
        counter = self._counter
        now, by = counter.clock.now(), kept(call.caller)
        if settlement.upload is not None:
            upload = await counter.files.find(settlement.upload, Purpose.UPLOAD, Owner.of(call.caller), now)
            if upload is None:
                raise Refusal(problems.UPLOAD_UNKNOWN, "input.file")
            if not upload.is_complete:
                raise Refusal(problems.UPLOAD_INCOMPLETE, "input.file")
            copy = await counter.documents.copy(sealing, upload, sealing.input.media_type)
            return sealing.settle_sealed(Settler.PERSON, copy.document, now, by, reason), copy.also
        if settlement.number is not None:
            asked = sealing.attempts[-1].platform
            platform = None if asked is None else self._platforms.seal_platform(asked)
            if platform is None or not platform.asks_by_number:
                raise Refusal(problems.SEALING_NUMBER_UNASKED, "input.number")
            return sealing.learn_number(Settler.PERSON, settlement.number, now, by, reason), ()
        trouble = trouble_of(problems.SEALING_NOT_SEALED)
        return sealing.settle_unsealed(Settler.PERSON, trouble, now, by, reason), ()


def _way(settlement: Settlement) -> str:
    """What the person said, in a word."""
    if settlement.unsealed:
        return "not-sealed"
    return "number" if settlement.upload is None else "file"


def _checked(settlement: Settlement) -> str:
    """The reason; raises Refusal BAD_INPUT."""
    said = [settlement.unsealed, settlement.upload is not None, settlement.number is not None]
    if sum(said) != 1:
        raise Refusal(problems.SEALING_SETTLEMENT_INVALID, "input")
    number = settlement.number
    if number is not None and not (1 <= len(number) <= LONGEST_NUMBER and number.isprintable()):
        raise Refusal(problems.SEALING_SETTLEMENT_INVALID, "input.number")
    reason = settlement.reason.strip()
    if not 1 <= len(reason) <= LONGEST_REASON or not reason.isprintable():
        raise Refusal(problems.SEAL_REASON_INVALID, "input.reason", limit=LONGEST_REASON)
    return reason
