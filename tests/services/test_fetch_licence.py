"""One licence by its id: whom it is asked of, and that a holder finds only his own."""

import pytest

from gateway.core import problems
from gateway.core.caller import Person
from gateway.core.errors import Refusal
from gateway.core.licence import KEY_FIELDS, Holder, LicenceKey
from gateway.core.outcome import Completeness, Fault, Outcome
from gateway.core.ports import Answer, AssignedSource
from gateway.core.text import Language
from gateway.services.fetch_licence import LicenceLookup
from tests.services.bench import Bench, Rules
from tests.services.fakes import (
    CITIZEN,
    OFFICER,
    OTHER_NUMBER,
    OWN_NUMBER,
    OWN_OLD_NUMBER,
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
BY_IDENTIFIER = LicenceKey(identifier="A-1")
BY_NUMBER = LicenceKey(system="city", number="7")
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
        self, use: str, licence_id: str | LicenceKey, *assigned: AssignedSource, person: Person | None = CITIZEN
    ) -> LicenceLookup:
        if isinstance(licence_id, LicenceKey):
            licence_id = licence_ids().seal(licence_id)
        bench = Bench(self._clock, *assigned, rules=self.rules, uses=self._uses)
        try:
            return await bench.fetch_licence(use, licence_id, NAME, call_of(person, self._clock, language=Language.EN))
        finally:
            self.defects.reported += bench.defects.reported


@pytest.fixture
def asking(uses: MemoryUses, clock: ManualClock) -> Asking:
    return Asking(uses, clock)


async def test_every_system_is_asked_for_an_identifier_and_what_they_have_is_merged(
    asking: Asking, own_use: str
) -> None:
    city = FakeSource("city", rows(LicenceRow(identifier="a-1", name="甲", holders=OWN)))
    province = FakeSource("province", rows(LicenceRow(identifier="A-1", name="乙", holders=OWN)))
    silent = FakeSource("silent", Answer(outcome=Outcome.UNAVAILABLE, fault=Fault.NETWORK))
    found = await asking(own_use, BY_IDENTIFIER, *map(assign, (city, province, silent)))
    assert found.licence is not None
    assert found.licence.name == "甲"
    assert [line.system for line in found.licence.provenance] == ["city", "province"]
    assert found.completeness is Completeness.PARTIAL
    assert city.questions[0][:2] == (BY_IDENTIFIER, KEY_FIELDS | NAME)
    assert city.questions[0][2].use is not None


async def test_only_its_own_system_is_asked_for_a_number(asking: Asking, own_use: str) -> None:
    city, province = FakeSource("city", rows(LicenceRow(number="7", holders=OWN))), FakeSource("province")
    found = await asking(own_use, BY_NUMBER, assign(city), assign(province))
    assert found.licence is not None
    assert [line.system for line in found.sources] == ["city"]
    assert province.questions == []


async def test_of_a_system_that_is_gone_nothing_is_found(asking: Asking, own_use: str) -> None:
    assert await asking(own_use, BY_NUMBER) == LicenceLookup(None, Completeness.NONE, [])


async def test_an_id_of_a_list_finds_the_licence_again(asking: Asking, own_use: str) -> None:
    row = LicenceRow(identifier="A-1", holders=OWN)
    first = await asking(own_use, BY_IDENTIFIER, assign(FakeSource("city", rows(row))))
    assert first.licence is not None
    again = await asking(own_use, first.licence.id, assign(FakeSource("city", rows(row))))
    assert again.licence == first.licence


@pytest.mark.parametrize(
    "row",
    [
        LicenceRow(identifier="A-2", holders=OTHERS),
        LicenceRow(holders=OTHERS),
        LicenceRow(identifier="", number="7", holders=OTHERS),
    ],
)
async def test_another_licence_than_the_one_asked_for_is_left_out_and_reported(
    asking: Asking, statutory_use: str, row: LicenceRow
) -> None:
    found = await asking(statutory_use, BY_IDENTIFIER, assign(FakeSource("city", rows(row))), person=OFFICER)
    assert found.licence is None
    assert found.sources[0].notice == "a licence other than the one asked for was left out"


async def test_another_number_than_the_one_asked_for_is_left_out(asking: Asking, statutory_use: str) -> None:
    source = FakeSource("city", rows(LicenceRow(number="8"), LicenceRow(number="7", name="甲")))
    found = await asking(statutory_use, BY_NUMBER, assign(source), person=OFFICER)
    assert found.licence is not None
    assert found.licence.name == "甲"


async def test_an_officer_finds_the_licence_of_anybody(asking: Asking, statutory_use: str) -> None:
    source = FakeSource("city", rows(LicenceRow(identifier="A-1", holders=OTHERS)))
    assert (await asking(statutory_use, BY_IDENTIFIER, assign(source), person=OFFICER)).licence is not None


@pytest.mark.parametrize(
    "holders", [OWN, OTHERS + OWN, (Holder("111", OWN_OLD_NUMBER, None),), (Holder(None, f" {OWN_NUMBER} ", None),)]
)
async def test_a_holder_finds_his_own(asking: Asking, own_use: str, holders: tuple[Holder, ...]) -> None:
    source = FakeSource("city", rows(LicenceRow(identifier="A-1", holders=holders)))
    assert (await asking(own_use, BY_IDENTIFIER, assign(source))).licence is not None


@pytest.mark.parametrize(
    "holders",
    [
        OTHERS,
        None,
        (),
        (Holder("111", None, "王测试"),),
        (Holder("111", "", None),),
        (Holder("111", "420106********1231", "王*试"),),
    ],
)
async def test_for_a_holder_what_is_not_his_is_as_if_it_were_not_there(
    asking: Asking, own_use: str, holders: tuple[Holder, ...] | None
) -> None:
    answer = Answer(outcome=Outcome.OK, rows=(LicenceRow(identifier="A-1", holders=holders),), code="0", message="成功")
    foreign = await asking(own_use, BY_IDENTIFIER, assign(FakeSource("city", answer)))
    absent = await asking(own_use, BY_IDENTIFIER, assign(FakeSource("city")))
    assert foreign == absent
    assert foreign.licence is None
    assert foreign.sources[0].outcome is Outcome.NOT_FOUND


async def test_a_failed_system_stays_failed_for_a_holder_who_finds_nothing(asking: Asking, own_use: str) -> None:
    source = FakeSource("city", Answer(outcome=Outcome.TIMED_OUT, fault=Fault.THEIRS, notice="late"))
    found = await asking(own_use, BY_IDENTIFIER, assign(source))
    assert (found.sources[0].outcome, found.sources[0].notice) == (Outcome.TIMED_OUT, "late")
    assert found.completeness is Completeness.NONE


async def test_a_broken_adapter_costs_only_itself(asking: Asking, own_use: str) -> None:
    sound = FakeSource("sound", rows(LicenceRow(identifier="A-1", holders=OWN)))
    found = await asking(own_use, BY_IDENTIFIER, assign(FakeSource("broken", KeyError("x"))), assign(sound))
    assert found.licence is not None
    assert [system for system, _ in asking.defects.reported] == ["broken"]


@pytest.mark.parametrize("licence_id", ["", "A-1", "x" * 100_000, "证照", licence_ids().sealer.seal(b"A-1", "use")])
async def test_an_id_that_was_not_given_here_is_refused(asking: Asking, own_use: str, licence_id: str) -> None:
    source = FakeSource("city")
    with pytest.raises(Refusal) as caught:
        await asking(own_use, licence_id, assign(source))
    assert (caught.value.problem, caught.value.field) == (problems.LICENCE_ID_INVALID, "id")
    assert source.questions == []


async def test_nothing_is_answered_without_a_use_or_a_person(asking: Asking, own_use: str) -> None:
    with pytest.raises(Refusal) as caught:
        await asking("unknown", BY_IDENTIFIER)
    assert caught.value.problem is problems.USE_UNKNOWN
    with pytest.raises(Refusal) as caught:
        await asking(own_use, BY_IDENTIFIER, person=None)
    assert caught.value.problem is problems.PERSON_MISSING
