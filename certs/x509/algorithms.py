"""Digests, kinds of keys and signature algorithms, with the identifiers by which certificates name them."""

import hashlib
from enum import StrEnum
from typing import Final

from cryptography.hazmat.primitives import hashes

from certs.sm import sm3
from certs.x509 import asn1
from certs.x509.asn1 import DerInvalid, Reader


class KeyAlgorithm(StrEnum):
    """What a key is for."""

    SM2 = "SM2"
    RSA = "RSA"
    EC = "EC"


class Hash(StrEnum):
    """A digest that signatures may be made of."""

    SM3 = "SM3"
    SHA256 = "SHA256"
    SHA384 = "SHA384"
    SHA512 = "SHA512"

    @property
    def oid(self) -> str:
        """Its object identifier."""
        return _HASH_OIDS[self]

    @property
    def identifier(self) -> bytes:
        """Its AlgorithmIdentifier; SM3 and the SHA-2 family are written without parameters (RFC 5754)."""
        return asn1.sequence(asn1.oid(self.oid))

    @property
    def size(self) -> int:
        """Bytes of a digest."""
        return self.primitive.digest_size

    @property
    def primitive(self) -> hashes.HashAlgorithm:
        """What cryptography calls it."""
        return _PRIMITIVES[self]

    def digest(self, data: bytes) -> bytes:
        """The digest of ``data``."""
        return sm3(data) if self is Hash.SM3 else hashlib.new(self.value, data, usedforsecurity=True).digest()

    @classmethod
    def named(cls, dotted: str) -> "Hash | None":
        """The digest of this object identifier; None if it is not one of these."""
        return _HASHES.get(dotted)


class SignatureAlgorithm(StrEnum):
    """How a signature is made: with which kind of key, over which digest."""

    SM2_SM3 = "SM2_SM3"
    RSA_SHA256 = "RSA_SHA256"
    RSA_SHA384 = "RSA_SHA384"
    RSA_SHA512 = "RSA_SHA512"
    ECDSA_SHA256 = "ECDSA_SHA256"
    ECDSA_SHA384 = "ECDSA_SHA384"
    ECDSA_SHA512 = "ECDSA_SHA512"

    @property
    def oid(self) -> str:
        """Its object identifier."""
        return _SIGNATURE_OIDS[self]

    @property
    def hash(self) -> Hash:
        """Its digest."""
        return Hash(self.value.partition("_")[2])

    @property
    def key(self) -> KeyAlgorithm:
        """The kind of key that makes it."""
        return _KEYS[self.value.partition("_")[0]]

    @property
    def identifier(self) -> bytes:
        """Its AlgorithmIdentifier: with a NULL for RSA, without parameters for the others."""
        parameters = asn1.null() if self.key is KeyAlgorithm.RSA else b""
        return asn1.sequence(asn1.oid(self.oid), parameters)

    @classmethod
    def usual(cls, key: KeyAlgorithm) -> "SignatureAlgorithm":
        """What a key of this kind makes unless something else was agreed."""
        return _USUAL[key]


WEAK: Final = frozenset(
    {
        "1.2.840.113549.1.1.2",  # MD2 with RSA
        "1.2.840.113549.1.1.3",  # MD4 with RSA
        "1.2.840.113549.1.1.4",  # MD5 with RSA
        "1.2.840.113549.1.1.5",  # SHA-1 with RSA
        "1.3.14.3.2.29",  # SHA-1 with RSA, the older name
        "1.2.840.10045.4.1",  # SHA-1 with ECDSA
        "1.2.840.10040.4.3",  # SHA-1 with DSA
        "1.3.14.3.2.26",  # SHA-1
        "1.2.840.113549.2.5",  # MD5
    }
)
"""Signature algorithms and digests that can be forged."""

_HASH_OIDS: Final = {
    Hash.SM3: "1.2.156.10197.1.401",
    Hash.SHA256: "2.16.840.1.101.3.4.2.1",
    Hash.SHA384: "2.16.840.1.101.3.4.2.2",
    Hash.SHA512: "2.16.840.1.101.3.4.2.3",
}
_HASHES: Final = {dotted: name for name, dotted in _HASH_OIDS.items()}
_PRIMITIVES: Final[dict[Hash, hashes.HashAlgorithm]] = {
    Hash.SM3: hashes.SM3(),
    Hash.SHA256: hashes.SHA256(),
    Hash.SHA384: hashes.SHA384(),
    Hash.SHA512: hashes.SHA512(),
}
_SIGNATURE_OIDS: Final = {
    SignatureAlgorithm.SM2_SM3: "1.2.156.10197.1.501",
    SignatureAlgorithm.RSA_SHA256: "1.2.840.113549.1.1.11",
    SignatureAlgorithm.RSA_SHA384: "1.2.840.113549.1.1.12",
    SignatureAlgorithm.RSA_SHA512: "1.2.840.113549.1.1.13",
    SignatureAlgorithm.ECDSA_SHA256: "1.2.840.10045.4.3.2",
    SignatureAlgorithm.ECDSA_SHA384: "1.2.840.10045.4.3.3",
    SignatureAlgorithm.ECDSA_SHA512: "1.2.840.10045.4.3.4",
}
_SIGNATURES: Final = {dotted: name for name, dotted in _SIGNATURE_OIDS.items()}
_KEYS: Final = {"SM2": KeyAlgorithm.SM2, "RSA": KeyAlgorithm.RSA, "ECDSA": KeyAlgorithm.EC}
_USUAL: Final = {
    KeyAlgorithm.SM2: SignatureAlgorithm.SM2_SM3,
    KeyAlgorithm.RSA: SignatureAlgorithm.RSA_SHA256,
    KeyAlgorithm.EC: SignatureAlgorithm.ECDSA_SHA256,
}


def read_algorithm(identifier: bytes) -> tuple[str, SignatureAlgorithm | None]:
    """The object identifier of an AlgorithmIdentifier, and the algorithm if it is known here.

    Raises:
        DerInvalid: it is none, or a known algorithm has parameters that it cannot have.
    """
    outside = Reader(identifier)
    inside = outside.inside()
    outside.end()
    dotted = inside.oid()
    algorithm = _SIGNATURES.get(dotted)
    if algorithm is None:
        return dotted, None
    # A NULL where RFC 5758 wants nothing is a widespread habit and harmless.
    if inside.more and inside.take(asn1.NULL):
        raise DerInvalid("a signature algorithm has parameters")
    inside.end()
    return dotted, algorithm
