"""Digests of files, by the names that signatures give them."""

import hashlib
from collections.abc import Iterable
from typing import Final

from cryptography.hazmat.primitives import hashes

from certs.ofd.directory import Entry
from certs.ofd.package import OfdPackage
from certs.x509 import Hash
from certs.x509.algorithms import WEAK

NAMES: Final = {
    "SM3": Hash.SM3,
    "1.2.156.10197.1.401": Hash.SM3,
    "1.2.156.10197.1.401.1": Hash.SM3,  # said to be without a key, as all of them are
    "SHA256": Hash.SHA256,
    "SHA-256": Hash.SHA256,
    Hash.SHA256.oid: Hash.SHA256,
    "SHA384": Hash.SHA384,
    "SHA-384": Hash.SHA384,
    Hash.SHA384.oid: Hash.SHA384,
    "SHA512": Hash.SHA512,
    "SHA-512": Hash.SHA512,
    Hash.SHA512.oid: Hash.SHA512,
}
"""By name in capitals, or object identifier."""

FORGEABLE: Final = frozenset({"", "MD5", "SHA1", "SHA-1"}) | WEAK
"""Digests that can be forged; where none is named the standard's schema says MD5."""


class Digest:
    """A digest of content that comes in pieces."""

    def __init__(self, kind: Hash) -> None:
        self._hash = hashes.Hash(hashes.SM3()) if kind is Hash.SM3 else hashlib.new(kind.value, usedforsecurity=True)

    def update(self, piece: bytes) -> None:
        """Take in the next piece."""
        self._hash.update(piece)

    def value(self) -> bytes:
        """The digest; nothing more may follow."""
        return self._hash.finalize() if isinstance(self._hash, hashes.Hash) else self._hash.digest()


def digest_of(pieces: Iterable[bytes], kind: Hash) -> bytes:
    """The digest of pieces."""
    running = Digest(kind)
    for piece in pieces:
        running.update(piece)
    return running.value()


def digest_file(package: OfdPackage, entry: Entry, kind: Hash) -> bytes:
    """The digest of a file's content; an EntryDamaged if it cannot be unpacked."""
    return digest_of(package.pieces(entry), kind)
