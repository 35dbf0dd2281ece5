"""Seals and signatures on PDF documents (PAdES): made, examined and shown."""

from certs.pdf.comparing import compare_pdf
from certs.pdf.details import Details
from certs.pdf.document import count_pages
from certs.pdf.errors import (
    KeywordNowhere,
    KeywordTooOften,
    PdfEncrypted,
    PdfError,
    PdfLocked,
    PdfUnreadable,
    PlacementInvalid,
    ProofMissing,
    SealPictureUnusable,
    SignerUnusable,
)
from certs.pdf.examining import examine_pdf
from certs.pdf.picture import SealPicture
from certs.pdf.placement import AcrossPages, AtField, AtKeyword, AtPoint, Edge, Placement, Unseen
from certs.pdf.proofs import Proofs, Timestamps
from certs.pdf.rendering import draw_page
from certs.pdf.signing import Level, Look, Sealed, sign_pdf

__all__ = [
    "AcrossPages",
    "AtField",
    "AtKeyword",
    "AtPoint",
    "Details",
    "Edge",
    "KeywordNowhere",
    "KeywordTooOften",
    "Level",
    "Look",
    "PdfEncrypted",
    "PdfError",
    "PdfLocked",
    "PdfUnreadable",
    "Placement",
    "PlacementInvalid",
    "ProofMissing",
    "Proofs",
    "SealPicture",
    "SealPictureUnusable",
    "Sealed",
    "SignerUnusable",
    "Timestamps",
    "Unseen",
    "compare_pdf",
    "count_pages",
    "draw_page",
    "examine_pdf",
    "sign_pdf",
]
