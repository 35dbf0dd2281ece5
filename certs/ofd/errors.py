"""What reading and sealing OFD documents refuses.

    YiwangError
    └── OfdError
        ├── OfdInvalid          bytes that are no OFD document, a damaged one, or one built to harm its readers
        │   ├── NoOfd           an archive of something else, such as what word processors write
        │   ├── EntryDamaged    one file in the package cannot be unpacked; the others may be well
        │   ├── FileMissing     the package names a file that it has not
        │   └── OfdEncrypted    a document whose files are encrypted
        ├── OfdLocked           a document that must not get a further signature
        ├── PlacementInvalid    a seal that cannot be put where it was asked for
        │   ├── KeywordNowhere  a keyword that is not in the document
        │   └── KeywordTooOften  one that is in too many places
        └── SealUnusable        a seal, certificate or key that must not or cannot seal this document now
            ├── KeyUnfit        a key of another kind than SM2
            └── CertificateOut  a certificate that is not in force

The reasons name the place in the document, never its content.
"""

from gateway.core.errors import YiwangError
from gateway.core.text import Text


class OfdError(YiwangError):
    """Base of what this package raises.

    Args:
        reason: what is wrong, for readers.
    """

    def __init__(self, reason: Text) -> None:
        self.reason = reason
        super().__init__(reason.en)


class OfdInvalid(OfdError):
    """Not an OFD document, or one that cannot be read safely."""


class NoOfd(OfdInvalid):
    """An archive of something else, such as what word processors write."""


class EntryDamaged(OfdInvalid):
    """One file in the package cannot be unpacked."""


class FileMissing(OfdInvalid):
    """The package names a file that it has not.

    Args:
        reason: which, for readers.
        paths: where it was looked for, folded.
    """

    def __init__(self, reason: Text, paths: frozenset[str]) -> None:
        self.paths = paths
        super().__init__(reason)


class OfdEncrypted(OfdInvalid):
    """A document whose files are encrypted (GM/T 0099)."""


class OfdLocked(OfdError):
    """A document that must not get a further signature."""


class PlacementInvalid(OfdError):
    """A seal that cannot be put where it was asked for."""


class KeywordNowhere(PlacementInvalid):
    """A keyword that is not in the document."""


class KeywordTooOften(PlacementInvalid):
    """A keyword that is in more places than one signature shows at."""


class SealUnusable(OfdError):
    """A seal, certificate or key that must not or cannot seal this document now."""


class KeyUnfit(SealUnusable):
    """A key of another kind than SM2."""


class CertificateOut(SealUnusable):
    """A certificate that is not in force yet, or not any more."""
