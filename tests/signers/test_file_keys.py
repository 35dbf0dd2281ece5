"""Keys in files: every usual form is read, only from files that nobody else can read, never in production."""

import os
from pathlib import Path

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from certs import sm
from certs.signers import HeldSigner, KeyUnusable, open_signer, pbes2, read_private_key
from certs.x509 import KeyAlgorithm, SignatureAlgorithm, asn1
from certs.x509.private_key import PrivateKey, key_to_pem, public_half, sign_with
from tests.signers.keys import KINDS, issued, keeps_to_the_protocol, pkcs8, stranger
from tests.x509.authorities import authority


def kept(folder: Path, data: bytes, mode: int = 0o600) -> str:
    file = folder / "key"
    file.write_bytes(data)
    file.chmod(mode)
    return f"file:{file}"


def same(one: PrivateKey, other: PrivateKey) -> bool:
    return public_half(one) == public_half(other)


@KINDS
async def test_a_key_in_a_file_signs(kind: KeyAlgorithm, tmp_path: Path) -> None:
    made = issued(kind)
    reference = kept(tmp_path, key_to_pem(made.key).encode())
    signer = await open_signer(reference, made.certificate)
    assert repr(signer) == f"<HeldSigner {signer.algorithm}>"
    await keeps_to_the_protocol(signer, made.certificate, SignatureAlgorithm.usual(kind))


async def test_another_algorithm_can_be_agreed(tmp_path: Path) -> None:
    made = issued(KeyAlgorithm.RSA)
    reference = kept(tmp_path, pkcs8(made.key))
    signer = await open_signer(reference, made.certificate, algorithm=SignatureAlgorithm.RSA_SHA512)
    await keeps_to_the_protocol(signer, made.certificate, SignatureAlgorithm.RSA_SHA512)
    with pytest.raises(KeyUnusable, match="does not sign by ECDSA_SHA256"):
        await open_signer(reference, made.certificate, algorithm=SignatureAlgorithm.ECDSA_SHA256)


@KINDS
async def test_a_key_of_another_certificate_is_refused(kind: KeyAlgorithm, tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable, match="does not belong to the certificate"):
        await open_signer(kept(tmp_path, pkcs8(issued(kind).key)), stranger(kind))


def test_short_and_odd_keys_are_refused() -> None:
    short = rsa.generate_private_key(65_537, 1_024)
    weak = authority(KeyAlgorithm.RSA).issue("weak", key=short)
    with pytest.raises(KeyUnusable, match="fewer than 2048 bits"):
        HeldSigner(short, weak.certificate)
    odd = ec.generate_private_key(ec.SECP256K1())
    with pytest.raises(KeyUnusable, match="cannot be used"):
        HeldSigner(odd, issued(KeyAlgorithm.EC).certificate)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
async def test_a_file_that_others_may_use_is_refused(mode: int, tmp_path: Path) -> None:
    made = issued(KeyAlgorithm.SM2)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        await open_signer(kept(tmp_path, pkcs8(made.key), mode), made.certificate)


async def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    made = issued(KeyAlgorithm.SM2)
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "folder").mkdir()
    for name, reason in (("nowhere", "No such file"), ("pipe", "no file"), ("folder", "no file|directory")):
        with pytest.raises(KeyUnusable, match=reason):
            await open_signer(f"file:{tmp_path / name}", made.certificate)


async def test_production_signs_with_no_file(tmp_path: Path) -> None:
    made = issued(KeyAlgorithm.SM2)
    with pytest.raises(KeyUnusable, match="production"):
        await open_signer(kept(tmp_path, pkcs8(made.key)), made.certificate, files=False)


@pytest.mark.parametrize("reference", ["", "key.pem", "file:", "http:x", "FILE:x", "file:" + "x" * 1_024, "file:a\nb"])
async def test_what_is_no_reference_is_refused(reference: str) -> None:
    with pytest.raises(KeyUnusable, match="begins with file:, pkcs11:, sdf:, remote:"):
        await open_signer(reference, issued(KeyAlgorithm.SM2).certificate)


async def test_a_platform_has_to_be_set_up() -> None:
    with pytest.raises(KeyUnusable, match="no signing platform"):
        await open_signer("remote:seals/1", issued(KeyAlgorithm.SM2).certificate)


@KINDS
def test_both_forms_are_read(kind: KeyAlgorithm) -> None:
    key = issued(kind).key
    assert same(read_private_key(pkcs8(key)), key)
    assert same(read_private_key(b"Bag Attributes: none\n" + key_to_pem(key).encode()), key)
    if not isinstance(key, sm.Sm2PrivateKey):
        old = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        assert same(read_private_key(old), key)


@pytest.mark.parametrize("kind", [KeyAlgorithm.RSA, KeyAlgorithm.EC])
def test_encrypted_keys_of_another_writer_are_opened(kind: KeyAlgorithm) -> None:
    key = issued(kind).key
    assert not isinstance(key, sm.Sm2PrivateKey)
    wrapped = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption("口令".encode()))
    bag = pkcs12.serialize_key_and_certificates(None, key, None, None, BestAvailableEncryption("口令".encode()))
    for data in (wrapped, bag):
        assert same(read_private_key(data, "口令"), key)
        with pytest.raises(KeyUnusable, match=r"does not open the key|or the passphrase is wrong"):
            read_private_key(data, "other")
        with pytest.raises(KeyUnusable, match="no passphrase is given"):
            read_private_key(data)


def test_a_bag_with_a_key_that_the_library_does_not_know_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    key = issued(KeyAlgorithm.EC).key
    assert not isinstance(key, sm.Sm2PrivateKey)
    bag = pkcs12.serialize_key_and_certificates(None, key, None, None, BestAvailableEncryption(b"secret"))

    def refuse(*_: object) -> None:
        raise UnsupportedAlgorithm("Curve 1.2.156.10197.1.301 is not supported")

    monkeypatch.setattr(pkcs12, "load_key_and_certificates", refuse)
    with pytest.raises(KeyUnusable, match="for SM2 give PKCS #8"):
        read_private_key(bag, "secret")


def encrypted(
    key: bytes,
    *,
    scheme: str = "1.2.840.113549.1.5.13",
    derivation: str = "1.2.840.113549.1.5.12",
    rounds: int = 1,
    length: int | None = None,
    prf: str | None = None,
    cipher: str = "1.2.156.10197.1.104.2",
    vector: bytes = bytes(16),
    salt: bytes = b"salt",
) -> bytes:
    """Encrypted PKCS #8 that says this; encrypted by SM4 under HMAC-SHA1 (the default) or what ``prf`` names."""
    used = pbes2._PRFS.get(prf or "1.2.840.113549.2.7", pbes2._PRFS["1.2.840.113549.2.7"])
    secret = PBKDF2HMAC(used, 16, salt, max(1, min(rounds, 10))).derive(b"secret")
    body = _sm4(secret, key)
    parameters = asn1.sequence(
        asn1.octets(salt),
        asn1.integer(rounds),
        b"" if length is None else asn1.integer(length),
        b"" if prf is None else asn1.sequence(asn1.oid(prf), asn1.null()),
    )
    how = asn1.sequence(
        asn1.sequence(asn1.oid(derivation), parameters), asn1.sequence(asn1.oid(cipher), asn1.octets(vector))
    )
    return asn1.sequence(asn1.sequence(asn1.oid(scheme), how), asn1.octets(body))


def _sm4(secret: bytes, plain: bytes) -> bytes:
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.SM4(secret), modes.CBC(bytes(16))).encryptor()
    return encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()


@pytest.mark.parametrize("prf", [None, "1.2.840.113549.2.9", "1.2.840.113549.2.11", "1.2.156.10197.1.401.2"])
def test_an_sm2_key_is_kept_under_a_passphrase(prf: str | None) -> None:
    key = issued(KeyAlgorithm.SM2).key
    assert same(read_private_key(encrypted(pkcs8(key), prf=prf, length=16), "secret"), key)


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"scheme": "1.2.840.113549.1.5.3"}, id="an old scheme"),
        pytest.param({"derivation": "1.3.6.1.4.1.11591.4.11"}, id="another derivation"),
        pytest.param({"prf": "1.2.3"}, id="an unknown function"),
        pytest.param({"cipher": "1.2.840.113549.3.7"}, id="an old cipher"),
        pytest.param({"vector": bytes(8)}, id="a short vector"),
        pytest.param({"length": 32}, id="another length"),
        pytest.param({"rounds": 0}, id="no rounds"),
        pytest.param({"rounds": 2_000_000_000}, id="rounds for hours"),
        pytest.param({"salt": bytes(1_025)}, id="too long a salt"),
    ],
)
def test_a_key_under_something_else_is_refused_at_once(how: dict[str, object]) -> None:
    data = encrypted(pkcs8(issued(KeyAlgorithm.SM2).key), **how)  # type: ignore[arg-type] # one argument
    with pytest.raises(KeyUnusable, match="the encrypted key cannot be read"):
        read_private_key(data, "secret")


def test_what_is_no_key_is_refused() -> None:
    key = key_to_pem(issued(KeyAlgorithm.SM2).key).encode()
    other = ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    bag = pkcs12.serialize_key_and_certificates(
        None, ed25519.Ed25519PrivateKey.generate(), None, None, BestAvailableEncryption(b"secret")
    )
    for data, reason in (
        (b"", "no private key in DER or PEM"),
        (key + key, "several private keys"),
        (bytes(65_537), "at most 65536 bytes"),
        (b"\x30\x00", "no private key"),
        (b"\x30\x05\x02", "no private key"),
        (other, "no private key of SM2, RSA or EC"),
        (bag, "no private key of SM2, RSA or EC"),
    ):
        with pytest.raises(KeyUnusable, match=reason):
            read_private_key(data, "secret")


@KINDS
def test_a_digest_of_another_length_is_not_signed(kind: KeyAlgorithm) -> None:
    with pytest.raises(ValueError, match="has 32 bytes"):
        sign_with(issued(kind).key, bytes(31), SignatureAlgorithm.usual(kind))
