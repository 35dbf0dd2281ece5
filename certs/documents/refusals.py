"""What this project's own errors about documents and seals mean for whoever asked: problems from the catalogue."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from certs import ofd, pdf
from certs.documents.errors import ChainRefused, DocumentError, FormatUnknown
from certs.ofd import OfdError
from certs.pdf import PdfError
from certs.seals import SealError
from certs.x509 import CertificateInvalid
from gateway.core.errors import Refusal, YiwangError
from gateway.core.problems import Problem, documents
from gateway.core.text import Text

_PROBLEMS: Final[tuple[tuple[type[Exception], Problem], ...]] = (
    (FormatUnknown, documents.DOCUMENT_FORMAT_UNKNOWN),
    (ofd.NoOfd, documents.DOCUMENT_FORMAT_UNKNOWN),
    (ofd.OfdEncrypted, documents.DOCUMENT_ENCRYPTED),
    (pdf.PdfEncrypted, documents.DOCUMENT_ENCRYPTED),
    (ofd.OfdLocked, documents.DOCUMENT_LOCKED),
    (pdf.PdfLocked, documents.DOCUMENT_LOCKED),
    (ofd.KeywordNowhere, documents.KEYWORD_NOWHERE),
    (pdf.KeywordNowhere, documents.KEYWORD_NOWHERE),
    (ofd.KeywordTooOften, documents.KEYWORD_TOO_OFTEN),
    (pdf.KeywordTooOften, documents.KEYWORD_TOO_OFTEN),
    (ofd.PlacementInvalid, documents.PLACE_UNUSABLE),
    (pdf.PlacementInvalid, documents.PLACE_UNUSABLE),
    (ofd.SealUnusable, documents.SEAL_UNUSABLE),
    (pdf.SignerUnusable, documents.SEAL_UNUSABLE),
    (pdf.SealPictureUnusable, documents.SEAL_UNUSABLE),
    (ChainRefused, documents.SEAL_UNUSABLE),
    (SealError, documents.SEAL_UNUSABLE),
    (CertificateInvalid, documents.SEAL_UNUSABLE),
)
"""The first that fits; what is left is a document that cannot be read."""

_CERTIFICATE: Final = Text("证书无法读取", "a certificate cannot be read")


def problem_of(error: YiwangError) -> Problem:
    """The problem that an error about a document, a place or a seal is for whoever asked."""
    return next((problem for kind, problem in _PROBLEMS if isinstance(error, kind)), documents.DOCUMENT_UNREADABLE)


@contextmanager
def refused() -> Iterator[None]:
    """What the block raises about a document, a place or a seal, as a Refusal."""
    try:
        yield
    except CertificateInvalid as error:
        raise Refusal(problem_of(error), reason=_CERTIFICATE) from error
    except (OfdError, PdfError, SealError, DocumentError) as error:
        raise Refusal(problem_of(error), reason=error.reason) from error
