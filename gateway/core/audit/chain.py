"""Chains: every entry's hash covers the one before it, so that nothing is changed, left out or put in between unseen.

A chain belongs to one epoch of one replica, one retention class and one month. It is also the partition that is removed
when its time is over: whole, and without harm to any other chain.
"""

import hashlib
import re
from typing import Final

import msgspec

from gateway.core.audit.canonical import NotCanonical, canonical, parse
from gateway.core.audit.catalogue import Retention
from gateway.core.audit.merkle import Frontier

HASH_BYTES: Final = 32
_HEADER: Final = b"yiwang audit chain 1\n"
_ENTRY: Final = b"yiwang audit entry 1\n"
_HASH = re.compile(r"[0-9a-f]{64}")


class ChainInvalid(ValueError):
    """Something in a chain that does not fit; says what, quotes nothing."""


class Predecessor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The chain before, as far as it was known when this one began."""

    chain: str
    count: int
    head: str


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a chain is; its name is the hash of this.

    Attributes:
        epoch: 32 hexadecimal digits, random, of one start of one replica.
        ordinal: of the chain among those of its epoch, from 1.
        month: ``2026-03``, in UTC, in which its entries were chained.
        began: when, ISO 8601 in UTC.
        predecessor: the chain of the same class that was the last before; None if none was known.
    """

    epoch: str
    ordinal: int
    retention: Retention
    month: str
    began: str
    predecessor: Predecessor | None = None

    @property
    def name(self) -> str:
        """The chain's name, in hexadecimal digits; also what its first entry follows."""
        return hashlib.sha256(_HEADER + self.record()).hexdigest()

    def record(self) -> bytes:
        """The header in canonical JSON."""
        return canonical(msgspec.to_builtins(self))


class Link(msgspec.Struct, frozen=True):
    """One entry of a chain: its number from 1, its canonical bytes and its hash."""

    number: int
    record: bytes
    hash: bytes


class Chain(msgspec.Struct, frozen=True):
    """How far a chain is: its name, the last entry's hash (the name's bytes before the first), its tree."""

    name: str
    head: bytes
    tree: Frontier = Frontier()

    @classmethod
    def begin(cls, header: Header) -> "Chain":
        """The chain without entries."""
        return cls(header.name, bytes.fromhex(header.name))

    @property
    def count(self) -> int:
        """Entries so far."""
        return self.tree.count

    def append(self, event: bytes) -> tuple["Chain", Link]:
        """The chain with one more entry, and the entry; ``event`` is the event's canonical JSON."""
        record = entry_record(self.name, self.count + 1, event)
        found = entry_hash(self.head, record)
        return Chain(self.name, found, self.tree.with_leaf(found)), Link(self.count + 1, record, found)


def entry_record(chain: str, number: int, event: bytes) -> bytes:
    """An entry in canonical JSON, of the event's canonical JSON."""
    return b'{"chain":"%b","event":%b,"number":%d}' % (chain.encode(), event, number)


def entry_hash(previous: bytes, record: bytes) -> bytes:
    """The hash of an entry that follows the entry of this hash."""
    return hashlib.sha256(_ENTRY + previous + record).digest()


def read_hash(text: object) -> bytes:
    """The 32 bytes that 64 small hexadecimal digits write.

    Raises:
        ChainInvalid: they are not.
    """
    if not isinstance(text, str) or not _HASH.fullmatch(text):
        raise ChainInvalid("a hash is not 64 small hexadecimal digits")
    return bytes.fromhex(text)


def read_header(record: bytes) -> Header:
    """The header that this canonical JSON writes.

    Raises:
        ChainInvalid: it is none.
    """
    try:
        return msgspec.convert(parse(record), Header)
    except (NotCanonical, msgspec.ValidationError) as error:
        raise ChainInvalid("a chain's header cannot be read") from error
