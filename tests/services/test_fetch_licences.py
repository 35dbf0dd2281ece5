"""A holder's licences: who may be asked about, who is asked, and what is let in."""

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core import problems
from gateway.core.caller import Person
from gateway.core.errors import Refusal
from gateway.core.licence import KEY_FIELDS, NO_END, Holder, LicenceQuery, LicenceState
from gateway.core.outcome import Completeness, Fault, Outcome
from gateway.core.ports import Answer, AssignedSource
from gateway.core.problems import Problem
from gateway.core.text import Language
from gateway.services.fetch_licences import Licences, LicencesRequest
from gateway.services.holders import HolderRequest, belongs_to_others
from tests.services.bench import Bench, Rules
from tests.services.conftest import OpenFor
from tests.services.fakes import (
    CITIZEN,
    OFFICER,
    OTHER_NUMBER,
    OWN_NUMBER,
    OWN_OLD_NUMBER,
    TODAY,
    Defects,
    FakeSource,
    LicenceRow,
    ManualClock,
    assign,
    call_of,
    licence_ids,
    rows,
)
from tests.services.memory import MemoryUses

NAME = frozenset({"name"})
OWN = (Holder("111", OWN_NUMBER, "王测试"),)
OTHERS = (Holder("111", OTHER_NUMBER, "李测试"),)


class Asking:
    """The use case over fake sources."""

    def __init__(self, uses: MemoryUses, clock: ManualClock) -> None:
        self._uses = uses
        self._clock = clock
        self.rules = Rules()
        self.defects = Defects()

    async def __call__(
        self,
        request: LicencesRequest,
        *assigned: AssignedSource,
        person: Person = CITIZEN,
        wanted: frozenset[str] = NAME,
        language: Language = Language.EN,
    ) -> Licences:
        bench = Bench(self._clock, *assigned, rules=self.rules, uses=self._uses)
        try:
            return await bench.fetch_licences(request, wanted, call_of(person, self._clock, language=language))
        finally:
            self.defects.reported += bench.defects.reported

    async def refused(self, request: LicencesRequest, person: Person = CITIZEN) -> Refusal:
        source = FakeSource("s")
        with pytest.raises(Refusal) as caught:
            await self(request, assign(source), person=person)
        assert source.questions == []
        return caught.value


@pytest.fixture
def asking(uses: MemoryUses, clock: ManualClock) -> Asking:
    return Asking(uses, clock)


def own(use: str, **more: object) -> LicencesRequest:
    return LicencesRequest(use=use, holder=HolderRequest(viewer=True), **more)  # type: ignore[arg-type] # as the test says


def about(use: str, kind: str, number: str, name: str | None = "李测试") -> LicencesRequest:
    return LicencesRequest(use=use, holder=HolderRequest(document=(kind, number, name)))


# ---- who may be asked about


async def test_a_holder_asks_for_himself(asking: Asking, own_use: str) -> None:
    source = FakeSource("s", rows(LicenceRow(identifier="A-1", name="驾驶证", holders=OWN)))
    found = await asking(own(own_use), assign(source))
    assert [licence.name for licence in found.nodes] == ["驾驶证"]
    query, wanted, call = source.questions[0]
    assert query == LicenceQuery(holder=Holder("111", OWN_NUMBER, "王测试"))
    assert wanted == KEY_FIELDS | NAME
    assert call.use is not None
    assert call.use.id == own_use


@pytest.mark.parametrize("number", [OWN_NUMBER, OWN_OLD_NUMBER])
async def test_a_holder_may_spell_out_his_own_document(asking: Asking, own_use: str, number: str) -> None:
    source = FakeSource("s")
    await asking(about(own_use, "111", number, " 王测试 "), assign(source))
    query = source.questions[0][0]
    assert isinstance(query, LicenceQuery)
    assert query.holder == Holder("111", number, "王测试")


async def test_a_small_x_in_a_token_is_asked_with_as_systems_spell_it(asking: Asking, open_for: OpenFor) -> None:
    person = msgspec.structs.replace(CITIZEN, number="11010519491231002x")
    source = FakeSource("s")
    use = (await open_for(person)).id
    await asking(own(use), assign(source), person=person)
    await asking(about(use, "111", "11010519491231002X"), assign(source), person=person)
    assert {question[0].holder.number for question in source.questions} == {"11010519491231002X"}  # type: ignore[union-attr] # only queries


@pytest.mark.parametrize(("kind", "number"), [("111", OTHER_NUMBER), ("414", OWN_NUMBER), ("999", "A1")])
async def test_a_holders_use_reaches_nobody_else(asking: Asking, own_use: str, kind: str, number: str) -> None:
    refusal = await asking.refused(about(own_use, kind, number))
    assert (refusal.problem, refusal.field) == (problems.USE_REACHES_ANOTHER, "holder")


async def test_a_statutory_use_reaches_the_person_of_the_case(asking: Asking, statutory_use: str) -> None:
    source = FakeSource("s", rows(LicenceRow(identifier="A-1", holders=OTHERS)))
    found = await asking(about(statutory_use, "111", OTHER_NUMBER), assign(source), person=OFFICER)
    assert len(found.nodes) == 1


async def test_an_officer_has_no_document_of_his_own(asking: Asking, statutory_use: str) -> None:
    refusal = await asking.refused(own(statutory_use), OFFICER)
    assert (refusal.problem, refusal.field) == (problems.VIEWER_HAS_NO_DOCUMENT, "holder")


async def test_a_token_with_a_number_that_is_none_is_no_document(asking: Asking, open_for: OpenFor) -> None:
    person = msgspec.structs.replace(CITIZEN, number="420106199001011230")
    use = (await open_for(person)).id
    assert (await asking.refused(own(use), person)).problem is problems.VIEWER_HAS_NO_DOCUMENT


async def test_a_request_that_names_nobody_is_refused(asking: Asking, own_use: str) -> None:
    refusal = await asking.refused(LicencesRequest(use=own_use, holder=HolderRequest()))
    assert (refusal.problem, refusal.field) == (problems.HOLDER_MISSING, "holder.viewer")


@pytest.mark.parametrize("use", ["", "unknown"])
async def test_nothing_is_answered_without_a_use(asking: Asking, use: str) -> None:
    assert (await asking.refused(own(use))).problem is problems.USE_UNKNOWN


async def test_another_persons_use_does_not_help(asking: Asking, statutory_use: str) -> None:
    assert (await asking.refused(own(statutory_use))).problem is problems.USE_UNKNOWN


async def test_nothing_is_answered_without_a_person(asking: Asking, own_use: str, clock: ManualClock) -> None:
    bench = Bench(clock, uses=asking._uses)
    with pytest.raises(Refusal) as caught:
        await bench.fetch_licences(own(own_use), NAME, call_of(None, clock))
    assert caught.value.problem is problems.PERSON_MISSING


# ---- malformed arguments


@pytest.mark.parametrize(
    ("kind", "number", "name", "problem", "field"),
    [
        ("111", OTHER_NUMBER[:-1] + "5", "李测试", problems.CITIZEN_ID_INVALID, "holder.document.number"),
        ("111", "42010620991231123X", "李测试", problems.CITIZEN_ID_INVALID, "holder.document.number"),
        ("111", "", "李测试", problems.CITIZEN_ID_INVALID, "holder.document.number"),
        ("001", "91420100MA4KABCD00", "李测试", problems.CREDIT_CODE_INVALID, "holder.document.number"),
        ("414", "", "李测试", problems.NUMBER_INVALID, "holder.document.number"),
        ("414", "E 1", "李测试", problems.NUMBER_INVALID, "holder.document.number"),
        ("112", OTHER_NUMBER, "李测试", problems.DOCUMENT_TYPE_UNKNOWN, "holder.document.type"),
        ("111", OTHER_NUMBER, "", problems.NAME_INVALID, "holder.document.name"),
        ("111", OTHER_NUMBER, "  ", problems.NAME_INVALID, "holder.document.name"),
        ("111", OTHER_NUMBER, "长" * 201, problems.NAME_INVALID, "holder.document.name"),
    ],
)
async def test_a_wrong_document_is_refused_with_field_and_remedy_and_without_its_value(
    asking: Asking, statutory_use: str, kind: str, number: str, name: str, problem: Problem, field: str
) -> None:
    refusal = await asking.refused(about(statutory_use, kind, number, name), OFFICER)
    assert (refusal.problem, refusal.field) == (problem, field)
    assert problem.code is problems.ProblemCode.BAD_INPUT
    for language in Language:
        assert refusal.remedy(language) == problem.remedy.render(language)
        assert not number or number not in refusal.message(language)
    assert any("\u4e00" <= char <= "\u9fff" for char in refusal.message(Language.ZH))


@pytest.mark.parametrize("limit", [0, -1, 1001])
async def test_a_limit_out_of_range_is_refused(asking: Asking, own_use: str, limit: int) -> None:
    refusal = await asking.refused(own(own_use, limit=limit))
    assert (refusal.problem, refusal.field) == (problems.LIMIT_OUT_OF_RANGE, "limit")


@pytest.mark.parametrize("types", [("T",) * 51, ("",), ("T" * 65,)])
async def test_malformed_types_are_refused(asking: Asking, own_use: str, types: tuple[str, ...]) -> None:
    refusal = await asking.refused(own(own_use, types=types))
    assert (refusal.problem, refusal.field) == (problems.TYPES_INVALID, "types")


@pytest.mark.parametrize("code", ["", "42", "420199", "990000"])
async def test_an_unknown_region_is_refused(asking: Asking, own_use: str, code: str) -> None:
    refusal = await asking.refused(own(own_use, region=code))
    assert (refusal.problem, refusal.field) == (problems.REGION_INVALID, "region")


# ---- who is asked


async def test_only_systems_of_the_region_are_asked(asking: Asking, own_use: str) -> None:
    city, province, other = FakeSource("city"), FakeSource("province"), FakeSource("other")
    assigned = (
        assign(city, regions=("420100",)),
        assign(province, regions=("420000",)),
        assign(other, regions=("420200",)),
    )
    found = await asking(own(own_use, region="420106"), *assigned)
    assert [report.system for report in found.sources] == ["city", "province"]
    assert other.questions == []
    assert city.questions[0][0].region == "420106"  # type: ignore[union-attr] # only queries


async def test_a_pseudo_region_is_asked_for_as_the_one_that_stands_for_it(asking: Asking, own_use: str) -> None:
    source = FakeSource("s")
    await asking(own(own_use, region="420101"), assign(source))
    assert source.questions[0][0].region == "420100"  # type: ignore[union-attr] # only queries


async def test_without_a_region_all_are_asked(asking: Asking, own_use: str) -> None:
    found = await asking(own(own_use), assign(FakeSource("a")), assign(FakeSource("b"), regions=("430000",)))
    assert [report.system for report in found.sources] == ["a", "b"]


@pytest.mark.parametrize(
    ("more", "notice"),
    [
        ({"offers": frozenset({"001"})}, "this system keeps no licences of this kind of holder"),
        ({"types": ("T9",)}, "none of the types asked for is assigned to this system"),
    ],
)
async def test_a_system_that_cannot_have_it_is_not_asked_and_says_so(
    asking: Asking, own_use: str, more: dict[str, object], notice: str
) -> None:
    idle, asked = FakeSource("idle"), FakeSource("asked")
    found = await asking(
        own(own_use, types=("T1", "T2")),
        assign(idle, **more),  # type: ignore[arg-type] # as the test says
        assign(asked),
    )
    assert idle.questions == []
    assert [(line.system, line.outcome, line.notice) for line in found.sources] == [
        ("asked", Outcome.NOT_FOUND, None),
        ("idle", Outcome.NOT_ASKED, notice),
    ]
    assert found.completeness is Completeness.COMPLETE


async def test_no_types_at_all_are_nothing_to_ask_for(asking: Asking, own_use: str) -> None:
    source = FakeSource("s")
    found = await asking(own(own_use, types=()), assign(source))
    assert (source.questions, found.nodes, found.completeness) == ([], [], Completeness.NONE)


async def test_where_nobody_is_assigned_nobody_answers(asking: Asking, own_use: str) -> None:
    assert await asking(own(own_use)) == Licences([], Completeness.NONE, [])


# ---- what is let in


async def test_rows_of_systems_are_merged_with_their_provenance(asking: Asking, own_use: str) -> None:
    city = FakeSource("city", rows(LicenceRow(identifier="A-1", name="甲", holders=OWN, state=LicenceState.VALID)))
    province = FakeSource("province", rows(LicenceRow(identifier="a-1", name="乙", holders=OWN)))
    found = await asking(own(own_use), assign(city), assign(province))
    (licence,) = found.nodes
    assert (licence.name, licence.state) == ("甲", LicenceState.VALID)
    assert [(line.system, line.fields, line.disagrees) for line in licence.provenance] == [
        ("city", ("name", "state"), ()),
        ("province", (), ("name",)),
    ]
    assert found.completeness is Completeness.COMPLETE


async def test_one_failed_system_makes_the_answer_partial_and_not_lost(asking: Asking, own_use: str) -> None:
    sound = FakeSource("sound", rows(LicenceRow(identifier="A-1", holders=OWN)))
    reset = FakeSource("reset", Answer(outcome=Outcome.UNAVAILABLE, fault=Fault.NETWORK, notice="reset"))
    broken = FakeSource("broken", ZeroDivisionError())
    found = await asking(own(own_use), assign(sound), assign(reset), assign(broken))
    assert len(found.nodes) == 1
    assert found.completeness is Completeness.PARTIAL
    assert [(line.system, line.outcome) for line in found.sources] == [
        ("sound", Outcome.OK),
        ("reset", Outcome.UNAVAILABLE),
        ("broken", Outcome.GATEWAY_ERROR),
    ]
    assert [system for system, _ in asking.defects.reported] == ["broken"]


async def test_another_persons_licence_is_left_out_and_reported(asking: Asking, own_use: str) -> None:
    source = FakeSource(
        "s", rows(LicenceRow(identifier="A-1", holders=OTHERS), LicenceRow(identifier="A-2", holders=OWN))
    )
    found = await asking(own(own_use), assign(source), wanted=frozenset({"identifier"}))
    assert [licence.identifier for licence in found.nodes] == ["A-2"]
    assert found.sources[0].notice == "rows of another holder were left out"
    assert OTHER_NUMBER not in repr(found.sources)


async def test_rows_of_other_types_are_left_out_and_nobody_is_accused(asking: Asking, own_use: str) -> None:
    source = FakeSource(
        "s",
        rows(
            LicenceRow(identifier="A-1", type="T1", holders=OWN),
            LicenceRow(identifier="A-2", type="T2", holders=OWN),
            LicenceRow(identifier="A-3", holders=OWN),
        ),
    )
    found = await asking(own(own_use, types=("T1",)), assign(source), wanted=frozenset({"identifier"}))
    assert [licence.identifier for licence in found.nodes] == ["A-1"]
    assert found.sources[0].notice == "rows of types that were not asked for were left out"
    assert source.questions[0][0].types == ("T1",)  # type: ignore[union-attr] # only queries


@pytest.mark.parametrize(
    ("holders", "is_other"),
    [
        (None, False),
        ((), False),
        (OWN, False),
        (OTHERS, True),
        (OTHERS + OWN, False),
        ((Holder("111", OWN_OLD_NUMBER, None),), False),
        ((Holder("111", f" {OWN_NUMBER.lower()} ", None),), False),
        ((Holder("111", "420106********4564", "李*"),), False),
        ((Holder("111", "420106850505998", None),), False),  # an old number of unknown century
        ((Holder("111", "420106850505456", None),), True),  # an old number that has its new one
        ((Holder("111", None, "李测试"),), False),
        ((*OTHERS, Holder("111", None, "某")), False),
        ((Holder("111", OTHER_NUMBER[:-1] + "0", None),), True),  # badly written, but somebody's
    ],
)
def test_a_row_is_another_persons_only_if_every_holder_plainly_is(
    holders: tuple[Holder, ...] | None, is_other: bool
) -> None:
    assert belongs_to_others(LicenceRow(holders=holders), OWN_NUMBER) is is_other


def test_for_nobody_every_whole_number_is_another_persons() -> None:
    assert belongs_to_others(LicenceRow(holders=OWN), None)


@given(st.lists(st.builds(Holder, st.none(), st.none() | st.text(max_size=20), st.none()), max_size=3))
def test_dirty_holders_never_break_the_judgement(holders: list[Holder]) -> None:
    assert belongs_to_others(LicenceRow(holders=tuple(holders)), OWN_NUMBER) in {True, False}


# ---- how many


async def test_a_cut_at_the_limit_is_told_at_the_systems_whose_rows_it_cost(asking: Asking, own_use: str) -> None:
    one = FakeSource("one", rows(*(LicenceRow(identifier=f"A-{n}", holders=OWN) for n in range(3))))
    two = FakeSource("two", rows(LicenceRow(identifier="A-0", holders=OWN)))
    found = await asking(own(own_use, limit=2), assign(one), assign(two), wanted=frozenset({"identifier"}))
    assert [licence.identifier for licence in found.nodes] == ["A-0", "A-1"]
    assert [(line.system, line.truncated) for line in found.sources] == [("one", True), ("two", False)]
    assert found.completeness is Completeness.PARTIAL
    assert one.questions[0][0].limit == 2  # type: ignore[union-attr] # only queries


async def test_exactly_the_limit_is_no_cut(asking: Asking, own_use: str) -> None:
    source = FakeSource("s", rows(*(LicenceRow(identifier=f"A-{n}", holders=OWN) for n in range(2))))
    found = await asking(own(own_use, limit=2), assign(source))
    assert (len(found.nodes), found.completeness) == (2, Completeness.COMPLETE)


# ---- and how it is told


async def test_end_dates_are_judged_by_the_day_in_china(asking: Asking, open_for: OpenFor, clock: ManualClock) -> None:
    assert clock.now().date() == TODAY
    clock.step(13 * 3600)  # 17:00 UTC is the next day in China
    source = FakeSource(
        "s",
        rows(
            LicenceRow(identifier="A-1", holders=OWN, valid_until=date(2026, 3, 2)),
            LicenceRow(identifier="A-2", holders=OWN, valid_until=NO_END),
        ),
    )
    found = await asking(own((await open_for(CITIZEN)).id), assign(source), wanted=frozenset({"valid_until"}))
    assert [licence.past_end_date for licence in found.nodes] == [True, False]


async def test_systems_texts_are_hidden_from_citizens_and_notices_are_in_their_language(
    asking: Asking, own_use: str
) -> None:
    answer = Answer(outcome=Outcome.OK, rows=(LicenceRow(identifier="A-1", holders=OTHERS),), message="内部错误")
    found = await asking(own(own_use), assign(FakeSource("s", answer)), language=Language.ZH)
    assert found.sources[0].message is None
    assert found.sources[0].notice == "该系统返回了他人的证照，已剔除"


async def test_ids_carry_nothing_personal(asking: Asking, own_use: str) -> None:
    source = FakeSource("s", rows(LicenceRow(number=OWN_NUMBER, holders=OWN)))
    found = await asking(own(own_use), assign(source))
    assert OWN_NUMBER not in found.nodes[0].id
    key = licence_ids().open(found.nodes[0].id)
    assert key is not None
    assert (key.system, key.number) == ("s", OWN_NUMBER)
