"""The port through which seals that were filed elsewhere are read before they come into the register."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec


class SealReading(msgspec.Struct, frozen=True, kw_only=True):
    """What a seal's structure and its signer's certificates say, after everything about them was found to hold.

    Attributes:
        number: its esID; ``name`` what it is called.
        structure: DER, as it came.
        certificates: the signer's certificate and those of its issuers, DER.
        valid_from: when both the structure and the signer's certificate are in force; ``valid_until`` the last such
            instant.
        usable_here: whether documents can get it by its key; if not, only a platform that takes documents whole can
            put it on them.
    """

    number: str
    name: str
    structure: bytes
    certificates: tuple[bytes, ...]
    valid_from: datetime
    valid_until: datetime
    usable_here: bool


class SealReader(Protocol):
    """Reads and examines seals."""

    async def read(self, structure: bytes, certificates: Sequence[bytes]) -> SealReading:
        """The seal, if its maker made it, its signer may use it, and both are trusted.

        Args:
            structure: the seal (GB/T 38540), DER.
            certificates: the signer's certificate (DER), behind it those of its issuers.

        Raises:
            Refusal: BAD_INPUT with what is wrong.
        """
        ...

    def is_key(self, reference: str) -> bool:
        """Whether a key of this reference could be opened here, as far as the reference tells; it holds no secret."""
        ...
