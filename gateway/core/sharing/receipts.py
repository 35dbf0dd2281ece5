"""Receipts: what was given under a grant, provable afterwards without the gateway and without naming anybody.

Receipts are signed in groups: they are the leaves of a Merkle tree (RFC 6962) whose statement of root and count is what
is signed. A receipt alone is a group of one. Whoever holds a receipt, its path and the signed statement needs nothing
else: hash the canonical receipt as a leaf, go up the path, compare the root, verify the signature.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from gateway.core.audit.canonical import NotCanonical, canonical, parse
from gateway.core.audit.merkle import ProofInvalid, Tree, verify_inclusion
from gateway.core.clock import utc
from gateway.core.sharing.terms import Access

RECEIPT: Final = "yiwang share receipt 1"
STATEMENT: Final = "yiwang share receipts 1"
MOST_GROUPED: Final = 65_536
"""Receipts of one group."""

LONGEST_PATH: Final = 17
LONGEST_RECEIPT: Final = 262_144
_HASH: Final = re.compile(r"[0-9a-f]{64}")


class ReceiptInvalid(ValueError):
    """Something that is no receipt, or does not prove what it should; quotes nothing of it."""


class Reply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reply that the answer was made of: the system, size and SHA-256 (hexadecimal) of its bytes as received."""

    system: str
    size: int
    sha256: str

    @classmethod
    def of(cls, system: str, content: bytes) -> "Reply":
        """The reply of these bytes."""
        return cls(system, len(content), hashlib.sha256(content).hexdigest())


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the audit has it: the chain's name, the entry's number in it from 1, and the entry's hash, hexadecimal."""

    chain: str
    number: int
    hash: str


class Receipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer under a grant. It holds no value of any record.

    Attributes:
        id: of the receipt; ``request_id`` of the request to the gateway.
        grants: the grant and those above it, by id.
        use: the keyed reference of the use, as in the audit; ``item`` is its service item.
        subject: the keyed reference of the person asked for; None if the resource is about none.
        at: when it was answered, ISO 8601 in UTC.
        rows: how many records were given; ``withheld`` how many were not, by reason.
        fields: what was given of each field.
        place: in the audit's chain.
    """

    id: str
    request_id: str
    grants: tuple[str, ...]
    use: str
    item: str
    resource: str
    resource_version: int
    at: str
    rows: int
    fields: Mapping[str, Access]
    replies: tuple[Reply, ...]
    place: Place
    withheld: Mapping[str, int] = {}
    subject: str | None = None
    kind: str = RECEIPT

    def record(self) -> bytes:
        """The receipt in canonical JSON."""
        return canonical(msgspec.to_builtins(self))


class Proof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A receipt's place in its group: its index from 0, the group's count and root, the path, all hexadecimal."""

    index: int
    count: int
    root: str
    path: tuple[str, ...]


class Group(msgspec.Struct, frozen=True):
    """Receipts that are signed together: their records in order, with the proof of each."""

    records: tuple[bytes, ...]
    proofs: tuple[Proof, ...]

    @property
    def statement(self) -> bytes:
        """What is signed: canonical JSON of what it is, the count and the root."""
        return statement_of(self.proofs[0])


def instant(moment: datetime) -> str:
    """A moment as receipts write it: ISO 8601 in UTC with milliseconds."""
    return utc(moment).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def group(receipts: Sequence[Receipt]) -> Group:
    """The group of these receipts, ready to be signed.

    Raises:
        ValueError: there is none, or there are more than MOST_GROUPED.
    """
    if not 1 <= len(receipts) <= MOST_GROUPED:
        raise ValueError(f"a group holds from 1 to {MOST_GROUPED} receipts")
    records = tuple(receipt.record() for receipt in receipts)
    tree = Tree(records)
    proofs = tuple(
        Proof(
            index=index,
            count=len(records),
            root=tree.root.hex(),
            path=tuple(step.hex() for step in tree.inclusion(index)),
        )
        for index in range(len(records))
    )
    return Group(records, proofs)


def statement_of(proof: Proof) -> bytes:
    """The statement that the group of this proof was signed by."""
    return canonical({"kind": STATEMENT, "count": proof.count, "root": proof.root})


def read_receipt(record: bytes) -> Receipt:
    """The receipt of a record.

    Raises:
        ReceiptInvalid: it is none, or not in its canonical form.
    """
    try:
        if len(record) > LONGEST_RECEIPT:
            raise ReceiptInvalid("the receipt is too long")
        receipt = msgspec.convert(parse(record), Receipt)
    except (NotCanonical, msgspec.ValidationError):
        raise ReceiptInvalid("the record is no receipt") from None
    if receipt.kind != RECEIPT:
        raise ReceiptInvalid("the record is a receipt of another kind")
    return receipt


def verify_receipt(record: bytes, proof: Proof) -> Receipt:
    """The receipt, once it is shown to be in its group; whoever signed ``statement_of(proof)`` vouches for it.

    Raises:
        ReceiptInvalid: it is no receipt, or the proof does not show it.
    """
    receipt = read_receipt(record)
    if len(proof.path) > LONGEST_PATH or proof.count > MOST_GROUPED:
        raise ReceiptInvalid("the proof is too long")
    try:
        verify_inclusion(record, proof.index, proof.count, [_bytes(step) for step in proof.path], _bytes(proof.root))
    except ProofInvalid as error:
        raise ReceiptInvalid(str(error)) from None
    return receipt


def holds_reply(receipt: Receipt, content: bytes) -> bool:
    """Whether these bytes are one of the replies that the answer was made of."""
    digest = hashlib.sha256(content).hexdigest()
    return any(reply.sha256 == digest and reply.size == len(content) for reply in receipt.replies)


def exported(record: bytes, proof: Proof, signature: str, key: str) -> dict[str, Any]:
    """A receipt for whoever gets the answer: the record, its proof, and the statement's signature by a named key."""
    return {
        "receipt": parse(record),
        "proof": msgspec.to_builtins(proof),
        "statement": {"kind": STATEMENT, "count": proof.count, "root": proof.root},
        "signature": signature,
        "key": key,
    }


def _bytes(text: str) -> bytes:
    if not _HASH.fullmatch(text):
        raise ReceiptInvalid("a hash is not 64 small hexadecimal digits")
    return bytes.fromhex(text)
