"""On both databases: the whole way of a request, and parties who withdraw while workers write."""

import asyncio

from gateway.core.sharing.forwarding import FINISHED, ForwardingState
from gateway.core.sharing.steps import RequestState
from gateway.services.sharing.exchanges.forward_pace import KIND_RECONCILE, KIND_UPSTREAM
from gateway.store.database import Database
from tests.sharing.making import DAY, START
from tests.sharing_exchange.branch import Branch
from tests.sharing_service.offices import AUDITOR


async def test_a_request_is_found_by_state_number_and_time_until_it_is_granted(any_database: Database) -> None:
    branch = await Branch(any_database).open()
    request = await branch.queued()
    assert set(await branch.forwardings.states()) == {ForwardingState.QUEUED}
    assert await branch.forwardings.sent("exchange", START, START + DAY, None, 9) == []
    await branch.worker().once()
    numbered = await branch.now(request)
    assert await branch.forwardings.numbered("exchange", "N-1") == numbered
    assert await branch.forwardings.numbered("other", "N-1") is None
    assert await branch.forwardings.sent("exchange", START, START + DAY, None, 9) == [numbered]
    assert await branch.forwardings.sent("exchange", START, START + DAY, request.id, 9) == []
    assert await branch.forwardings.sent("exchange", START + DAY, START + 2 * DAY, None, 9) == []
    seen = await branch.list(ForwardingState.NUMBERED, 9, None, AUDITOR, needs_person=None)
    assert seen.nodes == [numbered]
    branch.exchange.approve("N-1")
    await branch.run()
    above, below = await branch.grants_of(request)
    assert below.parent == above.id
    assert await branch.forwardings.states() == {}
    await branch.run(rounds=2, kind=KIND_RECONCILE)
    await branch.run(rounds=2, kind=KIND_UPSTREAM)
    assert (await branch.desk.grants.find(above.id)) == above


async def test_whoever_withdraws_while_workers_write_wins_or_is_told(any_database: Database) -> None:
    branch = await Branch(any_database).open()
    requests = [await branch.queued(key=f"k-{count}") for count in range(4)]
    one, other = branch.worker(), branch.worker()
    written = (branch.withdrawn(request) for request in requests)
    await asyncio.gather(one.once(), other.once(), *written, return_exceptions=True)
    await branch.run()
    for request in requests:
        now = await branch.now(request)
        assert now.forwarding is not None
        if now.state is RequestState.WITHDRAWN:
            assert now.forwarding.state in FINISHED | {ForwardingState.NUMBERED}
        else:
            assert now.forwarding.state is ForwardingState.NUMBERED
    keys = [taken.order.key for taken in branch.exchange.ledger]
    assert len(keys) == len(set(keys))
