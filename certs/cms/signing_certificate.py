"""The signed attribute that names the signer's certificate (RFC 5035), so that no other can be put in its place."""

import hashlib
from hmac import compare_digest
from typing import Final

from certs.cms.errors import CmsInvalid, CmsUnsupported
from certs.cms.values import SignerInfo
from certs.x509 import Certificate, Hash, asn1
from certs.x509.asn1 import DerInvalid, Reader
from gateway.core.text import Text

SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"
SIGNING_CERTIFICATE: Final = "1.2.840.113549.1.9.16.2.12"
"""The older one, which knows no digest but SHA-1: it adds to what the signature says itself, and replaces nothing."""

_MISSING = Text("签名没有指明所用的证书", "the signature does not say by which certificate it was made")
_BROKEN = Text("签名所指明的证书无法解析", "what the signature says about its certificate cannot be read")
_OTHER = Text("签名指明的是另一张证书", "the signature names another certificate")
_UNKNOWN = Text(
    "签名以未知的摘要算法指明证书", "the signature names its certificate by a digest that is not known here"
)


def write_signing_certificate(certificate: Certificate, used: Hash) -> bytes:
    """A SigningCertificateV2 with this certificate alone; SHA-256 is its default and not written."""
    algorithm = b"" if used is Hash.SHA256 else used.identifier
    one = asn1.sequence(algorithm, asn1.octets(used.digest(certificate.der)))
    return asn1.sequence(asn1.sequence(one))


def check_signing_certificate(signer: SignerInfo, certificate: Certificate) -> None:
    """Return if what was signed names this certificate.

    Raises:
        CmsInvalid: it names none, or another.
        CmsUnsupported: it names one by a digest that is not known here.
    """
    attributes = signer.attributes or {}
    newer, older = attributes.get(SIGNING_CERTIFICATE_V2), attributes.get(SIGNING_CERTIFICATE)
    if newer is None and older is None:
        raise CmsInvalid(_MISSING)
    try:
        for values in (newer, older):
            if values is not None:
                _check(values[0] if values else b"", certificate, older=values is older)
    except DerInvalid:
        raise CmsInvalid(_BROKEN) from None


def _check(value: bytes, certificate: Certificate, *, older: bool) -> None:
    # The first one is the signer's; the others are those above it, which a chain finds by itself.
    one = Reader(value).inside().inside().inside()
    if older:
        digest = hashlib.sha1(certificate.der, usedforsecurity=False).digest()
    else:
        oid = one.inside().oid() if one.next_is(asn1.SEQUENCE) else Hash.SHA256.oid
        known = Hash.named(oid)
        if known is None:
            raise CmsUnsupported(_UNKNOWN)
        digest = known.digest(certificate.der)
    if not compare_digest(one.take(asn1.OCTET_STRING), digest):
        raise CmsInvalid(_OTHER)
