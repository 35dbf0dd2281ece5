"""SM3 (GB/T 32905) and HMAC over it."""

import hmac
from typing import Final, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

from certs.sm.errors import SignatureInvalid

DIGEST_BYTES: Final = 32


class Sm3:
    """An SM3 digest of data that comes in pieces."""

    def __init__(self, data: bytes = b"") -> None:
        self._hash = hashes.Hash(hashes.SM3())
        self._hash.update(data)

    def update(self, data: bytes) -> Self:
        """Take in the next piece."""
        self._hash.update(data)
        return self

    def copy(self) -> "Sm3":
        """A digest that goes on from here by itself."""
        twin = Sm3.__new__(Sm3)
        twin._hash = self._hash.copy()  # noqa: SLF001 # its own kind
        return twin

    def digest(self) -> bytes:
        """The 32 bytes for what was taken in so far; more may follow."""
        return self._hash.copy().finalize()

    def hexdigest(self) -> str:
        """``digest()`` as 64 lower-case hexadecimal digits."""
        return self.digest().hex()


def sm3(data: bytes) -> bytes:
    """The 32 bytes of the digest of ``data``."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def hmac_sm3(key: bytes, data: bytes) -> bytes:
    """The 32 bytes of HMAC-SM3 (RFC 2104) of ``data`` under ``key``."""
    code = HMAC(key, hashes.SM3())
    code.update(data)
    return code.finalize()


def verify_hmac_sm3(key: bytes, data: bytes, code: bytes) -> None:
    """Compare in constant time.

    Raises:
        SignatureInvalid: ``code`` is not the HMAC-SM3 of ``data`` under ``key``.
    """
    if not hmac.compare_digest(hmac_sm3(key, data), code):
        raise SignatureInvalid


def derive(shared: bytes, length: int) -> bytes:
    """The key derivation function of GB/T 32918.3: ``length`` bytes out of ``shared``."""
    start = hashes.Hash(hashes.SM3())
    start.update(shared)
    blocks = []
    for counter in range(1, -(-length // DIGEST_BYTES) + 1):
        block = start.copy()
        block.update(counter.to_bytes(4, "big"))
        blocks.append(block.finalize())
    return b"".join(blocks)[:length]
