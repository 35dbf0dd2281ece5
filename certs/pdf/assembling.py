"""A new document that grows piece by piece, and its digest."""

from io import SEEK_END
from typing import BinaryIO, Final

from cryptography.hazmat.primitives import hashes

from certs.x509 import Hash

_PIECE: Final = 1_048_576


class Assembly:
    """The bytes of a new document so far, and their digest.

    Args:
        out: where they go; can be read too.
        hash: the digest.
    """

    def __init__(self, out: BinaryIO, hash: Hash) -> None:  # noqa: A002 # the word for it
        self.out: Final = out
        self._digest = hashes.Hash(hash.primitive)

    def copy(self, source: BinaryIO) -> None:
        """Begin with all of ``source``."""
        source.seek(0)
        while piece := source.read(_PIECE):
            self.append(piece)

    def append(self, piece: bytes) -> None:
        """Go on with this."""
        self._digest.update(piece)
        # whoever read what there is so far left the place somewhere else
        self.out.seek(0, SEEK_END)
        self.out.write(piece)

    def digest_with(self, before: bytes, after: bytes) -> bytes:
        """The digest of what there is so far, and these two parts behind it."""
        digest = self._digest.copy()
        digest.update(before)
        digest.update(after)
        return digest.finalize()
