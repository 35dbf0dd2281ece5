"""Share requests: the way from draft to decision, who may take which step, what is refused, and every step recorded."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from gateway.core import problems
from gateway.core.bodies import Bodies, Succession
from gateway.core.sharing.deadlines import Pause, Stage
from gateway.core.sharing.parties import GATEWAY, Actor, Party, acting
from gateway.core.sharing.reasons import DEFAULT_REASONS
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.resources import Authority, SharingType
from gateway.core.sharing.steps import (
    ACTION_NAMES,
    ENDED,
    LONGEST_TEXT,
    MOST_ATTACHMENTS,
    MOST_MESSAGES,
    MOST_STEPS,
    STATE_NAMES,
    Action,
    Effect,
    Purpose,
    RequestState,
    Step,
)
from gateway.core.sharing.terms import Access, Quota
from gateway.core.text import Language
from tests.sharing.making import (
    APPROVER,
    CHECKER,
    COLLEAGUE,
    DAY,
    DRAFTER,
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
    refused,
    some_terms,
    submitted,
    with_provider,
)

LATER = START + DAY
LESS = some_terms(fields={"name": Access.SHOW})
FREE = a_resource(sharing=SharingType.UNCONDITIONAL)
PURPOSE = Purpose("另一用途", "条例")


def returned(request: ShareRequest, by: Actor, at: datetime = LATER) -> ShareRequest:
    return request.return_(DEFAULT_REASONS, "purpose-unclear", by=by, at=at, until=at + 15 * DAY)


def again(request: ShareRequest, at: datetime = LATER, by: Actor = DRAFTER, **changes: Any) -> ShareRequest:
    wanted, purpose = changes.get("wanted", request.wanted), changes.get("purpose", request.purpose)
    return request.resubmit(a_resource(), FIELDS, wanted, purpose, by=by, at=at)


# ---- the way


def test_a_request_goes_from_draft_to_approval_with_every_step_on_the_record() -> None:
    request = with_provider().decide(some_terms(), DEFAULT_REASONS, by=OWNER, at=START + 2 * DAY)
    done = request.deliver(by=GATEWAY, at=START + 3 * DAY)
    assert done.state is RequestState.APPROVED
    assert done.granted == done.wanted
    assert done.in_charge() is None
    assert [(step.number, step.action, step.by.subject) for step in done.steps] == [
        (1, Action.SUBMIT, "drafter"),
        (2, Action.TAKE_UP, "checker"),
        (3, Action.PASS, "checker"),
        (4, Action.DECIDE, "owner"),
        (5, Action.DELIVER, None),
    ]
    assert done.version == 6
    refused(problems.SHARE_STATE, done.deliver, by=GATEWAY, at=LATER)


def test_where_its_own_office_has_to_approve_it_is_another_person_who_does() -> None:
    request = submitted(own_office=OFFICE)
    assert request.state is RequestState.OWN_APPROVAL
    assert request.in_charge() is Party.OWN_OFFICE
    approved = request.approve_own(by=APPROVER, at=LATER)
    assert approved.state is RequestState.SUBMITTED
    both = Actor("drafter", frozenset({REQUESTER, OFFICE}))
    refused(problems.SHARE_SAME_PERSON, request.approve_own, by=both, at=LATER)
    refused(problems.SHARE_PARTY, request.approve_own, by=COLLEAGUE, at=LATER)


def test_what_is_shared_unconditionally_skips_the_decision_and_not_the_record() -> None:
    request = a_draft().submit(FREE, FIELDS, by=DRAFTER, at=START)
    assert request.in_charge() is Party.GATEWAY
    done = request.open(by=GATEWAY, at=START)
    assert done.state is RequestState.APPROVED
    assert done.granted == request.wanted
    assert [step.action for step in done.steps] == [Action.SUBMIT, Action.OPEN]
    assert [(run.stage, run.ended) for run in done.runs()] == [(Stage.DECISION, START), (Stage.DELIVERY, None)]


def test_nobody_decides_on_what_is_shared_unconditionally() -> None:
    request = a_draft().submit(FREE, FIELDS, by=DRAFTER, at=START)
    for by in (CHECKER, GATEWAY):
        refused(problems.SHARE_STATE, request.take_up, by=by, at=LATER)
        refused(problems.SHARE_STATE, request.refuse, DEFAULT_REASONS, "not-held", by=by, at=LATER)
        refused(problems.SHARE_STATE, returned, request, by)
    refused(problems.SHARE_PARTY, request.open, by=CHECKER, at=LATER)
    refused(problems.SHARE_STATE, submitted().open, by=GATEWAY, at=LATER)


def test_a_partial_approval_narrows_and_names_a_reason_of_the_lists() -> None:
    request = with_provider()
    part = request.decide(LESS, DEFAULT_REASONS, by=OWNER, at=LATER, reason="beyond-necessary")
    assert (part.state, part.granted) == (RequestState.PARTLY_APPROVED, LESS)
    assert part.steps[-1].reason == "beyond-necessary"
    refusal = refused(problems.SHARE_REASON_UNKNOWN, request.decide, LESS, DEFAULT_REASONS, by=OWNER, at=LATER)
    assert "not-for-duties" in refusal.remedy(Language.EN)


@pytest.mark.parametrize(
    "changes",
    [
        {"quota": Quota(10, 1_000)},
        {"valid_until": START + 30 * DAY},
        {"items": frozenset({"11420000-0001"}), "persons": frozenset({"p"})},
        {"fields": {"name": Access.MASK, "phone": Access.MASK, "state": Access.SHOW}},
    ],
)
def test_less_of_anything_is_a_partial_approval(changes: dict[str, Any]) -> None:
    done = with_provider().decide(some_terms(**changes), DEFAULT_REASONS, by=OWNER, at=LATER, reason="beyond-necessary")
    assert done.state is RequestState.PARTLY_APPROVED


@pytest.mark.parametrize(
    "changes",
    [
        {"fields": {"name": Access.SHOW, "income": Access.SHOW}},
        {"fields": {"phone": Access.SHOW}},
        {"quota": Quota(None, 1_000)},
        {"valid_until": START + 366 * DAY},
        {"bodies": frozenset({REQUESTER, HUB})},
        {"items": frozenset({"*"})},
    ],
)
def test_a_decision_gives_no_more_than_was_asked_for(changes: dict[str, Any]) -> None:
    more = some_terms(**changes)
    refused(problems.SHARE_BEYOND_REQUEST, with_provider().decide, more, DEFAULT_REASONS, by=OWNER, at=LATER)


def test_an_approval_of_nothing_is_none() -> None:
    nothing = some_terms(fields={})
    refused(problems.SHARE_INVALID, with_provider().decide, nothing, DEFAULT_REASONS, by=OWNER, at=LATER)


@pytest.mark.parametrize(
    ("request_", "by"),
    [
        (submitted(own_office=OFFICE), APPROVER),
        (submitted(), CHECKER),
        (submitted().take_up(by=CHECKER, at=START), CHECKER),
        (with_provider(), OWNER),
    ],
)
def test_whoever_is_in_charge_refuses_or_returns_for_a_reason_of_the_lists(request_: ShareRequest, by: Actor) -> None:
    no = request_.refuse(DEFAULT_REASONS, "not-for-duties", by=by, at=LATER, note="见附件")
    assert (no.state, no.steps[-1].reason, no.steps[-1].note) == (RequestState.REFUSED, "not-for-duties", "见附件")
    assert returned(request_, by).state is RequestState.RETURNED
    refused(problems.SHARE_REASON_UNKNOWN, request_.refuse, DEFAULT_REASONS, "other", by=by, at=LATER)
    refused(problems.SHARE_PARTY, request_.refuse, DEFAULT_REASONS, "not-held", by=COLLEAGUE, at=LATER)
    end = {"by": by, "at": LATER, "until": LATER}
    refused(problems.SHARE_INVALID, request_.return_, DEFAULT_REASONS, "purpose-unclear", **end)


# ---- sent back


def test_a_returned_request_goes_back_to_where_it_was() -> None:
    back = again(returned(with_provider(), OWNER))
    assert back.state is RequestState.WITH_PROVIDER
    assert (back.returned_from, back.expires_at) == (None, None)
    assert again(returned(submitted(), CHECKER), wanted=LESS).state is RequestState.SUBMITTED


def test_what_was_changed_is_approved_by_its_own_office_again() -> None:
    asked = submitted(own_office=OFFICE).approve_own(by=APPROVER, at=START).take_up(by=CHECKER, at=START)
    same = again(returned(asked, CHECKER))
    assert same.state is RequestState.COMPLIANCE
    changed = again(returned(asked, CHECKER), purpose=PURPOSE)
    assert changed.state is RequestState.OWN_APPROVAL
    twice = again(returned(changed, APPROVER), wanted=LESS)
    assert twice.state is RequestState.OWN_APPROVAL
    assert twice.approve_own(by=APPROVER, at=LATER).state is RequestState.COMPLIANCE


def test_a_draft_can_be_revised_and_nothing_else() -> None:
    revised = a_draft().revise(LESS, PURPOSE, by=COLLEAGUE)
    assert (revised.wanted, revised.purpose) == (LESS, PURPOSE)
    refused(problems.SHARE_PARTY, a_draft().revise, LESS, PURPOSE, by=OWNER)
    mine = revised.submit(a_resource(), FIELDS, by=DRAFTER, at=START)
    refused(problems.SHARE_SAME_PERSON, mine.take_up, by=Actor("colleague", frozenset({HUB})), at=LATER)
    refused(problems.SHARE_STATE, submitted().revise, LESS, PURPOSE, by=DRAFTER)


# ---- who


def test_nobody_acts_on_both_sides() -> None:
    everywhere = Actor("drafter", frozenset({REQUESTER, HUB, PROVIDER}))
    refused(problems.SHARE_SAME_PERSON, submitted().take_up, by=everywhere, at=LATER)
    checker = Actor("checker", frozenset({REQUESTER, HUB}))
    refused(problems.SHARE_SAME_PERSON, with_provider().withdraw, by=checker, at=LATER)
    wrote = submitted().write("请尽快", by=COLLEAGUE, party=Party.REQUESTER, at=LATER)
    refused(problems.SHARE_SAME_PERSON, wrote.take_up, by=Actor("colleague", frozenset({HUB})), at=LATER)
    filed = submitted().attach(a_file(), by=COLLEAGUE, party=Party.REQUESTER)
    refused(problems.SHARE_SAME_PERSON, filed.take_up, by=Actor("colleague", frozenset({HUB})), at=LATER)


def test_the_gateway_takes_no_persons_step_and_no_person_the_gateways() -> None:
    refused(problems.SHARE_PARTY, submitted().take_up, by=GATEWAY, at=LATER)
    refused(problems.SHARE_PARTY, a_draft().expire, by=DRAFTER, at=START + 31 * DAY)


def test_a_persons_body_acts_for_those_that_it_succeeded() -> None:
    bodies = Bodies([Succession(HUB, "NEW", date(2026, 1, 1))])
    person = acting("p", "NEW", submitted().bodies, bodies, date(2026, 3, 2))
    assert person.bodies == {HUB}
    assert submitted().take_up(by=person, at=LATER).state is RequestState.COMPLIANCE
    assert acting("p", "NEW", submitted().bodies, bodies, date(2025, 12, 31)).bodies == frozenset()


def test_nothing_that_is_printed_names_anybody() -> None:
    request = submitted().write("王某", by=COLLEAGUE, party=Party.REQUESTER, at=LATER)
    request = request.attach(a_file("王某.pdf"), by=COLLEAGUE, party=Party.REQUESTER)
    shown = f"{request!r} {DRAFTER!r} {GATEWAY!r} {request.messages!r} {request.attachments!r}"
    assert "王某" not in shown
    assert "drafter" not in shown


# ---- what can be asked for


def test_what_is_not_shared_cannot_be_asked_for() -> None:
    closed = a_resource(sharing=SharingType.NOT_SHARED)
    refused(problems.SHARE_NOT_SHARED, a_draft().submit, closed, FIELDS, by=DRAFTER, at=START)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"wanted": some_terms(fields={"other": Access.SHOW})}, "wanted.fields.other"),
        ({"wanted": some_terms(items=frozenset())}, "wanted.items"),
        ({"resource": "307001/00013"}, "resource"),
        ({"provider": HUB}, "resource"),
        ({"requester": PROVIDER}, "resource"),
    ],
)
def test_an_unsound_request_is_not_submitted(changes: dict[str, Any], field: str) -> None:
    by = Actor("drafter", frozenset({REQUESTER, PROVIDER}))
    refusal = refused(problems.SHARE_INVALID, a_draft(**changes).submit, a_resource(), FIELDS, by=by, at=START)
    assert refusal.field == field


def test_only_what_the_item_needs_can_be_asked_for() -> None:
    needed = frozenset({"name", "phone"})
    refusal = refused(problems.SHARE_INVALID, a_draft().submit, a_resource(), needed, by=DRAFTER, at=START)
    assert refusal.field == "wanted.fields.state"


@pytest.mark.parametrize("purpose", [Purpose("", "b"), Purpose("p", " "), Purpose("p" * (LONGEST_TEXT + 1), "b")])
def test_a_purpose_says_something_within_bounds(purpose: Purpose) -> None:
    request = a_draft(purpose=purpose)
    refused(problems.SHARE_TEXT_INVALID, request.submit, a_resource(), FIELDS, by=DRAFTER, at=START)


def test_submitting_takes_what_the_catalogue_says_now() -> None:
    request = a_draft().submit(a_resource(version=7), FIELDS, by=DRAFTER, at=START)
    assert request.resource_version == 7


# ---- time


def test_a_draft_and_a_return_expire_and_not_before() -> None:
    refused(problems.SHARE_STATE, a_draft().expire, by=GATEWAY, at=START + 30 * DAY - DAY / 2)
    assert a_draft().expire(by=GATEWAY, at=START + 30 * DAY).state is RequestState.EXPIRED
    refused(problems.SHARE_STATE, a_draft(expires_at=None).expire, by=GATEWAY, at=START + 900 * DAY)
    waiting = returned(submitted(), CHECKER)
    assert waiting.expire(by=GATEWAY, at=LATER + 15 * DAY).state is RequestState.EXPIRED
    refused(problems.SHARE_STATE, submitted().expire, by=GATEWAY, at=START + 900 * DAY)


def test_a_stage_is_extended_once_with_notice() -> None:
    request = submitted().take_up(by=CHECKER, at=START).extend("材料较多", by=CHECKER, at=LATER)
    assert request.steps[-1].note == "材料较多"
    refused(problems.SHARE_EXTENDED_ALREADY, request.extend, "再延", by=CHECKER, at=LATER)
    onward = request.pass_on(by=CHECKER, at=LATER).extend("核查", by=OWNER, at=LATER)
    assert [run.extended for run in onward.runs()] == [True, True]
    refused(problems.SHARE_TEXT_INVALID, with_provider().extend, " ", by=OWNER, at=LATER)


def test_a_clock_behind_does_not_turn_the_record_back() -> None:
    request = submitted().take_up(by=CHECKER, at=START - DAY)
    assert [step.at for step in request.steps] == [START, START]


def test_runs_tell_when_each_stage_began_stood_still_and_ended() -> None:
    days = [START + day * DAY for day in range(10)]
    request = submitted(own_office=OFFICE).approve_own(by=APPROVER, at=days[1]).take_up(by=CHECKER, at=days[2])
    request = again(returned(request, CHECKER, days[3]), days[4], purpose=PURPOSE)
    request = again(returned(request, APPROVER, days[5]), days[6]).approve_own(by=APPROVER, at=days[7])
    request = request.pass_on(by=CHECKER, at=days[8]).decide(
        LESS, DEFAULT_REASONS, by=OWNER, at=days[9], reason="beyond-necessary"
    )
    runs = [(run.stage, run.started, run.pauses, run.ended) for run in request.runs()]
    assert runs == [
        (Stage.OWN_APPROVAL, days[0], (), days[1]),
        (Stage.COMPLIANCE, days[1], (Pause(days[3], days[7]),), days[8]),
        (Stage.OWN_APPROVAL, days[4], (Pause(days[5], days[6]),), days[7]),
        (Stage.DECISION, days[8], (), days[9]),
        (Stage.DELIVERY, days[9], (), None),
    ]


@pytest.mark.parametrize("end", ["withdraw", "expire"])
def test_all_clocks_end_with_a_request_that_ends_while_returned(end: str) -> None:
    waiting = returned(submitted(), CHECKER)
    by, at = (DRAFTER, LATER) if end == "withdraw" else (GATEWAY, LATER + 20 * DAY)
    done = getattr(waiting, end)(by=by, at=at)
    assert [mark.effect for mark in done.steps[-1].marks] == [Effect.END]
    (run,) = done.runs()
    assert run.ended == at
    assert run.pauses == (Pause(LATER, at),)


def test_a_draft_has_no_clock() -> None:
    assert a_draft().withdraw(by=DRAFTER, at=LATER).runs() == ()


# ---- additions


def test_parties_write_and_attach_while_it_is_open_and_within_bounds() -> None:
    request = submitted().write("补充说明", by=CHECKER, party=Party.AUTHORITY, at=LATER)
    request = request.attach(a_file(), by=OWNER, party=Party.PROVIDER)
    assert request.messages[0].by.party is Party.AUTHORITY
    assert request.attachments[0].added_by.subject == "owner"
    refused(problems.SHARE_PARTY, request.write, "x", by=OWNER, party=Party.AUTHORITY, at=LATER)
    refused(problems.SHARE_TEXT_INVALID, request.write, "", by=OWNER, party=Party.PROVIDER, at=LATER)
    full = msgspec.structs.replace(
        request, messages=request.messages * MOST_MESSAGES, attachments=request.attachments * MOST_ATTACHMENTS
    )
    refused(problems.SHARE_TOO_MANY, full.write, "x", by=OWNER, party=Party.PROVIDER, at=LATER)
    refused(problems.SHARE_TOO_MANY, full.attach, a_file(), by=OWNER, party=Party.PROVIDER)
    over = request.withdraw(by=DRAFTER, at=LATER)
    refused(problems.SHARE_STATE, over.write, "x", by=OWNER, party=Party.PROVIDER, at=LATER)


def test_a_record_that_is_full_can_only_end() -> None:
    step = submitted().steps[0]
    full = msgspec.structs.replace(submitted(), steps=(step,) * MOST_STEPS)
    refused(problems.SHARE_TOO_MANY, full.take_up, by=CHECKER, at=LATER)
    assert full.withdraw(by=DRAFTER, at=LATER).state in ENDED


def test_every_state_and_action_has_a_name_in_both_languages() -> None:
    assert set(STATE_NAMES) == set(RequestState)
    assert set(ACTION_NAMES) == set(Action)


def test_steps_survive_being_written_down() -> None:
    request = returned(with_provider(), OWNER)
    for step in request.steps:
        assert msgspec.json.decode(msgspec.json.encode(step), type=Step) == step
    assert msgspec.json.decode(msgspec.json.encode(request), type=ShareRequest) == request
    assert request.steps[0].at == datetime(2026, 3, 2, 4, tzinfo=UTC)
    assert request.decided_by is Authority.LOCAL
