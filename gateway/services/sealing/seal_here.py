"""Seal documents with keys of this gateway: a group between two transactions.

The first transaction says which uses are going to be made of which seals. What is sealed leaves only after the second,
so a group that is lost in between is sealed again, and its log says that too.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import msgspec
import structlog

from gateway.core import problems
from gateway.core.audit.seal_kinds import SEAL_FAILED, SEAL_RELEASED, SEAL_USED
from gateway.core.errors import KeyUnusable, Refusal
from gateway.core.seals.attempt import Attempt
from gateway.core.seals.sealing import Sealing
from gateway.core.seals.verification import Verdict, Verification
from gateway.core.seals.workshop import Sheet, Stamp
from gateway.core.tasks import Rest
from gateway.core.trouble import Trouble
from gateway.services.sealing.documents import Kept
from gateway.services.sealing.ledger import Move
from gateway.services.sealing.preparing import Found, Preparing, bundles, jobs_of
from gateway.services.sealing.tools import Job, Tools, trouble_of

_log = structlog.get_logger("sealing")


class SealHere:
    """Seals groups of documents."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._prepare = Preparing(tools)
        self._ledger = tools.ledger
        self._documents = tools.documents
        self._workshop = tools.workshop
        self._log = tools.log
        self._clock = tools.clock
        self._pace = tools.pace
        self._turns = asyncio.Semaphore(tools.pace.at_once)

    async def __call__(self, found: Sequence[Found]) -> None:
        """Seal, verify and release them, or say why not."""
        for bundle in bundles(found, self._pace.together_bytes):
            async with self._documents.folder.room() as room:
                began = self._clock.now().replace(microsecond=0)
                await self._sealed(jobs_of(bundle, room, began))

    async def _sealed(self, jobs: Sequence[Job]) -> None:
        prepared = [
            self._tools.failed(job.claim, job.sealing, Trouble.of(one)) if isinstance(one, Refusal) else one
            for job, one in zip(jobs, await self._prepare(jobs), strict=True)
        ]
        begun = await self._begun([job for job in prepared if isinstance(job, Job)])
        ended = await self._verified(begun)
        good = [one for one in ended if not isinstance(one, Move)]
        kept = await self._documents.keep_all([(job.sealing, job.target, job.media_type) for job, _ in good])
        moves = [one for one in [*prepared, *ended] if isinstance(one, Move)]
        moves += [self._judged(job, found, one) for (job, found), one in zip(good, kept, strict=True)]
        await self._ledger.write(moves)

    async def _begun(self, jobs: Sequence[Job]) -> list[Job]:
        """Those of which it is written down that their seal is going to be used."""
        now = self._clock.now()
        intended = [self._intended(job, now) for job in jobs]
        moves = [
            Move(job.claim, Rest.HELD, job.sealing, after, self._log.event(SEAL_USED, after))
            for job, after in zip(jobs, intended, strict=True)
        ]
        written = await self._ledger.write(moves)
        return [
            msgspec.structs.replace(job, sealing=after)
            for job, after in zip(jobs, intended, strict=True)
            if job.claim.id in written
        ]

    def _intended(self, job: Job, now: datetime) -> Sealing:
        sealing = job.sealing
        attempt = Attempt(
            number=sealing.next_number,
            at=now,
            fence=job.claim.fence,
            digest=sealing.input.sha256,
        )
        return sealing.intend(attempt, pages=job.pages, seal_version=job.seal.version, stamped_at=job.began)

    async def _verified(self, jobs: Sequence[Job]) -> list[tuple[Job, Verification] | Move]:
        """The jobs with their sealed documents, and what was found in those; or their ends, or later tries."""
        size = -(-len(jobs) // self._pace.at_once) or 1
        parts = [jobs[begin : begin + size] for begin in range(0, len(jobs), size)]
        ended: list[tuple[Job, Verification] | Move] = []
        for found in await asyncio.gather(*map(self._part, parts), return_exceptions=True):
            if isinstance(found, BaseException):
                raise found
            ended += found
        return ended

    async def _part(self, jobs: Sequence[Job]) -> list[tuple[Job, Verification] | Move]:
        async with self._turns:
            found = await self._workshop.seal_all([_sheet(job) for job in jobs])
        return [self._ended(job, one) for job, one in zip(jobs, found, strict=True)]

    def _ended(self, job: Job, found: Verification | Refusal | KeyUnusable) -> tuple[Job, Verification] | Move:
        if isinstance(found, Refusal):
            return self._tools.failed(job.claim, job.sealing, Trouble.of(found))
        if isinstance(found, KeyUnusable):
            _log.error("seal.key.unusable", reason=str(found))
            return self._put_off(job, found)
        return job, found

    def _judged(self, job: Job, verification: Verification, kept: Kept) -> Move:
        """Released, or withheld."""
        now = self._clock.now()
        received = job.sealing.receive(kept.document, now)
        after = received.verify(verification, now, trouble_of(problems.SEALING_UNVERIFIED))
        is_valid = verification.verdict is Verdict.VALID
        if not is_valid:
            _log.error("seal.unverified", system="", verdict=verification.verdict.value)
        line = self._log.event(SEAL_RELEASED if is_valid else SEAL_FAILED, after)
        return Move(job.claim, Rest.DONE, job.sealing, after, line, kept.small, kept.also)

    def _put_off(self, job: Job, error: KeyUnusable) -> Move:
        """A key that cannot be used now is tried again for a while."""
        now, sealing = self._clock.now(), job.sealing
        if self._pace.is_over(sealing, job.claim, now):
            return self._tools.failed(job.claim, sealing, trouble_of(problems.SEALING_KEY_UNUSABLE))
        after = sealing.wait(self._tools.waits_for(error))
        return Move(job.claim, self._pace.again(now, job.claim.attempt), sealing, after)


def _sheet(job: Job) -> Sheet:
    seal = job.seal
    stamp = Stamp(seal=seal.structure, certificates=seal.certificates, at=job.began, key=seal.route.key)
    return Sheet(source=job.source, target=job.target, stamp=stamp, place=job.sealing.place, held=job.held)
