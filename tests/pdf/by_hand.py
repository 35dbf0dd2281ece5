"""Signatures in other shapes than those that are made here, put together by hand."""

import asyncio
from collections.abc import Callable
from io import BytesIO

from certs.cms import DATA, SIGNED_DATA
from certs.pdf import Details, Unseen
from certs.pdf.document import Document
from certs.pdf.revision import Wanted, prepare
from certs.x509 import KeyAlgorithm, asn1
from tests.pdf.documents import pdf
from tests.pdf.stage import seal_office, signer
from tests.timestamps.authorities import NOW

Change = Callable[[bytes], bytes]


def same(section: bytes) -> bytes:
    return section


def in_form(name: str) -> Change:
    """The section with this SubFilter, of at most 19 characters."""
    return lambda section: section.replace(b"ETSI.CAdES.detached", name.encode().ljust(19))


def by_hand(value: Change, change: Change = same, document: bytes | None = None) -> bytes:
    """A document with the value that is given for what it covers; ``change`` keeps the length of the section."""
    document = document or pdf()
    wanted = Wanted(Unseen(), None, Details(), NOW, final=False)
    revision = prepare(Document(BytesIO(document)), document, wanted, 12_000)
    section = change(revision.section)
    start, end = revision.gap
    digits = value(document + section[: start - 1] + section[end + 1 :]).hex().encode()
    return document + section[:start] + digits.ljust(end - start, b"0") + section[end:]


def signed(
    covered: bytes,
    kind: KeyAlgorithm = KeyAlgorithm.RSA,
    *,
    attributes: bytes = b"",
    algorithm: bytes | None = None,
    digests: bytes | None = None,
    content: bytes = b"",
    certificates: bool = True,
    signers: int = 1,
    unsigned: bytes = b"",
) -> bytes:
    """Signed data over ``covered``, or over the attributes (a SET) if there are any."""
    by = signer(kind)
    certificate, used = by.certificate, by.algorithm.hash
    info = asn1.sequence(
        asn1.integer(1),
        asn1.sequence(certificate.issuer_name.der, asn1.integer(certificate.serial)),
        used.identifier,
        b"\xa0" + attributes[1:] if attributes else b"",
        algorithm or by.algorithm.identifier,
        asn1.octets(asyncio.run(by.sign_raw(attributes or covered))),
        unsigned,
    )
    inside = asn1.sequence(
        asn1.integer(1),
        asn1.element(asn1.SET, digests or used.identifier),
        asn1.sequence(asn1.oid(DATA), content),
        asn1.element(0xA0, certificate.der, *(one.der for one in seal_office(kind).chain)) if certificates else b"",
        asn1.element(asn1.SET, *[info] * signers),
    )
    return asn1.sequence(asn1.oid(SIGNED_DATA), asn1.explicit(0, inside))
