"""Requests against the running exchange: numbered, followed to their end, and told apart when they go wrong."""

from datetime import timedelta

import pytest

from adapters.sandbox.exchange.office import DecisionInvalid
from adapters.sandbox.exchange.service import SECRET_SECONDS
from adapters.sandbox.faults import FaultKind
from gateway.core.clock import CHINA
from gateway.core.delivery import Delivery
from gateway.core.outcome import Fault, Outcome
from gateway.core.sharing.exchange import Sent, Standing
from tests.exchange.site import CLOSED, FIELDS, FIRM, HOUSEHOLD, SYSTEM, Site
from tests.sandbox.callers import SteppedClock


async def test_a_request_is_numbered_passes_two_stages_and_is_approved_with_a_secret(
    site: Site, clock: SteppedClock
) -> None:
    number = await site.number()
    standings = [(await site.status("K1", number)).standing]
    clock.step(20)
    standings.append((await site.status("K1", number)).standing)
    clock.step(20)
    status = await site.status("K1", number)

    assert standings == [Standing.PENDING, Standing.FIRST_STAGE]
    assert status.standing is Standing.APPROVED
    assert (status.number, status.key, status.fields, status.per_day, status.in_all) == (
        number,
        "K1",
        frozenset(FIELDS),
        100,
        None,
    )
    assert status.valid_until == site.order().valid_until - timedelta(seconds=40)
    assert status.access
    assert status.access not in repr(status) + str(site.records)
    assert site.exchange.delivery is Delivery.QUERY_FIRST


async def test_a_request_is_followed_by_its_key_while_it_has_no_number(site: Site) -> None:
    number = await site.number()

    status = await site.status("K1", None)

    assert (status.standing, status.number) == (Standing.PENDING, number)


async def test_what_is_shared_unconditionally_is_approved_at_once(site: Site) -> None:
    status = await site.approved(resource=FIRM, fields=("creditCode", "status"))

    assert status.standing is Standing.APPROVED
    assert status.fields == frozenset({"creditCode", "status"})


async def test_an_approval_may_give_less_than_was_asked_for(site: Site) -> None:
    site.hold()
    number = await site.number()
    until = site.clock.now() + timedelta(days=2)
    site.decide("K1", "first")
    site.decide(number, "approve", fields=["idNumber"], validUntil=until.isoformat(), perDay=3, inAll=9)

    status = await site.status("K1", number)

    assert (status.fields, status.valid_until, status.per_day, status.in_all) == (frozenset({"idNumber"}), until, 3, 9)


async def test_a_refusal_says_why(site: Site) -> None:
    site.hold()
    number = await site.number()
    site.decide(number, "refuse", reason="办理依据不足")

    status = await site.status("K1", number)

    assert (status.standing, status.reason, status.access) == (Standing.REFUSED, "办理依据不足", None)


async def test_what_was_approved_ends_by_order_or_by_its_time_and_its_secret_is_no_longer_told(site: Site) -> None:
    ended, over = await site.approved("K1"), await site.approved("K2")
    site.decide("K1", "end", reason="用途变更")
    first = await site.status("K1", ended.number)
    site.clock.step(30 * 86_400)
    second = await site.status("K2", over.number)

    assert [(one.standing, one.access) for one in (first, second)] == [(Standing.ENDED, None)] * 2
    assert first.reason == "用途变更"


async def test_the_same_key_sent_twice_is_two_requests_and_the_key_leads_to_the_last(site: Site) -> None:
    numbers = [await site.number(), await site.number()]

    status = await site.status("K1", None)

    assert numbers[0] != numbers[1]
    assert status.number == numbers[1]
    assert site.office.shown()["byKey"] == {"K1": 2}


async def test_a_request_that_the_exchange_refuses_by_its_rules_is_refused(site: Site) -> None:
    replies = [
        await site.send("K1", resource=CLOSED, fields=("idNumber",)),
        await site.send("K2", resource="GJ9999999999"),
        await site.send("K3", fields=("phone",)),
        await site.send("K4", valid_until=site.clock.now()),
        await site.send("K5", purpose=""),
    ]

    assert {reply.sent for reply in replies} == {Sent.REFUSED}
    assert [reply.outcome for reply in replies] == [Outcome.DENIED, Outcome.NOT_FOUND, *[Outcome.INVALID] * 3]
    assert [reply.code for reply in replies] == ["B0403", "B0404", "B0400", "B0400", "B0400"]
    assert not site.office.ledger.entries


async def test_a_request_without_an_answer_may_have_been_taken_and_its_key_tells(site: Site) -> None:
    site.fault(FaultKind.UNANSWERED)
    reply = await site.send()
    site.fault(None)

    status = await site.status("K1", None)

    assert (reply.sent, reply.number) == (Sent.UNANSWERED, None)
    assert status.standing is Standing.PENDING
    assert len(site.office.ledger.entries) == 1


async def test_a_request_that_the_exchange_forgot_is_unknown_and_in_no_list(site: Site) -> None:
    site.fault(FaultKind.FORGET)
    number = await site.number()
    site.fault(None)

    status = await site.status("K1", number)
    listed = await site.exchange.listed(site.clock.now().astimezone(CHINA).date(), site.call())

    assert (status.standing, status.outcome, status.code) == (Standing.UNKNOWN, Outcome.NOT_FOUND, "B0404")
    assert (listed.outcome, listed.lines) == (Outcome.OK, ())


@pytest.mark.parametrize("kind", [FaultKind.ERROR, FaultKind.HTML, FaultKind.TRUNCATE, FaultKind.RESET])
async def test_whatever_is_no_answer_leaves_a_request_and_its_standing_unanswered(site: Site, kind: FaultKind) -> None:
    number = await site.number()
    site.fault(kind)

    reply = await site.send("K2")
    status = await site.status("K1", number)
    listed = await site.exchange.listed(site.clock.now().astimezone(CHINA).date(), site.call())
    withdrawn = await site.exchange.withdraw(number, site.call())

    assert (reply.sent, reply.fault) == (Sent.UNANSWERED, Fault.NETWORK if kind is FaultKind.RESET else Fault.THEIRS)
    assert status.standing is Standing.UNANSWERED
    assert {reply.outcome, status.outcome, listed.outcome, withdrawn}.isdisjoint({Outcome.OK, Outcome.NOT_FOUND})


async def test_a_secret_that_is_over_is_fetched_anew_and_the_request_goes_out_once(
    site: Site, clock: SteppedClock
) -> None:
    await site.number("K1")
    clock.step(SECRET_SECONDS + 1)
    await site.number("K2")
    site.fault(FaultKind.EXPIRED)
    await site.number("K3")

    assert site.office.shown()["byKey"] == {"K1": 1, "K2": 1, "K3": 1}
    assert site.sandbox.calls.of(SYSTEM, "auth/secret") == 3


async def test_a_withdrawn_request_is_over_there(site: Site) -> None:
    number = await site.number()

    told = [await site.exchange.withdraw(one, site.call()) for one in (number, number, "GX0")]
    status = await site.status("K1", number)

    assert told == [Outcome.OK, Outcome.OK, Outcome.NOT_FOUND]
    assert status.standing is Standing.ENDED


async def test_the_list_of_a_day_in_china_has_its_requests_in_all_their_standings(
    site: Site, clock: SteppedClock
) -> None:
    site.hold()
    numbers = [await site.number(key) for key in ("K1", "K2", "K3")]
    site.decide("K2", "approve")
    site.decide("K3", "refuse")
    today = clock.now().astimezone(CHINA).date()
    clock.step(86_400)
    await site.number("K4")

    listed = await site.exchange.listed(today, site.call())

    assert listed.outcome is Outcome.OK
    assert [(line.number, line.key, line.resource, line.standing) for line in listed.lines] == [
        (numbers[0], "K1", HOUSEHOLD, Standing.PENDING),
        (numbers[1], "K2", HOUSEHOLD, Standing.APPROVED),
        (numbers[2], "K3", HOUSEHOLD, Standing.REFUSED),
    ]


async def test_only_a_step_that_can_follow_is_ordered(site: Site) -> None:
    site.hold()
    await site.number()
    site.decide("K1", "refuse")

    with pytest.raises(DecisionInvalid, match="REFUSED; possible: nothing"):
        site.decide("K1", "approve")


async def test_an_exchange_that_hangs_leaves_a_request_open(site: Site) -> None:
    await site.number("K1")
    site.fault(FaultKind.HANG)

    reply = await site.exchange.request(site.order("K2"), site.call(0.3))

    assert (reply.sent, reply.outcome) == (Sent.UNANSWERED, Outcome.TIMED_OUT)


async def test_while_the_login_hangs_nothing_is_sent(site: Site) -> None:
    site.fault(FaultKind.HANG)

    reply = await site.exchange.request(site.order(), site.call(0.3))

    assert (reply.sent, reply.outcome) == (Sent.NOT_SENT, Outcome.TIMED_OUT)


async def test_a_deadline_that_has_passed_sends_nothing(site: Site) -> None:
    reply = await site.exchange.request(site.order(), site.call(0))

    assert (reply.sent, reply.outcome) == (Sent.NOT_SENT, Outcome.TIMED_OUT)
    assert not site.office.ledger.entries
