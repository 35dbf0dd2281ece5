"""From a request to a grant and its end: who may take which step, what is written down, what comes of races."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.errors import Refusal
from gateway.core.problems import Problem
from gateway.core.sharing.forwarding import ForwardingState
from gateway.core.sharing.resources import SharingType
from gateway.core.sharing.scope import Equals, Scope
from gateway.core.sharing.steps import Purpose, RequestState
from gateway.core.sharing.terms import Access
from gateway.services.sharing.decide_request import Decision
from gateway.services.sharing.request_share import LONGEST_GRANT, Change
from gateway.services.sharing.sight import ShareRole
from gateway.store.database import Database
from tests.sharing.making import DAY, OFFICE, REQUESTER, a_resource, upstream_resource
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
    some_terms,
)


async def refused(problem: Problem, attempt: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        await attempt
    assert caught.value.problem is problem, caught.value.problem.number
    return caught.value


async def test_an_approved_request_is_a_grant_in_the_same_moment(bureau: Bureau) -> None:
    done = await bureau.approved()
    assert done.request.state is RequestState.APPROVED
    assert done.request.delivered_at == bureau.clock.now()
    assert await bureau.grants.find(done.grant.id, ASKER) == done.grant
    assert done.grant.terms == done.request.wanted
    assert await bureau.find.grant(done.request) == done.grant
    kinds = [kind for kind, _ in bureau.told()]
    assert kinds == ["share.requested", "share.decided", "share.decided", "share.decided", "grant.issued"]
    assert not any("asker" in str(event.note) for event in bureau.trail.held)


async def test_what_is_shared_unconditionally_is_granted_at_once(any_database: Database) -> None:
    bureau = Bureau(any_database)
    await bureau.stock(a_resource(sharing=SharingType.UNCONDITIONAL))
    done = await bureau.request(asking(), ASKER)
    assert done.request.state is RequestState.APPROVED
    assert done.grant is not None
    assert [kind for kind, _ in bureau.told()] == ["share.requested", "share.opened", "grant.issued"]
    assert await bureau.request(asking(), ASKER) == done


async def test_what_an_exchange_decides_is_queued_for_it(any_database: Database) -> None:
    bureau = Bureau(any_database)
    await bureau.stock(upstream_resource())
    asked = await bureau.request(asking(), ASKER)
    await bureau.step(CHECKER, asked.request.id, Decision.TAKE_UP)
    passed = await bureau.step(CHECKER, asked.request.id, Decision.PASS)
    assert passed.request.forwarding.state is ForwardingState.QUEUED
    assert passed.request.forwarding.system == "exchange"
    await refused(problems.SHARE_PARTY, bureau.step(GIVER, asked.request.id, Decision.APPROVE))


async def test_repeating_a_request_gives_the_same_one_and_never_another(bureau: Bureau) -> None:
    first = await bureau.request(asking(), ASKER)
    bureau.clock.step(timedelta(minutes=1))
    again = await bureau.request(asking(), ASKER)
    assert again.request == first.request
    assert again.grant is None
    await refused(problems.SHARE_KEY_TAKEN, bureau.request(asking(purpose=Purpose("另", "法")), ASKER))
    other = await bureau.request(asking(), ASKER_2)
    assert other.request.id != first.request.id
    for key in ("", "k" * 101, "键", "a\n"):
        await refused(problems.SHARE_KEY_INVALID, bureau.request(asking(key=key), ASKER))


async def test_whoever_lost_the_race_of_a_repetition_gets_the_same_request(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await bureau.request(asking(submit=False), ASKER)
    found = [None, first.request]

    async def find(request_id: str) -> Any:
        return found.pop(0)

    monkeypatch.setattr(bureau.desk.requests, "find", find)
    assert (await bureau.request(asking(submit=False), ASKER)).request == first.request


async def test_a_request_is_asked_for_by_people_of_bodies_and_within_the_catalogue(bureau: Bureau) -> None:
    await refused(problems.PERSON_MISSING, bureau.request(asking(), NOBODY))
    await refused(problems.SHARE_ROLE, bureau.request(asking(), CITIZEN))
    await refused(problems.SHARE_ROLE, bureau.request(asking(), HUB_OFFICE))
    await refused(problems.SHARE_RESOURCE_UNKNOWN, bureau.request(asking(resource="307001/99999"), ASKER))
    beyond = asking(terms=some_terms(fields=(("income", Access.SHOW),)))
    assert (await refused(problems.SHARE_INVALID, bureau.request(beyond, ASKER))).field == "wanted.fields.income"
    twice = asking(terms=some_terms(fields=(("name", Access.SHOW), ("name", Access.MASK))))
    await refused(problems.SHARE_TERMS_INVALID, bureau.request(twice, ASKER))
    long = asking(terms=some_terms(valid_until=bureau.clock.now() + LONGEST_GRANT + DAY))
    await refused(problems.SHARE_TERMS_INVALID, bureau.request(long, ASKER))
    none = asking(terms=some_terms(items=()))
    await refused(problems.SHARE_INVALID, bureau.request(none, ASKER))
    await refused(problems.SHARE_INVALID, bureau.request(asking(), GIVER))
    assert ("share.requested", "REFUSED") in bureau.told()
    assert "TermsRequest(name, phone)" in repr(asking())


async def test_without_a_competent_authority_nobody_can_ask(any_database: Database) -> None:
    bureau = Bureau(any_database, authority=False)
    await bureau.stock()
    await refused(problems.SHARE_NO_AUTHORITY, bureau.request(asking(), ASKER))


async def test_what_is_not_shared_is_refused_before_it_is_a_draft(any_database: Database) -> None:
    bureau = Bureau(any_database)
    await bureau.stock(a_resource(sharing=SharingType.NOT_SHARED))
    await refused(problems.SHARE_NOT_SHARED, bureau.request(asking(submit=False), ASKER))


async def test_a_draft_is_changed_submitted_returned_mended_and_withdrawn(any_database: Database) -> None:
    bureau = Bureau(any_database, own_office=OFFICE)
    await bureau.stock()
    draft = (await bureau.request(asking(submit=False), ASKER)).request
    change = Change(id=draft.id, expected_version=1, terms=some_terms(fields=(("name", Access.MASK),)))
    revised = await bureau.request.revise(change, ASKER)
    assert revised.wanted.opened == {"name"}
    assert (await bureau.request(asking(submit=False), ASKER)).request == revised
    await refused(problems.SHARE_CHANGED, bureau.request.revise(change, ASKER))
    submitted = await bureau.request.submit(
        Change(id=draft.id, expected_version=2, purpose=Purpose("核验", "条例")), ASKER
    )
    assert submitted.request.state is RequestState.OWN_APPROVAL
    await refused(problems.SHARE_PARTY, bureau.step(ASKER, draft.id, Decision.APPROVE_OWN))
    await bureau.step(APPROVER, draft.id, Decision.APPROVE_OWN)
    returned = await bureau.step(CHECKER, draft.id, Decision.RETURN, reason="purpose-unclear", note="请说明")
    assert returned.request.state is RequestState.RETURNED
    mended = Change(id=draft.id, expected_version=returned.request.version)
    back = await bureau.request.submit(mended, ASKER)
    assert back.request.state is RequestState.SUBMITTED
    gone = await bureau.request.withdraw(draft.id, back.request.version, ASKER)
    assert gone.state is RequestState.WITHDRAWN
    assert (await bureau.request(asking(submit=False), ASKER)).request == gone
    unchanged = (await bureau.request(asking(key="k-2", submit=False), ASKER)).request
    at_once = await bureau.request.submit(Change(id=unchanged.id, expected_version=1), ASKER)
    assert at_once.request.revised_by == frozenset()


async def test_those_who_decide_refuse_extend_and_approve_a_part(bureau: Bureau) -> None:
    asked = (await bureau.request(asking(), ASKER)).request
    late = bureau.clock.now() + 100 * DAY
    await refused(
        problems.SHARE_INVALID,
        bureau.step(CHECKER, asked.id, Decision.RETURN, reason="purpose-unclear", until=late),
    )
    await bureau.step(CHECKER, asked.id, Decision.TAKE_UP)
    await bureau.step(CHECKER, asked.id, Decision.PASS)
    extended = await bureau.step(GIVER, asked.id, Decision.EXTEND, note="需要会商")
    assert extended.request.steps[-1].note == "需要会商"
    part = some_terms(fields=(("name", Access.MASK),), scope=Scope((Equals("state", "已婚"),)))
    await refused(problems.SHARE_REASON_UNKNOWN, bureau.step(GIVER, asked.id, Decision.APPROVE, granted=part))
    more = some_terms(fields=(("state", Access.SHOW),))
    await refused(
        problems.SHARE_BEYOND_REQUEST,
        bureau.step(GIVER, asked.id, Decision.APPROVE, granted=more, reason="beyond-necessary"),
    )
    done = await bureau.step(GIVER, asked.id, Decision.APPROVE, granted=part, reason="beyond-necessary")
    assert done.request.state is RequestState.PARTLY_APPROVED
    assert done.grant.terms.fields == {"name": Access.MASK}
    assert done.grant.terms.scope.conditions == (Equals("state", "已婚"),)
    assert ("share.decided", "REFUSED") in bureau.told()
    other = (await bureau.request(asking(key="k-2"), ASKER)).request
    no = await bureau.step(CHECKER, other.id, Decision.REFUSE, reason="not-for-duties")
    assert no.request.state is RequestState.REFUSED
    assert await bureau.find.grant(no.request) is None


async def test_a_decision_may_name_fewer_bodies_and_persons(bureau: Bureau) -> None:
    asked = (await bureau.request(asking(), ASKER)).request
    await bureau.step(CHECKER, asked.id, Decision.TAKE_UP)
    await bureau.step(CHECKER, asked.id, Decision.PASS)
    part = some_terms(bodies=(REQUESTER,), persons=("asker",))
    done = await bureau.step(GIVER, asked.id, Decision.APPROVE, granted=part, reason="beyond-necessary")
    assert done.grant.terms.persons == {"asker"}


async def test_nobody_decides_on_both_sides_or_on_what_he_cannot_see(bureau: Bureau) -> None:
    asked = (await bureau.request(asking(), ASKER)).request
    await refused(problems.SHARE_PARTY, bureau.step(GIVER, asked.id, Decision.TAKE_UP))
    await refused(problems.SHARE_UNKNOWN, bureau.step(STRANGER, asked.id, Decision.TAKE_UP))
    draft = (await bureau.request(asking(key="k-2", submit=False), ASKER)).request
    await refused(problems.SHARE_UNKNOWN, bureau.step(CHECKER, draft.id, Decision.TAKE_UP))


async def test_of_two_who_step_at_once_one_is_told(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = (await bureau.request(asking(), ASKER)).request
    await bureau.step(CHECKER, asked.id, Decision.TAKE_UP)

    async def find(request_id: str) -> Any:
        return asked

    with monkeypatch.context() as patched:
        patched.setattr(bureau.desk.requests, "find", find)
        await refused(problems.SHARE_CHANGED, bureau.step(CHECKER, asked.id, Decision.TAKE_UP))


async def test_a_grant_ends_by_its_provider_its_authority_or_its_user(bureau: Bureau) -> None:
    for key, who in (("a", GIVER), ("b", CHECKER), ("c", ASKER_2)):
        grant = (await bureau.approved(key=key)).grant
        ended = await bureau.revoke(grant.id, "purpose-ended", 1, who)
        assert ended.revoked_at == bureau.clock.now()
        assert (await bureau.grants.find(grant.id, who)) == ended
    await refused(problems.GRANT_ENDED, bureau.revoke(grant.id, "misuse", 2, GIVER))
    await refused(problems.SHARE_CHANGED, bureau.revoke(grant.id, "misuse", 1, GIVER))
    await refused(problems.GRANT_UNKNOWN, bureau.revoke("none", "misuse", 1, GIVER))
    await refused(problems.GRANT_UNKNOWN, bureau.revoke(grant.id, "misuse", 1, STRANGER))
    assert bureau.told().count(("grant.revoked", "DONE")) == 3


async def test_a_body_that_only_uses_a_grant_cannot_end_it(bureau: Bureau) -> None:
    grant = (await bureau.approved(terms=some_terms(bodies=("*",)))).grant
    await refused(problems.SHARE_PARTY, bureau.revoke(grant.id, "misuse", 1, STRANGER))
    stale = msgspec.structs.replace(grant, version=7)
    assert not await bureau.desk.grants.change(stale, grant)


async def test_of_two_who_revoke_at_once_one_is_told(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    grant = (await bureau.approved()).grant

    async def find(grant_id: str, call: Call) -> Any:
        return grant

    await bureau.revoke(grant.id, "misuse", 1, GIVER)
    monkeypatch.setattr(bureau.grants, "find", find)
    await refused(problems.SHARE_CHANGED, bureau.revoke(grant.id, "misuse", 1, CHECKER))


async def test_each_sees_his_requests_in_his_role_and_drafts_are_the_requesters(bureau: Bureau) -> None:
    draft = (await bureau.request(asking(key="d", submit=False), ASKER)).request.id
    bureau.clock.step(DAY)
    sent = (await bureau.request(asking(key="s"), ASKER)).request.id

    async def seen(who: Call, role: ShareRole | None = None, state: RequestState | None = None) -> list[str]:
        return [one.id for one in (await bureau.find.page(role, state, 10, None, who)).page.nodes]

    assert await seen(ASKER_2) == await seen(ASKER, ShareRole.REQUESTER) == [sent, draft]
    assert await seen(ASKER, ShareRole.PROVIDER) == []
    assert await seen(GIVER, ShareRole.PROVIDER) == await seen(CHECKER, ShareRole.AUTHORITY) == [sent]
    assert await seen(AUDITOR) == await seen(HUB_OFFICE) == [sent, draft]
    assert await seen(AUDITOR, state=RequestState.DRAFT) == [draft]
    assert await seen(STRANGER) == []
    first = await bureau.find.page(None, None, 1, None, ASKER)
    assert first.page.has_next
    assert [one.id for one in (await bureau.find.page(None, None, 1, first.end, ASKER)).page.nodes] == [draft]
    assert (await bureau.find.page(None, None, 5, None, STRANGER)).end is None
    await refused(problems.SHARE_ROLE, bureau.find.page(None, None, 5, None, CITIZEN))
    await refused(problems.PERSON_MISSING, bureau.find(sent, NOBODY))
    assert await bureau.find(sent, CITIZEN) is None
    assert await bureau.find("none", ASKER) is None


class Changes:
    """What a store tells of, in order, and then no more."""

    def __init__(self, *told: str) -> None:
        self.told = told

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[AsyncIterator[str]]:
        async def follow() -> AsyncIterator[str]:
            for ids in self.told:
                yield ids

        yield follow()


async def test_whoever_follows_a_request_gets_each_change_until_its_end(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = (await bureau.request(asking(), ASKER)).request
    other = (await bureau.request(asking(key="draft", submit=False), ASKER)).request
    stream = await bureau.find.watch(asked.id, ASKER)
    assert (await anext(stream)).state is RequestState.SUBMITTED
    await bureau.step(CHECKER, asked.id, Decision.TAKE_UP)
    assert (await anext(stream)).state is RequestState.COMPLIANCE
    await bureau.request.withdraw(asked.id, asked.version + 1, ASKER)
    assert [one.state async for one in stream] == [RequestState.WITHDRAWN]
    monkeypatch.setattr(bureau.desk.requests, "changes", Changes(f"{other.id} x", asked.id))
    assert [one.id async for one in await bureau.find.watch(None, CHECKER)] == [asked.id]
    assert [one.id async for one in await bureau.find.watch(other.id, ASKER)] == [other.id]
    await refused(problems.SHARE_UNKNOWN, bureau.find.watch("none", ASKER))
    await refused(problems.SHARE_ROLE, bureau.find.watch(None, CITIZEN))
