"""The matrix: every cell of role × application × item × basis × type × field × day, judged twice.

The rules are a text. The gateway reads it with its own reader and evaluator; the oracle below reads the same text as
plain tables and loops over them, and shares no code with it. 8 persons × 3 applications × 4 items × 4 bases × 4 types ×
15 fields × 4 days are 92,160 cells, of which 1,275 are open.
"""

import tomllib
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.bodies import Bodies, Succession
from gateway.core.caller import Application, Caller, Person, Role
from gateway.core.policy.evaluator import Denial, Permit, Policy, Question
from gateway.core.policy.rules import Access, Item, Rule, RuleBook
from gateway.core.use import UseBasis
from gateway.store.rule_book import load_rule_book
from tests.thoroughness import tried

OLD, NEW, OTHER = "11420000011043217X", "11420000MB0A00001X", "11420000MB0B00002Y"
DAY = date(2026, 3, 1)
TEXT = f"""
edition = 1

[[body]]
code = "{OLD}"
successor = "{NEW}"
on = 2026-03-01

[[item]]
code = "item-a"
name = "甲"
body = "{OLD}"
regions = ["420000"]
types = ["T1", "T2"]

[[item]]
code = "item-b"
name = "乙"
body = "{OTHER}"
regions = ["420100", "420200"]
types = ["*"]

[[item]]
code = "item-c"
name = "丙"
body = "{NEW}"
regions = ["*"]
types = ["T3"]
valid_from = 2026-03-01
valid_until = 2026-03-02

[[rule]]
id = "citizens"
applications = ["portal"]
roles = ["citizen"]
bases = ["HOLDER", "ENTRUSTED"]
items = ["*"]
types = ["*"]
bodies = ["*"]
regions = ["*"]
show = ["identifier", "type", "number", "name", "holders.type", "holders.number", "holders.name", "issuer", "issuedOn",
  "validFrom", "validUntil", "state", "stateReason", "rawState", "face"]
source = "每人看本人"

[[rule]]
id = "officers"
applications = ["hall"]
roles = ["officer"]
bases = ["STATUTORY"]
items = ["*"]
types = ["*"]
bodies = ["*"]
regions = ["*"]
show = ["type", "name", "state"]
mask = ["holders.number"]
source = "经办"

[[rule]]
id = "officers-see-faces"
applications = ["hall", "portal"]
roles = ["officer"]
bases = ["STATUTORY"]
items = ["item-b", "item-c"]
types = ["T3"]
bodies = ["{OLD}", "{OTHER}"]
regions = ["420100"]
show = ["face", "holders.number"]
mask = ["holders.name"]
valid_from = 2026-03-01
valid_until = 2026-03-01
source = "限一日"

[[rule]]
id = "counters"
applications = ["hall"]
roles = ["clerk"]
bases = ["HOLDER"]
items = ["item-a"]
types = ["T2"]
bodies = ["{NEW}"]
regions = ["420102", "420106"]
mask = ["name", "number", "face"]
show = ["type"]
source = "窗口"

[[rule]]
id = "checkers"
applications = ["*"]
roles = ["citizen", "officer", "clerk"]
bases = ["PRESENTED"]
items = ["item-a", "item-b"]
types = ["T1"]
bodies = ["*"]
regions = ["*"]
show = ["state", "validUntil"]
mask = ["name"]
valid_until = 2026-03-02
source = "亮证"
"""

PERSONS: dict[str, Person | None] = {
    "nobody": None,
    "citizen": Person(subject="c", role=Role.CITIZEN, name="a", document_type="111", number="1"),
    "officer of the old body": Person(subject="1", role=Role.OFFICER, name="a", body=OLD, region="420100"),
    "officer of the new body": Person(subject="2", role=Role.OFFICER, name="a", body=NEW, region="420106"),
    "officer of another body": Person(subject="3", role=Role.OFFICER, name="a", body=OTHER, region="420100"),
    "officer of another province": Person(subject="4", role=Role.OFFICER, name="a", body=OLD, region="430100"),
    "clerk": Person(subject="5", role=Role.CLERK, name="a", body=OLD, region="420102"),
    "auditor": Person(subject="6", role=Role.AUDITOR, name="a"),
}
APPLICATIONS = ("portal", "hall", "kiosk")
ITEMS = ("item-a", "item-b", "item-c", "item-z")
TYPES = ("T1", "T2", "T3", None)
FIELDS = (
    "identifier", "type", "number", "name", "holders.type", "holders.number", "holders.name", "issuer", "issuedOn",
    "validFrom", "validUntil", "state", "stateReason", "rawState", "face",
)  # fmt: skip
DAYS = tuple(DAY + timedelta(days=step) for step in (-1, 0, 1, 2))

Cell = tuple[Person | None, str, str, str, date, str | None, str]


def oracle(text: dict[str, Any], cell: Cell) -> tuple[str, list[str]]:
    """What the text says of a cell, and which rules say it."""
    item_code, kind, field = cell[2], cell[5], cell[6]
    items = [item for item in text["item"] if item["code"] == item_code]
    if not items or not item_allows(text, items[0], cell):
        return "WITHHOLD", []
    if "*" not in items[0]["types"] and kind not in items[0]["types"]:
        return "WITHHOLD", []
    rules = [rule for rule in text["rule"] if rule_holds(text, rule, cell)]
    shown = [rule["id"] for rule in rules if field in rule.get("show", [])]
    masked = [rule["id"] for rule in rules if field in rule.get("mask", [])]
    if shown:
        return "SHOW", shown
    return ("MASK", masked) if masked else ("WITHHOLD", [])


def item_allows(text: dict[str, Any], item: dict[str, Any], cell: Cell) -> bool:
    person, _, _, basis, on, _, _ = cell
    if person is None or not dated(item, on):
        return False
    if basis != "STATUTORY":
        return True
    return one_body(text, person.body, item["body"], on) and lies_in(person.region, item["regions"])


def rule_holds(text: dict[str, Any], rule: dict[str, Any], cell: Cell) -> bool:
    person, application, item_code, basis, on, kind, _ = cell
    assert person is not None
    for name, value in (("applications", application), ("items", item_code), ("types", kind)):
        if "*" not in rule[name] and value not in rule[name]:
            return False
    if person.role.value not in rule["roles"] or basis not in rule["bases"] or not dated(rule, on):
        return False
    if "*" not in rule["bodies"] and not any(one_body(text, code, person.body, on) for code in rule["bodies"]):
        return False
    return lies_in(person.region, rule["regions"])


def dated(line: dict[str, Any], on: date) -> bool:
    first, last = line.get("valid_from"), line.get("valid_until")
    return not (first is not None and on < first) and not (last is not None and on > last)


def one_body(text: dict[str, Any], one: str | None, other: str | None, on: date) -> bool:
    if one is None or other is None:
        return False
    for _ in range(20):
        for step in text.get("body", []):
            if on >= step["on"]:
                one = step["successor"] if one == step["code"] else one
                other = step["successor"] if other == step["code"] else other
    return one == other


def lies_in(place: str | None, regions: list[str]) -> bool:
    if "*" in regions:
        return True
    for code in regions:
        head = code
        while head.endswith("00"):
            head = head[:-2]
        if place is not None and place[: len(head)] == head:
            return True
    return False


def question(cell: Cell) -> Question:
    person, application, item, basis, on, _, _ = cell
    return Question(caller=Caller(Application(application, "应用"), person), item=item, basis=UseBasis(basis), on=on)


def cells() -> "product[Any]":
    return product(PERSONS.values(), APPLICATIONS, ITEMS, [basis.value for basis in UseBasis], DAYS, TYPES, FIELDS)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> RuleBook:
    file: Path = tmp_path_factory.mktemp("rules") / "rules.toml"
    file.write_text(TEXT, "utf-8")
    return load_rule_book(file)


def test_every_cell_is_what_the_text_says_and_is_explained_so(book: RuleBook) -> None:
    """92,160 cells, 1,275 of them open; ``permit``, ``why`` and the oracle agree on each."""
    text, policy = tomllib.loads(TEXT), Policy(book)
    count = opened = 0
    asked: tuple[Any, ...] | None = None
    permit: Permit | Denial | None = None
    for cell in cells():
        count += 1
        expected, rules = oracle(text, cell)
        opened += expected != "WITHHOLD"
        if asked != cell[:5]:
            asked, permit = cell[:5], policy.permit(question(cell))
        kind, field = cell[5:]
        decision = permit.decide(kind) if isinstance(permit, Permit) else None
        got = decision.access[field].value if decision else "WITHHOLD"
        assert got == expected, cell
        if kind is not None:
            why = policy.why(question(cell), kind, field)
            assert (why.access.value, list(why.rules)) == (expected, rules), cell
            assert (why.missing is None) is (expected != "WITHHOLD"), cell
        if got != "WITHHOLD":
            assert isinstance(permit, Permit)
            assert field in permit.fields(None if kind is None else (kind,)), cell
    assert (count, opened) == (92_160, 1_275)


def test_every_rule_and_every_kind_of_access_has_its_cells(book: RuleBook) -> None:
    text = tomllib.loads(TEXT)
    said = [oracle(text, cell) for cell in cells()]
    assert {access for access, _ in said} == {"SHOW", "MASK", "WITHHOLD"}
    assert {rule for _, rules in said for rule in rules} == {rule.id for rule in book.rules}


def test_no_cell_is_open_in_an_empty_rule_book(book: RuleBook) -> None:
    without_rules = Policy(RuleBook(items=book.items, rules=(), bodies=book.bodies))
    without_items = Policy(RuleBook(items=(), rules=book.rules, bodies=book.bodies))
    asked = {cell[:5]: cell for cell in cells()}.values()
    assert len(asked) == 92_160 // len(TYPES) // len(FIELDS)
    assert all(isinstance(policy.permit(question(cell)), Denial) for cell in asked for policy in (
        without_rules, without_items
    ))  # fmt: skip


# ---- random rule books


def some(*values: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)


FIELD_LISTS = st.lists(st.sampled_from(FIELDS), max_size=4, unique=True)
RULES = st.lists(
    st.fixed_dictionaries(
        {
            "applications": some("*", "portal", "hall"),
            "roles": some("citizen", "officer", "clerk"),
            "bases": some("HOLDER", "STATUTORY", "PRESENTED"),
            "items": some("*", "item-a", "item-b"),
            "types": some("*", "T1", "T2"),
            "bodies": some("*", OLD, NEW),
            "regions": some("*", "420000", "420100"),
            "show": FIELD_LISTS,
            "mask": FIELD_LISTS,
        },
        optional={"valid_from": st.sampled_from(DAYS), "valid_until": st.sampled_from(DAYS)},
    ),
    max_size=5,
)
CELLS = st.tuples(
    st.sampled_from(list(PERSONS.values())),
    st.sampled_from(APPLICATIONS),
    st.sampled_from(ITEMS),
    st.sampled_from([basis.value for basis in UseBasis]),
    st.sampled_from(DAYS),
    st.sampled_from(TYPES),
    st.sampled_from(FIELDS),
)


def a_rule_of(line: dict[str, Any]) -> Rule:
    values: dict[str, Any] = {
        name: frozenset(value) if isinstance(value, list) else value for name, value in line.items()
    }
    values |= {"roles": frozenset(map(Role, line["roles"])), "bases": frozenset(map(UseBasis, line["bases"]))}
    return Rule(**values)


def built(rules: list[dict[str, Any]]) -> tuple[dict[str, Any], RuleBook]:
    """The text and the book of these rules, over the items and successions of the text above."""
    text = tomllib.loads(TEXT) | {"rule": [rule | {"id": f"r-{place}"} for place, rule in enumerate(rules)]}
    items = [
        Item(**line | {"types": frozenset(line["types"]), "regions": tuple(line["regions"])}) for line in text["item"]
    ]
    made = [a_rule_of(rule) for rule in text["rule"]]
    bodies = Bodies(Succession(line["code"], line["successor"], line["on"]) for line in text["body"])
    return text, RuleBook(items=tuple(items), rules=tuple(made), bodies=bodies)


def access(book: RuleBook, cell: Cell) -> Access:
    permit = Policy(book).permit(question(cell))
    decision = permit.decide(cell[5]) if isinstance(permit, Permit) else None
    return decision.access[cell[6]] if decision else Access.WITHHOLD


OPENNESS = (Access.WITHHOLD, Access.MASK, Access.SHOW)


@settings(max_examples=tried(100, 300))
@given(RULES, st.lists(CELLS, min_size=1, max_size=20))
def test_random_rules_are_read_as_they_stand(rules: list[dict[str, Any]], asked: list[Cell]) -> None:
    text, book = built(rules)
    for cell in asked:
        assert access(book, cell).value == oracle(text, cell)[0]


@settings(max_examples=tried(100, 200))
@given(RULES, RULES.filter(bool), st.lists(CELLS, min_size=1, max_size=20))
def test_adding_a_rule_never_closes_a_cell_and_removing_one_never_opens_any(
    rules: list[dict[str, Any]], more: list[dict[str, Any]], asked: list[Cell]
) -> None:
    fewer, all_of_them = built(rules)[1], built(rules + more)[1]
    for cell in asked:
        assert OPENNESS.index(access(fewer, cell)) <= OPENNESS.index(access(all_of_them, cell))


@settings(max_examples=tried(50, 100))
@given(st.permutations(range(5)), st.lists(CELLS, min_size=1, max_size=20))
def test_the_order_of_rules_does_not_matter(order: list[int], asked: list[Cell]) -> None:
    rules = tomllib.loads(TEXT)["rule"]
    straight, shuffled = built(rules)[1], built([rules[place] for place in order])[1]
    assert all(access(straight, cell) is access(shuffled, cell) for cell in asked)
