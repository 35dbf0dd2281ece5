"""What reading and verifying signed data refuses.

    YiwangError
    └── CmsError
        ├── CmsInvalid       no signed data, broken, or a signature that does not hold
        └── CmsUnsupported   made in a way that is not known here; nothing is said against it

The reasons hold nothing of the content.
"""

from gateway.core.errors import YiwangError
from gateway.core.text import Text


class CmsError(YiwangError):
    """Base of what this package raises.

    Args:
        reason: what is wrong, for readers.
    """

    def __init__(self, reason: Text) -> None:
        self.reason = reason
        super().__init__(reason.en)


class CmsInvalid(CmsError):
    """Not signed data, or a signature that does not hold."""


class CmsUnsupported(CmsError):
    """Made in a way that is not known here."""
