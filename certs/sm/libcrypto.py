"""The engine on the system's libcrypto, through ctypes. Only what passed certs.sm.selftest may be used."""

import ctypes
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

from certs.sm import curve, evp
from certs.sm.errors import CipherInvalid, EngineUnusable, SignatureInvalid
from certs.sm.keys import Sm2PrivateKey, Sm2PublicKey
from certs.sm.shapes import CipherForm, Ciphertext, Signature

_OVERHEAD = 160  # bytes by which a ciphertext in DER is longer than its plaintext, at most; a signature fits too
_GOOD = 1


class _Handle:
    """An EVP_PKEY that is freed with its last user.

    Attributes:
        idle: contexts for signing that nobody uses at the moment; each signature takes one out and gives it back, so
            two threads never share one. Making one costs as much as all the rest around the library's own work.
    """

    def __init__(self, library: evp.Library, pointer: int) -> None:
        self.pointer = pointer
        self.idle: list[int] = []
        weakref.finalize(self, _free, library, pointer, self.idle).atexit = False


def _free(library: evp.Library, pointer: int, contexts: list[int]) -> None:
    for context in contexts:
        library.EVP_PKEY_CTX_free(context)
    library.EVP_PKEY_free(pointer)


class LibcryptoBackend:
    """A Backend on libcrypto 3 or later.

    Keys are handed over once and kept as long as the Python key lives. Each call has a context that no other has at
    the same time, and an EVP_PKEY is only read: threads may share it. The thread's error queue is left empty, for
    Python's ``ssl`` reads it too.

    Args:
        library: what evp.load gave.
    """

    name = "libcrypto"

    def __init__(self, library: evp.Library) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._handles: weakref.WeakKeyDictionary[Sm2PrivateKey | Sm2PublicKey, _Handle] = weakref.WeakKeyDictionary()
        self.version = evp.version(library)

    def sign(self, private: Sm2PrivateKey, digest: bytes) -> Signature:
        """A signature of the 32 bytes e.

        Raises:
            EngineUnusable: the library refused.
        """
        handle = self._handle(private)
        try:
            context = handle.idle.pop()
        except IndexError:
            context = self._opened(handle, "sign")
        signature = self._call("sign", context, digest, _OVERHEAD)
        self._library.ERR_clear_error()
        if signature is None:
            self._library.EVP_PKEY_CTX_free(context)  # nobody knows what state it is in now
            raise EngineUnusable("libcrypto does not sign")
        handle.idle.append(context)
        return Signature.from_der(signature)

    def verify(self, public: Sm2PublicKey, digest: bytes, signature: Signature) -> None:
        """Raise SignatureInvalid unless the signature is one of the 32 bytes e."""
        data = signature.to_der()
        with self._context(public, "verify") as context:
            result = self._library.EVP_PKEY_verify(context, data, len(data), digest, len(digest))
        if result != _GOOD:
            raise SignatureInvalid

    def encrypt(self, public: Sm2PublicKey, plain: bytes) -> Ciphertext:
        """Encrypt ``plain``.

        Raises:
            EngineUnusable: the library refused.
        """
        with self._context(public, "encrypt") as context:
            data = self._call("encrypt", context, plain, len(plain) + _OVERHEAD)
        if data is None:
            raise EngineUnusable("libcrypto does not encrypt")
        return Ciphertext.decode(data, CipherForm.DER)

    def decrypt(self, private: Sm2PrivateKey, ciphertext: Ciphertext) -> bytes:
        """The plaintext; raise CipherInvalid if C3 does not prove it."""
        with self._context(private, "decrypt") as context:
            plain = self._call("decrypt", context, ciphertext.encode(CipherForm.DER), len(ciphertext.masked))
        if plain is None:
            raise CipherInvalid
        return plain

    def _call(self, verb: str, context: int, data: bytes, room: int) -> bytes | None:
        """What the library wrote, or None if it refused; its buffer is wiped."""
        buffer = ctypes.create_string_buffer(room)
        length = ctypes.c_size_t(room)
        call = getattr(self._library, f"EVP_PKEY_{verb}")
        try:
            if call(context, buffer, ctypes.byref(length), data, len(data)) != _GOOD or length.value > room:
                return None
            return ctypes.string_at(buffer, length.value)
        finally:
            ctypes.memset(buffer, 0, room)

    @contextmanager
    def _context(self, key: Sm2PrivateKey | Sm2PublicKey, verb: str) -> Iterator[int]:
        context = self._opened(self._handle(key), verb)
        try:
            yield context
        finally:
            self._library.EVP_PKEY_CTX_free(context)
            self._library.ERR_clear_error()

    def _opened(self, handle: _Handle, verb: str) -> int:
        """A new context, ready for this."""
        context = self._library.EVP_PKEY_CTX_new_from_pkey(None, handle.pointer, None)
        if not context or getattr(self._library, f"EVP_PKEY_{verb}_init")(context) != _GOOD:
            self._library.EVP_PKEY_CTX_free(context)
            self._library.ERR_clear_error()
            raise EngineUnusable(f"libcrypto cannot {verb} with SM2")
        return context

    def _handle(self, key: Sm2PrivateKey | Sm2PublicKey) -> _Handle:
        with self._lock:
            handle = self._handles.get(key)
            if handle is None:
                handle = self._handles[key] = self._made(key)
            return handle

    def _made(self, key: Sm2PrivateKey | Sm2PublicKey) -> _Handle:
        secret = evp.native(key.scalar, curve.FIELD_BYTES) if isinstance(key, Sm2PrivateKey) else None
        public = key.public if isinstance(key, Sm2PrivateKey) else key
        encoded = public.to_bytes()
        parameters = evp.key_parameters(encoded, secret)
        pointer = ctypes.c_void_p()
        context = self._library.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
        try:
            good = (
                context
                and self._library.EVP_PKEY_fromdata_init(context) == _GOOD
                and self._library.EVP_PKEY_fromdata(
                    context, ctypes.byref(pointer), evp.PUBLIC_KEY if secret is None else evp.KEYPAIR, parameters
                )
                == _GOOD
            )
        finally:
            self._library.EVP_PKEY_CTX_free(context)
            self._library.ERR_clear_error()
            if secret is not None:
                ctypes.memset(secret, 0, len(secret))
        if not good or pointer.value is None:
            raise EngineUnusable("libcrypto takes no SM2 keys")
        return _Handle(self._library, pointer.value)
