"""Share requests on both databases: versions that follow one another, steps that are counted, nobody readable."""

import asyncio
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import select

from gateway.core.errors import PayloadUnreadable, StoreConflict
from gateway.core.sharing.parties import GATEWAY, Party
from gateway.core.sharing.reasons import DEFAULT_REASONS
from gateway.core.sharing.records import RequestChoice, StepCount
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.steps import Action, RequestState
from gateway.store.database import Database, Options, database
from gateway.store.sharing.requests import SqlShareRequests
from gateway.store.tables.sharing import share_requests
from gateway.system_clock import SystemClock
from tests.sharing.making import (
    CHECKER,
    CODE,
    DAY,
    DRAFTER,
    HUB,
    OFFICE,
    OWNER,
    PROVIDER,
    REQUESTER,
    START,
    a_draft,
    a_file,
    submitted,
    with_provider,
)
from tests.sharing_store.made import Also, Clock, conflict
from tests.store.keys import SECOND, a_cipher

EVERY = RequestChoice()
OTHER = "307001/00099"


def opened(db: Database, *keys: bytes) -> SqlShareRequests:
    return SqlShareRequests(db, a_cipher(*keys), Clock())


def delivered(request_id: str, resource: str = CODE) -> ShareRequest:
    request = with_provider(id=request_id)
    granted = request.decide(request.wanted, DEFAULT_REASONS, by=OWNER, at=START + 2 * DAY)
    return msgspec.structs.replace(granted.deliver(by=GATEWAY, at=START + 2 * DAY), resource=resource)


def returned(request_id: str, until: timedelta) -> ShareRequest:
    request = submitted(id=request_id)
    return request.return_(DEFAULT_REASONS, "evidence-missing", by=CHECKER, at=START, until=START + until)


async def test_a_request_comes_back_as_it_was_step_by_step(any_database: Database) -> None:
    store, also = opened(any_database), Also()
    draft = a_draft(own_office=OFFICE, revised_by=frozenset({"colleague"}))
    filled = draft.attach(a_file(), by=DRAFTER, party=Party.REQUESTER)
    asked = filled.write("请尽快", by=DRAFTER, party=Party.REQUESTER, at=START)
    assert await store.find("q-1") is None
    async with store.changes() as changes:
        assert await store.add(draft, also)
        assert not await store.add(a_draft(region="420107"), also), "its id is there"
        assert await store.change(draft, asked, also)
        assert not await store.change(draft, filled, also), "somebody else was first"
        assert not await store.change(a_draft(id="q-2"), a_draft(id="q-2", version=2), also)
        async with asyncio.timeout(60):
            assert [await anext(changes) for _ in range(2)] == ["q-1"] * 2
    assert await store.find("q-1") == asked
    with pytest.raises(StoreConflict):
        await store.change(asked, asked.withdraw(by=DRAFTER, at=START), conflict)
    assert not await store.add(a_draft(id="q-2"), conflict)
    assert await store.find("q-1") == asked
    assert await store.find("q-2") is None
    assert await store.steps(START, START + DAY) == []
    assert also.calls == 2


async def test_of_those_who_change_a_request_at_once_one_is_first(database_url: str) -> None:
    async with (
        database(database_url, SystemClock(), Options(connections=4)) as here,
        database(database_url, SystemClock(), Options(connections=4)) as there,
    ):
        stores = [opened(here), opened(there)]
        draft = a_draft()
        assert await stores[0].add(draft)
        nexts = [draft.write(str(n), by=DRAFTER, party=Party.REQUESTER, at=START) for n in range(8)]
        told = await asyncio.gather(*(stores[n % 2].change(draft, one) for n, one in enumerate(nexts)))
        assert sorted(told) == [False] * 7 + [True]
        assert await stores[1].find("q-1") == nexts[told.index(True)]


async def test_nobody_is_readable_who_has_the_database_only(any_database: Database) -> None:
    assert await opened(any_database).add(a_draft())
    async with any_database.reading() as connection:
        (row,) = (await connection.execute(select(share_requests))).all()
    for readable in (b"drafter", "核验婚姻状况".encode()):
        assert readable not in row.sealed
    with pytest.raises(PayloadUnreadable):
        await opened(any_database, SECOND).find("q-1")


async def test_a_page_is_of_the_newest_that_were_chosen(any_database: Database) -> None:
    store = opened(any_database)
    drafts = [a_draft(id=f"q-{n}", drafted_at=START + timedelta(milliseconds=n // 2)) for n in range(7)]
    foreign = a_draft(
        id="r-1", requester=PROVIDER, provider=REQUESTER, own_office=HUB, resource=OTHER, drafted_at=START - DAY
    )
    for one in (*drafts, foreign):
        assert await store.add(one)
    newest = [*drafts[::-1], foreign]
    found: list[ShareRequest] = []
    while page := await store.page(EVERY, (found[-1].drafted_at, found[-1].id) if found else None, 3):
        found += page
    assert found == newest
    gone = drafts[0].withdraw(by=DRAFTER, at=START)
    assert await store.change(drafts[0], gone)
    everything = [*newest[:6], gone, foreign]
    for choice, chosen in (
        (RequestChoice(bodies=frozenset({REQUESTER})), everything),
        (RequestChoice(bodies=frozenset({REQUESTER}), parties=frozenset({Party.PROVIDER})), [foreign]),
        (RequestChoice(bodies=frozenset({HUB, OFFICE}), parties=frozenset({Party.OWN_OFFICE})), [foreign]),
        (RequestChoice(bodies=frozenset()), []),
        (RequestChoice(bodies=frozenset({OFFICE})), []),
        (RequestChoice(states=frozenset({RequestState.WITHDRAWN})), [gone]),
        (RequestChoice(states=frozenset({RequestState.DRAFT}), resource=OTHER), [foreign]),
        (RequestChoice(resource=CODE, states=frozenset()), []),
    ):
        assert await store.page(choice, None, 9) == chosen, choice


async def test_those_that_wait_too_long_for_their_requester_are_found_longest_first(any_database: Database) -> None:
    store = opened(any_database)
    waiting = [a_draft(id="q-1", expires_at=START + 2 * DAY), returned("q-2", DAY), a_draft(id="q-3", expires_at=START)]
    over = msgspec.structs.replace(waiting[0], id="q-0").withdraw(by=DRAFTER, at=START)
    for one in (*waiting, over, submitted(id="q-4"), a_draft(id="q-5", expires_at=START + 3 * DAY)):
        assert await store.add(one)
    assert await store.expiring(START + 2 * DAY, 9) == waiting[::-1], "at that moment its time is over"
    assert await store.expiring(START + 2 * DAY - timedelta(milliseconds=1), 9) == waiting[:0:-1]
    assert await store.expiring(START + 2 * DAY, 1) == [waiting[2]]


async def test_clocks_run_for_what_has_not_ended_or_was_not_delivered(any_database: Database) -> None:
    store = opened(any_database)
    request = with_provider(id="q-3")
    approved = request.decide(request.wanted, DEFAULT_REASONS, by=OWNER, at=START + 2 * DAY)
    running = [a_draft(id="q-1"), returned("q-2", DAY), approved, submitted(id="q-4")]
    refused = with_provider(id="q-0").refuse(DEFAULT_REASONS, "not-held", by=OWNER, at=START + DAY)
    withdrawn = a_draft(id="q-5").withdraw(by=DRAFTER, at=START)
    for one in (refused, withdrawn, delivered("q-6"), *running):
        assert await store.add(one)
    assert await store.open_ones(None, 9) == running
    assert await store.open_ones("q-1", 2) == running[1:3]
    assert await store.change(approved, approved.deliver(by=GATEWAY, at=START + 3 * DAY))
    assert await store.open_ones("q-2", 9) == running[3:]


async def test_steps_are_counted_by_what_they_did_and_why(any_database: Database) -> None:
    store = opened(any_database)
    for number in range(3):
        assert await store.add(delivered(f"q-{number}"))
    assert await store.add(delivered("r-1", OTHER))
    refused = with_provider(id="q-9").refuse(DEFAULT_REASONS, "not-held", by=OWNER, at=START + 2 * DAY)
    assert await store.add(refused)

    def count(action: Action, after: RequestState, how_many: int, **named: str) -> StepCount:
        one = StepCount(resource=CODE, action=action, after=after, reason=None, count=how_many)
        return msgspec.structs.replace(one, **named)

    found = await store.steps(START + 2 * DAY, START + 2 * DAY + timedelta(milliseconds=1))
    assert sorted(found, key=repr) == sorted(
        [
            count(Action.DECIDE, RequestState.APPROVED, 3),
            count(Action.DECIDE, RequestState.APPROVED, 1, resource=OTHER),
            count(Action.DELIVER, RequestState.APPROVED, 3),
            count(Action.DELIVER, RequestState.APPROVED, 1, resource=OTHER),
            count(Action.REFUSE, RequestState.REFUSED, 1, reason="not-held"),
        ],
        key=repr,
    )
    assert await store.steps(START + 2 * DAY + timedelta(milliseconds=1), START + 9 * DAY) == []
    assert sum(one.count for one in await store.steps(START, START + 9 * DAY)) == 4 * 5 + 4
    assert await store.steps(START, START) == []
