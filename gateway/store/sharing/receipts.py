"""Receipts in the database: each as its canonical record, and once its group is signed with its proof."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, bindparam, insert, literal, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.errors import StoreConflict
from gateway.core.sharing.receipt_groups import SignedGroup
from gateway.core.sharing.receipts import Proof, read_receipt
from gateway.core.sharing.recipients import Delivery
from gateway.core.sharing.records import After, KeptReceipt, SignedReceipt
from gateway.core.sharing.terms import Access
from gateway.store.database import Database
from gateway.store.tables.base import UtcDateTime
from gateway.store.tables.sharing import share_receipt_groups, share_receipts

_c, _g = share_receipts.c, share_receipt_groups.c
_FIND: Final = (
    select(_c.record, _c.proof, _g.signature, _g.key)
    .outerjoin(share_receipt_groups, _g.id == _c.group)
    .where(_c.id == bindparam("receipt"))
)
_SIGN: Final = (
    update(share_receipts)
    .where(_c.id == bindparam("receipt_"), _c.group.is_(None))
    .values(group=bindparam("group_"), proof=bindparam("proof_"))
)
_HEAD: Final = insert(share_receipt_groups)
_KEEP: Final = insert(share_receipts)
_proof = msgspec.json.Decoder(Proof)


class SqlReceipts:
    """A ReceiptStore."""

    def __init__(self, database: Database) -> None:
        self._database = database
        dialect = sqlite if database.kind == "sqlite" else postgresql
        self._add = dialect.insert(share_receipts).on_conflict_do_nothing()

    async def add(self, receipts: Sequence[KeptReceipt]) -> None:
        """Keep receipts that are not signed yet; one that is there stays as it is."""
        rows = [_row(one) for one in receipts]

        async def add(connection: AsyncConnection) -> None:
            if rows:
                await connection.execute(self._add, rows)

        await self._database.transact(add)

    async def keep(self, receipts: Sequence[KeptReceipt], group: SignedGroup | None) -> None:
        """Keep new receipts with the signature of their group, or to be signed later, in one transaction."""
        rows = [_row(one) | {"group": None, "proof": None} for one in receipts]
        head: dict[str, object] = {}
        if group is not None:
            for row in rows:
                proof = msgspec.json.encode(group.proofs[str(row["id"])]).decode()
                row.update(group=group.id, proof=proof)
            head = {"id": group.id, "statement": group.statement, "signature": group.signature}
            head |= {"key": group.key, "signed_at": group.at}

        def keep(connection: Connection) -> None:
            if head:
                connection.execute(_HEAD, head)
            connection.execute(_KEEP, rows)

        await self._database.stroke(keep)

    async def find(self, receipt_id: str) -> SignedReceipt | None:
        """The receipt of this id; the caller checks whose it is."""
        rows = await self._database.glance(_FIND, {"receipt": receipt_id})
        if not rows:
            return None
        (row,) = rows
        proof = None if row.proof is None else _proof.decode(row.proof)
        return SignedReceipt(record=row.record, proof=proof, signature=row.signature, key=row.key)

    async def of_grant(self, grant_id: str, after: After | None, most: int) -> Sequence[KeptReceipt]:
        """The grant's receipts after this one, newest first."""
        return await self._newest(_after(select(share_receipts).where(_c.grant == grant_id), after), most)

    async def of_use(self, use: str, most: int) -> Sequence[KeptReceipt]:
        """The receipts of a use, newest first."""
        return await self._newest(select(share_receipts).where(_c.use == use), most)

    async def unsigned(self, most: int) -> Sequence[KeptReceipt]:
        """Receipts that wait for their group, oldest first."""
        asked = select(share_receipts).where(_c.group.is_(None)).order_by(_c.at, _c.id).limit(most)
        return [_kept(row) for row in await self._database.glance(asked, {})]

    async def sign(
        self, group: str, proofs: Mapping[str, Proof], statement: bytes, signature: str, key: str, at: datetime
    ) -> bool:
        """Keep the signature of a group and the proof of each of its receipts; False if one was signed already."""
        head = {"id": group, "statement": statement, "signature": signature, "key": key, "signed_at": at}
        rows = [
            {"receipt_": receipt, "group_": group, "proof_": msgspec.json.encode(proof).decode()}
            for receipt, proof in sorted(proofs.items())
        ]
        try:
            async with self._database.writing() as connection:
                await connection.execute(insert(share_receipt_groups).values(head))
                for row in rows:
                    if (await connection.execute(_SIGN, row)).rowcount != 1:
                        raise StoreConflict("a receipt was signed already, or there is none")  # noqa: TRY301 - undoes it
        except StoreConflict:
            return False
        return True

    async def kept(self, receipt_id: str) -> KeptReceipt | None:
        """What is kept of a receipt; the caller checks whose it is."""
        found = await self._newest(select(share_receipts).where(_c.id == receipt_id), 1)
        return found[0] if found else None

    async def deliveries(
        self, resource: str, subject: str, most: int, after: After | None = None
    ) -> Sequence[Delivery]:
        """The answers after this one in which a record was given, newest first; without a subject about nobody."""
        of_whom = _c.subject == subject if subject else _c.subject.is_(None)
        asked = _after(select(share_receipts).where((_c.resource == resource) & of_whom & (_c.rows > 0)), after)
        return [one.delivery for one in await self._newest(asked, most)]

    async def _newest(self, asked: Select[Any], most: int) -> Sequence[KeptReceipt]:
        ordered: tuple[ColumnElement[Any], ...] = (_c.at.desc(), _c.id.desc())
        rows = await self._database.glance(asked.order_by(*ordered).limit(most), {})
        return [_kept(row) for row in rows]


def _after(asked: Select[Any], after: After | None) -> Select[Any]:
    if after is None:
        return asked
    return asked.where(tuple_(_c.at, _c.id) < tuple_(literal(after[0], UtcDateTime), literal(after[1])))


def _row(kept: KeptReceipt) -> dict[str, object]:
    given = kept.delivery
    return {
        "id": given.receipt,
        "grant": given.grant,
        "use": kept.use,
        "resource": given.resource,
        "subject": given.subject or None,
        "body": given.body,
        "application": given.application,
        "at": given.at,
        "rows": kept.rows,
        "event": kept.event,
        "record": kept.record,
    }


def _kept(row: Any) -> KeptReceipt:  # noqa: ANN401 - a row of all columns
    receipt = read_receipt(row.record)
    delivery = Delivery(
        receipt=row.id,
        grant=row.grant,
        body=row.body,
        application=row.application,
        resource=row.resource,
        subject=row.subject or "",
        fields=frozenset(field for field, access in receipt.fields.items() if access is not Access.DENY),
        at=row.at,
    )
    return KeptReceipt(delivery=delivery, use=row.use, event=row.event, rows=row.rows, record=row.record)
