"""A statutory use: the case is open, of the item, the officer's; and it is proven again while the use lives."""

import asyncio
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from gateway.core import problems
from gateway.core.bodies import Succession
from gateway.core.call import Call
from gateway.core.case import CaseState
from gateway.core.clock import china_date
from gateway.core.errors import Refusal
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import CaseAnswer
from gateway.core.text import Language
from gateway.core.use import Use, UseBasis
from gateway.services.live_use import PROOF_LASTS
from gateway.services.open_use import UseRequest
from tests.services.bench import BODY, Bench, FakeCaseDirectory, FakeCases, Rules, a_book, a_case, a_rule, an_item
from tests.services.fakes import CITIZEN, ITEM, OFFICER, TODAY, ManualClock, call_of

OTHER_BODY = "11420000MB0A00001X"
STATUTORY = UseRequest(basis=UseBasis.STATUTORY, item=ITEM, case="BJ-1")
DOWN = FakeCases(script=CaseAnswer(outcome=Outcome.UNAVAILABLE, fault=Fault.NETWORK, message="connect ECONNREFUSED"))
EMPTY = FakeCases()


def bench_of(clock: ManualClock, *systems: FakeCases, rules: Rules | None = None) -> Bench:
    return Bench(clock, cases=FakeCaseDirectory(*systems), rules=rules)


async def opened(bench: Bench, clock: ManualClock) -> Use:
    return await bench.open_use(STATUTORY, call_of(OFFICER, clock))


async def refused(bench: Bench, clock: ManualClock, **officer: Any) -> Refusal:
    person = msgspec.structs.replace(OFFICER, **officer)
    with pytest.raises(Refusal) as caught:
        await bench.open_use(STATUTORY, call_of(person, clock))
    assert caught.value.problem.code is problems.ProblemCode.FORBIDDEN
    assert caught.value.field == "input.statutory.case"
    for language in Language:
        assert "{" not in caught.value.message(language)
        assert caught.value.remedy(language)
    return caught.value


@pytest.mark.parametrize("state", [CaseState.RECEIVED, CaseState.ACCEPTED, CaseState.REVIEWED, CaseState.SUPPLEMENT])
async def test_a_case_that_is_handled_proves_a_use(clock: ManualClock, state: CaseState) -> None:
    use = await opened(bench_of(clock, FakeCases(a_case(state=state))), clock)
    assert (use.case, use.reaches, use.types, use.licence) == ("BJ-1", None, None, None)
    assert use.proven_at == clock.now()


@pytest.mark.parametrize("state", [CaseState.CLOSED, CaseState.SUSPENDED, CaseState.UNKNOWN])
async def test_a_case_that_is_not_handled_proves_nothing(clock: ManualClock, state: CaseState) -> None:
    refusal = await refused(bench_of(clock, FakeCases(a_case(state=state))), clock)
    assert refusal.problem is problems.CASE_UNPROVEN
    assert refusal.message(Language.EN).endswith("it is closed, suspended or of unknown state")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"item": "11420000-0002"}, "it is of another item"),
        ({"item": None}, "it is of another item"),
        ({"region": "420200"}, "it is handled in another region"),
        ({"region": "420000"}, "it is handled in another region"),
        ({"region": None}, "it is handled in another region"),
        ({"region": "somewhere"}, "it is handled in another region"),
        ({"body": OTHER_BODY}, "it is handled by another body"),
    ],
)
async def test_anothers_case_proves_nothing(clock: ManualClock, changed: dict[str, Any], reason: str) -> None:
    refusal = await refused(bench_of(clock, FakeCases(a_case(**changed))), clock)
    assert refusal.problem is problems.CASE_UNPROVEN
    assert refusal.message(Language.EN) == f"the case does not prove this use: {reason}"


@pytest.mark.parametrize("state", [CaseState.ACCEPTED, CaseState.CLOSED])
@pytest.mark.parametrize("item", [ITEM, "11420000-0002"])
@pytest.mark.parametrize("elsewhere", [{"body": OTHER_BODY}, {"region": "420200"}])
async def test_of_anothers_case_nobody_learns_how_far_it_is_or_what_it_is_about(
    clock: ManualClock, state: CaseState, item: str, elsewhere: dict[str, str]
) -> None:
    refusal = await refused(bench_of(clock, FakeCases(a_case(state=state, item=item, **elsewhere))), clock)
    assert "another region" in str(refusal) or "another body" in str(refusal)


async def test_an_officer_without_a_region_handles_nothing(clock: ManualClock) -> None:
    rules = Rules(a_book(a_rule(), items=[an_item(regions=("*",))]))
    refusal = await refused(bench_of(clock, FakeCases(a_case()), rules=rules), clock, region=None)
    assert str(refusal).endswith("it is handled in another region")


async def test_a_case_whose_system_names_no_body_is_the_items_bodys(clock: ManualClock) -> None:
    assert (await opened(bench_of(clock, FakeCases(a_case(body=None))), clock)).case == "BJ-1"


@pytest.mark.parametrize(("days", "is_proven"), [(1, False), (0, True), (-1, True)])
async def test_a_successor_takes_over_the_cases_from_its_day(clock: ManualClock, days: int, is_proven: bool) -> None:
    """The case system still names the old body; the officer already belongs to the new one."""
    day = TODAY + timedelta(days=days)
    rules = Rules(a_book(a_rule(), items=[an_item(body=OTHER_BODY)], successions=[Succession(BODY, OTHER_BODY, day)]))
    bench = bench_of(clock, FakeCases(a_case(body=BODY)), rules=rules)
    call = call_of(msgspec.structs.replace(OFFICER, body=OTHER_BODY), clock)
    assert china_date(clock.now()) == date(2026, 3, 2)
    if is_proven:
        assert (await bench.open_use(STATUTORY, call)).case == "BJ-1"
    else:
        with pytest.raises(Refusal, match="another body"):
            await bench.open_use(STATUTORY, call)


# ---- who knows the case


async def test_the_systems_of_the_officers_region_are_asked(clock: ManualClock) -> None:
    bench = bench_of(clock, FakeCases(a_case()))
    await opened(bench, clock)
    assert bench.cases.regions == ["420100"]


async def test_the_first_system_that_knows_the_case_speaks(clock: ManualClock) -> None:
    closed = FakeCases(a_case(state=CaseState.CLOSED))
    assert await opened(bench_of(clock, EMPTY, FakeCases(a_case()), closed), clock)
    assert await refused(bench_of(clock, closed, FakeCases(a_case())), clock)


async def test_a_system_that_is_down_spoils_nothing_where_another_knows_the_case(clock: ManualClock) -> None:
    assert await opened(bench_of(clock, DOWN, FakeCases(a_case())), clock)


async def test_a_case_that_nobody_knows_proves_nothing(clock: ManualClock) -> None:
    refusal = await refused(bench_of(clock, EMPTY, EMPTY), clock)
    assert (refusal.problem, str(refusal)) == (
        problems.CASE_UNPROVEN,
        "the case does not prove this use: there is no such case",
    )


@pytest.mark.parametrize("systems", [(DOWN,), (EMPTY, DOWN), (DOWN, EMPTY)])
async def test_a_case_that_could_not_be_asked_for_is_told_from_one_that_is_not_there(
    clock: ManualClock, systems: tuple[FakeCases, ...]
) -> None:
    refusal = await refused(bench_of(clock, *systems), clock)
    assert refusal.problem is problems.CASE_UNREACHABLE
    assert "ECONNREFUSED" not in str(refusal)


async def test_an_answer_without_a_case_is_none(clock: ManualClock) -> None:
    hollow = FakeCases(script=CaseAnswer(outcome=Outcome.OK))
    assert (await refused(bench_of(clock, hollow), clock)).problem is problems.CASE_UNREACHABLE


async def test_without_a_system_that_knows_cases_nothing_is_proven(clock: ManualClock) -> None:
    refusal = await refused(bench_of(clock), clock)
    assert refusal.problem is problems.CASE_UNREACHABLE
    assert refusal.message(Language.ZH) == "暂时无法核验办件：没有接入可核验办件的系统"


# ---- policy comes first


async def test_nobody_is_asked_for_a_case_before_the_rules_open_anything(clock: ManualClock) -> None:
    system = FakeCases(a_case())
    for item in (an_item("999999-0"), an_item(body=OTHER_BODY), an_item(regions=("420200",))):
        rules = Rules(a_book(a_rule(), items=[item]))
        with pytest.raises(Refusal) as caught:
            await opened(bench_of(clock, system, rules=rules), clock)
        assert (caught.value.problem, caught.value.field) == (problems.POLICY_DENIED, "input.statutory.item")
    assert system.questions == []


# ---- while it lives


async def test_a_proof_is_believed_for_five_minutes_and_then_renewed(clock: ManualClock) -> None:
    system = FakeCases(a_case())
    bench = bench_of(clock, system)
    use = await opened(bench, clock)
    call = call_of(OFFICER, clock)
    clock.step(PROOF_LASTS.total_seconds() - 1)
    assert await bench.live(use.id, call) == use
    assert len(system.questions) == 1
    clock.step(1)
    again = await bench.live(use.id, call)
    assert again.proven_at == clock.now()
    assert again.expires_at == use.expires_at
    assert len(system.questions) == 2
    assert await bench.live(use.id, call) == again
    assert len(system.questions) == 2


async def test_a_case_that_closes_ends_its_uses_within_five_minutes(clock: ManualClock) -> None:
    system = FakeCases(a_case())
    bench = bench_of(clock, system)
    use = await opened(bench, clock)
    system.known["BJ-1"] = a_case(state=CaseState.CLOSED)
    clock.step(PROOF_LASTS.total_seconds())
    with pytest.raises(Refusal) as caught:
        await bench.live(use.id, call_of(OFFICER, clock))
    assert (caught.value.problem, caught.value.field) == (problems.CASE_UNPROVEN, "use")


async def test_a_case_system_that_goes_down_stops_uses_until_it_is_back(clock: ManualClock) -> None:
    system = FakeCases(a_case())
    bench = bench_of(clock, system)
    use = await opened(bench, clock)
    clock.step(PROOF_LASTS.total_seconds())
    system.script = DOWN.script
    with pytest.raises(Refusal) as caught:
        await bench.live(use.id, call_of(OFFICER, clock))
    assert caught.value.problem is problems.CASE_UNREACHABLE
    system.script = None
    assert await bench.live(use.id, call_of(OFFICER, clock))


async def test_an_officer_who_moves_to_another_region_loses_the_case(clock: ManualClock) -> None:
    bench = bench_of(clock, FakeCases(a_case()))
    use = await opened(bench, clock)
    clock.step(PROOF_LASTS.total_seconds())
    with pytest.raises(Refusal, match="another region"):
        await bench.live(use.id, call_of(msgspec.structs.replace(OFFICER, region="420200"), clock))


async def test_a_use_without_a_proof_is_proven_before_it_is_used(clock: ManualClock) -> None:
    system = FakeCases(a_case())
    bench = bench_of(clock, system)
    use = msgspec.structs.replace(await opened(bench, clock), proven_at=None)
    await bench.uses.add(use)
    assert (await bench.live(use.id, call_of(OFFICER, clock))).proven_at == clock.now()


async def test_a_holders_use_needs_no_case(clock: ManualClock) -> None:
    bench = bench_of(clock)
    use = await bench.open_use(UseRequest(basis=UseBasis.HOLDER, item=ITEM), call_of(CITIZEN, clock))
    clock.step(PROOF_LASTS.total_seconds())
    assert await bench.live(use.id, call_of(CITIZEN, clock)) == use


async def test_a_use_is_nobody_elses(clock: ManualClock) -> None:
    bench = bench_of(clock, FakeCases(a_case()))
    use = await opened(bench, clock)
    colleague = msgspec.structs.replace(OFFICER, subject="o-2")
    with pytest.raises(Refusal) as caught:
        await bench.live(use.id, call_of(colleague, clock))
    assert caught.value.problem is problems.USE_UNKNOWN


class BrokenCases(FakeCases):
    """A case system whose adapter has a defect."""

    async def status(self, number: str, call: Call) -> CaseAnswer:
        raise RuntimeError(number)


class HangingCases(FakeCases):
    """A case system that never answers."""

    async def status(self, number: str, call: Call) -> CaseAnswer:
        await asyncio.Event().wait()
        raise AssertionError


async def test_a_broken_system_hides_no_other_and_is_reported(clock: ManualClock) -> None:
    bench = bench_of(clock, BrokenCases(), FakeCases(a_case()))
    assert (await opened(bench, clock)).case == "BJ-1"
    assert [type(error) for _, error in bench.defects.reported] == [RuntimeError]


async def test_a_hanging_system_hides_no_other(clock: ManualClock) -> None:
    bench = bench_of(clock, HangingCases(), FakeCases(a_case()))
    use = await bench.open_use(STATUTORY, call_of(OFFICER, clock, seconds=0.05))
    assert use.case == "BJ-1"


async def test_that_nobody_answered_in_time_is_told_as_such(clock: ManualClock) -> None:
    bench = bench_of(clock, HangingCases())
    with pytest.raises(Refusal) as caught:
        await bench.open_use(STATUTORY, call_of(OFFICER, clock, seconds=0.05))
    assert caught.value.problem is problems.CASE_UNREACHABLE
