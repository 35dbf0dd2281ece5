"""Signatures and ciphertexts in the shapes in which they travel (GM/T 0009)."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

from certs.sm import curve, der
from certs.sm.digest import DIGEST_BYTES
from certs.sm.errors import CipherInvalid, SignatureInvalid

LONGEST_PLAIN: Final = 16 * 1024 * 1024
"""Bytes; SM2 is meant for keys and short payloads."""

_POINT = 2 * curve.FIELD_BYTES
_PREFIX = b"\x04"


@dataclass(frozen=True, slots=True)
class Signature:
    """The two numbers of a signature.

    Raises:
        SignatureInvalid: one of them is not in 1..n-1.
    """

    r: int
    s: int

    def __post_init__(self) -> None:
        if not (0 < self.r < curve.N and 0 < self.s < curve.N):
            raise SignatureInvalid

    def to_der(self) -> bytes:
        """``SEQUENCE {r INTEGER, s INTEGER}``."""
        return der.element(der.SEQUENCE, der.unsigned(self.r), der.unsigned(self.s))

    def to_raw(self) -> bytes:
        """The numbers r and s, 32 bytes each."""
        return self.r.to_bytes(curve.FIELD_BYTES, "big") + self.s.to_bytes(curve.FIELD_BYTES, "big")

    @classmethod
    def from_der(cls, data: bytes) -> Self:
        """Read strict DER.

        Raises:
            SignatureInvalid: it is no DER of two numbers in range.
        """
        try:
            outside = der.Reader(data)
            inside = outside.inside()
            outside.end()
            signature = cls(inside.unsigned(), inside.unsigned())
            inside.end()
        except der.DerInvalid:
            raise SignatureInvalid from None
        return signature

    @classmethod
    def from_raw(cls, data: bytes) -> Self:
        """Read r and s, 32 bytes each.

        Raises:
            SignatureInvalid: it is not 64 bytes, or a number is out of range.
        """
        if len(data) != _POINT:
            raise SignatureInvalid
        half = curve.FIELD_BYTES
        return cls(int.from_bytes(data[:half], "big"), int.from_bytes(data[half:], "big"))

    @classmethod
    def from_any(cls, data: bytes) -> Self:
        """Read what devices and old systems write: r and s bare, DER, or DER that lost or doubled a sign's zero byte.

        Raises:
            SignatureInvalid: it is none of these.
        """
        try:
            outside = der.Reader(data)
            inside = outside.inside()
            outside.end()
            r, s = inside.take(der.INTEGER), inside.take(der.INTEGER)
            inside.end()
        except der.DerInvalid:
            return cls.from_raw(data)
        return cls(int.from_bytes(r, "big"), int.from_bytes(s, "big"))


class CipherForm(StrEnum):
    """How the three parts of a ciphertext are written: C1 a point, C2 the masked text, C3 a digest.

    The standard of 2012 (GM/T 0003.4) and most systems write C1 C3 C2; older ones C1 C2 C3. The byte 04 before the
    point is left out by some (``bare``). Reading finds out by itself whether it is there: only one reading is on the
    curve.
    """

    DER = "der"
    C1C3C2 = "c1c3c2"
    C1C2C3 = "c1c2c3"
    BARE_C1C3C2 = "bare-c1c3c2"
    BARE_C1C2C3 = "bare-c1c2c3"


_BARE = (CipherForm.BARE_C1C3C2, CipherForm.BARE_C1C2C3)
_CHECK_LAST = (CipherForm.C1C2C3, CipherForm.BARE_C1C2C3)


@dataclass(frozen=True, slots=True)
class Ciphertext:
    """A ciphertext's parts.

    Attributes:
        point: C1, a point of the curve.
        check: C3, 32 bytes.
        masked: C2, 1 to LONGEST_PLAIN bytes.

    Raises:
        CipherInvalid: a part is not like that.
    """

    point: curve.Point = field(repr=False)
    check: bytes = field(repr=False)
    masked: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if (
            not curve.on_curve(*self.point)
            or len(self.check) != DIGEST_BYTES
            or not 1 <= len(self.masked) <= LONGEST_PLAIN
        ):
            raise CipherInvalid

    def encode(self, form: CipherForm) -> bytes:
        """Write it in this form."""
        x, y = self.point
        if form is CipherForm.DER:
            check = der.element(der.OCTET_STRING, self.check)
            masked = der.element(der.OCTET_STRING, self.masked)
            return der.element(der.SEQUENCE, der.unsigned(x), der.unsigned(y), check, masked)
        rest = (self.masked, self.check) if form in _CHECK_LAST else (self.check, self.masked)
        prefix = b"" if form in _BARE else _PREFIX
        return b"".join((prefix, x.to_bytes(curve.FIELD_BYTES, "big"), y.to_bytes(curve.FIELD_BYTES, "big"), *rest))

    @classmethod
    def decode(cls, data: bytes, form: CipherForm) -> Self:
        """Read this form.

        Raises:
            CipherInvalid: it is not of this form.
        """
        if form is CipherForm.DER:
            return cls._from_der(data)
        start = 1 if data[:1] == _PREFIX and curve.on_curve(*_coordinates(data, 1)) else 0
        rest = data[start + _POINT :]
        split = max(0, len(rest) - DIGEST_BYTES) if form in _CHECK_LAST else DIGEST_BYTES
        check, masked = (rest[split:], rest[:split]) if form in _CHECK_LAST else (rest[:split], rest[split:])
        return cls(_coordinates(data, start), check, masked)

    @classmethod
    def _from_der(cls, data: bytes) -> Self:
        try:
            outside = der.Reader(data)
            inside = outside.inside()
            outside.end()
            point = inside.unsigned(), inside.unsigned()
            check, masked = inside.take(der.OCTET_STRING), inside.take(der.OCTET_STRING)
            inside.end()
        except der.DerInvalid:
            raise CipherInvalid from None
        return cls(point, check, masked)


def _coordinates(data: bytes, start: int) -> curve.Point:
    middle, end = start + curve.FIELD_BYTES, start + _POINT
    return int.from_bytes(data[start:middle], "big"), int.from_bytes(data[middle:end], "big")
