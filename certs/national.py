"""The Chinese algorithms as the ports that adapters use: keys come as the texts of settings."""

from collections.abc import Callable
from functools import lru_cache

from certs.sm import (
    CipherForm,
    CipherInvalid,
    KeyInvalid,
    Signature,
    SignatureInvalid,
    Sm2Engine,
    Sm2PrivateKey,
    Sm2PublicKey,
    Sm4,
    Sm4Mode,
    engine,
    hmac_sm3,
    sm3,
)
from gateway.core.errors import KeyUnusable, PayloadUnreadable
from gateway.core.ports import Sm2CipherForm

_KEPT_KEYS = 128
_SM4_HEX = 32
_PEM = "-----BEGIN "


class SmCrypto:
    """A NationalCrypto over ``certs.sm``. Safe to share between threads.

    Args:
        choose: gives the SM2 engine; asked when SM2 is first needed, since the choice takes a self-test.
    """

    def __init__(self, choose: Callable[[], Sm2Engine] = engine) -> None:
        self._choose = choose

    def sm3(self, data: bytes) -> bytes:
        """The 32 bytes of the digest."""
        return sm3(data)

    def hmac_sm3(self, key: bytes, data: bytes) -> bytes:
        """The 32 bytes of HMAC-SM3."""
        return hmac_sm3(key, data)

    def sign_sm2(self, private_key: str, data: bytes, *, raw: bool) -> bytes:
        """An SM2-with-SM3 signature; raises KeyUnusable."""
        signature = self._choose().sign(_private(private_key), data)
        return signature.to_raw() if raw else signature.to_der()

    def is_signed_sm2(self, public_key: str, data: bytes, signature: bytes, *, raw: bool) -> bool:
        """Whether ``signature`` proves ``data``; raises KeyUnusable."""
        key = _public(public_key)
        try:
            read = Signature.from_raw(signature) if raw else Signature.from_der(signature)
            self._choose().verify(key, data, read)
        except SignatureInvalid:
            return False
        return True

    def encrypt_sm2(self, public_key: str, plain: bytes, form: Sm2CipherForm = "c1c3c2") -> bytes:
        """The ciphertext for the holder of the key; raises KeyUnusable."""
        return self._choose().encrypt(_public(public_key), plain, form=CipherForm(form))

    def decrypt_sm2(self, private_key: str, data: bytes, form: Sm2CipherForm = "c1c3c2") -> bytes:
        """The plaintext; raises KeyUnusable, or PayloadUnreadable."""
        key = _private(private_key)
        try:
            return self._choose().decrypt(key, data, form=CipherForm(form))
        except CipherInvalid as error:
            raise PayloadUnreadable(str(error)) from error

    def encrypt_sm4(self, key: str, plain: bytes, *, vector: bytes | None = None) -> bytes:
        """PKCS#7-padded ECB, or CBC with a ``vector``; raises KeyUnusable."""
        return _sm4(key, vector).encrypt(plain, vector or b"")

    def decrypt_sm4(self, key: str, data: bytes, *, vector: bytes | None = None) -> bytes:
        """The plaintext; raises KeyUnusable, or PayloadUnreadable."""
        cipher = _sm4(key, vector)
        try:
            return cipher.decrypt(data, vector or b"")
        except CipherInvalid as error:
            raise PayloadUnreadable(str(error)) from error


@lru_cache(_KEPT_KEYS)
def _private(text: str) -> Sm2PrivateKey:
    try:
        return Sm2PrivateKey.from_pem(text) if _PEM in text else Sm2PrivateKey.from_hex(text.strip())
    except KeyInvalid as error:
        raise KeyUnusable(str(error)) from error


@lru_cache(_KEPT_KEYS)
def _public(text: str) -> Sm2PublicKey:
    try:
        return Sm2PublicKey.from_pem(text) if _PEM in text else Sm2PublicKey.from_hex(text.strip())
    except KeyInvalid as error:
        raise KeyUnusable(str(error)) from error


def _sm4(text: str, vector: bytes | None) -> Sm4:
    try:
        key = bytes.fromhex(text) if len(text) == _SM4_HEX else text.encode()
        return Sm4(key, Sm4Mode.ECB if vector is None else Sm4Mode.CBC)
    except ValueError:
        raise KeyUnusable("32 characters of a key that are not hexadecimal") from None
    except KeyInvalid as error:
        raise KeyUnusable(str(error)) from error
