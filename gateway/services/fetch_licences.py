"""Fetch a holder's licences from every system that is assigned to have them, as one list."""

import msgspec

from gateway.core import problems
from gateway.core.audit.catalogue import LICENCES_FETCHED
from gateway.core.call import Call
from gateway.core.clock import Clock, china_date
from gateway.core.errors import Refusal
from gateway.core.identifiers import region
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.licence import KEY_FIELDS, Licence, LicenceKey, LicenceQuery
from gateway.core.merge import merge
from gateway.core.outcome import Completeness, SourceReport, completeness
from gateway.core.policy.rules import ANY
from gateway.core.ports import AssignedSource, LicenceDirectory, ReportDefect, Row
from gateway.core.text import Text
from gateway.core.use import Use
from gateway.services.asking import OTHER_HOLDERS, UNTOLD, Asked, Asker, as_if_absent, not_asked
from gateway.services.auditing import Auditing, Note
from gateway.services.holders import HolderRequest, belongs_to_others, knows_name, resolve_holder
from gateway.services.licence_ids import LicenceIds
from gateway.services.live_use import LiveUse
from gateway.services.permitting import Permits, allowed_types, opened_fields, opened_types, shown

MOST_LICENCES = 1_000
MOST_TYPES = 50
_LONGEST_TYPE = 64

_NOT_OFFERED = Text("该系统不收录此类持证人的证照", "this system keeps no licences of this kind of holder")
_OTHER_TYPES = Text("该系统未分配所查的证照类型", "none of the types asked for is assigned to this system")
_UNASKED_TYPES = Text("该系统返回了所查类型以外的证照，已剔除", "rows of types that were not asked for were left out")


class LicencesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A caller's question, unchecked."""

    use: str
    holder: HolderRequest
    types: tuple[str, ...] | None = None
    region: str | None = None
    limit: int = 200


class Licences(msgspec.Struct, frozen=True):
    """The licences, whether all assigned systems answered, and a report per system."""

    nodes: list[Licence]
    completeness: Completeness
    sources: list[SourceReport]


class FetchLicences:
    """Asks all assigned sources at once and merges what they have."""

    def __init__(
        self,
        directory: LicenceDirectory,
        uses: LiveUse,
        permits: Permits,
        ids: LicenceIds,
        regions: region.RegionTable,
        clock: Clock,
        report_defect: ReportDefect,
        audit: Auditing,
    ) -> None:
        self._directory = directory
        self._uses = uses
        self._permits = permits
        self._ids = ids
        self._regions = regions
        self._clock = clock
        self._asker = Asker(clock, report_defect)
        self._audit = audit

    async def __call__(self, request: LicencesRequest, wanted: frozenset[str], call: Call) -> Licences:
        """Licences with the ``wanted`` ROW_FIELDS, at most ``request.limit`` of them.

        Raises:
            Refusal: FORBIDDEN without a use that reaches this holder, BAD_INPUT for a malformed argument.
        """
        async with self._audit.noting(LICENCES_FETCHED, call) as note:
            return await self._fetched(request, wanted, call, note)

    async def _fetched(self, request: LicencesRequest, wanted: frozenset[str], call: Call, note: Note) -> Licences:
        use = await self._uses(request.use, call)
        note.under(use)
        permit = self._permits.permit(use.item, use.basis, call, "use")
        query = self._query(request, use)
        note.concerns(query.holder)
        self._permits.pace(use, query.holder.number or "", call)
        open_types = opened_types(permit, use)
        types = allowed_types(open_types, query.types)
        admission = _Admission(query, frozenset(types) if types is not None else None, open_types, use.licence)
        asked: list[AssignedSource] = []
        reports: dict[str, SourceReport] = {}
        # rows are left out afterwards where something narrows them: a source that cut first would hide the right ones,
        # and the point at which it cuts would tell how many others there are
        is_narrow = types is not None or use.licence is not None
        narrowed = msgspec.structs.replace(query, types=types, limit=MOST_LICENCES if is_narrow else query.limit)
        for source in self._directory.licence_sources(query.region):
            if reason := _reason_not_to_ask(source, narrowed):
                reports[source.source.system] = not_asked(source.source.system, reason, call)
            else:
                asked.append(source)
        opened = opened_fields(permit, wanted, types)
        fields = opened | KEY_FIELDS
        outcome = await self._asker.ask_all(
            asked, lambda source, until: source.list(narrowed, fields, until), admission, call.under(use)
        )
        note.heard(outcome.heard)
        if request.holder.document is not None and not knows_name(outcome.contributions, query.holder):
            # as for a number that nobody has: a number alone must not be enough to find out whose it is
            outcome = Asked([], [as_if_absent(report) for report in outcome.reports])
        merged = merge(
            outcome.contributions,
            opened | {"type"},
            china_date(self._clock.now()),
            self._ids.seal,
            call.language,
            self._permits.authorities(),
        )
        nodes = shown(merged, permit, wanted, call)
        sources = outcome.reports
        if len(nodes) > query.limit:
            cut = {line.system for licence in nodes[query.limit :] for line in licence.provenance}
            nodes = nodes[: query.limit]
            sources = [
                msgspec.structs.replace(report, truncated=True) if report.system in cut else report
                for report in sources
            ]
        note.shows(nodes, wanted)
        return Licences(nodes, completeness(sources), [*sources, *reports.values()])

    def _query(self, request: LicencesRequest, use: Use) -> LicenceQuery:
        if not 1 <= request.limit <= MOST_LICENCES:
            raise Refusal(problems.LIMIT_OUT_OF_RANGE, "limit", low=1, high=MOST_LICENCES)
        if request.types is not None and (
            len(request.types) > MOST_TYPES or not all(0 < len(code) <= _LONGEST_TYPE for code in request.types)
        ):
            raise Refusal(problems.TYPES_INVALID, "types", limit=MOST_TYPES)
        return LicenceQuery(
            holder=resolve_holder(request.holder, use, china_date(self._clock.now())),
            types=request.types,
            region=self._region(request.region),
            limit=request.limit,
        )

    def _region(self, code: str | None) -> str | None:
        if code is None:
            return None
        try:
            return self._regions.resolve(code, china_date(self._clock.now())).code
        except IdentifierInvalid as error:
            raise Refusal(problems.REGION_INVALID, "region", reason=error.reason) from error


def _reason_not_to_ask(source: AssignedSource, query: LicenceQuery) -> Text | None:
    if query.holder.type not in source.offers_holder_types:
        return _NOT_OFFERED
    if query.types is not None and not any(source.assignment.allows_type(code) for code in query.types):
        return _OTHER_TYPES
    return None


class _Admission(msgspec.Struct, frozen=True):
    """Lets in rows of the types asked for that are not plainly somebody else's; under a code only the one shown.

    Of a licence that the caller could not ask for he is not told that it was left out.
    """

    query: LicenceQuery
    types: frozenset[str] | None
    opened: frozenset[str]
    licence: LicenceKey | None

    def __call__(self, row: Row) -> Text | None:
        """Why the row is left out."""
        if belongs_to_others(row, self.query.holder.number):
            return OTHER_HOLDERS
        if self.licence is not None and not self.licence.is_of(row.identifier, row.number):
            return UNTOLD
        if self.types is None or row.type in self.types:
            return None
        return _UNASKED_TYPES if ANY in self.opened or row.type in self.opened else UNTOLD
