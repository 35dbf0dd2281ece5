"""Deadlines: rules per region, sharing type and stage, with dates, counted in working days from the day after.

Rules are data: laws and local rules differ and change. A stage is judged by the rule that was in force on the day it
began. Its clock stands still from the day after a request was returned until the day it came back, so that neither side
gains by a return within one day.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from gateway.core.clock import CHINA, china_date
from gateway.core.identifiers import region
from gateway.core.identifiers.provinces import NATION
from gateway.core.sharing.calendar import Span, WorkingCalendar, count_after, count_between
from gateway.core.sharing.resources import SharingType
from gateway.core.text import Text

MOST_STOPPED: Final = 3_660
"""Days for which a clock can stand still; what is returned for longer has expired long before."""


class Stage(StrEnum):
    """What is waited for."""

    OWN_APPROVAL = "OWN_APPROVAL"
    COMPLIANCE = "COMPLIANCE"
    DECISION = "DECISION"
    DELIVERY = "DELIVERY"
    CORRECTION = "CORRECTION"
    ACKNOWLEDGEMENT = "ACKNOWLEDGEMENT"


class DeadlineRule(msgspec.Struct, frozen=True, kw_only=True):
    """One deadline.

    Attributes:
        region: for requests decided there or inside it; 000000 for the whole country.
        sharing: the sharing types that it is for.
        published: whether it is for resources that the catalogue has published; None for either.
        days: working days; ``extension`` is how many more one extension gives, 0 if there is none.
        remind: so many working days before the end; ``escalate`` so many after it.
        source: what it rests on.
    """

    id: str
    region: str
    stage: Stage
    sharing: frozenset[SharingType]
    days: int
    published: bool | None = None
    extension: int = 0
    remind: tuple[int, ...] = ()
    escalate: tuple[int, ...] = ()
    valid_from: date = date.min
    valid_until: date = date.max
    source: str = ""

    def in_force(self, on: date) -> bool:
        """Whether it is for stages that begin on that day; both ends are included."""
        return self.valid_from <= on <= self.valid_until


class Pause(msgspec.Struct, frozen=True):
    """A clock stood still from an instant until another: None while it still does."""

    since: datetime
    until: datetime | None = None


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One stage of one request, as its clock sees it.

    Attributes:
        id: of the request or dispute.
        region: where it is decided.
        extended: its one extension was given, with notice to the requester.
        ended: when the stage was over; None while it runs.
    """

    id: str
    stage: Stage
    sharing: SharingType
    region: str
    started: datetime
    published: bool = True
    pauses: tuple[Pause, ...] = ()
    extended: bool = False
    ended: datetime | None = None

    def is_stopped(self) -> bool:
        """Whether its clock stands still until further notice."""
        return self.ended is None and any(pause.until is None for pause in self.pauses)


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """By when, and why.

    Attributes:
        rule: the rule that says so.
        day: the last day on which it is in time, in China; None while the clock stands still.
        span: the days that were gone through; ``stopped`` those on which the clock stood still.
    """

    rule: DeadlineRule
    day: date | None
    span: Span | None
    stopped: tuple[date, ...] = ()

    @property
    def provisional(self) -> bool:
        """Whether it rests on a calendar that is only assumed."""
        return self.span is not None and self.span.provisional

    def until(self) -> datetime | None:
        """The instant from which it is late."""
        return None if self.day is None else datetime.combine(self.day + timedelta(days=1), time(), CHINA)


class SignalKind(StrEnum):
    """What is to be told: that the end comes near, or that it has passed."""

    REMINDER = "REMINDER"
    ESCALATION = "ESCALATION"


class Signal(msgspec.Struct, frozen=True):
    """Tell it on that day: ``days`` working days before or after the end."""

    kind: SignalKind
    on: date
    days: int


class Late(msgspec.Struct, frozen=True):
    """A stage that is late, by so many working days."""

    run: Run
    days: int


class Change(msgspec.Struct, frozen=True):
    """What another edition of the rules would do to a run: its end before and after, None where no rule applies."""

    run: Run
    before: Due | None
    after: Due | None
    newly_late: bool


class DeadlineRules:
    """One edition of the rules with the calendar by which they are counted."""

    def __init__(self, edition: int, rules: Iterable[DeadlineRule], calendar: WorkingCalendar) -> None:
        self.edition = edition
        self.calendar = calendar
        self._rules = tuple(rules)
        self._calendars: dict[str, WorkingCalendar] = {}

    def find(self, run: Run) -> DeadlineRule | None:
        """The rule for this run, None if there is none.

        The most specific region counts, then a rule for the resource's being published or not before one for either,
        then the one that came into force last.
        """
        on = china_date(run.started)
        fitting = [rule for rule in self._rules if rule.in_force(on) and _fits(rule, run)]
        return max(fitting, key=_rank, default=None)

    def due(self, run: Run) -> Due | None:
        """By when the stage is to be over; None if no rule says so."""
        rule = self.find(run)
        if rule is None:
            return None
        if run.is_stopped():
            return Due(rule=rule, day=None, span=None)
        stopped = tuple(sorted(set(_stopped(run))))
        days = rule.days + (rule.extension if run.extended else 0)
        span = count_after(china_date(run.started), days, self._days(run.region), stopped)
        return Due(rule=rule, day=span.last, span=span, stopped=tuple(day for day in stopped if day in span.passed))

    def overdue(self, run: Run, at: datetime) -> int:
        """Working days by which the stage is late, or was when it ended; 0 if it is in time, stands still or is free.

        Late on days without work only counts as 1.
        """
        due = self.due(run)
        if due is None or due.day is None:
            return 0
        on = china_date(run.ended or at)
        return 0 if on <= due.day else max(1, count_between(due.day, on, self._days(run.region)))

    def taken(self, start: date, end: date, place: str, stopped: Collection[date]) -> int:
        """The working days of a region after ``start`` until ``end``, which counts, without those ``stopped``."""
        days = self._days(place)
        held = sum(days.is_working(day) for day in set(stopped) if start < day <= end)
        return count_between(start, end, days) - held

    def late(self, runs: Iterable[Run], at: datetime) -> tuple[Late, ...]:
        """The stages that still run and are late, the latest first."""
        found = [Late(run, self.overdue(run, at)) for run in runs if run.ended is None]
        return tuple(sorted((one for one in found if one.days), key=lambda one: (-one.days, one.run.id)))

    def signals(self, run: Run) -> tuple[Signal, ...]:
        """What is to be told on which day, in order; nothing of a stage that is over, stands still or has no rule."""
        due = self.due(run)
        if due is None or due.span is None or run.ended is not None:
            return ()
        days = self._days(run.region)
        reminders = [
            Signal(SignalKind.REMINDER, due.span.counted[-before - 1], before)
            for before in due.rule.remind
            if before < len(due.span.counted)
        ]
        escalations = [
            Signal(SignalKind.ESCALATION, count_after(due.span.last, after, days).last, after)
            for after in due.rule.escalate
        ]
        return tuple(sorted((*reminders, *escalations), key=lambda signal: signal.on))

    def _days(self, place: str) -> WorkingCalendar:
        if place not in self._calendars:
            self._calendars[place] = self.calendar.of(place)
        return self._calendars[place]


def explain(due: Due) -> tuple[Text, ...]:
    """Why it is due then, a sentence each: the rule, what was counted, what was not, and what is only assumed."""
    rule = _RULE.format(id=due.rule.id, source=due.rule.source, region=due.rule.region)
    if due.span is None:
        return (rule, _STANDS_STILL)
    counted, passed = due.span.counted, due.span.passed
    lines = [rule, _COUNTED.format(count=len(counted), first=counted[0], last=counted[-1])]
    if rest := [day for day in passed if day not in due.stopped]:
        lines.append(_REST.format(count=len(rest), days=_listed(rest)))
    if due.stopped:
        lines.append(_STOPPED.format(count=len(due.stopped), days=_listed(due.stopped)))
    if due.provisional:
        lines.append(_PROVISIONAL)
    return tuple(lines)


def what_if(now: DeadlineRules, then: DeadlineRules, runs: Sequence[Run], at: datetime) -> tuple[Change, ...]:
    """The runs that the other edition would treat differently: another end, or late where they are in time."""
    changes = []
    for run in runs:
        before, after = now.due(run), then.due(run)
        newly_late = then.overdue(run, at) > 0 and now.overdue(run, at) == 0
        if newly_late or (before and before.day) != (after and after.day) or (before is None) != (after is None):
            changes.append(Change(run, before, after, newly_late))
    return tuple(changes)


_RULE = Text("适用规则 {id}（{region}，依据：{source}）", "by rule {id} ({region}, resting on: {source})")
_COUNTED = Text("自次日起计 {count} 个工作日，{first} 至 {last}", "{count} working days counted, {first} to {last}")
_REST = Text("不计休息日 {count} 天：{days}", "{count} days without work not counted: {days}")
_STOPPED = Text("不计退回补正 {count} 天：{days}", "{count} days not counted while it was returned: {days}")
_PROVISIONAL = Text(
    "部分年份的节假日安排尚未公布，期限为暂定", "part of the calendar is not announced yet, so this may change"
)
_STANDS_STILL = Text("退回补正期间停止计时", "the clock stands still while it is returned")
_MOST_LISTED = 40


def _listed(days: Sequence[date]) -> str:
    """Days by name; of very many the first ones."""
    return ", ".join(str(day) for day in days[:_MOST_LISTED]) + (", …" if len(days) > _MOST_LISTED else "")


def _fits(rule: DeadlineRule, run: Run) -> bool:
    return (
        rule.stage is run.stage
        and run.sharing in rule.sharing
        and rule.published in {None, run.published}
        and region.matches(rule.region, run.region)
    )


def _rank(rule: DeadlineRule) -> tuple[int, bool, date, str]:
    level = 0 if rule.region[:6] == NATION else 1 + len(region.ancestors(rule.region))
    return level, rule.published is not None, rule.valid_from, rule.id


def _stopped(run: Run) -> Iterator[date]:
    """The days on which a clock stood still: after the day of the return, until the day of coming back included."""
    for pause in run.pauses:
        until = pause.until or run.ended
        length = 0 if until is None else (china_date(until) - china_date(pause.since)).days
        first = china_date(pause.since)
        yield from (first + timedelta(days=step) for step in range(1, min(length, MOST_STOPPED) + 1))
