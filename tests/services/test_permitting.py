"""Licences under rules: what is fetched, what is shown, what nobody may even know of, and how fast."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from gateway.core import problems
from gateway.core.caller import Application, Caller, Person
from gateway.core.errors import Refusal
from gateway.core.licence import KEY_FIELDS, ROW_FIELDS, Holder, LicenceKey, LicenceQuery, LicenceState, Withheld
from gateway.core.outcome import Completeness, Outcome
from gateway.core.policy.rules import Authority, Pace
from gateway.core.ports import Answer
from gateway.core.text import Language
from gateway.core.use import UseBasis
from gateway.services.fetch_licence import LicenceLookup
from gateway.services.fetch_licences import MOST_LICENCES, Licences, LicencesRequest
from gateway.services.holders import HolderRequest, knows_name
from gateway.services.open_use import UseRequest
from tests.services.bench import Bench, FakeCases, Rules, a_book, a_rule, an_item
from tests.services.fakes import (
    CITIZEN,
    ITEM,
    OFFICER,
    OTHER_NUMBER,
    OWN_NUMBER,
    OWN_OLD_NUMBER,
    FakeSource,
    LicenceRow,
    ManualClock,
    assign,
    call_of,
    licence_ids,
    rows,
)

OTHERS = (Holder("111", OTHER_NUMBER, "李测试"),)
ABOUT = HolderRequest(document=("111", OTHER_NUMBER, "李测试"))
ROW = LicenceRow(
    identifier="A-1",
    type="T1",
    number="B123456789",
    name="营业执照",
    holders=OTHERS,
    valid_until=date(2020, 1, 1),
    state=LicenceState.VALID,
    raw_state="01",
)
EVERYTHING = frozenset(ROW_FIELDS)


def numbered(count: int) -> list[str]:
    """So many valid numbers of passports."""
    return [f"E{number:08}" for number in range(count)]


class Office:
    """An officer with a statutory use."""

    def __init__(self, clock: ManualClock, *sources: FakeSource, rules: Rules | None = None) -> None:
        self.clock = clock
        self.bench = Bench(
            clock,
            *(assign(source, offers=frozenset({"111", "001", "414"})) for source in sources),
            rules=rules,
        )

    async def use(self, person: Person = OFFICER) -> str:
        request = UseRequest(basis=UseBasis.STATUTORY, item=ITEM, case="BJ-1")
        return (await self.bench.open_use(request, call_of(person, self.clock))).id

    async def list(self, holder: HolderRequest = ABOUT, wanted: frozenset[str] = EVERYTHING, **more: Any) -> Licences:
        person = more.pop("person", OFFICER)
        language = more.pop("language", Language.EN)
        use = more.pop("use", None) or await self.use(person)
        request = LicencesRequest(use=use, holder=holder, **more)
        return await self.bench.fetch_licences(request, wanted, call_of(person, self.clock, language=language))

    async def get(self, identifier: str, person: Person = OFFICER, use: str | None = None) -> LicenceLookup:
        licence_id = licence_ids().seal(LicenceKey(identifier=identifier))
        use = use or await self.use(person)
        return await self.bench.fetch_licence(use, licence_id, EVERYTHING, call_of(person, self.clock))


async def refusal(attempt: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        await attempt
    return caught.value


# ---- fields


async def test_fields_that_are_not_opened_are_not_even_fetched(clock: ManualClock) -> None:
    source = FakeSource("s", rows(ROW))
    rule = a_rule(show=frozenset({"name", "holders.name"}), mask=frozenset({"number"}))
    office = Office(clock, source, rules=Rules(a_book(rule)))
    await office.list()
    await office.get("A-1")
    assert [wanted for _, wanted, _ in source.questions] == [KEY_FIELDS | {"name", "number", "holders"}] * 2


async def test_fields_that_are_opened_for_other_types_only_are_not_fetched(clock: ManualClock) -> None:
    source = FakeSource("s", rows(ROW))
    rules = (
        a_rule("t1", types=frozenset({"T1"}), show=frozenset({"type", "name"})),
        a_rule("t2", types=frozenset({"T2"}), show=frozenset({"face"})),
    )
    office = Office(clock, source, rules=Rules(a_book(*rules, items=[an_item(types=frozenset({"T1"}))])))
    await office.list()
    await office.get("A-1")
    assert all("face" not in wanted for _, wanted, _ in source.questions)


@pytest.mark.parametrize(
    ("language", "reasons"),
    [
        (Language.EN, ("shown in part, as a rule says", "no rule opens this field")),
        (Language.ZH, ("按规则脱敏显示", "没有规则开放该字段")),
    ],
)
async def test_what_is_masked_or_withheld_says_why_in_the_readers_language(
    clock: ManualClock, language: Language, reasons: tuple[str, str]
) -> None:
    rule = a_rule(show=frozenset({"type", "identifier"}), mask=frozenset({"number"}))
    office = Office(clock, FakeSource("s", rows(ROW)), rules=Rules(a_book(rule)))
    wanted = frozenset({"identifier", "number", "valid_until", "state"})
    (licence,) = (await office.list(wanted=wanted, language=language)).nodes
    assert (licence.identifier, licence.number) == ("A-1", "******6789")
    assert (licence.valid_until, licence.past_end_date, licence.state) == (None, None, LicenceState.UNKNOWN)
    assert licence.withheld == (
        Withheld("number", reasons[0]),
        Withheld("validUntil", reasons[1]),
        Withheld("state", reasons[1]),
    )
    assert [line.fields for line in licence.provenance] == [("identifier", "number", "type")]


async def test_a_rule_that_changes_takes_effect_on_uses_that_are_open(clock: ManualClock) -> None:
    office = Office(clock, FakeSource("s", rows(ROW)))
    use = await office.use()
    assert (await office.list(use=use)).nodes[0].name == "营业执照"
    office.bench.rules.edition = a_book(a_rule(show=frozenset({"type"})))
    assert (await office.list(use=use)).nodes[0].name is None
    office.bench.rules.edition = a_book()
    for attempt in (office.list(use=use), office.get("A-1", use=use)):
        refused = await refusal(attempt)
        assert (refused.problem, refused.field) == (problems.POLICY_DENIED, "use")


async def test_a_rule_ends_with_its_last_day_in_china(clock: ManualClock) -> None:
    office = Office(clock, FakeSource("s", rows(ROW)), rules=Rules(a_book(a_rule(valid_until=date(2026, 3, 2)))))
    clock.step(12 * 3600 - 1)
    use = await office.use()
    assert (await office.list(use=use)).nodes
    clock.step(1)  # 16:00 UTC is midnight
    refused = await refusal(office.list(use=use))
    assert refused.message(Language.ZH) == "规则不允许：相关规则当日不生效"


async def test_authorities_of_the_rules_decide_whom_to_believe(clock: ManualClock) -> None:
    city = FakeSource("city", rows(ROW))
    province = FakeSource("province", rows(msgspec.structs.replace(ROW, name="执照")))
    order = Authority(types=frozenset({"*"}), fields=frozenset({"name"}), order=("province",))
    office = Office(clock, city, province, rules=Rules(a_book(a_rule(), authorities=[order])))
    assert (await office.list()).nodes[0].name == "执照"
    found = await office.get("A-1")
    assert found.licence is not None
    assert found.licence.name == "执照"


# ---- types

ONLY_T1 = a_book(a_rule(), items=[an_item(types=frozenset({"T1", "T3"}))])


@pytest.mark.parametrize(
    ("asked", "passed_on"),
    [(None, ("T1", "T3")), (("T1",), ("T1",)), (("T2", "T1"), ("T1",)), ((), ())],
)
async def test_systems_are_asked_for_types_that_the_item_may_use_only(
    clock: ManualClock, asked: tuple[str, ...] | None, passed_on: tuple[str, ...]
) -> None:
    source = FakeSource("s", rows(ROW))
    await Office(clock, source, rules=Rules(ONLY_T1)).list(types=asked)
    assert [question.types for question, _, _ in source.questions] == ([passed_on] if passed_on else [])  # type: ignore[union-attr] # only queries


async def test_a_type_that_the_item_may_not_use_is_refused(clock: ManualClock) -> None:
    source = FakeSource("s", rows(ROW))
    refused = await refusal(Office(clock, source, rules=Rules(ONLY_T1)).list(types=("T2",)))
    assert (refused.problem, refused.field) == (problems.POLICY_DENIED, "types")
    assert refused.message(Language.EN) == "the rules do not allow it: none of the licence types asked for is opened"
    assert source.questions == []


@pytest.mark.parametrize("kind", ["T2", None])
async def test_of_licences_of_other_types_not_even_the_existence_is_told(clock: ManualClock, kind: str | None) -> None:
    unasked = FakeSource("s", rows(msgspec.structs.replace(ROW, type=kind)))
    empty = FakeSource("s", Answer(outcome=Outcome.NOT_FOUND, code="404", message="无数据"))
    told, expected = [await Office(clock, source, rules=Rules(ONLY_T1)).list() for source in (unasked, empty)]
    assert told == expected
    assert told.completeness is Completeness.COMPLETE
    one, other = [await Office(clock, source, rules=Rules(ONLY_T1)).get("A-1") for source in (unasked, empty)]
    assert one == other
    assert one.licence is None


async def test_among_others_a_licence_of_an_unopened_type_is_left_out_without_a_word(clock: ManualClock) -> None:
    source = FakeSource("s", rows(ROW, msgspec.structs.replace(ROW, identifier="A-2", type="T2")))
    found = await Office(clock, source, rules=Rules(ONLY_T1)).list()
    assert [licence.identifier for licence in found.nodes] == ["A-1"]
    assert (found.sources[0].outcome, found.sources[0].notice) == (Outcome.OK, None)


async def test_an_opened_type_that_was_not_asked_for_is_told(clock: ManualClock) -> None:
    source = FakeSource("s", rows(ROW, msgspec.structs.replace(ROW, identifier="A-3", type="T3")))
    found = await Office(clock, source, rules=Rules(ONLY_T1)).list(types=("T1",))
    assert found.sources[0].notice == "rows of types that were not asked for were left out"


async def test_a_row_of_an_unopened_type_lends_nothing_to_a_licence_of_an_opened_one(clock: ManualClock) -> None:
    opened = FakeSource("opened", rows(msgspec.structs.replace(ROW, name=None)))
    lying = FakeSource("lying", rows(msgspec.structs.replace(ROW, type="T2", name="残疾人证")))
    office = Office(clock, opened, lying, rules=Rules(ONLY_T1))
    for licence in ((await office.list()).nodes[0], (await office.get("A-1")).licence):
        assert licence is not None
        assert licence.name is None
        assert [line.system for line in licence.provenance] == ["opened"]


async def test_a_detail_that_names_no_type_is_judged_by_the_whole_licences(clock: ManualClock) -> None:
    opened = FakeSource("opened", rows(msgspec.structs.replace(ROW, name=None)))
    bare = FakeSource("bare", rows(msgspec.structs.replace(ROW, type=None)))
    found = await Office(clock, opened, bare, rules=Rules(ONLY_T1)).get("A-1")
    assert found.licence is not None
    assert found.licence.name == "营业执照"
    alone = await Office(clock, bare, rules=Rules(ONLY_T1)).get("A-1")
    assert alone.licence is None
    assert alone.sources[0].outcome is Outcome.NOT_FOUND


# ---- names


@pytest.mark.parametrize(
    ("named", "is_found"),
    [("李测试", True), ("李 测 试", True), ("王测试", False), ("李*试", True), (None, True)],
)
async def test_a_number_alone_does_not_lead_to_its_holder(
    clock: ManualClock, named: str | None, is_found: bool
) -> None:
    source = FakeSource("s", rows(msgspec.structs.replace(ROW, holders=(Holder("111", OTHER_NUMBER, named),))))
    found = await Office(clock, source).list()
    assert bool(found.nodes) is is_found


async def test_a_wrong_name_and_an_unknown_number_are_not_told_apart(clock: ManualClock) -> None:
    source = FakeSource("s", Answer(outcome=Outcome.OK, rows=(ROW,), code="0", message="ok", truncated=True))
    empty = FakeSource("s", Answer(outcome=Outcome.NOT_FOUND, code="404", message="无数据"))
    wrong = HolderRequest(document=("111", OTHER_NUMBER, "王二"))
    assert await Office(clock, source).list(wrong) == await Office(clock, empty).list(wrong)


def test_one_system_that_knows_the_name_is_enough() -> None:
    holder = Holder("111", OTHER_NUMBER, "李测试")
    assert knows_name([], holder)


# ---- pace

PACE = a_book(a_rule(), pace=Pace(holders=3, refill=timedelta(seconds=60)))


def passport(number: str) -> HolderRequest:
    return HolderRequest(document=("414", number, "某"))


async def test_asking_for_many_holders_is_slowed(clock: ManualClock) -> None:
    source = FakeSource("s")
    office = Office(clock, source, rules=Rules(PACE))
    for number in numbered(3):
        await office.list(passport(number))
    refused = await refusal(office.list(passport("E99999999")))
    assert (refused.problem, refused.field) == (problems.TOO_MANY_HOLDERS, "holder")
    assert refused.remedy(Language.EN).startswith("try again in 60 s")
    assert len(source.questions) == 3
    assert await office.list(passport("E00000001"))
    clock.step(60)
    assert await office.list(passport("E99999999"))


async def test_many_uses_do_not_help_and_colleagues_are_not_hindered(clock: ManualClock) -> None:
    office = Office(clock, FakeSource("s"), rules=Rules(PACE))
    for number in numbered(3):
        await office.list(passport(number), use=await office.use())
    assert (await refusal(office.list(passport("E9"), use=await office.use()))).problem is problems.TOO_MANY_HOLDERS
    assert await office.list(passport("E9"), person=msgspec.structs.replace(OFFICER, subject="o-2"))


async def test_another_application_of_the_same_person_has_its_own_pace(clock: ManualClock) -> None:
    office = Office(clock, FakeSource("s"), rules=Rules(PACE))
    for number in numbered(3):
        await office.list(passport(number))
    caller = Caller(Application("kiosk", "自助机"), OFFICER)
    call = msgspec.structs.replace(call_of(OFFICER, clock), caller=caller)
    use = await office.bench.open_use(UseRequest(basis=UseBasis.STATUTORY, item=ITEM, case="BJ-1"), call)
    assert await office.bench.fetch_licences(LicencesRequest(use=use.id, holder=passport("E9")), EVERYTHING, call)


async def test_ids_count_like_numbers(clock: ManualClock) -> None:
    source = FakeSource("s")
    office = Office(clock, source, rules=Rules(PACE))
    for place, number in enumerate(numbered(3)):
        source.script = rows(LicenceRow(identifier=f"A-{place}", holders=(Holder("414", number, None),)))
        assert (await office.get(f"A-{place}")).licence is not None
    source.script = rows(LicenceRow(identifier="A-9", holders=(Holder("414", "E9", None),)))
    assert (await refusal(office.get("A-9"))).problem is problems.TOO_MANY_HOLDERS
    assert (await refusal(office.list(passport("E9")))).problem is problems.TOO_MANY_HOLDERS
    source.script = rows(LicenceRow(identifier="A-8"))
    assert (await office.get("A-8")).licence is not None  # names nobody who could be counted


async def test_an_old_number_is_the_same_holder_as_its_new_one(clock: ManualClock) -> None:
    office = Office(clock, FakeSource("s"), rules=Rules(a_book(a_rule(), pace=Pace(holders=1, refill=timedelta(1)))))
    for number in (OWN_NUMBER, OWN_OLD_NUMBER, OWN_NUMBER):
        await office.list(HolderRequest(document=("111", number, "王测试")))


async def test_a_holder_is_not_slowed_with_his_own(clock: ManualClock) -> None:
    rules = Rules(a_book(a_rule(), pace=Pace(holders=1, refill=timedelta(days=1))))
    bench = Bench(clock, assign(FakeSource("s")), rules=rules)
    family = [msgspec.structs.replace(CITIZEN, document_type="414", number=number) for number in numbered(5)]
    for person in family:
        call = call_of(person, clock)
        use = await bench.open_use(UseRequest(basis=UseBasis.HOLDER, item=ITEM), call)
        assert await bench.fetch_licences(
            LicencesRequest(use=use.id, holder=HolderRequest(viewer=True)), EVERYTHING, call
        )


async def test_a_malformed_question_costs_nothing(clock: ManualClock) -> None:
    office = Office(clock, FakeSource("s"), rules=Rules(a_book(a_rule(), pace=Pace(holders=1, refill=timedelta(1)))))
    for _ in range(3):
        assert (await refusal(office.list(passport("E 1")))).problem is problems.NUMBER_INVALID
        assert (await refusal(office.list(passport("E1"), limit=0))).problem is problems.LIMIT_OUT_OF_RANGE
    assert await office.list(passport("E1"))


async def test_cases_are_not_asked_for_again_for_every_question(clock: ManualClock) -> None:
    office = Office(clock, FakeSource("s"))
    use = await office.use()
    for _ in range(5):
        await office.list(use=use)
    (system,) = office.bench.cases.systems
    assert isinstance(system, FakeCases)
    assert system.questions == ["BJ-1"]


async def test_a_use_is_proven_again_beyond_its_time_by_its_case_and_not_without_one(clock: ManualClock) -> None:
    office = Office(clock, FakeSource("s"))
    use = await office.bench.uses.find(await office.use())
    assert use is not None
    clock.step(86_400)
    call = call_of(OFFICER, clock)
    assert (await refusal(office.bench.live(use.id, call))).problem is problems.USE_UNKNOWN
    assert (await office.bench.live.again(use, call)).proven_at == clock.now()
    office.bench.cases.systems = (FakeCases(),)
    assert (await refusal(office.bench.live.again(use, call))).problem is problems.CASE_UNPROVEN
    own = msgspec.structs.replace(use, basis=UseBasis.HOLDER, case=None)
    assert (await refusal(office.bench.live.again(own, call))).problem is problems.USE_UNKNOWN


# ---- limits


async def test_a_narrowed_question_is_not_cut_before_it_is_narrowed(clock: ManualClock) -> None:
    source = FakeSource("s", rows(ROW))
    office = Office(clock, source, rules=Rules(ONLY_T1))
    await office.list(limit=1)
    query, _, _ = source.questions[0]
    assert isinstance(query, LicenceQuery)
    assert query.limit == MOST_LICENCES


async def test_what_a_source_cut_off_is_not_called_complete(clock: ManualClock) -> None:
    other = msgspec.structs.replace(ROW, type="T2")
    source = FakeSource("s", Answer(outcome=Outcome.OK, rows=(other,), truncated=True))
    found = await Office(clock, source, rules=Rules(ONLY_T1)).list()
    assert (found.nodes, found.completeness) == ([], Completeness.PARTIAL)
