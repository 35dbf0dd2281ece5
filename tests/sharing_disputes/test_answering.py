"""Answering a dispute: the source alone, once, and everyone who received the record takes note of it himself."""

import asyncio
from datetime import date
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from gateway.core import problems
from gateway.core.bodies import Succession
from gateway.core.caller import Role
from gateway.core.sharing.corrections import DisputeRole, DisputeState
from gateway.core.sharing.deadlines import DeadlineRules
from gateway.core.sharing.rules import NATIONAL, ShareRules
from gateway.core.tasks import Claim
from gateway.services.sharing.disputes import answer_dispute, reach
from gateway.services.sharing.disputes.answer_dispute import DisputeAnswer, SourceStep
from gateway.services.sharing.share_day import KIND_DAY, ShareDay
from gateway.store.tables.sharing import share_disputes
from tests.sharing.making import DAY, HUB, OFFICE, PROVIDER, REQUESTER, START, the_calendar
from tests.sharing_disputes.hall import AT_HALL, OTHERS, Hall, Successions
from tests.sharing_disputes.test_reporting import refused
from tests.sharing_service.offices import (
    ASKER,
    AUDITOR,
    CHECKER,
    CITIZEN,
    GIVER,
    HUB_OFFICE,
    NOBODY,
    STRANGER,
    call,
    person,
)
from tests.sharing_service.test_clocks_and_grants import Tasks
from tests.sharing_service.test_request_to_grant import Changes


async def test_everyone_who_received_the_record_is_to_be_told(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "_AT_ONCE", 2)
    seen = await hall.reported()
    for application in ("portal", "hall", "portal"):
        hall.clock.step(DAY)
        await hall.give(OFFICE, application)
    await hall.give("91110000600037341L", subject="6" * 32)
    await hall.give("91110000600037341L", fields=frozenset({"state"}))
    answered = await hall.step(GIVER, seen, SourceStep.ANSWER, "name")
    assert answered.dispute.state is DisputeState.CORRECTED
    assert [(one.body, one.application, one.receipt) for one in answered.recipients] == [
        (REQUESTER, "portal", "c-1"),
        (OFFICE, "hall", "c-4"),
        (OFFICE, "portal", "c-5"),
    ]
    assert answered.recipients == answered.dispute.recipients


async def test_of_records_about_nobody_all_who_received_the_resource_are_told(hall: Hall) -> None:
    await hall.give(OFFICE, subject="")
    receipt = await hall.give(subject="")
    await hall.give("91110000600037341L")
    seen = await hall.report(await hall.new(receipt), ASKER)
    [event] = [event for event in hall.trail.events if event.kind == "record.disputed"]
    assert event.subject is None
    answered = await hall.step(GIVER, seen, SourceStep.ANSWER, "name")
    assert {one.body for one in answered.recipients} == {REQUESTER, OFFICE}


async def test_told_is_who_says_so_and_then_it_is_closed(hall: Hall) -> None:
    await hall.give(OFFICE, "hall")
    seen = await hall.reported()
    identity = seen.dispute.id
    await refused(problems.DISPUTE_STATE, hall.acknowledge(identity, None, ASKER))
    await hall.step(GIVER, seen, SourceStep.ANSWER, "name")
    for who, roles in ((ASKER, {DisputeRole.REPORTER, DisputeRole.RECIPIENT}), (OTHERS, {DisputeRole.RECIPIENT})):
        [told] = await hall.find.untold(9, who)
        assert told.dispute.id == identity
        assert told.roles == roles
        assert [one.told_at for one in told.recipients] == [None]
    assert await hall.find.untold(9, GIVER) == []
    await refused(problems.DISPUTE_NOT_RECEIVED, hall.acknowledge(identity, None, OTHERS))
    await refused(problems.DISPUTE_NOT_RECEIVED, hall.acknowledge(identity, "portal", GIVER))
    await refused(problems.DISPUTE_UNKNOWN, hall.acknowledge(identity, "portal", STRANGER))
    await refused(problems.PERSON_MISSING, hall.acknowledge(identity, None, NOBODY))
    hall.clock.step(DAY)
    noted = await hall.acknowledge(identity, None, AT_HALL)
    assert [one.told_at for one in noted.recipients] == [START + DAY]
    assert noted.dispute.state is DisputeState.CORRECTED
    hall.clock.step(DAY)
    assert (await hall.acknowledge(identity, "hall", OTHERS)).dispute == noted.dispute, "again changes nothing"
    assert await hall.find.untold(9, OTHERS) == []
    closed = await hall.acknowledge(identity, None, ASKER)
    assert closed.dispute.state is DisputeState.CLOSED
    events = [event for event in hall.trail.events if event.kind == "dispute.told" and event.ending.value == "DONE"]
    assert [event.note["through"] for event in events] == ["hall", "hall", "portal"]


async def test_many_take_note_at_the_same_moment(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    await hall.give(OFFICE)
    seen = await hall.reported()
    await hall.step(GIVER, seen, SourceStep.ANSWER, "name")
    change, lost = hall.desk.disputes.change, [False] * 3

    async def often_late(*given: Any) -> bool:
        return lost.pop() if lost else await change(*given)

    monkeypatch.setattr(hall.desk.disputes, "change", often_late)
    assert (await hall.acknowledge(seen.dispute.id, None, OTHERS)).dispute.untold()[0].body == REQUESTER
    lost += [False] * 20
    await refused(problems.SHARE_CHANGED, hall.acknowledge(seen.dispute.id, None, ASKER))


async def test_nobodys_note_is_lost_where_all_take_note_at_once(hall: Hall) -> None:
    applications = [f"a-{number}" for number in range(8)]
    for application in applications:
        await hall.give(OFFICE, application)
    seen = await hall.reported()
    await hall.step(GIVER, seen, SourceStep.ANSWER, "name")
    identity = seen.dispute.id
    noting = [hall.acknowledge(identity, application, OTHERS) for application in applications]
    await asyncio.gather(*noting, hall.acknowledge(identity, None, ASKER))
    closed = await hall.find(identity, AUDITOR)
    assert closed is not None
    assert closed.dispute.state is DisputeState.CLOSED
    assert hall.kinds().count(("dispute.told", "DONE")) == 9


async def test_a_successor_takes_note_for_what_its_predecessors_received(hall: Hall) -> None:
    await hall.give(OFFICE)
    await hall.give(HUB)
    seen = await hall.reported()
    await hall.step(GIVER, seen, SourceStep.ANSWER, "name")
    successor = "91110000600037341L"
    on = date(2026, 1, 1)
    hall.use(Successions(Succession(OFFICE, successor, on), Succession(HUB, successor, on)))
    assert [one.dispute.id for one in await hall.find.untold(9, STRANGER)] == [seen.dispute.id]
    noted = await hall.acknowledge(seen.dispute.id, None, STRANGER)
    assert {one.body for one in noted.recipients if one.told_at} == {OFFICE, HUB}


async def test_a_stranger_answers_nothing_and_nobody_his_own_report(hall: Hall) -> None:
    seen = await hall.reported()
    await refused(problems.DISPUTE_UNKNOWN, hall.step(STRANGER, seen, SourceStep.ANSWER))
    await refused(problems.SHARE_PARTY, hall.step(ASKER, seen, SourceStep.ANSWER))
    await refused(problems.SHARE_ROLE, hall.step(HUB_OFFICE, seen, SourceStep.ANSWER))
    await refused(problems.SHARE_PARTY, hall.step(CHECKER, seen, SourceStep.RETURN))
    turncoat = call(person("asker", PROVIDER))
    await refused(problems.SHARE_SAME_PERSON, hall.step(turncoat, seen, SourceStep.ANSWER))
    await hall.step(GIVER, seen, SourceStep.ANSWER)
    await refused(problems.DISPUTE_STATE, hall.step(GIVER, seen, SourceStep.ANSWER, "name"))


async def test_an_answer_names_disputed_fields_and_is_read_in_its_version(hall: Hall) -> None:
    seen = await hall.reported()
    await refused(problems.DISPUTE_FIELDS_UNKNOWN, hall.step(GIVER, seen, SourceStep.ANSWER, "colour"))
    await refused(problems.DISPUTE_FIELDS_UNKNOWN, hall.step(GIVER, seen, SourceStep.RETURN, "name"))
    stale = DisputeAnswer(id=seen.dispute.id, expected_version=1, step=SourceStep.ANSWER, note="已核")
    await refused(problems.SHARE_CHANGED, hall.answer(stale, GIVER))
    present = msgspec.structs.replace(stale, expected_version=2, note="")
    await refused(problems.SHARE_TEXT_INVALID, hall.answer(present, GIVER))
    assert repr(stale) == "DisputeAnswer(ANSWER)"
    await refused(problems.DISPUTE_FIELDS_UNKNOWN, hall.step(GIVER, seen, SourceStep.ANSWER, "name", "state"))
    present = msgspec.structs.replace(stale, expected_version=2)
    assert (await hall.answer(present, GIVER)).dispute.state is DisputeState.UPHELD


async def test_time_is_extended_only_where_the_rule_gives_some(hall: Hall) -> None:
    seen = await hall.reported()
    await refused(problems.DISPUTE_NO_EXTENSION, hall.step(GIVER, seen, SourceStep.EXTEND))
    await refused(problems.SHARE_PARTY, hall.step(ASKER, seen, SourceStep.EXTEND))
    for rules, problem in (([], problems.DISPUTE_NO_EXTENSION), ([5], None)):
        made = [msgspec.structs.replace(NATIONAL[-1], extension=days) for days in rules]
        share = hall.desk.share
        book = ShareRules(DeadlineRules(2, made, the_calendar()), share.rules.offices)
        hall.answer = answer_dispute.AnswerDispute(
            msgspec.structs.replace(hall.desk, share=msgspec.structs.replace(share, rules=book))
        )
        if problem is not None:
            await refused(problem, hall.step(GIVER, seen, SourceStep.EXTEND))
        else:
            assert (await hall.step(GIVER, seen, SourceStep.EXTEND)).dispute.extended
    await refused(problems.SHARE_EXTENDED_ALREADY, hall.step(GIVER, seen, SourceStep.EXTEND))


async def test_each_sees_of_a_dispute_what_is_his(hall: Hall) -> None:
    await hall.give(OFFICE)
    seen = await hall.reported()
    identity = seen.dispute.id
    for who in (OTHERS, STRANGER, CITIZEN):
        assert await hall.find(identity, who) is None, "nobody but its sides before the answer"
    await refused(problems.PERSON_MISSING, hall.find(identity, NOBODY))
    await hall.step(GIVER, seen, SourceStep.ANSWER, "name")
    expected = (
        (ASKER, True, True, {REQUESTER}),
        (GIVER, True, True, {REQUESTER, OFFICE}),
        (OTHERS, False, False, {OFFICE}),
        (CHECKER, True, False, {REQUESTER, OFFICE}),
        (AUDITOR, True, False, {REQUESTER, OFFICE}),
        (call(person("hub-2", OFFICE, Role.HUB)), True, False, {REQUESTER, OFFICE}),
    )
    for who, claim, evidence, bodies in expected:
        found = await hall.find(identity, who)
        assert found is not None
        assert (found.shows_claim, found.opens_evidence) == (claim, evidence)
        assert {one.body for one in found.recipients} == bodies
    assert await hall.find(identity, STRANGER) is None


async def test_evidence_is_lent_to_the_two_sides(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = await hall.reported()
    [file] = seen.dispute.claim.evidence
    for who, is_given in ((GIVER, True), (ASKER, True), (AUDITOR, False)):
        found = await hall.find(seen.dispute.id, who)
        assert found is not None
        ticket = await hall.evidence(found, file, who)
        assert (ticket is not None) == is_given
    assert hall.kinds().count(("dispute.evidence", "DONE")) == 2
    hall.files.files.clear()
    assert await hall.evidence(seen, file, ASKER) is None


async def test_lists_show_a_body_its_disputes_by_role_and_supervision_all(hall: Hall) -> None:
    ids = []
    for number in range(3):
        hall.clock.step(DAY)
        receipt = await hall.give(subject=str(number) * 32)
        ids.append((await hall.report(await hall.new(receipt, key=f"k-{number}"), ASKER)).dispute.id)
    first = await hall.find.page(DisputeRole.SOURCE, None, 2, None, GIVER)
    rest = await hall.find.page(DisputeRole.SOURCE, DisputeState.WITH_SOURCE, 2, first.end, GIVER)
    assert [one.dispute.id for page in (first, rest) for one in page.page.nodes] == ids[::-1]
    assert (first.page.has_next, rest.page.has_next) == (True, False)
    for who, role, count in ((ASKER, None, 3), (AUDITOR, None, 3), (GIVER, DisputeRole.REPORTER, 0), (OTHERS, None, 0)):
        found = await hall.find.page(role, None, 9, None, who)
        assert len(found.page.nodes) == count
    assert (await hall.find.page(None, None, 9, None, OTHERS)).end is None
    await refused(problems.SHARE_ROLE, hall.find.page(DisputeRole.SOURCE, None, 9, None, AUDITOR))
    await refused(problems.LIMIT_OUT_OF_RANGE, hall.find.untold(0, ASKER))


async def test_an_authority_lists_the_disputes_of_its_regions(hall: Hall) -> None:
    mine = (await hall.reported()).dispute.id
    for who, count in ((CHECKER, 1), (GIVER, 0)):
        found = await hall.find.page(DisputeRole.AUTHORITY, None, 9, None, who)
        assert [one.roles for one in found.page.nodes] == [frozenset({DisputeRole.AUTHORITY})] * count
    async with hall.bureau.database.writing() as connection:
        await connection.execute(update(share_disputes).values(region=None))
    for who, ids in ((CHECKER, [mine]), (GIVER, [])):
        found = await hall.find.page(DisputeRole.AUTHORITY, None, 9, None, who)
        assert [one.dispute.id for one in found.page.nodes] == ids, "of before regions were kept, each is looked into"


async def test_the_morning_reminds_of_answers_that_nobody_takes_note_of(hall: Hall) -> None:
    await hall.give(OFFICE)
    seen = await hall.reported()
    assert hall.overdue.noting(seen.dispute) is None
    seen = await hall.step(GIVER, seen, SourceStep.ANSWER, "name")
    clock = hall.overdue.noting(seen.dispute)
    assert clock is not None
    assert clock.due is not None
    assert clock.due.day == date(2026, 3, 9)
    tasks: Any = Tasks()
    for day in (date(2026, 3, 6), date(2026, 3, 10)):
        claim = Claim(id=1, kind=KIND_DAY, subject=day.isoformat(), group=None, attempt=1, fence=1, until=START)
        await ShareDay(hall.desk.share, tasks).work([claim])
    mine = [event for event in hall.trail.held if event.kind in {"share.reminded", "share.escalated"}]
    assert [(event.kind, event.note["stage"]) for event in mine] == [
        ("share.reminded", "ACKNOWLEDGEMENT"),
        ("share.escalated", "ACKNOWLEDGEMENT"),
    ]
    hall.clock.step(9 * DAY)
    await hall.acknowledge(seen.dispute.id, None, ASKER)
    [late] = await hall.overdue(CHECKER)
    assert [one.body for one in late.seen.recipients] == [OFFICE]
    slower = 'edition = 2\n[[rule]]\nid = "a"\nregion = "000000"\nstage = "ACKNOWLEDGEMENT"\n'
    slower += 'sharing = ["CONDITIONAL"]\ndays = 30\nsource = "示例"\n'
    [change] = await hall.bureau.supervise.what_if(slower, CHECKER)
    assert (change.run.id, change.newly_late) == (seen.dispute.id, False)
    noted = await hall.acknowledge(seen.dispute.id, "portal", OTHERS)
    assert await hall.overdue(CHECKER) == []
    clock = hall.overdue.noting(noted.dispute)
    assert clock is not None
    assert clock.run.ended == hall.clock.now()


async def test_what_the_reader_may_not_see_yet_is_left_out_of_its_page(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = await hall.reported()

    async def some(*_: Any) -> Any:
        return [seen.dispute]

    monkeypatch.setattr(hall.desk.disputes, "page", some)
    monkeypatch.setattr(hall.desk.disputes, "untold", some)
    found = await hall.find.page(None, None, 9, None, OTHERS)
    assert found.page.nodes == []
    assert found.end is not None
    assert await hall.find.untold(9, OTHERS) == []


async def test_a_dispute_is_followed_to_its_end(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = await hall.reported()
    identity = seen.dispute.id
    stream = await hall.find.watch(identity, ASKER)
    assert (await anext(stream)).dispute.state is DisputeState.WITH_SOURCE
    await hall.step(GIVER, seen, SourceStep.ANSWER, "name")
    assert (await anext(stream)).dispute.state is DisputeState.CORRECTED
    await hall.acknowledge(identity, None, ASKER)
    assert [one.dispute.state async for one in stream] == [DisputeState.CLOSED]
    other = await hall.report(await hall.new(await hall.give(), key="k-2"), ASKER)
    monkeypatch.setattr(hall.desk.disputes, "changes", Changes(f"{identity} x", other.dispute.id))
    assert [one.dispute.id async for one in await hall.find.watch(None, GIVER)] == [identity, other.dispute.id]
    assert [one.dispute.id async for one in await hall.find.watch(None, AUDITOR)] == [identity, other.dispute.id]
    assert [one.dispute.id async for one in await hall.find.watch(other.dispute.id, ASKER)] == [other.dispute.id]
    await refused(problems.DISPUTE_UNKNOWN, hall.find.watch(identity, STRANGER))
    await refused(problems.SHARE_ROLE, hall.find.watch(None, CITIZEN))


async def test_the_morning_reminds_and_supervision_sees_what_is_late(hall: Hall) -> None:
    seen = await hall.reported()
    clock = hall.overdue.clock(seen.dispute)
    assert clock.due is not None
    assert clock.due.day == date(2026, 3, 16)
    tasks: Any = Tasks()
    for day in (date(2026, 3, 13), date(2026, 3, 14), date(2026, 3, 17)):
        claim = Claim(id=1, kind=KIND_DAY, subject=day.isoformat(), group=None, attempt=1, fence=1, until=START)
        await ShareDay(hall.desk.share, tasks).work([claim])
    mine = [event for event in hall.trail.held if event.kind in {"share.reminded", "share.escalated"}]
    assert [event.kind for event in mine] == ["share.reminded", "share.escalated"]
    assert {event.note["stage"] for event in mine} == {"CORRECTION"}
    assert await hall.overdue(CHECKER) == []
    hall.clock.step(30 * DAY)
    for who in (CHECKER, AUDITOR, HUB_OFFICE):
        [late] = await hall.overdue(who)
        assert late.seen.dispute.id == seen.dispute.id
        assert late.clocked.late > 0
        assert not late.seen.recipients
    await refused(problems.SHARE_SUPERVISION_FORBIDDEN, hall.overdue(GIVER))
    faster = 'edition = 2\n[[rule]]\nid = "c"\nregion = "000000"\nstage = "CORRECTION"\n'
    faster += 'sharing = ["CONDITIONAL"]\ndays = 2\nsource = "示例"\n'
    [change] = await hall.bureau.supervise.what_if(faster, CHECKER)
    assert change.run.id == seen.dispute.id
    await hall.step(GIVER, seen, SourceStep.ANSWER)
    assert await hall.overdue(CHECKER) == []
