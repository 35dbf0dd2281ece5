"""Certificates (RFC 5280; GB/T 20518 has the same form): read once, strictly, into values."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final, TypeVar

from certs.sm import der, sm3
from certs.x509 import asn1, extensions
from certs.x509.algorithms import SignatureAlgorithm, read_algorithm
from certs.x509.asn1 import DerInvalid, Reader
from certs.x509.errors import CertificateInvalid
from certs.x509.extensions import Extension, KeyUsage
from certs.x509.names import Name
from certs.x509.pem import read_blocks
from certs.x509.public_key import PublicKey

LONGEST_CERTIFICATE: Final = 65_536
"""Bytes of a certificate, in DER, at most."""

LONGEST_BUNDLE: Final = 4_194_304
"""Bytes of a file with several certificates at most."""

MOST_CERTIFICATES: Final = 1_000
T = TypeVar("T")
D = TypeVar("D")
_LABELS = ("CERTIFICATE", "X509 CERTIFICATE")
_VERSION_3 = 2
_LONGEST_SERIAL = 64


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as it was read; equal to another of the same bytes. That it was read says nothing about trust.

    Attributes:
        der: all of it.
        tbs: the part that is signed, as it stands.
        subject_name, issuer_name: whose it is, and who says so.
        serial: the issuer's number for it; may be negative in old ones.
        not_before, not_after: the first and last second at which it is in force, in UTC.
        signature_oid: the signature's algorithm as the certificate names it.
        signature_algorithm: the same, None if it is not known here.
        signature: the signature's bytes.
        extensions: by object identifier.
        key_usage: None if the certificate leaves it open.
        usages: the extended key usages; None if it leaves them open.
        is_authority: whether it may issue others.
        path_length: how many authorities may follow below it; None if any number.
        subject_key_id, authority_key_id: names of its key and of its issuer's key, if it gives them.
        crl_addresses, ocsp_addresses: where its issuer publishes what was revoked.
    """

    der: bytes
    tbs: bytes = field(repr=False, compare=False)
    subject_name: Name = field(repr=False, compare=False)
    issuer_name: Name = field(repr=False, compare=False)
    serial: int = field(compare=False)
    not_before: datetime = field(compare=False)
    not_after: datetime = field(compare=False)
    public_key: PublicKey = field(repr=False, compare=False)
    signature_oid: str = field(compare=False)
    signature_algorithm: SignatureAlgorithm | None = field(compare=False)
    signature: bytes = field(repr=False, compare=False)
    extensions: Mapping[str, Extension] = field(repr=False, compare=False)
    key_usage: frozenset[KeyUsage] | None = field(repr=False, compare=False)
    usages: frozenset[str] | None = field(repr=False, compare=False)
    is_authority: bool = field(repr=False, compare=False)
    path_length: int | None = field(repr=False, compare=False)
    subject_key_id: bytes | None = field(repr=False, compare=False)
    authority_key_id: bytes | None = field(repr=False, compare=False)
    crl_addresses: tuple[str, ...] = field(repr=False, compare=False)
    ocsp_addresses: tuple[str, ...] = field(repr=False, compare=False)

    def __repr__(self) -> str:
        return f"<Certificate {self.fingerprint_sha256.hex()[:16]}>"

    @property
    def subject(self) -> str:
        """Whose it is, as RFC 4514 writes it."""
        return self.subject_name.text

    @property
    def issuer(self) -> str:
        """Who issued it, as RFC 4514 writes it."""
        return self.issuer_name.text

    @property
    def fingerprint_sha256(self) -> bytes:
        """The SHA-256 of all of it."""
        return hashlib.sha256(self.der).digest()

    @property
    def fingerprint_sm3(self) -> bytes:
        """The SM3 of all of it."""
        return sm3(self.der)

    @property
    def is_self_issued(self) -> bool:
        """Whether subject and issuer are the same."""
        return self.subject_name.canonical == self.issuer_name.canonical

    def in_force(self, at: datetime) -> bool:
        """Whether ``at`` lies within its period."""
        return self.not_before <= at <= self.not_after

    def to_pem(self) -> str:
        """It between ``BEGIN CERTIFICATE`` and its end."""
        return der.write_pem(_LABELS[0], self.der)


def read_certificate(data: bytes) -> Certificate:
    """Read one certificate, DER, or PEM with exactly one in it.

    Raises:
        CertificateInvalid: it is none, is too long, breaks the rules of its form, or there are several.
        CertificateUnsupported: its key is of a kind that is not known here.
    """
    if data[:1] == bytes([asn1.SEQUENCE]):
        return _read(data)
    blocks = _blocks(data)
    if len(blocks) != 1:
        raise CertificateInvalid(f"there are {len(blocks)} certificates where there should be one")
    return _read(blocks[0])


def read_certificates(data: bytes) -> Sequence[Certificate]:
    """Read the certificates of a file: one in DER, or any number up to 1,000 in PEM.

    Raises:
        CertificateInvalid: as read_certificate, or there are none or too many.
    """
    if data[:1] == bytes([asn1.SEQUENCE]):
        return (_read(data),)
    return tuple(_read(block) for block in _blocks(data))


def _blocks(data: bytes) -> Sequence[bytes]:
    try:
        return read_blocks(data, _LABELS, longest=LONGEST_BUNDLE, most=MOST_CERTIFICATES)
    except DerInvalid as error:
        raise CertificateInvalid(f"this is no certificate in DER or PEM: {error}") from None


@lru_cache(maxsize=256)
def _read(data: bytes) -> Certificate:
    """Read DER; what was read lately is kept, for the same authorities and signers come with every document."""
    if len(data) > LONGEST_CERTIFICATE:
        raise CertificateInvalid(f"a certificate is longer than {LONGEST_CERTIFICATE} bytes")
    try:
        outside = Reader(data)
        whole = outside.inside()
        outside.end()
        tbs = whole.raw(asn1.SEQUENCE)
        identifier = whole.raw(asn1.SEQUENCE)
        signature = whole.bits()
        whole.end()
        return _read_signed(data, tbs, identifier, signature)
    except DerInvalid as error:
        raise CertificateInvalid(f"this is no certificate: {error}") from None


def _read_signed(data: bytes, tbs: bytes, identifier: bytes, signature: bytes) -> Certificate:
    inside = Reader(tbs).inside()
    version = _version(inside)
    serial = inside.signed()
    if inside.raw(asn1.SEQUENCE) != identifier:
        raise CertificateInvalid("a certificate names two signature algorithms")
    signature_oid, algorithm = read_algorithm(identifier)
    issuer = Name.read(inside.raw(asn1.SEQUENCE))
    period = inside.inside()
    not_before, not_after = period.time(), period.time()
    period.end()
    subject = Name.read(inside.raw(asn1.SEQUENCE))
    public_key = PublicKey.read(inside.raw(asn1.SEQUENCE))
    for unique_id in (0x81, 0x82):
        if inside.next_is(unique_id):
            inside.take(unique_id)
    found: Mapping[str, Extension] = {}
    if inside.next_is(0xA3):
        wrapped = inside.inside(0xA3)
        found = extensions.read_extensions(wrapped.inside())
        wrapped.end()
    inside.end()
    if found and version != _VERSION_3:
        raise CertificateInvalid("a certificate with extensions is not of version 3")
    if serial.bit_length() > 8 * _LONGEST_SERIAL or issuer.is_empty:
        raise CertificateInvalid("a certificate has no issuer, or too long a number")
    constraints = _value(found, extensions.BASIC_CONSTRAINTS, extensions.read_basic_constraints, None)
    authority, path_length = constraints or (False, None)
    return Certificate(
        der=data,
        tbs=tbs,
        subject_name=subject,
        issuer_name=issuer,
        serial=serial,
        not_before=not_before,
        not_after=not_after,
        public_key=public_key,
        signature_oid=signature_oid,
        signature_algorithm=algorithm,
        signature=signature,
        extensions=found,
        key_usage=_value(found, extensions.KEY_USAGE, extensions.read_key_usage, None),
        usages=_value(found, extensions.EXTENDED_KEY_USAGE, extensions.read_usages, None),
        is_authority=authority,
        path_length=path_length,
        subject_key_id=_value(found, extensions.SUBJECT_KEY_ID, extensions.read_subject_key_id, None),
        authority_key_id=_value(found, extensions.AUTHORITY_KEY_ID, extensions.read_authority_key_id, None),
        crl_addresses=_value(found, extensions.CRL_POINTS, extensions.read_crl_points, ()),
        ocsp_addresses=_value(found, extensions.AUTHORITY_ACCESS, extensions.read_ocsp_addresses, ()),
    )


def _version(inside: Reader) -> int:
    if not inside.next_is(0xA0):
        return 0
    wrapped = inside.inside(0xA0)
    version = wrapped.unsigned()
    wrapped.end()
    if version > _VERSION_3:
        raise CertificateInvalid("a certificate is of an unknown version")
    return version


def _value(found: Mapping[str, Extension], kind: str, read: Callable[[bytes], T], default: D) -> T | D:
    extension = found.get(kind)
    return default if extension is None else read(extension.value)
