"""The ports by which receipts are made: where the audit has an event, and where signed groups are kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from gateway.core.sharing.receipts import Place, Proof
from gateway.core.sharing.records import KeptReceipt


class SignedGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A group of receipts that is signed.

    Attributes:
        proofs: of its receipts, by their ids.
        signature: over the statement, DER in base64; ``key`` names the key.
    """

    id: str
    proofs: Mapping[str, Proof]
    statement: bytes
    signature: str
    key: str
    at: datetime


class ReceiptGroups(Protocol):
    """Where receipts are kept as they are made."""

    async def keep(self, receipts: Sequence[KeptReceipt], group: SignedGroup | None) -> None:
        """Keep new receipts with the signature of their group, or to be signed later, in one transaction.

        Raises:
            StoreUnavailable: they are not kept.
        """
        ...


class AuditPlaces(Protocol):
    """Where the audit has what it has chained."""

    async def places(self, events: Sequence[str]) -> Mapping[str, Place]:
        """The places of events by their ids; those that are not chained are left out."""
        ...
