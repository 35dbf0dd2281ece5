"""Verify a sealed document that anybody has: each step of the examination against this gateway's trust."""

from gateway.core import problems
from gateway.core.audit.seal_kinds import DOCUMENT_VERIFIED
from gateway.core.call import Call
from gateway.core.errors import Refusal
from gateway.core.seals.verification import Verification
from gateway.core.seals.workshop import Workshop
from gateway.services.auditing import Auditing
from gateway.services.receive_upload import ReceiveUpload
from gateway.services.sealing.documents import Documents


class VerifyDocument:
    """Examines uploads for whoever is signed in."""

    def __init__(self, uploads: ReceiveUpload, documents: Documents, workshop: Workshop, audit: Auditing) -> None:
        self._uploads = uploads
        self._documents = documents
        self._workshop = workshop
        self._audit = audit

    async def __call__(self, upload_id: str, call: Call) -> Verification:
        """What was found.

        Raises:
            Refusal: UNAUTHENTICATED without a person; NOT_FOUND and CONFLICT for the upload; BAD_INPUT for what is no
                document.
        """
        async with self._audit.noting(DOCUMENT_VERIFIED, call) as note:
            if call.caller.person is None:
                raise Refusal(problems.PERSON_MISSING)
            upload = await self._uploads.find_complete(upload_id, call.caller)
            note.about("file", upload.id)
            async with self._documents.folder.room() as room:
                path = room / "document"
                await self._documents.fetch_upload(upload, path)
                verification = await self._workshop.examine(path)
            note.says(sha256=upload.sha256 or "", result=verification.verdict.value)
            return verification
