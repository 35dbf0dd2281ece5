"""What timestamps refuse.

    YiwangError
    └── TimestampError
        ├── RequestInvalid          bytes that are no timestamp request, or one that an authority must refuse
        ├── TokenInvalid            no timestamp token, or one that does not prove what it is shown for
        │   ├── TokenUnsupported    a token made in a way that is not known here; nothing is said against it
        │   └── AuthorityUnknown    a token whose authority's certificate is not to be had
        ├── TimestampRefused        an authority answered that it gives no token
        └── TimestampUnavailable    no authority gave a token that holds

The reasons hold nothing of what was stamped.
"""

from enum import IntEnum

from gateway.core.errors import YiwangError
from gateway.core.text import Text


class Failure(IntEnum):
    """Why an authority gives no token, by the number of its bit (RFC 3161, section 2.4.2)."""

    BAD_ALGORITHM = 0
    BAD_REQUEST = 2
    BAD_DATA_FORMAT = 5
    TIME_NOT_AVAILABLE = 14
    UNACCEPTED_POLICY = 15
    UNACCEPTED_EXTENSION = 16
    ADDITIONAL_INFORMATION_NOT_AVAILABLE = 17
    SYSTEM_FAILURE = 25


class TimestampError(YiwangError):
    """Base of what this package raises.

    Args:
        reason: what is wrong, for readers.
    """

    def __init__(self, reason: Text) -> None:
        self.reason = reason
        super().__init__(reason.en)


class RequestInvalid(TimestampError):
    """Not a request that gets a token.

    Args:
        reason: what is wrong, for readers.
        failure: how an authority says it.
    """

    def __init__(self, reason: Text, failure: Failure = Failure.BAD_DATA_FORMAT) -> None:
        self.failure = failure
        super().__init__(reason)


class TokenInvalid(TimestampError):
    """Not a token, or one that does not prove what it is shown for."""


class TokenUnsupported(TokenInvalid):
    """A token made in a way that is not known here."""


class AuthorityUnknown(TokenInvalid):
    """The certificate that the token names is not to be had, so nothing can be said."""


class TimestampRefused(TimestampError):
    """An authority gives no token.

    Args:
        reason: what it said, for readers.
        failures: what it named as the cause.
    """

    def __init__(self, reason: Text, failures: frozenset[Failure] = frozenset()) -> None:
        self.failures = failures
        super().__init__(reason)


class TimestampUnavailable(TimestampError):
    """No authority gave a token that holds."""
