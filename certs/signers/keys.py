"""Private keys as files hold them: PEM or DER; PKCS #8 (encrypted too), SEC 1, PKCS #1; PKCS #12 for RSA and EC."""

from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key, pkcs12

from certs import sm
from certs.signers import pbes2
from certs.signers.troubles import PassphraseMissing
from certs.x509 import asn1
from certs.x509.asn1 import DerInvalid, Reader
from certs.x509.pem import read_blocks
from certs.x509.private_key import PrivateKey
from gateway.core.errors import KeyUnusable

LONGEST_KEY: Final = 65_536
"""Bytes of a file with a key at most."""

_LABELS = ("PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY", "SM2 PRIVATE KEY")
_PKCS12_VERSION = 3
_OLD = b"Proc-Type: 4,ENCRYPTED"


def read_private_key(data: bytes, passphrase: str | None = None) -> PrivateKey:
    """Read the private key in these bytes, exactly one.

    Raises:
        KeyUnusable: there is none or more than one, it is of a kind that is not known here, or the passphrase is
            missing or wrong. The message holds nothing of the key.
    """
    if len(data) > LONGEST_KEY:
        raise KeyUnusable(f"a file with a key has at most {LONGEST_KEY} bytes")
    return _read(data if data[:1] == bytes([asn1.SEQUENCE]) else _block(data), passphrase)


def _block(data: bytes) -> bytes:
    if _OLD in data:
        raise KeyUnusable(
            "the key is encrypted in the old way (Proc-Type: 4,ENCRYPTED), which is not read:"
            " turn it into PKCS #8 with openssl pkcs8 -topk8 -in OLD.pem -out NEW.pem"
        )
    try:
        blocks = read_blocks(data, _LABELS, longest=LONGEST_KEY, most=2)
    except DerInvalid as error:
        raise KeyUnusable(f"there is no private key in DER or PEM: {error}") from None
    if len(blocks) != 1:
        raise KeyUnusable("there are several private keys where there should be one")
    return blocks[0]


def _read(data: bytes, passphrase: str | None) -> PrivateKey:
    if not (_is_pkcs12(data) or pbes2.is_encrypted(data)):
        return _plain(data)
    if passphrase is None:
        raise PassphraseMissing("the key is encrypted, and no passphrase is given")
    try:
        if _is_pkcs12(data):
            return _checked(pkcs12.load_key_and_certificates(data, passphrase.encode())[0])
        plain = pbes2.decrypt(data, passphrase.encode())
    except UnsupportedAlgorithm:
        raise KeyUnusable("the key in the PKCS #12 file is not of RSA or EC: for SM2 give PKCS #8") from None
    except DerInvalid as error:
        raise KeyUnusable(f"the encrypted key cannot be read: {error}") from None
    except ValueError:
        raise KeyUnusable("the passphrase does not open the key, or the file is broken") from None
    return _plain(plain)


def _plain(data: bytes) -> PrivateKey:
    try:
        return sm.Sm2PrivateKey.from_der(data)
    except sm.KeyInvalid:
        pass
    try:
        return _checked(load_der_private_key(data, password=None))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyUnusable("there is no private key of SM2, RSA or EC, or the passphrase is wrong") from None


def _checked(key: object) -> PrivateKey:
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise KeyUnusable("there is no private key of SM2, RSA or EC")
    return key


def _is_pkcs12(data: bytes) -> bool:
    try:
        inside = Reader(data).inside()
        return inside.unsigned() == _PKCS12_VERSION
    except DerInvalid:
        return False
