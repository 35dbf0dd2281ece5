"""Deadlines: which rule, which days, stops, extensions, what is told when, and what another edition would change."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.clock import CHINA
from gateway.core.sharing.deadline_file import read_deadlines
from gateway.core.sharing.deadlines import (
    DeadlineRule,
    DeadlineRules,
    Due,
    Pause,
    Run,
    SignalKind,
    Stage,
    explain,
    what_if,
)
from gateway.core.sharing.reasons import ReasonUse
from gateway.core.sharing.resources import SharingType
from tests.sharing.making import DAY, START, the_calendar

CALENDAR = the_calendar()
BOTH = frozenset({SharingType.CONDITIONAL, SharingType.UNCONDITIONAL})


def a_rule(**changes: Any) -> DeadlineRule:
    made: dict[str, Any] = {
        "id": "r",
        "region": "000000",
        "stage": Stage.DECISION,
        "sharing": BOTH,
        "days": 10,
        "source": "条例",
    }
    return DeadlineRule(**made | changes)


def rules(*lines: DeadlineRule) -> DeadlineRules:
    return DeadlineRules(1, lines or (a_rule(),), CALENDAR)


def a_run(**changes: Any) -> Run:
    made = Run(id="q-1", stage=Stage.DECISION, sharing=SharingType.CONDITIONAL, region="420106", started=START)
    return msgspec.structs.replace(made, **changes)


def due(of: DeadlineRules, run: Run) -> Due:
    found = of.due(run)
    assert found is not None
    return found


def china(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=CHINA)  # type: ignore[arg-type, misc]


def test_counting_begins_on_the_day_after() -> None:
    found = due(rules(a_rule(days=1)), a_run(started=china(2026, 3, 2, 23, 59)))
    assert found.day == date(2026, 3, 3)
    assert found.until() == china(2026, 3, 4)


def test_the_day_is_the_day_in_china() -> None:
    found = due(rules(a_rule(days=1)), a_run(started=datetime(2026, 3, 2, 16, 30, tzinfo=UTC)))
    assert found.day == date(2026, 3, 4)


@pytest.mark.parametrize(
    ("started", "days", "ends"),
    [
        ((2026, 2, 13), 10, (2026, 3, 5)),
        ((2026, 9, 18), 5, (2026, 9, 24)),
        ((2026, 9, 30), 2, (2026, 10, 9)),
        ((2026, 9, 30), 3, (2026, 10, 10)),
        ((2026, 4, 30), 4, (2026, 5, 9)),
        ((2026, 6, 18), 1, (2026, 6, 22)),
        ((2026, 4, 3), 1, (2026, 4, 7)),
    ],
)
def test_deadlines_go_across_the_holidays_of_2026(
    started: tuple[int, int, int], days: int, ends: tuple[int, int, int]
) -> None:
    assert due(rules(a_rule(days=days)), a_run(started=china(*started, 9))).day == date(*ends)


def test_the_most_specific_region_wins_then_the_kind_of_resource_then_the_later_rule() -> None:
    book = rules(
        a_rule(id="nation", valid_from=date(2026, 2, 1)),
        a_rule(id="province", region="420000", days=8),
        a_rule(id="county", region="420106", days=6),
        a_rule(id="county-published", region="420106", days=5, published=True),
        a_rule(id="county-later", region="420106", days=4, valid_from=date(2026, 3, 1)),
        a_rule(id="other", region="430000", days=1),
        a_rule(id="old", region="420106", days=1, valid_until=date(2026, 3, 1)),
    )
    assert due(book, a_run()).rule.id == "county-published"
    assert due(book, a_run(published=False)).rule.id == "county-later"
    assert due(book, a_run(published=False, started=START - 3 * DAY)).rule.id == "old"
    assert due(book, a_run(region="420200")).rule.id == "province"
    assert due(book, a_run(region="110000")).rule.id == "nation"


def test_without_a_rule_there_is_no_deadline() -> None:
    book = rules(a_rule(sharing=frozenset({SharingType.UNCONDITIONAL})))
    run = a_run()
    assert (book.find(run), book.due(run)) == (None, None)
    assert book.overdue(run, START + 900 * DAY) == 0
    assert book.signals(run) == ()
    assert book.due(a_run(stage=Stage.DELIVERY)) is None


def test_a_clock_stands_still_while_a_request_is_returned() -> None:
    stopped = a_run(pauses=(Pause(china(2026, 3, 3, 9)),))
    assert (due(rules(), stopped).day, due(rules(), stopped).until()) == (None, None)
    assert not due(rules(), stopped).provisional
    assert rules().overdue(stopped, START + 900 * DAY) == 0
    assert rules().signals(stopped) == ()


def test_it_goes_on_on_the_day_after_it_came_back() -> None:
    book = rules(a_rule(days=3))
    back = a_run(pauses=(Pause(china(2026, 3, 3, 9), china(2026, 3, 5, 9)),))
    found = due(book, back)
    assert found.span is not None
    assert found.span.counted == (date(2026, 3, 3), date(2026, 3, 6), date(2026, 3, 9))
    assert found.stopped == (date(2026, 3, 4), date(2026, 3, 5))


def test_a_return_within_one_day_changes_nothing() -> None:
    within = a_run(pauses=(Pause(china(2026, 3, 3, 9), china(2026, 3, 3, 17)),))
    assert due(rules(), within).day == due(rules(), a_run()).day


def test_one_extension_adds_its_days_to_a_rule_that_has_one() -> None:
    book = rules(a_rule(days=10, extension=10))
    assert due(book, a_run()).day == date(2026, 3, 16)
    assert due(book, a_run(extended=True)).day == date(2026, 3, 30)
    assert due(rules(), a_run(extended=True)).day == due(rules(), a_run()).day


@given(
    days=st.integers(1, 30),
    since=st.integers(0, 40),
    length=st.integers(0, 40),
    started=st.integers(0, 90),
)
def test_a_pause_never_brings_the_end_nearer(days: int, since: int, length: int, started: int) -> None:
    book = rules(a_rule(days=days))
    begun = START + started * DAY
    free = due(book, a_run(started=begun)).day
    pause = Pause(begun + since * DAY, begun + (since + length) * DAY)
    held = due(book, a_run(started=begun, pauses=(pause,)))
    assert held.day is not None
    assert free is not None
    assert free <= held.day <= free + timedelta(days=2 * length + 20)
    assert held.span is not None
    assert not set(held.stopped) & set(held.span.counted)


def test_overdue_is_told_in_working_days_and_once_ended_no_longer_grows() -> None:
    book = rules(a_rule(days=1))
    assert book.overdue(a_run(), china(2026, 3, 3, 23, 59)) == 0
    assert book.overdue(a_run(), china(2026, 3, 4, 0, 0)) == 1
    assert book.overdue(a_run(), china(2026, 3, 10, 9)) == 5
    assert book.overdue(a_run(ended=china(2026, 3, 4, 9)), START + 900 * DAY) == 1
    assert book.overdue(a_run(ended=china(2026, 3, 3, 9)), START + 900 * DAY) == 0


def test_what_runs_and_is_late_is_listed_the_latest_first() -> None:
    book = rules(a_rule(days=1))
    at = china(2026, 3, 10, 9)
    runs = [a_run(id="a", started=at), a_run(id="b"), a_run(id="c", started=START - DAY), a_run(id="d", ended=at)]
    assert [(late.run.id, late.days) for late in book.late(runs, at)] == [("c", 6), ("b", 5)]


def test_a_stage_that_ended_while_returned_stood_still_until_then() -> None:
    ended = a_run(pauses=(Pause(china(2026, 3, 3, 9)),), ended=china(2026, 3, 5, 9))
    assert due(rules(a_rule(days=3)), ended).stopped == (date(2026, 3, 4), date(2026, 3, 5))


def test_late_on_a_weekend_is_late() -> None:
    book = rules(a_rule(days=4))
    assert due(book, a_run()).day == date(2026, 3, 6)
    assert book.overdue(a_run(), china(2026, 3, 7, 1)) == 1


def test_reminders_come_before_the_end_and_escalations_after_it() -> None:
    book = rules(a_rule(days=5, remind=(3, 1, 9), escalate=(1, 5)))
    told = [(signal.kind, signal.on.day, signal.days) for signal in book.signals(a_run())]
    assert told == [
        (SignalKind.REMINDER, 4, 3),
        (SignalKind.REMINDER, 6, 1),
        (SignalKind.ESCALATION, 10, 1),
        (SignalKind.ESCALATION, 16, 5),
    ]
    assert book.signals(a_run(ended=START + DAY)) == ()


def test_an_explanation_names_the_rule_and_every_kind_of_day() -> None:
    back = a_run(pauses=(Pause(china(2026, 3, 3, 9), china(2026, 3, 5, 9)),))
    lines = [line.en for line in explain(due(rules(a_rule(days=3)), back))]
    assert lines == [
        "by rule r (000000, resting on: 条例)",
        "3 working days counted, 2026-03-03 to 2026-03-09",
        "2 days without work not counted: 2026-03-07, 2026-03-08",
        "2 days not counted while it was returned: 2026-03-04, 2026-03-05",
    ]
    short = explain(due(rules(a_rule(days=1)), a_run()))
    assert len(short) == 2
    assert all(line.zh != line.en for line in short)


def test_an_explanation_says_what_is_only_assumed_and_that_a_clock_stands_still() -> None:
    late = due(rules(), a_run(started=china(2026, 12, 28, 9)))
    assert late.provisional
    assert "not announced" in explain(late)[-1].en
    assert "stands still" in explain(due(rules(), a_run(pauses=(Pause(START),))))[-1].en


def test_very_many_days_are_not_all_listed() -> None:
    assert explain(due(rules(a_rule(days=200)), a_run()))[2].en.endswith(", …")


def test_what_if_tells_exactly_the_runs_that_another_edition_treats_differently() -> None:
    now = rules(a_rule(days=10), a_rule(id="city", region="420100", days=5))
    then = rules(a_rule(days=10), a_rule(id="city", region="420100", days=2))
    runs = [a_run(id="a"), a_run(id="b", region="110000"), a_run(id="c", ended=START + DAY), a_run(id="d")]
    changes = what_if(now, then, runs, china(2026, 3, 6, 9))
    assert [(change.run.id, change.newly_late) for change in changes] == [("a", True), ("c", False), ("d", True)]
    assert changes[0].before is not None
    assert changes[0].after is not None
    assert (changes[0].before.day, changes[0].after.day) == (date(2026, 3, 9), date(2026, 3, 4))


def test_what_if_tells_runs_that_lose_or_gain_their_rule() -> None:
    some, none = rules(), DeadlineRules(2, (), CALENDAR)
    stopped = a_run(pauses=(Pause(START),))
    assert [change.after for change in what_if(some, none, [a_run(), stopped], START)] == [None, None]
    assert [change.before for change in what_if(none, some, [a_run(), stopped], START)] == [None, None]
    assert what_if(some, some, [a_run(), stopped], START + 900 * DAY) == ()
    assert what_if(none, none, [a_run()], START) == ()


GOOD_FILE = """
edition = 3
[[rule]]
id = "national"
region = "000000"
stage = "DECISION"
sharing = ["CONDITIONAL"]
days = 10
extension = 10
remind = [3, 1]
escalate = [1]
valid_from = 2025-08-01
source = "测试规则"
[[rule]]
id = "national-free"
region = "000000"
stage = "DECISION"
sharing = ["UNCONDITIONAL"]
days = 1
valid_from = 2025-08-01
source = "测试规则"
[[reason]]
code = "too-much"
use = "REFUSE"
zh = "过多"
en = "too much"
"""


def test_a_file_of_rules_and_reasons_is_read() -> None:
    file = read_deadlines(GOOD_FILE).value
    assert file is not None
    assert file.edition == 3
    book = DeadlineRules(file.edition, file.rules, CALENDAR)
    assert due(book, a_run()).rule.extension == 10
    assert due(book, a_run(sharing=SharingType.UNCONDITIONAL)).day == date(2026, 3, 3)
    assert file.reasons is not None
    assert [reason.code for reason in file.reasons.of(ReasonUse.REFUSE)] == ["too-much"]


def test_a_file_without_reasons_leaves_ours() -> None:
    file = read_deadlines("edition = 1").value
    assert file is not None
    assert (file.rules, file.reasons) == ((), None)


BAD_FILE = """
edition = 1
[[rule]]
id = "a"
region = "42"
stage = "DECISION"
sharing = ["CONDITIONAL", "NOT_SHARED"]
days = 2
remind = [2]
valid_from = 2026-02-01
valid_until = 2026-01-01
source = "s"
[[rule]]
id = "a"
region = "42"
stage = "DECISION"
sharing = ["CONDITIONAL"]
days = 3
valid_from = 2026-02-01
source = "s"
[[rule]]
id = "b"
region = "420000"
stage = "SOMETIME"
sharing = ["CONDITIONAL"]
days = 3
source = "s"
[[reason]]
code = "r"
use = "REFUSE"
zh = "r"
en = "r"
[[reason]]
code = "rr"
use = "REFUSE"
zh = "r"
en = "r"
[[reason]]
code = "rr"
use = "REFUSE"
zh = "r"
en = "r"
"""


def test_everything_wrong_with_a_file_is_told_at_once() -> None:
    reading = read_deadlines(BAD_FILE)
    assert reading.value is None
    assert [finding.partition(":")[0] for finding in reading.findings] == [
        "rule 3",
        "reason 1",
        "rule 1",
        "rule 1",
        "rule 1",
        "rule 1",
        "rule 2",
        "rule 2",
        "rule 2",
        "reason 3",
    ]
    assert "ends before it begins" in "".join(reading.findings)
