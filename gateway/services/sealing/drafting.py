"""Sealings as they begin: what of a request is kept."""

import secrets
from datetime import datetime

import msgspec

from gateway.core import problems
from gateway.core.audit.events import UseReference
from gateway.core.call import Call
from gateway.core.caller import Caller, Person
from gateway.core.errors import Refusal
from gateway.core.files import File
from gateway.core.seals.register import RegisteredSeal
from gateway.core.seals.sealing import Document, Sealing
from gateway.core.use import Use
from gateway.services.sealing.asking import DocumentRequest, SealRequest, digest_of

_ID_BYTES = 18


def new_id() -> str:
    """An id that nobody guesses."""
    return secrets.token_urlsafe(_ID_BYTES)


def kept(caller: Caller) -> Caller:
    """The caller as rules and log need him: without name and document."""
    person = caller.person
    assert person is not None, "seals are asked for, approved and settled by persons"
    return Caller(
        caller.application,
        Person(
            subject=person.subject,
            role=person.role,
            name="",
            account=person.account,
            body=person.body,
            body_name=person.body_name,
            post=person.post,
            region=person.region,
        ),
    )


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What all sealings of a request have in common."""

    request: SealRequest
    use: Use
    reference: str
    seal: RegisteredSeal
    call: Call
    at: datetime
    batch: str | None

    def sealing(self, asked: DocumentRequest, upload: File, media_type: str) -> Sealing:
        """The first version of one of them."""
        use, seal = self.use, self.seal
        sha256 = digest(upload)
        return Sealing(
            id=new_id(),
            key=asked.key,
            request=digest_of(self.request, use, sha256),
            caller=kept(self.call.caller),
            request_id=self.call.request_id,
            seal=seal.id,
            seal_version=seal.version,
            seal_number=seal.number,
            use=UseReference(
                reference=self.reference, basis=use.basis, item=use.item, case=use.case or use.application
            ),
            place=self.request.place,
            input=Document(file=upload.id, name=upload.name, media_type=media_type, bytes=upload.bytes, sha256=sha256),
            requested_at=self.at,
            changed_at=self.at,
            callback=new_id(),
            batch=self.batch,
            platform=seal.route.platform,
            two_person=seal.two_person,
        )


def digest(upload: File) -> str:
    """The SHA-256 of an upload.

    Raises:
        Refusal: CONFLICT before its bytes have been sent.
    """
    if not upload.is_complete or upload.sha256 is None:
        raise Refusal(problems.UPLOAD_INCOMPLETE, "input.file")
    return upload.sha256


def verify_same(there: Sealing, request: SealRequest, use: Use, asked: DocumentRequest, upload: File | None) -> None:
    """The sealing of a key stands for this request; its upload may be gone by now.

    Raises:
        Refusal: CONFLICT, it stands for another one; NOT_FOUND, another upload is named that is not there.
    """
    if asked.upload == there.input.file:
        sha256 = there.input.sha256
    elif upload is not None:
        sha256 = digest(upload)
    else:
        raise Refusal(problems.UPLOAD_UNKNOWN, "input.file")
    if digest_of(request, use, sha256) != there.request:
        raise Refusal(problems.SEALING_KEY_TAKEN, "input.idempotencyKey")
