"""What those who seal have in common: what they work with, a document in hand, and how a sealing ends badly."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from gateway.core import problems
from gateway.core.audit.seal_kinds import SEAL_FAILED
from gateway.core.clock import Clock
from gateway.core.errors import KeyUnusable, PinRefused
from gateway.core.problems import Problem
from gateway.core.seals.register import RegisteredSeal
from gateway.core.seals.sealing import Sealing
from gateway.core.seals.workshop import Workshop
from gateway.core.tasks import Claim, Rest
from gateway.core.trouble import Trouble
from gateway.services.sealing.documents import Documents
from gateway.services.sealing.ledger import Ledger, Move
from gateway.services.sealing.pace import Pace
from gateway.services.sealing.seal_log import SealLog
from gateway.services.sealing.seal_rights import SealRights


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One document in hand: its task, the sealing as it is stored, the seal, the room in which it is, and since when.

    ``place`` is that in its group; ``began`` is to the second, as times stand in signatures;
    ``held`` is the workshop's.
    """

    claim: Claim
    sealing: Sealing
    seal: RegisteredSeal
    room: Path
    began: datetime
    media_type: str = ""
    pages: int = 0
    place: int = 0
    held: object = None

    @property
    def source(self) -> Path:
        """The document that is to be sealed."""
        return self.room / f"document-{self.place}"

    @property
    def target(self) -> Path:
        """The document that was."""
        return self.room / f"sealed-{self.place}"


@dataclass(frozen=True)
class Tools:
    """What documents are sealed with."""

    ledger: Ledger
    documents: Documents
    rights: SealRights
    workshop: Workshop
    log: SealLog
    clock: Clock
    pace: Pace

    def failed(self, claim: Claim, sealing: Sealing, trouble: Trouble) -> Move:
        """The sealing ends without a sealed document."""
        after = sealing.fail(trouble, self.clock.now())
        return Move(claim, Rest.DONE, sealing, after, self.log.event(SEAL_FAILED, after))

    def waits_for(self, error: KeyUnusable) -> Trouble:
        """Why a sealing waits whose key cannot be used now."""
        problem = problems.SEALING_PIN_REFUSED if isinstance(error, PinRefused) else problems.SEALING_KEY_AWAY
        return trouble_of(problem, hours=self.pace.give_up // timedelta(hours=1))


def trouble_of(problem: Problem, **values: str | int) -> Trouble:
    """The trouble of a problem, with what fills its placeholders."""
    return Trouble(problem.number, dict(values))
