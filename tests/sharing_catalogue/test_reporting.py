"""The yearly report: a year counted by hand, and every walk of requests counted as a reader of its steps would."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.clock import CHINA, china_date
from gateway.core.errors import Refusal
from gateway.core.sharing.deadlines import DeadlineRules, Run, Stage
from gateway.core.sharing.parties import GATEWAY, Actor, Party
from gateway.core.sharing.reasons import DEFAULT_REASONS
from gateway.core.sharing.reporting import Figure, PairCount, ReportCount, ReportLine, ShareReport, Year
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.resources import SharingType
from gateway.core.sharing.rules import NATIONAL
from gateway.core.sharing.steps import Action, RequestState, Step
from gateway.core.sharing.terms import Access
from tests.sharing.making import (
    APPROVER,
    CHECKER,
    DRAFTER,
    FIELDS,
    OFFICE,
    OWNER,
    PROVIDER,
    REQUESTER,
    a_draft,
    a_resource,
    some_terms,
    the_calendar,
)

RULES = DeadlineRules(3, NATIONAL, the_calendar())
AFTER = datetime(2027, 6, 1, tzinfo=CHINA)
OTHER = "91110000600037341L"


def at(month: int, day: int, hour: int = 10, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=CHINA)


def counted(*requests: ShareRequest, year: int = 2026, now: datetime = AFTER) -> ShareReport:
    count = ReportCount(Year.of(year, now), RULES)
    for request in requests:
        count.add_request(request)
    return count.report()


def figures(line: ReportLine) -> dict[Figure, int]:
    return {figure: many for figure, many in line.figures.items() if many}


def submitted(month: int, day: int, **changes: Any) -> ShareRequest:
    draft = a_draft(drafted_at=at(month, day), expires_at=at(month, day) + timedelta(days=30), **changes)
    return draft.submit(a_resource(), FIELDS, by=DRAFTER, at=at(month, day))


def with_provider(month: int, day: int, **changes: Any) -> ShareRequest:
    asked = submitted(month, day, **changes).take_up(by=CHECKER, at=at(month, day, 11))
    return asked.pass_on(by=CHECKER, at=at(month, day, 12))


def approved(request: ShareRequest, when: datetime) -> ShareRequest:
    return request.decide(request.wanted, DEFAULT_REASONS, by=OWNER, at=when).deliver(by=GATEWAY, at=when)


def returned(request: ShareRequest, when: datetime, by: Actor = OWNER) -> ShareRequest:
    until = when + timedelta(days=60)
    return request.return_(DEFAULT_REASONS, "purpose-unclear", by=by, at=when, until=until)


def resubmitted(request: ShareRequest, when: datetime) -> ShareRequest:
    return request.resubmit(a_resource(), FIELDS, request.wanted, request.purpose, by=DRAFTER, at=when)


def test_a_year_that_was_counted_by_hand() -> None:
    in_time = approved(with_provider(3, 2), at(3, 6))  # Monday to Friday: 4 working days
    late = approved(with_provider(3, 2, id="q-2"), at(3, 23))  # 15 working days, and 10 are the limit
    part = msgspec.structs.replace(with_provider(4, 1, id="q-3").wanted, fields={"name": Access.MASK})
    partly = with_provider(4, 1, id="q-3").decide(
        part, DEFAULT_REASONS, by=OWNER, at=at(4, 2), reason="beyond-necessary"
    )  # a working day; its delivery is late
    mended = resubmitted(returned(with_provider(5, 6, id="q-4"), at(5, 7)), at(5, 28))
    refused = mended.refuse(DEFAULT_REASONS, "not-held", by=OWNER, at=at(5, 29))  # 7 and 29 May
    gone = submitted(6, 1, id="q-5").withdraw(by=DRAFTER, at=at(6, 2))
    expired = returned(submitted(6, 1, id="q-6"), at(6, 2), by=CHECKER).expire(by=GATEWAY, at=at(9, 2))
    forgotten = submitted(12, 30, id="q-7")
    report = counted(in_time, late, partly, refused, gone, expired, forgotten)
    assert figures(report.total) == {
        Figure.RECEIVED: 7,
        Figure.APPROVED: 2,
        Figure.PARTLY_APPROVED: 1,
        Figure.REFUSED: 1,
        Figure.RETURNED: 2,
        Figure.WITHDRAWN: 1,
        Figure.EXPIRED: 1,
        Figure.DAYS: 4 + 15 + 1 + 2,
        Figure.OVERDUE: 2,
    }
    assert report.total.average_days == 5.5
    assert report.edition == 3
    (provider,), (requester,) = report.providers, report.requesters
    assert (provider.body, requester.body, report.total.body) == (PROVIDER, REQUESTER, None)
    assert provider.figures == requester.figures == report.total.figures


def test_what_never_reached_the_authority_is_nobodys_number() -> None:
    draft = a_draft(own_office=OFFICE, drafted_at=at(3, 2), expires_at=at(4, 1))
    waiting = draft.submit(a_resource(), FIELDS, by=DRAFTER, at=at(3, 2))
    no = waiting.refuse(DEFAULT_REASONS, "not-for-duties", by=APPROVER, at=at(3, 3))
    report = counted(draft, draft.expire(by=GATEWAY, at=at(4, 1)), waiting, no)
    assert (report.total.figures, report.providers, report.total.average_days) == ({}, (), None)


def test_what_its_own_office_ends_later_was_taken_back_by_the_requesters_side() -> None:
    draft = a_draft(own_office=OFFICE, drafted_at=at(3, 2), expires_at=at(4, 1))
    sent = draft.submit(a_resource(), FIELDS, by=DRAFTER, at=at(3, 2)).approve_own(by=APPROVER, at=at(3, 3))
    back = returned(sent, at(3, 4), by=CHECKER)
    less = some_terms(fields={"name": Access.MASK})
    again = back.resubmit(a_resource(), FIELDS, less, back.purpose, by=DRAFTER, at=at(3, 5))
    assert again.state is RequestState.OWN_APPROVAL
    to_mend = returned(again, at(3, 6), by=APPROVER)
    no = again.refuse(DEFAULT_REASONS, "not-for-duties", by=APPROVER, at=at(3, 6))
    usual = {Figure.RECEIVED: 1, Figure.RETURNED: 1}
    assert figures(counted(to_mend).total) == usual
    assert figures(counted(no).total) == usual | {Figure.WITHDRAWN: 1}


def test_each_year_has_its_own_part_and_the_present_one_ends_now() -> None:
    asked = with_provider(12, 30)
    request = approved(asked, at(1, 4, year=2027))
    assert figures(counted(request).total) == {Figure.RECEIVED: 1}
    following = counted(request, year=2027)
    assert figures(following.total)[Figure.APPROVED] == 1
    assert Figure.RECEIVED not in following.total.figures
    assert following.year.end == AFTER
    assert figures(counted(asked, now=at(12, 30, 9)).total) == {}
    assert figures(counted(asked, year=2027, now=at(3, 1, year=2027)).total) == {Figure.OVERDUE: 1}
    assert figures(counted(asked, year=2027, now=at(1, 5, year=2027)).total) == {}


def test_what_is_opened_by_law_is_approved_and_what_waits_without_a_rule_is_never_late() -> None:
    draft = a_draft(sharing=SharingType.UNCONDITIONAL, drafted_at=at(3, 2), expires_at=at(4, 1))
    opened = draft.submit(a_resource(sharing=SharingType.UNCONDITIONAL), FIELDS, by=DRAFTER, at=at(3, 2))
    given_ = opened.open(by=GATEWAY, at=at(3, 2)).deliver(by=GATEWAY, at=at(3, 2))
    assert figures(counted(given_).total) == {Figure.RECEIVED: 1, Figure.APPROVED: 1}
    assert counted(given_).total.average_days == 0
    count = ReportCount(Year.of(2026, AFTER), DeadlineRules(1, (), the_calendar()))
    count.add_request(with_provider(3, 2))
    assert figures(count.report().total) == {Figure.RECEIVED: 1}


def test_resources_grants_records_and_disputes_are_counted_for_their_bodies() -> None:
    count = ReportCount(Year.of(2026, AFTER), RULES)
    for sharing in SharingType:
        count.add_resource(a_resource(sharing=sharing))
    count.add_resource(a_resource(provider=OTHER))
    count.add_pairs(Figure.GRANTS, [PairCount(PROVIDER, REQUESTER, 2), PairCount(OTHER, REQUESTER, 3)])
    count.add_pairs(Figure.RECORDS, [PairCount(PROVIDER, REQUESTER, 40)])
    report = count.report()
    assert count.bodies == 3
    assert [(line.body, line.of(Figure.GRANTS)) for line in report.providers] == [(PROVIDER, 2), (OTHER, 3)]
    assert [(line.body, line.of(Figure.GRANTS)) for line in report.requesters] == [(REQUESTER, 5)]
    assert report.total.of(Figure.CONDITIONAL) == 2
    assert report.total.of(Figure.RECORDS) == 40
    assert report.total.of(Figure.DISPUTES) == 0


# ---- every walk

WALKS = st.lists(st.tuples(st.integers(0, 100), st.integers(1, 24 * 30)), max_size=14)


def moves(request: ShareRequest, sharing: SharingType, now: datetime) -> Iterator[Callable[[], ShareRequest]]:
    """Everything that anybody could want to do with it."""
    by = {Party.OWN_OFFICE: APPROVER, Party.AUTHORITY: CHECKER, Party.PROVIDER: OWNER, Party.GATEWAY: GATEWAY}.get(
        request.in_charge() or Party.GATEWAY, DRAFTER
    )
    resource, wanted, reasons = a_resource(sharing=sharing), request.wanted, DEFAULT_REASONS
    part = msgspec.structs.replace(wanted, fields={"name": Access.MASK})
    less = msgspec.structs.replace(wanted, valid_until=wanted.valid_until - timedelta(days=1))
    yield lambda: request.submit(resource, FIELDS, by=DRAFTER, at=now)
    yield lambda: request.approve_own(by=by, at=now)
    yield lambda: request.take_up(by=by, at=now)
    yield lambda: request.pass_on(by=by, at=now)
    yield lambda: request.open(by=by, at=now)
    yield lambda: returned(request, now, by=by)
    yield lambda: request.deliver(by=GATEWAY, at=now)
    yield lambda: resubmitted(request, now)
    yield lambda: request.resubmit(resource, FIELDS, less, request.purpose, by=DRAFTER, at=now)
    yield lambda: request.extend("延期", by=by, at=now)
    yield lambda: request.decide(wanted, reasons, by=by, at=now)
    yield lambda: request.decide(part, reasons, by=by, at=now, reason="not-held")
    yield lambda: request.refuse(reasons, "not-held", by=by, at=now)
    yield lambda: request.withdraw(by=DRAFTER, at=now)
    yield lambda: request.expire(by=GATEWAY, at=now)


def able(request: ShareRequest, sharing: SharingType, now: datetime) -> Iterator[ShareRequest]:
    """What it could be after a move."""
    for move in moves(request, sharing, now):
        with suppress(Refusal):
            yield move()


def walked(number: int, walk: list[tuple[int, int]], sharing: SharingType, *, office: bool) -> ShareRequest:
    """A request that went wherever these choices took it, from the end of 2025 on."""
    now = at(12, 20, year=2025) + timedelta(days=number)
    request = a_draft(
        id=f"q-{number}", own_office=OFFICE if office else None, drafted_at=now, sharing=sharing,
        expires_at=now + timedelta(days=20),
    )  # fmt: skip
    for choice, hours in walk:
        now += timedelta(hours=hours)
        if after := list(able(request, sharing, now)):
            request = after[choice % len(after)]
    return request


def read_by_hand(request: ShareRequest, year: int, now: datetime) -> Counter[Figure]:
    """The same numbers, read off one step after the other and one day after the other."""
    since, until = at(1, 1, 0, year), min(at(1, 1, 0, year + 1), now)
    steps = [step for step in request.steps if step.at < until]
    reached = [step.at for step in steps if step.after is RequestState.SUBMITTED]
    found: Counter[Figure] = Counter()
    if not reached:
        return found
    found[Figure.RECEIVED] = since <= reached[0]
    for step in (step for step in steps if since <= step.at and reached[0] <= step.at):
        told = meaning(step)
        if told is not None:
            found[told] += 1
        if told in {Figure.APPROVED, Figure.PARTLY_APPROVED, Figure.REFUSED}:
            found[Figure.DAYS] += days_by_hand(steps, china_date(reached[0]), china_date(step.at))
    runs = msgspec.structs.replace(request, steps=tuple(steps)).runs()
    found[Figure.OVERDUE] = any(became_late(run, since, until) for run in runs)
    return +found


def meaning(step: Step) -> Figure | None:
    """What a step of a request that reached the authority means to a reader."""
    own = step.by.party is Party.OWN_OFFICE
    whole = step.after is RequestState.APPROVED
    return {
        Action.OPEN: Figure.APPROVED,
        Action.DECIDE: Figure.APPROVED if whole else Figure.PARTLY_APPROVED,
        Action.REFUSE: Figure.WITHDRAWN if own else Figure.REFUSED,
        Action.RETURN: None if own else Figure.RETURNED,
        Action.WITHDRAW: Figure.WITHDRAWN,
        Action.EXPIRE: Figure.EXPIRED,
    }.get(step.action)


def became_late(run: Run, since: datetime, until: datetime) -> bool:
    due = RULES.due(run)
    if run.stage is Stage.OWN_APPROVAL or due is None or due.day is None or not RULES.overdue(run, until):
        return False
    return since <= at(due.day.month, due.day.day, 0, due.day.year) + timedelta(days=1) < until


def days_by_hand(steps: Any, received: date, decided: date) -> int:
    """Working days after receipt at whose first moment the request was not with the requester."""
    count = 0
    for ahead in range(1, (decided - received).days + 1):
        day = received + timedelta(days=ahead)
        before = [step.after for step in steps if step.at < datetime.combine(day, time(), CHINA)]
        is_away = before[-1] in {RequestState.RETURNED, RequestState.OWN_APPROVAL}
        count += the_calendar().is_working(day) and not is_away
    return count


@given(
    walks=st.lists(st.tuples(WALKS, st.sampled_from(SharingType), st.booleans()), min_size=1, max_size=3),
    year=st.sampled_from([2025, 2026]),
    days=st.integers(10, 500),
)
def test_every_walk_is_counted_as_its_steps_say(walks: Any, year: int, days: int) -> None:
    now = at(12, 31, year=2025) + timedelta(days=days)
    requests = [walked(number, walk, sharing, office=office) for number, (walk, sharing, office) in enumerate(walks)]
    expected: Counter[Figure] = sum((read_by_hand(one, year, now) for one in requests), Counter())
    assert figures(counted(*requests, year=year, now=now).total) == dict(+expected)


@pytest.mark.parametrize("year", [2025, 2026])
def test_a_year_is_that_of_china(year: int) -> None:
    made = Year.of(year, AFTER)
    assert made.has(at(1, 1, 0, year))
    assert not made.has(at(1, 1, 0, year) - timedelta(seconds=1))
    assert made.has(at(12, 31, 23, year))
    assert not made.has(at(1, 1, 0, year + 1))
