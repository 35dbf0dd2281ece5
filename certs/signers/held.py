"""The signer over a key in this process's memory."""

from typing import Final

from certs.signers.agreement import agreed
from certs.x509 import Certificate, CertificateInvalid, SignatureAlgorithm
from certs.x509.private_key import PrivateKey, public_half, sign_with
from gateway.core.errors import KeyUnusable


class HeldSigner:
    """A Signer whose key is in this process's memory; it signs at once, in a millisecond or less.

    Raises:
        KeyUnusable: the key is too weak or odd, or does not belong to the certificate.
    """

    def __init__(self, key: PrivateKey, certificate: Certificate, algorithm: SignatureAlgorithm | None = None) -> None:
        self.certificate: Final = certificate
        self.algorithm: Final = agreed(certificate, algorithm)
        try:
            public = public_half(key)
        except CertificateInvalid as error:
            raise KeyUnusable(f"the private key cannot be used: {error}") from error
        if public.key != certificate.public_key.key:
            raise KeyUnusable("the private key does not belong to the certificate")
        self._key: PrivateKey | None = key

    def __repr__(self) -> str:
        return f"<HeldSigner {self.algorithm}>"

    async def sign_digest(self, digest: bytes) -> bytes:
        """A signature of the digest."""
        if self._key is None:
            raise KeyUnusable("the key has been let go")
        return sign_with(self._key, digest, self.algorithm)

    async def sign_raw(self, message: bytes) -> bytes:
        """A signature of the message."""
        return await self.sign_digest(self.certificate.public_key.message_digest(message, self.algorithm.hash))

    async def aclose(self) -> None:
        """Forget the key."""
        self._key = None
