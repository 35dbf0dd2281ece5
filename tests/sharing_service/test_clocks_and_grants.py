"""The day's work by the clock, supervision, lists of grants and why a use is given what, messages and files."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from gateway.core import problems
from gateway.core.caller import Caller, Role
from gateway.core.errors import Refusal
from gateway.core.files import File, Owner, Purpose
from gateway.core.problems import Problem
from gateway.core.records import Also
from gateway.core.sharing.catalogue import ResourceChoice
from gateway.core.sharing.steps import RequestState
from gateway.core.sharing.terms import Access
from gateway.core.tasks import Claim, Rest, Step
from gateway.services.sharing.add_to_request import AddToRequest
from gateway.services.sharing.catalogue.list_resources import ListResources
from gateway.services.sharing.decide_request import Decision
from gateway.services.sharing.list_grants import MOST_FIELDS, Question
from gateway.services.sharing.request_share import Change
from gateway.services.sharing.share_day import KIND_DAY, ShareDay, day_task
from gateway.services.sharing.sight import ShareRole
from gateway.services.sharing.supervise import LONGEST_RULES
from tests.sharing.making import CODE, DAY, HUB, ITEM, OFFICE, PERSON, START
from tests.sharing_service.offices import (
    APPROVER,
    ASKER,
    ASKER_2,
    AUDITOR,
    CHECKER,
    CITIZEN,
    GIVER,
    HUB_OFFICE,
    NOBODY,
    STRANGER,
    Bureau,
    asking,
    call,
    person,
    run,
    some_terms,
)

RULES = """
edition = 2
[[rule]]
id = "faster"
region = "000000"
stage = "DECISION"
sharing = ["CONDITIONAL"]
days = 2
source = "示例"
"""


async def refused(problem: Problem, attempt: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        await attempt
    assert caught.value.problem is problem, caught.value.problem.number
    return caught.value


class Tasks:
    """What a handler of days uses of a TaskStore."""

    def __init__(self) -> None:
        self.added: list[str] = []
        self.rests: list[object] = []

    def adding(self, tasks: Sequence[Any]) -> Also:
        async def also(transaction: object) -> None:
            self.added += [task.key for task in tasks]

        return also

    async def settle(self, steps: Sequence[Step]) -> frozenset[int]:
        for step in steps:
            self.rests.append(step.then)
            assert step.also is not None
            await run(step.also)
        return frozenset()


async def a_day(bureau: Bureau, day: date) -> Tasks:
    tasks: Any = Tasks()
    handler = ShareDay(bureau.desk, tasks)
    assert (handler.kind, handler.most) == (KIND_DAY, 1)
    claim = Claim(id=1, kind=KIND_DAY, subject=day.isoformat(), group=None, attempt=1, fence=1, until=START + 400 * DAY)
    await handler.work([claim])
    told: Tasks = tasks
    return told


async def test_a_day_is_done_in_its_morning_and_adds_the_next(bureau: Bureau) -> None:
    task = day_task(date(2026, 3, 3))
    assert (task.key, task.due_at.isoformat()) == ("2026-03-03", "2026-03-02T23:00:00+00:00")
    tasks = await a_day(bureau, date(2026, 3, 3))
    assert tasks.added == ["2026-03-04"]
    assert tasks.rests == [Rest.DONE]
    assert bureau.told() == []


async def test_the_day_lets_expire_what_waited_too_long_for_the_requester(bureau: Bureau) -> None:
    draft = (await bureau.request(asking(submit=False), ASKER)).request
    bureau.clock.step(91 * DAY)
    await a_day(bureau, date(2026, 6, 2))
    found = await bureau.desk.requests.find(draft.id)
    assert found is not None
    assert found.state is RequestState.EXPIRED
    assert ("share.expired", "DONE") in bureau.told()


async def test_the_day_reminds_escalates_and_tells_that_grants_are_over(bureau: Bureau) -> None:
    asked = (await bureau.request(asking(), ASKER)).request
    await bureau.step(CHECKER, asked.id, Decision.TAKE_UP)
    await bureau.step(CHECKER, asked.id, Decision.PASS)
    [clocked] = [one for one in bureau.supervise.clocks(await _now(bureau, asked.id)) if one.run.ended is None]
    assert clocked.due is not None
    assert clocked.due.day == date(2026, 3, 16)
    await a_day(bureau, date(2026, 3, 13))
    await a_day(bureau, date(2026, 3, 14))
    bureau.clock.step(15 * DAY)
    await a_day(bureau, date(2026, 3, 17))
    grant = (await bureau.approved(key="short", terms=some_terms(valid_until=bureau.clock.now() + DAY))).grant
    assert grant is not None
    await a_day(bureau, date(2026, 3, 19))
    kinds = [event for event in bureau.told() if event[0] in {"share.reminded", "share.escalated", "grant.over"}]
    assert [kind for kind, _ in kinds] == ["share.reminded", "share.escalated", "grant.over"]


async def _now(bureau: Bureau, request_id: str) -> Any:
    return await bureau.desk.requests.find(request_id)


async def test_supervision_sees_what_is_late_and_what_other_rules_would_change(bureau: Bureau) -> None:
    asked = (await bureau.request(asking(), ASKER)).request
    await bureau.step(CHECKER, asked.id, Decision.TAKE_UP)
    await bureau.step(CHECKER, asked.id, Decision.PASS)
    bureau.clock.step(7 * DAY)
    assert await bureau.supervise.overdue(HUB_OFFICE) == []
    [change] = await bureau.supervise.what_if(RULES, CHECKER)
    assert change.newly_late
    bureau.clock.step(10 * DAY)
    [late] = await bureau.supervise.overdue(CHECKER)
    assert (late.request.id, late.clocked.late) == (asked.id, 3)
    assert [one.request.id for one in await bureau.supervise.overdue(AUDITOR)] == [asked.id]
    for who in (ASKER, CITIZEN, NOBODY):
        await refused(problems.SHARE_SUPERVISION_FORBIDDEN, bureau.supervise.overdue(who))
    await refused(problems.SHARE_RULES_INVALID, bureau.supervise.what_if("edition = 0", HUB_OFFICE))
    long = RULES + "#" * LONGEST_RULES
    await refused(problems.SHARE_RULES_INVALID, bureau.supervise.what_if(long, HUB_OFFICE))


async def test_the_yearly_report_counts_steps(bureau: Bureau) -> None:
    await bureau.approved()
    counts = await bureau.supervise.statistics(START - DAY, START + DAY, AUDITOR)
    assert {(one.action.value, one.count) for one in counts} == {
        ("SUBMIT", 1), ("TAKE_UP", 1), ("PASS", 1), ("DECIDE", 1), ("DELIVER", 1),
    }  # fmt: skip
    await refused(problems.WINDOW_INVALID, bureau.supervise.statistics(START, START, AUDITOR))
    await refused(problems.SHARE_SUPERVISION_FORBIDDEN, bureau.supervise.statistics(START, START + DAY, CHECKER))


async def test_grants_are_listed_for_users_and_parties(bureau: Bureau) -> None:
    one = (await bureau.approved(key="a")).grant
    two = (await bureau.approved(key="b")).grant
    both = sorted([one.id, two.id])

    async def seen(who: Any, role: ShareRole | None = None) -> list[str]:
        return [grant.id for grant in (await bureau.grants(role, 10, None, who)).page.nodes]

    assert await seen(ASKER_2) == await seen(GIVER, ShareRole.PROVIDER) == await seen(AUDITOR) == both
    assert await seen(CHECKER, ShareRole.AUTHORITY) == await seen(ASKER, ShareRole.REQUESTER) == both
    assert await seen(GIVER) == await seen(GIVER, ShareRole.REQUESTER) == await seen(STRANGER) == []
    assert await seen(AUDITOR_OF_BODY, ShareRole.AUTHORITY) == both
    first = await bureau.grants(None, 1, None, ASKER)
    assert [grant.id for grant in (await bureau.grants(None, 1, first.end, ASKER)).page.nodes] == both[1:]
    await refused(problems.SHARE_ROLE, bureau.grants(None, 1, None, CITIZEN))
    await refused(problems.PERSON_MISSING, bureau.grants(None, 1, None, NOBODY))
    await refused(problems.SHARE_ROLE, bureau.grants(ShareRole.PROVIDER, 1, None, AUDITOR))
    assert await bureau.grants.find(one.id, CITIZEN) is None
    assert await bureau.grants.find(one.id, AUDITOR) == one


AUDITOR_OF_BODY = call(person("hub-2", HUB, Role.HUB))


async def test_why_says_what_a_use_would_be_given(bureau: Bureau) -> None:
    grant = (await bureau.approved()).grant

    async def why(who: Any = ASKER, item: str = ITEM, **more: Any) -> dict[str, Any]:
        asked = Question(grant=grant.id, item=item, parameters={"id": PERSON}, **more)
        return {one.field: one.explanation for one in await bureau.grants.why(asked, who)}

    explained = await why()
    assert (explained["name"].access, explained["phone"].access) == (Access.SHOW, Access.MASK)
    assert (explained["name"].grants, explained["income"].access) == ((grant.id,), Access.DENY)
    assert explained["income"].missing is not None
    other = (await why(item="11420000-0002", fields=("name",)))["name"]
    assert (other.access, other.grants) == (Access.DENY, ())
    await refused(problems.GRANT_UNKNOWN, why(STRANGER))
    await refused(problems.SHARE_TOO_MANY, why(fields=tuple(map(str, range(MOST_FIELDS + 1)))))
    assert PERSON not in repr(Question(grant="g", item=ITEM, parameters={"id": PERSON}))


class Uploads:
    """Gives an upload that is there; what is attached is held."""

    def __init__(self) -> None:
        self.held: list[tuple[Sequence[str], Any]] = []

    async def find_complete(self, upload_id: str, caller: Caller) -> File:
        if upload_id != "u-1":
            raise Refusal(problems.UPLOAD_UNKNOWN)
        return File(
            id="u-1", purpose=Purpose.UPLOAD, owner=Owner.of(caller), name="依据.pdf", media_type="application/pdf",
            bytes=9, sha256="0" * 64, created_at=START, expires_at=START + timedelta(hours=1), is_complete=True,
        )  # fmt: skip

    def holding(self, file_ids: Sequence[str], until: Any) -> Also:
        async def also(transaction: object) -> None:
            self.held.append((file_ids, until))

        return also


async def test_every_party_writes_and_attaches_while_it_is_open(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads: Any = Uploads()
    add = AddToRequest(bureau.desk, uploads, uploads, bureau.clock)
    asked = (await bureau.request(asking(), ASKER)).request
    for who in (ASKER, CHECKER, GIVER):
        asked = await add.write(asked.id, "请看附件", asked.version, who)
    assert [one.by.party.value for one in asked.messages] == ["REQUESTER", "AUTHORITY", "PROVIDER"]
    await refused(problems.SHARE_TEXT_INVALID, add.write(asked.id, " ", asked.version, ASKER))
    await refused(problems.SHARE_CHANGED, add.attach(asked.id, "u-1", 1, ASKER))
    await refused(problems.UPLOAD_UNKNOWN, add.attach(asked.id, "u-2", asked.version, ASKER))
    before = asked
    asked = await add.attach(asked.id, "u-1", asked.version, ASKER)
    assert [one.name for one in asked.attachments] == ["依据.pdf"]
    assert uploads.held[0][0] == ["u-1"]
    assert "依据" not in str([event.note for event in bureau.trail.held])

    async def find(request_id: str) -> Any:
        return before

    monkeypatch.setattr(bureau.desk.requests, "find", find)
    await refused(problems.SHARE_CHANGED, add.attach(before.id, "u-1", before.version, ASKER))


async def test_the_own_office_speaks_for_itself(bureau: Bureau) -> None:
    uploads: Any = Uploads()
    other = Bureau(bureau.database, own_office=OFFICE)
    add = AddToRequest(other.desk, uploads, uploads, other.clock)
    asked = (await other.request(asking(), ASKER)).request
    said = await add.write(asked.id, "请说明", asked.version, APPROVER)
    assert said.messages[0].by.party.value == "OWN_OFFICE"
    change = Change(id=asked.id, expected_version=said.version)
    await refused(problems.SHARE_STATE, other.request.submit(change, ASKER))


async def test_the_catalogue_is_read_by_people_who_work_for_a_body(bureau: Bureau) -> None:
    resources = ListResources(bureau.desk.resources, bureau.desk.relations)
    found = await resources(ResourceChoice(words="婚姻"), 10, None, ASKER)
    assert ([one.code for one in found.nodes], found.total) == ([CODE], 1)
    assert (await resources(ResourceChoice(words="驾驶证"), 10, None, ASKER)).nodes == []
    assert await resources.find(CODE, GIVER) == found.nodes[0]
    assert [one.resource.version for one in await resources.history(CODE)] == [1]
    assert [one.item for one in await resources.needs(CODE)] == [ITEM]
    await refused(problems.SHARE_ROLE, resources.find(CODE, CITIZEN))
    await refused(problems.PERSON_MISSING, resources.find(CODE, NOBODY))
