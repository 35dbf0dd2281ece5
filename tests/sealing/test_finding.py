"""Finding, listing, counting and following sealings; fetching and verifying documents."""

import asyncio
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from gateway.core import problems
from gateway.core.caller import Person, Role
from gateway.core.errors import Refusal
from gateway.core.files import Quota
from gateway.core.problems import Problem
from gateway.core.seals.sealing import SealingState
from gateway.core.seals.verification import Verdict
from gateway.services.create_upload import FileLimits
from gateway.services.sealing.asking import DocumentRequest
from gateway.services.sealing.find_sealings import FindSealings, ListRequest
from gateway.services.sealing.tools import trouble_of
from tests.sealing.bench import Bench
from tests.sealing.making import AUDITOR, OPERATIONS, OWNER, SECOND, STRANGER, a_document, a_seal, sealed
from tests.services.fakes import CITIZEN, OFFICER, call_of

CLERK = Person(subject="k-1", role=Role.CLERK, name="窗口", body=OWNER)


async def refused(attempt: Any, problem: Problem) -> None:
    with pytest.raises(Refusal) as caught:
        await attempt
    assert caught.value.problem is problem


@pytest.mark.parametrize(
    ("person", "sees"),
    [
        (OFFICER, True), (SECOND, True), (AUDITOR, True), (OPERATIONS, True), (STRANGER, False), (CITIZEN, False),
        (CLERK, False), (None, False),
    ],
)  # fmt: skip
async def test_a_sealing_is_shown_to_whom_it_concerns(bench: Bench, person: Person | None, sees: bool) -> None:
    (sealing,) = await bench.asked(a_document())
    found = await bench.find(sealing.id, call_of(person, bench.clock))
    assert (found is not None) is sees


async def test_what_is_not_there_is_not_found(bench: Bench) -> None:
    assert await bench.find("nothing", call_of(OFFICER, bench.clock)) is None


async def test_ones_own_are_listed_newest_first_in_pages(bench: Bench) -> None:
    first = await bench.asked(a_document("1"), a_document("2"))
    bench.clock.step(1)
    upload = await bench.request(a_document("3"))
    request = await bench.request(documents=(DocumentRequest("key-3", upload.documents[0].upload),))
    (last,) = (await bench.ask(request, call_of(OFFICER, bench.clock))).sealings
    call = call_of(OFFICER, bench.clock)
    page = await bench.find.page(ListRequest(), 2, None, call)
    assert page.nodes[0].id == last.id
    assert page.has_next
    rest = await bench.find.page(ListRequest(), 2, page.cursors[-1], call)
    assert {one.id for one in [*page.nodes, *rest.nodes]} == {last.id, *(one.id for one in first)}
    batch = await bench.find.page(ListRequest(batch=first[0].batch), 10, None, call)
    assert {one.id for one in batch.nodes} == {one.id for one in first}
    done = await bench.find.page(ListRequest(state=SealingState.RELEASED), 10, None, call)
    assert not done.nodes
    assert not (await bench.find.page(ListRequest(), 10, None, call_of(SECOND, bench.clock))).nodes


async def test_approvals_are_listed_for_the_owners_people(bench: Bench) -> None:
    await bench.register.put(a_seal(version=2, two_person=True))
    (sealing,) = await bench.asked(a_document())
    await bench.run()
    request = ListRequest(approvals=True)
    mine = await bench.find.page(request, 10, None, call_of(SECOND, bench.clock))
    assert [one.id for one in mine.nodes] == [sealing.id]
    for person in (STRANGER, CITIZEN, None):
        assert not (await bench.find.page(request, 10, None, call_of(person, bench.clock))).nodes


async def test_doubts_are_listed_for_whoever_settles_them(bench: Bench) -> None:
    (sealing,) = await bench.asked(a_document())
    doubtful = msgspec.structs.replace(sealing, state=SealingState.IN_DOUBT, version=2)
    assert await bench.sealings.change(sealing, doubtful)
    for person in (OPERATIONS, SECOND):
        page = await bench.find.doubtful(10, None, call_of(person, bench.clock))
        assert [one.id for one in page.nodes] == [sealing.id]
        assert not (await bench.find.doubtful(10, page.cursors[0], call_of(person, bench.clock))).nodes
    assert not (await bench.find.doubtful(10, None, call_of(STRANGER, bench.clock))).nodes
    for nobody in (CITIZEN, None):
        await refused(bench.find.doubtful(10, None, call_of(nobody, bench.clock)), problems.SEALING_LIST_FORBIDDEN)


async def test_sealings_are_counted_by_seal_application_and_state(bench: Bench) -> None:
    await bench.asked(a_document("1"), a_document("2"))
    await bench.run()
    (line,) = await bench.find.statistics(None, bench.clock.now() + timedelta(hours=1), call_of(AUDITOR, bench.clock))
    assert (line.seal, line.application, line.state, line.count) == ("seal-1", "portal", SealingState.RELEASED, 2)
    assert await bench.find.statistics(None, None, call_of(STRANGER, bench.clock)) == []
    long_ago = bench.clock.now() - timedelta(days=400)
    await refused(bench.find.statistics(long_ago, None, call_of(AUDITOR, bench.clock)), problems.WINDOW_INVALID)
    assert await bench.sealings.states() == {}


async def test_a_sealing_is_followed_to_its_end(bench: Bench) -> None:
    (sealing, other) = await bench.asked(a_document("1"), a_document("2"))
    find = FindSealings(bench.sealings, bench.rights, bench.clock, look=30)
    changes = await find.watch(sealing.id, call_of(OFFICER, bench.clock))
    async with aclosing(changes), asyncio.timeout(60):
        assert (await anext(changes)).state is SealingState.PREPARED
        await bench.sealings.tell([other.id])
        following = asyncio.ensure_future(anext(changes))
        await bench.run()
        assert (await following).state is SealingState.RELEASED
        with pytest.raises(StopAsyncIteration):
            await anext(changes)


async def test_who_was_not_told_looks_by_himself(bench: Bench) -> None:
    (sealing,) = await bench.asked(a_document())
    changes = await bench.find.watch(sealing.id, call_of(OFFICER, bench.clock))
    async with aclosing(changes), asyncio.timeout(60):
        await anext(changes)
        following = asyncio.ensure_future(anext(changes))
        cancelled = sealing.refuse(trouble_of(problems.SEALING_CANCELLED), bench.clock.now())
        assert await bench.sealings.change(sealing, cancelled)
        assert (await following).state is SealingState.FAILED


async def test_nobody_follows_what_he_may_not_see(bench: Bench) -> None:
    (sealing,) = await bench.asked(a_document())
    await refused(bench.find.watch(sealing.id, call_of(STRANGER, bench.clock)), problems.SEALING_UNKNOWN)


async def test_the_document_is_its_callers_once_it_is_released(bench: Bench) -> None:
    (sealing,) = await bench.asked(a_document())
    assert await bench.give(sealing, call_of(OFFICER, bench.clock)) is None
    done = await bench.run_until_ended(sealing)
    assert await bench.give(done, call_of(SECOND, bench.clock)) is None
    ticket = await bench.give(done, call_of(OFFICER, bench.clock))
    assert ticket is not None
    assert done.result is not None
    assert (ticket.name, ticket.bytes, ticket.sha256) == ("a.pdf", done.result.bytes, done.result.sha256)
    bench.clock.step(31 * 24 * 3_600)
    assert await bench.give(done, call_of(OFFICER, bench.clock)) is None


async def test_tickets_have_their_quota(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    (sealing,) = await bench.asked(a_document())
    done = await bench.run_until_ended(sealing)
    monkeypatch.setattr(FileLimits, "quota", property(lambda _: Quota(0, 0)))
    await refused(bench.give(done, call_of(OFFICER, bench.clock)), problems.FILES_TOO_MANY)


async def test_anybody_signed_in_has_a_document_examined(bench: Bench) -> None:
    upload = await bench.upload(sealed(a_document(), b"structure"), CITIZEN)
    found = await bench.verify(upload, call_of(CITIZEN, bench.clock))
    assert found.verdict is Verdict.VALID
    event = next(event for event in bench.trail.events if event.kind == "document.verified")
    assert event.note["result"] == "VALID"
    await refused(bench.verify(upload, call_of(None, bench.clock)), problems.PERSON_MISSING)
    await refused(bench.verify(upload, call_of(OFFICER, bench.clock)), problems.UPLOAD_UNKNOWN)
