"""SM4 (GB/T 32907) in the modes that legacy interfaces use."""

from enum import StrEnum
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from certs.sm.errors import CipherInvalid, KeyInvalid

KEY_BYTES: Final = 16
BLOCK_BYTES: Final = 16
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16


class Sm4Mode(StrEnum):
    """How blocks are chained.

    Only GCM proves that nothing was changed; ECB also shows equal blocks. The others are for systems that know no
    better, together with a signature or code over the ciphertext.
    """

    ECB = "ecb"
    CBC = "cbc"
    CTR = "ctr"
    GCM = "gcm"


_VECTOR_BYTES = {Sm4Mode.ECB: 0, Sm4Mode.CBC: BLOCK_BYTES, Sm4Mode.CTR: BLOCK_BYTES, Sm4Mode.GCM: NONCE_BYTES}
_BLOCKWISE = (Sm4Mode.ECB, Sm4Mode.CBC)


class Sm4:
    """SM4 under one key; its repr does not show the key.

    Args:
        key: 16 bytes.
        mode: how blocks are chained.
        padded: whether ECB and CBC pad with PKCS#7; without, plaintexts must be whole blocks. The others never pad.

    Raises:
        KeyInvalid: the key is not 16 bytes long.
    """

    def __init__(self, key: bytes, mode: Sm4Mode, *, padded: bool = True) -> None:
        if len(key) != KEY_BYTES:
            raise KeyInvalid(f"an SM4 key is {KEY_BYTES} bytes long")
        self._algorithm = algorithms.SM4(key)
        self._mode = mode
        self._padded = padded and mode in _BLOCKWISE

    def __repr__(self) -> str:
        return f"<Sm4 {self._mode}>"

    def encrypt(self, plain: bytes, vector: bytes = b"", *, associated: bytes = b"") -> bytes:
        """The ciphertext of ``plain``; with GCM the 16 bytes of the tag follow.

        Args:
            plain: what to hide.
            vector: 16 bytes for CBC and CTR, 12 for GCM, none for ECB. Never the same twice for CTR and GCM under
                one key; unpredictable for CBC.
            associated: what GCM proves besides.

        Raises:
            ValueError: the vector or, unpadded, the plaintext has the wrong length, or the mode proves nothing besides.
        """
        self._check(vector, associated)
        if self._padded:
            padder = PKCS7(BLOCK_BYTES * 8).padder()
            plain = padder.update(plain) + padder.finalize()
        elif self._mode in _BLOCKWISE and len(plain) % BLOCK_BYTES:
            raise ValueError("without padding a plaintext is whole blocks")
        if self._mode is Sm4Mode.GCM:
            context = Cipher(self._algorithm, modes.GCM(vector)).encryptor()
            context.authenticate_additional_data(associated)
            return context.update(plain) + context.finalize() + context.tag
        plainly = Cipher(self._algorithm, self._chaining(vector)).encryptor()
        return plainly.update(plain) + plainly.finalize()

    def decrypt(self, data: bytes, vector: bytes = b"", *, associated: bytes = b"") -> bytes:
        """The plaintext of ``data``; arguments as in encrypt.

        Raises:
            CipherInvalid: length, padding or tag are wrong; which one is not told.
            ValueError: the vector has the wrong length, or the mode proves nothing besides.
        """
        self._check(vector, associated)
        if self._mode is Sm4Mode.GCM:
            return self._open(data, vector, associated)
        if self._mode in _BLOCKWISE and len(data) % BLOCK_BYTES:
            raise CipherInvalid
        context = Cipher(self._algorithm, self._chaining(vector)).decryptor()
        plain = context.update(data) + context.finalize()
        if not self._padded:
            return plain
        unpadder = PKCS7(BLOCK_BYTES * 8).unpadder()
        try:
            return unpadder.update(plain) + unpadder.finalize()
        except ValueError:
            raise CipherInvalid from None

    def _open(self, data: bytes, vector: bytes, associated: bytes) -> bytes:
        if len(data) < TAG_BYTES:
            raise CipherInvalid
        context = Cipher(self._algorithm, modes.GCM(vector, data[-TAG_BYTES:])).decryptor()
        context.authenticate_additional_data(associated)
        try:
            return context.update(data[:-TAG_BYTES]) + context.finalize()
        except InvalidTag:
            raise CipherInvalid from None

    def _chaining(self, vector: bytes) -> modes.ECB | modes.CBC | modes.CTR:
        if self._mode is Sm4Mode.CBC:
            return modes.CBC(vector)
        return modes.CTR(vector) if self._mode is Sm4Mode.CTR else modes.ECB()  # noqa: S305 # legacy interfaces ask for it

    def _check(self, vector: bytes, associated: bytes) -> None:
        if len(vector) != _VECTOR_BYTES[self._mode]:
            raise ValueError(f"{self._mode} takes {_VECTOR_BYTES[self._mode]} bytes of vector")
        if associated and self._mode is not Sm4Mode.GCM:
            raise ValueError(f"{self._mode} proves nothing besides")
