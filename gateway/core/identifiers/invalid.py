"""The one way in which an identifier is refused.

    YiwangError
    └── IdentifierInvalid          also a ValueError; ``reason`` says what is wrong and what was expected
        └── DocumentTypeUnknown    in ``documents``

An identifier may be personal, so a reason is written without it and an error never carries it.
"""

from gateway.core.errors import YiwangError
from gateway.core.text import Text


class IdentifierInvalid(YiwangError, ValueError):
    """Text that is not the identifier it was taken for.

    Args:
        reason: what is wrong and what was expected, in both languages, fit for the public; never the value.
    """

    def __init__(self, reason: Text) -> None:
        self.reason = reason
        super().__init__(reason)

    def __str__(self) -> str:
        """The English sentence, for logs."""
        return self.reason.en
