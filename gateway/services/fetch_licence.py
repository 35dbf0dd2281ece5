"""Fetch one licence by the id that a list gave."""

import msgspec

from gateway.core import problems
from gateway.core.audit.catalogue import LICENCE_FETCHED
from gateway.core.call import Call
from gateway.core.clock import Clock, china_date
from gateway.core.errors import Refusal
from gateway.core.licence import KEY_FIELDS, Holder, Licence, LicenceKey
from gateway.core.merge import Contribution, merge
from gateway.core.outcome import Completeness, SourceReport, completeness
from gateway.core.policy.rules import ANY
from gateway.core.ports import LicenceDirectory, ReportDefect, Row
from gateway.core.text import Text
from gateway.core.use import Use
from gateway.services.asking import OTHER_HOLDERS, UNTOLD, Asker, as_if_absent
from gateway.services.auditing import Auditing, Note
from gateway.services.holders import names_holder
from gateway.services.licence_ids import LicenceIds
from gateway.services.live_use import LiveUse
from gateway.services.permitting import Permits, opened_fields, opened_types, shown

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
        uses: LiveUse,
        permits: Permits,
        ids: LicenceIds,
        clock: Clock,
        report_defect: ReportDefect,
        audit: Auditing,
    ) -> None:
        self._directory = directory
        self._uses = uses
        self._permits = permits
        self._ids = ids
        self._clock = clock
        self._asker = Asker(clock, report_defect)
        self._audit = audit

    async def __call__(self, use_id: str, licence_id: str, wanted: frozenset[str], call: Call) -> LicenceLookup:
        """The licence with the ``wanted`` ROW_FIELDS.

        Under a use that reaches one holder only his licences are found; anybody else's is as if it were not there.

        Raises:
            Refusal: FORBIDDEN without a use, BAD_INPUT for an id that was not given here.
        """
        async with self._audit.noting(LICENCE_FETCHED, call) as note:
            return await self._fetched(use_id, licence_id, wanted, call, note)

    async def _fetched(
        self, use_id: str, licence_id: str, wanted: frozenset[str], call: Call, note: Note
    ) -> LicenceLookup:
        use = await self._uses(use_id, call)
        note.under(use)
        permit = self._permits.permit(use.item, use.basis, call, "use")
        key = self._ids.open(licence_id)
        if key is None:
            raise Refusal(problems.LICENCE_ID_INVALID, "id")
        assigned = [
            source
            for source in self._directory.licence_sources(None)
            if key.system is None or source.source.system == key.system
        ]
        open_types = opened_types(permit, use)
        opened = opened_fields(permit, wanted, None if ANY in open_types else open_types)
        fields = opened | KEY_FIELDS
        asked = await self._asker.ask_all(
            assigned,
            lambda source, until: source.get(key, fields, until),
            _Admission(key, use.reaches, use.licence, open_types),
            call.under(use),
        )
        note.heard(asked.heard)
        merged = merge(
            asked.contributions,
            opened | {"type"},
            china_date(self._clock.now()),
            self._ids.seal,
            call.language,
            self._permits.authorities(),
        )
        licences = shown(_of_types(merged, use), permit, wanted, call)
        reports = asked.reports
        if not licences and (use.reaches is not None or merged):
            reports = [as_if_absent(report) for report in reports]
        self._pace(use, asked.contributions, call, note)
        note.shows(licences[:1], wanted)
        return LicenceLookup(licences[0] if licences else None, completeness(reports), reports)

    def _pace(self, use: Use, contributions: list[Contribution], call: Call, note: Note) -> None:
        """Ids lead to holders too: each one counts like a holder who was asked for."""
        holders = {
            holder.number: holder
            for contribution in contributions
            for row in contribution.rows
            for holder in row.holders or ()
            if holder.number
        }
        for number in sorted(holders)[:1]:
            if use.reaches is None:
                note.concerns(holders[number])
            self._permits.pace(use, number, call)


def _of_types(licences: list[Licence], use: Use) -> list[Licence]:
    if use.types is None:
        return licences
    return [licence for licence in licences if licence.type is not None and licence.type.code in use.types]


class _Admission(msgspec.Struct, frozen=True):
    """Lets in the licence that was asked for, only if it names the holder whom the use reaches.

    Rows that name no type are judged by the type of the whole licence.
    """

    key: LicenceKey
    holder: Holder | None
    licence: LicenceKey | None
    types: frozenset[str]

    def __call__(self, row: Row) -> Text | None:
        """Why the row is left out."""
        if not self.key.is_of(row.identifier, row.number):
            return _OTHER_LICENCES
        if self.licence is not None and not self.licence.is_of(row.identifier, row.number):
            return _OTHER_LICENCES
        if row.type is not None and ANY not in self.types and row.type not in self.types:
            return UNTOLD
        return None if self.holder is None or names_holder(row, self.holder) else OTHER_HOLDERS
