import pytest

from adapters.sandbox.world.checkdigits import identifier_check
from adapters.sandbox.world.generate import World
from adapters.sandbox.world.model import NO_END
from adapters.sandbox.world.prediction import PREDICTED, Expected, predict_licences
from gateway.core.licence import NO_END as GATEWAY_NO_END
from gateway.core.licence import ROW_FIELDS, LicenceState

CITY, PROVINCE = "city-licences", "province-licences"


@pytest.fixture
def expected(world: World) -> list[Expected]:
    return predict_licences(world, world.holder, [PROVINCE, CITY], world.today)


def _named(expected: list[Expected], name: str) -> Expected:
    (found,) = [one for one in expected if one.values["name"] == f"{name}示例"]
    return found


def test_a_licence_is_expected_once_however_many_systems_have_it(expected: list[Expected]) -> None:
    identifiers = [one.identifier for one in expected if one.identifier]
    assert len(identifiers) == len(set(identifiers)) == len(expected) - 1


def test_the_holder_has_every_situation(expected: list[Expected]) -> None:
    assert {one.systems for one in expected} == {(PROVINCE, CITY), (PROVINCE,), (CITY,)}
    agreed = _named(expected, "机动车驾驶证")
    assert agreed.disagrees == {PROVINCE: (), CITY: ()}
    disputed = _named(expected, "道路运输从业资格证")
    assert disputed.disagrees[CITY] == ("valid_until", "state")
    holders = _named(expected, "不动产权证书").values["holders"]
    assert isinstance(holders, tuple)
    assert len(holders) == 2
    assert _named(expected, "居民户口簿").values["valid_until"] == NO_END
    assert any(one.past_end_date and one.values["state"] == "EXPIRED" for one in expected)
    assert any(one.past_end_date and one.values["state"] == "VALID" for one in expected)
    wrong = _named(expected, "教师资格证书").identifier
    assert wrong is not None
    assert identifier_check("".join(wrong.split(".")[5:-1])) != wrong[-1]


def test_a_dirty_value_leaves_the_field_to_the_next_system(world: World) -> None:
    first_city = predict_licences(world, world.holder, [CITY, PROVINCE], world.today)
    assert _named(first_city, "社会保障卡").taken_from["valid_until"] == PROVINCE
    only_city = predict_licences(world, world.holder, [CITY], world.today)
    assert _named(only_city, "社会保障卡").values["valid_until"] is None
    assert _named(only_city, "社会保障卡").past_end_date is None


def test_the_order_of_authority_decides_what_is_taken(world: World, expected: list[Expected]) -> None:
    other = predict_licences(world, world.holder, [CITY, PROVINCE], world.today)
    assert _named(expected, "道路运输从业资格证").values["state"] == "CANCELLED"
    assert _named(other, "道路运输从业资格证").values["state"] == "VALID"
    assert _named(other, "机动车行驶证").values["state"] == "REVOKED"
    assert _named(other, "机动车行驶证").disagrees[PROVINCE] == ("state",)


def test_state_raw_state_and_reason_come_from_one_system(expected: list[Expected]) -> None:
    disputed = _named(expected, "道路运输从业资格证")
    assert (disputed.values["raw_state"], disputed.taken_from["raw_state"]) == ("50", PROVINCE)
    assert disputed.taken_from["state_reason"] == PROVINCE


def test_predictions_speak_the_gateways_words(expected: list[Expected]) -> None:
    assert set(PREDICTED) == set(ROW_FIELDS) - {"as_of"}
    assert NO_END == GATEWAY_NO_END
    assert {one.values["state"] for one in expected} <= set(LicenceState)


def test_a_name_or_number_of_another_type_finds_nobody(world: World) -> None:
    stranger = type(world.holder)("001", world.holder.number, world.holder.name)
    assert predict_licences(world, stranger, [PROVINCE, CITY], world.today) == []
