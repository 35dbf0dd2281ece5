"""Making signed data of one signer, in DER."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from certs.cms.reading import DATA, GM_DATA, GM_SIGNED_DATA, SIGNED_DATA
from certs.cms.signing_certificate import SIGNING_CERTIFICATE_V2, write_signing_certificate
from certs.cms.verifying import CONTENT_TYPE, MESSAGE_DIGEST, SM2_SIGN
from certs.signers import Signer
from certs.x509 import Certificate, Hash, asn1

Stamp = Callable[[bytes], Awaitable[bytes]]
"""Gives a timestamp token (DER) over a signature value."""

TIMESTAMP_TOKEN: Final = "1.2.840.113549.1.9.16.2.14"  # noqa: S105 # no password
"""The unsigned attribute with a timestamp over the signature (RFC 3161, annex A)."""


async def make_signed_data(
    digest: bytes,
    signer: Signer,
    *,
    kind: str = DATA,
    content: bytes | None = None,
    certificates: Sequence[Certificate] = (),
    attributes: Sequence[bytes] = (),
    stamp: Stamp | None = None,
) -> bytes:
    """A ContentInfo with SignedData: content that ``signer`` signed, with which certificate it did, and a timestamp.

    Args:
        digest: of the content, by ``signer.algorithm.hash``.
        signer: who signs.
        kind: the content's type.
        content: the content, if it is to be inside.
        certificates: that are to be inside.
        attributes: that are to be signed (``attribute``), beside the three that always are.
        stamp: gives a timestamp token over the signature.

    Raises:
        KeyUnusable: the signer cannot sign.
    """
    used = signer.algorithm.hash
    signed = asn1.set_of(
        attribute(CONTENT_TYPE, asn1.oid(kind)),
        attribute(MESSAGE_DIGEST, asn1.octets(digest)),
        attribute(SIGNING_CERTIFICATE_V2, write_signing_certificate(signer.certificate, used)),
        *attributes,
    )
    signature = await signer.sign_raw(signed)
    unsigned = await _stamped(signature, stamp)
    version = 1 if kind == DATA else 3
    info = _info(signer, _retagged(0xA0, signed), signer.algorithm.identifier, signature, unsigned)
    return _wrapped(SIGNED_DATA, version, used, _content(kind, content), certificates, info)


async def make_gm_signed_data(
    content: bytes, signer: Signer, certificates: Sequence[Certificate], stamp: Stamp | None = None
) -> bytes:
    """Signed data of GB/T 35275 with the content inside and nothing signed but the content; the signer is SM2's.

    ``stamp`` gives a timestamp token over the signature.

    Raises:
        KeyUnusable: the signer cannot sign.
    """
    signature = await signer.sign_raw(content)
    unsigned = await _stamped(signature, stamp)
    info = _info(signer, b"", asn1.sequence(asn1.oid(SM2_SIGN)), signature, unsigned)
    return _wrapped(GM_SIGNED_DATA, 1, Hash.SM3, _content(GM_DATA, content), certificates, info)


def attribute(kind: str, *values: bytes) -> bytes:
    """An attribute of these values, each DER."""
    return asn1.sequence(asn1.oid(kind), asn1.set_of(*values))


async def _stamped(signature: bytes, stamp: Stamp | None) -> bytes:
    """The attributes that are not signed: the timestamp over the signature, if there is to be one."""
    return b"" if stamp is None else asn1.element(0xA1, attribute(TIMESTAMP_TOKEN, await stamp(signature)))


def _info(signer: Signer, signed: bytes, algorithm: bytes, signature: bytes, unsigned: bytes) -> bytes:
    certificate = signer.certificate
    return asn1.sequence(
        asn1.integer(1),
        asn1.sequence(certificate.issuer_name.der, asn1.integer(certificate.serial)),
        signer.algorithm.hash.identifier,
        signed,
        algorithm,
        asn1.octets(signature),
        unsigned,
    )


def _content(kind: str, content: bytes | None) -> bytes:
    return asn1.sequence(asn1.oid(kind), b"" if content is None else asn1.explicit(0, asn1.octets(content)))


def _wrapped(
    form: str, version: int, used: Hash, content: bytes, certificates: Sequence[Certificate], info: bytes
) -> bytes:
    inside = asn1.sequence(
        asn1.integer(version),
        asn1.set_of(used.identifier),
        content,
        _retagged(0xA0, asn1.set_of(*(one.der for one in certificates))) if certificates else b"",
        asn1.set_of(info),
    )
    return asn1.sequence(asn1.oid(form), asn1.explicit(0, inside))


def _retagged(tag: int, value: bytes) -> bytes:
    """The value under the tag of its place; only the tag changes, which is one byte."""
    return bytes([tag]) + value[1:]
