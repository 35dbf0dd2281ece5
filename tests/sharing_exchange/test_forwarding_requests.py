"""A request at its exchange: sent, numbered, decided in stages, narrowed, refused, forgotten, withdrawn."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
import structlog

from gateway.core import problems
from gateway.core.delivery import Delivery
from gateway.core.outcome import Outcome
from gateway.core.sharing.exchange import ExchangeStatus, Standing
from gateway.core.sharing.forwarding import Forwarding, ForwardingState
from gateway.core.sharing.parties import GATEWAY
from gateway.core.sharing.records import GrantChoice
from gateway.core.sharing.steps import RequestState
from gateway.core.sharing.terms import Access, Quota
from gateway.core.tasks import LeaseLost
from gateway.services.sharing.exchanges.forward_ledger import Heard, Job
from gateway.services.sharing.exchanges.forward_pace import (
    APART,
    GIVE_UP,
    KIND_FORWARD,
    LONGEST,
    SHORTEST,
    again,
    forward_task,
)
from tests.sharing.making import DAY, ITEM, REQUESTER, START
from tests.sharing_exchange.branch import Branch
from tests.sharing_exchange.exchanges import ACCESS
from tests.sharing_exchange.refusals import refused
from tests.sharing_service.offices import ASKER


async def at_exchange(branch: Branch, **changes: Any) -> Any:
    """A request that the exchange has numbered."""
    request = await branch.queued(**changes)
    assert await branch.worker().once() == 1
    return request


async def polled(branch: Branch, request: Any) -> Forwarding:
    """How far it is after the next question."""
    branch.clock.step(LONGEST)
    await branch.worker().once()
    return await branch.forwarding(request)


async def test_a_request_is_sent_with_what_was_asked_for_and_nothing_of_persons(branch: Branch) -> None:
    request = await at_exchange(branch)
    (order,) = branch.exchange.orders
    assert (order.key, order.resource, order.requester) == (request.id, "R-7", REQUESTER)
    assert (order.fields, order.items) == (("name", "phone"), (ITEM,))
    assert (order.per_day, order.in_all) == (10, 100)
    assert repr(order) == f"ExchangeOrder(key={request.id!r})"
    forwarding = await branch.forwarding(request)
    assert (forwarding.state, forwarding.number, forwarding.attempts) == (ForwardingState.NUMBERED, "N-1", 1)
    told = [event.note["forwarding"] for event in branch.trail.held if event.kind == "share.forwarded"]
    assert told == ["SENDING", "NUMBERED"]


async def test_it_is_decided_in_two_stages_and_granted_under_the_exchanges_grant(branch: Branch) -> None:
    request = await at_exchange(branch)
    assert (await polled(branch, request)).state is ForwardingState.NUMBERED
    branch.exchange.decide("N-1", Standing.FIRST_STAGE)
    assert (await polled(branch, request)).state is ForwardingState.FIRST_STAGE
    assert (await polled(branch, request)).state is ForwardingState.FIRST_STAGE
    branch.exchange.approve("N-1")
    assert (await polled(branch, request)).state is ForwardingState.DECIDED
    done = await branch.now(request)
    assert (done.state, done.delivered_at) == (RequestState.APPROVED, branch.clock.now())
    above, below = await branch.grants_of(request)
    assert above.upstream is not None
    assert (above.upstream.number, above.upstream.access) == ("N-1", ACCESS)
    assert ACCESS not in repr(above) + repr(above.upstream)
    assert set(above.terms.fields.values()) == {Access.SHOW}
    assert below.terms == done.wanted
    assert await branch.find.grant(done) == below
    kinds = [kind for kind, _ in branch.told()]
    assert kinds.count("grant.issued") == 2
    assert not any(ACCESS in str(event) for event in branch.trail.held)
    assert KIND_FORWARD not in await branch.tasks.counts()


async def test_the_exchanges_grant_is_never_used_itself_nor_listed_for_use(branch: Branch) -> None:
    request = await at_exchange(branch)
    branch.exchange.approve("N-1")
    await polled(branch, request)
    above, below = await branch.grants_of(request)
    listed = await branch.grants(None, 20, None, ASKER)
    assert [one.id for one in listed.page.nodes] == [below.id]
    stranger = msgspec.structs.replace(above, requester="91110000600037341L")
    assert stranger.closed(branch.clock.now()) is None


async def test_an_approval_of_less_is_a_part_for_a_reason_of_the_lists(branch: Branch) -> None:
    request = await at_exchange(branch)
    until = START + 100 * DAY
    branch.exchange.approve("N-1", fields=frozenset({"name", "income"}), valid_until=until, per_day=3, in_all=50)
    await polled(branch, request)
    done = await branch.now(request)
    assert (done.state, done.steps[-2].reason) == (RequestState.PARTLY_APPROVED, "decided-upstream")
    above, below = await branch.grants_of(request)
    assert above.terms.opened == below.terms.opened == {"name"}
    assert below.terms.valid_until == until
    assert below.terms.quota == Quota(3, 50)


@pytest.mark.parametrize(
    "said",
    [{"fields": frozenset({"income"})}, {"valid_until": START}, {"per_day": 0}],
    ids=["other fields", "over already", "no quota"],
)
async def test_an_approval_of_nothing_that_was_asked_for_is_a_refusal(branch: Branch, said: dict[str, Any]) -> None:
    request = await at_exchange(branch)
    branch.exchange.approve("N-1", reason="部分同意\n", **said)
    await polled(branch, request)
    done = await branch.now(request)
    assert (done.state, done.steps[-1].reason) == (RequestState.REFUSED, "decided-upstream")
    assert done.steps[-1].note == "部分同意"
    assert await branch.find.grant(done) is None


@pytest.mark.parametrize("standing", [Standing.REFUSED, Standing.ENDED])
async def test_what_the_exchange_refuses_is_refused_with_its_words(branch: Branch, standing: Standing) -> None:
    request = await at_exchange(branch)
    branch.exchange.decide("N-1", standing, reason="依据不足")
    await polled(branch, request)
    done = await branch.now(request)
    assert (done.state, done.steps[-1].note) == (RequestState.REFUSED, "依据不足")


async def test_what_it_does_not_even_take_is_refused(branch: Branch) -> None:
    branch.exchange.script = ["refused"]
    request = await at_exchange(branch)
    done = await branch.now(request)
    assert (done.state, done.steps[-1].note) == (RequestState.REFUSED, "不予受理")
    assert (await branch.forwarding(request)).state is ForwardingState.DECIDED


async def test_a_refusal_after_an_answer_that_was_lost_is_in_doubt(branch: Branch) -> None:
    branch.exchange.delivery = Delivery.IDEMPOTENT
    branch.exchange.script = ["lost", "unsent", "refused"]
    request = await at_exchange(branch)
    for _ in range(2):
        assert (await polled(branch, request)).state is not ForwardingState.DECIDED
    assert (await branch.forwarding(request)).state is ForwardingState.IN_DOUBT


async def test_what_was_not_sent_is_sent_later_when_the_exchange_wants_it(branch: Branch) -> None:
    branch.exchange.script = ["unsent"]
    request = await at_exchange(branch)
    assert (await branch.forwarding(request)).state is ForwardingState.QUEUED
    assert await branch.worker().once() == 0
    assert (await polled(branch, request)).attempts == 2


@pytest.mark.parametrize("word", ["unsent", "dropped"])
async def test_an_exchange_that_never_takes_it_is_tried_ever_later(branch: Branch, word: str) -> None:
    branch.exchange.script = [word] * 100
    request = await branch.queued()
    await branch.run(rounds=60)
    assert branch.clock.now() - START > timedelta(hours=1)
    assert (await branch.forwarding(request)).attempts <= 30


async def test_an_exchange_that_is_not_there_is_waited_for(branch: Branch) -> None:
    branch.exchanges.open.clear()
    request = await at_exchange(branch)
    assert (await branch.forwarding(request)).state is ForwardingState.QUEUED
    branch.exchanges.open["exchange"] = branch.exchange
    assert (await polled(branch, request)).state is ForwardingState.NUMBERED


async def test_what_was_being_sent_to_an_exchange_that_stays_away_is_a_persons_in_the_end(branch: Branch) -> None:
    branch.exchange.script = ["dropped"]
    request = await at_exchange(branch)
    branch.exchanges.open.clear()
    assert (await polled(branch, request)).state is ForwardingState.SENDING
    branch.clock.step(GIVE_UP)
    assert (await polled(branch, request)).state is ForwardingState.IN_DOUBT


async def test_a_number_that_is_another_requests_is_no_answer(branch: Branch) -> None:
    first = await at_exchange(branch)
    branch.exchange.script = ["N-1"]
    second = await at_exchange(branch, key="k-2")
    assert (await branch.forwarding(second)).state is ForwardingState.SENDING
    branch.exchange.answers = [ExchangeStatus(standing=Standing.PENDING, outcome=Outcome.OK, number="N-1")] * 2
    branch.clock.step(SHORTEST)
    await branch.worker().once()
    assert (await branch.forwarding(second)).number is None
    branch.exchange.delivery = Delivery.ONCE
    branch.exchange.script = ["编" * 101]
    third = await at_exchange(branch, key="k-3")
    assert (await branch.forwarding(third)).state is ForwardingState.IN_DOUBT
    assert (await branch.forwarding(first)).number == "N-1"


async def test_an_unknown_key_is_believed_only_when_nothing_is_on_its_way(branch: Branch) -> None:
    branch.exchange.script = ["dropped"]
    request = await at_exchange(branch)
    branch.clock.step(SHORTEST)
    await branch.worker().once()
    assert (await branch.forwarding(request)).state is ForwardingState.SENDING
    assert len(branch.exchange.orders) == 1
    branch.clock.step(APART)
    await branch.worker().once()
    await branch.worker().once()
    assert (await branch.forwarding(request)).state is ForwardingState.NUMBERED
    assert len(branch.exchange.orders) == 2


async def test_an_exchange_that_cannot_be_asked_after_all_leaves_doubt(branch: Branch) -> None:
    branch.exchange.script = ["dropped"]
    request = await at_exchange(branch)
    branch.exchange.answers = ["broken"]
    assert (await polled(branch, request)).state is ForwardingState.SENDING
    branch.exchange.answers = [ExchangeStatus(standing=Standing.UNANSWERED, outcome=Outcome.NOT_ASKED)]
    assert (await polled(branch, request)).state is ForwardingState.IN_DOUBT
    assert (await polled(branch, request)).state is ForwardingState.IN_DOUBT


async def test_after_a_week_without_an_answer_a_person_is_asked(branch: Branch) -> None:
    branch.exchange.delivery = Delivery.IDEMPOTENT
    branch.exchange.script = ["dropped"]
    request = await at_exchange(branch)
    branch.clock.step(GIVE_UP)
    await branch.worker().once()
    assert (await branch.forwarding(request)).state is ForwardingState.IN_DOUBT


async def test_a_request_that_it_forgets_is_lost_after_some_polls(branch: Branch) -> None:
    request = await at_exchange(branch)
    taken = branch.exchange.find("N-1")
    assert taken is not None
    taken.forgotten = True
    states = [(await polled(branch, request)).state for _ in range(4)]
    assert states == [*[ForwardingState.NUMBERED] * 2, *[ForwardingState.LOST] * 2]


@pytest.mark.parametrize(
    "answer",
    [
        ExchangeStatus(standing=Standing.APPROVED, outcome=Outcome.OK, number="N-2"),
        ExchangeStatus(standing=Standing.APPROVED, outcome=Outcome.OK, key="another"),
        ExchangeStatus(standing=Standing.APPROVED, outcome=Outcome.OK, access="x" * 5_000),
        ExchangeStatus(standing=Standing.APPROVED, outcome=Outcome.OK, per_day=-1),
        ExchangeStatus(standing=Standing.UNANSWERED, outcome=Outcome.TIMED_OUT),
    ],
    ids=["number", "key", "access", "quota", "silence"],
)
async def test_an_answer_that_cannot_be_of_it_changes_nothing(branch: Branch, answer: ExchangeStatus) -> None:
    request = await at_exchange(branch)
    branch.exchange.answers = [answer]
    assert (await polled(branch, request)).state is ForwardingState.NUMBERED


# ---- what is withdrawn here


async def test_what_is_withdrawn_before_it_was_sent_never_leaves(branch: Branch) -> None:
    request = await branch.queued()
    await branch.withdrawn(request)
    await branch.run()
    assert (await branch.forwarding(request)).state is ForwardingState.CALLED_OFF
    assert branch.exchange.orders == []


async def test_what_is_withdrawn_at_the_exchange_is_told_there(branch: Branch) -> None:
    branch.exchange.can_withdraw = True
    request = await at_exchange(branch)
    await branch.withdrawn(request)
    assert await branch.worker().once() == 1
    assert branch.exchange.told == ["N-1"]
    assert (await branch.forwarding(request)).state is ForwardingState.CALLED_OFF
    assert (await branch.now(request)).state is RequestState.WITHDRAWN


async def test_an_approval_that_comes_after_the_withdrawal_is_not_used_and_reported(branch: Branch) -> None:
    request = await at_exchange(branch)
    await branch.withdrawn(request)
    await branch.worker().once()
    assert (await branch.forwarding(request)).state is ForwardingState.NUMBERED
    branch.exchange.approve("N-1")
    with structlog.testing.capture_logs() as lines:
        assert (await polled(branch, request)).state is ForwardingState.UNUSED
    assert "share.forwarding.unused" in [line["event"] for line in lines]
    assert (await branch.now(request)).state is RequestState.WITHDRAWN
    assert await branch.desk.grants.page(_of(request), None, 9) == []


async def test_a_refusal_that_comes_after_the_withdrawal_ends_it(branch: Branch) -> None:
    request = await at_exchange(branch)
    await branch.withdrawn(request)
    branch.exchange.decide("N-1", Standing.REFUSED)
    assert (await polled(branch, request)).state is ForwardingState.CALLED_OFF


async def test_what_is_withdrawn_while_it_is_sent_is_looked_for_before_it_is_let_go(branch: Branch) -> None:
    branch.exchange.delivery = Delivery.QUERY_FIRST
    branch.exchange.script = ["dropped"]
    request = await at_exchange(branch)
    await branch.withdrawn(request)
    await branch.run()
    assert (await branch.forwarding(request)).state is ForwardingState.CALLED_OFF
    assert len(branch.exchange.orders) == 1


async def test_withdrawn_at_the_moment_of_sending_it_does_not_leave(branch: Branch) -> None:
    request = await branch.queued()
    stale = await branch.now(request)
    await branch.withdrawn(request)
    worker = branch.worker()
    (claim,) = await worker.claim(KIND_FORWARD)
    await worker.handlers[KIND_FORWARD]._proceed(Job(claim, stale))
    assert branch.exchange.orders == []
    await branch.run()
    assert (await branch.forwarding(request)).state is ForwardingState.CALLED_OFF


# ---- others at the same time


async def test_a_message_that_is_written_meanwhile_loses_no_answer(
    branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = await branch.queued()
    asked = branch.exchange.request

    async def interrupted(order: Any, call: Any) -> Any:
        before = await branch.now(request)
        written = msgspec.structs.replace(before, version=before.version + 1)
        assert await branch.desk.requests.change(before, written)
        return await asked(order, call)

    monkeypatch.setattr(branch.exchange, "request", interrupted)
    await branch.worker().once()
    assert (await branch.forwarding(request)).state is ForwardingState.NUMBERED


async def test_whoever_lost_his_lease_or_comes_too_late_writes_nothing(branch: Branch) -> None:
    request = await branch.queued()
    worker = branch.worker()
    (claim,) = await worker.claim(KIND_FORWARD)
    job = Job(claim, await branch.now(request))
    ledger = worker.handlers[KIND_FORWARD]._ledger
    await branch.desk.requests.change(job.record, job.record.track(lambda one: one.sending(START), by=GATEWAY))
    with pytest.raises(LeaseLost):
        await ledger.track(job, START, lambda one, at: one.sending(at))
    now = Job(claim, await branch.now(request))

    async def racing(before: Any) -> Heard[Any]:
        written = msgspec.structs.replace(before, version=before.version + 1)
        assert await branch.desk.requests.change(before, written)
        return Heard(before.track(lambda one: one.unsent(START), by=GATEWAY))

    with pytest.raises(LeaseLost):
        await ledger.keep(now, START, racing)
    branch.clock.step(timedelta(seconds=61))
    assert await branch.worker().claim(KIND_FORWARD)
    with pytest.raises(LeaseLost):
        await ledger.track(Job(claim, await branch.now(request)), START, Forwarding.unsent)


async def test_a_defect_of_a_step_is_told_as_one(branch: Branch) -> None:
    request = await branch.queued()
    worker = branch.worker()
    (claim,) = await worker.claim(KIND_FORWARD)
    ledger = worker.handlers[KIND_FORWARD]._ledger
    await refused(
        problems.SHARE_FORWARDING, ledger.track(Job(claim, await branch.now(request)), START, Forwarding.decided)
    )


async def test_a_task_of_nothing_is_done(branch: Branch) -> None:
    await branch.database.transact(branch.tasks.adding([forward_task("nothing", START)]))
    assert await branch.worker().once() == 1
    assert (await branch.tasks.counts()) == {}


def test_pauses_grow_with_the_time_and_stay_within_an_hour() -> None:
    assert again(START, START) == START + SHORTEST
    assert again(START + DAY, START) == START + DAY + LONGEST
    assert again(START, START, 60) == START + timedelta(minutes=1)
    assert again(START, START, 10**9) == START + LONGEST
    assert again(START + timedelta(minutes=40), START) == START + timedelta(minutes=50)


def _of(request: Any) -> Any:
    return GrantChoice(request=request.id)


async def test_a_task_that_is_taken_while_a_person_is_needed_waits_for_him(branch: Branch) -> None:
    branch.exchange.delivery = Delivery.ONCE
    branch.exchange.script = ["lost"]
    request = await at_exchange(branch)
    woken = branch.tasks.waking(KIND_FORWARD, [request.id], branch.clock.now())
    await branch.database.transact(woken)
    assert await branch.worker().once() == 1
    assert (await branch.tasks.counts())[KIND_FORWARD].parked == 1
