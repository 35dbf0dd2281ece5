"""Corrections: reported with evidence, answered by the source in time, told to everyone who got the wrong record."""

from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from gateway.core import problems
from gateway.core.delivery import Delivery as Once
from gateway.core.errors import Refusal
from gateway.core.sharing import recipients
from gateway.core.sharing.corrections import (
    ANSWERED,
    MOST_EVIDENCE,
    MOST_RETURNS,
    Claim,
    Dispute,
    DisputeState,
    Origin,
    report,
)
from gateway.core.sharing.deadlines import DeadlineRule, DeadlineRules, Pause, Stage
from gateway.core.sharing.forwarding import Forwarding
from gateway.core.sharing.parties import GATEWAY, Actor
from gateway.core.sharing.recipients import Delivery, Reach, recipients_of
from gateway.core.sharing.resources import SharingType
from tests.sharing.making import (
    CODE,
    COLLEAGUE,
    DAY,
    DRAFTER,
    HUB,
    OFFICE,
    OWNER,
    PERSON,
    PROVIDER,
    REQUESTER,
    START,
    a_file,
    a_resource,
    refused,
    the_calendar,
)
from tests.thoroughness import tried

NAME = frozenset({"name"})
BOTH = frozenset({"name", "state"})


def a_delivery(**changes: Any) -> Delivery:
    made = Delivery(
        receipt="c-1",
        grant="g-1",
        body=REQUESTER,
        application="portal",
        resource=CODE,
        subject="0" * 32,
        fields=BOTH,
        at=START,
    )
    return msgspec.structs.replace(made, **changes)


def reported(fields: frozenset[str] = BOTH, **changes: Any) -> Dispute:
    claim = Claim(fields, "与本人证件不符", (a_file(),))
    return report("d-1", a_delivery(**changes), claim, a_resource(), region="420106", by=DRAFTER, at=START)


def with_source(**changes: Any) -> Dispute:
    return reported(**changes).hand_over(by=GATEWAY)


OTHERS = (
    a_delivery(receipt="c-2", body=HUB, fields=NAME, at=START - DAY),
    a_delivery(receipt="c-3", body=HUB, grant="g-2", fields=BOTH),
    a_delivery(receipt="c-4", body=OFFICE, fields=frozenset({"state"})),
    a_delivery(receipt="c-5", body=OFFICE, application="hall", subject="1" * 32),
    a_delivery(receipt="c-6", body=OFFICE, application="hall", resource="307001/9"),
)


def test_everyone_who_got_a_corrected_field_is_told_and_then_it_is_closed() -> None:
    dispute = with_source().answer(BOTH, "已更正", OTHERS, by=OWNER, at=START + DAY)
    assert dispute.state is DisputeState.CORRECTED
    assert [(one.body, sorted(one.fields), sorted(one.grants), one.last_at) for one in dispute.recipients] == [
        (REQUESTER, ["name", "state"], ["g-1"], START),
        (OFFICE, ["state"], ["g-1"], START),
        (HUB, ["name", "state"], ["g-1", "g-2"], START),
    ]
    for one in dispute.untold():
        dispute = dispute.tell(one.body, one.application, by=GATEWAY, at=START + 2 * DAY)
    assert dispute.state is DisputeState.CLOSED
    assert dispute.untold() == ()
    assert dispute.tell(REQUESTER, "portal", by=GATEWAY, at=START + 9 * DAY) is dispute


def test_a_part_that_is_corrected_concerns_those_who_got_it_and_the_reporter() -> None:
    dispute = with_source().answer(NAME, "姓名已更正", OTHERS, by=OWNER, at=START)
    assert dispute.state is DisputeState.PARTLY_CORRECTED
    assert {one.body for one in dispute.recipients} == {REQUESTER, HUB}


def test_nothing_is_corrected_that_was_not_disputed() -> None:
    dispute = with_source(fields=NAME)
    for corrected in (frozenset({"income"}), NAME | {"income"}, BOTH):
        refused(problems.DISPUTE_FIELDS_UNKNOWN, dispute.answer, corrected, "已更正", OTHERS, by=OWNER, at=START)


def test_a_record_that_was_right_concerns_its_reporter_only() -> None:
    dispute = with_source().answer(frozenset(), "核实无误", OTHERS, by=OWNER, at=START)
    assert dispute.state is DisputeState.UPHELD
    assert [one.body for one in dispute.recipients] == [REQUESTER]
    assert dispute.tell(REQUESTER, "portal", by=GATEWAY, at=START).state is DisputeState.CLOSED


def test_a_dispute_names_fields_that_were_given_and_brings_evidence() -> None:
    for claim in (
        Claim(frozenset(), "x", (a_file(),)),
        Claim(frozenset({"phone"}), "x", (a_file(),)),
        Claim(NAME, "x", ()),
    ):
        arguments = ("d", a_delivery(), claim, a_resource())
        refused(problems.DISPUTE_NEEDS_EVIDENCE, report, *arguments, region="420106", by=DRAFTER, at=START)
    sound = Claim(NAME, "x", (a_file(),))
    of_other = ("d", a_delivery(resource="307001/9"), sound, a_resource())
    refused(problems.DISPUTE_NEEDS_EVIDENCE, report, *of_other, region="420106", by=DRAFTER, at=START)
    of_none = ("d", a_delivery(), Claim(NAME, " ", (a_file(),)), a_resource())
    unsaid = refused(problems.SHARE_TEXT_INVALID, report, *of_none, region="420106", by=DRAFTER, at=START)
    assert unsaid.field == "text"
    own = ("d", a_delivery(), sound, a_resource())
    refused(problems.SHARE_PARTY, report, *own, region="420106", by=OWNER, at=START)


def test_evidence_has_bounds() -> None:
    many = (a_file(),) * (MOST_EVIDENCE + 1)
    arguments = ("d", a_delivery(), Claim(NAME, "x", many), a_resource())
    refused(problems.SHARE_TOO_MANY, report, *arguments, region="420106", by=DRAFTER, at=START)
    waiting = with_source().return_("请补充", by=OWNER, at=START)
    refused(problems.SHARE_TOO_MANY, waiting.supplement, many[1:], by=DRAFTER, at=START)
    refused(problems.DISPUTE_NEEDS_EVIDENCE, waiting.supplement, (), by=DRAFTER, at=START)


def test_the_clock_stands_still_while_evidence_is_waited_for() -> None:
    rules = [DeadlineRule(id="r", region="000000", stage=Stage.CORRECTION, sharing=frozenset(SharingType), days=10)]
    book = DeadlineRules(1, rules, the_calendar())
    waiting = with_source().return_("请补充", by=OWNER, at=START + DAY)
    assert waiting.run().is_stopped()
    back = waiting.supplement((a_file(),), by=COLLEAGUE, at=START + 4 * DAY)
    assert back.state is DisputeState.WITH_SOURCE
    assert back.pauses == (Pause(START + DAY, START + 4 * DAY),)
    assert len(back.claim.evidence) == 2
    due, free = book.due(back.run()), book.due(with_source().run())
    assert due is not None
    assert free is not None
    assert due.day is not None
    assert free.day is not None
    assert due.day > free.day
    done = back.answer(BOTH, "已更正", (), by=OWNER, at=START + 5 * DAY)
    assert book.overdue(done.run(), START + 900 * DAY) == 0


def test_what_was_returned_is_answered_all_the_same_if_no_evidence_comes() -> None:
    waiting = with_source().return_("请补充", by=OWNER, at=START + DAY)
    done = waiting.answer(frozenset(), "未收到证据，核实无误", (), by=OWNER, at=START + 9 * DAY)
    assert done.state is DisputeState.UPHELD
    assert done.pauses == (Pause(START + DAY, START + 9 * DAY),)


def test_a_recipient_is_shown_its_last_receipt() -> None:
    reached = recipients_of(OTHERS[1::-1], CODE, "0" * 32, BOTH)
    assert [(one.receipt, one.last_at) for one in reached] == [("c-3", START)]


def test_answers_that_are_alike_are_read_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    reach = Reach()
    reach.add(OTHERS[:2])
    reach.add([msgspec.structs.replace(one, at=one.at - DAY, receipt="older") for one in OTHERS])
    assert [one.receipt for one in reach] == ["c-2", "c-3", "older", "older"]
    monkeypatch.setattr(recipients, "MOST_RECIPIENTS", 3)
    refused(problems.SHARE_TOO_MANY, reach.add, OTHERS)


def test_a_dispute_is_extended_once_and_returned_within_bounds() -> None:
    extended = with_source().extend("情况复杂", by=OWNER)
    assert extended.run().extended
    refused(problems.SHARE_EXTENDED_ALREADY, extended.extend, "再延", by=OWNER)
    full = msgspec.structs.replace(with_source(), pauses=(Pause(START, START),) * MOST_RETURNS)
    refused(problems.SHARE_TOO_MANY, full.return_, "x", by=OWNER, at=START)


def test_the_reporter_takes_it_back_until_there_is_an_answer() -> None:
    assert with_source().withdraw(by=COLLEAGUE, at=START + DAY).run().ended == START + DAY
    answered = with_source().answer(NAME, "已更正", (), by=OWNER, at=START)
    refused(problems.DISPUTE_STATE, answered.withdraw, by=DRAFTER, at=START)


def test_nobody_answers_his_own_report() -> None:
    both = Actor("drafter", frozenset({REQUESTER, PROVIDER}))
    refused(problems.SHARE_SAME_PERSON, with_source().answer, NAME, "x", (), by=both, at=START)
    refused(problems.SHARE_PARTY, with_source().answer, NAME, "x", (), by=COLLEAGUE, at=START)


def test_there_are_only_so_many_recipients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipients, "MOST_RECIPIENTS", 1)
    refused(problems.SHARE_TOO_MANY, recipients_of, OTHERS, CODE, "0" * 32, BOTH)


def test_nothing_that_is_printed_says_what_is_claimed() -> None:
    assert "证件" not in f"{with_source()!r} {with_source().claim!r}"


class Disputes(RuleBasedStateMachine):
    """Anybody tries anything."""

    people = st.sampled_from((DRAFTER, OWNER, GATEWAY, Actor("drafter", frozenset({REQUESTER, PROVIDER}))))

    @initialize()
    def begin(self) -> None:
        self.dispute = reported()
        self.at = START

    def attempt(self, name: str, *arguments: Any, **named: Any) -> None:
        before = self.dispute
        self.at += DAY / 4
        try:
            after = getattr(before, name)(*arguments, **named)
        except Refusal:
            return
        assert after is before or after.version == before.version + 1
        self.dispute = after

    @rule(by=people)
    def hand_over(self, by: Actor) -> None:
        self.attempt("hand_over", by=by)

    @rule(by=people)
    def send_back(self, by: Actor) -> None:
        self.attempt("return_", "请补充", by=by, at=self.at)

    @rule(by=people)
    def supplement(self, by: Actor) -> None:
        self.attempt("supplement", (a_file(),), by=by, at=self.at)

    @rule(by=people, corrected=st.sampled_from((NAME, BOTH, frozenset[str]())))
    def answer(self, by: Actor, corrected: frozenset[str]) -> None:
        self.attempt("answer", corrected, "答复", OTHERS, by=by, at=self.at)

    @rule(by=people, body=st.sampled_from((REQUESTER, HUB, OFFICE, "nobody")))
    def tell(self, by: Actor, body: str) -> None:
        self.attempt("tell", body, "portal", by=by, at=self.at)

    @rule(by=people)
    def withdraw(self, by: Actor) -> None:
        self.attempt("withdraw", by=by, at=self.at)

    @invariant()
    def it_is_closed_exactly_when_everyone_was_told(self) -> None:
        dispute = self.dispute
        has_answer = dispute.state in ANSWERED or dispute.state is DisputeState.CLOSED
        assert (dispute.answered_at is not None) == has_answer
        assert bool(dispute.recipients) == has_answer
        assert (dispute.state is DisputeState.CLOSED) == (has_answer and not dispute.untold())
        if has_answer:
            assert REQUESTER in {one.body for one in dispute.recipients}

    @invariant()
    def its_clock_stands_still_exactly_while_it_is_returned(self) -> None:
        stopped = any(pause.until is None for pause in self.dispute.pauses)
        if self.dispute.state is not DisputeState.WITHDRAWN:
            assert stopped == (self.dispute.state is DisputeState.RETURNED)

    @invariant()
    def nobody_acted_on_both_sides(self) -> None:
        parties = {one.party for one in self.dispute.acted if one.subject == "drafter"}
        assert len(parties) == 1


def test_no_sequence_of_attempts_loses_a_recipient_or_an_answer() -> None:
    run_state_machine_as_test(
        Disputes, settings=settings(max_examples=tried(50, 400), stateful_step_count=tried(20, 30))
    )


# ---- at an exchange


def forwarded() -> Dispute:
    queued = Forwarding(system="exchange", resource="R-7", key="d-1", since=START)
    origin = Origin("N-1", REQUESTER, {"id": PERSON})
    return with_source().forward(queued, origin, HUB, by=GATEWAY)


def sent(dispute: Dispute) -> Dispute:
    return dispute.track(lambda one: one.sending(START, Once.ONCE).numbered("D-1", START), by=GATEWAY)


def test_what_an_exchange_is_to_answer_nobody_answers_here() -> None:
    dispute = sent(forwarded())
    assert dispute.is_at_exchange
    assert (PERSON in repr(dispute), repr(dispute.origin)) == (False, "Origin()")
    refused(problems.DISPUTE_AT_EXCHANGE, dispute.return_, "请补充", by=OWNER, at=START)
    refused(problems.DISPUTE_AT_EXCHANGE, dispute.extend, "延期", by=OWNER)
    refused(problems.DISPUTE_AT_EXCHANGE, dispute.answer, NAME, "已更正", (), by=OWNER, at=START)
    origin = Origin("N-1", REQUESTER, {})
    forwarding = dispute.forwarding
    assert forwarding is not None
    refused(problems.DISPUTE_AT_EXCHANGE, dispute.forward, forwarding, origin, HUB, by=GATEWAY)


def test_an_exchanges_answer_is_the_gateways_to_take_over_and_once() -> None:
    dispute = sent(forwarded())
    refused(problems.SHARE_PARTY, dispute.take_over, NAME, None, OTHERS, by=OWNER, at=START + DAY)
    refused(problems.SHARE_PARTY, dispute.track, lambda one: one, by=OWNER)
    answered = dispute.take_over(NAME, "已更正", OTHERS, by=GATEWAY, at=START + DAY)
    assert (answered.state, answered.version) == (DisputeState.PARTLY_CORRECTED, dispute.version + 1)
    assert {(one.body, one.application) for one in answered.recipients} == {(REQUESTER, "portal"), (HUB, "portal")}
    assert (answered.is_at_exchange, answered.origin) == (False, None)
    refused(problems.DISPUTE_STATE, answered.take_over, NAME, None, OTHERS, by=GATEWAY, at=START + DAY)
    upheld = dispute.take_over(frozenset(), None, OTHERS, by=GATEWAY, at=START)
    assert (upheld.state, upheld.note) == (DisputeState.UPHELD, None)


def test_what_is_handed_back_the_source_here_answers() -> None:
    back = sent(forwarded()).hand_back(lambda one: one.declined(START), by=GATEWAY, note="不予受理")
    assert (back.is_at_exchange, back.note, back.origin) == (False, "不予受理", None)
    assert back.answer(NAME, "已更正", OTHERS, by=OWNER, at=START).state is DisputeState.PARTLY_CORRECTED
    gone = sent(forwarded()).withdraw(by=DRAFTER, at=START)
    refused(problems.DISPUTE_STATE, gone.hand_back, lambda one: one, by=GATEWAY)
