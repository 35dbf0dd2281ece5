"""How a platform's sealing goes on: what came back is kept and verified, and it ends, waits or is in doubt."""

from datetime import timedelta
from pathlib import Path

import msgspec
import structlog

from gateway.core import problems
from gateway.core.audit.events import Event
from gateway.core.audit.seal_kinds import SEAL_FAILED, SEAL_IN_DOUBT, SEAL_RELEASED
from gateway.core.errors import KeyUnusable, Refusal
from gateway.core.files import File
from gateway.core.records import Also
from gateway.core.seals.platform import SealReply
from gateway.core.seals.register import RegisteredSeal
from gateway.core.seals.sealing import Sealing, SealingState
from gateway.core.seals.verification import Verdict
from gateway.core.tasks import Rest
from gateway.core.trouble import Trouble
from gateway.services.sealing.ledger import Move
from gateway.services.sealing.tools import Job, Tools, trouble_of

_log = structlog.get_logger("sealing")
_KINDS = {
    SealingState.RELEASED: SEAL_RELEASED,
    SealingState.FAILED: SEAL_FAILED,
    SealingState.IN_DOUBT: SEAL_IN_DOUBT,
}


class Finish:
    """Writes down what becomes of one sealing; each step raises LeaseLost if somebody else has it by now."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._ledger = tools.ledger
        self._clock = tools.clock

    async def pinned(self, job: Job) -> RegisteredSeal:
        """The seal as it was used; as it is now, if it has not been used."""
        if job.sealing.is_exposed or job.sealing.signature is not None or job.sealing.result is not None:
            pinned = await self._tools.rights.register.find_version(job.seal.id, job.sealing.seal_version)
            return pinned or job.seal
        return job.seal

    async def held(
        self,
        job: Job,
        after: Sealing,
        *,
        line: Event | None = None,
        small: tuple[File, bytes] | None = None,
        also: tuple[Also, ...] = (),
    ) -> Job:
        """The job after what is written down now; raises LeaseLost."""
        await self._ledger.write_one(Move(job.claim, Rest.HELD, job.sealing, after, line, small, also))
        return msgspec.structs.replace(job, sealing=after)

    async def keep(self, job: Job, path: Path, number: str | None) -> None:
        """Keep what came back, which nobody may have yet, and verify it."""
        media_type = job.media_type or job.sealing.input.media_type
        kept = await self._tools.documents.keep(job.sealing, path, media_type)
        after = job.sealing.receive(kept.document, self._clock.now(), number)
        job = await self.held(job, after, small=kept.small, also=kept.also)
        if job.media_type:
            await self._verify(job, path)
        else:
            await self.verify_stored(job, path)

    async def has_document(self, reply: SealReply) -> bool:
        """Whether a document came with the reply."""
        return reply.document is not None and await self._tools.documents.folder.size(reply.document) > 0

    async def verify_stored(self, job: Job, sealed: Path | None = None) -> None:
        """Verify what came back, which is in the store or at the path."""
        try:
            await self._tools.documents.fetch(job.sealing, job.source)
            if sealed is None:
                await self._tools.documents.fetch_result(job.sealing, job.target)
        except Refusal as refusal:
            await self.end(job, job.sealing, Trouble.of(refusal))
        else:
            await self._verify(job, sealed or job.target)

    async def _verify(self, job: Job, sealed: Path) -> None:
        seal = await self.pinned(job)
        try:
            verification = await self._tools.workshop.compare(job.source, sealed, seal.structure)
        except Refusal as refusal:
            await self.end(job, job.sealing, Trouble.of(refusal))
            return
        after = job.sealing.verify(verification, self._clock.now(), trouble_of(problems.SEALING_UNVERIFIED))
        if after.state is not SealingState.RELEASED:
            _log.error("seal.unverified", system=system_of(job), verdict=verification.verdict.value)
        then = Rest.PARKED if after.state is SealingState.IN_DOUBT else Rest.DONE
        line = self._tools.log.event(_KINDS[after.state], after)
        await self._ledger.write_one(Move(job.claim, then, job.sealing, after, line))

    async def put_off(self, job: Job, after: Sealing | None = None, wanted: int | None = None) -> None:
        """Try again later, if there is a later."""
        sealing = after or job.sealing
        now = self._clock.now()
        if job.sealing.state is SealingState.IN_DOUBT:
            await self._ledger.leave([job.claim], Rest.PARKED)
        elif self._tools.pace.is_over(sealing, job.claim, now):
            await self.give_up(job, sealing)
        else:
            again = self._tools.pace.again(now, job.claim.attempt, wanted)
            await self._ledger.write_one(Move(job.claim, again, job.sealing, sealing))

    async def give_up(self, job: Job, sealing: Sealing) -> None:
        """Nothing more is tried: it is known not to be sealed, or it is in doubt."""
        if sealing.is_exposed:
            await self.doubt(job, sealing)
        else:
            hours = self._tools.pace.give_up // timedelta(hours=1)
            await self.end(job, sealing, trouble_of(problems.SEALING_PLATFORM_AWAY, system=system_of(job), hours=hours))

    async def refused(self, job: Job, sealing: Sealing) -> None:
        """It ends because the platform will not do it."""
        await self.end(job, sealing, trouble_of(problems.SEALING_PLATFORM_REFUSED, system=system_of(job)))

    async def end(self, job: Job, sealing: Sealing, trouble: Trouble) -> None:
        """It ends without a sealed document; what may have been sealed stays in doubt."""
        if sealing.is_exposed:
            await self.doubt(job, sealing)
            return
        move = self._tools.failed(job.claim, sealing, trouble)
        await self._ledger.write_one(msgspec.structs.replace(move, before=job.sealing))

    async def withhold(self, job: Job) -> None:
        """The platform answered with a signature that is none of this document."""
        _log.error("seal.unverified", system=system_of(job), verdict=Verdict.INVALID.value)
        await self.end(job, job.sealing, trouble_of(problems.SEALING_UNVERIFIED))

    async def put_off_key(self, job: Job, error: KeyUnusable) -> None:
        """What makes the document cannot be used now: a certificate's key, or the time's proof."""
        now = self._clock.now()
        if self._tools.pace.is_over(job.sealing, job.claim, now):
            await self.end(job, job.sealing, trouble_of(problems.SEALING_KEY_UNUSABLE))
        else:
            again = self._tools.pace.again(now, job.claim.attempt)
            after = job.sealing.wait(self._tools.waits_for(error))
            await self._ledger.write_one(Move(job.claim, again, job.sealing, after))

    async def doubt(self, job: Job, heard: Sealing | None = None) -> None:
        """It is in doubt, and rests until somebody settles it."""
        sealing = heard or job.sealing
        system = system_of(job)
        after = sealing.doubt(trouble_of(problems.SEALING_IN_DOUBT, system=system), self._clock.now())
        _log.warning("seal.doubtful", system=system)
        line = self._tools.log.event(SEAL_IN_DOUBT, after)
        await self._ledger.write_one(Move(job.claim, Rest.PARKED, job.sealing, after, line))


def system_of(job: Job) -> str:
    """The code of its platform."""
    return job.sealing.platform or ""
