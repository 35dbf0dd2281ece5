"""Approving, cancelling and settling: by whom, in which state, and what follows."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.core import problems
from gateway.core.caller import Person, Role
from gateway.core.delivery import Delivery
from gateway.core.errors import Refusal
from gateway.core.problems import Problem
from gateway.core.seals.register import SealState
from gateway.core.seals.sealing import Sealing, SealingState, Settler
from gateway.services.sealing.find_sealings import ListRequest
from gateway.services.sealing.settle_sealing import Settlement
from tests.sealing.bench import Bench, bench_on
from tests.sealing.making import OPERATIONS, OWNER, SECOND, STRANGER, FakePlatform, a_document, a_seal, away, sealed
from tests.sealing.test_seal_away import lost_input
from tests.services.fakes import CITIZEN, OFFICER, call_of
from tests.store.databases import open_url

DEPARTMENT = Person(subject="d-1", role=Role.DEPARTMENT, name="部门", body=OWNER)


@pytest.fixture
async def waiting(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Bench, Sealing]]:
    """A sealing that waits for the approval of another officer."""
    with open_url(request, "sqlite") as url:
        async with bench_on(url, tmp_path, a_seal(two_person=True)) as bench:
            (sealing,) = await bench.asked(a_document())
            await bench.run()
            yield bench, await bench.now(sealing)


@pytest.fixture
async def doubtful(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Bench, Sealing]]:
    """A sealing in doubt, which the platform has carried out."""
    platform = FakePlatform(Delivery.ONCE)
    platform.script = ["lost"]
    with open_url(request, "sqlite") as url:
        async with bench_on(url, tmp_path, a_seal(route=away()), platform) as bench:
            (sealing,) = await bench.asked(a_document())
            yield bench, await bench.run_until_ended(sealing)


async def refused(attempt: Any, problem: Problem) -> None:
    with pytest.raises(Refusal) as caught:
        await attempt
    assert caught.value.problem is problem


async def test_nothing_happens_before_the_approval(waiting: tuple[Bench, Sealing]) -> None:
    bench, sealing = waiting
    assert sealing.state is SealingState.APPROVAL
    assert not await bench.worker().once()
    approved = await bench.decide.approve(sealing.id, call_of(SECOND, bench.clock), agreed=True)
    assert approved.approval is not None
    assert approved.approval.by.person is not None
    assert (approved.approval.by.person.subject, approved.approval.by.person.name) == ("o-2", "")
    assert (await bench.run_until_ended(sealing)).state is SealingState.RELEASED
    line = next(event for event in bench.trail.held if event.kind == "seal.approved")
    assert line.actor is not None
    assert line.actor.subject == "o-2"


async def test_who_does_not_agree_ends_it(waiting: tuple[Bench, Sealing]) -> None:
    bench, sealing = waiting
    done = await bench.decide.approve(sealing.id, call_of(SECOND, bench.clock), agreed=False)
    assert (done.state, done.troubles[0].number) == (SealingState.FAILED, "YW-SE-31")


async def test_of_two_who_decide_at_once_one_is_told(
    waiting: tuple[Bench, Sealing], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, sealing = waiting
    change, caller = bench.sealings.change, call_of(OFFICER, bench.clock)

    async def changed(before: Sealing, after: Sealing, also: Any = ()) -> bool:
        monkeypatch.setattr(bench.sealings, "change", change)
        await bench.decide.cancel(sealing.id, caller)
        return await change(before, after, also)

    monkeypatch.setattr(bench.sealings, "change", changed)
    late = bench.decide.approve(sealing.id, call_of(SECOND, bench.clock), agreed=True)
    await refused(late, problems.SEALING_STATE_OTHER)
    assert (await bench.now(sealing)).state is SealingState.FAILED


async def test_a_seal_that_was_revoked_meanwhile_keeps_nobody_from_ending_it(waiting: tuple[Bench, Sealing]) -> None:
    bench, sealing = waiting
    await bench.register.put(a_seal(version=2, two_person=True, state=SealState.REVOKED))
    done = await bench.decide.approve(sealing.id, call_of(SECOND, bench.clock), agreed=False)
    assert (done.state, done.troubles[0].number) == (SealingState.FAILED, "YW-SE-31")


async def test_who_agrees_to_a_seal_that_was_revoked_ends_it(waiting: tuple[Bench, Sealing]) -> None:
    bench, sealing = waiting
    await bench.register.put(a_seal(version=2, two_person=True, state=SealState.REVOKED))
    done = await bench.decide.approve(sealing.id, call_of(SECOND, bench.clock), agreed=True)
    assert (done.state, done.troubles[0].number) == (SealingState.FAILED, "YW-SE-40")
    assert bench.trail.held[-1].problem is None


async def test_who_may_use_the_seal_no_more_may_still_refuse(waiting: tuple[Bench, Sealing]) -> None:
    bench, sealing = waiting
    await bench.register.put(a_seal(version=2, two_person=True, authorisations=()))
    await refused(
        bench.decide.approve(sealing.id, call_of(DEPARTMENT, bench.clock), agreed=False),
        problems.SEALING_APPROVER_FORBIDDEN,
    )
    done = await bench.decide.approve(sealing.id, call_of(SECOND, bench.clock), agreed=False)
    assert done.state is SealingState.FAILED


async def test_ones_own_requests_do_not_wait_for_ones_approval(waiting: tuple[Bench, Sealing]) -> None:
    bench, sealing = waiting
    approvals = ListRequest(approvals=True)
    assert not (await bench.find.page(approvals, 10, None, call_of(OFFICER, bench.clock))).nodes
    (shown,) = (await bench.find.page(approvals, 10, None, call_of(SECOND, bench.clock))).nodes
    assert shown.id == sealing.id


async def test_nobody_approves_his_own(waiting: tuple[Bench, Sealing]) -> None:
    bench, sealing = waiting
    attempt = bench.decide.approve(sealing.id, call_of(OFFICER, bench.clock), agreed=True)
    await refused(attempt, problems.SEALING_NEEDS_ANOTHER)


@pytest.mark.parametrize(
    ("person", "problem"),
    [
        (None, problems.PERSON_MISSING),
        (STRANGER, problems.SEALING_UNKNOWN),
        (CITIZEN, problems.SEALING_UNKNOWN),
        (DEPARTMENT, problems.SEALING_FORBIDDEN),
    ],
)
async def test_only_officers_of_the_owner_approve(
    waiting: tuple[Bench, Sealing], person: Person | None, problem: Problem
) -> None:
    bench, sealing = waiting
    await refused(bench.decide.approve(sealing.id, call_of(person, bench.clock), agreed=True), problem)


async def test_what_waits_for_nobody_is_not_approved(bench: Bench) -> None:
    (sealing,) = await bench.asked(a_document())
    attempt = bench.decide.approve(sealing.id, call_of(SECOND, bench.clock), agreed=True)
    await refused(attempt, problems.SEALING_STATE_OTHER)


async def test_what_is_not_there_is_not_approved(bench: Bench) -> None:
    attempt = bench.decide.approve("nothing", call_of(SECOND, bench.clock), agreed=True)
    await refused(attempt, problems.SEALING_UNKNOWN)


async def test_the_caller_cancels_what_has_not_begun(bench: Bench) -> None:
    (sealing,) = await bench.asked(a_document())
    done = await bench.decide.cancel(sealing.id, call_of(OFFICER, bench.clock))
    assert (done.state, done.troubles[0].number) == (SealingState.FAILED, "YW-SE-30")
    await bench.run()
    assert not bench.workshop.signed


async def test_a_cancellation_that_comes_between_keeps_the_seal_from_being_used(bench: Bench) -> None:
    (sealing,) = await bench.asked(a_document())
    worker = bench.worker()
    pages = bench.workshop.pages

    async def cancelled(document: Path) -> int:
        await bench.decide.cancel(sealing.id, call_of(OFFICER, bench.clock))
        return await pages(document)

    bench.workshop.pages = cancelled  # type: ignore[method-assign]
    await worker.once()
    assert (await bench.now(sealing)).state is SealingState.FAILED
    assert not bench.workshop.signed


async def test_nobody_cancels_anothers(bench: Bench) -> None:
    (sealing,) = await bench.asked(a_document())
    await refused(bench.decide.cancel(sealing.id, call_of(SECOND, bench.clock)), problems.SEALING_UNKNOWN)
    await refused(bench.decide.cancel("nothing", call_of(SECOND, bench.clock)), problems.SEALING_UNKNOWN)


async def test_what_has_ended_is_not_cancelled(bench: Bench) -> None:
    (sealing,) = await bench.asked(a_document())
    await bench.run()
    await refused(bench.decide.cancel(sealing.id, call_of(OFFICER, bench.clock)), problems.SEALING_STATE_OTHER)


async def test_who_is_too_late_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    (sealing,) = await bench.asked(a_document())

    async def stale(_: str) -> Sealing:
        return sealing

    await bench.run()
    monkeypatch.setattr(bench.sealings, "find", stale)
    await refused(bench.decide.cancel(sealing.id, call_of(OFFICER, bench.clock)), problems.SEALING_STATE_OTHER)


async def settled(bench: Bench, doubted: Sealing, person: Person | None = SECOND, **said: Any) -> Sealing:
    settlement = Settlement(**{"sealing": doubted.id, "reason": "已与平台核对"} | said)
    return await bench.settle(settlement, call_of(person, bench.clock))


async def test_a_person_says_that_it_was_not_sealed(doubtful: tuple[Bench, Sealing]) -> None:
    bench, sealing = doubtful
    done = await settled(bench, sealing, unsealed=True)
    assert (done.state, done.settled_by, done.reason) == (SealingState.FAILED, Settler.PERSON, "已与平台核对")
    line = next(event for event in bench.trail.held if event.kind == "seal.settled")
    assert (line.note["by"], line.note["way"]) == ("PERSON", "not-sealed")
    assert "核对" not in str(line)
    await bench.run()
    assert (await bench.now(sealing)).state is SealingState.FAILED


async def test_a_persons_document_is_verified_before_it_is_released(doubtful: tuple[Bench, Sealing]) -> None:
    bench, sealing = doubtful
    upload = await bench.upload(sealed(a_document(), b"structure"), SECOND)
    assert (await settled(bench, sealing, upload=upload)).state is SealingState.VERIFYING
    done = await bench.run_until_ended(sealing)
    assert (done.state, done.settled_by) == (SealingState.RELEASED, Settler.PERSON)
    assert await bench.result(done) == sealed(a_document(), b"structure")


async def test_a_persons_document_that_is_another_is_withheld_and_the_doubt_stays(
    doubtful: tuple[Bench, Sealing],
) -> None:
    bench, sealing = doubtful
    upload = await bench.upload(sealed(a_document("other"), b"structure"), SECOND)
    await settled(bench, sealing, upload=upload)
    found = await bench.run_until_ended(sealing)
    assert (found.state, found.troubles, found.attempts) == (sealing.state, sealing.troubles, sealing.attempts)
    assert found.troubles[0].number == "YW-SE-34"
    assert await bench.give(found, call_of(OFFICER, bench.clock)) is None
    await settled(bench, sealing, number="N-1")
    assert (await bench.run_until_ended(sealing)).state is SealingState.RELEASED


async def test_a_persons_document_that_cannot_be_compared_leaves_the_doubt(doubtful: tuple[Bench, Sealing]) -> None:
    bench, sealing = doubtful
    upload = await bench.upload(sealed(a_document(), b"structure"), SECOND)
    await settled(bench, sealing, upload=upload)
    await lost_input(bench, sealing)
    found = await bench.run_until_ended(sealing)
    assert (found.state, found.troubles[0].number) == (SealingState.IN_DOUBT, "YW-SE-34")


async def test_the_platform_is_asked_by_the_number_that_a_person_gives(doubtful: tuple[Bench, Sealing]) -> None:
    bench, sealing = doubtful
    assert (await settled(bench, sealing, OPERATIONS, number="N-1")).state is SealingState.IN_DOUBT
    done = await bench.run_until_ended(sealing)
    assert (done.state, done.number, done.troubles) == (SealingState.RELEASED, "N-1", ())


async def test_a_number_that_the_platform_does_not_know_is_not_kept(doubtful: tuple[Bench, Sealing]) -> None:
    bench, sealing = doubtful
    platform = bench.platforms.open["seal-hub"]
    platform.ledger.clear()
    await settled(bench, sealing, DEPARTMENT, number="N-9")
    found = await bench.run_until_ended(sealing)
    assert (found.state, found.number, found.settled_by, found.reason) == (SealingState.IN_DOUBT, None, None, None)
    assert found.troubles[0].number == "YW-SE-41"


@pytest.mark.parametrize("closed", [True, False])
async def test_a_number_stays_while_the_platform_does_not_answer(doubtful: tuple[Bench, Sealing], closed: bool) -> None:
    bench, sealing = doubtful
    bench.platforms.open["seal-hub"].queries = ["unanswered"]
    await settled(bench, sealing, DEPARTMENT, number="N-1")
    if closed:
        bench.platforms.open.clear()
    found = await bench.run_until_ended(sealing)
    assert (found.state, found.number, found.settled_by) == (SealingState.IN_DOUBT, "N-1", Settler.PERSON)


@pytest.mark.parametrize("closed", [True, False])
async def test_a_number_is_refused_by_which_nobody_can_be_asked(doubtful: tuple[Bench, Sealing], closed: bool) -> None:
    bench, sealing = doubtful
    bench.platforms.open["seal-hub"].asks_by_number = False
    if closed:
        bench.platforms.open.clear()
    with pytest.raises(Refusal) as refused:
        await settled(bench, sealing, DEPARTMENT, number="N-1")
    assert refused.value.problem is problems.SEALING_NUMBER_UNASKED


@pytest.mark.parametrize(
    ("person", "problem"),
    [
        (None, problems.PERSON_MISSING),
        (OFFICER, problems.SEALING_NEEDS_ANOTHER),
        (STRANGER, problems.SEALING_SETTLER_FORBIDDEN),
        (CITIZEN, problems.SEALING_SETTLER_FORBIDDEN),
    ],
)
async def test_whoever_may_not_settle_is_refused(
    doubtful: tuple[Bench, Sealing], person: Person | None, problem: Problem
) -> None:
    bench, sealing = doubtful
    await refused(settled(bench, sealing, person, unsealed=True), problem)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({}, problems.SEALING_SETTLEMENT_INVALID),
        ({"unsealed": True, "number": "N-1"}, problems.SEALING_SETTLEMENT_INVALID),
        ({"number": ""}, problems.SEALING_SETTLEMENT_INVALID),
        ({"number": "a\u0000"}, problems.SEALING_SETTLEMENT_INVALID),
        ({"unsealed": True, "reason": " "}, problems.SEAL_REASON_INVALID),
        ({"unsealed": True, "reason": "a\nb"}, problems.SEAL_REASON_INVALID),
        ({"upload": "nothing"}, problems.UPLOAD_UNKNOWN),
        ({"unsealed": True, "sealing": "nothing"}, problems.SEALING_UNKNOWN),
    ],
)
async def test_a_settlement_says_one_thing_and_why(
    doubtful: tuple[Bench, Sealing], said: dict[str, Any], problem: Problem
) -> None:
    bench, sealing = doubtful
    await refused(settled(bench, sealing, **said), problem)
    assert repr(Settlement(sealing="s", reason="r")) == "Settlement()"


async def test_an_upload_that_is_not_complete_settles_nothing(
    doubtful: tuple[Bench, Sealing], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, sealing = doubtful
    upload = await bench.upload(a_document(), SECOND)
    find = bench.files.find

    async def half(*given: Any) -> Any:
        found = await find(*given)
        return None if found is None else msgspec.structs.replace(found, is_complete=False)

    monkeypatch.setattr(bench.files, "find", half)
    await refused(settled(bench, sealing, upload=upload), problems.UPLOAD_INCOMPLETE)


async def test_what_is_not_in_doubt_is_not_settled(bench: Bench) -> None:
    (sealing,) = await bench.asked(a_document())
    await refused(settled(bench, sealing, unsealed=True), problems.SEALING_STATE_OTHER)


async def test_two_who_settle_at_once_do_not_both(
    doubtful: tuple[Bench, Sealing], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, sealing = doubtful

    async def stale(_: str) -> Sealing:
        return sealing

    await settled(bench, sealing, unsealed=True)
    monkeypatch.setattr(bench.sealings, "find", stale)
    await refused(settled(bench, sealing, unsealed=True), problems.SEALING_STATE_OTHER)


async def test_what_was_asked_for_under_another_route_is_woken_too(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Its task is of the kind of the route that the seal had then."""
    platform = FakePlatform(Delivery.ONCE)
    with open_url(request, "sqlite") as url:
        async with bench_on(url, tmp_path, a_seal(), platform) as bench:
            (sealing,) = await bench.asked(a_document())
            await bench.register.put(a_seal(version=2, route=away()))
            platform.script = ["lost"]
            assert (await bench.run_until_ended(sealing)).state is SealingState.IN_DOUBT
            await settled(bench, sealing, number="N-1")
            assert (await bench.run_until_ended(sealing)).state is SealingState.RELEASED
