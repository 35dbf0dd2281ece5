"""Report on a year of data sharing, for those who supervise it: counted page by page, whatever has been stored."""

from typing import Final

from gateway.core import problems
from gateway.core.audit.share_kinds import SHARE_SUPERVISED
from gateway.core.call import Call
from gateway.core.clock import china_date
from gateway.core.errors import Refusal
from gateway.core.sharing.report_records import ReportRecords
from gateway.core.sharing.reporting import Figure, ReportCount, ShareReport, Year
from gateway.services.sharing.desk import ShareDesk
from gateway.services.sharing.supervise import SUPERVISORS

FIRST_YEAR: Final = 2000
MOST_BODIES: Final = 20_000
"""Lines of a report."""

_AT_ONCE: Final = 200


class ReportSharing:
    """Reports to the hub, operations and auditors."""

    def __init__(self, desk: ShareDesk, records: ReportRecords) -> None:
        self._desk = desk
        self._records = records

    async def __call__(self, number: int, call: Call) -> ShareReport:
        """The report of the year of this number; of the present year so far.

        Raises:
            Refusal: FORBIDDEN for everybody else, BAD_INPUT for a year that has not begun, LIMIT for more bodies than
                a report has lines.
        """
        async with self._desk.audit.noting(SHARE_SUPERVISED, call) as note:
            note.says(what="report")
            person, now = call.caller.person, self._desk.clock.now()
            if person is None or person.role not in SUPERVISORS:
                raise Refusal(problems.SHARE_SUPERVISION_FORBIDDEN)
            if not FIRST_YEAR <= number <= china_date(now).year:
                raise Refusal(problems.SHARE_REPORT_YEAR, "year", first=FIRST_YEAR, last=china_date(now).year)
            year = Year.of(number, now)
            count = ReportCount(year, self._desk.rules.deadlines)
            await self._add_resources(count, year)
            await self._add_requests(count, year)
            count.add_pairs(Figure.GRANTS, await self._records.grants(year.end))
            count.add_pairs(Figure.RECORDS, await self._records.records(year.since, year.end))
            count.add_pairs(Figure.DISPUTES, await self._records.disputes(year.since, year.end))
            _bound(count)
            note.counts(count.bodies)
        return count.report()

    async def _add_resources(self, count: ReportCount, year: Year) -> None:
        after = ""
        while some := await self._records.resources(year.end, after, _AT_ONCE):
            for resource in some:
                count.add_resource(resource)
            after = some[-1].code
            _bound(count)

    async def _add_requests(self, count: ReportCount, year: Year) -> None:
        after = ""
        while some := await self._records.requests(year.since, year.end, after, _AT_ONCE):
            for request in some:
                count.add_request(request)
            after = some[-1].id
            _bound(count)


def _bound(count: ReportCount) -> None:
    if count.bodies > MOST_BODIES:
        raise Refusal(problems.SHARE_TOO_MANY, "year", limit=MOST_BODIES)
