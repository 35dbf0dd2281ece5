"""Checkpoints: where all chains are at one moment, under one root, one signature and perhaps one timestamp."""

import hashlib
from datetime import datetime
from typing import Protocol

import msgspec

from gateway.core.audit.canonical import NotCanonical, canonical, parse
from gateway.core.audit.chain import ChainInvalid, read_hash
from gateway.core.audit.merkle import Tree

FIRST = "0" * 64
"""What the first checkpoint follows."""


class Standing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where one chain is: its entries so far, its head, the root of its tree; ``sealed`` if it will not grow."""

    chain: str
    count: int
    head: str
    root: str
    sealed: bool


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All chains that were not sealed by an earlier checkpoint.

    Attributes:
        number: from 1, without gaps.
        at: when, ISO 8601 in UTC.
        previous: SHA-256 of the checkpoint before, in hexadecimal digits; FIRST for none.
        root: of the Merkle tree over the standings, in the order of the chains' names.
    """

    number: int
    at: str
    previous: str
    chains: tuple[Standing, ...]
    root: str

    @classmethod
    def make(cls, number: int, at: datetime, previous: str, chains: list[Standing]) -> "Checkpoint":
        """A checkpoint over these standings."""
        ordered = tuple(sorted(chains, key=lambda standing: standing.chain))
        return cls(number=number, at=at.isoformat(), previous=previous, chains=ordered, root=_root(ordered))

    def record(self) -> bytes:
        """The checkpoint in canonical JSON: what is signed and timestamped."""
        return canonical(msgspec.to_builtins(self))

    def digest(self) -> str:
        """What the next checkpoint follows."""
        return hashlib.sha256(self.record()).hexdigest()


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint with what proves it.

    Attributes:
        record: its canonical bytes.
        key: the name of the signing key.
        signature: DER, over the record.
        token: a timestamp token (RFC 3161, DER) over the record's SHA-256.
    """

    record: bytes
    key: str
    signature: bytes
    token: bytes | None = None


class CheckpointSigner(Protocol):
    """Signs what proves the audit.

    Attributes:
        key: the key's name: the first 32 hexadecimal digits of the SHA-256 of its SubjectPublicKeyInfo.
        public_pem: the public key.
    """

    key: str
    public_pem: str

    def sign(self, data: bytes) -> bytes:
        """A DER signature."""
        ...


class SignatureVerifier(Protocol):
    """Verifies signatures without any secret."""

    def key_of(self, public_pem: str) -> str:
        """The name of a public key; raises ValueError for what is none."""
        ...

    def is_signed(self, public_pem: str, data: bytes, signature: bytes) -> bool:
        """Whether the signature proves the data."""
        ...


class Timestamper(Protocol):
    """Asks a time-stamping authority."""

    async def stamp(self, sha256: bytes) -> bytes:
        """A timestamp token (RFC 3161, DER) over the digest; raises SystemFailure if there is none to be had."""
        ...


def read_checkpoint(record: bytes) -> Checkpoint:
    """The checkpoint that this canonical JSON writes, its root recomputed.

    Raises:
        ChainInvalid: it is none, or its root is not that of its standings.
    """
    try:
        checkpoint = msgspec.convert(parse(record), Checkpoint)
    except (NotCanonical, msgspec.ValidationError) as error:
        raise ChainInvalid("a checkpoint cannot be read") from error
    for standing in checkpoint.chains:
        for text in (standing.chain, standing.head, standing.root):
            read_hash(text)
    names = [standing.chain for standing in checkpoint.chains]
    if names != sorted(set(names)) or checkpoint.root != _root(checkpoint.chains):
        raise ChainInvalid("a checkpoint's root is not that of its chains")
    return checkpoint


def _root(chains: tuple[Standing, ...]) -> str:
    return Tree([canonical(msgspec.to_builtins(standing)) for standing in chains]).root.hex()
