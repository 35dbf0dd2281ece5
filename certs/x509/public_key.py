"""Public keys of the three kinds, read from a SubjectPublicKeyInfo."""

from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import load_der_public_key

from certs import sm
from certs.sm import SignatureInvalid
from certs.x509.algorithms import Hash, KeyAlgorithm
from certs.x509.errors import CertificateInvalid, CertificateUnsupported

_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_LONGEST = 8_192
_MOST_RSA_BITS = 8_192
_MOST_EXPONENT_BITS = 64
_PADDING = padding.PKCS1v15()

Key = sm.Sm2PublicKey | rsa.RSAPublicKey | ec.EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key; equal if it is the same in the same words.

    Attributes:
        algorithm: its kind.
        spki: the SubjectPublicKeyInfo, DER.
        bits: the size of an RSA modulus or of a curve.
        key: what computes; for the packages of ``certs`` only.
    """

    algorithm: KeyAlgorithm
    spki: bytes = field(repr=False)
    bits: int = field(compare=False)
    key: Key = field(repr=False, compare=False)

    @classmethod
    def read(cls, spki: bytes) -> Self:
        """Read a SubjectPublicKeyInfo.

        Raises:
            CertificateUnsupported: a key of another kind or curve.
            CertificateInvalid: it is none, longer than 8,192 bytes or bits, or broken.
        """
        if len(spki) > _LONGEST:
            raise CertificateInvalid(f"a public key is longer than {_LONGEST} bytes")
        try:
            return cls(KeyAlgorithm.SM2, spki, 256, sm.Sm2PublicKey.from_der(spki))
        except sm.KeyInvalid:
            pass
        try:
            key = load_der_public_key(spki)
        except UnsupportedAlgorithm as error:
            raise CertificateUnsupported("the public key is of a kind that is not known") from error
        except ValueError as error:
            raise CertificateInvalid("the public key cannot be read") from error
        if isinstance(key, rsa.RSAPublicKey):
            if key.key_size > _MOST_RSA_BITS or key.public_numbers().e.bit_length() > _MOST_EXPONENT_BITS:
                raise CertificateInvalid("an RSA key is larger than anybody needs")
            return cls(KeyAlgorithm.RSA, spki, key.key_size, key)
        if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CURVES):
            return cls(KeyAlgorithm.EC, spki, key.key_size, key)
        raise CertificateUnsupported("the public key is of a kind that is not known")

    def verify(self, signature: bytes, message: bytes, hash: Hash) -> None:  # noqa: A002 # the word for it
        """Verify a signature of ``message``: PKCS #1 v1.5, ECDSA (DER), or SM2 under the usual id.

        SM2 signatures may come as DER or as r and s bare, which devices write.

        Raises:
            SignatureInvalid: it does not prove the message; with SM2, also any digest but SM3.
        """
        if isinstance(self.key, sm.Sm2PublicKey):
            if hash is not Hash.SM3:
                raise SignatureInvalid
            sm.engine().verify(self.key, message, sm.Signature.from_any(signature))
        else:
            self.verify_digest(signature, hash.digest(message), hash)

    def verify_digest(self, signature: bytes, digest: bytes, hash: Hash) -> None:  # noqa: A002 # the word for it
        """Verify a signature of what ``message_digest`` gives.

        Raises:
            SignatureInvalid: as verify, or the digest is not as long as this one's are.
        """
        try:
            if isinstance(self.key, sm.Sm2PublicKey):
                if hash is not Hash.SM3:
                    raise SignatureInvalid
                sm.engine().verify_digest(self.key, digest, sm.Signature.from_any(signature))
            elif isinstance(self.key, rsa.RSAPublicKey):
                self.key.verify(signature, digest, _PADDING, utils.Prehashed(hash.primitive))
            else:
                self.key.verify(signature, digest, ec.ECDSA(utils.Prehashed(hash.primitive)))
        except (InvalidSignature, ValueError):
            raise SignatureInvalid from None

    def message_digest(self, message: bytes, hash: Hash) -> bytes:  # noqa: A002 # the word for it
        """What is signed for ``message``: its digest; with SM2, the SM3 of the signer's ZA and the message."""
        if isinstance(self.key, sm.Sm2PublicKey):
            return sm.message_digest(self.key, message)
        return hash.digest(message)
