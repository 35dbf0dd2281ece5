"""The register of cases: those of the world and those reported while it runs."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from adapters.sandbox.acceptance.reports import OFFICE_FIELD, Report, ReportRefused
from adapters.sandbox.world.cases import Case, CaseState
from adapters.sandbox.world.model import Body, Party
from gateway.core.clock import CHINA, Clock

_REPORTS_MOST = 20_000
_ACTIONS: dict[tuple[str, str], CaseState] = {
    ("Receive", "0"): "ACCEPTED",
    ("Receive", "1"): "CLOSED",
    ("Handle", "0"): "REVIEWED",
    ("Handle", "1"): "SUPPLEMENT",
    ("Close", "0"): "CLOSED",
    ("Close", "1"): "CLOSED",
    ("Close", "3"): "CLOSED",
}


class CaseRegister:
    """Cases by number. Nothing is kept beyond the running sandbox.

    Args:
        cases: what is there at first.
        bodies: who may handle cases.
        clock: by which cases are opened and closed.
    """

    def __init__(self, cases: Iterable[Case], bodies: Iterable[Body], clock: Clock) -> None:
        self._cases = {case.number: case for case in cases}
        self._bodies = {body.code: body for body in bodies}
        self._clock = clock
        self._reports: dict[tuple[str, str], Report] = {}
        # cases of the world were received by somebody else: a report of one again needs the next version
        self._received_elsewhere = frozenset(self._cases)

    def find(self, number: str) -> Case | None:
        """The case with this number."""
        return self._cases.get(number)

    def put(self, number: str, state: CaseState) -> bool:
        """Brings a case into a state, closing or opening it again; False if there is no such case."""
        case = self._cases.get(number)
        if case is None:
            return False
        closed = self._now() if state == "CLOSED" else None
        self._cases[number] = msgspec.structs.replace(case, state=state, closed=closed)
        return True

    def report(self, report: Report) -> bool:
        """Takes a report; False if exactly this one was taken before, which changes nothing.

        Raises:
            ReportRefused: its version is not the next one, the body is unknown, or the case is not in a state for it.
        """
        if not self._is_new(report):
            return False
        body = self._bodies.get(report.base[OFFICE_FIELD])
        if body is None:
            raise ReportRefused(f"{OFFICE_FIELD}不存在")
        if len(self._reports) >= _REPORTS_MOST:
            raise ReportRefused("报送数量超出限制")
        if report.page == "Receive":
            self._cases[report.number] = self._received(report, body)
        else:
            case = self._cases.get(report.number)
            if case is None:
                raise ReportRefused("办件不存在")
            if case.state == "CLOSED" and report.version == 1:
                raise ReportRefused("办件已办结")
        self.put(report.number, _ACTIONS[report.page, report.action])
        self._reports[report.page, report.number] = report
        return True

    def _is_new(self, report: Report) -> bool:
        before = self._reports.get((report.page, report.number))
        if before is not None and before.content == report.content:
            return False
        known = report.page == "Receive" and report.number in self._received_elsewhere
        last = before.version if before else int(known)
        if report.version != last + 1:
            raise ReportRefused("DATAVERSION错误,重报应加1")
        return True

    def _received(self, report: Report, body: Body) -> Case:
        base = report.base
        before = self._cases.get(report.number)
        return Case(
            number=report.number,
            item=base["SERVICECODE"],
            title=base["PROJECTNAME"],
            body=body,
            region=base["AREACODE"],
            applicant=Party(base["APPLYCARDTYPE"], base["APPLYCARDNO"], base["APPLYNAME"]),
            state="RECEIVED",
            promised=int(base["PROMISEVALUE"]),
            opened=before.opened if before else self._now(),
        )

    def _now(self) -> datetime:
        return self._clock.now().astimezone(CHINA).replace(tzinfo=None, microsecond=0)
