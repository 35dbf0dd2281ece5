"""Mandates: recorded and taken back by the holder himself, used by the agent, for its items, until its end."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from gateway.core import problems
from gateway.core.caller import Application, Caller, Person
from gateway.core.errors import Refusal
from gateway.core.licence import Holder
from gateway.core.mandate import Mandate
from gateway.core.problems import Problem
from gateway.core.use import Use, UseBasis
from gateway.services.fetch_licences import LicencesRequest
from gateway.services.holders import HolderRequest
from gateway.services.open_use import UseRequest
from gateway.services.record_mandate import LONGEST, MandateRequest
from tests.services.bench import LIFETIME, Bench, Rules, a_book, a_rule, an_item
from tests.services.fakes import (
    CITIZEN,
    ITEM,
    OFFICER,
    OTHER_NUMBER,
    OWN_NUMBER,
    OWN_OLD_NUMBER,
    START,
    FakeSource,
    LicenceRow,
    ManualClock,
    assign,
    call_of,
    rows,
)

AGENT = Person(subject="c-2", role=CITIZEN.role, name="李测试", document_type="111", number=OTHER_NUMBER)
STRANGER = msgspec.structs.replace(AGENT, subject="c-3", number="11010519491231002X")
OTHER_ITEM = "11420000-0002"
REQUEST = MandateRequest(
    agent=("111", OTHER_NUMBER, "李测试"), items=(ITEM,), types=None, expires_at=START + timedelta(days=30)
)


@pytest.fixture
def bench(clock: ManualClock) -> Bench:
    source = FakeSource("s", rows(LicenceRow(identifier="A-1", type="T1", holders=(Holder("111", OWN_NUMBER, None),))))
    rules = Rules(a_book(a_rule(), items=[an_item(), an_item(OTHER_ITEM)]))
    return Bench(clock, assign(source), rules=rules)


async def recorded(bench: Bench, **changed: Any) -> Mandate:
    request = msgspec.structs.replace(REQUEST, **changed)
    return await bench.mandates(request, call_of(CITIZEN, bench.clock))


async def refused_record(bench: Bench, person: Person | None = CITIZEN, **changed: Any) -> tuple[Problem, str | None]:
    with pytest.raises(Refusal) as caught:
        await bench.mandates(msgspec.structs.replace(REQUEST, **changed), call_of(person, bench.clock))
    return caught.value.problem, caught.value.field


async def opened(bench: Bench, mandate: str, person: Person = AGENT, item: str = ITEM) -> Use:
    request = UseRequest(basis=UseBasis.ENTRUSTED, item=item, mandate=mandate)
    return await bench.open_use(request, call_of(person, bench.clock))


async def refused_use(bench: Bench, mandate: str, person: Person = AGENT, item: str = ITEM) -> tuple[Any, ...]:
    with pytest.raises(Refusal) as caught:
        await opened(bench, mandate, person, item)
    return caught.value.problem, caught.value.field, str(caught.value)


# ---- recording


async def test_a_mandate_says_who_whom_what_and_until_when(bench: Bench) -> None:
    mandate = await recorded(bench, types=("T1",))
    assert mandate.principal == Holder("111", OWN_NUMBER, CITIZEN.name)
    assert mandate.agent == Holder("111", OTHER_NUMBER, "李测试")
    assert (mandate.items, mandate.types) == (frozenset({ITEM}), frozenset({"T1"}))
    assert (mandate.recorded_at, mandate.expires_at, mandate.revoked_at) == (START, REQUEST.expires_at, None)
    assert await bench.recorded.find(mandate.id) == mandate


async def test_ids_of_mandates_cannot_be_guessed(bench: Bench) -> None:
    assert len({(await recorded(bench)).id for _ in range(20)}) == 20
    assert len((await recorded(bench)).id) == 24


@pytest.mark.parametrize("agent", [("111", OWN_NUMBER, "王测试"), ("111", OWN_OLD_NUMBER, "王测试")])
async def test_nobody_entrusts_himself_in_any_spelling(bench: Bench, agent: tuple[str, str, str]) -> None:
    assert await refused_record(bench, agent=agent) == (problems.MANDATE_TO_ONESELF, "input.agent")


@pytest.mark.parametrize(
    ("changed", "problem", "field"),
    [
        ({"agent": ("112", "1", "李")}, problems.DOCUMENT_TYPE_UNKNOWN, "input.agent.type"),
        ({"agent": ("111", "1", "李")}, problems.CITIZEN_ID_INVALID, "input.agent.number"),
        ({"agent": ("111", OTHER_NUMBER, " ")}, problems.NAME_INVALID, "input.agent.name"),
        ({"items": ()}, problems.LIMIT_OUT_OF_RANGE, "input.items"),
        ({"items": (ITEM,) * 51}, problems.LIMIT_OUT_OF_RANGE, "input.items"),
        ({"items": (ITEM, "x" * 10_000)}, problems.USE_ITEM_INVALID, "input.items"),
        ({"types": ()}, problems.LIMIT_OUT_OF_RANGE, "input.types"),
        ({"types": ("T",) * 51}, problems.LIMIT_OUT_OF_RANGE, "input.types"),
        ({"types": ("",)}, problems.TYPES_INVALID, "input.types"),
        ({"types": ("T" * 65,)}, problems.TYPES_INVALID, "input.types"),
        ({"expires_at": START}, problems.MANDATE_END_INVALID, "input.expiresAt"),
        ({"expires_at": START + LONGEST + timedelta(seconds=1)}, problems.MANDATE_END_INVALID, "input.expiresAt"),
        ({"expires_at": datetime(1, 1, 1)}, problems.MANDATE_END_INVALID, "input.expiresAt"),  # noqa: DTZ001 - as typed
        (
            {"expires_at": datetime.max.replace(tzinfo=timezone(-timedelta(hours=10)))},
            problems.MANDATE_END_INVALID,
            "input.expiresAt",
        ),
    ],
)
async def test_a_wrong_agent_scope_or_end_is_refused(
    bench: Bench, changed: dict[str, Any], problem: Problem, field: str
) -> None:
    assert await refused_record(bench, **changed) == (problem, field)


async def test_an_end_without_a_zone_is_local_time(bench: Bench) -> None:
    mandate = await recorded(bench, expires_at=datetime(2026, 3, 10, 8))  # noqa: DTZ001 - as typed
    assert mandate.expires_at == datetime(2026, 3, 10, tzinfo=UTC)


async def test_an_end_at_the_limit_is_taken(bench: Bench) -> None:
    assert (await recorded(bench, expires_at=START + LONGEST)).expires_at == START + LONGEST


async def test_only_a_signed_in_holder_records_a_mandate(bench: Bench) -> None:
    assert await refused_record(bench, OFFICER) == (problems.USE_NEEDS_CITIZEN, None)
    assert await refused_record(bench, None) == (problems.PERSON_MISSING, None)


# ---- using


async def test_an_agent_reaches_the_principal_within_the_scope_of_the_mandate(bench: Bench) -> None:
    mandate = await recorded(bench, types=("T1",))
    use = await opened(bench, mandate.id)
    assert (use.reaches, use.types, use.mandate) == (mandate.principal, frozenset({"T1"}), mandate.id)
    assert use.expires_at == START + LIFETIME


async def test_a_use_ends_with_its_mandate(bench: Bench) -> None:
    mandate = await recorded(bench, expires_at=START + timedelta(minutes=1))
    assert (await opened(bench, mandate.id)).expires_at == mandate.expires_at


async def test_an_agent_who_was_named_by_his_old_number_is_the_same_person(bench: Bench) -> None:
    old = Person(subject="c-9", role=CITIZEN.role, name="王", document_type="111", number=OWN_NUMBER)
    mandate = await bench.mandates(
        msgspec.structs.replace(REQUEST, agent=("111", OWN_OLD_NUMBER, "王")), call_of(AGENT, bench.clock)
    )
    assert (await opened(bench, mandate.id, old)).reaches == mandate.principal


async def test_unknown_foreign_ended_and_revoked_mandates_are_refused_in_the_same_words(
    bench: Bench, clock: ManualClock
) -> None:
    mandate, revoked = await recorded(bench), await recorded(bench)
    await bench.mandates.revoke(revoked.id, call_of(CITIZEN, clock))
    said = {
        await refused_use(bench, "unknown"),
        await refused_use(bench, mandate.id, STRANGER),
        await refused_use(bench, mandate.id, CITIZEN),
        await refused_use(bench, mandate.id, OFFICER),
        await refused_use(bench, mandate.id, STRANGER, OTHER_ITEM),
        await refused_use(bench, revoked.id),
    }
    clock.step(30 * 86_400)
    said.add(await refused_use(bench, mandate.id))
    assert said == {
        (problems.MANDATE_UNKNOWN, "input.entrusted.mandate", problems.MANDATE_UNKNOWN.message.en),
    }


async def test_a_mandate_is_for_its_items_only(bench: Bench) -> None:
    mandate = await recorded(bench)
    assert (await refused_use(bench, mandate.id, item=OTHER_ITEM))[:2] == (
        problems.MANDATE_OUT_OF_SCOPE,
        "input.entrusted.item",
    )


async def test_a_use_without_a_mandate_is_refused_like_an_unknown_one(bench: Bench) -> None:
    with pytest.raises(Refusal) as caught:
        await bench.open_use(UseRequest(basis=UseBasis.ENTRUSTED, item=ITEM), call_of(AGENT, bench.clock))
    assert caught.value.problem is problems.MANDATE_UNKNOWN


# ---- licences under it


@pytest.mark.parametrize(("types", "found"), [(None, ["A-1"]), (("T1",), ["A-1"]), (("T2",), [])])
async def test_a_mandate_narrows_what_the_item_may_use(
    bench: Bench, types: tuple[str, ...] | None, found: list[str]
) -> None:
    use = await opened(bench, (await recorded(bench, types=types)).id)
    call = call_of(AGENT, bench.clock)
    request = LicencesRequest(use=use.id, holder=HolderRequest(viewer=True))
    licences = await bench.fetch_licences(request, frozenset({"identifier"}), call)
    assert [licence.identifier for licence in licences.nodes] == found
    everything = await opened(bench, (await recorded(bench)).id)
    (listed,) = (
        await bench.fetch_licences(
            LicencesRequest(use=everything.id, holder=HolderRequest(viewer=True)), frozenset({"identifier"}), call
        )
    ).nodes
    lookup = await bench.fetch_licence(use.id, listed.id, frozenset({"identifier"}), call)
    assert (lookup.licence is not None) is bool(found)


async def test_types_beyond_the_mandate_are_refused(bench: Bench) -> None:
    use = await opened(bench, (await recorded(bench, types=("T1",))).id)
    request = LicencesRequest(use=use.id, holder=HolderRequest(viewer=True), types=("T2",))
    with pytest.raises(Refusal) as caught:
        await bench.fetch_licences(request, frozenset(), call_of(AGENT, bench.clock))
    assert (caught.value.problem, caught.value.field) == (problems.POLICY_DENIED, "types")


async def test_an_agent_reaches_nobody_but_the_principal(bench: Bench) -> None:
    use = await opened(bench, (await recorded(bench)).id)
    request = LicencesRequest(use=use.id, holder=HolderRequest(document=("111", OTHER_NUMBER, "李测试")))
    with pytest.raises(Refusal) as caught:
        await bench.fetch_licences(request, frozenset(), call_of(AGENT, bench.clock))
    assert caught.value.problem is problems.USE_REACHES_ANOTHER


# ---- taking it back


async def test_a_mandate_that_is_taken_back_ends_its_open_uses_at_once(bench: Bench, clock: ManualClock) -> None:
    mandate = await recorded(bench)
    use = await opened(bench, mandate.id)
    assert await bench.live(use.id, call_of(AGENT, clock)) == use
    clock.step(1)
    ended = await bench.mandates.revoke(mandate.id, call_of(CITIZEN, clock))
    assert ended.revoked_at == clock.now()
    with pytest.raises(Refusal) as caught:
        await bench.live(use.id, call_of(AGENT, clock))
    assert (caught.value.problem, caught.value.field) == (problems.MANDATE_UNKNOWN, "use")


async def test_taking_back_twice_keeps_the_first_moment(bench: Bench, clock: ManualClock) -> None:
    mandate = await recorded(bench)
    first = await bench.mandates.revoke(mandate.id, call_of(CITIZEN, clock))
    clock.step(60)
    assert await bench.mandates.revoke(mandate.id, call_of(CITIZEN, clock)) == first


async def test_a_principal_may_take_it_back_at_any_application(bench: Bench, clock: ManualClock) -> None:
    mandate = await recorded(bench)
    call = msgspec.structs.replace(call_of(CITIZEN, clock), caller=Caller(Application("kiosk", "自助机"), CITIZEN))
    assert (await bench.mandates.revoke(mandate.id, call)).revoked_at is not None


@pytest.mark.parametrize("person", [AGENT, STRANGER])
async def test_a_mandate_of_another_is_as_if_it_were_not_there(bench: Bench, person: Person) -> None:
    mandate = await recorded(bench)
    said = set()
    for mandate_id in (mandate.id, "unknown"):
        with pytest.raises(Refusal) as caught:
            await bench.mandates.revoke(mandate_id, call_of(person, bench.clock))
        said.add((caught.value.problem, caught.value.field, str(caught.value)))
    assert said == {(problems.MANDATE_UNKNOWN, "input.id", problems.MANDATE_UNKNOWN.message.en)}
