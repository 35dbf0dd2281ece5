"""The development authority: a root, an intermediate below it, and whatever certificates tests and development need.

It exists in memory, or in a folder that is not part of the project; nothing private of it is ever committed. Production
has no use for it: its anchors are files of real authorities.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

from certs.x509 import extensions, making
from certs.x509.algorithms import KeyAlgorithm
from certs.x509.certificate import Certificate, read_certificate
from certs.x509.crl import Reason, Revoked
from certs.x509.extensions import Extension, KeyUsage
from certs.x509.names import Name
from certs.x509.ocsp import Answer, CertificateId, Status, read_ocsp_request
from certs.x509.private_key import PrivateKey, generate_key, key_from_pem, key_to_pem, public_half
from certs.x509.public_key import PublicKey
from certs.x509.revoking import make_crl, make_ocsp_response
from gateway.core.clock import Clock

_NAMES: Final = ("root", "intermediate")
_ORGANISATION: Final = "Yiwang Development"
_AUTHORITY_LIFE: Final = timedelta(days=3_650)
_LIFE: Final = timedelta(days=365)
_LIST_LIFE: Final = timedelta(days=7)
_ANSWER_LIFE: Final = timedelta(days=1)
_MARGIN: Final = timedelta(days=1)


class Profile(StrEnum):
    """What a certificate is for."""

    AUTHORITY = "authority"
    SIGNER = "signer"
    TIMESTAMP = "timestamp"
    OCSP = "ocsp"


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its key.

    Attributes:
        chain: the certificates between it and the root, the nearest first, without the root.
    """

    certificate: Certificate
    key: PrivateKey = field(repr=False)
    chain: tuple[Certificate, ...] = ()

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        """``name.pem`` with the certificate and its chain, ``name.key`` with the key, readable by its owner only."""
        file, secret = folder / f"{name}.pem", folder / f"{name}.key"
        file.write_text("".join(one.to_pem() for one in (self.certificate, *self.chain)), "ascii")
        with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(key_to_pem(self.key))
        return file, secret


class DevelopmentAuthority:
    """An authority of one kind of key: a root, and an intermediate that issues.

    Attributes:
        root: the trust anchor.
        intermediate: what issues, certified by the root.
    """

    def __init__(self, root: Issued, intermediate: Issued, clock: Clock) -> None:
        self.root: Final = root
        self.intermediate: Final = intermediate
        self._clock = clock
        self._lists = 0
        self._responder: Issued | None = None
        self._revoked: dict[object, dict[int, Revoked]] = {
            one.certificate.subject_name.canonical: {} for one in (root, intermediate)
        }

    @classmethod
    def create(cls, clock: Clock, algorithm: KeyAlgorithm = KeyAlgorithm.SM2) -> Self:
        """A new one, in force from a day ago for ten years."""
        names = [
            Name.of(C="CN", O=_ORGANISATION, CN=f"Development {rank} {algorithm}") for rank in ("Root", "Authority")
        ]
        begins = clock.now() - _MARGIN
        period = begins, begins + _AUTHORITY_LIFE
        key, below = generate_key(algorithm), generate_key(algorithm)
        root = Issued(_made(names[0], public_half(key), (names[0], key), Profile.AUTHORITY, period, {}), key)
        only_leaves = {extensions.BASIC_CONSTRAINTS: making.basic_constraints(authority=True, path_length=0)}
        made = _made(names[1], public_half(below), (names[0], key), Profile.AUTHORITY, period, only_leaves)
        return cls(root, Issued(made, below, (made,)), clock)

    @classmethod
    def load(cls, folder: Path, clock: Clock) -> Self:
        """The one that was kept in a folder; what it had revoked is forgotten.

        Raises:
            OSError: a file cannot be read.
            CertificateInvalid: a certificate is none.
            KeyInvalid: a key is none.
        """
        root, intermediate = (_read(folder, name) for name in _NAMES)
        return cls(root, Issued(intermediate.certificate, intermediate.key, (intermediate.certificate,)), clock)

    def write(self, folder: Path) -> None:
        """Keep it in a folder: ``root`` and ``intermediate``, each as ``Issued.write`` does."""
        for name, one in zip(_NAMES, (self.root, self.intermediate), strict=True):
            Issued(one.certificate, one.key).write(folder, name)

    def issue(
        self,
        name: str | Name,
        profile: Profile = Profile.SIGNER,
        *,
        key: PrivateKey | KeyAlgorithm | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        extra: Mapping[str, Extension | None] | None = None,
    ) -> Issued:
        """A certificate with its key; as ``certify``.

        Args:
            name: whose it is.
            profile: what it is for.
            key: the key, or the kind of a new one; by default a new one of the authority's kind.
            not_before: its first second.
            not_after: its last second.
            extra: extensions beside or instead of the profile's.
        """
        if key is None or isinstance(key, KeyAlgorithm):
            key = generate_key(key or self.intermediate.certificate.public_key.algorithm)
        made = self.certify(name, public_half(key), profile, not_before=not_before, not_after=not_after, extra=extra)
        return Issued(made, key, self.intermediate.chain)

    def certify(
        self,
        name: str | Name,
        public_key: PublicKey,
        profile: Profile = Profile.SIGNER,
        *,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        extra: Mapping[str, Extension | None] | None = None,
    ) -> Certificate:
        """A certificate for a key that is somewhere else, in force from yesterday for a year unless said otherwise.

        Args:
            name: a common name, or a whole one.
            public_key: the key.
            profile: what it is for.
            not_before: its first second.
            not_after: its last second.
            extra: extensions beside or instead of the profile's (``certs.x509.making``); None leaves one out.
        """
        subject = Name.of(C="CN", O=_ORGANISATION, CN=name) if isinstance(name, str) else name
        begins = not_before or self._clock.now() - _MARGIN
        period = begins, not_after or begins + _LIFE
        by = self.intermediate.certificate.subject_name, self.intermediate.key
        return _made(subject, public_key, by, profile, period, extra or {})

    def revoke(self, certificate: Certificate, at: datetime | None = None, reason: Reason = Reason.UNSPECIFIED) -> None:
        """Put a certificate on the list of its issuer, the root or the intermediate; now unless said otherwise."""
        entries = self._revoked[certificate.issuer_name.canonical]
        entries[certificate.serial] = Revoked(certificate.serial, at or self._clock.now(), reason)

    def crl(
        self,
        issuer: Issued | None = None,
        this_update: datetime | None = None,
        next_update: datetime | None = None,
        *,
        extra: Mapping[str, Extension] | None = None,
    ) -> bytes:
        """The list of the intermediate, or of the root; made now and good for a week unless said otherwise."""
        by = issuer or self.intermediate
        name = by.certificate.subject_name
        made = this_update or self._clock.now()
        self._lists += 1
        return make_crl(
            name,
            by.key,
            self._revoked[name.canonical].values(),
            made,
            next_update or made + _LIST_LIFE,
            number=self._lists,
            extra=extra,
        )

    def respond(self, request: bytes) -> bytes:
        """The OCSP response to a question about certificates that the intermediate issued, good for a day.

        Raises:
            RevocationUnreadable: it is no question.
        """
        if self._responder is None:
            self._responder = self.issue("Development Responder", Profile.OCSP)
        now = self._clock.now()
        answers = [self._answer(one, now) for one in read_ocsp_request(request)]
        responder = self._responder.certificate
        return make_ocsp_response(responder, self._responder.key, answers, now, certificates=(responder,))

    def _answer(self, about: CertificateId, now: datetime) -> Answer:
        issuer = self.intermediate.certificate
        revoked = self._revoked[issuer.subject_name.canonical].get(about.serial)
        status = Status.GOOD if revoked is None else Status.REVOKED
        if not about.is_by(issuer):
            status, revoked = Status.UNKNOWN, None
        return Answer(about, status, revoked, now, now + _ANSWER_LIFE)


def _read(folder: Path, name: str) -> Issued:
    certificate = read_certificate((folder / f"{name}.pem").read_bytes())
    return Issued(certificate, key_from_pem((folder / f"{name}.key").read_text("ascii")))


def _made(
    subject: Name,
    public: PublicKey,
    issuer: tuple[Name, PrivateKey],
    profile: Profile,
    period: tuple[datetime, datetime],
    extra: Mapping[str, Extension | None],
) -> Certificate:
    found: dict[str, Extension | None] = {
        **_PROFILES[profile],
        extensions.SUBJECT_KEY_ID: making.subject_key_id(public),
        extensions.AUTHORITY_KEY_ID: making.authority_key_id(public_half(issuer[1])),
        **extra,
    }
    draft = making.Draft(
        subject=subject,
        public_key=public,
        not_before=period[0],
        not_after=period[1],
        extensions={kind: one for kind, one in found.items() if one is not None},
    )
    return making.sign_certificate(draft, *issuer)


_SIGNING: Final = {
    extensions.BASIC_CONSTRAINTS: making.basic_constraints(authority=False),
    extensions.KEY_USAGE: making.key_usage(KeyUsage.DIGITAL_SIGNATURE, KeyUsage.CONTENT_COMMITMENT),
}
_PROFILES: Final[Mapping[Profile, Mapping[str, Extension]]] = {
    Profile.AUTHORITY: {
        extensions.BASIC_CONSTRAINTS: making.basic_constraints(authority=True),
        extensions.KEY_USAGE: making.key_usage(KeyUsage.CERTIFICATE_SIGN, KeyUsage.CRL_SIGN),
    },
    Profile.SIGNER: _SIGNING,
    Profile.TIMESTAMP: {
        **_SIGNING,
        extensions.EXTENDED_KEY_USAGE: making.extended_usage(extensions.TIME_STAMPING, critical=True),
    },
    Profile.OCSP: {
        **_SIGNING,
        extensions.EXTENDED_KEY_USAGE: making.extended_usage(extensions.OCSP_SIGNING),
        extensions.NO_CHECK: making.no_check(),
    },
}
