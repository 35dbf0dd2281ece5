"""What working on documents of either format refuses.

    YiwangError
    └── DocumentError
        ├── FormatUnknown    neither OFD nor PDF
        ├── LevelUnsupported a level of proof that the format has no place for
        └── ChainRefused     a certificate of which it is known that it must not be used

What a format itself refuses is its own (``certs.ofd``, ``certs.pdf``).
"""

from gateway.core.errors import YiwangError
from gateway.core.text import Text


class DocumentError(YiwangError):
    """Base of what this package raises.

    Args:
        reason: what is wrong, for readers.
    """

    def __init__(self, reason: Text) -> None:
        self.reason = reason
        super().__init__(reason.en)


class FormatUnknown(DocumentError):
    """Neither OFD nor PDF."""


class LevelUnsupported(DocumentError):
    """A level of proof that the format of the document has no place for."""


class ChainRefused(DocumentError):
    """A certificate whose chain does not hold, or which was revoked."""
