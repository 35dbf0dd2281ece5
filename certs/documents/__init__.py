"""Documents of either format behind one door: sealed, examined, and compared with what was to be sealed."""

from certs.documents.desk import Desk, Placement, check_trusted, check_usable
from certs.documents.errors import ChainRefused, DocumentError, FormatUnknown, LevelUnsupported
from certs.documents.examining import compare_documents, draw_page, examine_document
from certs.documents.formats import DocumentFormat, format_of
from certs.documents.opening import count_pages
from certs.documents.processes import Limits, WorkProcesses
from certs.documents.refusals import problem_of, refused
from certs.documents.trust import Trust, TrustFolder
from certs.documents.workshop import DocumentWorkshop

__all__ = [
    "ChainRefused",
    "Desk",
    "DocumentError",
    "DocumentFormat",
    "DocumentWorkshop",
    "FormatUnknown",
    "LevelUnsupported",
    "Limits",
    "Placement",
    "Trust",
    "TrustFolder",
    "WorkProcesses",
    "check_trusted",
    "check_usable",
    "compare_documents",
    "count_pages",
    "draw_page",
    "examine_document",
    "format_of",
    "problem_of",
    "refused",
]
