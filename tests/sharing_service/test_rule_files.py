"""The files of rules: offices, deadlines, working days; what is wrong with them is said all at once."""

from datetime import date
from pathlib import Path

import msgspec
import pytest

from gateway.core.errors import ConfigurationInvalid
from gateway.core.sharing.office_file import read_offices
from gateway.core.sharing.offices import Competence, Member, Offices
from gateway.core.sharing.reasons import DEFAULT_REASONS, ReasonUse
from gateway.core.sharing.rules import NATIONAL, TAKING_NOTE, complete
from gateway.store.share_rules import load_share_rules
from gateway.store.working_days import built_in_years, load_calendar
from tests.sharing.making import HUB, OFFICE, PROVIDER, REQUESTER, the_calendar

DEADLINES = """
edition = 7
[[rule]]
id = "r"
region = "000000"
stage = "DECISION"
sharing = ["CONDITIONAL"]
days = 2
source = "示例"
[[reason]]
code = "no-basis"
use = "REFUSE"
zh = "无依据"
en = "no basis"
"""


def test_the_most_specific_authority_is_competent() -> None:
    offices = Offices(
        [Competence("420000", HUB), Competence("420100", OFFICE)], [Member(PROVIDER, "420106", own_office=OFFICE)]
    )
    assert offices.authority("420106") == OFFICE
    assert offices.authority("420500") == HUB
    assert offices.authority("110000") is None
    assert (offices.region_of(PROVIDER), offices.region_of(REQUESTER)) == ("420106", "000000")
    assert (offices.own_office(PROVIDER), offices.own_office(REQUESTER)) == (OFFICE, None)
    assert offices.is_authority(HUB)
    assert not offices.is_authority(PROVIDER)


def test_a_national_authority_is_competent_where_nobody_else_is() -> None:
    offices = Offices([Competence("000000", HUB), Competence("420000", OFFICE)])
    assert (offices.authority("110000"), offices.authority("420000")) == (HUB, OFFICE)


def test_everything_that_is_wrong_with_offices_is_said_at_once() -> None:
    text = f"""
        edition = 1
        [[authority]]
        region = "990000"
        body = "{HUB}"
        [[authority]]
        region = "990000"
        body = "no"
        [[body]]
        code = "{PROVIDER}"
        region = "420106"
        own_office = "{OFFICE[:-1]}"
        [[body]]
        code = "{PROVIDER}"
        region = "420106"
    """
    findings = read_offices(text).findings
    assert [finding.split(":")[0] for finding in findings] == [
        "authority 1", "authority 2", "authority 2", "body 1", "authority 2", "body 2",
    ]  # fmt: skip
    assert read_offices("edition = 0").value is None
    sound = read_offices(f'edition = 1\n[[authority]]\nregion = "420000"\nbody = "{HUB}"').value
    assert sound is not None
    assert sound.is_authority(HUB)


def test_the_built_in_years_are_as_they_were_announced() -> None:
    years = {year.year: year for year in built_in_years()}
    ours, announced = load_calendar(None), the_calendar()
    days = [date.fromordinal(number) for number in range(date(2026, 1, 1).toordinal(), date(2027, 1, 1).toordinal())]
    assert all(ours.is_working(day) is announced.is_working(day) for day in days)
    assert years[2026].source
    assert ours.is_announced(date(2026, 5, 1))
    assert not ours.is_announced(date(2200, 5, 1))


def test_a_file_outweighs_the_built_in_years(tmp_path: Path) -> None:
    file = tmp_path / "calendar.toml"
    file.write_text('edition = 1\n[[year]]\nyear = 2026\nrest = [["2026-03-02", "2026-03-02"]]\nsource = "x"\n')
    assert not load_calendar(file).is_working(date(2026, 3, 2))
    assert load_calendar(file).is_working(date(2026, 10, 1))


def test_without_files_the_countrys_deadlines_hold_and_nobody_is_competent() -> None:
    rules = load_share_rules(None, None, None)
    assert rules.reasons is DEFAULT_REASONS
    assert rules.deadlines.edition == 1
    assert {rule.id for rule in NATIONAL} == {"unconditional", "conditional", "delivery", "correction"}
    assert rules.offices.authority("420106") is None
    local = msgspec.structs.replace(TAKING_NOTE, id="local", region="420106", days=9)
    assert complete([local]) == (local, TAKING_NOTE), "elsewhere the default holds"
    everywhere = [msgspec.structs.replace(local, region="000000")]
    assert complete(everywhere) is everywhere


def test_files_say_the_rules(tmp_path: Path) -> None:
    (tmp_path / "deadlines.toml").write_text(DEADLINES, "utf-8")
    (tmp_path / "offices.toml").write_text(f'edition = 1\n[[authority]]\nregion = "420000"\nbody = "{HUB}"')
    rules = load_share_rules(tmp_path / "deadlines.toml", None, tmp_path / "offices.toml")
    assert rules.deadlines.edition == 7
    assert [one.code for one in rules.reasons.of(ReasonUse.REFUSE)] == ["no-basis"]
    assert rules.offices.authority("420106") == HUB


@pytest.mark.parametrize("content", [b"edition = 0", b"\xff", b"#" * 2_000_001])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "rules.toml"
    file.write_bytes(content)
    for files in ((file, None, None), (None, file, None), (None, None, file)):
        with pytest.raises(ConfigurationInvalid, match="rules"):
            load_share_rules(*files)
    with pytest.raises(ConfigurationInvalid, match="cannot be read"):
        load_share_rules(tmp_path / "none", None, None)
