"""Keys in devices and tokens with PKCS #11, for RSA and ECDSA; needs the package ``python-pkcs11``.

A reference is ``pkcs11:token=LABEL;object=LABEL;id=%01?module-path=/usr/lib/softhsm/libsofthsm2.so`` (RFC 7512).
"""

import importlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Self, TypeAlias

from certs.signers.device import DeviceSigner
from certs.signers.locator import Locator
from certs.x509 import Certificate, Hash, KeyAlgorithm, SignatureAlgorithm, asn1
from gateway.core.errors import KeyUnusable

Pkcs11: TypeAlias = Any
"""The package, which is optional, and what it gives."""

_FIND: Final = frozenset({"token", "serial", "object", "id", "type"})
_REACH: Final = frozenset({"module-path"})


def load_module() -> Pkcs11:
    """The package ``pkcs11``.

    Raises:
        KeyUnusable: it is not installed.
    """
    try:
        return importlib.import_module("pkcs11")
    except ImportError as error:
        raise KeyUnusable("keys of the kind pkcs11: need the package python-pkcs11") from error


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
    library = locator.library()
    if not {"object", "id"} & locator.find.keys():
        raise KeyUnusable("the key's reference names no key: give object= or id=")
    module = load()
    signer = DeviceSigner(certificate, algorithm, lambda chosen: _Session.open(module, library, locator, pin, chosen))
    await signer.open()
    return signer


class _Session:
    """A DeviceSession."""

    def __init__(self, module: Pkcs11, session: Pkcs11, key: Pkcs11, algorithm: SignatureAlgorithm) -> None:
        self._module = module
        self._session = session
        self._key = key
        self._algorithm = algorithm

    @classmethod
    def open(
        cls,
        module: Pkcs11,
        library: str,
        locator: Locator,
        pin: str | None,
        algorithm: SignatureAlgorithm,
    ) -> Self:
        """Log in and find the key."""
        session = None
        try:
            token = module.lib(library).get_token(
                token_label=locator.text("token"), token_serial=locator.find.get("serial")
            )
            session = token.open(user_pin=pin)
            key = session.get_key(
                object_class=module.ObjectClass.PRIVATE_KEY, label=locator.text("object"), id=locator.find.get("id")
            )
        except (module.PKCS11Error, OSError, RuntimeError) as error:
            if session is not None:
                session.close()
            raise KeyUnusable(f"the device does not give the key: {type(error).__name__}") from error
        return cls(module, session, key, algorithm)

    def sign(self, digest: bytes) -> bytes:
        """A signature of the digest."""
        mechanism = self._module.Mechanism
        try:
            if self._algorithm.key is KeyAlgorithm.RSA:
                return bytes(self._key.sign(digest_info(digest, self._algorithm.hash), mechanism=mechanism.RSA_PKCS))
            raw = bytes(self._key.sign(digest, mechanism=mechanism.ECDSA))
        except self._module.PKCS11Error as error:
            raise KeyUnusable(f"the device does not sign: {type(error).__name__}") from error
        half = len(raw) // 2
        numbers = (int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))
        return asn1.sequence(*(asn1.integer(number) for number in numbers))

    def close(self) -> None:
        """Log out."""
        # a token that was taken out has nothing left to close
        with suppress(self._module.PKCS11Error):
            self._session.close()


def digest_info(digest: bytes, of: Hash) -> bytes:
    """What PKCS #1 v1.5 pads: the digest with its algorithm, here with a NULL (RFC 8017, section 9.2)."""
    return asn1.sequence(asn1.sequence(asn1.oid(of.oid), asn1.null()), asn1.octets(digest))
