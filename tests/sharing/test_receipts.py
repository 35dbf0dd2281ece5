"""Receipts: canonical, grouped under one root, verified without the gateway; nothing can be changed unseen."""

import hashlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.sharing.receipts import (
    LONGEST_PATH,
    LONGEST_RECEIPT,
    MOST_GROUPED,
    Place,
    Proof,
    Receipt,
    ReceiptInvalid,
    Reply,
    exported,
    group,
    holds_reply,
    instant,
    read_receipt,
    statement_of,
    verify_receipt,
)
from gateway.core.sharing.terms import Access
from tests.sharing.making import CODE, ITEM, START

REPLY = "<应答>张三</应答>".encode()


def a_receipt(**changes: Any) -> Receipt:
    made = Receipt(
        id="c-1",
        request_id="r-1",
        grants=("g-1", "u-1"),
        use="0" * 32,
        item=ITEM,
        resource=CODE,
        resource_version=3,
        at=instant(START),
        rows=1,
        fields={"phone": Access.MASK, "name": Access.SHOW},
        replies=(Reply.of("civil", REPLY),),
        place=Place("a" * 64, 7, "b" * 64),
        withheld={"FOREIGN": 1},
    )
    return msgspec.structs.replace(made, **changes)


def test_a_receipt_is_one_byte_string_and_is_read_back() -> None:
    record = a_receipt().record()
    assert record == a_receipt(fields={"name": Access.SHOW, "phone": Access.MASK}).record()
    assert read_receipt(record) == a_receipt()
    assert json.loads(record)["at"] == "2026-03-02T04:00:00.000Z"
    assert "张三" not in record.decode()


def test_a_receipt_knows_the_bytes_that_the_provider_answered() -> None:
    assert holds_reply(a_receipt(), REPLY)
    assert not holds_reply(a_receipt(), REPLY + b" ")
    assert not holds_reply(a_receipt(replies=()), REPLY)
    assert not holds_reply(a_receipt(replies=(Reply("civil", 1, Reply.of("civil", REPLY).sha256),)), REPLY)


@given(st.integers(1, 40))
def test_every_receipt_of_a_group_is_proven_by_its_path_alone(count: int) -> None:
    receipts = [a_receipt(id=f"c-{number}") for number in range(count)]
    made = group(receipts)
    for receipt, record, proof in zip(receipts, made.records, made.proofs, strict=True):
        assert verify_receipt(record, proof) == receipt
        assert statement_of(proof) == made.statement
        assert by_hand(record, proof) == proof.root


def by_hand(record: bytes, proof: Proof) -> str:
    """RFC 9162, 2.1.3.2, with the standard library only: what a reader without the gateway does."""
    found = hashlib.sha256(b"\0" + record).digest()
    index, last = proof.index, proof.count - 1
    for step in map(bytes.fromhex, proof.path):
        if index % 2 == 1 or index == last:
            found = hashlib.sha256(b"\1" + step + found).digest()
            while index % 2 == 0 and index != 0:
                index, last = index >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\1" + found + step).digest()
        index, last = index >> 1, last >> 1
    assert last == 0
    return found.hex()


def test_what_is_signed_names_the_kind_the_count_and_the_root() -> None:
    made = group([a_receipt()])
    assert json.loads(made.statement) == {
        "kind": "yiwang share receipts 1",
        "count": 1,
        "root": hashlib.sha256(b"\0" + made.records[0]).hexdigest(),
    }


@given(st.data())
def test_a_receipt_with_any_byte_changed_is_not_proven(data: st.DataObject) -> None:
    made = group([a_receipt(id=f"c-{number}") for number in range(5)])
    record = bytearray(made.records[2])
    place = data.draw(st.integers(0, len(record) - 1))
    record[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ReceiptInvalid):
        verify_receipt(bytes(record), made.proofs[2])


@pytest.mark.parametrize(
    "changes",
    [
        {"index": 1},
        {"index": -1},
        {"count": 5},
        {"count": 1},
        {"root": "0" * 64},
        {"root": "x"},
        {"path": ()},
        {"path": ("0" * 64, "0" * 64)},
        {"path": ("A" * 64, "0" * 64)},
        {"path": ("0" * 64,) * (LONGEST_PATH + 1)},
        {"count": MOST_GROUPED + 1},
    ],
)
def test_a_proof_that_does_not_fit_proves_nothing(changes: dict[str, Any]) -> None:
    made = group([a_receipt(id=f"c-{number}") for number in range(4)])
    proof = msgspec.structs.replace(made.proofs[0], **changes)
    with pytest.raises(ReceiptInvalid):
        verify_receipt(made.records[0], proof)


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"{}",
        b"[1]",
        a_receipt(kind="another").record(),
        a_receipt().record() + b" ",
        a_receipt().record().replace(b'"rows":1', b'"rows":"1"'),
        a_receipt().record().replace(b'"rows":1', b'"rows":1,"some":2'),
        b" " * (LONGEST_RECEIPT + 1),
    ],
)
def test_what_is_no_receipt_is_refused(record: bytes) -> None:
    with pytest.raises(ReceiptInvalid):
        read_receipt(record)


def test_a_group_is_neither_empty_nor_without_bounds() -> None:
    for count in (0, MOST_GROUPED + 1):
        with pytest.raises(ValueError, match="from 1 to"):
            group([a_receipt()] * count)


def test_a_receipt_leaves_with_all_that_its_reader_needs() -> None:
    made = group([a_receipt()])
    out = exported(made.records[0], made.proofs[0], "c2ln", "receipts-2026")
    assert json.loads(json.dumps(out)) == {
        "receipt": json.loads(made.records[0]),
        "proof": {"index": 0, "count": 1, "root": made.proofs[0].root, "path": []},
        "statement": json.loads(made.statement),
        "signature": "c2ln",
        "key": "receipts-2026",
    }
