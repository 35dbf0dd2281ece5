"""What signs: one interface for keys in files, in devices and on platforms."""

from typing import Protocol

from certs.x509 import Certificate, SignatureAlgorithm


class Signer(Protocol):
    """A private key that is somewhere, with the certificate of its public half.

    What a device or platform signed has been verified under the certificate before it is given. SM2 signatures are DER
    ``SEQUENCE {r, s}`` under the id ``1234567812345678``, ECDSA ones DER, RSA ones PKCS #1 v1.5. Safe to use from
    several tasks at once.
    """

    @property
    def certificate(self) -> Certificate:
        """The certificate of the key."""
        ...

    @property
    def algorithm(self) -> SignatureAlgorithm:
        """How it signs."""
        ...

    async def sign_digest(self, digest: bytes) -> bytes:
        """A signature of a digest that ``certificate.public_key.message_digest`` gave.

        With SM2 that is the SM3 of the signer's ZA and the message, not the bare SM3 of the message.

        Raises:
            KeyUnusable: the key cannot be used, or not now; or what holds it gave a signature that does not verify.
            ValueError: the digest is not as long as the algorithm's are.
        """
        ...

    async def sign_raw(self, message: bytes) -> bytes:
        """A signature of ``message``.

        Raises:
            KeyUnusable: as sign_digest.
        """
        ...

    async def aclose(self) -> None:
        """Let go of what holds the key; it cannot sign any more."""
        ...


class DocumentSigner(Protocol):
    """A platform that signs whole documents, seals included, with keys and seals that it keeps."""

    async def sign_document(self, document: bytes, media_type: str) -> bytes:
        """The signed document.

        Raises:
            KeyUnusable: the platform refused, gave no usable answer, or cannot sign documents of this kind.
        """
        ...
