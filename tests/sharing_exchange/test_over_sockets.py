"""With the exchange of the sandbox over real sockets: from a request to a use, and to the exchange's end of it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from adapters.sandbox.faults import FaultKind
from adapters.sandbox.running import running_sandbox
from adapters.sandbox.world.generate import generate
from certs.id_sealer import AesSivIdSealer
from gateway.bootstrap.shared_records import SharedParts, build_shared
from gateway.core.call import Call
from gateway.core.errors import Refusal
from gateway.core.outcome import Outcome
from gateway.core.problems import GRANT_DENIED
from gateway.core.sharing.exchange import Standing
from gateway.core.sharing.forwarding import ForwardingState
from gateway.core.sharing.grants import access_of
from gateway.core.sharing.resources import ItemRelation, SharingType
from gateway.core.sharing.steps import RequestState
from gateway.core.sharing.terms import Access
from gateway.core.use import Use
from gateway.services.live_use import LiveUse
from gateway.services.permitting import Permits
from gateway.services.sharing.decide_use import SharedRequest
from gateway.services.sharing.exchanges.forward_pace import KIND_RECONCILE, KIND_UPSTREAM
from gateway.services.sharing.exchanges.import_exchange import ImportExchange
from gateway.services.sharing.fetch_shared import FetchShared
from gateway.services.sharing.share_asking import ShareAsker
from gateway.store.database import database
from gateway.store.sharing.purse import SqlPurse
from tests.exchange.site import FIELDS, SYSTEM, Site
from tests.sandbox.callers import SteppedClock
from tests.services.bench import a_book, a_rule
from tests.services.fakes import ManualClock
from tests.sharing.making import ITEM, PROVIDER
from tests.sharing_exchange.branch import Branch
from tests.sharing_service.offices import ASKER, HUB_OFFICE, Clock, some_terms
from tests.sharing_use.site import Rules
from tests.store.databases import open_url
from tests.store.keys import a_cipher

HOUSEHOLD = "307101/00001"


class BothClocks(Clock):
    """Steps the sandbox's clock too, which began at the same instant."""

    def __init__(self, other: SteppedClock) -> None:
        super().__init__()
        self._other = other

    def step(self, passes: timedelta) -> None:
        super().step(passes)
        self._other.step(passes.total_seconds())


@pytest.fixture
async def linked(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Branch, Site]]:
    """Our offices, and the exchange's, which decides only by order."""
    clock = SteppedClock()
    world = generate(7, date(2026, 3, 2), size=200)
    with open_url(request, "sqlite") as url:
        async with (
            database(url, ManualClock()) as db,
            running_sandbox(world, clock=clock, state=tmp_path / "state") as sandbox,
            AsyncExitStack() as stack,
        ):
            site = await Site.opened(sandbox, clock, stack)
            site.hold()
            branch = Branch(db, clock=BothClocks(clock), exchanges=site.systems)
            done = await ImportExchange(branch.desk, site.systems)(SYSTEM, HUB_OFFICE, dry_run=False)
            assert done.added > 0
            imported = await branch.desk.resource(HOUSEHOLD)
            resource = msgspec.structs.replace(imported, provider=PROVIDER, version=2)  # a body of our offices
            await branch.desk.resources.put([resource])
            needed = ItemRelation(item=ITEM, resource=HOUSEHOLD, fields=resource.fields)
            await branch.desk.relations.put([needed])
            yield branch, site


def a_fetch(branch: Branch, site: Site) -> FetchShared:
    """Using shared data as bootstrap puts it together, under a use that is live."""

    async def live(_: str, call: Call) -> Use:
        found = call.use or site.call().use
        assert found is not None
        return msgspec.structs.replace(found, item=ITEM)

    def broke(system: str, error: BaseException) -> None:
        raise error

    purse, rules = SqlPurse(branch.database, branch.clock), Rules(a_book(a_rule()))
    parts = SharedParts(branch.database, purse, a_cipher(), None, branch.desk.audit, receipts=False)
    asker, permits = ShareAsker(site.systems, branch.clock, broke), Permits(rules, branch.clock)
    sealer = AesSivIdSealer(bytes(range(64)))
    return build_shared(
        parts, asker, cast("LiveUse", live), permits, rules, sealer, branch.clock, branch.check.wake
    ).fetch


async def asked(branch: Branch, key: str = "k-1") -> Any:
    resource = await branch.desk.resource(HOUSEHOLD)
    assert resource.sharing is SharingType.CONDITIONAL
    fields = tuple((name, Access.SHOW) for name in FIELDS)
    return await branch.queued(key=key, resource=HOUSEHOLD, terms=some_terms(fields=fields))


async def test_a_request_is_decided_there_and_ends_there(linked: tuple[Branch, Site]) -> None:
    branch, site = linked
    request = await asked(branch)
    worker = branch.worker()
    await worker.once()
    number = (await branch.forwarding(request)).number
    assert number is not None
    site.decide(number, "first")
    branch.clock.step(timedelta(minutes=1))
    await worker.once()
    assert (await branch.forwarding(request)).state is ForwardingState.FIRST_STAGE
    site.decide(number, "approve")
    branch.clock.step(timedelta(minutes=1))
    await worker.once()
    assert (await branch.now(request)).state is RequestState.APPROVED
    above, below = await branch.grants_of(request)
    given = access_of([below, above])
    assert given is not None
    assert given.access
    fetch = a_fetch(branch, site)
    used = SharedRequest(use="use-1", grant=below.id, parameters={"idNumber": site.person})
    found = await fetch(used, ASKER)
    assert (len(found.records), found.sources[0].outcome) == (1, Outcome.OK)
    site.decide(number, "end")
    assert await worker.once(KIND_UPSTREAM) == 0
    denied = await fetch(used, ASKER)
    assert (list(denied.records), denied.sources[0].outcome) == ([], Outcome.DENIED)
    assert await worker.once(KIND_UPSTREAM) == 1, "it is asked at once"
    ended = await branch.desk.grants.find(below.id)
    assert ended is not None
    assert ended.revoked_for == "ended-upstream"
    branch.clock.step(timedelta(seconds=2))
    with pytest.raises(Refusal) as caught:
        await fetch(used, ASKER)
    assert caught.value.problem is GRANT_DENIED
    assert given.access not in str(site.records) + str(branch.trail.held) + str(branch.trail.events)


async def test_an_answer_that_breaks_off_makes_no_second_request(linked: tuple[Branch, Site]) -> None:
    branch, site = linked
    site.fault(FaultKind("unanswered"))
    request = await asked(branch)
    worker = branch.worker()
    await worker.once()
    assert (await branch.forwarding(request)).state is ForwardingState.SENDING
    site.fault(None)
    branch.clock.step(timedelta(minutes=1))
    await worker.once()
    assert (await branch.forwarding(request)).state is ForwardingState.NUMBERED
    shown = msgspec.to_builtins(site.office.shown())
    assert shown["byKey"] == {request.id: 1}


async def test_what_is_withdrawn_here_is_withdrawn_there(linked: tuple[Branch, Site]) -> None:
    branch, site = linked
    request = await asked(branch)
    await branch.worker().once()
    number = (await branch.forwarding(request)).number
    await branch.withdrawn(request)
    await branch.worker().once()
    assert (await branch.forwarding(request)).state is ForwardingState.CALLED_OFF
    assert (await site.status(request.id, number)).standing is Standing.ENDED


async def test_what_the_exchange_forgets_is_lost_and_its_list_is_compared(linked: tuple[Branch, Site]) -> None:
    branch, site = linked
    site.fault(FaultKind.FORGET)
    request = await asked(branch)
    await branch.run()
    assert (await branch.forwarding(request)).state is ForwardingState.LOST
    site.fault(None)
    await branch.run(rounds=2, kind=KIND_RECONCILE)
    (event,) = [one for one in branch.trail.held if one.kind == "share.reconciled"]
    assert event.note["system"] == SYSTEM
