"""What seals refuse.

    YiwangError
    └── SealError
        ├── SealInvalid         bytes that are no seal, or no signature with one, of any known layout
        ├── SealUnsupported     a layout, version or algorithm that is not known here; nothing is said about the content
        └── PictureUnusable     a picture that cannot be drawn: damaged, too large or of an unknown type

The messages name the field, never its content.
"""

from gateway.core.errors import YiwangError
from gateway.core.text import Text


class SealError(YiwangError):
    """Base of what this package raises.

    Args:
        reason: what is wrong, for readers.
    """

    def __init__(self, reason: Text) -> None:
        self.reason = reason
        super().__init__(reason.en)


class SealInvalid(SealError):
    """Not a seal or not a seal's signature."""


class SealUnsupported(SealError):
    """Made in a way that is not known here."""


class PictureUnusable(SealError):
    """A picture that cannot be drawn here, though its seal may be genuine."""
