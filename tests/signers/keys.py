"""Keys, certificates of them, and what every signer has to keep to."""

from functools import cache

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from certs import sm
from certs.signers import KeyUnusable, Signer
from certs.x509 import Certificate, Issued, KeyAlgorithm, SignatureAlgorithm
from certs.x509.private_key import PrivateKey
from tests.x509.authorities import authority

KINDS = pytest.mark.parametrize("kind", list(KeyAlgorithm))


@cache
def issued(kind: KeyAlgorithm) -> Issued:
    return authority(kind).issue("signer")


@cache
def stranger(kind: KeyAlgorithm) -> Certificate:
    """The certificate of another key of the same kind."""
    return authority(kind).root.certificate


def pkcs8(key: PrivateKey) -> bytes:
    if isinstance(key, sm.Sm2PrivateKey):
        return key.to_der()
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


async def keeps_to_the_protocol(signer: Signer, certificate: Certificate, algorithm: SignatureAlgorithm) -> None:
    """What a signer promises, and that a closed one does not sign."""
    assert (signer.certificate, signer.algorithm) == (certificate, algorithm)
    public = certificate.public_key
    message = "一网通办".encode()
    public.verify(await signer.sign_raw(message), message, algorithm.hash)
    digest = public.message_digest(message, algorithm.hash)
    signature = await signer.sign_digest(digest)
    public.verify(signature, message, algorithm.hash)
    if algorithm is SignatureAlgorithm.SM2_SM3:
        assert sm.Signature.from_der(signature).to_der() == signature
    with pytest.raises(ValueError, match="a digest of"):
        await signer.sign_digest(digest[1:])
    await signer.aclose()
    await signer.aclose()
    with pytest.raises(KeyUnusable, match="let go"):
        await signer.sign_raw(message)
