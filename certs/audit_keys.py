"""Keys that sign the audit: ECDSA P-256 with SHA-256, or SM2 with SM3; which one it is, the key itself says."""

import hashlib
from enum import StrEnum
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from certs import sm
from certs.sm import der
from gateway.core.audit.checkpoint import CheckpointSigner
from gateway.core.errors import KeyUnusable


class AuditKeyKind(StrEnum):
    """Which curve, and with it which algorithms."""

    P256 = "p256"
    SM2 = "sm2"


KEY_LIMIT: Final = 65_536
"""Bytes of a key's file at most."""

_NAME_DIGITS = 32
_ECDSA = ec.ECDSA(hashes.SHA256())


class P256Signer:
    """A CheckpointSigner with ECDSA on P-256."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        self.public_pem = _p256_pem(key.public_key())
        self.key = key_name(self.public_pem)

    def sign(self, data: bytes) -> bytes:
        """A DER signature over the SHA-256."""
        return self._key.sign(data, _ECDSA)


class Sm2Signer:
    """A CheckpointSigner with SM2, under the id ``1234567812345678``."""

    def __init__(self, key: sm.Sm2PrivateKey) -> None:
        self._key = key
        self.public_pem = key.public.to_pem()
        self.key = key_name(self.public_pem)

    def sign(self, data: bytes) -> bytes:
        """A DER signature over SM3 of the signer's id, the key and the data."""
        return sm.engine().sign(self._key, data).to_der()


class AuditSignatures:
    """A SignatureVerifier."""

    def key_of(self, public_pem: str) -> str:
        """The name of a public key; raises ValueError unless this is its one canonical PEM."""
        if _p256(public_pem) is None and _sm2(public_pem) is None:
            raise ValueError("it is no public key on P-256 or SM2's curve, or not in its usual form")
        return key_name(public_pem)

    def is_signed(self, public_pem: str, data: bytes, signature: bytes) -> bool:
        """Whether the signature, strict DER, proves the data."""
        if (key := _p256(public_pem)) is not None:
            try:
                key.verify(signature, data, _ECDSA)
            except InvalidSignature:
                return False
            return True
        national = _sm2(public_pem)
        if national is None:
            return False
        try:
            sm.engine().verify(national, data, sm.Signature.from_der(signature))
        except sm.SignatureInvalid:
            return False
        return True


def load_signer(pem: bytes) -> CheckpointSigner:
    """The signer of an unencrypted private key in PEM.

    Raises:
        KeyUnusable: it is no key on P-256 or SM2's curve.
    """
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        try:
            return Sm2Signer(sm.Sm2PrivateKey.from_pem(pem.decode()))
        except (sm.KeyInvalid, UnicodeDecodeError) as error:
            raise KeyUnusable("no unencrypted private key on P-256 or SM2's curve, in PEM") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyUnusable("the key is not on P-256 or SM2's curve")
    return P256Signer(key)


def generate_audit_key(kind: AuditKeyKind = AuditKeyKind.P256) -> bytes:
    """A new private key in PEM (PKCS#8)."""
    if kind is AuditKeyKind.SM2:
        return sm.Sm2PrivateKey.generate().to_pem().encode()
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def key_name(public_pem: str) -> str:
    """The first 32 hexadecimal digits of the SHA-256 of what the PEM holds."""
    return hashlib.sha256(_der(public_pem)).hexdigest()[:_NAME_DIGITS]


def _der(public_pem: str) -> bytes:
    return der.read_pem(public_pem, "PUBLIC KEY")[1]


def _p256(public_pem: str) -> ec.EllipticCurvePublicKey | None:
    try:
        key = serialization.load_pem_public_key(public_pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        return None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        return None
    return key if _p256_pem(key) == public_pem else None


def _sm2(public_pem: str) -> sm.Sm2PublicKey | None:
    try:
        key = sm.Sm2PublicKey.from_pem(public_pem)
    except sm.KeyInvalid:
        return None
    return key if key.to_pem() == public_pem else None


def _p256_pem(key: ec.EllipticCurvePublicKey) -> str:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
