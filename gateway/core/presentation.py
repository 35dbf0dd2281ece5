"""Presented licences (亮证): a holder shows a code that lives for minutes, a checker reads that one licence with it."""

from datetime import datetime

import msgspec

from gateway.core.licence import Holder, LicenceKey


class Presentation(msgspec.Struct, frozen=True, kw_only=True):
    """A licence that its holder is showing. ``item`` is the purpose that the holder agreed to.

    ``reader`` is the application and the person that read the code first; from then on it is theirs alone.
    """

    code: str
    item: str
    holder: Holder
    licence: LicenceKey
    expires_at: datetime
    reader: tuple[str, str] | None = None

    def is_open(self, at: datetime, reader: tuple[str, str]) -> bool:
        """Whether this reader can still read the code."""
        return at < self.expires_at and self.reader in {None, reader}

    def __repr__(self) -> str:
        """Nothing: the code is a secret, the holder a person."""
        return "Presentation(...)"
