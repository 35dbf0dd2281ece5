"""The door to devices of GM/T 0018 (SDF): the prototypes that are called, and what their codes mean."""

import ctypes
from collections.abc import Callable
from ctypes import POINTER, c_char_p, c_int, c_uint, c_void_p
from typing import Final, Protocol

from certs.signers.troubles import DeviceAway, KeyMissing, LibraryMissing
from gateway.core.errors import KeyUnusable, PinRefused

_BYTES: Final = 64
"""Room for a number in the structures of the standard (512 bits); SM2's are right-aligned in it."""

_GOOD: Final = 0
_BASE: Final = 0x01000000
_MEANINGS: Final = {
    0x02: "it does not support this",
    0x03: "it cannot be reached",
    0x04: "its hardware fails",
    0x05: "it cannot be opened",
    0x06: "no session can be opened",
    0x07: "the right to use the key was not given",
    0x08: "there is no such key",
    0x0B: "it cannot sign",
    0x0C: "it cannot sign",
    0x0D: "it cannot sign",
    0x1D: "a parameter is wrong",
}
_KINDS: Final[dict[int, type[KeyUnusable]]] = {0x07: PinRefused, 0x08: KeyMissing}
_NO_WORD_ON_PINS: Final = frozenset({0x02, 0x03, 0x04, 0x08})
"""Codes that a device gives for other reasons than the PIN, asked for the right to a key."""


class PublicNumbers(ctypes.Structure):
    """ECCrefPublicKey."""

    _fields_ = (("bits", c_uint), ("x", ctypes.c_ubyte * _BYTES), ("y", ctypes.c_ubyte * _BYTES))


class SignatureNumbers(ctypes.Structure):
    """ECCSignature."""

    _fields_ = (("r", ctypes.c_ubyte * _BYTES), ("s", ctypes.c_ubyte * _BYTES))


_PROTOTYPES: Final[dict[str, list[object]]] = {
    "SDF_OpenDevice": [POINTER(c_void_p)],
    "SDF_CloseDevice": [c_void_p],
    "SDF_OpenSession": [c_void_p, POINTER(c_void_p)],
    "SDF_CloseSession": [c_void_p],
    "SDF_GetPrivateKeyAccessRight": [c_void_p, c_uint, c_char_p, c_uint],
    "SDF_ReleasePrivateKeyAccessRight": [c_void_p, c_uint],
    "SDF_ExportSignPublicKey_ECC": [c_void_p, c_uint, POINTER(PublicNumbers)],
    "SDF_InternalSign_ECC": [c_void_p, c_uint, c_char_p, c_uint, POINTER(SignatureNumbers)],
}


class Library(Protocol):
    """A loaded library: the functions of _PROTOTYPES as attributes."""

    def __getattr__(self, name: str) -> Callable[..., int]: ...


def load(path: str, opener: Callable[[str], object] = ctypes.CDLL) -> Library:
    """The device's library.

    Raises:
        LibraryMissing: it does not load, or lacks a function.
    """
    try:
        library = opener(path)
        for name, arguments in _PROTOTYPES.items():
            function = getattr(library, name)
            function.restype, function.argtypes = c_int, arguments
    except (OSError, AttributeError) as error:
        raise LibraryMissing("the device's library does not load, or is none of GM/T 0018") from error
    return library  # type: ignore[return-value] # the loop has just seen to it


def check(code: int) -> None:
    """Nothing for success.

    Raises:
        KeyUnusable: any other code, which it says and explains: ``PinRefused``, ``KeyMissing`` or ``DeviceAway``.
    """
    if code != _GOOD:
        raise _KINDS.get(_plain(code), DeviceAway)(_said(code))


def check_pin(code: int) -> None:
    """The same of the right to use a key: of a device that was open, what it does not explain is about the PIN.

    Raises:
        KeyUnusable: as above.
    """
    if code != _GOOD and _plain(code) not in _NO_WORD_ON_PINS:
        raise PinRefused(_said(code))
    check(code)


def _plain(code: int) -> int:
    """The code without what all of the standard's have in common."""
    return (code & 0xFFFFFFFF) - _BASE


def _said(code: int) -> str:
    meaning = _MEANINGS.get(_plain(code), "for a reason of its own")
    return f"the device refuses: {meaning} ({code & 0xFFFFFFFF:#010x})"


def number(field: "ctypes.Array[ctypes.c_ubyte]") -> int:
    """A number in a structure."""
    return int.from_bytes(bytes(field), "big")
