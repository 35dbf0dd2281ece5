"""The port through which documents are sealed and examined here, whatever holds the key."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

import msgspec

from gateway.core.errors import KeyUnusable, Refusal
from gateway.core.seals.place import Place
from gateway.core.seals.verification import Verification

SignDigest = Callable[[bytes], Awaitable[bytes]]
"""Signs the digest of what is to be signed; for keys on platforms, which are asked with an idempotency key."""


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """All that a document is sealed with.

    Attributes:
        seal: the seal's structure (GB/T 38540), DER.
        certificates: the signer's certificate and those of its issuers, DER.
        key: the reference of the key (``file:``, ``pkcs11:``, ``sdf:``); None if ``sign`` signs.
        sign: signs the digest elsewhere.
        at: the time that the signature states. The same document, stamp and time give the same digest.
    """

    seal: bytes
    certificates: tuple[bytes, ...]
    at: datetime
    key: str | None = None
    sign: SignDigest | None = None


class Counted(msgspec.Struct, frozen=True):
    """How many pages a document has, and of which media type it is for whoever seals it.

    ``held`` is what the workshop holds of it until it is sealed: only it knows what.
    """

    pages: int
    media_type: str
    held: object = None


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A document that is to be sealed: where it is, where it goes, with what, and where the seal shows.

    ``held`` is what the workshop held of it when it counted its pages; the document has not changed since.
    """

    source: Path
    target: Path
    stamp: Stamp
    place: Place
    held: object = None


class Workshop(Protocol):
    """Seals and examines documents in files. Its work is kept off the event loop."""

    async def seal(self, source: Path, target: Path, stamp: Stamp, place: Place) -> None:
        """Seal ``source`` into ``target``, which is whole or not there.

        Raises:
            Refusal: the document, the place or the seal cannot be used, with the problem to tell the caller.
            KeyUnusable: the key cannot be used, or not now.
        """
        ...

    async def seal_all(self, sheets: Sequence[Sheet]) -> Sequence[Verification | Refusal | KeyUnusable]:
        """Seal documents one after the other, and compare each with what it was; or why not, each in its place."""
        ...

    async def examine(self, document: Path) -> Verification:
        """Every step of the examination against this gateway's trust.

        Raises:
            Refusal: it is neither OFD nor PDF, or cannot be read.
        """
        ...

    async def compare(self, original: Path, sealed: Path, seal: bytes) -> Verification:
        """Whether ``sealed`` is ``original`` with one more seal, this one, and nothing else changed; and is valid."""
        ...

    async def pages_of(self, documents: Sequence[Path]) -> Sequence[Counted | Refusal]:
        """What each is and how many pages it has, in one go.

        Those that are neither OFD nor PDF, or cannot be read, have their refusals in their places.
        """
        ...
