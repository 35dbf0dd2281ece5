"""Presented licences: the holder shows one, one checker reads that one, for minutes."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from gateway.core import problems
from gateway.core.caller import Application, Caller, Person, Role
from gateway.core.errors import Refusal
from gateway.core.licence import Holder, LicenceKey, LicenceState
from gateway.core.outcome import Outcome
from gateway.core.ports import Answer
from gateway.core.presentation import Presentation
from gateway.core.use import Use, UseBasis
from gateway.services.fetch_licences import LicencesRequest
from gateway.services.holders import HolderRequest
from gateway.services.open_use import UseRequest
from gateway.services.present_licence import LIFETIME
from tests.services.bench import Bench, FakeIdentity, Rules, a_book, a_rule
from tests.services.fakes import (
    CITIZEN,
    ITEM,
    OFFICER,
    OTHER_NUMBER,
    OWN_NUMBER,
    START,
    FakeSource,
    LicenceRow,
    ManualClock,
    assign,
    call_of,
    licence_ids,
    rows,
)

OWN = (Holder("111", OWN_NUMBER, "王测试"),)
SHOWN = LicenceRow(identifier="A-1", type="T1", name="驾驶证", holders=OWN, state=LicenceState.VALID)
HIDDEN = LicenceRow(identifier="A-2", type="T2", name="残疾人证", holders=OWN, state=LicenceState.VALID)
FIELDS = frozenset({"identifier", "name"})
CHECKER = msgspec.structs.replace(OFFICER, subject="o-9")
CLERK = Person(subject="k-1", role=Role.CLERK, name="窗口员", body=OFFICER.body, region="420102")


def id_of(identifier: str) -> str:
    return licence_ids().seal(LicenceKey(identifier=identifier))


@pytest.fixture
def city() -> FakeSource:
    return FakeSource("city", rows(SHOWN, HIDDEN))


@pytest.fixture
def province() -> FakeSource:
    return FakeSource("province", rows(HIDDEN))


@pytest.fixture
def bench(clock: ManualClock, city: FakeSource, province: FakeSource) -> Bench:
    identity = FakeIdentity({"scan-1": OWN[0]})
    return Bench(clock, assign(city), assign(province), identity=identity)


async def own_use(bench: Bench, person: Person = CITIZEN, scan: str | None = None) -> Use:
    request = UseRequest(basis=UseBasis.HOLDER, item=ITEM, scan=scan)
    return await bench.open_use(request, call_of(person, bench.clock))


async def presented(bench: Bench, identifier: str = "A-1") -> Presentation:
    return await bench.present((await own_use(bench)).id, id_of(identifier), call_of(CITIZEN, bench.clock))


async def read(bench: Bench, code: str, person: Person = CHECKER, application: str = "portal") -> Use:
    caller = Caller(Application(application, "应用"), person)
    call = msgspec.structs.replace(call_of(person, bench.clock), caller=caller)
    return await bench.open_use(UseRequest(basis=UseBasis.PRESENTED, item=None, code=code), call)


async def refusal(attempt: Any) -> tuple[Any, ...]:
    with pytest.raises(Refusal) as caught:
        await attempt
    return caught.value.problem, caught.value.field


# ---- showing


async def test_a_holder_gets_a_code_for_one_licence_and_some_minutes(bench: Bench) -> None:
    presentation = await presented(bench)
    assert (presentation.item, presentation.holder) == (ITEM, OWN[0])
    assert presentation.licence == LicenceKey(identifier="A-1")
    assert presentation.expires_at == START + LIFETIME
    assert len(presentation.code) == 32
    assert (await presented(bench)).code != presentation.code


async def test_only_the_holder_himself_shows_a_licence(bench: Bench, clock: ManualClock) -> None:
    statutory = await bench.open_use(
        UseRequest(basis=UseBasis.STATUTORY, item=ITEM, case="BJ-1"), call_of(OFFICER, clock)
    )
    clerks = await own_use(bench, CLERK, "scan-1")
    assert await refusal(bench.present(statutory.id, id_of("A-1"), call_of(OFFICER, clock))) == (
        problems.USE_NEEDS_CITIZEN,
        "input.use",
    )
    assert await refusal(bench.present(clerks.id, id_of("A-1"), call_of(CLERK, clock))) == (
        problems.USE_NEEDS_CITIZEN,
        "input.use",
    )
    assert (await refusal(bench.present("unknown", id_of("A-1"), call_of(CITIZEN, clock))))[0] is problems.USE_UNKNOWN
    assert (await refusal(bench.present(clerks.id, id_of("A-1"), call_of(None, clock))))[0] is problems.PERSON_MISSING


async def test_a_licence_that_is_not_his_or_not_there_or_not_answered_cannot_be_shown(
    bench: Bench, clock: ManualClock, city: FakeSource, province: FakeSource
) -> None:
    use = (await own_use(bench)).id
    province.script = Answer(outcome=Outcome.UNAVAILABLE)
    others = msgspec.structs.replace(SHOWN, holders=(Holder("111", OTHER_NUMBER, None),))
    for answer in (rows(others), rows(), Answer(outcome=Outcome.TIMED_OUT)):
        city.script = answer
        assert await refusal(bench.present(use, id_of("A-1"), call_of(CITIZEN, clock))) == (
            problems.LICENCE_NOT_FOUND,
            "input.licence",
        )


async def test_an_id_that_was_not_given_here_shows_nothing(bench: Bench, clock: ManualClock) -> None:
    use = (await own_use(bench)).id
    assert (await refusal(bench.present(use, "A-1", call_of(CITIZEN, clock))))[0] is problems.LICENCE_ID_INVALID


# ---- reading


async def test_a_checker_reaches_that_one_licence_for_the_codes_time(bench: Bench, clock: ManualClock) -> None:
    presentation = await presented(bench)
    clock.step(60)
    use = await read(bench, presentation.code)
    assert (use.item, use.reaches, use.licence) == (ITEM, OWN[0], LicenceKey(identifier="A-1"))
    assert use.expires_at == presentation.expires_at


async def test_a_code_that_is_over_and_one_that_never_was_are_not_told_apart(bench: Bench, clock: ManualClock) -> None:
    presentation = await presented(bench)
    clock.step(LIFETIME.total_seconds())
    for code in (presentation.code, "never-was"):
        assert await refusal(read(bench, code)) == (problems.CODE_UNKNOWN, "input.presented.code")


async def test_a_code_is_read_by_one_checker_only(bench: Bench) -> None:
    code = (await presented(bench)).code
    first = await read(bench, code)
    again = await read(bench, code)
    assert first.id != again.id
    for other in (
        read(bench, code, msgspec.structs.replace(CHECKER, subject="o-8")),
        read(bench, code, CHECKER, "kiosk"),
    ):
        assert await refusal(other) == (problems.CODE_UNKNOWN, "input.presented.code")


async def test_a_use_of_another_checker_is_no_use(bench: Bench, clock: ManualClock) -> None:
    use = await read(bench, (await presented(bench)).code)
    request = LicencesRequest(use=use.id, holder=HolderRequest(viewer=True))
    assert (await refusal(bench.fetch_licences(request, FIELDS, call_of(OFFICER, clock))))[0] is problems.USE_UNKNOWN


async def test_the_rules_decide_who_may_read_codes(bench: Bench) -> None:
    code = (await presented(bench)).code
    bench.rules.edition = a_book(a_rule(bases=frozenset({UseBasis.HOLDER})))
    assert await refusal(read(bench, code)) == (problems.POLICY_DENIED, "input.presented.code")
    assert code not in bench.shown.readers, "who may read nothing uses no code up"


async def test_a_presented_use_lists_the_shown_licence_and_no_hint_of_others(
    bench: Bench, clock: ManualClock, province: FakeSource
) -> None:
    use = await read(bench, (await presented(bench)).code)
    request = LicencesRequest(use=use.id, holder=HolderRequest(viewer=True))
    found = await bench.fetch_licences(request, FIELDS, call_of(CHECKER, clock))
    assert [licence.name for licence in found.nodes] == ["驾驶证"]
    assert [(line.outcome, line.notice) for line in found.sources] == [(Outcome.OK, None), (Outcome.NOT_FOUND, None)]
    province.script = Answer(outcome=Outcome.NOT_FOUND, code="404", message="无数据")
    without = await bench.fetch_licences(request, FIELDS, call_of(CHECKER, clock))
    assert without == found


async def test_a_presented_use_finds_no_other_licence_by_its_id(bench: Bench, clock: ManualClock) -> None:
    use = await read(bench, (await presented(bench)).code)
    found = await bench.fetch_licence(use.id, id_of("A-1"), FIELDS, call_of(CHECKER, clock))
    assert found.licence is not None
    other = await bench.fetch_licence(use.id, id_of("A-2"), FIELDS, call_of(CHECKER, clock))
    nothing = await bench.fetch_licence(use.id, id_of("A-9"), FIELDS, call_of(CHECKER, clock))
    assert other.licence is None
    assert other == nothing


async def test_a_presented_use_reaches_nobody_but_who_shows(bench: Bench, clock: ManualClock) -> None:
    use = await read(bench, (await presented(bench)).code)
    request = LicencesRequest(use=use.id, holder=HolderRequest(document=("111", OTHER_NUMBER, "李测试")))
    assert (await refusal(bench.fetch_licences(request, FIELDS, call_of(CHECKER, clock))))[0] is (
        problems.USE_REACHES_ANOTHER
    )


async def test_what_is_shown_is_what_the_rules_open_to_checkers(bench: Bench, clock: ManualClock) -> None:
    code = (await presented(bench)).code
    bench.rules.edition = Rules(a_book(a_rule(show=frozenset({"type"}), mask=frozenset({"name"})))).book()
    use = await read(bench, code)
    request = LicencesRequest(use=use.id, holder=HolderRequest(viewer=True))
    (licence,) = (await bench.fetch_licences(request, FIELDS, call_of(CHECKER, clock))).nodes
    assert (licence.name, licence.identifier) == ("驾*证", None)


async def test_the_time_of_a_code_is_minutes() -> None:
    assert timedelta(minutes=1) <= LIFETIME <= timedelta(minutes=10)
