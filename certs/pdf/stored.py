"""Certificates and evidence of revocation that a document keeps for its own verification (DSS, PAdES LT)."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from certs.pdf.document import Document, entry
from certs.x509 import (
    Certificate,
    CertificateInvalid,
    Evidence,
    RevocationUnreadable,
    read_certificate,
    read_crl,
    read_ocsp_response,
)

_MOST: Final = 256


def read_stored(document: Document) -> tuple[tuple[Certificate, ...], Evidence]:
    """What is there and can be read; that it is there says nothing about trust. Use it inside ``with translated()``."""
    root = document.root
    store = entry(root, "/DSS", {})
    certificates, lists, responses = [], [], []
    for data in _streams(store, "/Certs"):
        try:
            certificates.append(read_certificate(data))
        except CertificateInvalid:
            continue  # of a kind that nobody needs here: if it is needed it will be missed
    for data in _streams(store, "/CRLs"):
        try:
            lists.append(read_crl(data))
        except RevocationUnreadable:
            continue
    for data in _streams(store, "/OCSPs"):
        try:
            responses.append(read_ocsp_response(data))
        except RevocationUnreadable:
            continue
    return tuple(certificates), Evidence(tuple(lists), tuple(responses))


def _streams(store: Mapping[str, Any], key: str) -> Iterator[bytes]:
    for one in islice(entry(store, key, ()), _MOST):
        yield bytes(one.get_object().data)
