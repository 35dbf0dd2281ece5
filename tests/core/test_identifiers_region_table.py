"""Region tables: days in force, successors, pseudo codes, suggestions; and the codes of Hubei."""

from datetime import date, timedelta

import pytest

from gateway.core.identifiers import region, regions_42
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.identifiers.region import Region, RegionLevel, RegionRow, RegionTable

TODAY = date(2026, 1, 1)
LAST_DAY = date(2013, 10, 31)
ROWS = (
    RegionRow("370000", "山东省"),
    RegionRow("370812", "兖州区", valid_from=LAST_DAY + timedelta(days=1)),
    RegionRow("370882", "兖州市", valid_until=LAST_DAY, successor="370812"),
    RegionRow("370899", "无后继", valid_until=LAST_DAY),
    RegionRow("330201", "市辖区", successor="330200", pseudo=True),
    RegionRow("330200", "宁波市"),
)


@pytest.fixture(scope="module")
def table() -> RegionTable:
    return RegionTable(ROWS)


@pytest.fixture(scope="module")
def hubei() -> RegionTable:
    return RegionTable(regions_42.ROWS)


def _reason(table: RegionTable, code: str, on: date = TODAY) -> str:
    with pytest.raises(IdentifierInvalid) as caught:
        table.resolve(code, on)
    assert code not in caught.value.reason.zh + caught.value.reason.en
    return caught.value.reason.en


def test_a_retired_code_stands_until_its_last_day_and_then_for_its_successor(table: RegionTable) -> None:
    assert table.resolve("370882", LAST_DAY) == Region("370882", name="兖州市")
    assert table.resolve("370882", LAST_DAY + timedelta(days=1)) == Region("370812", name="兖州区")


def test_a_code_is_refused_before_its_first_day(table: RegionTable) -> None:
    assert "2013-11-01" in _reason(table, "370812", LAST_DAY)


def test_a_code_retired_without_a_successor_is_refused(table: RegionTable) -> None:
    assert "2013-10-31" in _reason(table, "370899")


def test_a_pseudo_code_always_stands_for_its_successor(table: RegionTable) -> None:
    assert table.resolve("330201", date.min) == Region("330200", name="宁波市")


def test_a_suffix_is_kept_with_its_own_code_only(table: RegionTable) -> None:
    assert table.resolve("370812000000", TODAY).statistical == "370812000000"
    assert table.resolve("370882000000", TODAY).statistical is None


def test_only_provinces_with_a_row_of_their_own_are_covered(table: RegionTable) -> None:
    assert table.covers("370000")
    assert table.covers("370812")
    assert not table.covers("330000")
    assert not table.covers("000000")


@pytest.mark.parametrize("code", ["330212", "110000", "000000", "110105001000"])
def test_codes_of_other_provinces_come_back_as_they_are(table: RegionTable, code: str) -> None:
    assert table.resolve(code, TODAY) == region.parse(code)


def test_an_unknown_code_of_a_covered_province_is_refused_with_near_ones(hubei: RegionTable) -> None:
    reason = _reason(hubei, "420160")
    assert reason.startswith("Hubei has no such region code")
    assert "did you mean 420106 武昌区, " in reason


def test_only_codes_in_force_on_the_day_are_suggested(table: RegionTable) -> None:
    assert "370882" not in _reason(table, "370881")
    assert "370812" not in _reason(table, "370881", LAST_DAY)


def test_nothing_is_suggested_where_nothing_is_near() -> None:
    table = RegionTable([RegionRow("370000", "山东省"), RegionRow("371111", "近")])
    assert "did you mean" not in _reason(table, "379999")


@pytest.mark.parametrize("code", ["4201", "42010X", "420001"])
def test_text_that_is_no_region_code_is_refused(hubei: RegionTable, code: str) -> None:
    with pytest.raises(IdentifierInvalid):
        hubei.resolve(code, TODAY)
    with pytest.raises(IdentifierInvalid):
        hubei.covers(code)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([RegionRow("370000", "甲"), RegionRow("370000", "乙")], "370000 is there twice"),
        ([RegionRow("3700", "甲")], "6 or 12 digits"),
        ([RegionRow("370000000000", "甲")], "not of six digits"),
        ([RegionRow("370000", "甲", date(2020, 1, 2), date(2020, 1, 1))], "ends before it begins"),
        ([RegionRow("370001", "甲", pseudo=True)], "expected at digits 5 and 6"),
        ([RegionRow("370101", "甲", pseudo=True)], "pseudo region 370101 has no successor"),
        ([RegionRow("370101", "甲", successor="370102")], "370102, which is missing"),
        ([RegionRow("370101", "甲", successor="370101")], "lead back"),
        ([RegionRow("370101", "甲", successor="370102"), RegionRow("370102", "乙", successor="370101")], "lead back"),
    ],
)
def test_rows_that_contradict_themselves_build_no_table(rows: list[RegionRow], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RegionTable(rows)


def test_hubei_has_its_103_counties_and_every_code_resolves_under_it(hubei: RegionTable) -> None:
    present = [row for row in regions_42.ROWS if not row.pseudo]
    counties = [row for row in present if region.parse(row.code).level is RegionLevel.COUNTY]
    codes = {row.code for row in present}
    assert len(counties) == 103
    assert len({row.name for row in present}) == len(present)
    assert all(codes.issuperset(region.ancestors(code)) for code in codes)
    assert all(hubei.resolve(row.code, TODAY).name == row.name for row in present)


@pytest.mark.parametrize(
    ("code", "used"), [("420101", "420100"), ("421023", "421088"), ("420321", "420304"), ("420821", "420882")]
)
def test_replaced_codes_of_hubei_still_lead_somewhere(hubei: RegionTable, code: str, used: str) -> None:
    assert hubei.resolve(code, TODAY).code == used
