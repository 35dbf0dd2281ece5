"""References to keys: ``file:PATH``, ``pkcs11:…``, ``sdf:…``, ``remote:…``. A reference is no secret."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from gateway.core.errors import KeyUnusable

_LONGEST = 1_024


class KeyPlace(StrEnum):
    """Where keys can be."""

    FILE = "file"
    PKCS11 = "pkcs11"
    SDF = "sdf"
    REMOTE = "remote"


@dataclass(frozen=True, slots=True)
class KeyReference:
    """A reference taken apart.

    Attributes:
        place: what stands before the colon.
        rest: what stands behind it; never empty.
    """

    place: KeyPlace
    rest: str = field(repr=False)

    @classmethod
    def read(cls, text: str) -> Self:
        """Take a reference apart.

        Raises:
            KeyUnusable: it is none.
        """
        place, colon, rest = text.partition(":")
        if not colon or not rest or place not in set(KeyPlace) or len(text) > _LONGEST or not text.isprintable():
            raise KeyUnusable("a key's reference begins with " + ", ".join(f"{known}:" for known in KeyPlace))
        return cls(KeyPlace(place), rest)
