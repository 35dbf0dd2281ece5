"""Fetch one licence by the id that a list gave."""

import msgspec

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.clock import Clock, china_date
from gateway.core.errors import Refusal
from gateway.core.identifiers import citizen_id
from gateway.core.licence import KEY_FIELDS, Licence, LicenceKey
from gateway.core.merge import merge
from gateway.core.outcome import Completeness, Outcome, SourceReport, completeness
from gateway.core.ports import LicenceDirectory, ReportDefect, Row, UseStore
from gateway.core.text import Text
from gateway.core.use import UseBasis
from gateway.services.asking import OTHER_HOLDERS, Asker
from gateway.services.licence_ids import LicenceIds
from gateway.services.require_use import require_use

_OTHER_LICENCES = Text("该系统返回了另一个证照，已剔除", "a licence other than the one asked for was left out")


class LicenceLookup(msgspec.Struct, frozen=True):
    """The licence or None, whether all who might have it answered, and a report per system."""

    licence: Licence | None
    completeness: Completeness
    sources: list[SourceReport]


class FetchLicence:
    """Asks every source that may know the licence."""

    def __init__(
        self,
        directory: LicenceDirectory,
        uses: UseStore,
        ids: LicenceIds,
        clock: Clock,
        report_defect: ReportDefect,
    ) -> None:
        self._directory = directory
        self._uses = uses
        self._ids = ids
        self._clock = clock
        self._asker = Asker(clock, report_defect)

    async def __call__(self, use_id: str, licence_id: str, wanted: frozenset[str], call: Call) -> LicenceLookup:
        """The licence with the ``wanted`` ROW_FIELDS.

        Under a holder's use only the holder's own licence is found; anybody else's is as if it were not there.

        Raises:
            Refusal: FORBIDDEN without a use, BAD_INPUT for an id that was not given here.
        """
        use = await require_use(use_id, call, self._uses, self._clock)
        key = self._ids.open(licence_id)
        if key is None:
            raise Refusal(problems.LICENCE_ID_INVALID, "id")
        assigned = [
            source
            for source in self._directory.licence_sources(None)
            if key.system is None or source.source.system == key.system
        ]
        fields = wanted | KEY_FIELDS
        own_only = use.basis is UseBasis.HOLDER
        asked = await self._asker.ask_all(
            assigned,
            lambda source, until: source.get(key, fields, until),
            _Admission(key, own_only, _number(call)),
            call.under(use),
        )
        licences = merge(asked.contributions, wanted, china_date(self._clock.now()), self._ids.seal, call.language)
        reports = asked.reports
        if own_only and not licences:
            reports = [_as_if_absent(report) for report in reports]
        return LicenceLookup(licences[0] if licences else None, completeness(reports), reports)


def _number(call: Call) -> str:
    person = call.caller.person
    return citizen_id.upgrade(person.number or "") if person else ""


def _as_if_absent(report: SourceReport) -> SourceReport:
    """The report in which nobody can see that there is such a licence, only not his own."""
    if report.outcome is not Outcome.OK:
        return report
    return msgspec.structs.replace(report, outcome=Outcome.NOT_FOUND, code=None, message=None, notice=None)


class _Admission(msgspec.Struct, frozen=True):
    """Lets in the licence that was asked for, under a holder's use only if it names the holder."""

    key: LicenceKey
    own_only: bool
    number: str

    def __call__(self, row: Row) -> Text | None:
        """Why the row is left out."""
        if self.key.identifier is not None and not self.key.names(row.identifier):
            return _OTHER_LICENCES
        if self.key.identifier is None and row.number != self.key.number:
            return _OTHER_LICENCES
        return None if not self.own_only or self._is_own(row) else OTHER_HOLDERS

    def _is_own(self, row: Row) -> bool:
        return bool(self.number) and any(
            citizen_id.upgrade(holder.number or "") == self.number for holder in row.holders or ()
        )
