"""Reporting a record as wrong: only what one's body received, with evidence, once."""

from datetime import date
from typing import Any

import msgspec
import pytest

from gateway.core import problems
from gateway.core.bodies import Succession
from gateway.core.errors import Refusal
from gateway.core.problems import Problem
from gateway.core.sharing.corrections import MOST_EVIDENCE, DisputeRole, DisputeState
from gateway.services.sharing.add_to_request import KEPT
from gateway.services.sharing.disputes import dispute_record
from gateway.services.sharing.disputes.answer_dispute import SourceStep
from tests.sharing.making import DAY, PROVIDER, REQUESTER, START
from tests.sharing_disputes.hall import SUBJECT, Hall, Successions
from tests.sharing_service.offices import (
    ASKER,
    ASKER_2,
    AUDITOR,
    CITIZEN,
    GIVER,
    HUB_OFFICE,
    NOBODY,
    STRANGER,
    call,
    person,
)


async def refused(problem: Problem, attempt: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        await attempt
    assert caught.value.problem is problem, caught.value.problem.number
    return caught.value


async def test_a_report_is_with_the_source_at_once_and_its_evidence_is_kept(hall: Hall) -> None:
    seen = await hall.reported()
    dispute = seen.dispute
    assert (dispute.state, dispute.source, dispute.region) == (DisputeState.WITH_SOURCE, PROVIDER, "420106")
    assert seen.roles == {DisputeRole.REPORTER}
    assert [one.name for one in dispute.claim.evidence] == ["依据.pdf"]
    held = hall.files.files[dispute.claim.evidence[0].upload]
    assert held.expires_at == START + KEPT
    [event] = [event for event in hall.trail.events if event.kind == "record.disputed"]
    assert (event.subject, event.note["state"]) == (SUBJECT, "WITH_SOURCE")
    assert "证件" not in f"{event.note} {await hall.new('c-1')!r}"


async def test_repeating_a_report_gives_the_same_dispute_and_never_another(hall: Hall) -> None:
    new = await hall.new(await hall.give(), fields=("name", "state"))
    first = await hall.report(new, ASKER)
    assert (await hall.report(new, ASKER)).dispute == first.dispute
    hall.clock.step(DAY)
    returned = await hall.step(GIVER, first, SourceStep.RETURN)
    more = (await hall.upload("补充.pdf"),)
    back = await hall.report.supplement(first.dispute.id, more, returned.dispute.version, ASKER)
    assert (await hall.report(new, ASKER)).dispute == back.dispute, "whatever has become of it"
    for changes in ({"text": "另"}, {"fields": ("name",)}, {"receipt": "c-9"}, {"evidence": more}):
        other = msgspec.structs.replace(new, **changes)
        await refused(problems.SHARE_KEY_TAKEN, hall.report(other, ASKER))
    for key in ("", "k" * 101, "键"):
        await refused(problems.SHARE_KEY_INVALID, hall.report(msgspec.structs.replace(new, key=key), ASKER))


async def test_whoever_lost_the_race_of_a_repetition_gets_the_same_dispute(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = await hall.new(await hall.give())
    first = await hall.report(new, ASKER)
    found = [None, first.dispute]

    async def find(dispute_id: str) -> Any:
        return found.pop(0)

    async def page(*_: Any) -> Any:
        return []

    monkeypatch.setattr(hall.desk.disputes, "find", find)
    monkeypatch.setattr(hall.desk.disputes, "page", page)
    assert (await hall.report(new, ASKER)).dispute == first.dispute


async def test_only_what_ones_body_received_can_be_disputed(hall: Hall) -> None:
    receipt = await hall.give()
    for who in (STRANGER, GIVER):
        refusal = await refused(problems.DISPUTE_UNKNOWN, hall.report(await hall.new(receipt), who))
        assert refusal.field == "input.receipt"
    await refused(problems.DISPUTE_UNKNOWN, hall.report(await hall.new("none"), ASKER))
    await refused(problems.PERSON_MISSING, hall.report(await hall.new(receipt), NOBODY))
    for who in (CITIZEN, AUDITOR, HUB_OFFICE):
        await refused(problems.SHARE_ROLE, hall.report(await hall.new(receipt), who))
    await refused(problems.DISPUTE_NEEDS_EVIDENCE, hall.report(await hall.new(receipt, fields=("phone",)), ASKER))
    empty = await hall.give(rows=0)
    await refused(problems.DISPUTE_NEEDS_EVIDENCE, hall.report(await hall.new(empty), ASKER))
    assert ("record.disputed", "REFUSED") in hall.kinds()
    assert await hall.find.page(None, None, 9, None, AUDITOR)
    assert (await hall.find.page(None, None, 9, None, AUDITOR)).page.nodes == []


async def test_a_successor_disputes_what_its_predecessor_received(hall: Hall) -> None:
    successor = "91110000600037341L"
    hall.use(Successions(Succession(REQUESTER, successor, date(2026, 1, 1))))
    seen = await hall.report(await hall.new(await hall.give(), evidence=(await hall.upload(by=STRANGER),)), STRANGER)
    assert seen.roles == {DisputeRole.REPORTER}


async def test_there_is_no_dispute_without_complete_evidence_of_ones_own(hall: Hall) -> None:
    receipt = await hall.give()
    await refused(problems.DISPUTE_NEEDS_EVIDENCE, hall.report(await hall.new(receipt, evidence=()), ASKER))
    for upload, problem in (
        ("none", problems.UPLOAD_UNKNOWN),
        (await hall.upload(by=GIVER), problems.UPLOAD_UNKNOWN),
        (await hall.upload(complete=False), problems.UPLOAD_INCOMPLETE),
    ):
        await refused(problem, hall.report(await hall.new(receipt, evidence=(upload,)), ASKER))
    many = tuple(str(number) for number in range(MOST_EVIDENCE + 1))
    await refused(problems.SHARE_TOO_MANY, hall.report(await hall.new(receipt, evidence=many), ASKER))
    await refused(problems.SHARE_TEXT_INVALID, hall.report(await hall.new(receipt, text=" "), ASKER))


async def test_what_is_disputed_already_is_not_disputed_again_until_it_is_answered(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = await hall.reported()
    evidence = (await hall.upload(by=ASKER_2),)
    again = await hall.new(await hall.give(), key="k-2", fields=("name", "state"), evidence=evidence)
    await refused(problems.DISPUTE_GOES_ON, hall.report(again, ASKER_2))
    other_field = await hall.new(await hall.give(), key="k-3", fields=("state",))
    assert await hall.report(other_field, ASKER)
    other_person = await hall.new(await hall.give(subject="6" * 32), key="k-4")
    assert await hall.report(other_person, ASKER)
    await hall.step(GIVER, seen, SourceStep.ANSWER)
    monkeypatch.setattr(dispute_record, "MOST_OPEN", 2)
    name_again = await hall.new(await hall.give(), key="k-5")
    await refused(problems.SHARE_TOO_MANY, hall.report(name_again, ASKER))
    monkeypatch.setattr(dispute_record, "MOST_OPEN", 3)
    assert await hall.report(name_again, ASKER)


async def test_the_reporters_body_adds_evidence_and_takes_it_back_nobody_else_does(hall: Hall) -> None:
    seen = await hall.reported()
    identity = seen.dispute.id
    more = (await hall.upload("补充.pdf", ASKER_2),)
    await refused(problems.DISPUTE_STATE, hall.report.supplement(identity, more, seen.dispute.version, ASKER_2))
    returned = (await hall.step(GIVER, seen, SourceStep.RETURN)).dispute
    await refused(problems.SHARE_CHANGED, hall.report.supplement(identity, more, seen.dispute.version, ASKER_2))
    await refused(problems.DISPUTE_UNKNOWN, hall.report.supplement(identity, more, returned.version, STRANGER))
    own = (await hall.upload(by=GIVER),)
    await refused(problems.SHARE_PARTY, hall.report.supplement(identity, own, returned.version, GIVER))
    back = (await hall.report.supplement(identity, more, returned.version, ASKER_2)).dispute
    assert (back.state, len(back.claim.evidence)) == (DisputeState.WITH_SOURCE, 2)
    await refused(problems.SHARE_PARTY, hall.report.withdraw(identity, back.version, GIVER))
    gone = (await hall.report.withdraw(identity, back.version, ASKER)).dispute
    assert gone.state is DisputeState.WITHDRAWN
    await refused(problems.DISPUTE_STATE, hall.report.withdraw(identity, gone.version, ASKER))
    actions = [event.note["action"] for event in hall.trail.events if event.kind == "dispute.handled"]
    assert actions.count("SUPPLEMENT") == 5


async def test_of_two_who_step_at_once_one_is_first(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = await hall.reported()

    async def change(*_: Any) -> bool:
        return False

    monkeypatch.setattr(hall.desk.disputes, "change", change)
    refusal = await refused(problems.SHARE_CHANGED, hall.report.withdraw(seen.dispute.id, seen.dispute.version, ASKER))
    assert refusal.field == "input.expectedVersion"


async def test_someone_without_a_body_of_his_own_sees_no_dispute(hall: Hall) -> None:
    seen = await hall.reported()
    bodiless = call(person("nobody", None))
    assert await hall.find(seen.dispute.id, bodiless) is None
    await refused(problems.SHARE_ROLE, hall.report.withdraw(seen.dispute.id, seen.dispute.version, bodiless))
