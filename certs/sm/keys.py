"""SM2 keys, and the forms in which they are kept and exchanged."""

import re
import secrets
from typing import Final, NoReturn, Self

from certs.sm import curve, der
from certs.sm.errors import KeyInvalid

_EC_PUBLIC_KEY: Final = bytes.fromhex("2a8648ce3d0201")  # 1.2.840.10045.2.1
_SM2_CURVE: Final = bytes.fromhex("2a811ccf5501822d")  # 1.2.156.10197.1.301
_SEC1_VERSION = 1
_PKCS8_VERSIONS = (0, 1)
_BYTES = curve.FIELD_BYTES
_PREFIX = b"\x04"
_PRIVATE_HEX = re.compile(r"[0-9A-Fa-f]{1,66}")
_PUBLIC_HEX = re.compile(r"(?:04)?[0-9A-Fa-f]{128}")
_PKCS8, _SEC1, _SEC1_SM2, _SPKI = "PRIVATE KEY", "EC PRIVATE KEY", "SM2 PRIVATE KEY", "PUBLIC KEY"


class Sm2PublicKey:
    """A point of the curve; equal keys compare equal.

    Raises:
        KeyInvalid: (x, y) is not on the curve.
    """

    __slots__ = ("__weakref__", "point")

    def __init__(self, x: int, y: int) -> None:
        if not curve.on_curve(x, y):
            raise KeyInvalid("the point is not on the curve sm2p256v1")
        self.point: Final[curve.Point] = (x, y)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sm2PublicKey) and self.point == other.point

    def __hash__(self) -> int:
        return hash(self.point)

    def __repr__(self) -> str:
        return "<Sm2PublicKey>"

    def to_raw(self) -> bytes:
        """The coordinates x and y, 32 bytes each."""
        return b"".join(number.to_bytes(_BYTES, "big") for number in self.point)

    def to_bytes(self) -> bytes:
        """The 65 bytes ``04 || x || y``."""
        return _PREFIX + self.to_raw()

    def to_der(self) -> bytes:
        """SubjectPublicKeyInfo."""
        return der.element(der.SEQUENCE, _algorithm(), der.bits(self.to_bytes()))

    def to_pem(self) -> str:
        """SubjectPublicKeyInfo between ``BEGIN PUBLIC KEY`` and its end."""
        return der.write_pem(_SPKI, self.to_der())

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read 65 bytes ``04 || x || y`` or 64 bytes ``x || y``.

        Raises:
            KeyInvalid: another length or prefix (a compressed point, infinity), or a point off the curve.
        """
        if len(data) == 2 * _BYTES + 1 and data[:1] == _PREFIX:
            data = data[1:]
        if len(data) != 2 * _BYTES:
            raise KeyInvalid("a public key is 64 bytes, or 65 that begin with 04")
        return cls(int.from_bytes(data[:_BYTES], "big"), int.from_bytes(data[_BYTES:], "big"))

    @classmethod
    def from_hex(cls, text: str) -> Self:
        """Read 128 hexadecimal digits, or 130 that begin with 04.

        Raises:
            KeyInvalid: it is something else, or the point is off the curve.
        """
        if not _PUBLIC_HEX.fullmatch(text):
            raise KeyInvalid("a public key is 128 hexadecimal digits, or 130 that begin with 04")
        return cls.from_bytes(bytes.fromhex(text))

    @classmethod
    def from_der(cls, data: bytes) -> Self:
        """Read a SubjectPublicKeyInfo.

        Raises:
            KeyInvalid: it is none, of another curve, or the point is off the curve.
        """
        try:
            outside = der.Reader(data)
            inside = outside.inside()
            outside.end()
            _check_algorithm(inside.inside())
            point = inside.bits()
            inside.end()
        except der.DerInvalid as error:
            raise KeyInvalid(f"this is no SubjectPublicKeyInfo: {error}") from None
        return cls.from_bytes(point)

    @classmethod
    def from_pem(cls, text: str) -> Self:
        """Read the first block ``PUBLIC KEY``.

        Raises:
            KeyInvalid: as from_der, or there is no such block.
        """
        try:
            _, content = der.read_pem(text, _SPKI)
        except der.DerInvalid as error:
            raise KeyInvalid(f"no public key in PEM: {error}") from None
        return cls.from_der(content)


class Sm2PrivateKey:
    """A private key. Its repr shows nothing; it cannot be pickled or copied, and is equal only to itself.

    Python cannot wipe it from memory: a key that must not be in memory at all belongs into a device.

    Attributes:
        scalar: the secret number.
        factor: (1 + scalar)^-1 modulo n, as secret.

    Raises:
        KeyInvalid: the number is not in 1..n-2.
    """

    __slots__ = ("__weakref__", "_public", "factor", "scalar")

    def __init__(self, scalar: int) -> None:
        if not 1 <= scalar <= curve.N - 2:
            raise KeyInvalid("a private key is a number in 1..n-2")
        self.scalar: Final = scalar
        self.factor: Final = curve.inverse_of_secret(scalar + 1)
        self._public: Sm2PublicKey | None = None

    def __repr__(self) -> str:
        return "<Sm2PrivateKey>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key is not pickled or copied")

    @property
    def public(self) -> Sm2PublicKey:
        """The public key; computed at first use."""
        if self._public is None:
            self._public = Sm2PublicKey(*curve.arithmetic().multiply_base(self.scalar))
        return self._public

    def to_raw(self) -> bytes:
        """The secret number in 32 bytes."""
        return self.scalar.to_bytes(_BYTES, "big")

    def to_der(self) -> bytes:
        """PKCS#8, unencrypted, with the public key inside."""
        public = der.element(0xA1, der.bits(self.public.to_bytes()))
        sec1 = der.element(
            der.SEQUENCE, der.unsigned(_SEC1_VERSION), der.element(der.OCTET_STRING, self.to_raw()), public
        )
        return der.element(der.SEQUENCE, der.unsigned(0), _algorithm(), der.element(der.OCTET_STRING, sec1))

    def to_pem(self) -> str:
        """PKCS#8, unencrypted, between ``BEGIN PRIVATE KEY`` and its end."""
        return der.write_pem(_PKCS8, self.to_der())

    @classmethod
    def generate(cls) -> Self:
        """A new random key."""
        return cls(secrets.randbelow(curve.N - 2) + 1)

    @classmethod
    def from_hex(cls, text: str) -> Self:
        """Read up to 64 hexadecimal digits; 00 before them and missing zeros are an old habit and accepted.

        Raises:
            KeyInvalid: it is something else, or the number is out of range.
        """
        if not _PRIVATE_HEX.fullmatch(text):
            raise KeyInvalid("a private key is 64 hexadecimal digits")
        return cls(int(text, 16))

    @classmethod
    def from_der(cls, data: bytes) -> Self:
        """Read unencrypted PKCS#8 or SEC 1 (ECPrivateKey); a public key in it must belong to the number.

        Raises:
            KeyInvalid: it is neither, of another curve, out of range, or the two halves do not belong together.
        """
        try:
            outside = der.Reader(data)
            inside = outside.inside()
            outside.end()
            version = inside.unsigned()
            if inside.next_is(der.OCTET_STRING):
                _check_version(version, _SEC1_VERSION)
                return cls._from_sec1(inside, named=False)
            _check_version(version, *_PKCS8_VERSIONS)
            _check_algorithm(inside.inside())
            wrapped = inside.inside(der.OCTET_STRING)
            # What may follow inside are attributes, which say nothing about the key.
            sec1 = wrapped.inside()
            wrapped.end()
            _check_version(sec1.unsigned(), _SEC1_VERSION)
            return cls._from_sec1(sec1, named=True)
        except der.DerInvalid as error:
            raise KeyInvalid(f"this is neither PKCS#8 nor SEC 1: {error}") from None

    @classmethod
    def _from_sec1(cls, inside: der.Reader, *, named: bool) -> Self:
        """Read what follows the version; the curve has to be here unless it was named outside."""
        key = cls(int.from_bytes(inside.take(der.OCTET_STRING), "big"))
        if inside.next_is(0xA0):
            _check_curve(inside.inside(0xA0))
        elif not named:
            raise der.DerInvalid("the curve is not named")
        if inside.next_is(0xA1) and Sm2PublicKey.from_bytes(inside.inside(0xA1).bits()) != key.public:
            raise KeyInvalid("the public key inside does not belong to the private key")
        inside.end()
        return key

    @classmethod
    def from_pem(cls, text: str) -> Self:
        """Read the first block ``PRIVATE KEY``, ``EC PRIVATE KEY`` or ``SM2 PRIVATE KEY``.

        Raises:
            KeyInvalid: as from_der, or there is no such block (an encrypted key has to be opened first).
        """
        try:
            _, content = der.read_pem(text, _PKCS8, _SEC1, _SEC1_SM2)
        except der.DerInvalid as error:
            raise KeyInvalid(f"no unencrypted private key in PEM: {error}") from None
        return cls.from_der(content)


def _algorithm() -> bytes:
    oids = (der.element(der.OBJECT_IDENTIFIER, oid) for oid in (_EC_PUBLIC_KEY, _SM2_CURVE))
    return der.element(der.SEQUENCE, *oids)


def _check_algorithm(inside: der.Reader) -> None:
    # GM/T 0006 names the algorithm by the curve's own identifier; OpenSSL and most certificates say ecPublicKey.
    if inside.take(der.OBJECT_IDENTIFIER) not in (_EC_PUBLIC_KEY, _SM2_CURVE):
        raise KeyInvalid("the key is not of an elliptic curve")
    _check_curve(inside)


def _check_version(version: int, *known: int) -> None:
    if version not in known:
        raise der.DerInvalid("an unknown version")


def _check_curve(inside: der.Reader) -> None:
    if inside.take(der.OBJECT_IDENTIFIER) != _SM2_CURVE:
        raise KeyInvalid("the key is of another curve than sm2p256v1")
    inside.end()
