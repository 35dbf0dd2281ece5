"""The signer over a function that has digests signed elsewhere: on a platform that is asked once and no more."""

from collections.abc import Awaitable, Callable
from typing import Final

from certs.signers.agreement import agreed, received
from certs.x509 import Certificate, SignatureAlgorithm


class ElsewhereSigner:
    """A Signer; each signature is verified under the certificate, and what the function raises comes through.

    Raises:
        KeyUnusable: the algorithm is not for the certificate's key, or the key is too weak.
    """

    def __init__(
        self,
        certificate: Certificate,
        sign: Callable[[bytes], Awaitable[bytes]],
        algorithm: SignatureAlgorithm | None = None,
    ) -> None:
        self.certificate: Final = certificate
        self.algorithm: Final = agreed(certificate, algorithm)
        self._sign = sign

    def __repr__(self) -> str:
        return f"<ElsewhereSigner {self.algorithm}>"

    async def sign_digest(self, digest: bytes) -> bytes:
        """A signature of the digest."""
        return received(self.certificate, self.algorithm, digest, await self._sign(digest))

    async def sign_raw(self, message: bytes) -> bytes:
        """A signature of the message."""
        return await self.sign_digest(self.certificate.public_key.message_digest(message, self.algorithm.hash))

    async def aclose(self) -> None:
        """Nothing is held here."""
