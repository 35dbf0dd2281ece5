"""Disputes on both databases: versions that follow one another, found by whom they concern, nobody readable."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select, update

from gateway.core.errors import PayloadUnreadable, StoreConflict
from gateway.core.sharing.corrections import Claim, Dispute, DisputeRole, DisputeState, report
from gateway.core.sharing.parties import GATEWAY
from gateway.core.sharing.recipients import Delivery
from gateway.core.sharing.records import DisputeChoice
from gateway.store.database import Database
from gateway.store.sharing.disputes import SqlDisputes
from gateway.store.tables.sharing import share_dispute_recipients, share_disputes
from tests.sharing.making import CODE, DAY, DRAFTER, HUB, OFFICE, OWNER, PROVIDER, REQUESTER, START, a_file, a_resource
from tests.sharing_store.made import Also, conflict
from tests.store.keys import SECOND, a_cipher

FIELDS = frozenset({"name", "state"})
WORDS = "与本人证件不符"


def opened(db: Database, *keys: bytes) -> SqlDisputes:
    return SqlDisputes(db, a_cipher(*keys))


def a_delivery(**changes: Any) -> Delivery:
    made = Delivery(
        receipt="c-1",
        grant="g-1",
        body=REQUESTER,
        application="portal",
        resource=CODE,
        subject="5" * 32,
        fields=FIELDS,
        at=START,
    )
    return msgspec.structs.replace(made, **changes)


def with_source(dispute_id: str = "d-1", **changes: Any) -> Dispute:
    claim = Claim(FIELDS, WORDS, (a_file(),))
    made = report(dispute_id, a_delivery(), claim, a_resource(), region="420106", by=DRAFTER, at=START)
    return msgspec.structs.replace(made.hand_over(by=GATEWAY), **changes)


def answered(dispute: Dispute, *others: str, days: int = 1) -> Dispute:
    """Once it was answered; these bodies are to be told besides the reporter's."""
    deliveries = [a_delivery(receipt=f"c-{body}", body=body) for body in others]
    return dispute.answer(FIELDS, "已更正", deliveries, by=OWNER, at=START + days * DAY)


async def test_a_dispute_comes_back_as_it_was_step_by_step(any_database: Database) -> None:
    store, also = opened(any_database), Also()
    first = with_source()
    second = first.return_("请补充", by=OWNER, at=START + DAY)
    third = answered(second, HUB, days=2)
    fourth = third.tell(HUB, "portal", by=GATEWAY, at=START + 3 * DAY)
    assert await store.find("d-1") is None
    async with store.changes() as changes:
        assert await store.add(first, also)
        assert not await store.add(with_source(region="420107"), also), "its id is there"
        for before, after in ((first, second), (second, third), (third, fourth)):
            assert await store.change(before, after, also)
        assert not await store.change(first, second, also), "somebody else was first"
        async with asyncio.timeout(60):
            assert [await anext(changes) for _ in range(4)] == ["d-1"] * 4
    assert await store.find("d-1") == fourth
    with pytest.raises(StoreConflict):
        await store.change(fourth, fourth.tell(REQUESTER, "portal", by=GATEWAY, at=START + 4 * DAY), conflict)
    assert await store.find("d-1") == fourth
    assert [one.id for one in await store.untold(frozenset({REQUESTER}), 9)] == ["d-1"]
    assert not await store.add(with_source("d-2"), conflict)
    assert await store.find("d-2") is None
    assert also.calls == 4


async def test_a_body_finds_the_disputes_that_concern_it(any_database: Database) -> None:
    store = opened(any_database)
    disputes = [with_source(f"d-{number}", reported_at=START + number * DAY) for number in range(4)]
    for one in disputes:
        assert await store.add(one)
    told = answered(disputes[1], HUB, days=3)
    assert await store.change(disputes[1], told)
    foreign = with_source("d-9", delivery=a_delivery(body=OFFICE, resource="307001/00099"), source=HUB)
    assert await store.add(foreign)

    async def found(**narrowing: Any) -> list[str]:
        return [one.id for one in await store.page(DisputeChoice(**narrowing), None, 9)]

    assert await found() == ["d-3", "d-2", "d-1", "d-9", "d-0"]
    assert await found(bodies=frozenset({PROVIDER})) == ["d-3", "d-2", "d-1", "d-0"]
    assert await found(bodies=frozenset({HUB})) == ["d-1", "d-9"]
    assert await found(bodies=frozenset({HUB}), role=DisputeRole.SOURCE) == ["d-9"]
    assert await found(bodies=frozenset({HUB}), role=DisputeRole.RECIPIENT) == ["d-1"]
    assert await found(bodies=frozenset({HUB}), role=DisputeRole.REPORTER) == []
    assert await found(resource="307001/00099") == ["d-9"]
    assert await found(states=frozenset({DisputeState.CORRECTED})) == ["d-1"]
    assert await store.regions() == {"420106"}
    assert await found(regions=frozenset({"420106"}), states=frozenset({DisputeState.CORRECTED})) == ["d-1"]
    assert await found(regions=frozenset({"420107"})) == []
    async with any_database.writing() as connection:
        await connection.execute(update(share_disputes).where(share_disputes.c.id == "d-9").values(region=None))
    assert await found(regions=frozenset({"420107"})) == ["d-9"], "from before regions were kept"
    assert await store.regions() == {"420106"}
    after = (disputes[2].reported_at, "d-2")
    assert [one.id for one in await store.page(DisputeChoice(), after, 2)] == ["d-1", "d-9"]


async def test_a_body_is_told_of_until_all_of_its_applications_took_note(any_database: Database) -> None:
    store = opened(any_database)
    late, early = answered(with_source("d-1"), HUB, days=5), answered(with_source("d-2"), HUB)
    for one in (late, early, with_source("d-3")):
        assert await store.add(one)
    own = frozenset({HUB})
    assert [one.id for one in await store.untold(own, 9)] == ["d-2", "d-1"]
    assert [one.id for one in await store.untold(own, 1)] == ["d-2"]
    assert await store.untold(frozenset({OFFICE}), 9) == []
    noted = early.tell(HUB, "portal", by=GATEWAY, at=START + 6 * DAY)
    assert await store.change(early, noted)
    assert [one.id for one in await store.untold(own, 9)] == ["d-1"]
    assert [one.id for one in await store.untold(own | {REQUESTER}, 9)] == ["d-2", "d-1"]


async def test_what_clocks_run_for_is_what_waits_for_an_answer(any_database: Database) -> None:
    store = opened(any_database)
    for number in range(3):
        assert await store.add(with_source(f"d-{number}"))
    assert await store.add(with_source("d-8").return_("请补充", by=OWNER, at=START))
    assert await store.add(with_source("d-9").withdraw(by=DRAFTER, at=START))
    assert await store.add(answered(with_source("d-a")))
    assert [one.id for one in await store.open_ones(None, 2)] == ["d-0", "d-1"]
    assert [one.id for one in await store.open_ones("d-1", 9)] == ["d-2", "d-8"]
    assert [one.id for one in await store.answered_ones(None, 9)] == ["d-a"]
    assert await store.answered_ones("d-a", 9) == []


async def test_telling_one_of_many_writes_one_row(any_database: Database) -> None:
    store = opened(any_database)
    before = answered(with_source(), HUB, OFFICE)
    assert await store.add(before)
    after = before.tell(OFFICE, "portal", by=GATEWAY, at=START + 2 * DAY)
    assert await store.change(before, after)
    async with any_database.reading() as connection:
        rows = (await connection.execute(select(share_dispute_recipients))).all()
        total = (await connection.execute(select(func.count()).select_from(share_disputes))).scalar_one()
    assert {row.body: row.told_at for row in rows} == {REQUESTER: None, HUB: None, OFFICE: START + timedelta(days=2)}
    assert total == 1


async def test_nobody_reads_a_dispute_without_the_key(any_database: Database) -> None:
    assert await opened(any_database).add(with_source())
    with pytest.raises(PayloadUnreadable):
        await opened(any_database, SECOND).find("d-1")
    async with any_database.reading() as connection:
        [sealed] = (await connection.execute(select(share_disputes.c.sealed))).scalars()
    assert WORDS.encode() not in sealed
