"""SM2 keys in crypto cards and machines of GM/T 0018 (SDF).

A reference is ``sdf:key=1?module-path=/opt/card/lib/libsdf.so``.
"""

import ctypes
from collections.abc import Callable
from typing import Final, Self

from certs import sm
from certs.signers import sdf_library
from certs.signers.device import DeviceSigner
from certs.signers.locator import Locator
from certs.signers.sdf_library import Library, PublicNumbers, SignatureNumbers, check, check_pin, number
from certs.x509 import Certificate, KeyAlgorithm, SignatureAlgorithm
from gateway.core.errors import KeyUnusable

_FIND: Final = frozenset({"key"})
_REACH: Final = frozenset({"module-path"})
_HIGHEST_KEY: Final = 1_024
_LONGEST_PIN: Final = 64


async def open_sdf_signer(
    text: str,
    certificate: Certificate,
    *,
    algorithm: SignatureAlgorithm | None = None,
    pin: str | None = None,
    load: Callable[[str], Library] = sdf_library.load,
) -> DeviceSigner:
    """The signer of an SM2 key that a device holds under a number.

    Raises:
        KeyUnusable: it is not there, is another one than the certificate's, or the PIN does not open it.
    """
    locator = Locator.read(text, _FIND, _REACH)
    index = locator.text("key") or ""
    if not (index.isascii() and index.isdigit() and len(index) <= 4 and 1 <= int(index) <= _HIGHEST_KEY):  # noqa: PLR2004 # digits
        raise KeyUnusable(f"the key's reference needs key=, a number from 1 to {_HIGHEST_KEY}")
    if certificate.public_key.algorithm is not KeyAlgorithm.SM2:
        raise KeyUnusable("only SM2 keys are reached by sdf:")
    secret = None if pin is None else pin.encode()
    if secret is not None and len(secret) > _LONGEST_PIN:
        raise KeyUnusable("the PIN is longer than any device's")
    path = locator.library()
    signer = DeviceSigner(certificate, algorithm, lambda _: _Session.open(load(path), int(index), secret, certificate))
    await signer.open()
    return signer


class _Session:
    """A DeviceSession. Whatever was opened is closed in the other order."""

    def __init__(self, library: Library, index: int) -> None:
        self._library = library
        self._index = index
        self._undo: list[Callable[[], object]] = []
        self._handle = ctypes.c_void_p()

    @classmethod
    def open(cls, library: Library, index: int, pin: bytes | None, certificate: Certificate) -> Self:
        """Open device and session, get the right to use the key, and see that it is the certificate's."""
        session = cls(library, index)
        try:
            session._begin(pin, certificate)  # its own kind
        except KeyUnusable:
            session.close()
            raise
        return session

    def _begin(self, pin: bytes | None, certificate: Certificate) -> None:
        device = ctypes.c_void_p()
        check(self._library.SDF_OpenDevice(ctypes.byref(device)))
        self._undo.append(lambda: self._library.SDF_CloseDevice(device))
        check(self._library.SDF_OpenSession(device, ctypes.byref(self._handle)))
        self._undo.append(lambda: self._library.SDF_CloseSession(self._handle))
        if pin is not None:
            check_pin(self._library.SDF_GetPrivateKeyAccessRight(self._handle, self._index, pin, len(pin)))
            self._undo.append(lambda: self._library.SDF_ReleasePrivateKeyAccessRight(self._handle, self._index))
        if self._public_key() != certificate.public_key.key:
            raise KeyUnusable("the device's key does not belong to the certificate")

    def _public_key(self) -> sm.Sm2PublicKey:
        found = PublicNumbers()
        check(self._library.SDF_ExportSignPublicKey_ECC(self._handle, self._index, ctypes.byref(found)))
        try:
            return sm.Sm2PublicKey(number(found.x), number(found.y))
        except sm.KeyInvalid as error:
            raise KeyUnusable("the device's key is not on SM2's curve") from error

    def sign(self, digest: bytes) -> bytes:
        """A signature of the digest, which the device takes as it is."""
        made = SignatureNumbers()
        check(self._library.SDF_InternalSign_ECC(self._handle, self._index, digest, len(digest), ctypes.byref(made)))
        try:
            return sm.Signature(number(made.r), number(made.s)).to_der()
        except sm.SignatureInvalid as error:
            raise KeyUnusable("the device gave something that is no signature") from error

    def close(self) -> None:
        """Give everything back; what the device says to that changes nothing."""
        while self._undo:
            self._undo.pop()()
