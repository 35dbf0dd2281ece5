"""What nobody knows of a request at its exchange: shown to supervision, and settled by a person or the list."""

from datetime import timedelta
from typing import Any

import pytest
import structlog

from gateway.core import problems
from gateway.core.audit.events import Ending
from gateway.core.caller import Role
from gateway.core.clock import china_date
from gateway.core.delivery import Delivery
from gateway.core.outcome import Outcome
from gateway.core.sharing.exchange import ExchangeStatus, ListedRequest, Standing
from gateway.core.sharing.forwarding import ForwardingState
from gateway.core.sharing.forwardings import ForwardingChoice
from gateway.core.tasks import Rest, Step
from gateway.services.reconciling import closed_at
from gateway.services.sharing.exchanges.forward_pace import GIVE_UP, KIND_RECONCILE, LONGEST
from gateway.services.sharing.exchanges.settle_forwarding import SettlementRequest
from tests.sharing.making import START
from tests.sharing_exchange.branch import Branch
from tests.sharing_exchange.refusals import refused
from tests.sharing_service.offices import (
    ASKER,
    AUDITOR,
    CHECKER,
    GIVER,
    HUB_OFFICE,
    NOBODY,
    STRANGER,
    asking,
    call,
    person,
)

OPERATIONS = call(person("ops-1", None, Role.OPERATIONS))
SILENT = ExchangeStatus(standing=Standing.UNANSWERED, outcome=Outcome.TIMED_OUT)


async def doubtful(branch: Branch, word: str = "lost", key: str = "k-1") -> Any:
    """A request of which nobody knows whether the exchange has it."""
    branch.exchange.delivery = Delivery.ONCE
    branch.exchange.script = [word]
    request = await branch.queued(key=key)
    await branch.worker().once()
    assert (await branch.forwarding(request)).state is ForwardingState.IN_DOUBT
    return await branch.now(request)


def saying(request: Any, **said: Any) -> SettlementRequest:
    usual: dict[str, Any] = {"request": request.id, "expected_version": request.version, "reason": "电话核实"}
    return SettlementRequest(**usual | said)


async def test_a_person_gives_the_exchanges_number_and_it_goes_on(branch: Branch) -> None:
    request = await doubtful(branch)
    after = await branch.settle(saying(request, number="N-1"), CHECKER)
    assert after.forwarding is not None
    assert (after.forwarding.state, after.forwarding.number) == (ForwardingState.NUMBERED, "N-1")
    settlement = after.forwarding.settlement
    assert settlement is not None
    assert (settlement.subject, settlement.reason) == ("checker", "电话核实")
    assert "checker" not in repr(after.forwarding) + repr(saying(request))
    branch.exchange.approve("N-1")
    await branch.run()
    assert (await branch.forwarding(request)).state is ForwardingState.DECIDED
    assert ("share.settled", Ending.DONE.value) in branch.told()
    assert not any("电话" in str(event) for event in branch.trail.held)


async def test_a_person_has_it_sent_again_under_the_same_key(branch: Branch) -> None:
    request = await doubtful(branch, "dropped")
    await branch.settle(saying(request, send_again=True), OPERATIONS)
    await branch.worker().once()
    assert (await branch.forwarding(request)).number == "N-1"
    assert branch.exchange.orders[0] == branch.exchange.orders[1]


async def test_only_supervision_settles_and_never_who_asked(branch: Branch) -> None:
    request = await doubtful(branch)
    settlement = saying(request, send_again=True)
    unknown = SettlementRequest(request="x", expected_version=1, reason="?", send_again=True)
    await refused(problems.PERSON_MISSING, branch.settle(settlement, NOBODY))
    await refused(problems.SHARE_UNKNOWN, branch.settle(settlement, STRANGER))
    await refused(problems.SHARE_UNKNOWN, branch.settle(unknown, OPERATIONS))
    await refused(problems.SHARE_SETTLER_FORBIDDEN, branch.settle(settlement, GIVER))
    await refused(problems.SHARE_SETTLER_FORBIDDEN, branch.settle(settlement, AUDITOR))
    asker_at_the_hub = call(person("asker", None, Role.HUB))
    await refused(problems.SHARE_SAME_PERSON, branch.settle(settlement, asker_at_the_hub))
    assert (await branch.now(request)).version == request.version
    assert (await branch.settle(settlement, HUB_OFFICE)).version == request.version + 1


async def test_a_settlement_says_one_thing_and_why_of_the_version_that_was_read(
    branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = await doubtful(branch)
    for wrong in ({}, {"number": "N-1", "send_again": True}, {"number": ""}, {"number": "N" * 101}):
        await refused(problems.SHARE_SETTLEMENT_INVALID, branch.settle(saying(request, **wrong), CHECKER))
    for reason in ("", " ", "x" * 501, "a\nb"):
        wrong_reason = saying(request, send_again=True, reason=reason)
        await refused(problems.SHARE_TEXT_INVALID, branch.settle(wrong_reason, CHECKER))
    stale = saying(request, send_again=True, expected_version=1)
    await refused(problems.SHARE_CHANGED, branch.settle(stale, CHECKER))
    with monkeypatch.context() as patched:

        async def change(*_: object) -> bool:
            return False

        patched.setattr(type(branch.desk.requests), "change", change)
        await refused(problems.SHARE_CHANGED, branch.settle(saying(request, send_again=True), CHECKER))
    other = await branch.queued(key="k-2")
    await refused(problems.SHARE_NOT_DOUBTFUL, branch.settle(saying(other, send_again=True), CHECKER))


async def test_a_number_is_believed_only_if_the_exchange_has_it_for_this_request(branch: Branch) -> None:
    request = await doubtful(branch)
    other = await doubtful(branch, key="k-2")
    await branch.settle(saying(other, number="N-2"), CHECKER)
    await refused(problems.SHARE_NUMBER_OTHER, branch.settle(saying(request, number="N-2"), CHECKER))
    await refused(problems.SHARE_NUMBER_UNKNOWN, branch.settle(saying(request, number="N-9"), CHECKER))
    for answer in (
        ExchangeStatus(standing=Standing.PENDING, outcome=Outcome.OK, key="another"),
        ExchangeStatus(standing=Standing.PENDING, outcome=Outcome.OK, number="N-8"),
    ):
        branch.exchange.answers = [answer]
        await refused(problems.SHARE_NUMBER_OTHER, branch.settle(saying(request, number="N-1"), CHECKER))
    branch.exchange.answers = [SILENT]
    await refused(problems.SHARE_NUMBER_UNCLEAR, branch.settle(saying(request, number="N-1"), CHECKER))
    branch.exchanges.open.clear()
    await refused(problems.SHARE_EXCHANGE_SILENT, branch.settle(saying(request, number="N-1"), CHECKER))


async def test_supervision_sees_what_waits_longest_first(branch: Branch) -> None:
    first = await doubtful(branch)
    branch.clock.step(timedelta(minutes=1))
    second = await branch.queued(key="k-2")
    seen = await branch.list(None, 1, None, AUDITOR, needs_person=None)
    assert ([one.id for one in seen.nodes], seen.has_next) == ([first.id], True)
    rest = await branch.list(None, 9, seen.cursors[0], CHECKER, needs_person=None)
    assert [one.id for one in rest.nodes] == [second.id]
    for choice, expected in (
        ((None, True), [first.id]),
        ((None, False), [second.id]),
        ((ForwardingState.IN_DOUBT, True), [first.id]),
        ((ForwardingState.IN_DOUBT, False), []),
    ):
        found = await branch.list(choice[0], 9, None, HUB_OFFICE, needs_person=choice[1])
        assert [one.id for one in found.nodes] == expected
    await refused(problems.SHARE_SUPERVISION_FORBIDDEN, branch.list(None, 9, None, ASKER, needs_person=None))
    others = ForwardingChoice(authority="another")
    assert await branch.forwardings.page(others, None, 9) == []
    standings = await branch.forwardings.states()
    assert standings[ForwardingState.IN_DOUBT].count == 1
    assert standings[ForwardingState.IN_DOUBT].since == START


# ---- the exchange's list


async def compared(branch: Branch) -> dict[str, Any]:
    """What comparing the first day tells."""
    await branch.run(rounds=2, kind=KIND_RECONCILE)
    events = [event for event in branch.trail.held if event.kind == "share.reconciled"]
    return dict(events[-1].note)


async def test_the_list_numbers_what_is_in_doubt_and_has_it_followed(branch: Branch) -> None:
    request = await doubtful(branch)
    found = await compared(branch)
    assert (found["lines"], found["settled"], found["unknown"]) == (1, 1, 0)
    assert (await branch.forwarding(request)).number == "N-1"
    branch.exchange.approve("N-1")
    await branch.run()
    assert (await branch.forwarding(request)).state is ForwardingState.DECIDED


async def test_what_the_list_does_not_have_stays_in_doubt(branch: Branch) -> None:
    request = await doubtful(branch, "dropped")
    found = await compared(branch)
    assert (found["settled"], found["missing"]) == (0, 0)
    assert (await branch.forwarding(request)).state is ForwardingState.IN_DOUBT


async def test_the_list_finds_again_what_was_lost(branch: Branch) -> None:
    request = await branch.queued()
    await branch.worker().once()
    taken = branch.exchange.find("N-1")
    assert taken is not None
    taken.forgotten = True
    await branch.run()
    assert (await branch.forwarding(request)).state is ForwardingState.LOST
    assert (await compared(branch))["settled"] == 1
    assert (await branch.forwarding(request)).state is ForwardingState.NUMBERED


async def test_what_does_not_fit_is_told(branch: Branch) -> None:
    numbered = await branch.queued()
    await branch.worker().once()
    missing = await branch.queued(key="k-2")
    await branch.worker().once()
    branch.exchange.ledger.pop()
    elsewhere = await branch.queued(key="k-3")

    def line(number: str, key: str | None) -> ListedRequest:
        return ListedRequest(number=number, key=key, resource="R-7", standing=Standing.PENDING)

    branch.exchange.lines = [
        line("N-1b", numbered.id),
        line("U-1", "unknown"),
        line("U-2", None),
        line("U-3", elsewhere.id),
        line("N-2", "x"),
    ]
    local = await branch.request(_draft(), ASKER)
    branch.exchange.lines.append(line("U-4", local.request.id))
    with structlog.testing.capture_logs() as lines:
        found = await compared(branch)
    assert {name: found[name] for name in ("unknown", "missing", "doubled")} == {
        "unknown": 5, "missing": 1, "doubled": 1,
    }  # fmt: skip
    assert "share.list.differs" in [one["event"] for one in lines]
    assert (await branch.forwarding(missing)).state is ForwardingState.NUMBERED


async def test_a_request_that_is_listed_on_another_day_is_ours_all_the_same(branch: Branch) -> None:
    request = await branch.queued()
    await branch.worker().once()
    branch.exchange.lines = [ListedRequest(number="N-1", key=request.id, resource="R-7", standing=Standing.PENDING)]
    await branch.run(rounds=4, kind=KIND_RECONCILE)
    told = [event.note for event in branch.trail.held if event.kind == "share.reconciled"]
    assert [(note["unknown"], note["doubled"]) for note in told] == [(0, 0), (0, 0)]


async def test_another_number_than_ours_is_told_as_a_second_request(branch: Branch) -> None:
    await branch.queued()
    await branch.worker().once()
    taken = branch.exchange.find("N-1")
    assert taken is not None
    taken.number = "N-7"
    assert (await compared(branch))["doubled"] == 1


async def test_each_day_has_the_next_one_compared(branch: Branch) -> None:
    await branch.queued()
    await branch.worker().once()
    await branch.run(rounds=6, kind=KIND_RECONCILE)
    days = [event.note["day"] for event in branch.trail.held if event.kind == "share.reconciled"]
    assert days == [str(china_date(START) + timedelta(days=count)) for count in range(3)]


async def test_a_list_that_cannot_be_read_is_read_later_and_given_up_after_a_week(branch: Branch) -> None:
    await branch.queued()
    worker = branch.worker()
    await worker.once()
    branch.clock.step(closed_at(china_date(START)) - START)
    branch.exchange.lists = Outcome.GATEWAY_ERROR
    assert await worker.once(KIND_RECONCILE) == 1
    branch.exchanges.open.clear()
    branch.clock.step(LONGEST)
    assert await worker.once(KIND_RECONCILE) == 1
    assert (await branch.tasks.counts())[KIND_RECONCILE].due == 2
    branch.clock.step(GIVE_UP)
    (first, second) = await worker.claim(KIND_RECONCILE)
    await worker.handlers[KIND_RECONCILE].work([first])
    assert (await branch.tasks.counts())[KIND_RECONCILE].leased == 1
    await worker.leases.settle([Step(second, Rest.DONE)])


async def test_an_exchange_without_a_list_is_not_asked_for_it_again(branch: Branch) -> None:
    await branch.queued()
    await branch.worker().once()
    branch.exchange.lists = Outcome.NOT_ASKED
    await branch.run(rounds=2, kind=KIND_RECONCILE)
    assert KIND_RECONCILE not in await branch.tasks.counts()


def _draft() -> Any:
    return asking(key="draft", submit=False)
