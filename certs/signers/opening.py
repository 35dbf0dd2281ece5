"""From a key's reference to a signer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from certs.signers.file import open_file_signer
from certs.signers.pkcs11 import open_pkcs11_signer
from certs.signers.reference import KeyPlace, KeyReference
from certs.signers.remote import SigningPlatform, open_remote_signer
from certs.signers.sdf import open_sdf_signer
from certs.signers.signer import Signer
from certs.x509 import Certificate, SignatureAlgorithm
from gateway.core.clock import Clock
from gateway.core.errors import KeyUnusable


@dataclass(frozen=True, slots=True)
class Platforms:
    """The signing platforms that ``remote:`` keys are on, by their names, and the clock for what they are asked."""

    clock: Clock
    by_name: Mapping[str, SigningPlatform] = field(default_factory=dict)


async def open_signer(
    reference: str,
    certificate: Certificate,
    *,
    algorithm: SignatureAlgorithm | None = None,
    pin: str | None = None,
    files: bool = True,
    platforms: Platforms | None = None,
) -> Signer:
    """The signer of the key that a reference names; close it when it is not needed any more.

    Args:
        reference: ``file:PATH``, ``pkcs11:…`` (RFC 7512), ``sdf:key=N?module-path=…`` or ``remote:PLATFORM/KEY``.
        certificate: of the key's public half.
        algorithm: how to sign; by default SM2 with SM3, RSA or ECDSA with SHA-256.
        pin: what opens the key: a file's passphrase, a device's PIN.
        files: whether keys in files are let pass; production says no.
        platforms: where ``remote:`` keys are.

    Raises:
        KeyUnusable: the reference is none, or the key cannot be used.
    """
    named = KeyReference.read(reference)
    if named.place is KeyPlace.FILE:
        if not files:
            raise KeyUnusable("keys in files do not sign in production: use a device or a platform")
        return await open_file_signer(Path(named.rest), certificate, algorithm=algorithm, passphrase=pin)
    if named.place is KeyPlace.PKCS11:
        return await open_pkcs11_signer(named.rest, certificate, algorithm=algorithm, pin=pin)
    if named.place is KeyPlace.SDF:
        return await open_sdf_signer(named.rest, certificate, algorithm=algorithm, pin=pin)
    if platforms is None:
        raise KeyUnusable("no signing platform is set up")
    return await open_remote_signer(named.rest, certificate, platforms.by_name, platforms.clock, algorithm=algorithm)
