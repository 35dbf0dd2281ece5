"""Keys on a signing platform (电子印章平台), reached through a transport that somebody else provides.

A reference is ``remote:PLATFORM/KEY``. What platforms have in common is here; how one is spoken to (addresses,
credentials, its JSON or XML) is behind ``SigningPlatform``.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol

from certs.signers.agreement import agreed, received
from certs.x509 import Certificate, SignatureAlgorithm
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import KeyUnusable, YiwangError

PATIENCE: Final = 15.0
"""Seconds within which a platform has to answer."""

LONGEST_DOCUMENT: Final = 268_435_456
_REFERENCE: Final = re.compile(r"([a-z0-9-]{1,64})/([A-Za-z0-9._~-]{1,128})")


class SigningPlatform(Protocol):
    """A platform that signs with keys which it keeps. Its failures are YiwangErrors without secrets in their text."""

    async def sign_digest(self, key: str, algorithm: SignatureAlgorithm, digest: bytes, deadline: Deadline) -> bytes:
        """A signature of a digest (with SM2, of ZA and the message): DER, or r and s bare."""
        ...

    async def sign_document(self, key: str, document: bytes, media_type: str, deadline: Deadline) -> bytes:
        """The document, signed or sealed by the platform itself."""
        ...


class RemoteSigner:
    """A Signer and DocumentSigner over a platform; each signature is verified under the certificate."""

    def __init__(
        self,
        platform: SigningPlatform,
        key: str,
        certificate: Certificate,
        clock: Clock,
        algorithm: SignatureAlgorithm | None = None,
    ) -> None:
        self.certificate: Final = certificate
        self.algorithm: Final = agreed(certificate, algorithm)
        self._platform = platform
        self._key = key
        self._clock = clock

    def __repr__(self) -> str:
        return f"<RemoteSigner {self.algorithm}>"

    async def sign_digest(self, digest: bytes) -> bytes:
        """A signature of the digest."""
        if len(digest) != self.algorithm.hash.size:
            raise ValueError(f"a digest of {self.algorithm.hash} has {self.algorithm.hash.size} bytes")
        signature = await self._ask(
            lambda deadline: self._platform.sign_digest(self._key, self.algorithm, digest, deadline)
        )
        return received(self.certificate, self.algorithm, digest, signature)

    async def sign_raw(self, message: bytes) -> bytes:
        """A signature of the message."""
        return await self.sign_digest(self.certificate.public_key.message_digest(message, self.algorithm.hash))

    async def sign_document(self, document: bytes, media_type: str) -> bytes:
        """The document, signed by the platform; what it did to it is for whoever called to examine."""
        if len(document) > LONGEST_DOCUMENT:
            raise KeyUnusable("the document is too long for a platform")
        signed = await self._ask(
            lambda deadline: self._platform.sign_document(self._key, document, media_type, deadline)
        )
        if not signed or len(signed) > 2 * LONGEST_DOCUMENT:
            raise KeyUnusable("the platform gave no document, or one that is too long")
        return signed

    async def aclose(self) -> None:
        """Nothing is held here: the platform's connections are its own."""

    async def _ask(self, call: Callable[[Deadline], Awaitable[bytes]]) -> bytes:
        try:
            async with asyncio.timeout(PATIENCE):
                return await call(Deadline.after(PATIENCE, self._clock))
        except TimeoutError as error:
            raise KeyUnusable("the platform does not answer") from error
        except KeyUnusable:
            raise
        except YiwangError as error:
            raise KeyUnusable(f"the platform does not sign: {error}") from error


async def open_remote_signer(
    text: str,
    certificate: Certificate,
    platforms: Mapping[str, SigningPlatform],
    clock: Clock,
    *,
    algorithm: SignatureAlgorithm | None = None,
) -> RemoteSigner:
    """The signer of a platform's key; whether the platform has it shows with the first signature.

    Raises:
        KeyUnusable: the reference is none, or names a platform that is not there.
    """
    found = _REFERENCE.fullmatch(text)
    platform = platforms.get(found[1]) if found else None
    if found is None or platform is None:
        raise KeyUnusable("the key's reference names no platform that is set up: remote:PLATFORM/KEY")
    return RemoteSigner(platform, found[2], certificate, clock, algorithm)
