"""Signing and encryption with SM2 (GB/T 32918.2 and .4), whichever implementation computes."""

from functools import lru_cache
from typing import Final, Protocol

from certs.sm import curve
from certs.sm.digest import DIGEST_BYTES, Sm3, sm3
from certs.sm.errors import CipherInvalid
from certs.sm.keys import Sm2PrivateKey, Sm2PublicKey
from certs.sm.shapes import LONGEST_PLAIN, CipherForm, Ciphertext, Signature

DEFAULT_ID: Final = b"1234567812345678"
"""The signer's identifier where nobody agreed on another (GM/T 0009); always said, as libraries' defaults differ."""

LONGEST_ID: Final = 8_191
_CURVE_BYTES = b"".join(
    number.to_bytes(curve.FIELD_BYTES, "big") for number in (curve.A, curve.B, curve.G[0], curve.G[1])
)


class Backend(Protocol):
    """An implementation of the four computations; everything around them is Sm2Engine's, the same for all.

    Attributes:
        name: one word for logs and reports.
        version: which release of what computes.
    """

    name: str
    version: str

    def sign(self, private: Sm2PrivateKey, digest: bytes) -> Signature:
        """A signature of the 32 bytes e."""
        ...

    def verify(self, public: Sm2PublicKey, digest: bytes, signature: Signature) -> None:
        """Raise SignatureInvalid unless the signature is one of the 32 bytes e."""
        ...

    def encrypt(self, public: Sm2PublicKey, plain: bytes) -> Ciphertext:
        """Encrypt 1 to LONGEST_PLAIN bytes."""
        ...

    def decrypt(self, private: Sm2PrivateKey, ciphertext: Ciphertext) -> bytes:
        """The plaintext; raise CipherInvalid if C3 does not prove it."""
        ...


class Sm2Engine:
    """SM2 by one backend. Safe to share between threads.

    Args:
        backend: what computes.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.name: Final = backend.name
        self.version: Final = backend.version

    def __repr__(self) -> str:
        return f"<Sm2Engine {self.name} ({self.version})>"

    def sign(self, private: Sm2PrivateKey, message: bytes, *, ident: bytes = DEFAULT_ID) -> Signature:
        """A signature of ``message`` by the signer ``ident`` (SM3 over ZA and the message)."""
        return self._backend.sign(private, message_digest(private.public, message, ident=ident))

    def sign_digest(self, private: Sm2PrivateKey, digest: bytes) -> Signature:
        """A signature of the 32 bytes that message_digest gives (not a bare SM3 of the message)."""
        return self._backend.sign(private, _checked(digest))

    def verify(self, public: Sm2PublicKey, message: bytes, signature: Signature, *, ident: bytes = DEFAULT_ID) -> None:
        """Verify a signature of ``message`` by the signer ``ident``.

        Raises:
            SignatureInvalid: it is none, or of another message, key or signer.
        """
        self._backend.verify(public, message_digest(public, message, ident=ident), signature)

    def verify_digest(self, public: Sm2PublicKey, digest: bytes, signature: Signature) -> None:
        """Verify a signature of the 32 bytes that message_digest gives.

        Raises:
            SignatureInvalid: it is none, or of another digest or key.
        """
        self._backend.verify(public, _checked(digest), signature)

    def encrypt(self, public: Sm2PublicKey, plain: bytes, *, form: CipherForm = CipherForm.C1C3C2) -> bytes:
        """Encrypt 1 to LONGEST_PLAIN bytes.

        Raises:
            ValueError: there are fewer or more.
        """
        if not 1 <= len(plain) <= LONGEST_PLAIN:
            raise ValueError(f"SM2 encrypts 1 to {LONGEST_PLAIN} bytes")
        while True:
            ciphertext = self._backend.encrypt(public, plain)
            # A mask of zeros, one in 256 for a single byte, must be drawn again; not every library does it.
            if ciphertext.masked != plain:
                return ciphertext.encode(form)

    def decrypt(self, private: Sm2PrivateKey, data: bytes, *, form: CipherForm = CipherForm.C1C3C2) -> bytes:
        """The plaintext of ``data``.

        Raises:
            CipherInvalid: another form, another key, or changed on the way; which one is not told.
        """
        ciphertext = Ciphertext.decode(data, form)
        plain = self._backend.decrypt(private, ciphertext)
        if plain == ciphertext.masked:
            raise CipherInvalid
        return plain


def signer_digest(public: Sm2PublicKey, ident: bytes) -> bytes:
    """ZA: the 32 bytes that bind a signer's identifier, the curve and the public key.

    Raises:
        ValueError: the identifier is longer than LONGEST_ID bytes.
    """
    if len(ident) > LONGEST_ID:
        raise ValueError(f"a signer's identifier has at most {LONGEST_ID} bytes")
    return _signer_digest(public.to_raw(), ident)


@lru_cache(maxsize=256)  # the same few keys sign and are verified again and again
def _signer_digest(public: bytes, ident: bytes) -> bytes:
    bit_count = (len(ident) * 8).to_bytes(2, "big")
    return sm3(b"".join((bit_count, ident, _CURVE_BYTES, public)))


def message_digest(public: Sm2PublicKey, message: bytes, *, ident: bytes = DEFAULT_ID) -> bytes:
    """e: the 32 bytes that are signed for ``message``."""
    return Sm3(signer_digest(public, ident)).update(message).digest()


def _checked(digest: bytes) -> bytes:
    if len(digest) != DIGEST_BYTES:
        raise ValueError(f"a digest has {DIGEST_BYTES} bytes")
    return digest
