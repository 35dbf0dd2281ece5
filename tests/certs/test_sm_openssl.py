"""The openssl command reads what we write, and we read what it writes."""

import subprocess
from pathlib import Path

import pytest

from certs import sm
from certs.sm import CipherForm, CipherInvalid, Signature, SignatureInvalid, Sm2Engine, Sm2PrivateKey, Sm2PublicKey

pytestmark = pytest.mark.group("openssl", needs="openssl with SM2")
MESSAGE = "一网通办".encode()
SIGNER = ("-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678")


def openssl(folder: Path, *arguments: str) -> int:
    done = subprocess.run(
        ["openssl", *arguments], cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, timeout=60, check=False
    )
    return done.returncode


@pytest.fixture(params=["libcrypto", "python"])
def engine(request: pytest.FixtureRequest) -> Sm2Engine:
    return next(candidate for candidate in sm.engines() if candidate.name == request.param)


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A folder with key pair and message, the key made by openssl."""
    assert openssl(tmp_path, "genpkey", "-algorithm", "SM2", "-out", "key.pem") == 0
    assert openssl(tmp_path, "pkey", "-in", "key.pem", "-pubout", "-out", "public.pem") == 0
    (tmp_path / "message").write_bytes(MESSAGE)
    return tmp_path


def key_in(folder: Path) -> Sm2PrivateKey:
    return Sm2PrivateKey.from_pem((folder / "key.pem").read_text("ascii"))


def test_openssl_s_keys_are_read_in_every_form(theirs: Path) -> None:
    key = key_in(theirs)
    assert Sm2PublicKey.from_pem((theirs / "public.pem").read_text("ascii")) == key.public
    assert openssl(theirs, "ec", "-in", "key.pem", "-outform", "DER", "-out", "sec1") == 0
    assert Sm2PrivateKey.from_der((theirs / "sec1").read_bytes()).scalar == key.scalar
    assert openssl(theirs, "ecparam", "-name", "SM2", "-genkey", "-out", "with-parameters.pem") == 0
    Sm2PrivateKey.from_pem((theirs / "with-parameters.pem").read_text("ascii"))


def test_openssl_reads_our_keys(tmp_path: Path) -> None:
    key = Sm2PrivateKey.generate()
    (tmp_path / "key.pem").write_text(key.to_pem(), "ascii")
    assert openssl(tmp_path, "pkey", "-in", "key.pem", "-check", "-pubout", "-out", "public.pem") == 0
    text = (tmp_path / "public.pem").read_text("ascii")
    assert Sm2PublicKey.from_pem(text[text.index("-----BEGIN") :]) == key.public
    assert key.public.to_pem() in text


def test_a_key_of_another_curve_is_refused(tmp_path: Path) -> None:
    made = openssl(tmp_path, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "key.pem")
    assert made == 0
    with pytest.raises(sm.KeyInvalid, match="another curve"):
        key_in(tmp_path)


def test_openssl_verifies_our_signature(theirs: Path, engine: Sm2Engine) -> None:
    (theirs / "signature").write_bytes(engine.sign(key_in(theirs), MESSAGE).to_der())
    verify = ("pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-in", "message", "-sigfile", "signature")
    assert openssl(theirs, *verify, *SIGNER) == 0
    (theirs / "message").write_bytes(MESSAGE + b"!")
    assert openssl(theirs, *verify, *SIGNER) != 0


def test_we_verify_openssl_s_signature(theirs: Path, engine: Sm2Engine) -> None:
    assert openssl(theirs, "pkeyutl", "-sign", "-inkey", "key.pem", "-in", "message", "-out", "signature", *SIGNER) == 0
    signature = Signature.from_der((theirs / "signature").read_bytes())
    engine.verify(key_in(theirs).public, MESSAGE, signature)
    with pytest.raises(SignatureInvalid):
        engine.verify(key_in(theirs).public, MESSAGE, signature, ident=b"another signer")


def test_openssl_decrypts_our_ciphertext(theirs: Path, engine: Sm2Engine) -> None:
    (theirs / "cipher").write_bytes(engine.encrypt(key_in(theirs).public, MESSAGE, form=CipherForm.DER))
    assert openssl(theirs, "pkeyutl", "-decrypt", "-inkey", "key.pem", "-in", "cipher", "-out", "plain") == 0
    assert (theirs / "plain").read_bytes() == MESSAGE


def test_we_decrypt_openssl_s_ciphertext(theirs: Path, engine: Sm2Engine) -> None:
    done = openssl(theirs, "pkeyutl", "-encrypt", "-pubin", "-inkey", "public.pem", "-in", "message", "-out", "cipher")
    assert done == 0
    data = (theirs / "cipher").read_bytes()
    assert engine.decrypt(key_in(theirs), data, form=CipherForm.DER) == MESSAGE
    with pytest.raises(CipherInvalid):
        engine.decrypt(key_in(theirs), data[:-1] + bytes([data[-1] ^ 1]), form=CipherForm.DER)
