"""A use is decided by today's catalogue: what it was changed to before an answer leaves holds for that answer."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.problems import Problem
from gateway.core.sharing.resources import Resource, SharingType
from gateway.core.sharing.spending import Basis, Drawn, Spent, Superseded
from gateway.store.database import Database
from gateway.store.sharing.grants import SqlGrants
from gateway.store.sharing.purse import SqlPurse
from gateway.store.sharing.resources import SqlResources
from tests.sandbox.callers import SteppedClock
from tests.sharing_use.site import PERSON, Site, a_grant, a_resource
from tests.store.keys import a_cipher


async def changed(site: Site, **changes: object) -> None:
    """The next version of the catalogue, as an import keeps it."""
    before = await site.resources.find(PERSON)
    assert before is not None
    assert await site.resources.put([msgspec.structs.replace(before, version=before.version + 1, **changes)])


async def refused(site: Site, problem: Problem) -> Refusal:
    with pytest.raises(Refusal) as caught:
        await site.ask()
    assert caught.value.problem is problem
    return caught.value


async def test_what_is_not_shared_any_more_is_not_given_under_any_grant(site: Site) -> None:
    await site.grants.add(a_grant())
    assert (await site.ask()).records
    await changed(site, sharing=SharingType.NOT_SHARED)
    await refused(site, problems.SHARED_RESOURCE_CHANGED)
    assert (await site.purse.usage("g-1")).in_all == 1, "what did not leave was not taken"
    refusal = await refused(site, problems.GRANT_DENIED)
    assert "no longer shared" in str(refusal)


async def test_a_field_that_left_the_catalogue_is_not_given_and_one_that_came_is_not_granted(site: Site) -> None:
    await site.grants.add(a_grant())
    items = a_resource().items
    await changed(site, items=tuple(one for one in items if one.name != "phone"))
    found = await site.ask()
    assert "phone" not in found.records[0]
    assert "phone" not in found.withheld, "it is none of the resource's fields"
    await changed(site, items=(*items, msgspec.structs.replace(items[0], name="photo", title="照片")))
    await refused(site, problems.SHARED_RESOURCE_CHANGED)
    found = await site.ask()
    assert "phone" in found.records[0]
    assert "photo" in found.withheld


async def test_a_change_of_the_catalogue_and_an_answer_come_one_after_the_other(
    any_database: Database, clock: SteppedClock
) -> None:
    resources, grants = SqlResources(any_database, clock), SqlGrants(any_database, a_cipher())
    purse = SqlPurse(any_database, clock)
    resource, grant = a_resource(), a_grant()
    assert await resources.put([resource])
    assert await grants.add(grant)
    drawn, basis = Drawn.of([grant]), Basis(PERSON, 1)
    assert await purse.spend(drawn, 1, basis=basis) == Spent()
    assert await purse.spend(drawn, 1, basis=Basis("307001/99999", 1)) == Superseded("307001/99999")
    second: Resource = msgspec.structs.replace(resource, version=2, title="改名")
    done = asyncio.create_task(resources.put([second]))
    answers = [await purse.spend(drawn, 1, basis=basis) for _ in range(5)]
    assert await done
    assert Superseded(PERSON) == await purse.spend(drawn, 1, basis=basis)
    given = answers.count(Spent())
    assert answers == [Spent()] * given + [Superseded(PERSON)] * (5 - given)
    assert (await purse.usage(grant.id)).in_all == 1 + given
    assert await purse.spend(drawn, 1, basis=Basis(PERSON, 2)) == Spent()
    clock.step(timedelta(days=1).total_seconds())
    assert await purse.spend(drawn, 1) == Spent(), "what is about no resource asks the grants alone"
    await purse.settle()
