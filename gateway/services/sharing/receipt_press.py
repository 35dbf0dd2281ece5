"""Making receipts: those that are asked for while others are being kept are signed and kept together."""

import asyncio
import base64
import secrets
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from gateway.core.audit.canonical import parse
from gateway.core.audit.checkpoint import CheckpointSigner
from gateway.core.clock import Clock
from gateway.core.sharing.manifests import Manifest, proof_of, shown
from gateway.core.sharing.receipt_groups import AuditPlaces, ReceiptGroups, SignedGroup
from gateway.core.sharing.receipts import Place, Proof, Receipt, group, statement_of
from gateway.core.sharing.recipients import Delivery
from gateway.core.sharing.records import KeptReceipt
from gateway.core.sharing.terms import Access

MOST_TOGETHER: Final = 200
"""Receipts of one group: enough to share its cost, few enough to end in milliseconds."""


NOWHERE: Final = Place("", 0, "")
"""The place of a receipt whose event is not looked up yet."""


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """An answer for which a receipt is made: all of it but its place, who got it and when, the audit's event for it."""

    receipt: Receipt
    body: str
    application: str
    event: str
    at: datetime


class _Waiting(msgspec.Struct):
    given: Given
    future: "asyncio.Future[dict[str, Any]]"


class ReceiptPress:
    """Makes the receipts of one process.

    Args:
        groups: keeps them.
        places: knows where the audit has what it has chained.
        signer: signs them; without one they are kept unsigned.
        clock: says when.
    """

    def __init__(
        self, groups: ReceiptGroups, places: AuditPlaces, signer: CheckpointSigner | None, clock: Clock
    ) -> None:
        self._groups = groups
        self._places = places
        self._signer = signer
        self._clock = clock
        self._queue: deque[_Waiting] = deque()
        self._task: asyncio.Task[None] | None = None

    async def give(self, given: Given) -> dict[str, Any]:
        """The receipt as it is handed out; when this returns it is kept.

        Raises:
            StoreUnavailable: it is not kept.
        """
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(given, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="receipts")
        return await future

    async def can_give(self, given: Given) -> bool:
        """Whether the audit has chained its event; it soon does, whatever became of who left it there."""
        return given.event in await self._places.places([given.event])

    async def vouch(self, manifest: Manifest) -> dict[str, Any]:
        """A manifest as it is handed out: signed as a receipt is, if receipts are."""
        if self._signer is None:
            return shown(manifest, None, None)
        signature = await asyncio.to_thread(self._signer.sign, statement_of(proof_of(manifest)))
        return shown(manifest, base64.b64encode(signature).decode("ascii"), self._signer.key)

    async def _run(self) -> None:
        while self._queue:
            batch = [self._queue.popleft() for _ in range(min(MOST_TOGETHER, len(self._queue)))]
            try:
                made = await self._made([one.given for one in batch])
            except Exception as error:  # noqa: BLE001 - whoever waits is told, whatever it was
                for one in batch:
                    if not one.future.done():
                        one.future.set_exception(error)
                continue
            for one, exported_ in zip(batch, made, strict=True):
                if not one.future.done():
                    one.future.set_result(exported_)

    async def _made(self, batch: Sequence[Given]) -> Sequence[dict[str, Any]]:
        places = await self._places.places([given.event for given in batch])
        receipts = [msgspec.structs.replace(given.receipt, place=places[given.event]) for given in batch]
        pressed = group(receipts)
        signed = await self._signed(batch, pressed.statement, pressed.proofs)
        kept = [_kept(given, record) for given, record in zip(batch, pressed.records, strict=True)]
        await self._groups.keep(kept, signed)
        shown = [{"receipt": msgspec.to_builtins(receipt)} for receipt in receipts]
        if signed is None:
            return shown
        statement = parse(signed.statement)
        whole = {"statement": statement, "signature": signed.signature, "key": signed.key}
        return [
            one | {"proof": msgspec.to_builtins(proof)} | whole
            for one, proof in zip(shown, pressed.proofs, strict=True)
        ]

    async def _signed(self, batch: Sequence[Given], statement: bytes, proofs: Sequence[Proof]) -> SignedGroup | None:
        if self._signer is None:
            return None
        signature = await asyncio.to_thread(self._signer.sign, statement)
        return SignedGroup(
            id=secrets.token_hex(16),
            proofs={given.receipt.id: proof for given, proof in zip(batch, proofs, strict=True)},
            statement=statement,
            signature=base64.b64encode(signature).decode("ascii"),
            key=self._signer.key,
            at=self._clock.now(),
        )


def _kept(given: Given, record: bytes) -> KeptReceipt:
    receipt = given.receipt
    delivery = Delivery(
        receipt=receipt.id,
        grant=receipt.grants[0],
        body=given.body,
        application=given.application,
        resource=receipt.resource,
        subject=receipt.subject or "",
        fields=frozenset(field for field, access in receipt.fields.items() if access is not Access.DENY),
        at=given.at,
    )
    return KeptReceipt(delivery=delivery, use=receipt.use, event=given.event, rows=receipt.rows, record=record)
