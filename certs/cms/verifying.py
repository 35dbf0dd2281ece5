"""Verifying one signer's signature: the signed attributes are about this content, and the signature is about them."""

from collections.abc import Callable
from hmac import compare_digest
from typing import Final, TypeVar

from certs.cms.errors import CmsInvalid, CmsUnsupported
from certs.cms.values import SignerInfo
from certs.x509 import Certificate, Hash, KeyAlgorithm, SignatureAlgorithm, SignatureInvalid
from certs.x509.algorithms import WEAK
from certs.x509.asn1 import OCTET_STRING, DerInvalid, Reader
from gateway.core.text import Text

T = TypeVar("T")

CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
SM2_SIGN: Final = "1.2.156.10197.1.301.1"
"""What GB/T 35275 calls a signature by SM2."""

_ALGORITHMS: Final[dict[str, tuple[KeyAlgorithm, Hash | None]]] = {
    **{one.oid: (one.key, one.hash) for one in SignatureAlgorithm},
    "1.2.840.113549.1.1.1": (KeyAlgorithm.RSA, None),
    SM2_SIGN: (KeyAlgorithm.SM2, Hash.SM3),
    "1.2.156.10197.1.301": (KeyAlgorithm.SM2, Hash.SM3),
}
"""The kind of key, and the digest if the name says it: otherwise the signer's own counts."""

_WEAK = Text("签名使用不安全的算法（{oid}）", "the signature is of an algorithm that can be forged: {oid}")
_UNKNOWN = Text("签名使用本系统不支持的算法（{oid}）", "the signature is of an algorithm that is not known here: {oid}")
_OTHER_KEY = Text("签名算法与证书的密钥不符", "the signature algorithm is not for the key of the certificate")
_OTHER_HASH = Text("签名算法与摘要算法不符", "the signature algorithm is not for the digest that is named")
_NOT_OF_CONTENT = Text(
    "签名属性与内容不符：内容被改动", "the signed attributes are about another content: it was changed"
)
_NOT_OF_KIND = Text("签名属性与内容类型不符", "the signed attributes are about a content of another type")
_NO_ATTRIBUTES = Text("签名缺少规定的签名属性", "the signature lacks the signed attributes that it must have")
_FORGED = Text("签名值不成立：被改动或伪造", "the signature does not hold: changed or forged")


def verify_signature(
    signer: SignerInfo, certificate: Certificate, kind: str, content: bytes, *, bare: bool = False
) -> Hash:
    """Verify that the key of ``certificate`` signed this content of this kind; returns the digest by which it did.

    Args:
        signer: as it was read.
        certificate: the signer's.
        kind: the content's type.
        content: what was signed.
        bare: whether a signature without signed attributes is let pass, which nothing but plain data may have.

    Raises:
        CmsInvalid: it did not.
        CmsUnsupported: it is signed in a way that is not known here.
    """
    used = agreed_hash(signer, certificate)
    message = content
    if signer.signed is not None:
        check_attributes(signer, kind, used.digest(content))
        message = signer.signed
    elif not bare:
        raise CmsInvalid(_NO_ATTRIBUTES)
    verify_value(signer, certificate, used, message)
    return used


def verify_value(signer: SignerInfo, certificate: Certificate, used: Hash, message: bytes) -> None:
    """Verify the bare value of the signature: that the key signed this message.

    Raises:
        CmsInvalid: it did not.
    """
    try:
        certificate.public_key.verify(signer.signature, message, used)
    except SignatureInvalid:
        raise CmsInvalid(_FORGED) from None


def agreed_hash(signer: SignerInfo, certificate: Certificate) -> Hash:
    """The digest by which the key of ``certificate`` can have signed, as the signer says it.

    Raises:
        CmsInvalid: it can be forged, or is not for such a key.
        CmsUnsupported: it is not known here.
    """
    for oid in (signer.hash_oid, signer.algorithm_oid):
        if oid in WEAK:
            raise CmsInvalid(_WEAK.format(oid=oid))
    if signer.hash is None:
        raise CmsUnsupported(_UNKNOWN.format(oid=signer.hash_oid))
    if signer.algorithm_oid not in _ALGORITHMS:
        raise CmsUnsupported(_UNKNOWN.format(oid=signer.algorithm_oid))
    key, named = _ALGORITHMS[signer.algorithm_oid]
    if key is not certificate.public_key.algorithm:
        raise CmsInvalid(_OTHER_KEY)
    if named not in {None, signer.hash}:
        raise CmsUnsupported(_OTHER_HASH)
    return signer.hash


def check_attributes(signer: SignerInfo, kind: str, digest: bytes) -> None:
    """The signed attributes are about content of this kind and digest.

    Raises:
        CmsInvalid: they are not.
    """
    if _one(signer, CONTENT_TYPE, Reader.oid) != kind:
        raise CmsInvalid(_NOT_OF_KIND)
    if not compare_digest(_one(signer, MESSAGE_DIGEST, lambda value: value.take(OCTET_STRING)), digest):
        raise CmsInvalid(_NOT_OF_CONTENT)


def _one(signer: SignerInfo, attribute: str, read: Callable[[Reader], T]) -> T:
    """The only value of an attribute that must be there."""
    values = (signer.attributes or {}).get(attribute, ())
    if len(values) != 1:
        raise CmsInvalid(_NO_ATTRIBUTES)
    try:
        value = Reader(values[0])
        found = read(value)
        value.end()
    except DerInvalid:
        raise CmsInvalid(_NO_ATTRIBUTES) from None
    return found
