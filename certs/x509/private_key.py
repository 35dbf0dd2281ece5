"""Private keys in this process's memory: what is common to the three kinds."""

from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from certs import sm
from certs.x509.algorithms import KeyAlgorithm, SignatureAlgorithm
from certs.x509.public_key import PublicKey

PrivateKey = sm.Sm2PrivateKey | rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_PADDING: Final = padding.PKCS1v15()
_RSA_BITS: Final = 2_048
_EXPONENT: Final = 65_537


def generate_key(algorithm: KeyAlgorithm) -> PrivateKey:
    """A new key: SM2, RSA of 2,048 bits (some tenths of a second), or EC on P-256."""
    if algorithm is KeyAlgorithm.SM2:
        return sm.Sm2PrivateKey.generate()
    if algorithm is KeyAlgorithm.RSA:
        return rsa.generate_private_key(_EXPONENT, _RSA_BITS)
    return ec.generate_private_key(ec.SECP256R1())


def public_half(key: PrivateKey) -> PublicKey:
    """The public key of a private one.

    Raises:
        CertificateInvalid: it is of a size or curve that is not used here.
    """
    if isinstance(key, sm.Sm2PrivateKey):
        return PublicKey.read(key.public.to_der())
    return PublicKey.read(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def sign_with(key: PrivateKey, digest: bytes, algorithm: SignatureAlgorithm) -> bytes:
    """A signature of what ``PublicKey.message_digest`` gave, by a key of the algorithm's kind.

    Raises:
        ValueError: the digest is not as long as the algorithm's are.
    """
    if len(digest) != algorithm.hash.size:
        raise ValueError(f"a digest of {algorithm.hash} has {algorithm.hash.size} bytes")
    if isinstance(key, sm.Sm2PrivateKey):
        return sm.engine().sign_digest(key, digest).to_der()
    prehashed = utils.Prehashed(algorithm.hash.primitive)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(digest, _PADDING, prehashed)
    return key.sign(digest, ec.ECDSA(prehashed))


def key_from_pem(text: str) -> PrivateKey:
    """The key in PKCS #8 that ``key_to_pem`` wrote.

    Raises:
        KeyInvalid: it is none of the three kinds.
    """
    try:
        return sm.Sm2PrivateKey.from_pem(text)
    except sm.KeyInvalid as error:
        try:
            key = load_pem_private_key(text.encode(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise error from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise sm.KeyInvalid("this is no key of SM2, RSA or EC")
    return key


def key_to_pem(key: PrivateKey) -> str:
    """The key as PKCS #8, not encrypted: for a file that only its owner can read."""
    if isinstance(key, sm.Sm2PrivateKey):
        return key.to_pem()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
