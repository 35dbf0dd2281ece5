"""Forwarding to an exchange: numbered there, in two stages, never repeated by itself, reconciled when it forgets."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.sharing.forwarding import MOST_MISSED, Forwarding, ForwardingState
from gateway.core.sharing.parties import GATEWAY
from gateway.core.sharing.reasons import DEFAULT_REASONS
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.resources import SharingType
from gateway.core.sharing.steps import RequestState
from tests.sharing.making import (
    CHECKER,
    DAY,
    DRAFTER,
    FIELDS,
    OWNER,
    START,
    a_draft,
    refused,
    some_terms,
    submitted,
    upstream_resource,
)


def queued() -> Forwarding:
    return Forwarding(system="exchange", resource="R-7", key="q-1", since=START)


def numbered() -> Forwarding:
    return queued().sending(START).numbered("N-1", START)


def forwarded() -> ShareRequest:
    request = a_draft().submit(upstream_resource(), FIELDS, by=DRAFTER, at=START)
    request = request.take_up(by=CHECKER, at=START).pass_on(by=CHECKER, at=START)
    return request.forward(queued(), by=GATEWAY)


def test_a_request_is_sent_numbered_and_decided_in_two_stages() -> None:
    one = numbered()
    assert (one.state, one.number, one.attempts) == (ForwardingState.NUMBERED, "N-1", 1)
    two = one.pending().first_stage(START + DAY)
    assert two.decided(START + 2 * DAY).state is ForwardingState.DECIDED
    assert one.decided(START).state is ForwardingState.DECIDED


def test_a_call_without_an_answer_is_in_doubt_and_settled_by_whoever_looked() -> None:
    doubt = queued().sending(START).unanswered(START)
    assert doubt.needs_person()
    refused(problems.SHARE_FORWARDING, doubt.sending, START)
    assert doubt.numbered("N-9", START).number == "N-9"
    again = doubt.not_taken(START).sending(START)
    assert (again.state, again.attempts) == (ForwardingState.SENDING, 2)
    assert not again.needs_person()


def test_an_exchange_that_forgets_a_request_is_believed_only_after_some_polls() -> None:
    one = numbered()
    for _ in range(MOST_MISSED - 1):
        one = one.unknown_there(START)
    assert one.state is ForwardingState.NUMBERED
    assert one.pending().missed == 0
    lost = one.unknown_there(START)
    assert lost.state is ForwardingState.LOST
    assert lost.needs_person()
    assert lost.not_taken(START).number is None
    assert lost.numbered("N-1", START).missed == 0


def test_a_state_never_begins_before_the_last_one() -> None:
    assert queued().sending(START - DAY).since == START


STEPS: dict[str, Callable[[Forwarding], Forwarding]] = {
    "sending": lambda one: one.sending(START),
    "unanswered": lambda one: one.unanswered(START),
    "not_taken": lambda one: one.not_taken(START),
    "numbered": lambda one: one.numbered("N", START),
    "first_stage": lambda one: one.first_stage(START),
    "pending": Forwarding.pending,
    "unknown_there": lambda one: one.unknown_there(START),
    "decided": lambda one: one.decided(START),
    "unsent": lambda one: one.unsent(START),
    "called_off": lambda one: one.called_off(START),
    "unused": lambda one: one.unused(START),
}


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=30))
def test_whatever_is_tried_it_is_numbered_where_it_is_known_and_what_is_decided_stays(names: list[str]) -> None:
    one = queued()
    for name in names:
        try:
            after = STEPS[name](one)
        except Refusal as refusal:
            assert refusal.problem is problems.SHARE_FORWARDING  # noqa: PT017 - some are refused, some are not
            continue
        assert not one.is_finished
        if name == "sending":
            assert one.state is ForwardingState.QUEUED
        one = after
        known = {ForwardingState.NUMBERED, ForwardingState.FIRST_STAGE, ForwardingState.DECIDED}
        assert one.number is not None or one.state not in known


# ---- in a request


def test_what_the_exchange_decided_is_decided_here_by_the_gateway() -> None:
    request = forwarded().track(lambda one: one.sending(START).numbered("N-1", START), by=GATEWAY)
    done = request.decide(some_terms(), DEFAULT_REASONS, by=GATEWAY, at=START)
    assert done.state is RequestState.APPROVED
    assert done.forwarding is not None
    assert done.forwarding.state is ForwardingState.DECIDED
    no = request.refuse(DEFAULT_REASONS, "not-held", by=GATEWAY, at=START)
    assert no.forwarding is not None
    assert (no.state, no.forwarding.state) == (RequestState.REFUSED, ForwardingState.DECIDED)
    refused(problems.SHARE_PARTY, request.decide, some_terms(), DEFAULT_REASONS, by=OWNER, at=START)


def test_nothing_is_decided_that_the_exchange_does_not_have() -> None:
    decide: Any = forwarded().decide
    refused(problems.SHARE_FORWARDING, decide, some_terms(), DEFAULT_REASONS, by=GATEWAY, at=START)
    bare = a_draft().submit(upstream_resource(), FIELDS, by=DRAFTER, at=START)
    bare = bare.take_up(by=CHECKER, at=START).pass_on(by=CHECKER, at=START)
    refused(problems.SHARE_STATE, bare.decide, some_terms(), DEFAULT_REASONS, by=GATEWAY, at=START)


def test_an_unconditional_resource_of_an_exchange_is_numbered_there() -> None:
    free = upstream_resource(sharing=SharingType.UNCONDITIONAL)
    request = a_draft().submit(free, FIELDS, by=DRAFTER, at=START).open(by=GATEWAY, at=START)
    assert request.state is RequestState.WITH_PROVIDER
    assert request.forward(queued(), by=GATEWAY).forwarding == queued()


@pytest.mark.parametrize("request_", [submitted(), forwarded()])
def test_a_request_is_forwarded_once_and_by_the_gateway(request_: ShareRequest) -> None:
    refused(problems.SHARE_STATE, request_.forward, queued(), by=GATEWAY)


def test_only_a_forwarded_request_is_tracked_and_by_the_gateway() -> None:
    refused(problems.SHARE_STATE, submitted().track, Forwarding.pending, by=GATEWAY)
    local = submitted().take_up(by=CHECKER, at=START).pass_on(by=CHECKER, at=START)
    refused(problems.SHARE_STATE, local.track, Forwarding.pending, by=GATEWAY)
    refused(problems.SHARE_PARTY, forwarded().track, Forwarding.pending, by=OWNER)
    refused(problems.SHARE_FORWARDING, forwarded().track, Forwarding.pending, by=GATEWAY)
    refused(problems.SHARE_PARTY, local.forward, queued(), by=OWNER)
