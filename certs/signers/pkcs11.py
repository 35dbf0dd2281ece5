"""Keys in devices and tokens with PKCS #11, for RSA and ECDSA; needs the package ``python-pkcs11``.

A reference is ``pkcs11:token=LABEL;object=LABEL;id=%01?module-path=/usr/lib/softhsm/libsofthsm2.so`` (RFC 7512).
"""

from collections.abc import Callable
from typing import Final

from certs.signers.device import DeviceSigner
from certs.signers.locator import Locator
from certs.signers.pkcs11_library import HeldKey, Pkcs11, TokenLibrary, load_module, token_library
from certs.signers.troubles import DeviceAway
from certs.x509 import Certificate, Hash, KeyAlgorithm, SignatureAlgorithm, asn1
from gateway.core.errors import KeyUnusable

_FIND: Final = frozenset({"token", "serial", "object", "id", "type"})
_REACH: Final = frozenset({"module-path"})


async def open_pkcs11_signer(
    text: str,
    certificate: Certificate,
    *,
    algorithm: SignatureAlgorithm | None = None,
    pin: str | None = None,
    load: Callable[[], Pkcs11] = load_module,
) -> DeviceSigner:
    """The signer of a key that a PKCS #11 library gives access to.

    Raises:
        KeyUnusable: it is not there, is another one than the certificate's, or the PIN does not open it.
    """
    locator = Locator.read(text, _FIND, _REACH)
    if locator.text("type") not in {None, "private"}:
        raise KeyUnusable("the key's reference names an object that is no private key")
    if certificate.public_key.algorithm is KeyAlgorithm.SM2:
        raise KeyUnusable("SM2 keys are reached by sdf:, not by pkcs11:, which has no common way to sign with them")
    path = locator.library()
    if not {"object", "id"} & locator.find.keys():
        raise KeyUnusable("the key's reference names no key: give object= or id=")
    module = load()
    library = token_library(module, path)
    signer = DeviceSigner(certificate, algorithm, lambda chosen: _Session.open(module, library, locator, pin, chosen))
    await signer.open()
    return signer


class _Session:
    """A DeviceSession. A library that was begun anew for another key makes no difference to this one."""

    def __init__(
        self,
        module: Pkcs11,
        library: TokenLibrary,
        locator: Locator,
        pin: str | None,
        algorithm: SignatureAlgorithm,
        held: HeldKey,
    ) -> None:
        self._module = module
        self._library = library
        self._locator = locator
        self._pin = pin
        self._algorithm = algorithm
        self._held = held

    @classmethod
    def open(
        cls,
        module: Pkcs11,
        library: TokenLibrary,
        locator: Locator,
        pin: str | None,
        algorithm: SignatureAlgorithm,
    ) -> "_Session":
        """Log in and find the key."""
        with library.lock:
            return cls(module, library, locator, pin, algorithm, library.take(locator, pin))

    def sign(self, digest: bytes) -> bytes:
        """A signature of the digest."""
        with self._library.lock:
            if not self._library.is_current(self._held):
                self._held = self._library.take(self._locator, self._pin)
            return self._signed(digest)

    def close(self) -> None:
        """Let go of the key."""
        with self._library.lock:
            self._library.give_back(self._held)

    def _signed(self, digest: bytes) -> bytes:
        mechanism, key = self._module.Mechanism, self._held.key
        try:
            if self._algorithm.key is KeyAlgorithm.RSA:
                return bytes(key.sign(digest_info(digest, self._algorithm.hash), mechanism=mechanism.RSA_PKCS))
            raw = bytes(key.sign(digest, mechanism=mechanism.ECDSA))
        except self._module.PKCS11Error as error:
            raise DeviceAway(f"the device does not sign: {type(error).__name__}") from error
        half = len(raw) // 2
        numbers = (int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))
        return asn1.sequence(*(asn1.integer(number) for number in numbers))


def digest_info(digest: bytes, of: Hash) -> bytes:
    """What PKCS #1 v1.5 pads: the digest with its algorithm, here with a NULL (RFC 8017, section 9.2)."""
    return asn1.sequence(asn1.sequence(asn1.oid(of.oid), asn1.null()), asn1.octets(digest))
