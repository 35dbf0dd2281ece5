"""Documents are taken in hand: in the folder, opened, told what they are, counted, and allowed to get their seal."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from gateway.core.errors import Refusal
from gateway.core.seals.register import RegisteredSeal
from gateway.core.seals.sealing import Sealing
from gateway.core.seals.workshop import Counted
from gateway.core.tasks import Claim
from gateway.services.sealing.tools import Job, Tools

Found = tuple[Claim, Sealing, RegisteredSeal]
"""A task, what it is about, and the seal as it is in the register now."""


class Preparing:
    """Takes documents in hand."""

    def __init__(self, tools: Tools) -> None:
        self._documents = tools.documents
        self._workshop = tools.workshop
        self._rights = tools.rights

    async def __call__(self, jobs: Sequence[Job]) -> list[Job | Refusal]:
        """Each with its document, what that is, and the right to the seal as it is at this moment; or why not.

        Raises:
            OSError: a document cannot be worked on now.
        """
        small = await self._documents.fetch_small([(job.sealing, job.source) for job in jobs])
        fetched = [None if job.sealing.id in small else await self._fetched(job) for job in jobs]
        there = [job.source for job, refusal in zip(jobs, fetched, strict=True) if refusal is None]
        counted = iter(await self._workshop.pages_of(there))
        return [refusal or self._permitted(job, next(counted)) for job, refusal in zip(jobs, fetched, strict=True)]

    async def _fetched(self, job: Job) -> Refusal | None:
        """Why its document is not there."""
        try:
            await self._documents.fetch(job.sealing, job.source)
        except Refusal as refusal:
            return refusal
        return None

    def _permitted(self, job: Job, counted: Counted | Refusal) -> Job | Refusal:
        if isinstance(counted, Refusal):
            return counted
        sealing = job.sealing
        try:
            self._rights.permit(job.seal, sealing.caller, sealing.use.item, counted.media_type, counted.pages)
        except Refusal as refusal:
            return refusal
        return msgspec.structs.replace(job, media_type=counted.media_type, pages=counted.pages, held=counted.held)


def jobs_of(bundle: Sequence[Found], room: Path, began: datetime) -> list[Job]:
    """The documents of a group in hand, each with its place in the room."""
    return [
        Job(claim=claim, sealing=sealing, seal=seal, room=room, began=began, place=place)
        for place, (claim, sealing, seal) in enumerate(bundle)
    ]


def bundles(found: Sequence[Found], most_bytes: int) -> Iterator[list[Found]]:
    """Groups of so many bytes at the most that are in the folder at a time; a larger document goes alone."""
    bundle: list[Found] = []
    size = 0
    for one in found:
        taken = one[1].input.bytes
        if bundle and size + taken > most_bytes:
            yield bundle
            bundle, size = [], 0
        bundle.append(one)
        size += taken
    if bundle:
        yield bundle
