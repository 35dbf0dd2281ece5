"""The engine that is always there: SM2 on certs.sm.curve."""

import hmac
import platform
from collections.abc import Callable

from certs.sm import curve
from certs.sm.digest import derive, sm3
from certs.sm.errors import CipherInvalid, SignatureInvalid
from certs.sm.keys import Sm2PrivateKey, Sm2PublicKey
from certs.sm.shapes import Ciphertext, Signature


class PythonBackend:
    """A Backend in pure Python; see certs.sm.curve for what that can promise.

    Args:
        arithmetic: computes with points.
        random_scalar: draws the number of each signature and ciphertext, uniformly from 1..n-1.
    """

    name = "python"

    def __init__(
        self, arithmetic: curve.Arithmetic | None = None, random_scalar: Callable[[], int] = curve.random_scalar
    ) -> None:
        self._arithmetic = arithmetic or curve.arithmetic()
        self._random_scalar = random_scalar
        self.version = f"Python {platform.python_version()}, {self._arithmetic.number_name} numbers"

    def sign(self, private: Sm2PrivateKey, digest: bytes) -> Signature:
        """A signature of the 32 bytes e."""
        e = int.from_bytes(digest, "big")
        while True:
            k = self._random_scalar()
            r = (e + self._arithmetic.multiply_base(k)[0]) % curve.N
            # The standard's (k - r d) / (1 + d), with the secret key in one place only.
            s = (private.factor * (k + r) - r) % curve.N
            if r and s and r + k != curve.N:
                return Signature(r, s)

    def verify(self, public: Sm2PublicKey, digest: bytes, signature: Signature) -> None:
        """Raise SignatureInvalid unless the signature is one of the 32 bytes e."""
        t = (signature.r + signature.s) % curve.N
        point = self._arithmetic.combine(signature.s, t, public.point) if t else None
        if point is None or (int.from_bytes(digest, "big") + point[0] - signature.r) % curve.N:
            raise SignatureInvalid

    def encrypt(self, public: Sm2PublicKey, plain: bytes) -> Ciphertext:
        """Encrypt ``plain``."""
        k = self._random_scalar()
        point = self._arithmetic.multiply_base(k)
        x, y = _coordinates(self._arithmetic.multiply(k, public.point))
        return Ciphertext(point, sm3(x + plain + y), _masked(plain, x + y))

    def decrypt(self, private: Sm2PrivateKey, ciphertext: Ciphertext) -> bytes:
        """The plaintext; raise CipherInvalid if C3 does not prove it."""
        x, y = _coordinates(self._arithmetic.multiply(private.scalar, ciphertext.point))
        plain = _masked(ciphertext.masked, x + y)
        if not hmac.compare_digest(sm3(x + plain + y), ciphertext.check):
            raise CipherInvalid
        return plain


def _coordinates(point: curve.Point) -> tuple[bytes, bytes]:
    return point[0].to_bytes(curve.FIELD_BYTES, "big"), point[1].to_bytes(curve.FIELD_BYTES, "big")


def _masked(data: bytes, shared: bytes) -> bytes:
    mask = derive(shared, len(data))
    return (int.from_bytes(data, "big") ^ int.from_bytes(mask, "big")).to_bytes(len(data), "big")
