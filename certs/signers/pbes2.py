"""Encrypted PKCS #8 (RFC 8018, PBES2), so that SM2 keys can be kept under a passphrase: libraries refuse them."""

from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from certs.x509 import asn1
from certs.x509.asn1 import DerInvalid, Reader

MOST_ROUNDS: Final = 5_000_000
"""Rounds of the key derivation at most, some seconds of work: whoever writes the file chooses them."""

_PBES2: Final = "1.2.840.113549.1.5.13"
_PBKDF2: Final = "1.2.840.113549.1.5.12"
_BLOCK: Final = 16
_LONGEST_SALT: Final = 1_024
_PRFS: Final[dict[str, hashes.HashAlgorithm]] = {
    "1.2.840.113549.2.7": hashes.SHA1(),  # noqa: S303 # as a PRF it is not broken, and the default of the standard
    "1.2.840.113549.2.9": hashes.SHA256(),
    "1.2.840.113549.2.10": hashes.SHA384(),
    "1.2.840.113549.2.11": hashes.SHA512(),
    "1.2.156.10197.1.401.2": hashes.SM3(),
}
_DEFAULT_PRF: Final = "1.2.840.113549.2.7"
_CIPHERS: Final[dict[str, tuple[Callable[[bytes], BlockCipherAlgorithm], int]]] = {
    "2.16.840.1.101.3.4.1.2": (algorithms.AES128, 16),
    "2.16.840.1.101.3.4.1.42": (algorithms.AES256, 32),
    "1.2.156.10197.1.104.2": (algorithms.SM4, 16),
}


def is_encrypted(data: bytes) -> bool:
    """Whether these bytes begin as encrypted PKCS #8 does."""
    try:
        return Reader(data).inside().tag == asn1.SEQUENCE
    except DerInvalid:
        return False


def decrypt(data: bytes, passphrase: bytes) -> bytes:
    """The PKCS #8 in encrypted PKCS #8.

    Raises:
        DerInvalid: it is none, or encrypted in another way than PBKDF2 with AES or SM4 in CBC mode.
        ValueError: the passphrase is wrong.
    """
    outside = Reader(data)
    whole = outside.inside()
    outside.end()
    scheme = whole.inside()
    encrypted = whole.take(asn1.OCTET_STRING)
    whole.end()
    if scheme.oid() != _PBES2:
        raise DerInvalid("a key is encrypted in an old way")
    parameters = scheme.inside()
    derivation, encryption = parameters.inside(), parameters.inside()
    cipher = _CIPHERS.get(encryption.oid())
    vector = encryption.take(asn1.OCTET_STRING)
    if cipher is None or len(vector) != _BLOCK:
        raise DerInvalid("a key is encrypted with another cipher than AES or SM4 in CBC mode")
    kind, length = cipher
    decryptor = Cipher(kind(_derived(derivation, passphrase, length)), modes.CBC(vector)).decryptor()
    padded = decryptor.update(encrypted) + decryptor.finalize()
    unpadder = padding.PKCS7(8 * _BLOCK).unpadder()
    return unpadder.update(padded) + unpadder.finalize()


def _derived(derivation: Reader, passphrase: bytes, length: int) -> bytes:
    if derivation.oid() != _PBKDF2:
        raise DerInvalid("a key is encrypted under another derivation than PBKDF2")
    inside = derivation.inside()
    salt, rounds = inside.take(asn1.OCTET_STRING), inside.unsigned()
    if inside.next_is(asn1.INTEGER) and inside.unsigned() != length:
        raise DerInvalid("a key's length is not its cipher's")
    prf = _PRFS.get(inside.inside().oid() if inside.more else _DEFAULT_PRF)
    if prf is None or not 1 <= rounds <= MOST_ROUNDS or len(salt) > _LONGEST_SALT:
        raise DerInvalid("a key is encrypted under a derivation that is not known, or too long")
    return PBKDF2HMAC(prf, length, salt, rounds).derive(passphrase)
