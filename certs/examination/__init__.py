"""What an examination of a sealed document says: numbered steps, each with a verdict in plain words.

The same eleven steps for OFD and PDF, whoever made the file. ``Check`` is the catalogue; a step that a document has no
use for (a timestamp where there is none) is left out or VALID with the reason.
"""

from certs.examination.catalogue import Check
from certs.examination.report import Examination, SignatureExamination, combine, unsigned
from certs.examination.steps import Step, Verdict, shown, worst, worst_step

__all__ = [
    "Check",
    "Examination",
    "SignatureExamination",
    "Step",
    "Verdict",
    "combine",
    "shown",
    "unsigned",
    "worst",
    "worst_step",
]
