"""Keys that sign the audit: which algorithm it is, the key says; what is not exactly right proves nothing."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from certs.audit_keys import AuditKeyKind, AuditSignatures, generate_audit_key, key_name, load_signer
from gateway.core.errors import KeyUnusable

VERIFIER = AuditSignatures()


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize("kind", AuditKeyKind)
def test_what_is_signed_is_proven_and_nothing_else(kind: AuditKeyKind) -> None:
    signer, other = load_signer(generate_audit_key(kind)), load_signer(generate_audit_key(kind))
    signature = signer.sign(b"checkpoint")
    assert VERIFIER.is_signed(signer.public_pem, b"checkpoint", signature)
    assert not VERIFIER.is_signed(signer.public_pem, b"checkpoinT", signature)
    assert not VERIFIER.is_signed(other.public_pem, b"checkpoint", signature)
    for place in range(len(signature)):
        changed = bytes([*signature[:place], signature[place] ^ 1, *signature[place + 1 :]])
        assert not VERIFIER.is_signed(signer.public_pem, b"checkpoint", changed)
    assert not VERIFIER.is_signed(signer.public_pem, b"checkpoint", b"")
    assert not VERIFIER.is_signed("no key", b"checkpoint", signature)


@pytest.mark.parametrize("kind", AuditKeyKind)
def test_a_key_is_called_by_its_digest(kind: AuditKeyKind) -> None:
    signer = load_signer(generate_audit_key(kind))
    assert VERIFIER.key_of(signer.public_pem) == signer.key == key_name(signer.public_pem)
    for other in (signer.public_pem + "\n", signer.public_pem.replace("\n", "\r\n"), "no key"):
        with pytest.raises(ValueError, match="public key"):
            VERIFIER.key_of(other)


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"\xff",
        b"no key",
        _pem(ec.generate_private_key(ec.SECP384R1())),
        _pem(rsa.generate_private_key(65537, 2048)),
    ],
    ids=["empty", "bytes", "text", "p384", "rsa"],
)
def test_other_keys_are_refused(pem: bytes) -> None:
    with pytest.raises(KeyUnusable):
        load_signer(pem)


def test_a_public_key_on_another_curve_proves_nothing() -> None:
    public = ec.generate_private_key(ec.SECP384R1()).public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    assert not VERIFIER.is_signed(pem, b"", b"")
