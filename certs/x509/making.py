"""Certificates, written: for the development authority and for tests; production's come from real authorities."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final

from certs.x509 import asn1, extensions
from certs.x509.algorithms import SignatureAlgorithm
from certs.x509.certificate import Certificate, read_certificate
from certs.x509.extensions import Extension, KeyUsage
from certs.x509.names import Name
from certs.x509.private_key import PrivateKey, public_half, sign_with
from certs.x509.public_key import PublicKey

_VERSION_3: Final = 2
_KEY_ID_BYTES: Final = 20
_SERIAL_BITS: Final = 126


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a certificate is to say.

    Attributes:
        extensions: by object identifier, in this order.
        serial: a random number of 126 bits by default.
    """

    subject: Name
    public_key: PublicKey
    not_before: datetime
    not_after: datetime
    extensions: Mapping[str, Extension]
    serial: int = field(default_factory=lambda: secrets.randbits(_SERIAL_BITS) + 1)


def sign_certificate(
    draft: Draft, issuer: Name, key: PrivateKey, algorithm: SignatureAlgorithm | None = None
) -> Certificate:
    """The certificate of a draft, issued in this name by this key."""
    chosen = algorithm or usual_algorithm(key)
    tbs = asn1.sequence(
        asn1.explicit(0, asn1.integer(_VERSION_3)),
        asn1.integer(draft.serial),
        chosen.identifier,
        issuer.der,
        asn1.sequence(asn1.time(draft.not_before), asn1.time(draft.not_after)),
        draft.subject.der,
        draft.public_key.spki,
        asn1.explicit(3, asn1.sequence(*written_extensions(draft.extensions))),
    )
    return read_certificate(signed(tbs, key, chosen))


def signed(tbs: bytes, key: PrivateKey, algorithm: SignatureAlgorithm) -> bytes:
    """``SEQUENCE {tbs, algorithm, signature}``: the form of certificates, lists and OCSP responses."""
    digest = public_half(key).message_digest(tbs, algorithm.hash)
    return asn1.sequence(tbs, algorithm.identifier, asn1.bits(sign_with(key, digest, algorithm)))


def usual_algorithm(key: PrivateKey) -> SignatureAlgorithm:
    """What this key signs by unless something else was agreed."""
    return SignatureAlgorithm.usual(public_half(key).algorithm)


def written_extensions(found: Mapping[str, Extension]) -> list[bytes]:
    """Extensions as they stand in certificates and lists."""
    return [
        asn1.sequence(
            asn1.oid(kind),
            asn1.boolean(value=True) if one.critical else b"",
            asn1.element(asn1.OCTET_STRING, one.value),
        )
        for kind, one in found.items()
    ]


def key_id(key: PublicKey) -> bytes:
    """A name for a key: the first 20 bytes of the SHA-256 of its SubjectPublicKeyInfo (RFC 7093, method 4)."""
    return sha256(key.spki).digest()[:_KEY_ID_BYTES]


def key_usage(*usages: KeyUsage) -> Extension:
    """What the key may be used for."""
    return Extension(critical=True, value=asn1.named_bits(frozenset(usage.value for usage in usages)))


def basic_constraints(*, authority: bool, path_length: int | None = None) -> Extension:
    """Whether it is an authority's, and how many may follow below it."""
    length = b"" if path_length is None else asn1.integer(path_length)
    return Extension(critical=True, value=asn1.sequence(asn1.boolean(value=True) if authority else b"", length))


def extended_usage(*usages: str, critical: bool = False) -> Extension:
    """What the certificate is for, by object identifiers."""
    return Extension(critical, asn1.sequence(*(asn1.oid(usage) for usage in usages)))


def subject_key_id(key: PublicKey) -> Extension:
    """The name of the certificate's own key."""
    return Extension(critical=False, value=asn1.octets(key_id(key)))


def authority_key_id(key: PublicKey) -> Extension:
    """The name of the issuer's key."""
    return Extension(critical=False, value=asn1.sequence(asn1.element(0x80, key_id(key))))


def crl_points(*addresses: str) -> Extension:
    """Where the issuer's list is published."""
    names = [asn1.element(0x86, address.encode("ascii")) for address in addresses]
    points = [asn1.sequence(asn1.explicit(0, asn1.explicit(0, name))) for name in names]
    return Extension(critical=False, value=asn1.sequence(*points))


def ocsp_access(*addresses: str) -> Extension:
    """What answers whether the certificate is revoked."""
    descriptions = [
        asn1.sequence(asn1.oid(extensions.OCSP_ACCESS), asn1.element(0x86, address.encode("ascii")))
        for address in addresses
    ]
    return Extension(critical=False, value=asn1.sequence(*descriptions))


def no_check() -> Extension:
    """An OCSP responder's own certificate is not looked up."""
    return Extension(critical=False, value=asn1.null())
