"""Seal documents: what is asked for is checked and written down with its tasks; whoever has hands free then does it."""

from collections.abc import Mapping, Sequence

import msgspec

from gateway.core import problems
from gateway.core.audit.seal_kinds import SEAL_ASKED, SEAL_REQUESTED
from gateway.core.call import Call
from gateway.core.clock import Clock
from gateway.core.errors import Refusal
from gateway.core.files import File, FileStore, Owner, Purpose
from gateway.core.records import Also
from gateway.core.seals.register import RegisteredSeal
from gateway.core.seals.sealing import Sealing
from gateway.core.seals.sealings import SealingStore
from gateway.core.tasks import NewTask, TaskStore
from gateway.core.use import Use
from gateway.services.auditing import Auditing
from gateway.services.live_use import LiveUse
from gateway.services.sealing.asking import DocumentRequest, SealRequest, field_of, verify_documents
from gateway.services.sealing.documents import Documents
from gateway.services.sealing.drafting import Draft, new_id, verify_same
from gateway.services.sealing.pace import KIND_HERE, KIND_PLATFORM, KIND_PREPARE, Pace
from gateway.services.sealing.seal_log import SealLog
from gateway.services.sealing.seal_rights import SealRights

MOST_GOING = 20_000
"""Sealings of one caller that have not ended."""
_TOGETHER = 500
"""Sealings that are written in one transaction."""


class Batch(msgspec.Struct, frozen=True):
    """What came of a request: the sealings in the order of its documents, and the batch's id if there are many."""

    id: str | None
    sealings: Sequence[Sealing]


class Counter(msgspec.Struct, frozen=True):
    """Where requests are taken: the stores of sealings, tasks and files, who may do what, and the log."""

    sealings: SealingStore
    tasks: TaskStore
    files: FileStore
    documents: Documents
    rights: SealRights
    log: SealLog
    clock: Clock
    pace: Pace
    audit: Auditing

    def tasks_for(self, sealings: Sequence[Sealing]) -> Also:
        """Have them sealed; those that somebody has to approve are prepared for that first."""
        return self.tasks.adding(
            [
                NewTask(kind=kind_of(one), key=one.id, subject=one.id, due_at=one.changed_at, group=one.batch)
                for one in sealings
            ]
        )


class SealDocuments:
    """Takes requests. The same key with the same request gives the same sealing, however often it is sent."""

    def __init__(self, counter: Counter, uses: LiveUse) -> None:
        self._counter = counter
        self._uses = uses

    async def __call__(self, request: SealRequest, call: Call) -> Batch:
        """The sealings, old and new.

        Raises:
            Refusal: FORBIDDEN without an open use or for a seal that the caller may not use, NOT_FOUND for the seal or
                an upload, BAD_INPUT for keys, CONFLICT for an upload that is not complete or a key that stands for
                another request, LIMIT if too many have not ended. What was taken before that stays.
        """
        async with self._counter.audit.noting(SEAL_ASKED, call) as note:
            verify_documents(request.documents, "input.documents")
            use = await self._uses(request.use, call)
            note.under(use)
            note.counts(len(request.documents))
            return await self._taken(request, use, call)

    async def _taken(self, request: SealRequest, use: Use, call: Call) -> Batch:
        counter, owner = self._counter, Owner.of(call.caller)
        there = dict(await counter.sealings.of_keys(owner, [one.key for one in request.documents]))
        ids = sorted({one.upload for one in request.documents})
        uploads = await counter.files.find_all(ids, Purpose.UPLOAD, owner, counter.clock.now())
        for one in request.documents:
            if one.key in there:
                verify_same(there[one.key], request, use, one, uploads.get(one.upload))
        new = [one for one in request.documents if one.key not in there]
        if new:
            seal = await counter.rights.find(request.seal)
            draft = Draft(
                request=request,
                use=use,
                reference=counter.log.use_reference(use),
                seal=seal,
                call=call,
                at=counter.clock.now(),
                batch=new_id() if len(request.documents) > 1 else None,
            )
            made = await self._made(draft, seal, new, uploads)
            for begin in range(0, len(new), _TOGETHER):
                there |= await self._added(draft, new[begin : begin + _TOGETHER], made, uploads)
        sealings = [there[one.key] for one in request.documents]
        return Batch(sealings[0].batch, sealings)

    async def _made(
        self, draft: Draft, seal: RegisteredSeal, documents: Sequence[DocumentRequest], uploads: Mapping[str, File]
    ) -> dict[str, Sealing]:
        """The new sealings by key, all of which may be done."""
        made: dict[str, Sealing] = {}
        allowed: set[str] = set()
        asked = draft.request.documents
        places = {one.key: place for place, one in enumerate(asked)}
        for one in documents:
            upload = uploads.get(one.upload)
            field = field_of(asked, places[one.key], "file")
            if upload is None:
                raise Refusal(problems.UPLOAD_UNKNOWN, field)
            if not upload.is_complete:
                raise Refusal(problems.UPLOAD_INCOMPLETE, field)
            media_type = await self._counter.documents.media_type(upload)
            if media_type not in allowed:
                self._counter.rights.permit(seal, draft.call.caller, draft.use.item, media_type)
                allowed.add(media_type)
            made[one.key] = draft.sealing(one, upload, media_type)
        return made

    async def _added(
        self,
        draft: Draft,
        documents: Sequence[DocumentRequest],
        made: Mapping[str, Sealing],
        uploads: Mapping[str, File],
    ) -> dict[str, Sealing]:
        counter = self._counter
        found = await counter.sealings.add([made[one.key] for one in documents], MOST_GOING, self._also)
        if found is None:
            raise Refusal(problems.SEALINGS_TOO_MANY, limit=MOST_GOING)
        for one, sealing in zip(documents, found, strict=True):
            if sealing.id != made[one.key].id:  # somebody was faster with the same key
                verify_same(sealing, draft.request, draft.use, one, uploads.get(one.upload))
        return {one.key: one for one in found}

    def _also(self, added: Sequence[Sealing]) -> Sequence[Also]:
        counter = self._counter
        until = counter.clock.now() + counter.pace.kept
        return (
            counter.tasks_for(added),
            counter.documents.hold(list(added), until),
            counter.log.lines(SEAL_REQUESTED, list(added)),
        )


def kind_of(sealing: Sealing) -> str:
    """The kind of task that prepares it, or seals it as its seal's route was when it was asked for."""
    if sealing.is_unapproved:
        return KIND_PREPARE
    return KIND_HERE if sealing.platform is None else KIND_PLATFORM
