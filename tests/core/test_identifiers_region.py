"""Region codes: levels, walking up, and which system is asked for which region."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.identifiers import region
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.identifiers.provinces import NATION, PROVINCES
from gateway.core.identifiers.region import Region, RegionLevel
from gateway.core.identifiers.spelling import FULL_WIDTH, SPACE
from gateway.core.text import Text


@st.composite
def region_codes(draw: st.DrawFn) -> str:
    province = draw(st.sampled_from(sorted(PROVINCES)))
    city = draw(st.integers(0, 99))
    county = draw(st.integers(0, 99)) if city else 0
    return f"{province[:2]}{city:02}{county:02}"


def test_there_are_34_provinces_with_names_of_their_own() -> None:
    assert len(PROVINCES) == 34
    assert len({name.zh for name in PROVINCES.values()}) == 34
    assert len({name.en for name in PROVINCES.values()}) == 34
    assert all(region.parse(code).level is RegionLevel.PROVINCE for code in PROVINCES)


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("000000", RegionLevel.NATION),
        ("420000", RegionLevel.PROVINCE),
        ("500000", RegionLevel.PROVINCE),
        ("420100", RegionLevel.CITY),
        ("421000", RegionLevel.CITY),
        ("420106", RegionLevel.COUNTY),
        ("110101", RegionLevel.COUNTY),
    ],
)
def test_trailing_zeros_tell_the_level(code: str, level: RegionLevel) -> None:
    assert region.parse(code).level is level


@pytest.mark.parametrize("raw", ["370800000000", "420106001000"])
def test_twelve_digits_become_six_and_are_kept_beside(raw: str) -> None:
    assert region.parse(raw) == Region(raw[:6], raw)


@pytest.mark.parametrize(("code", "province"), [("420106", "420000"), ("420000", "420000"), ("000000", "000000")])
def test_a_region_knows_its_province(code: str, province: str) -> None:
    assert region.parse(code).province == province


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", region.LENGTH),
        ("42010", region.LENGTH),
        ("4201060", region.LENGTH),
        ("4" * 100_000, region.LENGTH),
        ("42010X", region.CHARACTERS),
        ("٤٢٠١٠٦", region.CHARACTERS),
        ("４２０１０６", FULL_WIDTH),
        ("420106 ", SPACE),
        ("430106\n", SPACE),
        ("160000", region.PROVINCE),
        ("000001", region.PROVINCE),
        ("990106", region.PROVINCE),
        ("420001", region.LEVELS),
    ],
)
def test_a_refusal_names_what_was_expected(raw: str, reason: Text) -> None:
    with pytest.raises(IdentifierInvalid) as caught:
        region.parse(raw)
    assert caught.value.reason is reason


@given(st.text() | st.text("0123456789", min_size=5, max_size=13))
def test_arbitrary_text_raises_nothing_else(raw: str) -> None:
    for read in (region.parse, region.ancestors, lambda text: region.serves([text], text)):
        with contextlib.suppress(IdentifierInvalid):
            read(raw)


@pytest.mark.parametrize(
    ("code", "above"),
    [
        ("420106", ("420100", "420000")),
        ("420106001000", ("420100", "420000")),
        ("429004", ("429000", "420000")),
        ("420100", ("420000",)),
        ("420000", ()),
        ("000000", ()),
    ],
)
def test_ancestors_walk_up_from_county_to_city_to_province(code: str, above: tuple[str, ...]) -> None:
    assert region.ancestors(code) == above


@pytest.mark.parametrize(
    ("assigned", "asked", "is_match", "is_served"),
    [
        ("420000", "420106", True, True),
        ("420100", "420106", True, True),
        ("420106", "420106", True, True),
        ("420100", "420106001000", True, True),
        ("420100000000", "420106", True, True),
        ("420100", "420000", False, True),
        ("420106", "420000", False, True),
        ("420106", "420100", False, True),
        ("420200", "420106", False, False),
        ("420107", "420106", False, False),
        ("421000", "420100", False, False),
        ("430000", "420000", False, False),
        ("000000", "420106", True, True),
        ("000000", "000000", True, True),
        ("420106", "000000", False, True),
    ],
)
def test_matching_walks_up_and_serving_also_reaches_down(
    assigned: str, asked: str, is_match: bool, is_served: bool
) -> None:
    assert region.matches(assigned, asked) is is_match
    assert region.serves([assigned], asked) is is_served


@given(region_codes(), region_codes())
def test_matching_is_being_the_asked_code_or_one_of_its_ancestors(assigned: str, asked: str) -> None:
    assert region.matches(assigned, asked) is (assigned in {asked, *region.ancestors(asked)})
    assert region.serves([assigned], asked) is (region.matches(assigned, asked) or region.matches(asked, assigned))


def test_any_of_several_assigned_regions_serves_and_none_serves_nothing() -> None:
    assert region.serves(["430000", "420100"], "420106")
    assert not region.serves([], NATION)


@pytest.mark.parametrize(("assigned", "asked"), [([""], "420106"), (["420000"], ""), ([], "42"), ("420000", "420106")])
def test_text_that_is_no_region_code_never_serves(assigned: list[str], asked: str) -> None:
    with pytest.raises(IdentifierInvalid):
        region.serves(assigned, asked)
