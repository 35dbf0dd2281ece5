"""The Chinese algorithms behind the ports: keys as the texts of settings, refusals without the reason."""

import pytest

from certs.national import SmCrypto
from certs.sm import Sm2PrivateKey, hmac_sm3, sm3
from gateway.core.errors import KeyUnusable, PayloadUnreadable
from gateway.core.ports import NationalCrypto, Sm2CipherForm

CRYPTO: NationalCrypto = SmCrypto()
KEY = Sm2PrivateKey.from_hex("12" * 32)
PRIVATE = (KEY.to_pem(), KEY.to_raw().hex(), f" {KEY.to_raw().hex()}\n")
PUBLIC = (KEY.public.to_pem(), KEY.public.to_bytes().hex(), KEY.public.to_raw().hex())


@pytest.mark.parametrize("raw", [True, False])
@pytest.mark.parametrize(("private", "public"), list(zip(PRIVATE, PUBLIC, strict=True)))
def test_a_signature_proves_its_data_alone(private: str, public: str, *, raw: bool) -> None:
    signature = CRYPTO.sign_sm2(private, b"data", raw=raw)
    assert (len(signature) == 64) is raw
    assert CRYPTO.is_signed_sm2(public, b"data", signature, raw=raw)
    assert not CRYPTO.is_signed_sm2(public, b"date", signature, raw=raw)
    assert not CRYPTO.is_signed_sm2(Sm2PrivateKey.generate().public.to_pem(), b"data", signature, raw=raw)


@pytest.mark.parametrize("raw", [True, False])
@pytest.mark.parametrize("signature", [b"", b"\x30", b"\x00" * 64, b"\xff" * 64, b"x" * 300])
def test_bytes_that_are_no_signature_prove_nothing(signature: bytes, *, raw: bool) -> None:
    assert not CRYPTO.is_signed_sm2(PUBLIC[0], b"data", signature, raw=raw)


@pytest.mark.parametrize("form", ["c1c3c2", "c1c2c3", "der"])
def test_what_is_encrypted_for_a_key_is_read_with_it(form: Sm2CipherForm) -> None:
    data = CRYPTO.encrypt_sm2(PUBLIC[1], "证照".encode(), form)
    assert CRYPTO.decrypt_sm2(PRIVATE[1], data, form).decode() == "证照"
    with pytest.raises(PayloadUnreadable):
        CRYPTO.decrypt_sm2(PRIVATE[1], data[:-1] + bytes([data[-1] ^ 1]), form)


@pytest.mark.parametrize("vector", [None, b"0123456789abcdef"])
@pytest.mark.parametrize("key", ["0123456789abcdeffedcba9876543210", "sixteen letters!"])
def test_a_shared_key_is_digits_or_characters(key: str, vector: bytes | None) -> None:
    data = CRYPTO.encrypt_sm4(key, b"plain", vector=vector)
    assert CRYPTO.decrypt_sm4(key, data, vector=vector) == b"plain"
    with pytest.raises(PayloadUnreadable):
        CRYPTO.decrypt_sm4(key, data[:-1], vector=vector)


def test_digests_are_those_of_sm3() -> None:
    assert CRYPTO.sm3(b"abc") == sm3(b"abc")
    assert CRYPTO.hmac_sm3(b"k", b"abc") == hmac_sm3(b"k", b"abc")


@pytest.mark.parametrize("text", ["", "canary", "-----BEGIN PRIVATE KEY-----\ncanary", "zz" * 16, "zz" * 32])
def test_a_text_that_is_no_key_is_refused_and_not_shown(text: str) -> None:
    for use in (
        lambda: CRYPTO.sign_sm2(text, b"", raw=True),
        lambda: CRYPTO.is_signed_sm2(text, b"", b"", raw=True),
        lambda: CRYPTO.encrypt_sm2(text, b"x"),
        lambda: CRYPTO.decrypt_sm2(text, b"x"),
        lambda: CRYPTO.encrypt_sm4(text, b"x"),
        lambda: CRYPTO.decrypt_sm4(text, b"x" * 16),
    ):
        with pytest.raises(KeyUnusable) as refused:
            use()
        assert "canary" not in str(refused.value)
        assert "zz" not in str(refused.value)
