"""Whatever anybody tries with a request, in any order: no wrong state, no step by the wrong person, none lost."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from gateway.core.errors import Refusal
from gateway.core.sharing.deadlines import DeadlineRule, DeadlineRules, Stage
from gateway.core.sharing.forwarding import Forwarding, ForwardingState
from gateway.core.sharing.parties import GATEWAY, Actor, Party
from gateway.core.sharing.reasons import DEFAULT_REASONS
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.resources import Authority, SharingType
from gateway.core.sharing.steps import ENDED, GIVEN, Action, Effect, Purpose, RequestState
from gateway.core.sharing.terms import Access
from tests.sharing.making import (
    APPROVER,
    CHECKER,
    DRAFTER,
    EVERYONE,
    FIELDS,
    HUB,
    OFFICE,
    OWNER,
    PROVIDER,
    REQUESTER,
    START,
    a_draft,
    a_file,
    a_resource,
    some_terms,
    the_calendar,
    upstream_resource,
)
from tests.thoroughness import tried

ANYBODY = st.one_of(
    st.none(),  # whoever is in charge
    st.sampled_from(
        (
            *EVERYONE,
            Actor("drafter", frozenset({REQUESTER, OFFICE, HUB, PROVIDER})),
            Actor("x", frozenset({HUB, PROVIDER})),
        )
    ),
)
TERMS = st.sampled_from(
    (
        some_terms(),
        some_terms(fields={"name": Access.SHOW}),
        some_terms(fields={"name": Access.SHOW, "income": Access.SHOW}),
        some_terms(fields={}),
    )
)
PURPOSES = st.sampled_from((Purpose("核验", "条例"), Purpose("另一用途", "条例"), Purpose("", "条例")))
REASONS = st.sampled_from(("not-held", "purpose-unclear", "nonsense"))
PLAIN = ("approve_own", "take_up", "pass_on", "open", "withdraw", "expire", "deliver")
FORWARDINGS: tuple[Callable[..., Forwarding], ...] = (
    lambda one, at: one.sending(at),
    lambda one, at: one.numbered("N", at),
    lambda one, at: one.unknown_there(at),
    lambda one, at: one.not_taken(at),
)
RULES = DeadlineRules(
    1,
    [
        DeadlineRule(id=stage.value, region="000000", stage=stage, sharing=frozenset(SharingType), days=10)
        for stage in Stage
    ],
    the_calendar(),
)
RIGHTFUL = dict(zip(Party, (DRAFTER, APPROVER, CHECKER, OWNER, GATEWAY), strict=True))
REQUESTING = {Party.REQUESTER, Party.OWN_OFFICE}


class Requests(RuleBasedStateMachine):
    """Anybody tries anything at any time."""

    @initialize(own=st.booleans(), upstream=st.booleans(), free=st.booleans())
    def draft(self, own: bool, upstream: bool, free: bool) -> None:
        sharing = SharingType.UNCONDITIONAL if free else SharingType.CONDITIONAL
        self.resource = (upstream_resource if upstream else a_resource)(sharing=sharing)
        self.request = a_draft(own_office=OFFICE if own else None)
        self.at = START
        self.acted: list[tuple[str | None, bool, str]] = [("drafter", True, "draft")]

    def attempt(self, name: str, *arguments: Any, **named: Any) -> None:
        """Try it; what is refused changes nothing, what is not is one version further."""
        before = self.request
        named["by"] = named["by"] or self.rightful()
        written = msgspec.json.encode(before)
        try:
            after = getattr(before, name)(*arguments, **named)
        except Refusal as refusal:
            assert refusal.problem.number.startswith("YW-SH")  # noqa: PT017 - some are refused, some are not
            assert msgspec.json.encode(before) == written
            return
        assert after.version == before.version + 1
        assert after.steps[: len(before.steps)] == before.steps
        assert before.state not in ENDED or (name == "deliver" and before.state in GIVEN)
        self.request = after
        self.acted.append((named["by"].subject, self.is_requesting(before, name, named), name))

    def is_requesting(self, before: ShareRequest, name: str, named: dict[str, Any]) -> bool:
        """On which side a step is, told from what it is and not from what was recorded."""
        if "party" in named:
            return named["party"] in REQUESTING
        if name in {"refuse", "return_"}:
            return before.state is RequestState.OWN_APPROVAL
        return name in {"submit", "resubmit", "revise", "withdraw", "approve_own"}

    def rightful(self) -> Actor:
        """Who is in charge."""
        party = self.request.in_charge()
        return RIGHTFUL[party] if party else GATEWAY

    @rule(hours=st.integers(1, 200))
    def wait(self, hours: int) -> None:
        self.at += timedelta(hours=hours)

    @rule()
    def go_on(self) -> None:
        """What its parties do where nothing is in the way."""
        state, party = self.request.state, self.request.in_charge()
        by = self.rightful()
        if state is RequestState.DRAFT:
            self.attempt("submit", self.resource, FIELDS, by=by, at=self.at)
        elif state is RequestState.RETURNED:
            request = self.request
            self.attempt("resubmit", self.resource, FIELDS, request.wanted, request.purpose, by=by, at=self.at)
        elif state is RequestState.WITH_PROVIDER:
            self.attempt("forward", Forwarding(system="exchange", resource="R-7", key="k", since=self.at), by=by)
            for change in FORWARDINGS[:2]:
                self.attempt("track", partial(change, at=self.at), by=by)
            self.attempt("decide", self.request.wanted, DEFAULT_REASONS, by=by, at=self.at)
        else:
            names = {RequestState.OWN_APPROVAL: "approve_own", RequestState.COMPLIANCE: "pass_on"}
            intake = "open" if party is Party.GATEWAY else "take_up"
            name = "deliver" if state in ENDED else names.get(state, intake)
            self.attempt(name, by=by, at=self.at)

    @rule(name=st.sampled_from(PLAIN), by=ANYBODY)
    def step(self, name: str, by: Actor | None) -> None:
        self.attempt(name, by=by, at=self.at)

    @rule(by=ANYBODY)
    def submit(self, by: Actor | None) -> None:
        self.attempt("submit", self.resource, FIELDS, by=by, at=self.at)

    @rule(by=ANYBODY, wanted=TERMS, purpose=PURPOSES)
    def resubmit(self, by: Actor | None, wanted: Any, purpose: Purpose) -> None:
        self.attempt("resubmit", self.resource, FIELDS, wanted, purpose, by=by, at=self.at)

    @rule(by=ANYBODY, wanted=TERMS, purpose=PURPOSES)
    def revise(self, by: Actor | None, wanted: Any, purpose: Purpose) -> None:
        self.attempt("revise", wanted, purpose, by=by)

    @rule(by=ANYBODY, granted=TERMS, reason=REASONS)
    def decide(self, by: Actor | None, granted: Any, reason: str) -> None:
        self.attempt("decide", granted, DEFAULT_REASONS, by=by, at=self.at, reason=reason)

    @rule(by=ANYBODY, reason=REASONS)
    def refuse(self, by: Actor | None, reason: str) -> None:
        self.attempt("refuse", DEFAULT_REASONS, reason, by=by, at=self.at)

    @rule(by=ANYBODY, reason=REASONS, days=st.integers(-1, 20))
    def send_back(self, by: Actor | None, reason: str, days: int) -> None:
        until = self.at + timedelta(days=days)
        self.attempt("return_", DEFAULT_REASONS, reason, by=by, at=self.at, until=until)

    @rule(by=ANYBODY)
    def extend(self, by: Actor | None) -> None:
        self.attempt("extend", "延期告知", by=by, at=self.at)

    @rule(by=ANYBODY)
    def forward(self, by: Actor | None) -> None:
        self.attempt("forward", Forwarding(system="exchange", resource="R-7", key="k", since=self.at), by=by)

    @rule(by=ANYBODY, change=st.sampled_from(FORWARDINGS))
    def track(self, by: Actor | None, change: Callable[..., Forwarding]) -> None:
        self.attempt("track", partial(change, at=self.at), by=by)

    @rule(by=ANYBODY, party=st.sampled_from(Party))
    def add(self, by: Actor | None, party: Party) -> None:
        self.attempt("write", "说明", by=by, party=party, at=self.at)
        self.attempt("attach", a_file(), by=by, party=party)

    @invariant()
    def the_record_leads_to_the_state(self) -> None:
        state = RequestState.DRAFT
        for number, step in enumerate(self.request.steps, 1):
            assert (step.number, step.before) == (number, state)
            state = step.after
        assert state is self.request.state
        assert [step.at for step in self.request.steps] == sorted(step.at for step in self.request.steps)

    @invariant()
    def nobody_acted_on_both_sides(self) -> None:
        sides: dict[str, set[bool]] = {}
        for person, is_requesting, _ in self.acted:
            if person is not None:
                sides.setdefault(person, set()).add(is_requesting)
        assert all(len(both) == 1 for both in sides.values())

    @invariant()
    def whoever_approved_for_the_requester_had_not_asked(self) -> None:
        asked = set[str | None]()
        for person, _, name in self.acted:
            assert name != "approve_own" or person not in asked
            if name in {"draft", "submit", "resubmit", "revise"}:
                asked.add(person)

    @invariant()
    def what_was_given_is_within_what_was_asked_for(self) -> None:
        request = self.request
        assert (request.granted is not None) == (request.state in GIVEN)
        if request.granted is not None:
            assert request.granted.is_within(request.wanted)
            assert request.wanted.is_within(request.granted) == (request.state is RequestState.APPROVED)

    @invariant()
    def what_needs_a_decision_was_decided_by_its_provider_or_the_exchange(self) -> None:
        request = self.request
        if request.state not in GIVEN:
            return
        decided = [step for step in request.steps if step.action in {Action.DECIDE, Action.OPEN}]
        if request.sharing is SharingType.CONDITIONAL:
            by = Party.GATEWAY if request.decided_by is Authority.UPSTREAM else Party.PROVIDER
            assert decided[-1].by.party is by
        if request.decided_by is Authority.UPSTREAM:
            assert request.forwarding is not None
            assert request.forwarding.state is ForwardingState.DECIDED

    @invariant()
    def its_own_office_approved_what_left_its_body(self) -> None:
        request = self.request
        if request.own_office and request.state in {RequestState.COMPLIANCE, RequestState.WITH_PROVIDER, *GIVEN}:
            assert any(step.action is Action.APPROVE_OWN for step in request.steps)

    @invariant()
    def clocks_start_once_and_end_once_and_can_be_counted(self) -> None:
        running: dict[Stage, bool] = {}
        for step in self.request.steps:
            for mark in step.marks:
                before = running.get(mark.stage)
                if mark.effect is Effect.START:
                    assert before is None
                    running[mark.stage] = True
                elif mark.effect is Effect.END:
                    assert before is not None
                    del running[mark.stage]
                elif mark.effect is Effect.EXTEND:
                    assert before is True
                else:
                    assert before is (mark.effect is Effect.STOP)
                    running[mark.stage] = not before
        open_runs = [run for run in self.request.runs() if run.ended is None]
        assert {run.stage: not run.is_stopped() for run in open_runs} == running
        for run in self.request.runs():
            assert RULES.due(run) is not None

    @invariant()
    def somebody_is_in_charge_until_it_has_ended(self) -> None:
        assert (self.request.in_charge() is None) == (self.request.state in ENDED)


def test_no_sequence_of_attempts_brings_a_request_into_a_wrong_state() -> None:
    run_state_machine_as_test(
        Requests, settings=settings(max_examples=tried(60, 400), stateful_step_count=tried(25, 40))
    )
