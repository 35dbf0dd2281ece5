"""A record of an exchange is disputed there, once, and its answer is told here to everyone who received the record."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
import structlog

from gateway.core import problems
from gateway.core.delivery import Delivery
from gateway.core.outcome import Outcome
from gateway.core.sharing.corrections import DisputeRole, DisputeState
from gateway.core.sharing.exchange_corrections import CorrectionStanding, CorrectionStatus, EvidenceDigest
from gateway.core.sharing.forwarding import ForwardingState
from gateway.services.sharing.disputes.answer_dispute import SourceStep
from gateway.services.sharing.disputes.settle_dispute import DisputeSettlement
from gateway.services.sharing.exchanges.forward_pace import GIVE_UP, KIND_DISPUTE
from tests.sealing.bench import Fuse, Killed
from tests.sharing.making import OFFICE, PERSON, REQUESTER, START
from tests.sharing_disputes.hall import OTHERS, Hall
from tests.sharing_disputes.test_reporting import refused
from tests.sharing_disputes.upstream import SYSTEM, UpstreamHall
from tests.sharing_service.offices import ASKER, GIVER, HUB_OFFICE

MOST_POINTS = 40


async def at_exchange(hall: UpstreamHall, **changes: Any) -> Any:
    """A dispute that the exchange has been sent."""
    seen = await hall.disputed(**changes)
    await hall.worker().once()
    return seen


async def test_a_dispute_is_sent_numbered_answered_and_told(upstream: UpstreamHall) -> None:
    await upstream.give(OFFICE, subject=upstream.subject)
    seen = await at_exchange(upstream)
    (order,) = upstream.exchange.orders
    assert (order.resource, order.request, order.requester) == ("R-7", "N-1", REQUESTER)
    assert (order.record, order.fields, order.text) == ({"id": PERSON}, ("name",), "与本人证件不符")
    assert (order.evidence, order.received_at) == ((EvidenceDigest(3, "0" * 64),), START)
    assert PERSON not in repr(order) + repr(seen.dispute)
    there = await upstream.forwarding(seen)
    assert (there.state, there.number, there.system) == (ForwardingState.NUMBERED, "D-1", SYSTEM)
    upstream.exchange.answer("D-1", CorrectionStanding.CORRECTED, corrected=frozenset({"name", "other"}), reason="已改")
    await upstream.run()
    answered = await upstream.now(seen)
    assert (answered.state, answered.corrected, answered.note) == (DisputeState.CORRECTED, frozenset({"name"}), "已改")
    assert {one.body for one in answered.recipients} == {REQUESTER, OFFICE}
    assert answered.origin is None, "the record's keys are forgotten"
    (told,) = await upstream.find.untold(9, OTHERS)
    assert told.roles == {DisputeRole.RECIPIENT}
    await upstream.acknowledge(answered.id, None, OTHERS)
    assert (await upstream.acknowledge(answered.id, None, ASKER)).dispute.state is DisputeState.CLOSED
    lines = [event for event in upstream.trail.held if event.kind == "dispute.forwarded"]
    assert [event.note["forwarding"] for event in lines] == ["SENDING", "NUMBERED", "DECIDED"]
    assert {event.subject for event in lines} == {upstream.subject}
    assert PERSON not in str(upstream.trail.held) + str(upstream.trail.events)


@pytest.mark.parametrize(
    ("standing", "corrected", "expected"),
    [
        (CorrectionStanding.CORRECTED, None, DisputeState.CORRECTED),
        (CorrectionStanding.CORRECTED, {"state"}, DisputeState.PARTLY_CORRECTED),
        (CorrectionStanding.UPHELD, None, DisputeState.UPHELD),
    ],
)
async def test_what_the_exchange_answers_is_the_answer_here(
    upstream: UpstreamHall, standing: CorrectionStanding, corrected: Any, expected: DisputeState
) -> None:
    seen = await at_exchange(upstream, fields=("name", "state"))
    await upstream.run(rounds=3)
    upstream.exchange.answer("D-1", standing, corrected=corrected)
    await upstream.run()
    assert (await upstream.now(seen)).state is expected


async def test_the_source_here_answers_nothing_that_is_at_an_exchange(upstream: UpstreamHall) -> None:
    seen = await at_exchange(upstream)
    for step in SourceStep:
        await refused(problems.DISPUTE_AT_EXCHANGE, upstream.step(GIVER, seen, step))


@pytest.mark.parametrize("word", ["refused", "later"])
async def test_what_the_exchange_does_not_take_is_handed_back(upstream: UpstreamHall, word: str) -> None:
    if word == "refused":
        upstream.exchange.script = ["refused"]
    seen = await at_exchange(upstream)
    if word == "later":
        upstream.exchange.answer("D-1", CorrectionStanding.REFUSED, reason="不予受理")
        await upstream.run()
    back = await upstream.now(seen)
    assert (back.state, back.note, back.is_at_exchange) == (DisputeState.WITH_SOURCE, "不予受理", False)
    answered = await upstream.step(GIVER, seen, SourceStep.ANSWER, "name")
    assert answered.dispute.state is DisputeState.CORRECTED


async def test_an_exchange_without_words_for_disputes_leaves_them_here(upstream: UpstreamHall) -> None:
    upstream.exchanges.corrections = None
    seen = await upstream.disputed(record={})
    assert seen.dispute.forwarding is None
    assert KIND_DISPUTE not in await upstream.tasks.counts()


async def test_a_record_that_came_another_way_is_disputed_here(upstream: UpstreamHall, hall: Hall) -> None:
    receipt = await upstream.give(subject=upstream.subject, grant="g-other")
    seen = await upstream.report(await upstream.new(receipt), ASKER)
    assert seen.dispute.forwarding is None
    assert (await hall.reported()).dispute.forwarding is None


async def test_the_keys_are_those_with_which_the_disputed_record_was_asked_for(upstream: UpstreamHall) -> None:
    for record in ({}, {"id": "110105194912310021"}, {"id": PERSON, "name": "x"}, {"id": "1" * 1000}):
        await refused(problems.DISPUTE_NEEDS_RECORD, upstream.disputed(record=record))
    assert (await upstream.tasks.counts()) == {}
    lower = await upstream.disputed(record={"id": f" {PERSON.lower()} "})
    assert lower.dispute.is_at_exchange


async def test_keys_that_no_value_of_their_field_has_are_no_keys(upstream: UpstreamHall) -> None:
    items = tuple(
        msgspec.structs.replace(item, length=18) if item.name == "id" else item for item in upstream.resource.items
    )
    await upstream.bureau.desk.resources.put([msgspec.structs.replace(upstream.resource, items=items, version=2)])
    await refused(problems.DISPUTE_NEEDS_RECORD, upstream.disputed(record={"id": "1" * 19}))


async def test_of_a_resource_without_keys_none_are_given(upstream: UpstreamHall) -> None:
    keyless = msgspec.structs.replace(upstream.resource, keys=(), version=2)
    await upstream.bureau.desk.resources.put([keyless])
    receipt = await upstream.give(subject="")
    seen = await upstream.report(await upstream.new(receipt), ASKER)
    assert seen.dispute.is_at_exchange


async def test_an_exchange_that_is_away_gets_it_later(upstream: UpstreamHall) -> None:
    upstream.exchanges.is_open = False
    seen = await at_exchange(upstream)
    assert (await upstream.forwarding(seen)).state is ForwardingState.QUEUED
    upstream.exchanges.is_open = True
    await upstream.run(rounds=3)
    assert (await upstream.forwarding(seen)).state is ForwardingState.NUMBERED
    upstream.exchanges.is_open = False
    await upstream.run(rounds=3)
    assert (await upstream.forwarding(seen)).state is ForwardingState.NUMBERED


@pytest.mark.parametrize("is_open", [True, False])
async def test_what_it_can_never_be_sent_is_handed_back(upstream: UpstreamHall, is_open: bool) -> None:
    upstream.exchanges.is_open = False
    seen = await at_exchange(upstream)
    if is_open:
        upstream.exchanges.is_open, upstream.exchanges.corrections = True, None
    else:
        upstream.clock.step(GIVE_UP)
    with structlog.testing.capture_logs() as lines:
        await upstream.run(rounds=2)
    back = await upstream.now(seen)
    assert (back.state, back.is_at_exchange) == (DisputeState.WITH_SOURCE, False)
    assert (await upstream.forwarding(seen)).state is ForwardingState.CALLED_OFF
    assert "share.dispute.returned" in [one["event"] for one in lines]


async def test_what_was_being_sent_when_its_exchange_went_away_for_good_is_settled(upstream: UpstreamHall) -> None:
    upstream.exchange.script = ["lost"]
    seen = await at_exchange(upstream)
    upstream.exchanges.is_open = False
    await upstream.run(rounds=3)
    assert (await upstream.forwarding(seen)).state is ForwardingState.SENDING
    upstream.clock.step(GIVE_UP)
    await upstream.run(rounds=2)
    there = await upstream.now(seen)
    assert (await upstream.forwarding(seen)).state is ForwardingState.IN_DOUBT
    settlement = DisputeSettlement(dispute=there.id, expected_version=there.version, reason="已停用", hand_back=True)
    back = await upstream.settle(settlement, HUB_OFFICE)
    assert (back.dispute.state, back.dispute.is_at_exchange) == (DisputeState.WITH_SOURCE, False)


# ---- taken back


async def withdrawn(hall: UpstreamHall, seen: Any) -> None:
    await hall.report.withdraw(seen.dispute.id, (await hall.now(seen)).version, ASKER)


async def test_what_is_taken_back_before_it_was_sent_never_leaves(upstream: UpstreamHall) -> None:
    seen = await upstream.disputed()
    await withdrawn(upstream, seen)
    await upstream.run()
    assert (await upstream.forwarding(seen)).state is ForwardingState.CALLED_OFF
    assert upstream.exchange.orders == []
    local = await upstream.report(await upstream.new(await upstream.give(grant="g-x"), key="k-2"), ASKER)
    await withdrawn(upstream, local)
    assert KIND_DISPUTE not in await upstream.tasks.counts()


async def test_what_is_taken_back_here_is_taken_back_there(upstream: UpstreamHall) -> None:
    seen = await at_exchange(upstream)
    await withdrawn(upstream, seen)
    assert (await upstream.now(seen)).origin is None, "it is not sent any more, so nobody needs the record's keys"
    upstream.exchange.withdraws = Outcome.TIMED_OUT
    await upstream.run(rounds=3)
    assert (await upstream.forwarding(seen)).state is ForwardingState.NUMBERED
    upstream.exchange.withdraws = Outcome.INVALID
    await upstream.run()
    ended = await upstream.now(seen)
    assert (await upstream.forwarding(seen)).state is ForwardingState.CALLED_OFF
    assert (ended.state, ended.origin) == (DisputeState.WITHDRAWN, None)
    assert set(upstream.exchange.told) == {"D-1"}


async def test_what_is_taken_back_is_over_where_disputes_are_not_taken_any_more(upstream: UpstreamHall) -> None:
    seen = await at_exchange(upstream)
    upstream.exchanges.corrections = None
    await upstream.run(rounds=2)
    assert (await upstream.forwarding(seen)).state is ForwardingState.NUMBERED, "it may take them again"
    await withdrawn(upstream, seen)
    await upstream.run(rounds=2)
    assert (await upstream.forwarding(seen)).state is ForwardingState.CALLED_OFF
    assert upstream.exchange.told == []


async def test_what_is_taken_back_while_nobody_knows_whether_it_was_taken_is_never_sent_again(
    upstream: UpstreamHall,
) -> None:
    upstream.exchange.script = ["dropped"]
    seen = await at_exchange(upstream)
    await withdrawn(upstream, seen)
    await upstream.run()
    assert (await upstream.forwarding(seen)).state is ForwardingState.CALLED_OFF
    assert len(upstream.exchange.orders) == 1


@pytest.mark.parametrize("standing", [CorrectionStanding.CORRECTED, CorrectionStanding.REFUSED])
async def test_what_is_taken_back_while_it_is_answered_stays_so(
    upstream: UpstreamHall, monkeypatch: pytest.MonkeyPatch, standing: CorrectionStanding
) -> None:
    seen = await at_exchange(upstream)
    upstream.exchange.answer("D-1", standing)
    asked = upstream.exchange.correction

    async def late(*given: Any) -> CorrectionStatus:
        await withdrawn(upstream, seen)
        return await asked(*given)

    monkeypatch.setattr(upstream.exchange, "correction", late)
    with structlog.testing.capture_logs() as lines:
        await upstream.run()
    assert "share.dispute.returned" not in [one["event"] for one in lines]
    ended = await upstream.now(seen)
    assert (ended.state, (await upstream.forwarding(seen)).state) == (
        DisputeState.WITHDRAWN, ForwardingState.CALLED_OFF,
    )  # fmt: skip


# ---- what goes wrong


async def test_what_the_exchange_forgets_is_lost(upstream: UpstreamHall) -> None:
    seen = await at_exchange(upstream)
    upstream.exchange.ledger[0].forgotten = True
    await upstream.run()
    assert (await upstream.forwarding(seen)).state is ForwardingState.LOST
    assert (await upstream.now(seen)).origin is not None


@pytest.mark.parametrize(
    "answer",
    [
        CorrectionStatus(standing=CorrectionStanding.UPHELD, outcome=Outcome.OK, key="another"),
        CorrectionStatus(standing=CorrectionStanding.UPHELD, outcome=Outcome.OK, number="D-9"),
        CorrectionStatus(standing=CorrectionStanding.UNANSWERED, outcome=Outcome.TIMED_OUT),
        "broken",
    ],
)
async def test_what_is_no_answer_of_this_dispute_changes_nothing(upstream: UpstreamHall, answer: Any) -> None:
    seen = await at_exchange(upstream)
    upstream.exchange.answers = [answer]
    await upstream.run(rounds=2)
    assert (await upstream.now(seen)).state is DisputeState.WITH_SOURCE
    assert "UPHELD" not in repr(seen)
    assert repr(answer) in {"'broken'", "CorrectionStatus(UPHELD)", "CorrectionStatus(UNANSWERED)"}


async def test_a_number_of_another_dispute_is_none(upstream: UpstreamHall) -> None:
    await at_exchange(upstream)
    upstream.exchange.script = ["D-1"]
    second = await at_exchange(upstream, key="k-2", fields=("state",))
    assert (await upstream.forwarding(second)).state is ForwardingState.SENDING


# ---- killed at every point


async def _killed_at(point: int, hall: UpstreamHall) -> tuple[bool, Any]:
    """Whether the first worker died at the point, and the dispute in the end."""
    seen = await hall.disputed(f"k-{point}")
    died = False
    try:
        await hall.run(hall.worker(Fuse(point)))
    except Killed:
        died = True
        hall.clock.step(timedelta(seconds=61))
    await hall.run()
    ended = await hall.now(seen)
    if ended.state is DisputeState.WITH_SOURCE:  # so that the same record can be disputed again
        await withdrawn(hall, seen)
    return died, ended


@pytest.mark.parametrize(
    ("delivery", "word", "standing", "ends"),
    [
        (Delivery.QUERY_FIRST, "broken", CorrectionStanding.CORRECTED, {"CORRECTED"}),
        (Delivery.QUERY_FIRST, "ok", CorrectionStanding.REFUSED, {"DECIDED"}),
        (Delivery.ONCE, "ok", CorrectionStanding.CORRECTED, {"CORRECTED", "IN_DOUBT"}),
    ],
)
async def test_killed_anywhere_it_is_made_once_and_its_answer_brought(
    upstream: UpstreamHall, delivery: Delivery, word: str, standing: CorrectionStanding, ends: set[str]
) -> None:
    upstream.exchange.delivery, upstream.exchange.answering = delivery, (standing, {})
    seen: set[str] = set()
    for point in range(1, MOST_POINTS):
        upstream.exchange.script = [word]
        died, ended = await _killed_at(point, upstream)
        keys = [one.order.key for one in upstream.exchange.ledger]
        assert len(keys) == len(set(keys)), f"made twice when killed at {point}"
        is_answered = ended.state is not DisputeState.WITH_SOURCE
        assert bool(ended.recipients) is is_answered
        seen.add(ended.state.value if is_answered else ended.forwarding.state.value)
        if not died:
            break
    assert seen == ends


async def test_what_is_at_exchanges_is_counted_with_requests(upstream: UpstreamHall) -> None:
    await at_exchange(upstream)
    standings = await upstream.all_forwardings.states()
    assert {state: standing.count for state, standing in standings.items()} == {ForwardingState.NUMBERED: 1}
