"""The yearly report of data sharing: what was counted, for each provider and requester and in all.

Every number is counted from what is stored, as of the end of the year, or as of now while the year goes on. What never
reached the competent authority is nobody's number: a draft that expired, what its own office refused.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from gateway.core.clock import CHINA, china_date, utc
from gateway.core.sharing.deadlines import DeadlineRules, Stage
from gateway.core.sharing.parties import Party
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.resources import Resource, SharingType
from gateway.core.sharing.steps import Action, RequestState, Step


class Figure(StrEnum):
    """What is counted.

    Of resources those of the catalogue at the end, of grants those in force then. Of requests their steps in the year:
    RECEIVED by the competent authority, DAYS for the working days that the decided ones took from there, without those
    on which they were with the requester; OVERDUE for those of which a stage became late. RECORDS that were given,
    DISPUTES that were reported.
    """

    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    NOT_SHARED = "not_shared"
    RECEIVED = "received"
    APPROVED = "approved"
    PARTLY_APPROVED = "partly_approved"
    REFUSED = "refused"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    DAYS = "days"
    OVERDUE = "overdue"
    GRANTS = "grants"
    RECORDS = "records"
    DISPUTES = "disputes"


class Year(msgspec.Struct, frozen=True):
    """The time that a report is of: a year in China, until ``end`` if it still goes on."""

    number: int
    since: datetime
    end: datetime

    @classmethod
    def of(cls, number: int, now: datetime) -> "Year":
        """The year of this number, which has begun."""
        since, until = (utc(datetime.combine(date(year, 1, 1), time(), CHINA)) for year in (number, number + 1))
        return cls(number, since, min(until, now))

    def has(self, at: datetime) -> bool:
        """Whether that moment is in it."""
        return self.since <= at < self.end


class PairCount(msgspec.Struct, frozen=True):
    """How many of something between a provider and a requester; credit codes."""

    provider: str
    requester: str
    count: int


class ReportLine(msgspec.Struct, frozen=True):
    """The figures of one body, or of all where it is None."""

    body: str | None
    figures: Mapping[Figure, int]

    def of(self, figure: Figure) -> int:
        """A figure; 0 if nothing was counted."""
        return self.figures.get(figure, 0)

    @property
    def average_days(self) -> float | None:
        """Working days that a decision took on average; None if there was none."""
        decided = sum(map(self.of, _DECIDED))
        return round(self.of(Figure.DAYS) / decided, 2) if decided else None


class ShareReport(msgspec.Struct, frozen=True):
    """A report; lines by the codes of their bodies. ``edition`` is that of the deadline rules by which it counts."""

    year: Year
    edition: int
    total: ReportLine
    providers: tuple[ReportLine, ...]
    requesters: tuple[ReportLine, ...]


class ReportCount:
    """Counts a year."""

    def __init__(self, year: Year, deadlines: DeadlineRules) -> None:
        self._year = year
        self._deadlines = deadlines
        self._total: Counter[Figure] = Counter()
        self._providers: dict[str, Counter[Figure]] = {}
        self._requesters: dict[str, Counter[Figure]] = {}

    @property
    def bodies(self) -> int:
        """How many lines there are so far."""
        return len(self._providers) + len(self._requesters)

    def add_resource(self, resource: Resource) -> None:
        """A resource as the catalogue had it at the end."""
        self._count(_SHARED[resource.sharing], 1, resource.provider, None)

    def add_pairs(self, figure: Figure, pairs: Iterable[PairCount]) -> None:
        """What was counted already: grants, records, disputes."""
        for pair in pairs:
            self._count(figure, pair.count, pair.provider, pair.requester)

    def add_request(self, request: ShareRequest) -> None:
        """A request; its steps after the end are left out."""
        steps = [step for step in request.steps if step.at < self._year.end]
        received = next((step for step in steps if _is_receipt(step)), None)
        if received is None:
            return
        until_then = msgspec.structs.replace(request, steps=tuple(steps))
        figures = Counter(self._figures(until_then, received))
        if self._became_late(until_then):
            figures[Figure.OVERDUE] = 1
        for figure, count in figures.items():
            self._count(figure, count, request.provider, request.requester)

    def report(self) -> ShareReport:
        """What was counted."""
        return ShareReport(
            year=self._year,
            edition=self._deadlines.edition,
            total=ReportLine(None, dict(self._total)),
            providers=_lines(self._providers),
            requesters=_lines(self._requesters),
        )

    def _figures(self, request: ShareRequest, received: Step) -> Iterator[Figure]:
        if self._year.has(received.at):
            yield Figure.RECEIVED
        for step in request.steps[received.number :]:
            figure = _figure(step)
            if figure is None or not self._year.has(step.at):
                continue
            yield figure
            if figure in _DECIDED:
                yield from [Figure.DAYS] * self._days(request, received, step)

    def _days(self, request: ShareRequest, received: Step, decided: Step) -> int:
        """The working days between the two, without those on which the requester's side had it."""
        stopped: set[date] = set()
        since: date | None = None
        for step in request.steps[received.number : decided.number]:
            if step.after in _WITH_REQUESTER:
                since = since or china_date(step.at)
            elif since is not None:
                stopped |= {since + timedelta(days=day) for day in range(1, (china_date(step.at) - since).days + 1)}
                since = None
        return self._deadlines.taken(china_date(received.at), china_date(decided.at), request.region, stopped)

    def _became_late(self, request: ShareRequest) -> bool:
        """Whether a stage went on beyond its last day, and that ended in the year."""
        for run in request.runs():
            due = None if run.stage is Stage.OWN_APPROVAL else self._deadlines.due(run)
            late = None if due is None else due.until()
            if late is not None and self._year.has(late) and (run.ended is None or run.ended >= late):
                return True
        return False

    def _count(self, figure: Figure, count: int, provider: str, requester: str | None) -> None:
        self._total[figure] += count
        self._providers.setdefault(provider, Counter())[figure] += count
        if requester is not None:
            self._requesters.setdefault(requester, Counter())[figure] += count


_SHARED: Final = {
    SharingType.UNCONDITIONAL: Figure.UNCONDITIONAL,
    SharingType.CONDITIONAL: Figure.CONDITIONAL,
    SharingType.NOT_SHARED: Figure.NOT_SHARED,
}
_DECIDED: Final = frozenset({Figure.APPROVED, Figure.PARTLY_APPROVED, Figure.REFUSED})
_ENDS: Final = {
    RequestState.APPROVED: Figure.APPROVED,
    RequestState.PARTLY_APPROVED: Figure.PARTLY_APPROVED,
    RequestState.REFUSED: Figure.REFUSED,
    RequestState.RETURNED: Figure.RETURNED,
    RequestState.WITHDRAWN: Figure.WITHDRAWN,
    RequestState.EXPIRED: Figure.EXPIRED,
}
_WITH_REQUESTER: Final = frozenset({RequestState.RETURNED, RequestState.OWN_APPROVAL})
_BEFORE: Final = frozenset({RequestState.DRAFT, RequestState.OWN_APPROVAL})


def _is_receipt(step: Step) -> bool:
    """Whether the request reached the competent authority by this step; the first such one counts."""
    return step.after is RequestState.SUBMITTED and step.before in _BEFORE


def _figure(step: Step) -> Figure | None:
    """What a step counts for; what the requester's own office ends or sends back was taken back by its side."""
    if step.action is Action.DELIVER:
        return None
    if step.by.party is Party.OWN_OFFICE:
        return Figure.WITHDRAWN if step.after is RequestState.REFUSED else None
    return _ENDS.get(step.after)


def _lines(counted: Mapping[str, Counter[Figure]]) -> tuple[ReportLine, ...]:
    return tuple(ReportLine(body, dict(counted[body])) for body in sorted(counted))
