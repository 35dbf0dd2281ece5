"""Receipts on both databases: each kept once, signed once, found by its grant, its use and whose record was given."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from gateway.core.errors import StoreConflict
from gateway.core.sharing.receipt_groups import SignedGroup
from gateway.core.sharing.receipts import Group, group, read_receipt, verify_receipt
from gateway.core.sharing.recipients import Delivery
from gateway.core.sharing.records import KeptReceipt, SignedReceipt
from gateway.core.sharing.terms import Access
from gateway.store.database import Database
from gateway.store.sharing.receipts import SqlReceipts
from tests.sharing.making import CODE, REQUESTER, START
from tests.sharing.test_receipts import a_receipt

TICK = timedelta(milliseconds=1)
SUBJECT = "5" * 32


def kept(number: int, *, use: str = "use", rows: int = 1, **changes: Any) -> KeptReceipt:
    """The receipt of this number; ``changes`` are those of what disputes need."""
    delivery = Delivery(
        receipt=f"c-{number}",
        grant="g-1",
        body=REQUESTER,
        application="portal",
        resource=CODE,
        subject=SUBJECT,
        fields=frozenset({"name", "phone"}),
        at=START + number // 2 * TICK,
    )
    fields = {"name": Access.SHOW, "phone": Access.HASH, "state": Access.DENY}
    record = a_receipt(id=f"c-{number}", rows=rows, fields=fields).record()
    return KeptReceipt(
        delivery=msgspec.structs.replace(delivery, **changes), use=use, event=f"e-{number}", rows=rows, record=record
    )


def grouped(receipts: list[KeptReceipt]) -> Group:
    return group([read_receipt(one.record) for one in receipts])


def signed(receipts: list[KeptReceipt], group_id: str = "s-1") -> SignedGroup:
    made = grouped(receipts)
    ids = [one.delivery.receipt for one in receipts]
    return SignedGroup(
        id=group_id,
        proofs=dict(zip(ids, made.proofs, strict=True)),
        statement=made.statement,
        signature="sig",
        key="k-1",
        at=START,
    )


async def sign(store: SqlReceipts, receipts: list[KeptReceipt], group_id: str = "s-1") -> bool:
    made = signed(receipts, group_id)
    return await store.sign(made.id, made.proofs, made.statement, made.signature, made.key, made.at)


async def test_a_receipt_that_waits_is_kept_once_and_signed_once(any_database: Database) -> None:
    store = SqlReceipts(any_database)
    receipts = [kept(number) for number in range(5)]
    await store.add([])
    await store.add(receipts[:3])
    await store.add([kept(1, use="another"), *receipts[3:]])
    assert await store.unsigned(9) == receipts, "oldest first, and what was there stays as it was"
    assert await store.unsigned(2) == receipts[:2]
    assert await store.find("c-1") == SignedReceipt(record=receipts[1].record)
    assert await store.find("c-9") is None
    assert await sign(store, receipts[:3])
    assert not await sign(store, receipts[2:4], "s-2"), "one was signed already"
    assert not await sign(store, [kept(8)], "s-2"), "there is none"
    assert not await sign(store, receipts[3:4]), "the group is there"
    assert await store.unsigned(9) == receipts[3:], "a group is signed as a whole or not at all"
    found = await store.find("c-2")
    assert found is not None
    assert found.proof is not None
    assert verify_receipt(found.record, found.proof) == read_receipt(receipts[2].record)
    assert (found.signature, found.key, found.proof.count) == ("sig", "k-1", 3)
    assert await sign(store, receipts[3:], "s-2")
    assert await store.unsigned(9) == []


async def test_receipts_are_kept_with_the_signature_of_their_group_or_to_be_signed_later(
    any_database: Database,
) -> None:
    store = SqlReceipts(any_database)
    together, later = [kept(number) for number in range(3)], [kept(number) for number in range(3, 5)]
    made = signed(together)
    await store.keep(together, made)
    await store.keep(later, None)
    assert await store.unsigned(9) == later
    for one in together:
        name = one.delivery.receipt
        shown = SignedReceipt(record=one.record, proof=made.proofs[name], signature="sig", key="k-1")
        assert await store.find(name) == shown
    with pytest.raises(StoreConflict):
        await store.keep([kept(9), kept(4)], signed([kept(9), kept(4)], "s-2"))
    assert await store.find("c-9") is None, "all of them, or none"
    assert await sign(store, later, "s-2")


async def test_no_event_of_the_audit_has_two_receipts(any_database: Database) -> None:
    store = SqlReceipts(any_database)
    twin = msgspec.structs.replace(kept(2), event="e-1")
    await store.add([kept(1), twin])
    assert await store.unsigned(9) == [kept(1)]
    with pytest.raises(StoreConflict):
        await store.keep([twin], None)


async def test_receipts_are_found_by_grant_and_use_newest_first(any_database: Database) -> None:
    store = SqlReceipts(any_database)
    receipts = [kept(number, use="u-2" if number % 3 == 0 else "u-1") for number in range(7)]
    await store.add([*receipts, kept(8, grant="g-2")])
    found: list[KeptReceipt] = []
    while page := await store.of_grant(
        "g-1", (found[-1].delivery.at, found[-1].delivery.receipt) if found else None, 3
    ):
        found += page
    assert found == receipts[::-1]
    assert await store.of_use("u-2", 9) == [receipts[6], receipts[3], receipts[0]]
    assert await store.of_use("u-2", 1) == [receipts[6]]
    assert await store.of_grant("g-3", None, 9) == []


async def test_deliveries_are_the_answers_in_which_the_record_was_given(any_database: Database) -> None:
    store = SqlReceipts(any_database)
    given = [kept(1), kept(3, body="11110000000021135M", grant="g-2"), kept(5, application="hall")]
    others = [kept(7, rows=0), kept(9, subject="6" * 32), kept(11, resource="307001/00099"), kept(13, subject="")]
    await store.add([*given, *others])
    assert await store.deliveries(CODE, SUBJECT, 9) == [one.delivery for one in given[::-1]]
    assert await store.deliveries(CODE, SUBJECT, 2) == [one.delivery for one in given[:0:-1]]
    last = given[2].delivery
    assert await store.deliveries(CODE, SUBJECT, 9, (last.at, last.receipt)) == [one.delivery for one in given[1::-1]]
    assert await store.deliveries(CODE, "", 9) == [others[-1].delivery], "of nobody's records those about nobody"
    assert await store.kept("c-13") == others[-1]
    assert await store.kept("c-14") is None
    (nobody,) = [one for one in await store.of_grant("g-1", None, 9) if one.delivery.receipt == "c-13"]
    assert nobody.delivery == others[-1].delivery
