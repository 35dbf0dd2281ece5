"""Grants on both databases: made with what they are made for, under grants that are open, and found by who may use."""

import asyncio
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import select

from gateway.core.errors import PayloadUnreadable, StoreConflict
from gateway.core.policy.rules import ANY
from gateway.core.sharing.grants import MOST_LEVELS, Grant, broken
from gateway.core.sharing.records import GrantChoice
from gateway.store.database import Database, Options, database
from gateway.store.sharing.grants import SqlGrants
from gateway.store.sharing.requests import SqlShareRequests
from gateway.store.tables.sharing import share_grants
from gateway.system_clock import SystemClock
from tests.sharing.making import CODE, DAY, PROVIDER, REQUESTER, START, a_draft, some_terms
from tests.sharing_store.made import Also, Clock, a_grant, conflict, grants_in, revoked
from tests.store.keys import SECOND, a_cipher

OTHER = "307001/00099"
TICK = timedelta(milliseconds=1)


async def test_a_grant_comes_back_as_it_was_in_its_newest_version(any_database: Database) -> None:
    store, also, grant = grants_in(any_database), Also(), a_grant()
    narrower = msgspec.structs.replace(grant, version=2, terms=some_terms(persons=frozenset({"alone"})))
    assert await store.find("g-1") is None
    async with store.changes() as changes:
        assert await store.add(grant, also)
        assert not await store.add(a_grant(request="q-2"), also), "its id is there"
        assert await store.change(grant, narrower, also)
        assert not await store.change(grant, revoked(grant), also), "somebody else was first"
        assert not await store.change(a_grant("g-2"), revoked(a_grant("g-2")), also)
        async with asyncio.timeout(60):
            assert [await anext(changes) for _ in range(2)] == ["g-1"] * 2
    assert await store.find("g-1") == narrower
    with pytest.raises(StoreConflict):
        await store.change(narrower, revoked(narrower), conflict)
    assert not await store.add(a_grant("g-2"), conflict)
    assert await store.find("g-1") == narrower
    assert await store.find("g-2") is None
    assert also.calls == 2
    with pytest.raises(PayloadUnreadable):
        await SqlGrants(any_database, a_cipher(SECOND)).find("g-1")
    async with any_database.reading() as connection:
        assert b"alone" not in (await connection.execute(select(share_grants.c.sealed))).scalar_one()


async def test_a_grant_is_made_under_open_grants_only(any_database: Database) -> None:
    store, above = grants_in(any_database), a_grant("g-0")
    assert not await store.add(a_grant(parent="g-0")), "there is none"
    assert await store.add(above)
    assert await store.add(a_grant(parent="g-0"))
    assert await store.lineage("g-1") == [a_grant(parent="g-0"), above]
    assert await store.change(above, revoked(above))
    assert not await store.add(a_grant("g-2", parent="g-0"))
    assert await store.lineage("g-1") == [a_grant(parent="g-0"), revoked(above)]
    assert await store.lineage("g-2") == []


async def test_a_lineage_that_is_too_long_is_read_no_further_than_needed_to_see_it(any_database: Database) -> None:
    store = grants_in(any_database)
    line = [a_grant("g-0"), *(a_grant(f"g-{n}", parent=f"g-{n - 1}") for n in range(1, MOST_LEVELS + 3))]
    for one in line:
        assert await store.add(one)
    assert await store.lineage(line[MOST_LEVELS - 1].id) == line[MOST_LEVELS - 1 :: -1]
    found = await store.lineage(line[-1].id)
    assert len(found) == MOST_LEVELS + 1
    assert broken(found) is not None


async def test_a_grant_is_made_with_what_it_is_made_for_or_neither_is(any_database: Database) -> None:
    store = grants_in(any_database)
    requests = SqlShareRequests(any_database, a_cipher(), Clock())
    assert await store.add(revoked(a_grant("g-9")))
    assert await requests.add(a_draft(), store.adding(a_grant()))
    assert await store.find("g-1") == a_grant()
    for impossible in (a_grant(), a_grant("g-2", parent="g-9"), a_grant("g-2", parent="g-8")):
        assert not await requests.add(a_draft(id="q-2"), store.adding(impossible))
        with pytest.raises(StoreConflict):
            await requests.change(a_draft(), a_draft(version=2), store.adding(impossible))
    assert await requests.find("q-1") == a_draft()
    assert await requests.find("q-2") is None
    assert await store.find("g-2") is None


async def test_no_grant_is_made_under_one_that_is_being_revoked(database_url: str) -> None:
    """Whoever comes first: either there is no grant below, or the revocation has seen it."""
    async with (
        database(database_url, SystemClock(), Options(connections=4)) as here,
        database(database_url, SystemClock(), Options(connections=4)) as there,
    ):
        stores, above = [grants_in(here), grants_in(there)], a_grant("g-0")
        assert await stores[0].add(above)
        told = await asyncio.gather(
            *(stores[n % 2].add(a_grant(f"b-{n}", parent="g-0")) for n in range(4)),
            stores[1].change(above, revoked(above)),
            *(stores[n % 2].add(a_grant(f"a-{n}", parent="g-0")) for n in range(4)),
        )
        assert told[4]
        made = await stores[0].page(GrantChoice(), None, 20)
        assert len(made) == 1 + sum(told) - 1
        assert not await stores[0].add(a_grant("late", parent="g-0"))


async def test_a_page_is_of_those_that_were_chosen_by_id(any_database: Database) -> None:
    store = grants_in(any_database)
    everyone = some_terms(bodies=frozenset({ANY}), applications=frozenset({ANY}), valid_until=START + DAY)
    later = some_terms(applications=frozenset({"hall"}), valid_from=START + DAY)
    grants = [
        a_grant("g-1"),
        a_grant("g-2", resource=OTHER, requester=PROVIDER, provider="B", terms=everyone),
        a_grant("g-3", request="q-3", terms=later),
        revoked(a_grant("g-4")),
    ]
    for one in grants:
        assert await store.add(one)
    one, open_to_all, coming, ended = grants

    async def page(**choice: object) -> list[Grant]:
        return list(await store.page(GrantChoice(**choice), None, 9))  # type: ignore[arg-type]

    assert await page() == grants
    assert await store.page(GrantChoice(), "g-1", 2) == [open_to_all, coming]
    assert await page(parties=frozenset({PROVIDER})) == grants
    assert await page(parties=frozenset({"B", REQUESTER})) == grants
    assert await page(parties=frozenset({"B"})) == [open_to_all]
    assert await page(parties=frozenset()) == []
    assert await page(body=REQUESTER, application="portal") == [one, open_to_all, ended]
    assert await page(body="another") == await page(application="another") == [open_to_all]
    assert await page(application="hall") == [open_to_all, coming]
    assert await page(resource=OTHER) == [open_to_all]
    assert await page(resource=CODE, request="q-3") == [coming]
    assert await page(open_at=START) == [one, open_to_all]
    assert await page(open_at=START + DAY) == [one, coming]
    renamed = msgspec.structs.replace(one, version=2, terms=some_terms(applications=frozenset({"kiosk"})))
    assert await store.change(one, renamed)
    assert await page(application="portal") == [open_to_all, ended]
    assert await page(application="kiosk") == [renamed, open_to_all]


async def test_those_that_end_by_themselves_are_found_soonest_first(any_database: Database) -> None:
    store = grants_in(any_database)
    ends = {"g-1": START + 3 * DAY, "g-2": START + DAY, "g-3": START + 2 * DAY, "g-4": START + 2 * DAY}
    grants = {name: a_grant(name, terms=some_terms(valid_until=at)) for name, at in ends.items()}
    for one in grants.values():
        assert await store.add(one)
    assert await store.change(grants["g-4"], revoked(grants["g-4"]))
    assert await store.ending(START + DAY, START + 3 * DAY, 9) == [grants["g-2"], grants["g-3"]]
    assert await store.ending(START + DAY + TICK, START + 3 * DAY + TICK, 9) == [grants["g-3"], grants["g-1"]]
    assert await store.ending(START, START + 9 * DAY, 1) == [grants["g-2"]]
