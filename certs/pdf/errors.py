"""What sealing and reading PDF documents refuses.

    YiwangError
    └── PdfError
        ├── PdfUnreadable        no PDF, damaged, too large, or made in a way that is not known here
        │   └── PdfEncrypted     a PDF that needs a password or certificate to be read
        ├── PdfLocked            a signature in the document forbids what is asked
        ├── PlacementInvalid     a position off the page, a field that is taken
        │   ├── KeywordNowhere   a keyword that is not in the document
        │   └── KeywordTooOften  one that is in too many places
        ├── SignerUnusable       a certificate that is not in force
        ├── SealPictureUnusable  a picture that cannot be drawn
        └── ProofMissing         what a signature of the wanted level needs beside the key is not to be had

The messages hold nothing of the document but names of its form fields.
"""

from gateway.core.errors import YiwangError
from gateway.core.text import Text


class PdfError(YiwangError):
    """Base of what this package raises.

    Args:
        reason: what is wrong, for readers.
    """

    def __init__(self, reason: Text) -> None:
        self.reason = reason
        super().__init__(reason.en)


class PdfUnreadable(PdfError):
    """Not a PDF that can be worked with."""


class PdfEncrypted(PdfUnreadable):
    """A PDF that is encrypted."""


class PdfLocked(PdfError):
    """A document in which nothing more may be sealed, or not like this."""


class PlacementInvalid(PdfError):
    """The seal cannot be put where it is to be put."""


class KeywordNowhere(PlacementInvalid):
    """A keyword that is not in the document."""


class KeywordTooOften(PlacementInvalid):
    """A keyword that is in more places than one signature shows at."""


class SignerUnusable(PdfError):
    """A key whose certificate is not in force yet, or not any more."""


class SealPictureUnusable(PdfError):
    """A picture that cannot be drawn."""


class ProofMissing(PdfError):
    """No timestamp, chain or evidence of revocation where the level wants one."""
