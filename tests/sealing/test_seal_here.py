"""Documents that are sealed with keys of the gateway."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from gateway.core import problems
from gateway.core.errors import KeyUnusable, PinRefused, Refusal
from gateway.core.seals.register import SealState
from gateway.core.seals.sealing import SealingState
from gateway.core.tasks import NewTask
from gateway.core.text import Text
from gateway.services.sealing.pace import KIND_HERE
from tests.sealing.bench import Bench
from tests.sealing.making import a_document, a_seal, sealed
from tests.services.fakes import OFFICER, call_of


def numbers(sealing: Any) -> list[str]:
    return [trouble.number for trouble in sealing.troubles]


async def test_a_document_is_sealed_verified_and_released(bench: Bench) -> None:
    (sealing,) = await bench.asked(a_document())
    assert sealing.state is SealingState.PREPARED
    done = await bench.run_until_ended(sealing)
    assert done.state is SealingState.RELEASED
    assert (await bench.result(done)).startswith(sealed(a_document(), b"structure"))
    kinds = [event.kind for event in bench.trail.held if event.kind.startswith("seal.")]
    assert kinds == ["seal.requested", "seal.used", "seal.released"]
    released = await bench.find(done.id, call_of(OFFICER, bench.clock))
    assert released is not None
    assert released.pages == 1


async def test_a_defect_of_the_workshop_ends_nothing(bench: Bench) -> None:
    (sealing,) = await bench.asked(a_document())
    bench.workshop.trouble = RuntimeError("a defect")
    with pytest.raises(RuntimeError):
        await bench.worker().once()
    bench.workshop.trouble = None
    bench.clock.step(61)
    assert (await bench.run_until_ended(sealing)).state is SealingState.RELEASED


async def test_one_that_does_not_pass_ends_it(bench: Bench) -> None:
    (sealing,) = await bench.asked(a_document())
    bench.workshop.trouble = RuntimeError("a defect")
    for _ in range(bench.pace.most_tries - 1):
        with pytest.raises(RuntimeError):
            await bench.worker().once()
        bench.clock.step(200)
    await bench.worker().once()
    done = await bench.now(sealing)
    assert (done.state, numbers(done)) == (SealingState.FAILED, [problems.SEALING_BROKEN.number])


async def test_one_bad_document_spoils_no_other(bench: Bench) -> None:
    sealings = await bench.asked(a_document("1"), b"%PDF- without pages", a_document("3", pages=11), a_document("4"))
    await bench.run()
    ends = [await bench.now(one) for one in sealings]
    states = [one.state for one in ends]
    released, failed = SealingState.RELEASED, SealingState.FAILED
    assert states == [released, failed, failed, released]
    assert [numbers(one) for one in ends] == [[], ["YW-DO-02"], ["YW-SE-04"], []]


async def test_a_group_takes_no_more_of_the_folder_than_it_should(bench: Bench) -> None:
    bench.pace = msgspec.structs.replace(bench.pace, together_bytes=100_000)
    sealings = await bench.asked(*(a_document(str(number), size=60_000) for number in range(3)))
    await bench.run()
    assert {(await bench.now(one)).state for one in sealings} == {SealingState.RELEASED}


async def test_a_seal_that_was_frozen_meanwhile_is_not_used(bench: Bench) -> None:
    (sealing,) = await bench.asked(a_document())
    await bench.register.put(a_seal(version=2, state=SealState.FROZEN))
    done = await bench.run_until_ended(sealing)
    assert (done.state, numbers(done)) == (SealingState.FAILED, ["YW-SE-04"])
    assert not bench.workshop.signed


async def test_an_input_that_was_changed_is_not_sealed(bench: Bench) -> None:
    (sealing,) = await bench.asked(a_document())
    document = msgspec.structs.replace(sealing.input, sha256="00" * 32)
    assert await bench.sealings.change(sealing, msgspec.structs.replace(sealing, input=document, version=2))
    assert numbers(await bench.run_until_ended(sealing)) == ["YW-SE-38"]


async def test_an_input_that_is_gone_is_not_sealed(bench: Bench) -> None:
    (sealing,) = await bench.asked(a_document())
    document = msgspec.structs.replace(sealing.input, file="nothing")
    assert await bench.sealings.change(sealing, msgspec.structs.replace(sealing, input=document, version=2))
    assert numbers(await bench.run_until_ended(sealing)) == ["YW-SE-38"]


async def test_a_place_that_cannot_be_ends_it(bench: Bench) -> None:
    bench.workshop.trouble = Refusal(problems.PLACE_UNUSABLE, "place", reason=Text("无", "none"))
    (sealing,) = await bench.asked(a_document())
    assert numbers(await bench.run_until_ended(sealing)) == ["YW-DO-05"]


@pytest.mark.parametrize(
    ("trouble", "told"), [(KeyUnusable("the device is away"), "YW-SE-42"), (PinRefused("not this one"), "YW-SE-43")]
)
async def test_a_key_that_is_away_is_tried_again_and_the_caller_sees_why(
    trouble: KeyUnusable, told: str, bench: Bench
) -> None:
    bench.workshop.trouble = trouble
    (sealing,) = await bench.asked(a_document())
    await bench.run(rounds=6)
    waiting = await bench.now(sealing)
    assert (waiting.state, numbers(waiting)) == (SealingState.SEALING, [told])
    assert await bench.give(waiting, call_of(OFFICER, bench.clock)) is None
    bench.workshop.trouble = None
    done = await bench.run_until_ended(sealing)
    assert (done.state, numbers(done)) == (SealingState.RELEASED, [])


async def test_a_key_that_stays_away_is_given_up(bench: Bench) -> None:
    bench.workshop.trouble = KeyUnusable("the device is away")
    (sealing,) = await bench.asked(a_document())
    await bench.run(rounds=6)
    bench.clock.step(86_400)
    await bench.run(rounds=900)
    assert numbers(await bench.now(sealing)) == ["YW-SE-37"]


async def test_a_result_that_is_wrong_is_withheld(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    seal = bench.workshop.seal

    async def other(source: Any, target: Any, stamp: Any, place: Any) -> None:
        await seal(source, target, stamp, place)
        target.write_bytes(b"%PDF-another")

    monkeypatch.setattr(bench.workshop, "seal", other)
    (sealing,) = await bench.asked(a_document())
    done = await bench.run_until_ended(sealing)
    assert (done.state, numbers(done)) == (SealingState.FAILED, ["YW-SE-35"])
    assert await bench.give(done, call_of(OFFICER, bench.clock)) is None


async def test_what_kills_its_workers_is_given_up(bench: Bench) -> None:
    (sealing,) = await bench.asked(a_document())
    for _ in range(bench.pace.most_lapses + 1):
        await bench.worker().claim(KIND_HERE)
        bench.clock.step(61)
    done = await bench.run_until_ended(sealing)
    assert (done.state, numbers(done)) == (SealingState.FAILED, ["YW-SE-39"])


async def test_a_task_of_nothing_ends(bench: Bench) -> None:
    task = NewTask(kind=KIND_HERE, key="nothing", subject="nothing", due_at=bench.clock.now())
    await bench.sealings.together([bench.tasks.adding([task])])
    assert await bench.worker().once()
    bench.clock.step(timedelta(days=1).total_seconds())
    assert not await bench.worker().once()


async def test_a_large_document_is_stored_in_chunks(bench: Bench) -> None:
    content = a_document(size=3_000_000)
    (sealing,) = await bench.asked(content)
    done = await bench.run_until_ended(sealing)
    assert done.state is SealingState.RELEASED
    assert content in await bench.result(done)
