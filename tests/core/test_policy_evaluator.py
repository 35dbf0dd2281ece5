"""Deciding: deny by default, every condition on its own, both ends of every date, and why."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from gateway.core.bodies import Succession
from gateway.core.caller import Application, Caller, Person, Role
from gateway.core.identifiers import credit_code
from gateway.core.policy.evaluator import Decision, Denial, Permit, Policy, Question
from gateway.core.policy.rules import ANY, FIELDS, Access, RuleBook
from gateway.core.text import Language
from gateway.core.use import UseBasis
from tests.services.bench import BODY, a_book, a_rule, an_item
from tests.services.fakes import CITIZEN, FRONTEND, ITEM, OFFICER

ON = date(2026, 3, 2)
DAY = timedelta(days=1)
NEW_BODY = "11420000MB0A00001X"
ALL = frozenset({ANY})


def ask(
    *, person: Person | None = OFFICER, application: str = "portal", item: str = ITEM, on: date = ON, **more: Any
) -> Question:
    basis = more.get("basis", UseBasis.STATUTORY)
    return Question(caller=Caller(Application(application, "应用"), person), item=item, basis=basis, on=on)


def permitted(book: RuleBook, question: Question) -> Permit:
    answer = Policy(book).permit(question)
    assert isinstance(answer, Permit)
    return answer


def denied(book: RuleBook, question: Question) -> str:
    answer = Policy(book).permit(question)
    assert isinstance(answer, Denial)
    assert answer.reason.render(Language.ZH) != answer.reason.en
    return answer.reason.en


def test_an_empty_book_opens_nothing() -> None:
    assert denied(a_book(), ask()) == "no rule opens anything to this application"
    assert denied(RuleBook(items=(), rules=(), bodies=a_book().bodies), ask()).startswith(
        "the item is not in the catal"
    )


def test_a_rule_opens_what_it_says_and_nothing_else() -> None:
    decision = permitted(a_book(a_rule(show=frozenset({"name"}), mask=frozenset({"number"}))), ask()).decide("T1")
    assert decision is not None
    assert decision.rules == ("r-1",)
    assert {field for field, access in decision.access.items() if access is Access.SHOW} == {"name"}
    assert {field for field, access in decision.access.items() if access is Access.MASK} == {"number"}
    assert set(decision.access) == set(FIELDS)


def test_what_one_rule_shows_no_other_masks() -> None:
    rules = (
        a_rule("mask", show=frozenset(), mask=frozenset({"number"})),
        a_rule("show", show=frozenset({"number"})),
    )
    decision = permitted(a_book(*rules), ask()).decide("T1")
    assert decision is not None
    assert decision.access["number"] is Access.SHOW
    assert decision.rules == ("mask", "show")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"applications": frozenset({"hall"})}, "no rule opens anything to this application"),
        ({"applications": frozenset()}, "no rule opens anything to this application"),
        ({"roles": frozenset({Role.CITIZEN})}, "no rule opens anything to this role"),
        ({"bases": frozenset({UseBasis.HOLDER})}, "no rule opens anything on this basis"),
        ({"items": frozenset({"999999"})}, "no rule opens anything for this item"),
        ({"valid_from": ON + DAY}, "the rules that would open it are not in force on that day"),
        ({"valid_until": ON - DAY}, "the rules that would open it are not in force on that day"),
        ({"bodies": frozenset({NEW_BODY})}, "no rule opens anything to the person's body"),
        ({"regions": frozenset({"420200"})}, "no rule opens anything to the person's region"),
        ({"regions": frozenset({"420106"})}, "no rule opens anything to the person's region"),  # he is above it
    ],
)
def test_every_condition_closes_by_itself_and_is_named(changed: dict[str, Any], reason: str) -> None:
    assert denied(a_book(a_rule(**changed)), ask()) == reason


def test_conditions_of_two_rules_do_not_add_up() -> None:
    rules = (
        a_rule("one", applications=frozenset({"portal"}), roles=frozenset({Role.CITIZEN})),
        a_rule("two", applications=frozenset({"hall"}), roles=frozenset({Role.OFFICER})),
    )
    assert denied(a_book(*rules), ask()) == "no rule opens anything to this role"


def test_without_a_person_no_role_is_had() -> None:
    assert denied(a_book(a_rule()), ask(person=None)) == "no rule opens anything to this role"


@pytest.mark.parametrize("changed", [{"body": None}, {"region": None}, {"region": "4x"}])
def test_a_person_without_body_or_region_is_in_none(changed: dict[str, Any]) -> None:
    rule = a_rule(bodies=frozenset({BODY}), regions=frozenset({"420000"}))
    assert isinstance(permitted(a_book(rule), ask()), Permit)
    assert "person's" in denied(a_book(rule), ask(person=msgspec.structs.replace(OFFICER, **changed)))


def test_a_person_below_a_region_is_in_it() -> None:
    officer = msgspec.structs.replace(OFFICER, region="420106")
    assert permitted(a_book(a_rule(regions=frozenset({"420100"}))), ask(person=officer))


@pytest.mark.parametrize("on", [ON, ON + DAY, ON + 2 * DAY])
def test_a_rule_is_in_force_on_both_its_ends(on: date) -> None:
    assert permitted(a_book(a_rule(valid_from=ON, valid_until=ON + 2 * DAY)), ask(on=on))


@pytest.mark.parametrize("on", [ON - DAY, ON + 3 * DAY])
def test_a_rule_is_not_in_force_beyond_its_ends(on: date) -> None:
    assert "not in force" in denied(a_book(a_rule(valid_from=ON, valid_until=ON + 2 * DAY)), ask(on=on))


@pytest.mark.parametrize(("on", "is_open"), [(ON - DAY, False), (ON, True), (ON + DAY, True), (ON + 2 * DAY, False)])
def test_an_item_exists_from_its_first_day_to_its_last(on: date, is_open: bool) -> None:
    book = a_book(a_rule(), items=[an_item(valid_from=ON, valid_until=ON + DAY)])
    assert isinstance(Policy(book).permit(ask(on=on)), Permit) is is_open


# ---- officers and their items


def test_an_officer_handles_the_items_of_his_own_body_only() -> None:
    book = a_book(a_rule(), items=[an_item(body=NEW_BODY)])
    assert denied(book, ask()) == "the item is carried out by another body"
    assert denied(book, ask(person=msgspec.structs.replace(OFFICER, body=None))) == (
        "the item is carried out by another body"
    )


def test_an_officer_handles_items_of_his_own_region_only() -> None:
    book = a_book(a_rule(), items=[an_item(regions=("420200",))])
    assert denied(book, ask()) == "the item is not handled in the person's region"
    assert permitted(a_book(a_rule(), items=[an_item(regions=(ANY,))]), ask())


def test_body_and_region_of_an_item_bind_nobody_else() -> None:
    book = a_book(a_rule(), items=[an_item(body=NEW_BODY, regions=("420200",))])
    assert permitted(book, ask(person=CITIZEN, basis=UseBasis.HOLDER))
    assert permitted(book, ask(basis=UseBasis.PRESENTED))


@pytest.mark.parametrize(
    ("officers_body", "before", "after"), [(BODY, True, True), (NEW_BODY, False, True), ("X", False, False)]
)
def test_a_successor_stands_for_the_body_from_its_day(officers_body: str, before: bool, after: bool) -> None:
    """An item and a rule that name the old body are the successor's, and the old token keeps working."""
    rule = a_rule(bodies=frozenset({BODY}))
    book = a_book(rule, items=[an_item(body=BODY)], successions=[Succession(BODY, NEW_BODY, ON)])
    officer = msgspec.structs.replace(OFFICER, body=officers_body)
    assert isinstance(Policy(book).permit(ask(person=officer, on=ON - DAY)), Permit) is before
    assert isinstance(Policy(book).permit(ask(person=officer, on=ON)), Permit) is after


def test_a_book_for_the_successor_opens_nothing_to_the_old_body_before_the_day() -> None:
    rule = a_rule(bodies=frozenset({NEW_BODY}))
    book = a_book(rule, items=[an_item(body=NEW_BODY)], successions=[Succession(BODY, NEW_BODY, ON)])
    assert denied(book, ask(on=ON - DAY)) == "no rule opens anything to the person's body"
    assert permitted(book, ask(on=ON))


def test_the_bodies_of_these_tests_are_well_formed() -> None:
    assert credit_code.parse(BODY) == BODY


# ---- types and fields of a permit


@pytest.mark.parametrize(
    ("items_types", "rules_types", "opened", "closed"),
    [
        (ALL, ALL, ["T1", None], []),
        ({"T1"}, ALL, ["T1"], ["T2", None]),
        (ALL, {"T1"}, ["T1"], ["T2", None]),
        ({"T1", "T2"}, {"T2", "T3"}, ["T2"], ["T1", "T3", None]),
    ],
)
def test_a_type_is_open_if_both_item_and_rule_have_it(
    items_types: set[str], rules_types: set[str], opened: list[str | None], closed: list[str | None]
) -> None:
    book = a_book(a_rule(types=frozenset(rules_types)), items=[an_item(types=frozenset(items_types))])
    permit = permitted(book, ask())
    assert all(isinstance(permit.decide(code), Decision) for code in opened)
    assert all(permit.decide(code) is None for code in closed)
    assert (ANY in permit.types()) is (None in opened)
    assert permit.types() - ALL == set(opened) - {None} if ANY not in permit.types() else True


def test_only_fields_of_the_types_asked_for_are_worth_fetching() -> None:
    rules = (
        a_rule("t1", types=frozenset({"T1"}), show=frozenset({"name"})),
        a_rule("t2", types=frozenset({"T2"}), show=frozenset({"face"})),
        a_rule("t3", types=frozenset({"T3"}), show=frozenset({"issuer"})),
    )
    permit = permitted(a_book(*rules, items=[an_item(types=frozenset({"T1", "T2"}))]), ask())
    assert permit.fields(("T1",)) == {"name"}
    assert permit.fields(None) == {"name", "face"}
    assert permit.fields(("T3",)) == set()
    anything = permitted(a_book(*rules), ask())
    assert anything.fields(("T3", "T1")) == {"issuer", "name"}
    assert anything.fields(None) == {"issuer", "name", "face"}
    assert permitted(a_book(a_rule(show=frozenset({"face"}))), ask()).fields(("T9",)) == {"face"}


def test_decisions_of_one_permit_are_not_anothers() -> None:
    shown = permitted(a_book(a_rule(show=frozenset({"face"}))), ask())
    hidden = permitted(a_book(a_rule(show=frozenset({"name"}))), ask())
    bare = Permit(an_item(), (a_rule(show=frozenset({"name"})),)), Permit(an_item(), ())
    for first, second in ((shown, hidden), (hidden, shown)):
        first.decide("T1")
        decision = second.decide("T1")
        assert decision is not None
        assert (decision.access["face"] is Access.SHOW) is (second is shown)
    assert bare[0].decide("T1") is not None
    assert bare[1].decide("T1") is None


def test_a_type_is_decided_once_for_all_its_licences() -> None:
    permit = permitted(a_book(a_rule()), ask())
    assert permit.decide("T1") is permit.decide("T1")


# ---- why


def test_why_names_the_rules_that_open_a_cell() -> None:
    rules = (
        a_rule("name", show=frozenset({"name"})),
        a_rule("part", show=frozenset(), mask=frozenset({"number", "name"})),
        a_rule("other", types=frozenset({"T2"}), show=frozenset({"number"})),
    )
    policy = Policy(a_book(*rules))
    assert [(line.access, line.rules) for line in (policy.why(ask(), "T1", field) for field in ("name", "number"))] == [
        (Access.SHOW, ("name",)),
        (Access.MASK, ("part",)),
    ]
    assert policy.why(ask(), "T2", "number").rules == ("other",)


@pytest.mark.parametrize(
    ("question", "type_code", "field", "missing"),
    [
        (ask(application="kiosk"), "T1", "name", "no rule opens anything to this application"),
        (ask(), "T3", "name", "this item may not use licences of this type"),
        (ask(), "T2", "name", "no rule opens licences of this type"),
        (ask(), "T1", "face", "no rule opens this field"),
        (ask(), "T1", "no such field", "no rule opens this field"),
    ],
)
def test_why_names_what_is_missing_for_a_closed_cell(
    question: Question, type_code: str, field: str, missing: str
) -> None:
    rule = a_rule(applications=frozenset({FRONTEND.code}), types=frozenset({"T1"}), show=frozenset({"name"}))
    book = a_book(rule, items=[an_item(types=frozenset({"T1", "T2"}))])
    why = Policy(book).why(question, type_code, field)
    assert (why.access, why.rules) == (Access.WITHHOLD, ())
    assert why.missing is not None
    assert why.missing.en == missing
