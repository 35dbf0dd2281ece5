"""What every signer settles with its certificate before it signs."""

from typing import Final

from certs import sm
from certs.x509 import Certificate, KeyAlgorithm, SignatureAlgorithm, SignatureInvalid
from gateway.core.errors import KeyUnusable, SignatureWrong

SMALLEST_RSA: Final = 2_048
"""Bits of an RSA modulus below which nothing is signed or believed."""


def agreed(certificate: Certificate, algorithm: SignatureAlgorithm | None) -> SignatureAlgorithm:
    """The algorithm to sign with: the wanted one, or the usual one for the certificate's key.

    Raises:
        KeyUnusable: it is not for a key of this kind, or the key is too short.
    """
    key = certificate.public_key
    chosen = algorithm or SignatureAlgorithm.usual(key.algorithm)
    if chosen.key is not key.algorithm:
        raise KeyUnusable(f"a key of the kind {key.algorithm} does not sign by {chosen}")
    if key.algorithm is KeyAlgorithm.RSA and key.bits < SMALLEST_RSA:
        raise KeyUnusable(f"an RSA key of fewer than {SMALLEST_RSA} bits is not used")
    return chosen


def proven(certificate: Certificate, algorithm: SignatureAlgorithm, digest: bytes, signature: bytes) -> bytes:
    """``signature``, once it has been seen to be one of the digest.

    Raises:
        SignatureWrong: it is none: the device holds another key, or computes wrongly.
    """
    try:
        certificate.public_key.verify_digest(signature, digest, algorithm.hash)
    except SignatureInvalid:
        raise SignatureWrong("the signature does not verify under the certificate: it is not this key's") from None
    return signature


def received(certificate: Certificate, algorithm: SignatureAlgorithm, digest: bytes, signature: bytes) -> bytes:
    """What somebody else signed, once it is proven, in the form in which a Signer gives it.

    Raises:
        SignatureWrong: it is no signature of the digest.
    """
    proven(certificate, algorithm, digest, signature)
    return sm.Signature.from_any(signature).to_der() if algorithm.key is KeyAlgorithm.SM2 else signature
