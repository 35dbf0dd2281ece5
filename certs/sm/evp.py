"""libcrypto's door: where the library is, and the prototypes of what is called of it.

OpenSSL 3 and later only: earlier ones have no EVP_PKEY_fromdata. The library that Python's own ``_ssl`` is linked with
is preferred: it is loaded anyway, and the system keeps it up to date.
"""

import ctypes
import ctypes.util
import importlib
import sys
from collections.abc import Callable, Iterator
from ctypes import POINTER, c_char_p, c_int, c_size_t, c_uint, c_ulong, c_void_p
from typing import Final, Protocol

from certs.sm.errors import EngineUnusable

KEYPAIR: Final = 0x87  # EVP_PKEY_KEYPAIR
PUBLIC_KEY: Final = 0x86  # EVP_PKEY_PUBLIC_KEY
_OLDEST = 0x30000000
_VERSION_TEXT = 0
_UNSIGNED_INTEGER, _UTF8_STRING, _OCTET_STRING = 2, 4, 5  # OSSL_PARAM_*
_UNCHANGED = c_size_t(-1).value


class Parameter(ctypes.Structure):
    """OSSL_PARAM, whose layout is public."""

    _fields_ = (
        ("key", c_char_p),
        ("data_type", c_uint),
        ("data", c_void_p),
        ("data_size", c_size_t),
        ("return_size", c_size_t),
    )


_PROTOTYPES: Final[dict[str, tuple[object, list[object]]]] = {
    "OpenSSL_version_num": (c_ulong, []),
    "OpenSSL_version": (c_char_p, [c_int]),
    "ERR_clear_error": (None, []),
    "EVP_PKEY_free": (None, [c_void_p]),
    "EVP_PKEY_CTX_new_from_name": (c_void_p, [c_void_p, c_char_p, c_char_p]),
    "EVP_PKEY_CTX_new_from_pkey": (c_void_p, [c_void_p, c_void_p, c_char_p]),
    "EVP_PKEY_CTX_free": (None, [c_void_p]),
    "EVP_PKEY_fromdata_init": (c_int, [c_void_p]),
    "EVP_PKEY_fromdata": (c_int, [c_void_p, POINTER(c_void_p), c_int, POINTER(Parameter)]),
    "EVP_PKEY_verify_init": (c_int, [c_void_p]),
    "EVP_PKEY_verify": (c_int, [c_void_p, c_char_p, c_size_t, c_char_p, c_size_t]),
    **{f"EVP_PKEY_{verb}_init": (c_int, [c_void_p]) for verb in ("sign", "encrypt", "decrypt")},
    **{
        f"EVP_PKEY_{verb}": (c_int, [c_void_p, c_void_p, POINTER(c_size_t), c_char_p, c_size_t])
        for verb in ("sign", "encrypt", "decrypt")
    },
}


class Library(Protocol):
    """A loaded libcrypto: the functions of _PROTOTYPES as attributes."""

    def __getattr__(self, name: str) -> Callable[..., int]: ...


def places(
    find: Callable[[str], object] = importlib.import_module,
    search: Callable[[str], str | None] = ctypes.util.find_library,
) -> Iterator[str]:
    """Where libcrypto may be, the best first.

    A library's functions are also found through one that is linked with it, so the file of ``_ssl`` will do.

    Args:
        find: imports a module; ``_ssl`` may be left out of this Python or built into it.
        search: asks the system's loader; slow, so asked last.
    """
    for module in ("_ssl", "_hashlib"):
        try:
            file = getattr(find(module), "__file__", None)
        except ImportError:
            continue
        if file:
            yield file
    found = search("crypto")
    if found:
        yield found


def load(where: Callable[[], Iterator[str]] = places, opener: Callable[[str], object] = ctypes.CDLL) -> Library:
    """The first libcrypto that has what is needed.

    Raises:
        EngineUnusable: there is none; the message says what was found instead.
    """
    reasons = []
    for place in where():
        try:
            library = opener(place)
            _declare(library)
        except OSError:
            reasons.append("a library that does not load")
        except AttributeError:
            reasons.append("a library without the functions of OpenSSL 3")
        else:
            return library  # type: ignore[return-value] # _declare has just seen to it
    raise EngineUnusable("no libcrypto of OpenSSL 3 or later: found " + (", ".join(dict.fromkeys(reasons)) or "none"))


def version(library: Library) -> str:
    """The library's own words for its version."""
    text = library.OpenSSL_version(_VERSION_TEXT)
    return bytes(text).decode("ascii", "replace")  # c_char_p gives bytes


def key_parameters(public: bytes, secret: "ctypes.Array[ctypes.c_char] | None") -> "ctypes.Array[Parameter]":
    """The parameters that make an SM2 key.

    Args:
        public: ``04 || x || y``.
        secret: the secret number in the machine's byte order.

    Parameters are addresses: both arguments must outlive them.
    """
    parameters = [_parameter(b"group", _UTF8_STRING, b"SM2"), _parameter(b"pub", _OCTET_STRING, public)]
    if secret is not None:
        address = ctypes.cast(secret, c_void_p)
        parameters.append(Parameter(b"priv", _UNSIGNED_INTEGER, address, len(secret), _UNCHANGED))
    return (Parameter * (len(parameters) + 1))(*parameters)


def native(number: int, length: int) -> "ctypes.Array[ctypes.c_char]":
    """An unsigned number in the machine's byte order, in memory that can be wiped."""
    return ctypes.create_string_buffer(number.to_bytes(length, sys.byteorder), length)


def _parameter(key: bytes, kind: int, content: bytes) -> Parameter:
    return Parameter(key, kind, ctypes.cast(c_char_p(content), c_void_p), len(content), _UNCHANGED)


def _declare(library: object) -> None:
    for name, (result, arguments) in _PROTOTYPES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    if library.OpenSSL_version_num() < _OLDEST:  # type: ignore[attr-defined] # one of the prototypes
        raise AttributeError
