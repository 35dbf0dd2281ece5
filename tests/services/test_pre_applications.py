"""Pre-application numbers: opened before there is a case, bound in time by their owner, else told to supervision."""

import re
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.caller import Application, Caller, Person, Role
from gateway.core.case import CaseState
from gateway.core.errors import Refusal
from gateway.core.ports import CaseAnswer
from gateway.core.problems import Problem
from gateway.core.use import Use, UseBasis
from gateway.services.live_use import PROOF_LASTS
from gateway.services.open_use import UseRequest
from tests.services.bench import Bench, FakeCaseDirectory, FakeCases, Rules, a_book, a_case, a_rule, an_item
from tests.services.fakes import CITIZEN, FRONTEND, ITEM, OFFICER, START, ManualClock, call_of

OTHER_ITEM = "11420000-0002"
COLLEAGUE = msgspec.structs.replace(OFFICER, subject="o-2")
AUDITOR = Person(subject="a-1", role=Role.AUDITOR, name="审计员")
WITHIN = timedelta(hours=2)


@pytest.fixture
def bench(clock: ManualClock) -> Bench:
    system = FakeCases(a_case(), a_case("BJ-2"), a_case("BJ-3", item=OTHER_ITEM))
    book = a_book(a_rule(), items=[an_item(), an_item(OTHER_ITEM)], bind_within=WITHIN)
    return Bench(clock, cases=FakeCaseDirectory(system), rules=Rules(book))


def call(bench: Bench, person: Person | None = OFFICER, application: Application = FRONTEND) -> Call:
    return msgspec.structs.replace(call_of(person, bench.clock), caller=Caller(application, person))


async def number_of(bench: Bench, person: Person = OFFICER) -> str:
    return (await bench.pre_applications.open(ITEM, call(bench, person))).number


async def opened(bench: Bench, number: str, item: str = ITEM, who: Call | None = None) -> Use:
    request = UseRequest(basis=UseBasis.STATUTORY, item=item, application=number)
    return await bench.open_use(request, who or call(bench))


async def refusal(attempt: Any) -> tuple[Problem, str | None]:
    with pytest.raises(Refusal) as caught:
        await attempt
    return caught.value.problem, caught.value.field


# ---- opening


async def test_a_number_is_its_officers_and_has_its_day(bench: Bench) -> None:
    application = await bench.pre_applications.open(ITEM, call(bench))
    assert re.fullmatch(r"YB20260302[0-9A-F]{12}", application.number)
    assert (application.application, application.subject, application.body) == ("portal", "o-1", OFFICER.body)
    assert (application.opened_at, application.due_at) == (START, START + WITHIN)
    assert (application.case, application.bound_at, application.uses) == (None, None, 0)


@pytest.mark.parametrize("person", [CITIZEN, AUDITOR, msgspec.structs.replace(OFFICER, body=None)])
async def test_numbers_are_for_officers(bench: Bench, person: Person) -> None:
    assert await refusal(bench.pre_applications.open(ITEM, call(bench, person))) == (problems.USE_NEEDS_OFFICER, None)
    assert await refusal(bench.pre_applications.bind("YB", "BJ-1", call(bench, person))) == (
        problems.USE_NEEDS_OFFICER,
        None,
    )


async def test_without_a_person_there_is_no_number(bench: Bench) -> None:
    assert await refusal(bench.pre_applications.open(ITEM, call(bench, None))) == (problems.PERSON_MISSING, None)


@pytest.mark.parametrize("item", ["11420000-0009", "", "x" * 10_000])
async def test_a_number_is_opened_for_items_that_the_officer_may_handle_only(bench: Bench, item: str) -> None:
    assert await refusal(bench.pre_applications.open(item, call(bench))) == (problems.POLICY_DENIED, "input.item")
    elsewhere = msgspec.structs.replace(OFFICER, body="11420000MB0A00001X")
    assert await refusal(bench.pre_applications.open(ITEM, call(bench, elsewhere))) == (
        problems.POLICY_DENIED,
        "input.item",
    )


# ---- using


async def test_an_unbound_number_opens_uses_on_trust_and_counts_them(bench: Bench) -> None:
    number = await number_of(bench)
    use = await opened(bench, number)
    await opened(bench, number)
    assert (use.case, use.application) == (None, number)
    kept = await bench.numbers.find(number)
    assert kept is not None
    assert kept.uses == 2


async def test_a_use_that_the_rules_refuse_is_not_counted(bench: Bench) -> None:
    number = await number_of(bench)
    bench.rules.edition = a_book()
    assert (await refusal(opened(bench, number)))[0] is problems.POLICY_DENIED
    kept = await bench.numbers.find(number)
    assert kept is not None
    assert kept.uses == 0


async def test_a_use_on_trust_ends_when_the_number_is_due(bench: Bench, clock: ManualClock) -> None:
    number = await number_of(bench)
    clock.step(WITHIN.total_seconds() - 60)
    use = await opened(bench, number)
    assert use.expires_at == START + WITHIN
    assert await bench.live(use.id, call(bench)) == use
    clock.step(60)
    assert (await refusal(bench.live(use.id, call(bench))))[0] is problems.USE_UNKNOWN


async def test_an_overdue_number_opens_nothing_until_it_is_bound(bench: Bench, clock: ManualClock) -> None:
    number = await number_of(bench)
    clock.step(WITHIN.total_seconds())
    assert await refusal(opened(bench, number)) == (problems.APPLICATION_OVERDUE, "input.statutory.application")
    await bench.pre_applications.bind(number, "BJ-1", call(bench))
    assert (await opened(bench, number)).case == "BJ-1"


async def test_unknown_and_foreign_numbers_are_refused_in_the_same_words(bench: Bench) -> None:
    number = await number_of(bench)
    attempts = [
        opened(bench, "YB-unknown"),
        opened(bench, number, who=call(bench, COLLEAGUE)),
        opened(bench, number, who=call(bench, OFFICER, Application("kiosk", "自助机"))),
        opened(bench, number, OTHER_ITEM),
    ]
    assert {await refusal(attempt) for attempt in attempts} == {
        (problems.APPLICATION_UNKNOWN, "input.statutory.application")
    }


async def test_a_bound_number_is_as_good_as_its_case_and_no_better(bench: Bench, clock: ManualClock) -> None:
    number = await number_of(bench)
    await bench.pre_applications.bind(number, "BJ-1", call(bench))
    use = await opened(bench, number)
    assert use.case == "BJ-1"
    system = bench.cases.systems[0]
    assert isinstance(system, FakeCases)
    system.known["BJ-1"] = a_case(state=CaseState.CLOSED)
    clock.step(PROOF_LASTS.total_seconds())
    assert await refusal(bench.live(use.id, call(bench))) == (problems.CASE_UNPROVEN, "use")
    assert await refusal(opened(bench, number)) == (problems.CASE_UNPROVEN, "input.statutory.application")


async def test_a_use_from_before_the_binding_ends_with_the_case_too(bench: Bench, clock: ManualClock) -> None:
    number = await number_of(bench)
    use = await opened(bench, number)
    assert use.case is None
    await bench.pre_applications.bind(number, "BJ-1", call(bench))
    clock.step(PROOF_LASTS.total_seconds())
    await bench.live(use.id, call(bench))
    system = bench.cases.systems[0]
    assert isinstance(system, FakeCases)
    system.known["BJ-1"] = a_case(state=CaseState.CLOSED)
    clock.step(PROOF_LASTS.total_seconds())
    assert await refusal(bench.live(use.id, call(bench))) == (problems.CASE_UNPROVEN, "use")


# ---- binding


async def test_a_number_is_bound_to_an_open_case_of_its_item(bench: Bench, clock: ManualClock) -> None:
    number = await number_of(bench)
    clock.step(5)
    bound = await bench.pre_applications.bind(number, "BJ-1", call(bench))
    assert (bound.case, bound.bound_at) == ("BJ-1", clock.now())
    clock.step(5)
    assert await bench.pre_applications.bind(number, "BJ-1", call(bench)) == bound


@pytest.mark.parametrize("case", ["BJ-3", "BJ-9"])
async def test_a_case_of_another_item_or_none_binds_nothing(bench: Bench, case: str) -> None:
    number = await number_of(bench)
    assert await refusal(bench.pre_applications.bind(number, case, call(bench))) == (
        problems.CASE_UNPROVEN,
        "input.case",
    )
    kept = await bench.numbers.find(number)
    assert kept is not None
    assert kept.case is None


@pytest.mark.parametrize("case", ["", "x" * 201])
async def test_what_is_no_case_number_is_refused_and_nobody_is_asked(bench: Bench, case: str) -> None:
    number = await number_of(bench)
    assert await refusal(bench.pre_applications.bind(number, case, call(bench))) == (
        problems.USE_TEXT_INVALID,
        "input.case",
    )
    assert bench.cases.regions == []


async def test_a_bound_number_is_not_bound_elsewhere(bench: Bench) -> None:
    number = await number_of(bench)
    await bench.pre_applications.bind(number, "BJ-1", call(bench))
    assert await refusal(bench.pre_applications.bind(number, "BJ-2", call(bench))) == (
        problems.APPLICATION_BOUND,
        "input.number",
    )


async def test_foreign_and_unknown_numbers_cannot_be_bound_and_are_not_told_apart(bench: Bench) -> None:
    number = await number_of(bench)
    attempts = [
        bench.pre_applications.bind("YB-unknown", "BJ-1", call(bench)),
        bench.pre_applications.bind(number, "BJ-1", call(bench, COLLEAGUE)),
        bench.pre_applications.bind(number, "BJ-1", call(bench, OFFICER, Application("kiosk", "自助机"))),
    ]
    assert {await refusal(attempt) for attempt in attempts} == {(problems.APPLICATION_UNKNOWN, "input.number")}


class Meanwhile(FakeCases):
    """A case system during whose answer something else happens."""

    happens: Any = None

    async def status(self, number: str, call: Call) -> CaseAnswer:
        if (happens := self.happens) is not None:
            self.happens = None
            await happens()
        return await super().status(number, call)


async def test_of_two_bindings_at_the_same_time_one_wins_and_counts_are_kept(clock: ManualClock) -> None:
    system = Meanwhile(a_case(), a_case("BJ-2"))
    bench = Bench(clock, cases=FakeCaseDirectory(system))
    number = await number_of(bench)

    async def use_it_and_bind_it() -> None:
        await opened(bench, number)
        await bench.pre_applications.bind(number, "BJ-2", call(bench))

    system.happens = use_it_and_bind_it
    assert (await refusal(bench.pre_applications.bind(number, "BJ-1", call(bench))))[0] is problems.APPLICATION_BOUND
    kept = await bench.numbers.find(number)
    assert kept is not None
    assert (kept.case, kept.uses) == ("BJ-2", 1)


# ---- supervision


async def test_numbers_that_were_not_bound_in_time_are_listed_oldest_first(bench: Bench, clock: ManualClock) -> None:
    first = await number_of(bench)
    bound = await number_of(bench)
    await bench.pre_applications.bind(bound, "BJ-1", call(bench))
    clock.step(0.25)
    second = await number_of(bench)
    clock.step(WITHIN.total_seconds())
    await number_of(bench)
    page = await bench.pre_applications.overdue(1, None, call(bench, AUDITOR))
    assert ([one.number for one in page.nodes], page.total, page.has_next) == ([first], 2, True)
    rest = await bench.pre_applications.overdue(10, page.cursors[0], call(bench, AUDITOR))
    assert ([one.number for one in rest.nodes], rest.has_next) == ([second], False)


@pytest.mark.parametrize("person", [None, OFFICER, CITIZEN])
async def test_the_list_is_for_supervision(bench: Bench, person: Person | None) -> None:
    assert await refusal(bench.pre_applications.overdue(10, None, call(bench, person))) == (
        problems.SUPERVISION_ONLY,
        None,
    )
