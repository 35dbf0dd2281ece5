"""Opening a use: who may, on which basis, and with what."""

from datetime import timedelta

import msgspec
import pytest

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.caller import Evidence, Person, Role
from gateway.core.errors import Refusal
from gateway.core.problems import Problem
from gateway.core.use import UseBasis
from gateway.services.holders import HolderRequest
from gateway.services.open_use import OpenUse, UseRequest
from tests.services.bench import Bench, Rules, a_book, a_rule, an_item
from tests.services.fakes import CITIZEN, ITEM, OFFICER, OWN_NUMBER, START, ManualClock, call_of
from tests.services.memory import MemoryUses

HOLDER = UseRequest(basis=UseBasis.HOLDER, item=ITEM)
STATUTORY = UseRequest(basis=UseBasis.STATUTORY, item=ITEM, case="BJ-1")


@pytest.fixture
def open_use(uses: MemoryUses, clock: ManualClock) -> OpenUse:
    items = [an_item(code) for code in (ITEM, "123456", "1" * 40, "a-b-c-d")]
    return Bench(clock, rules=Rules(a_book(a_rule(), items=items)), uses=uses).open_use


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


async def test_a_pre_application_stands_for_a_case(clock: ManualClock) -> None:
    bench = Bench(clock)
    call = call_of(OFFICER, clock)
    number = (await bench.pre_applications.open(ITEM, call)).number
    use = await bench.open_use(UseRequest(basis=UseBasis.STATUTORY, item=ITEM, application=number), call)
    assert (use.application, use.case) == (number, None)


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
            problems.MANDATE_UNKNOWN,
            "input.entrusted.mandate",
        ),
        (UseRequest(basis=UseBasis.PRESENTED, item=None), OFFICER, problems.CODE_UNKNOWN, "input.presented.code"),
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


def test_what_is_declared_names_nobody_in_a_log() -> None:
    request = msgspec.structs.replace(STATUTORY, note=OWN_NUMBER, scan="scan-1", code="code-1", mandate="M-1")
    holder = HolderRequest(document=("111", OWN_NUMBER, "王测试"))
    said = repr(request) + repr(holder) + repr(Evidence(token="t-1", person_token="p-1", certificate=b"c-1"))
    assert not [word for word in (OWN_NUMBER, "王测试", "-1") if word in said]
