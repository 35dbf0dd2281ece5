"""Killed between any two steps, and gone on with by another process: no request is made twice at an exchange."""

from datetime import timedelta

import pytest

from gateway.core.delivery import Delivery
from gateway.core.sharing.exchange import Standing
from gateway.core.sharing.forwarding import ForwardingState
from gateway.core.sharing.steps import RequestState
from tests.sealing.bench import Fuse, Killed
from tests.sharing_exchange.branch import Branch
from tests.sharing_exchange.exchanges import times

MOST_POINTS = 40


async def _killed_at(point: int, branch: Branch) -> tuple[bool, ForwardingState]:
    """Whether the first worker died at the point, and how far the request got in the end."""
    request = await branch.queued(key=f"k-{point}")
    died = False
    try:
        await branch.run(branch.worker(Fuse(point)))
    except Killed:
        died = True
        branch.clock.step(timedelta(seconds=61))
    await branch.run()
    ended = await branch.now(request)
    assert ended.forwarding is not None
    if ended.state is RequestState.APPROVED:
        above, below = await branch.grants_of(request)
        assert below.parent == above.id
    return died, ended.forwarding.state


async def _every_point(
    branch: Branch, delivery: Delivery, word: str, standing: Standing = Standing.APPROVED
) -> set[ForwardingState]:
    ends: set[ForwardingState] = set()
    branch.exchange.delivery, branch.exchange.decides = delivery, standing
    for point in range(1, MOST_POINTS):
        branch.exchange.script = [word]
        died, state = await _killed_at(point, branch)
        made = times(branch.exchange, [one.order.key for one in branch.exchange.ledger])
        assert made <= 1, f"made twice when killed at {point}"
        ends.add(state)
        if not died:
            return ends
    raise AssertionError("it never ended")


@pytest.mark.parametrize(
    ("delivery", "word"),
    [
        (Delivery.IDEMPOTENT, "lost"),
        (Delivery.QUERY_FIRST, "broken"),
        (Delivery.QUERY_FIRST, "dropped"),
    ],
)
async def test_an_exchange_that_knows_keys_has_every_request_once_and_decides_it(
    branch: Branch, delivery: Delivery, word: str
) -> None:
    assert await _every_point(branch, delivery, word) == {ForwardingState.DECIDED}


async def test_a_refusal_is_brought_whenever_somebody_dies(branch: Branch) -> None:
    assert await _every_point(branch, Delivery.QUERY_FIRST, "ok", Standing.REFUSED) == {ForwardingState.DECIDED}


@pytest.mark.parametrize("word", ["ok", "dropped"])
async def test_an_exchange_that_knows_no_keys_leaves_doubt_rather_than_a_second_request(
    branch: Branch, word: str
) -> None:
    ends = await _every_point(branch, Delivery.ONCE, word)
    assert ends <= {ForwardingState.DECIDED, ForwardingState.IN_DOUBT}
    assert ForwardingState.IN_DOUBT in ends
