"""Uses: who may open which, and that only their owner finds them, while they last."""

from datetime import timedelta

import msgspec
import pytest

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.caller import Application, Caller, Person, Role
from gateway.core.errors import Refusal
from gateway.core.problems import Problem
from gateway.core.use import UseBasis
from gateway.services.open_use import OpenUse, UseRequest
from gateway.services.require_use import require_use
from gateway.store.memory_uses import MemoryUses
from tests.services.fakes import CITIZEN, OFFICER, START, ManualClock, call_of

ITEM = "11420000-0001"
HOLDER = UseRequest(basis=UseBasis.HOLDER, item=ITEM)
STATUTORY = UseRequest(basis=UseBasis.STATUTORY, item=ITEM, case="BJ-1")


@pytest.fixture
def open_use(uses: MemoryUses, clock: ManualClock) -> OpenUse:
    return OpenUse(uses, clock, timedelta(minutes=30))


async def refused(open_use: OpenUse, request: UseRequest, call: Call) -> tuple[Problem, str | None]:
    with pytest.raises(Refusal) as caught:
        await open_use(request, call)
    return caught.value.problem, caught.value.field


async def test_a_use_is_bound_to_who_opened_it_and_ends(open_use: OpenUse, clock: ManualClock) -> None:
    request = UseRequest(basis=UseBasis.STATUTORY, item=ITEM, case="BJ-1", note="核验")
    use = await open_use(request, call_of(OFFICER, clock))
    assert (use.owner_application, use.owner_subject) == ("portal", "o-1")
    assert use.expires_at == START + timedelta(minutes=30)
    assert (use.item, use.basis, use.case, use.application, use.note) == (
        ITEM,
        UseBasis.STATUTORY,
        "BJ-1",
        None,
        "核验",
    )


async def test_ids_cannot_be_guessed(open_use: OpenUse, clock: ManualClock) -> None:
    ids = {(await open_use(HOLDER, call_of(CITIZEN, clock))).id for _ in range(50)}
    assert len(ids) == 50
    assert all(len(one) == 32 for one in ids)


async def test_a_pre_application_stands_for_a_case(open_use: OpenUse, clock: ManualClock) -> None:
    request = UseRequest(basis=UseBasis.STATUTORY, item=ITEM, application="YB-1")
    assert (await open_use(request, call_of(OFFICER, clock))).application == "YB-1"


async def test_without_a_person_nothing_is_opened(open_use: OpenUse, clock: ManualClock) -> None:
    assert await refused(open_use, HOLDER, call_of(None, clock)) == (problems.PERSON_MISSING, None)


@pytest.mark.parametrize(
    ("request_", "person", "problem", "field"),
    [
        (HOLDER, OFFICER, problems.USE_NEEDS_CITIZEN, "input.holder"),
        (HOLDER, msgspec.structs.replace(CITIZEN, number=None), problems.USE_NEEDS_CITIZEN, "input.holder"),
        (STATUTORY, CITIZEN, problems.USE_NEEDS_OFFICER, "input.statutory"),
        (STATUTORY, msgspec.structs.replace(OFFICER, body=None), problems.USE_NEEDS_OFFICER, "input.statutory"),
        (STATUTORY, Person(subject="h", role=Role.HUB, name="甲"), problems.USE_NEEDS_OFFICER, "input.statutory"),
        (
            msgspec.structs.replace(STATUTORY, case=None),
            OFFICER,
            problems.USE_CASE_NEEDED,
            "input.statutory",
        ),
        (
            msgspec.structs.replace(STATUTORY, application="YB-1"),
            OFFICER,
            problems.USE_CASE_NEEDED,
            "input.statutory",
        ),
        (
            UseRequest(basis=UseBasis.ENTRUSTED, item=ITEM),
            CITIZEN,
            problems.USE_BASIS_UNPROVEN,
            "input.entrusted",
        ),
        (UseRequest(basis=UseBasis.PRESENTED, item=None), OFFICER, problems.USE_BASIS_UNPROVEN, "input.presented"),
    ],
)
async def test_who_cannot_act_on_a_basis_is_refused(
    open_use: OpenUse, clock: ManualClock, request_: UseRequest, person: Person, problem: Problem, field: str
) -> None:
    assert await refused(open_use, request_, call_of(person, clock)) == (problem, field)


@pytest.mark.parametrize(
    "item", [None, "", "12345", "1" * 41, "-12345", "1234 56", "12345\n", "事项编码一二三", "123456;drop"]
)
async def test_a_malformed_item_is_refused(open_use: OpenUse, clock: ManualClock, item: str | None) -> None:
    request = UseRequest(basis=UseBasis.HOLDER, item=item)
    assert await refused(open_use, request, call_of(CITIZEN, clock)) == (
        problems.USE_ITEM_INVALID,
        "input.holder.item",
    )


@pytest.mark.parametrize("item", ["123456", "1" * 40, "a-b-c-d"])
async def test_an_item_of_6_to_40_characters_is_taken(open_use: OpenUse, clock: ManualClock, item: str) -> None:
    request = UseRequest(basis=UseBasis.HOLDER, item=item)
    assert (await open_use(request, call_of(CITIZEN, clock))).item == item


@pytest.mark.parametrize("text", ["", "长" * 201])
@pytest.mark.parametrize("name", ["note", "case", "application"])
async def test_a_text_is_1_to_200_characters(open_use: OpenUse, clock: ManualClock, name: str, text: str) -> None:
    request = msgspec.structs.replace(STATUTORY, **({"case": None} if name == "application" else {}) | {name: text})
    problem, field = await refused(open_use, request, call_of(OFFICER, clock))
    assert (problem, field) == (problems.USE_TEXT_INVALID, f"input.statutory.{name}")


async def test_a_text_of_200_characters_is_taken(open_use: OpenUse, clock: ManualClock) -> None:
    request = msgspec.structs.replace(STATUTORY, note="长" * 200)
    assert (await open_use(request, call_of(OFFICER, clock))).note == "长" * 200


# ---- finding a use again


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
    forgetful = MemoryUses(ManualClock(), 10_000)  # a store that still has what is over
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
