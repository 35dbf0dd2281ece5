"""The rule book file: everything that is documented loads, everything that is wrong is told at once."""

import re
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

from gateway.core.caller import Caller, Role
from gateway.core.errors import ConfigurationInvalid
from gateway.core.policy.evaluator import Permit, Question
from gateway.core.policy.rules import ANY, FIELDS, MASKABLE, Access, RuleBook
from gateway.core.use import UseBasis
from gateway.store import rule_book
from gateway.store.rule_book import FileRules, load_rule_book
from tests.services.fakes import FRONTEND, OFFICER

PAGE = (Path(__file__).parents[2] / "docs/reference/rules.md").read_text("utf-8")
EXAMPLE = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0]
ITEM = """
[[item]]
code = "123456"
name = "事项"
body = "B"
regions = ["420000"]
types = ["T1"]
"""
RULE = """
[[rule]]
id = "r"
applications = ["*"]
roles = ["officer"]
bases = ["STATUTORY"]
items = ["*"]
types = ["*"]
bodies = ["*"]
regions = ["*"]
show = ["name"]
source = "决定"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rules.toml"


def load(file: Path, text: str) -> RuleBook:
    file.write_text(text, "utf-8")
    return load_rule_book(file)


def refused(file: Path, text: str) -> str:
    with pytest.raises(ConfigurationInvalid) as caught:
        load(file, text)
    assert caught.value.remedy
    assert caught.value.what.startswith(str(file))
    return caught.value.what.removeprefix(f"{file}: ")


# ---- what is documented


def test_the_documented_example_loads(file: Path) -> None:
    book = load(file, EXAMPLE)
    (item,) = book.items
    own, hall = book.rules
    assert (item.body, item.valid_from, item.valid_until) == ("11420000011043217X", date(2026, 1, 1), date.max)
    assert own.roles == {Role.CITIZEN}
    assert own.bases == {UseBasis.HOLDER, UseBasis.ENTRUSTED}
    assert (own.items, own.mask, own.valid_from) == (frozenset({ANY}), frozenset(), date.min)
    assert (hall.mask, hall.valid_until, hall.source) == (
        frozenset({"holders.number"}),
        date(2026, 12, 31),
        "示例规则第 2 条",
    )
    assert book.bodies.same("11420000011043217X", "11420000MB0A00001X", date(2026, 3, 1))
    assert not book.bodies.same("11420000011043217X", "11420000MB0A00001X", date(2026, 2, 28))
    assert book.authorities[0].order == ("province-licences", "city-licences")
    assert (book.pace.holders, book.pace.refill, book.bind_within) == (60, timedelta(minutes=1), timedelta(hours=72))


def test_the_documented_example_decides(file: Path) -> None:
    rules = FileRules(load(file, EXAMPLE))
    person = msgspec.structs.replace(OFFICER, body="11420000MB0A00001X")
    caller = Caller(msgspec.structs.replace(FRONTEND, code="hall"), person)
    item = rules.book().items[0].code
    permit = rules.policy().permit(Question(caller=caller, item=item, basis=UseBasis.STATUTORY, on=date(2026, 3, 2)))
    assert isinstance(permit, Permit)
    decision = permit.decide("11100000000013338W011")
    assert decision is not None
    assert decision.access["holders.number"] is Access.MASK
    assert decision.access["face"] is Access.WITHHOLD
    assert permit.decide("11100000000013127D001") is None
    assert rules.policy() is rules.policy()


def test_every_key_role_basis_and_field_is_documented() -> None:
    keys = {
        field.encode_name
        for table in (rule_book._File, rule_book._Body, rule_book._Item, rule_book._Rule, rule_book._Authority)
        for field in msgspec.structs.fields(table)
    } | {"holders", "refill_seconds"}
    words = keys | set(FIELDS) | set(Role) | set(UseBasis)
    assert not sorted(word for word in words if f"`{word}`" not in PAGE)
    masked = PAGE[PAGE.index("`mask` takes") :].split(".\n")[0]
    assert all(f"`{field}`" in masked for field in MASKABLE)


# ---- what is left out


def test_what_is_left_out_opens_nothing_or_has_its_documented_default(file: Path) -> None:
    book = load(file, "edition = 1")
    assert (book.items, book.rules, book.authorities) == ((), (), ())
    assert (book.pace.holders, book.pace.refill, book.bind_within) == (60, timedelta(seconds=60), timedelta(hours=72))


@pytest.mark.parametrize("line", [line.split(" ")[0] for line in RULE.strip().splitlines()[1:] if "show" not in line])
def test_no_part_of_a_rule_can_be_left_out(file: Path, line: str) -> None:
    text = "\n".join(one for one in RULE.splitlines() if not one.startswith(f"{line} "))
    assert f"missing required field `{line}`" in refused(file, f"edition = 1\n{text}")


@pytest.mark.parametrize("line", ["applications", "roles", "bases", "items", "types", "bodies", "regions"])
def test_no_list_of_a_rule_can_be_empty(file: Path, line: str) -> None:
    text = re.sub(rf"^{line} = .*$", f"{line} = []", RULE, flags=re.MULTILINE)
    assert "length >= 1" in refused(file, f"edition = 1\n{text}")


# ---- what is wrong


def rule(**changed: str) -> str:
    text = RULE
    for key, value in changed.items():
        text, count = re.subn(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.MULTILINE)
        text += "" if count else f"{key} = {value}\n"
    return text


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("edition = 2", "Expected `int` <= 1"),
        ("edition = 1\nunknown = 1", "unknown field `unknown`"),
        ("edition = 1\nbind_within_hours = 0", "bind_within_hours"),
        ("edition = 1\npace = { holders = 0 }", "pace.holders"),
        ("edition = 1\npace = { refill_seconds = 90000 }", "pace.refill_seconds"),
        ("edition = ", "Invalid value"),
        ("edition = 1\n" + ITEM + ITEM, "item 123456 stands twice"),
        ("edition = 1\n" + RULE + RULE, "rule r stands twice"),
        ("edition = 1\n" + rule(roles='["*"]'), "rule r: roles names *, which is not known"),
        ("edition = 1\n" + rule(roles='["king", "officer"]'), "rule r: roles names king, which is not known"),
        ("edition = 1\n" + rule(bases='["*"]'), "rule r: bases names *, which is not known"),
        ("edition = 1\n" + ITEM + rule(items='["654321"]'), "rule r: items names 654321, which is not known"),
        ("edition = 1\n" + rule(show='["salary", "*"]'), "rule r: show names *, salary, which is not known"),
        ("edition = 1\n" + rule(mask='["state"]'), "rule r: mask names state, which is not known"),
        ("edition = 1\n" + rule(regions='["42"]'), "rule r: 42 is no region code"),
        ("edition = 1\n" + rule(show="[]"), "rule r opens nothing: give show or mask"),
        ("edition = 1\n" + rule(source='""'), "length >= 1"),
        ("edition = 1\n" + rule(valid_from="2026-02-30"), "Invalid"),
        ("edition = 1\n" + rule(valid_from="2026-03-01T08:00:00"), "date"),
        ("edition = 1\n" + rule(valid_from="2026-03-02", valid_until="2026-03-01"), "rule r ends before it begins"),
        ("edition = 1\n" + ITEM + "valid_until = 2020-01-01\nvalid_from = 2026-01-01", "item 123456 ends before"),
        ("edition = 1\n" + ITEM.replace("420000", "429"), "item 123456: 429 is no region code"),
        (
            'edition = 1\n[[authority]]\ntypes = ["*"]\nfields = ["holders.number", "rawState"]\norder = ["a"]',
            "authority: fields names holders.number, rawState, which is none that can be ranked",
        ),
        (
            'edition = 1\n[[body]]\ncode = "A"\nsuccessor = "A"\non = 2026-01-01',
            "the succession of A does not end",
        ),
    ],
)
def test_what_is_wrong_is_told(file: Path, text: str, what: str) -> None:
    assert what in refused(file, text)


def test_everything_that_is_wrong_is_told_at_once(file: Path) -> None:
    text = "edition = 1\n" + rule(roles='["king"]', show='["salary"]', regions='["42"]') + ITEM + ITEM
    assert refused(file, text).count(";") == 3


@pytest.mark.parametrize("text", [b"edition = 1 # \xff", b"\xef\xbb\xbf" + b"\xff"])
def test_a_file_that_is_no_text_is_refused(file: Path, text: bytes) -> None:
    file.write_bytes(text)
    with pytest.raises(ConfigurationInvalid):
        load_rule_book(file)


def test_a_file_that_is_missing_or_too_large_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationInvalid, match="cannot be read"):
        load_rule_book(file)
    monkeypatch.setattr(rule_book, "_BIGGEST", 100)
    file.write_text("edition = 1\n" + "#" * 88)
    assert load_rule_book(file)
    file.write_text("edition = 1\n" + "#" * 89)
    with pytest.raises(ConfigurationInvalid, match="larger than 100 bytes"):
        load_rule_book(file)


@pytest.mark.parametrize("field", [ANY, *sorted(rule_book._RANKED)])
def test_an_authority_can_speak_of_every_field_that_is_merged(file: Path, field: str) -> None:
    text = f'edition = 1\n[[authority]]\ntypes = ["T1"]\nfields = ["{field}"]\norder = ["a", "b"]'
    assert load(file, text).authorities[0].fields == {field}
