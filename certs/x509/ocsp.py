"""Questions and answers on single certificates (OCSP, RFC 6960)."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from certs.sm import SignatureInvalid, sm3
from certs.x509 import asn1, extensions
from certs.x509.algorithms import SignatureAlgorithm, read_algorithm
from certs.x509.asn1 import DerInvalid, Reader
from certs.x509.certificate import Certificate, read_certificate
from certs.x509.crl import Reason, Revoked, read_reason
from certs.x509.errors import CertificateInvalid, RevocationUnreadable

LONGEST_RESPONSE: Final = 65_536
"""Bytes of a response at most."""

BASIC: Final = "1.3.6.1.5.5.7.48.1.1"
_SHA1: Final = "1.3.14.3.2.26"
_MOST_ANSWERS = 64
_MOST_CERTIFICATES = 8


def _sha1(data: bytes) -> bytes:
    # it only tells certificates apart; the answer's signature is of another digest, and most responders know no other
    return hashlib.sha1(data, usedforsecurity=False).digest()


_DIGESTS: Final[dict[str, Callable[[bytes], bytes]]] = {
    _SHA1: _sha1,
    "2.16.840.1.101.3.4.2.1": lambda data: hashlib.sha256(data).digest(),
    "1.2.156.10197.1.401": sm3,
}


class Status(StrEnum):
    """What a responder says of a certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


_STATUSES: Final = {0x80: Status.GOOD, 0xA1: Status.REVOKED, 0x82: Status.UNKNOWN}


@dataclass(frozen=True, slots=True)
class CertificateId:
    """Which certificate is asked about: its number, and digests of its issuer's name and key."""

    digest: str
    issuer_name: bytes
    issuer_key: bytes
    serial: int

    @classmethod
    def of(cls, certificate: Certificate, issuer: Certificate, digest: str = _SHA1) -> "CertificateId":
        """The id of a certificate; the digest by its object identifier."""
        compute = _DIGESTS[digest]
        return cls(digest, compute(certificate.issuer_name.der), compute(key_bytes(issuer)), certificate.serial)

    @classmethod
    def read(cls, inside: Reader) -> "CertificateId":
        """Read the content of a CertID."""
        algorithm = inside.inside()
        digest = algorithm.oid()
        name, key = inside.take(asn1.OCTET_STRING), inside.take(asn1.OCTET_STRING)
        serial = inside.signed()
        inside.end()
        return cls(digest, name, key, serial)

    def is_by(self, issuer: Certificate) -> bool:
        """Whether it names this issuer."""
        compute = _DIGESTS.get(self.digest)
        return compute is not None and (self.issuer_name, self.issuer_key) == (
            compute(issuer.subject_name.der),
            compute(key_bytes(issuer)),
        )

    def is_of(self, certificate: Certificate, issuer: Certificate) -> bool:
        """Whether it is this certificate's."""
        return self.serial == certificate.serial and self.is_by(issuer)

    def to_der(self) -> bytes:
        """It as a CertID."""
        return asn1.sequence(
            asn1.sequence(asn1.oid(self.digest), asn1.null()),
            asn1.octets(self.issuer_name),
            asn1.octets(self.issuer_key),
            asn1.integer(self.serial),
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a responder says of one certificate.

    Attributes:
        revoked: when and why, if it was.
        this_update: for when this is known to be right.
        next_update: until when it can be relied on; None if it does not say.
    """

    id: CertificateId
    status: Status
    revoked: Revoked | None
    this_update: datetime
    next_update: datetime | None


@dataclass(frozen=True, slots=True)
class OcspResponse:
    """A response as it was read. That it was read says nothing about who wrote it: ``verify`` does."""

    der: bytes = field(repr=False)
    tbs: bytes = field(repr=False, compare=False)
    responder: bytes = field(repr=False, compare=False)
    produced_at: datetime = field(compare=False)
    answers: tuple[Answer, ...] = field(compare=False)
    algorithm: SignatureAlgorithm = field(compare=False)
    signature: bytes = field(repr=False, compare=False)
    certificates: tuple[Certificate, ...] = field(repr=False, compare=False)

    def find(self, certificate: Certificate, issuer: Certificate) -> Answer | None:
        """The answer on this certificate."""
        return next((answer for answer in self.answers if answer.id.is_of(certificate, issuer)), None)

    def verify(self, issuer: Certificate) -> None:
        """Verify that it is by ``issuer``, or by a responder that ``issuer`` itself certified for this.

        Such a responder's certificate was in force when the response was made, and says that it is not looked up.

        Raises:
            SignatureInvalid: it is by somebody else, or does not hold.
        """
        for signer in (issuer, *self.certificates):
            if self._is_by(signer) and (signer == issuer or self._is_delegate(signer, issuer)):
                if self.algorithm.key is not signer.public_key.algorithm:
                    raise SignatureInvalid
                signer.public_key.verify(self.signature, self.tbs, self.algorithm.hash)
                return
        raise SignatureInvalid

    def _is_by(self, signer: Certificate) -> bool:
        by_key = asn1.explicit(2, asn1.octets(_sha1(key_bytes(signer))))
        return self.responder in {by_key, asn1.explicit(1, signer.subject_name.der)}

    def _is_delegate(self, signer: Certificate, issuer: Certificate) -> bool:
        algorithm = signer.signature_algorithm
        if (
            algorithm is None
            or algorithm.key is not issuer.public_key.algorithm
            or signer.issuer_name.canonical != issuer.subject_name.canonical
            or extensions.OCSP_SIGNING not in (signer.usages or ())
            or extensions.NO_CHECK not in signer.extensions
            or not signer.in_force(self.produced_at)
        ):
            return False
        issuer.public_key.verify(signer.signature, signer.tbs, algorithm.hash)
        return True


def ocsp_request(certificate: Certificate, issuer: Certificate) -> bytes:
    """The question whether a certificate is revoked, DER."""
    one = asn1.sequence(CertificateId.of(certificate, issuer).to_der())
    return asn1.sequence(asn1.sequence(asn1.sequence(one)))


def read_ocsp_request(data: bytes) -> Sequence[CertificateId]:
    """The certificates that a question is about.

    Raises:
        RevocationUnreadable: it is none, or asks about more than 64.
    """
    try:
        outside = Reader(data)
        whole = outside.inside()
        outside.end()
        inside = whole.inside()
        for tag in (0xA0, 0xA1):
            if inside.next_is(tag):
                inside.take(tag)
        questions = inside.inside()
        found: list[CertificateId] = []
        while questions.more and len(found) < _MOST_ANSWERS:
            found.append(CertificateId.read(questions.inside().inside()))
        questions.end()
    except DerInvalid as error:
        raise RevocationUnreadable(f"this is no OCSP request: {error}") from None
    return found


def read_ocsp_response(data: bytes) -> OcspResponse:
    """Read a response.

    Raises:
        RevocationUnreadable: it is none, too long, says that the responder cannot answer, or is signed in a way that
            is not known or can be forged.
    """
    if len(data) > LONGEST_RESPONSE:
        raise RevocationUnreadable(f"an OCSP response is longer than {LONGEST_RESPONSE} bytes")
    try:
        outside = Reader(data)
        whole = outside.inside()
        outside.end()
        if whole.take(asn1.ENUMERATED) != b"\0":
            raise RevocationUnreadable("the OCSP responder cannot answer")
        wrapped = whole.inside(0xA0).inside()
        if wrapped.oid() != BASIC:
            raise RevocationUnreadable("an OCSP response is of a kind that is not known")
        return _read(data, wrapped.inside(asn1.OCTET_STRING))
    except (DerInvalid, CertificateInvalid) as error:
        raise RevocationUnreadable(f"this is no OCSP response: {error}") from None


def key_bytes(certificate: Certificate) -> bytes:
    """The public key without its algorithm, by whose digest OCSP names keys."""
    inside = Reader(certificate.public_key.spki).inside()
    inside.take(asn1.SEQUENCE)
    return inside.bits()


def _read(data: bytes, outside: Reader) -> OcspResponse:
    whole = outside.inside()
    outside.end()
    tbs = whole.raw(asn1.SEQUENCE)
    _, algorithm = read_algorithm(whole.raw(asn1.SEQUENCE))
    if algorithm is None:
        raise RevocationUnreadable("an OCSP response is signed by an algorithm that is not known or can be forged")
    signature = whole.bits()
    certificates: list[Certificate] = []
    if whole.next_is(0xA0):
        brought = whole.inside(0xA0).inside()
        while brought.more and len(certificates) < _MOST_CERTIFICATES:
            certificates.append(read_certificate(brought.raw()))
    whole.end()
    inside = Reader(tbs).inside()
    if inside.next_is(0xA0):
        raise DerInvalid("its version is not known")
    responder, produced_at = inside.raw(), inside.time()
    answers: list[Answer] = []
    listed = inside.inside()
    while listed.more and len(answers) < _MOST_ANSWERS:
        answers.append(_answer(listed.inside()))
    _refuse_demands(inside, 0xA1)
    return OcspResponse(data, tbs, responder, produced_at, tuple(answers), algorithm, signature, tuple(certificates))


def _answer(inside: Reader) -> Answer:
    about = CertificateId.read(inside.inside())
    status = _STATUSES.get(inside.tag)
    if status is None:
        raise DerInvalid("it gives an unknown status")
    content = Reader(inside.take(inside.tag))
    revoked = None
    if status is Status.REVOKED:
        at = content.time()
        reason = content.inside(0xA0) if content.more else None
        revoked = Revoked(about.serial, at, Reason.UNSPECIFIED if reason is None else read_reason(reason))
    this_update = inside.time()
    next_update = inside.inside(0xA0).time() if inside.next_is(0xA0) else None
    _refuse_demands(inside, 0xA1)
    return Answer(about, status, revoked, this_update, next_update)


def _refuse_demands(inside: Reader, tag: int) -> None:
    """Read extensions, none of which may be critical: none is known here."""
    if inside.next_is(tag):
        found = extensions.read_extensions(inside.inside(tag).inside())
        if any(one.critical for one in found.values()):
            raise DerInvalid("it demands an extension that is not known")
    inside.end()
