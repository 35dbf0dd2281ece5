"""Prepare sealings that another officer has to approve: nobody is asked about a document that cannot be sealed so.

A handler of their tasks. Each document is opened, told what it is, counted and compared with what the seal may be used
for, and all is done to it that is done before a signature; the sealing then waits for its approval, or has failed. No
seal is used, so that a group which is lost is prepared again without a trace.
"""

from collections.abc import Mapping, Sequence

import structlog

from gateway.core import problems
from gateway.core.defects import trace
from gateway.core.errors import KeyUnusable, Refusal, StoreUnavailable
from gateway.core.seals.platform import Mode
from gateway.core.seals.sealing import Sealing
from gateway.core.seals.workshop import Sheet, Stamp
from gateway.core.tasks import Claim, LeaseLost, Rest
from gateway.core.trouble import Trouble
from gateway.services.sealing.ledger import Move
from gateway.services.sealing.pace import KIND_PREPARE
from gateway.services.sealing.preparing import Found, Preparing, bundles, jobs_of
from gateway.services.sealing.tools import Job, Tools, trouble_of

_log = structlog.get_logger("sealing")


class PrepareSealings:
    """A Handler."""

    kind = KIND_PREPARE

    def __init__(self, tools: Tools) -> None:
        self.most = tools.pace.together
        self._tools = tools
        self._prepare = Preparing(tools)

    async def work(self, claims: Sequence[Claim]) -> None:
        """Have those wait for their approval that can be sealed."""
        tools = self._tools
        found = await tools.ledger.sealings.find_all([claim.subject for claim in claims])
        unseen = {claim: found[claim.subject] for claim in claims if _is_unseen(found.get(claim.subject))}
        await tools.ledger.leave([claim for claim in claims if claim not in unseen], Rest.DONE)
        broken = [claim for claim in unseen if claim.lapses >= tools.pace.most_lapses]
        trouble = trouble_of(problems.SEALING_BROKEN)
        await tools.ledger.write([tools.failed(claim, unseen.pop(claim), trouble) for claim in broken])
        for bundle in bundles(await self._with_seals(unseen), tools.pace.together_bytes):
            try:
                await self._bundle(bundle)
            except (LeaseLost, StoreUnavailable):
                raise
            except Exception as error:  # raised on, so that each is tried alone, unless one has broken for too long
                claim, sealing, _ = bundle[0]
                if len(bundle) > 1 or not tools.pace.is_broken(sealing, claim, tools.clock.now()):
                    raise
                _log.error("seal.broken", system="", trace=trace(error))
                await tools.ledger.write([tools.failed(claim, sealing, trouble)])

    async def _bundle(self, bundle: Sequence[Found]) -> None:
        tools = self._tools
        async with tools.documents.folder.room() as room:
            jobs = jobs_of(bundle, room, tools.clock.now().replace(microsecond=0))
            ended = await self._rehearsed(await self._prepare(jobs))
            await tools.ledger.write([self._end(job, one) for job, one in zip(jobs, ended, strict=True)])

    async def _with_seals(self, unseen: Mapping[Claim, Sealing]) -> list[Found]:
        ids = dict.fromkeys(sealing.seal for sealing in unseen.values())
        seals = {one: await self._tools.rights.find(one) for one in ids}
        return [(claim, sealing, seals[sealing.seal]) for claim, sealing in unseen.items()]

    async def _rehearsed(self, found: Sequence[Job | Refusal]) -> list[Job | Refusal]:
        """Those of which all goes well up to the signature; what a platform takes whole, the platform says."""
        jobs = [one for one in found if isinstance(one, Job) and one.seal.route.mode != Mode.DOCUMENT]
        ended = await self._tools.workshop.seal_all([_sheet(job) for job in jobs])
        refused = {job.claim.id: end for job, end in zip(jobs, ended, strict=True) if isinstance(end, Refusal)}
        return [one if isinstance(one, Refusal) else refused.get(one.claim.id, one) for one in found]

    def _end(self, job: Job, found: Job | Refusal) -> Move:
        if isinstance(found, Refusal):
            return self._tools.failed(job.claim, job.sealing, Trouble.of(found))
        after = job.sealing.present(found.pages, found.media_type, self._tools.clock.now())
        return Move(job.claim, Rest.DONE, job.sealing, after)


async def _nobody(_digest: bytes) -> bytes:
    """No seal is used before it is approved: whatever asks for a signature has come far enough."""
    raise KeyUnusable("not approved")


def _sheet(job: Job) -> Sheet:
    stamp = Stamp(seal=job.seal.structure, certificates=job.seal.certificates, at=job.began, sign=_nobody)
    return Sheet(source=job.source, target=job.target, stamp=stamp, place=job.sealing.place, held=job.held)


def _is_unseen(sealing: Sealing | None) -> bool:
    return sealing is not None and sealing.is_unseen
