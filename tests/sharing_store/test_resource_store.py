"""The catalogue on both databases: versions that follow one another, words found in Chinese, relations to items."""

import asyncio
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from random import Random
from typing import Any

import msgspec
import pytest

from gateway.core.errors import StoreConflict
from gateway.core.sharing.catalogue import ResourceChoice
from gateway.core.sharing.resources import (
    Authority,
    InformationItem,
    ItemRelation,
    Resource,
    SharingType,
    needed_fields,
)
from gateway.store.database import Database, Options, database
from gateway.store.sharing.relations import SqlItemRelations
from gateway.store.sharing.resources import SqlResources
from gateway.store.sharing.words import joined, wanted
from gateway.system_clock import SystemClock
from tests.sharing.making import DAY, ITEM, PROVIDER, REQUESTER, START, a_resource, upstream_resource
from tests.sharing_store.made import Also, Clock, conflict

EVERY = ResourceChoice()
OTHER_ITEM = "11420000-0002"


def numbered(number: int, **changes: Any) -> Resource:
    return a_resource(code=f"307001/{number:05}", **changes)


def next_of(resource: Resource, **changes: Any) -> Resource:
    return msgspec.structs.replace(resource, version=resource.version + 1, **changes)


def related(number: int, item: str = ITEM, fields: str = "name", **changes: Any) -> ItemRelation:
    return ItemRelation(item=item, resource=f"307001/{number:05}", fields=frozenset(fields.split()), **changes)


async def test_a_resource_comes_back_as_it_was_in_each_of_its_versions(any_database: Database) -> None:
    clock, also = Clock(), Also()
    store = SqlResources(any_database, clock)
    first = upstream_resource(published_on=date(2026, 1, 5), abstract="摘要", update_cycle="每日")
    second = next_of(first, title="婚姻登记")
    assert await store.find(first.code) is None
    async with store.changes() as changes:
        assert await store.put([first], also)
        clock.step(DAY)
        assert await store.put([second], also)
        async with asyncio.timeout(60):
            assert [await anext(changes) for _ in range(2)] == [first.code] * 2
    assert await store.find(first.code) == second
    versions = await store.history(first.code, None, 9)
    assert [(one.resource, one.changed_at) for one in versions] == [(second, START + DAY), (first, START)]
    assert [one.resource for one in await store.history(first.code, 2, 9)] == [first]
    assert await store.history(first.code, None, 1) == versions[:1]
    assert await store.history("307001/9", None, 9) == []
    assert also.calls == 2


async def test_versions_follow_one_another_or_nothing_at_all_is_put(any_database: Database) -> None:
    store, also = SqlResources(any_database, Clock()), Also()
    one, two = numbered(1), numbered(2)
    for wrong in ([next_of(one)], [one, next_of(two)], [one, one], [one, next_of(one)]):
        assert not await store.put(wrong, also)
    assert await store.put([two, one])
    for wrong in ([one], [next_of(one), two], [numbered(1, version=3)], [next_of(one), next_of(one)]):
        assert not await store.put(wrong, also)
    assert await store.find_all([two.code, "307001/9", one.code, two.code]) == [one, two]
    assert await store.put([], also)
    assert (also.calls, len(await store.history(one.code, None, 9))) == (1, 1)
    assert not await store.put([next_of(one)], conflict)
    assert await store.find_all([one.code]) == [one]


async def test_of_two_replicas_one_is_first(database_url: str) -> None:
    options = Options(connections=2)
    async with database(database_url, SystemClock(), options) as here, database(database_url, SystemClock()) as there:
        stores = [SqlResources(one, Clock()) for one in (here, there)]
        told = await asyncio.gather(*(store.put([numbered(1, title=str(n))]) for n, store in enumerate(stores * 3)))
        assert sorted(told) == [False] * 5 + [True]
        first = numbered(1, title=str(told.index(True)))
        assert await stores[0].find(first.code) == await stores[1].find(first.code) == first


async def test_a_large_delivery_is_put_as_a_whole(any_database: Database) -> None:
    store = SqlResources(any_database, Clock())
    many = [numbered(number, items=a_resource().items[:1], keys=()) for number in range(1_000)]
    assert await store.put(many[::-1])
    assert await store.put([next_of(one) for one in many[:900]])
    assert await store.count(EVERY) == 1_000
    assert await store.find_all([one.code for one in many]) == [next_of(one) for one in many[:900]] + many[900:]
    pages = [
        await store.page(EVERY, None if begin == 0 else many[begin - 1].code, 300) for begin in range(0, 1_000, 300)
    ]
    assert [len(page) for page in pages] == [300, 300, 300, 100]
    assert all(one.code < other.code for one, other in pairwise([one for page in pages for one in page]))


SHOWN = (
    numbered(1, title="婚姻登记信息", abstract="全省婚姻登记机关办理的结婚、离婚登记"),
    numbered(2, title="低保对象信息", provider=REQUESTER, sharing=SharingType.UNCONDITIONAL),
    numbered(3, title="Household Registration 户籍", items=(InformationItem(name="hk_100%", title="户口（非农）"),)),
    upstream_resource(code="307001/00004", title="社会保险 参保信息"),
)


FOUND = {
    "婚姻": [1],
    "登记": [1],
    "姻登记信": [1],
    "信息": [1, 2, 4],
    "息": [1, 2, 4],
    "信息 登记": [1],
    "信息　结婚": [1],
    "household ＲＥＧ": [3],
    "(非农)": [3],
    "K_1": [3],
    "k%1": [],
    "_": [3],
    "%": [3],
    "\\": [],
    "307001/00002": [2],
    "参保信息": [4],
    "保险参保": [],
    "公民身份号码 phone": [1, 2, 4],
    "婚 姻 低": [],
    " ": [1, 2, 3, 4],
    "全省婚姻登记机关办理的结婚、离婚登记": [1],
    "全省婚姻登记机关办理的结婚、结婚登记": [],
}


def numbers(resources: Sequence[Resource]) -> list[int]:
    return [int(one.code[-5:]) for one in resources]


async def test_words_are_found_wherever_they_stand(any_database: Database) -> None:
    store = SqlResources(any_database, Clock())
    assert await store.put(SHOWN)
    for words, found in FOUND.items():
        choice = ResourceChoice(words=words)
        assert numbers(await store.page(choice, None, 9)) == found, words
        assert await store.count(choice) == len(found)
    assert await store.put([next_of(SHOWN[0], title="出生信息", abstract="")])
    assert await store.page(ResourceChoice(words="婚姻"), None, 9) == [], "only as the catalogue has it now"
    assert numbers(await store.page(ResourceChoice(words="出生"), None, 9)) == [1]


async def test_words_are_found_where_the_text_has_them_and_nowhere_else(any_database: Database) -> None:
    store, chance = SqlResources(any_database, Clock()), Random(7)

    def some(most: int) -> str:
        return "".join(chance.choices("婚姻登记ABｂ%_/ ", k=chance.randint(1, most)))

    titles = [some(12) for _ in range(60)]
    item = InformationItem(name="n", title="项")
    resources = [numbered(n, title=title, items=(item,), keys=()) for n, title in enumerate(titles)]
    assert await store.put(resources)
    for query in (some(5) for _ in range(80)):
        texts = [joined((one.code, one.title, "项", "n")) for one in resources]
        there = [number for number, text in enumerate(texts) if all(word in text for word in wanted(query))]
        assert numbers(await store.page(ResourceChoice(words=query), None, 60)) == there, query


async def test_a_choice_narrows_by_everything_that_it_names(any_database: Database) -> None:
    store, relations = SqlResources(any_database, Clock()), SqlItemRelations(any_database)
    assert await store.put(SHOWN)
    await relations.put([related(1), related(4), related(2, OTHER_ITEM)])
    for choice, found in (
        (ResourceChoice(), [1, 2, 3, 4]),
        (ResourceChoice(provider=PROVIDER), [1, 3, 4]),
        (ResourceChoice(sharing=SharingType.UNCONDITIONAL), [2]),
        (ResourceChoice(authority=Authority.UPSTREAM), [4]),
        (ResourceChoice(item=ITEM), [1, 4]),
        (ResourceChoice(item=ITEM, words="信息", authority=Authority.LOCAL, provider=PROVIDER), [1]),
        (ResourceChoice(item=OTHER_ITEM, provider=PROVIDER), []),
    ):
        assert numbers(await store.page(choice, None, 9)) == found
        assert await store.count(choice) == len(found)
    assert numbers(await store.page(ResourceChoice(words="信息"), SHOWN[0].code, 1)) == [2]


async def test_what_an_item_needs_is_kept_by_item_resource_and_first_day(any_database: Database) -> None:
    store, also, later = SqlItemRelations(any_database), Also(), date(2026, 7, 1)
    assert await SqlResources(any_database, Clock()).put(SHOWN)
    before = related(1, fields="name phone", valid_until=date(2026, 6, 30), source="权责清单")
    after, foreign = related(1, fields="name", valid_from=later), related(2, OTHER_ITEM)
    await store.put([foreign, after, related(1), before], also)
    assert await store.of_item(ITEM) == [before, after], "of two with the same first day the last"
    assert await store.of_item(ITEM, "307001/00002") == []
    assert await store.of_item(OTHER_ITEM, "307001/00002") == await store.of_resource("307001/00002") == [foreign]
    assert needed_fields(await store.of_item(ITEM), ITEM, before.resource, later - DAY) == {"name", "phone"}
    assert needed_fields(await store.of_item(ITEM), ITEM, before.resource, later) == {"name"}
    with pytest.raises(StoreConflict):
        await store.put([related(1, fields="state"), related(9)], also)
    with pytest.raises(StoreConflict):
        await store.remove([before], conflict)
    assert await store.of_item(ITEM) == [before, after]
    assert [await store.remove([before, related(2)], also) for _ in range(2)] == [1, 0]
    assert await store.of_item(ITEM) == [after]
    await store.put([], also)
    assert also.calls == 3
