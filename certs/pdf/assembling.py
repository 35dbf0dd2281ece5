"""A new document that grows beside its target and takes its place only when it is whole."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from io import SEEK_END
from pathlib import Path
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

    def settle(self) -> None:
        """Bring all of it to the disk."""
        self.out.flush()
        os.fsync(self.out.fileno())


@contextmanager
def replacing(target: Path) -> Iterator[BinaryIO]:
    """A new file beside ``target`` that takes its place at the end; nothing is left if it fails.

    It can be read by its owner only until it takes the place; then it has the rights that new files get.
    """
    beside = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.part")
    mask = os.umask(0)
    os.umask(mask)
    try:
        with os.fdopen(os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w+b") as out:
            yield out
            os.fchmod(out.fileno(), 0o666 & ~mask)
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
