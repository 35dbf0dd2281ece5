"""What an examination of a sealed document says: numbered steps, each with a verdict in plain words.

The same steps for OFD and PDF, whoever made the file: eleven of a document by itself, and a twelfth where it is
compared with the one that was to be sealed. ``Check`` is the catalogue; a step that a document has no use for (a
timestamp where there is none) is left out or VALID with the reason.
"""

from certs.examination.catalogue import Check
from certs.examination.report import Addition, Examination, SignatureExamination, combine, unsigned
from certs.examination.steps import WORDS, Step, Verdict, shown, worst, worst_step

__all__ = [
    "WORDS",
    "Addition",
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
