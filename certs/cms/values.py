"""Signed data and those who signed, as they were read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from certs.x509 import Certificate, Hash, Name

Attributes = Mapping[str, Sequence[bytes]]
"""The values of each attribute, DER, by object identifier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerInfo:
    """Who signed, how and what.

    Attributes:
        issuer, serial: of the signer's certificate, if it is named so.
        key_id: of the signer's certificate, if it is named so.
        hash_oid: the digest, as it is named.
        hash: the same, None if it is not known here.
        attributes: what is signed beside the content; None if nothing is.
        signed: the attributes as they were signed.
        algorithm_oid: how it is signed, as it is named.
        unsigned: attributes that nobody signed.
    """

    issuer: Name | None = None
    serial: int | None = None
    key_id: bytes | None = None
    hash_oid: str
    hash: Hash | None
    attributes: Attributes | None = field(repr=False)
    signed: bytes | None = field(repr=False)
    algorithm_oid: str
    signature: bytes = field(repr=False)
    unsigned: Attributes = field(repr=False)

    def is_by(self, certificate: Certificate) -> bool:
        """Whether it names this certificate; that it was made by its key is not said."""
        if self.issuer is None:
            return self.key_id is not None and certificate.subject_key_id == self.key_id
        return certificate.serial == self.serial and certificate.issuer_name.canonical == self.issuer.canonical


@dataclass(frozen=True, slots=True)
class SignedData:
    """Content, who signed it, and certificates that came along.

    Attributes:
        kind: the content's type.
        content: None where it is somewhere else.
        certificates: those that can be read; that they came along says nothing about trust.
        signers: at least one.
        digests: that are used, as they are named.
    """

    der: bytes
    kind: str
    content: bytes | None = field(repr=False, compare=False)
    certificates: tuple[Certificate, ...] = field(repr=False, compare=False)
    signers: tuple[SignerInfo, ...] = field(repr=False, compare=False)
    digests: frozenset[str] = field(repr=False, compare=False)

    def certificate_of(self, signer: SignerInfo, others: Sequence[Certificate] = ()) -> Certificate | None:
        """The signer's certificate, among those inside and these; None if it is not there."""
        return next((one for one in (*self.certificates, *others) if signer.is_by(one)), None)
