"""Finding a use again: only its owner does, while it lasts, and nobody learns which ids exist."""

import msgspec
import pytest

from gateway.core import problems
from gateway.core.caller import Application, Caller
from gateway.core.errors import Refusal
from gateway.services.require_use import require_use
from tests.services.fakes import CITIZEN, ManualClock, call_of
from tests.services.memory import MemoryUses


async def test_the_owner_finds_the_use(own_use: str, uses: MemoryUses, clock: ManualClock) -> None:
    assert (await require_use(own_use, call_of(CITIZEN, clock), uses, clock)).id == own_use


async def test_unknown_expired_and_foreign_uses_are_refused_in_the_same_words(
    own_use: str, uses: MemoryUses, clock: ManualClock
) -> None:
    own = call_of(CITIZEN, clock)
    other_person = msgspec.structs.replace(CITIZEN, subject="c-2")
    callers = [
        ("no such use", own),
        (own_use, call_of(other_person, clock)),
        (own_use, msgspec.structs.replace(own, caller=Caller(Application("kiosk", "自助机"), CITIZEN))),
    ]
    said = set()
    for use_id, call in callers:
        with pytest.raises(Refusal) as caught:
            await require_use(use_id, call, uses, clock)
        said.add((caught.value.problem, caught.value.field, str(caught.value)))
    kept = await uses.find(own_use)
    assert kept is not None
    forgetful = MemoryUses(ManualClock())  # a store that still has what is over
    await forgetful.add(kept)
    clock.step(30 * 60)
    with pytest.raises(Refusal) as caught:
        await require_use(own_use, own, forgetful, clock)
    said.add((caught.value.problem, caught.value.field, str(caught.value)))
    assert len(said) == 1
    assert said.pop()[:2] == (problems.USE_UNKNOWN, "use")


async def test_a_use_lasts_to_the_last_moment(own_use: str, uses: MemoryUses, clock: ManualClock) -> None:
    clock.step(30 * 60 - 0.001)
    assert await require_use(own_use, call_of(CITIZEN, clock), uses, clock)


async def test_without_a_person_there_is_no_use(own_use: str, uses: MemoryUses, clock: ManualClock) -> None:
    with pytest.raises(Refusal) as caught:
        await require_use(own_use, call_of(None, clock), uses, clock)
    assert caught.value.problem is problems.PERSON_MISSING
