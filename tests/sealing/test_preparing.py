"""Documents that somebody has to approve are opened, told what they are and counted before he is asked."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.bootstrap.sealing import _posts
from gateway.core import problems
from gateway.core.errors import Refusal, StoreUnavailable
from gateway.core.files import CHUNK_BYTES
from gateway.core.seals.platform import Mode
from gateway.core.seals.register import Route, SealState
from gateway.core.seals.sealing import Sealing, SealingState
from gateway.core.tasks import NewTask
from gateway.services.sealing.asking import DocumentRequest
from gateway.services.sealing.pace import KIND_HERE, KIND_PLATFORM, KIND_PREPARE, KIND_RECONCILE
from gateway.services.tasks.leases import Leases
from gateway.settings import Settings
from gateway.store.tables.tasks import tasks
from tests.sealing.bench import Bench, Fuse, Killed, bench_on
from tests.sealing.making import LOCAL, NOWHERE, SECOND, a_document, a_seal, away
from tests.services.fakes import OFFICER, call_of
from tests.store.databases import open_url

TWO = {"version": 2, "two_person": True}


@pytest.fixture
async def strict(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """With a seal of two persons."""
    with open_url(request, "sqlite") as url:
        async with bench_on(url, tmp_path, a_seal(two_person=True)) as bench:
            yield bench


async def approved(bench: Bench, sealing: Sealing) -> Sealing:
    return await bench.decide.approve(sealing.id, call_of(SECOND, bench.clock), agreed=True)


async def test_nobody_is_asked_before_the_document_was_counted(strict: Bench) -> None:
    asked = await strict.asked(a_document("one", 3), a_document("two", 1, 2 * CHUNK_BYTES))
    assert {one.state for one in asked} == {SealingState.PREPARED}
    with pytest.raises(Refusal) as refused:
        await approved(strict, asked[0])
    assert refused.value.problem is problems.SEALING_STATE_OTHER
    await strict.run()
    found = [await strict.now(one) for one in asked]
    assert [(one.state, one.pages) for one in found] == [(SealingState.APPROVAL, 3), (SealingState.APPROVAL, 1)]
    assert not strict.workshop.signed
    for one in found:
        await approved(strict, one)
    await strict.run()
    assert {(await strict.now(one)).state for one in asked} == {SealingState.RELEASED}
    line = next(event for event in strict.trail.held if event.kind == "seal.approved")
    assert line.note["pages"] == 3


@pytest.mark.parametrize(
    ("content", "number"),
    [
        (a_document(pages=11), problems.SEALING_FORBIDDEN.number),
        (b"%PDF-1.7 of no pages", problems.DOCUMENT_UNREADABLE.number),
    ],
)
async def test_what_cannot_be_sealed_is_nothing_to_approve(strict: Bench, content: bytes, number: str) -> None:
    good, bad = await strict.asked(a_document(), content)
    await strict.run()
    failed = await strict.now(bad)
    assert (failed.state, failed.troubles[0].number) == (SealingState.FAILED, number)
    assert (await strict.now(good)).state is SealingState.APPROVAL
    assert next(event for event in strict.trail.held if event.kind == "seal.failed").about


@pytest.mark.parametrize(
    ("route", "state"),
    [
        (LOCAL, SealingState.FAILED),
        (away(Mode.DIGEST), SealingState.FAILED),
        (away(Mode.DOCUMENT), SealingState.APPROVAL),
    ],
    ids=["here", "digest", "document"],
)
async def test_where_the_seal_cannot_be_put_it_is_nothing_to_approve(
    strict: Bench, route: Route, state: SealingState
) -> None:
    """A platform that takes whole documents has its own ways to find a place, and is not asked yet."""
    await strict.register.put(a_seal(**TWO, route=route))
    good, bad = (*await strict.asked(), *await strict.asked(place=NOWHERE, documents=await two(strict)))
    await strict.run()
    assert (await strict.now(good)).state is SealingState.APPROVAL
    found = await strict.now(bad)
    assert (found.state, [one.number for one in found.troubles]) == (
        state,
        [problems.KEYWORD_NOWHERE.number] if state is SealingState.FAILED else [],
    )
    assert not strict.workshop.signed


async def two(bench: Bench) -> tuple[DocumentRequest, ...]:
    return (DocumentRequest("key-2", await bench.upload(a_document("two"))),)


async def test_a_seal_that_was_frozen_meanwhile_is_nothing_to_approve(strict: Bench) -> None:
    (sealing,) = await strict.asked()
    await strict.register.put(a_seal(**TWO, state=SealState.FROZEN))
    await strict.run()
    assert (await strict.now(sealing)).state is SealingState.FAILED


async def test_what_the_document_is_taken_for_when_it_is_sealed_is_what_counts(strict: Bench) -> None:
    """A file that begins as one and is the other."""
    upload = await strict.upload(b"PK\x03\x04 pages=1;", told="application/pdf")
    (sealing,) = await strict.asked(documents=(DocumentRequest("key-1", upload),))
    assert sealing.input.media_type == "application/pdf"
    await strict.run()
    assert (await strict.now(sealing)).input.media_type == "application/ofd"


async def test_a_document_that_is_gone_is_nothing_to_approve(strict: Bench) -> None:
    upload = await strict.upload(a_document(size=CHUNK_BYTES))
    (sealing,) = await strict.asked(documents=(DocumentRequest("key-1", upload),))
    other = msgspec.structs.replace(sealing.input, sha256="ab" * 32)
    assert await strict.sealings.change(sealing, msgspec.structs.replace(sealing, input=other, version=2))
    await strict.run()
    failed = await strict.now(sealing)
    assert (failed.state, failed.troubles[0].number) == (SealingState.FAILED, problems.SEALING_INPUT_LOST.number)


async def test_a_worker_that_dies_at_any_moment_leaves_it_to_the_next(strict: Bench) -> None:
    for moment in range(1, 4):
        upload = await strict.upload(a_document(f"{moment}"))
        (sealing,) = await strict.asked(documents=(DocumentRequest(f"key-{moment}", upload),))
        with pytest.raises(Killed):
            await strict.worker(Fuse(moment)).once()
        strict.clock.step(61)
        await strict.run()
        assert ((await strict.now(sealing)).state, (await strict.now(sealing)).pages) == (SealingState.APPROVAL, 1)
    assert not (await strict.tasks.counts())


async def test_what_kills_its_workers_again_and_again_ends(strict: Bench) -> None:
    (sealing,) = await strict.asked()
    for _ in range(strict.pace.most_lapses + 1):
        assert await strict.worker().claim(KIND_PREPARE)
        strict.clock.step(61)
    await strict.run()
    failed = await strict.now(sealing)
    assert (failed.state, failed.troubles[0].number) == (SealingState.FAILED, problems.SEALING_BROKEN.number)


async def test_a_defect_that_does_not_pass_ends_it_and_a_store_that_is_away_does_not(
    strict: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (sealing,) = await strict.asked()

    async def raises(error: Exception) -> None:
        async def broken(_: object) -> None:
            raise error

        monkeypatch.setattr(strict.workshop, "pages_of", broken)
        with pytest.raises(type(error)):
            await strict.worker().once()
        strict.clock.step(200)

    await raises(StoreUnavailable("away"))
    for _ in range(strict.pace.most_tries - 2):
        await raises(RuntimeError("a defect"))
    await strict.worker().once()
    failed = await strict.now(sealing)
    assert (failed.state, failed.troubles[0].number) == (SealingState.FAILED, problems.SEALING_BROKEN.number)


async def test_what_was_cancelled_meanwhile_is_left_alone(strict: Bench) -> None:
    (sealing,) = await strict.asked()
    await strict.decide.cancel(sealing.id, call_of(OFFICER, strict.clock))
    assert await strict.worker().once() == 1
    assert (await strict.now(sealing)).state is SealingState.FAILED
    assert not (await strict.tasks.counts())


async def test_what_was_looked_at_while_it_was_cancelled_is_cancelled(
    strict: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is still one that nobody has begun with."""
    (sealing,) = await strict.asked()
    change = strict.sealings.change

    async def changed(before: Sealing, after: Sealing, also: Any = ()) -> bool:
        if before.state is SealingState.PREPARED:
            await strict.run()
        return await change(before, after, also)

    monkeypatch.setattr(strict.sealings, "change", changed)
    await strict.decide.cancel(sealing.id, call_of(OFFICER, strict.clock))
    cancelled = await strict.now(sealing)
    assert (cancelled.state, cancelled.pages) == (SealingState.FAILED, 1)
    assert cancelled.troubles[0].number == problems.SEALING_CANCELLED.number


async def test_what_is_not_approved_is_not_sealed_whoever_wakes_it(strict: Bench) -> None:
    (sealing,) = await strict.asked()
    task = NewTask(kind=KIND_HERE, key=sealing.id, subject=sealing.id, due_at=strict.clock.now())
    await strict.sealings.together([strict.tasks.adding([task])])
    await strict.run()
    assert (await strict.now(sealing)).state is SealingState.APPROVAL
    assert not strict.workshop.signed


async def test_what_an_earlier_version_had_wait_is_looked_at_before_it_is_approved(strict: Bench) -> None:
    """Replicas of both versions may run side by side: the earlier one asked for the approval at once."""
    (sealing,) = await strict.asked()
    await strict.run()
    now = await strict.now(sealing)
    earlier = msgspec.structs.replace(now, pages=None, two_person=False, version=now.version + 1)
    assert await strict.sealings.change(now, earlier)
    await strict.sealings.together([_forgotten])
    with pytest.raises(Refusal) as refused:
        await approved(strict, sealing)
    assert refused.value.problem is problems.SEALING_UNSEEN
    await strict.run()
    assert (await strict.now(sealing)).pages == 1
    await approved(strict, sealing)
    await strict.run()
    assert (await strict.now(sealing)).state is SealingState.RELEASED


async def _forgotten(transaction: object) -> None:
    """The earlier version has no such tasks."""
    await transaction.execute(tasks.delete())  # type: ignore[attr-defined]


def test_a_gateway_has_somebody_for_each_kind_of_task(strict: Bench) -> None:
    leases = Leases(strict.tasks, strict.clock)
    workshop: Any = strict.workshop
    posts = _posts(Settings(), strict.counter, workshop, leases, strict.platforms)
    assert [post.handler.kind for post in posts] == [KIND_PREPARE, KIND_HERE, KIND_PLATFORM, KIND_RECONCILE]
