"""Quotas are exact whoever spends them at once, and nothing is spent under a grant after it was revoked."""

import asyncio
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import insert, select

from gateway.core.errors import StoreConflict
from gateway.core.records import Transaction
from gateway.core.sharing.quota import Usage
from gateway.core.sharing.spending import Exhausted, Revoked, Spent
from gateway.core.sharing.terms import Quota
from gateway.store.database import Database
from gateway.store.sharing.blocks import SHARE
from gateway.store.sharing.purse import LEASE, SqlPurse, purse
from gateway.store.tables.sharing import share_quota_blocks
from tests.servers.postgres import Server
from tests.sharing.making import DAY, START
from tests.sharing_store.made import Also, Clock, a_grant, drawn, grants_in, replicas, revoked
from tests.store.databases import postgres_copy

TODAY = START.date()


async def test_what_is_spent_is_taken_from_every_grant_of_the_lineage_with_what_belongs_to_it(
    any_database: Database,
) -> None:
    above, below = a_grant("g-0", Quota(None, 5)), a_grant("g-1", Quota(4, None), parent="g-0")
    grants, spender, also = grants_in(any_database), SqlPurse(any_database, Clock()), Also()
    assert await grants.add(above)
    assert await grants.add(below)
    lineage = drawn(below, above)
    assert await spender.spend(lineage, 3, also) == Spent()
    assert await spender.spend(lineage, 2, also) == Exhausted("g-1"), "four a day"
    assert await spender.spend(drawn(above), 3, also) == Exhausted("g-0"), "five in all"
    assert await spender.spend(drawn(above), 2, also) == Spent()
    assert await spender.spend(lineage, 0, also) == Spent(), "no record is an answer too"
    assert also.calls == 3
    assert [await spender.usage(grant) for grant in ("g-0", "g-1")] == [Usage(TODAY, 5, 5), Usage(TODAY, 3, 3)]


async def test_a_grant_without_a_quota_is_checked_and_not_counted(any_database: Database) -> None:
    grant = a_grant(quota=Quota(None, None))
    spender = SqlPurse(any_database, Clock())
    assert await spender.spend(drawn(grant), 1) == Revoked("g-1"), "it is not there"
    assert await grants_in(any_database).add(grant)
    assert await spender.spend(drawn(grant), 10_000) == Spent()
    assert await spender.usage("g-1") == Usage()


@pytest.mark.parametrize("change", ["revoked", "above", "changed", "over", "early"])
async def test_nothing_is_spent_under_what_has_ended(any_database: Database, change: str) -> None:
    clock, also = Clock(), Also()
    above, below = a_grant("g-0"), a_grant("g-1", parent="g-0")
    grants, spender = grants_in(any_database), SqlPurse(any_database, clock)
    assert await grants.add(above)
    assert await grants.add(below)
    assert await spender.spend(drawn(below, above), 1) == Spent(), "so that it has a block"
    ended = "g-1"
    if change == "revoked":
        assert await grants.change(below, revoked(below))
    elif change == "above":
        assert await grants.change(above, revoked(above))
        ended = "g-0"
    elif change == "changed":
        assert await grants.change(below, msgspec.structs.replace(below, version=2))
    else:
        clock.step(timedelta(days=-1 if change == "early" else 365))
    assert await spender.spend(drawn(below, above), 1, also) == Revoked(ended)
    assert also.calls == 0


async def test_what_is_held_of_a_quota_is_not_spent_under_a_smaller_one(any_database: Database) -> None:
    grant, spender = a_grant(quota=Quota(None, 100)), SqlPurse(any_database, Clock())
    narrower = a_grant(quota=Quota(None, 3), version=2)
    assert await grants_in(any_database).add(grant)
    assert await spender.spend(drawn(grant), 1) == Spent()
    assert await grants_in(any_database).change(grant, narrower)
    assert await spender.spend(drawn(narrower), 3) == Exhausted("g-1")
    assert await spender.spend(drawn(narrower), 2) == Spent()
    assert await spender.usage("g-1") == Usage(TODAY, 3, 3)


async def test_a_day_that_is_over_leaves_nothing_to_the_next_one(any_database: Database) -> None:
    clock = Clock()
    grant = a_grant(quota=Quota(100, 150))
    spender = SqlPurse(any_database, clock)
    assert await grants_in(any_database).add(grant)
    assert await spender.spend(drawn(grant), 10) == Spent()
    clock.step(DAY)
    assert await spender.spend(drawn(grant), 101) == Exhausted("g-1")
    assert await spender.spend(drawn(grant), 100) == Spent()
    assert await spender.usage("g-1") == Usage(TODAY + DAY, 100, 110)
    clock.step(DAY)
    assert await spender.spend(drawn(grant), 41) == Exhausted("g-1")
    assert await spender.spend(drawn(grant), 40) == Spent()


async def test_what_a_dead_process_held_is_there_for_the_others(database_url: str) -> None:
    clock, grant = Clock(), a_grant(quota=Quota(None, 100))
    async with replicas(database_url, 2, clock) as (dead, living):
        assert await grants_in(dead._database).add(grant)
        assert await dead.spend(drawn(grant), 1) == Spent()
        assert await living.usage("g-1") == Usage(TODAY, 1, 1)
        clock.step(LEASE)
        assert await living.spend(drawn(grant), 1) == Spent()
        async with living._database.reading() as connection:
            (block,) = await connection.execute(select(share_quota_blocks))
        assert (block.size, block.used) == (1 + 99 // SHARE, 1)
        assert await living.spend(drawn(grant), 98) == Spent()
        assert await living.spend(drawn(grant), 1) == Exhausted("g-1")


async def test_what_a_living_process_holds_is_taken_from_it_where_the_quota_is_short(database_url: str) -> None:
    clock, grant = Clock(), a_grant(quota=Quota(None, 100))
    async with replicas(database_url, 2, clock) as (one, other):
        assert await grants_in(one._database).add(grant)
        assert await one.spend(drawn(grant), 1) == Spent()
        assert await other.spend(drawn(grant), 95) == Spent(), "more than was left beside the first one's block"
        assert await one.spend(drawn(grant), 5) == Exhausted("g-1")
        assert await one.spend(drawn(grant), 4) == Spent()
        assert await other.spend(drawn(grant), 1) == Exhausted("g-1")
        assert await other.usage("g-1") == Usage(TODAY, 100, 100)


async def test_a_process_that_stops_gives_back_what_it_has_not_used(any_database: Database) -> None:
    grants = grants_in(any_database)
    one, other = a_grant("g-1"), a_grant("g-2")
    assert await grants.add(one)
    assert await grants.add(other)
    async with purse(any_database, Clock()) as spender:
        assert await spender.spend(drawn(one, other), 2) == Spent()
    async with any_database.reading() as connection:
        assert (await connection.execute(select(share_quota_blocks))).all() == []
    assert await spender.usage("g-1") == await spender.usage("g-2") == Usage(TODAY, 2, 2)


async def test_a_spending_whose_record_cannot_be_kept_harms_no_other(any_database: Database) -> None:
    async def spoilt(_transaction: Transaction) -> None:
        raise LookupError

    grant, also, spender = a_grant(quota=Quota(None, 3)), Also(), SqlPurse(any_database, Clock())
    assert await grants_in(any_database).add(grant)
    told = await asyncio.gather(
        *(spender.spend(drawn(grant), 1, one) for one in (also, spoilt, also, also, also)), return_exceptions=True
    )
    assert [type(one) for one in told] == [Spent, LookupError, Spent, Spent, Exhausted]
    assert await spender.usage("g-1") == Usage(TODAY, 3, 3)


async def test_who_goes_away_before_his_turn_spends_nothing(any_database: Database) -> None:
    grant, also, spender = a_grant(), Also(), SqlPurse(any_database, Clock())
    assert await grants_in(any_database).add(grant)
    gone = asyncio.create_task(spender.spend(drawn(grant), 1, also))
    await asyncio.sleep(0)
    gone.cancel()
    assert await spender.spend(drawn(grant), 1, also) == Spent()
    assert (also.calls, await spender.usage("g-1")) == (1, Usage(TODAY, 1, 1))


async def test_what_is_committed_and_what_belongs_to_it_come_together(any_database: Database) -> None:
    async def twice(transaction: Transaction) -> None:
        row = {"grant": "nowhere", "holder": "h", "version": 1, "day": TODAY, "size": 1, "used": 0, "until": START}
        await transaction.execute(insert(share_quota_blocks), [row, row])  # type: ignore[attr-defined]

    grant, spender = a_grant(), SqlPurse(any_database, Clock())
    assert await grants_in(any_database).add(grant)
    with pytest.raises(StoreConflict):
        await spender.spend(drawn(grant), 1, twice)
    assert await spender.usage("g-1") == Usage()


@pytest.mark.parametrize("count", [-1, 1])
async def test_only_what_makes_sense_is_spent(any_database: Database, count: int) -> None:
    spender = SqlPurse(any_database, Clock())
    with pytest.raises(ValueError, match="once of each"):
        await spender.spend([] if count > 0 else drawn(a_grant()), count)
    with pytest.raises(ValueError, match="once of each"):
        await spender.spend(drawn(a_grant(), a_grant()), 1)


async def test_sixty_four_callers_of_three_replicas_spend_the_quota_and_no_more(postgres_server: Server) -> None:
    above, below = a_grant("g-0", Quota(None, 500)), a_grant("g-1", Quota(400, None), parent="g-0")
    clock, kept = Clock(), Also()
    with postgres_copy(postgres_server) as url:
        async with replicas(url, 3, clock) as spenders:
            grants = grants_in(spenders[0]._database)
            assert await grants.add(above)
            assert await grants.add(below)

            async def caller(number: int) -> list[int]:
                of = drawn(below, above) if number % 2 else drawn(above)
                told = [(of, await spenders[number % 3].spend(of, 1, kept)) for _ in range(12)]
                return [len(of) for of, answer in told if answer == Spent()]

            spent = [one for ones in await asyncio.gather(*map(caller, range(64))) for one in ones]
            assert len(spent) == kept.calls == 500, "all of it, and no more"
            assert spent.count(2) <= 400
            assert await spenders[0].usage("g-0") == Usage(TODAY, 500, 500)
            assert (await spenders[1].usage("g-1")).in_all == spent.count(2)


async def test_after_the_commit_of_a_revocation_nothing_is_spent_any_more(postgres_server: Server) -> None:
    grant, clock = a_grant(quota=Quota(None, 1_000_000)), Clock()
    with postgres_copy(postgres_server) as url:
        async with replicas(url, 3, clock) as spenders:
            grants = grants_in(spenders[0]._database)
            assert await grants.add(grant)
            is_over = False
            after: list[object] = []

            async def caller(number: int) -> int:
                spent = 0
                while True:
                    begun_after = is_over
                    answer = await spenders[number % 3].spend(drawn(grant), 1)
                    if begun_after:
                        after.append(answer)
                    if answer != Spent():
                        assert answer == Revoked("g-1")
                        return spent
                    spent += 1

            callers = [asyncio.create_task(caller(number)) for number in range(64)]
            while (await spenders[0].usage("g-1")).in_all < 64:
                pass
            assert await grants.change(grant, revoked(grant))
            is_over = True
            at_revocation = await spenders[0].usage("g-1")
            spent = sum(await asyncio.gather(*callers))
            assert at_revocation == await spenders[1].usage("g-1") == Usage(TODAY, spent, spent)
            assert all(one == Revoked("g-1") for one in after)
