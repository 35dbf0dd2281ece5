"""Fetch a holder's licences from every system that is assigned to have them, as one list."""

from datetime import date

import msgspec

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.caller import Person
from gateway.core.clock import Clock, china_date
from gateway.core.errors import Refusal
from gateway.core.identifiers import citizen_id, documents, region
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.licence import KEY_FIELDS, Holder, Licence, LicenceQuery
from gateway.core.merge import merge
from gateway.core.outcome import Completeness, SourceReport, completeness
from gateway.core.ports import AssignedSource, LicenceDirectory, ReportDefect, Row, UseStore
from gateway.core.text import Text
from gateway.core.use import Use, UseBasis
from gateway.services.asking import OTHER_HOLDERS, Asker, not_asked
from gateway.services.licence_ids import LicenceIds
from gateway.services.require_use import require_use

MOST_LICENCES = 1_000
MOST_TYPES = 50
_LONGEST_TYPE = 64
_LONGEST_NAME = 200

_NOT_OFFERED = Text("该系统不收录此类持证人的证照", "this system keeps no licences of this kind of holder")
_OTHER_TYPES = Text("该系统未分配所查的证照类型", "none of the types asked for is assigned to this system")
_UNASKED_TYPES = Text("该系统返回了所查类型以外的证照，已剔除", "rows of types that were not asked for were left out")


class LicencesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A caller's question, unchecked. Exactly one of ``viewer`` and ``document`` names the holder.

    ``document`` is (type, number, name or None) as typed.
    """

    use: str
    viewer: bool = False
    document: tuple[str, str, str | None] | None = None
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
        uses: UseStore,
        ids: LicenceIds,
        regions: region.RegionTable,
        clock: Clock,
        report_defect: ReportDefect,
    ) -> None:
        self._directory = directory
        self._uses = uses
        self._ids = ids
        self._regions = regions
        self._clock = clock
        self._asker = Asker(clock, report_defect)

    async def __call__(self, request: LicencesRequest, wanted: frozenset[str], call: Call) -> Licences:
        """Licences with the ``wanted`` ROW_FIELDS, at most ``request.limit`` of them.

        Raises:
            Refusal: FORBIDDEN without a use that reaches this holder, BAD_INPUT for a malformed argument.
        """
        use = await require_use(request.use, call, self._uses, self._clock)
        query = self._query(request, use, call)
        under_use = call.under(use)
        asked: list[AssignedSource] = []
        reports: dict[str, SourceReport] = {}
        for source in self._directory.licence_sources(query.region):
            if reason := _reason_not_to_ask(source, query):
                reports[source.source.system] = not_asked(source.source.system, reason, call)
            else:
                asked.append(source)
        fields = wanted | KEY_FIELDS
        outcome = await self._asker.ask_all(
            asked,
            lambda source, until: source.list(query, fields, until),
            _admits(query),
            under_use,
        )
        nodes = merge(outcome.contributions, wanted, china_date(self._clock.now()), self._ids.seal, call.language)
        sources = outcome.reports
        if len(nodes) > query.limit:
            cut = {line.system for licence in nodes[query.limit :] for line in licence.provenance}
            nodes = nodes[: query.limit]
            sources = [
                msgspec.structs.replace(report, truncated=True) if report.system in cut else report
                for report in sources
            ]
        return Licences(nodes, completeness(sources), [*sources, *reports.values()])

    def _query(self, request: LicencesRequest, use: Use, call: Call) -> LicenceQuery:
        if not 1 <= request.limit <= MOST_LICENCES:
            raise Refusal(problems.LIMIT_OUT_OF_RANGE, "limit", low=1, high=MOST_LICENCES)
        if request.types is not None and (
            len(request.types) > MOST_TYPES or not all(0 < len(code) <= _LONGEST_TYPE for code in request.types)
        ):
            raise Refusal(problems.TYPES_INVALID, "types", limit=MOST_TYPES)
        return LicenceQuery(
            holder=resolve_holder(request, use, call, china_date(self._clock.now())),
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


def resolve_holder(request: LicencesRequest, use: Use, call: Call, today: date) -> Holder:
    """The holder whom the request names and the use reaches, with a normalised number.

    Raises:
        Refusal: BAD_INPUT for a wrong document, FORBIDDEN if a holder's use is turned on somebody else.
    """
    person = call.caller.person
    if person is None:
        raise Refusal(problems.PERSON_MISSING)
    if request.document is None:
        own = _own(person, today) if request.viewer else None
        if own is None:
            raise Refusal(problems.VIEWER_HAS_NO_DOCUMENT, "holder")
        return own
    holder = _parse_document(*request.document, today)
    if use.basis is UseBasis.HOLDER and not _same(holder, _own(person, today)):
        raise Refusal(problems.USE_HOLDER_ONLY, "holder")
    return holder


def _own(person: Person, today: date) -> Holder | None:
    """The person as a holder; None without a document that systems can be asked with."""
    if person.document_type is None or person.number is None:
        return None
    try:
        document = documents.parse_document(person.document_type, person.number, today)
    except IdentifierInvalid:
        return None
    return Holder(type=document.type, number=document.number, name=person.name)


def _same(one: Holder, other: Holder | None) -> bool:
    """Whether both are one person by type and number, an old number standing for the new one."""
    if other is None or one.type != other.type:
        return False
    return citizen_id.upgrade(one.number or "") == citizen_id.upgrade(other.number or "")


def _parse_document(kind: str, number: str, name: str | None, today: date) -> Holder:
    if name is not None and not 0 < len(name.strip()) <= _LONGEST_NAME:
        raise Refusal(problems.NAME_INVALID, "holder.document.name")
    try:
        document = documents.parse_document(kind, number, today)
    except documents.DocumentTypeUnknown as error:
        raise Refusal(problems.DOCUMENT_TYPE_UNKNOWN, "holder.document.type") from error
    except IdentifierInvalid as error:
        problem = {"111": problems.CITIZEN_ID_INVALID, "001": problems.CREDIT_CODE_INVALID}.get(
            kind, problems.NUMBER_INVALID
        )
        raise Refusal(problem, "holder.document.number", reason=error.reason) from error
    return Holder(type=document.type, number=document.number, name=name.strip() if name else None)


def _reason_not_to_ask(source: AssignedSource, query: LicenceQuery) -> Text | None:
    if query.holder.type not in source.offers_holder_types:
        return _NOT_OFFERED
    if query.types is not None and not any(source.assignment.allows_type(code) for code in query.types):
        return _OTHER_TYPES
    return None


def _admits(query: LicenceQuery) -> "_Admission":
    return _Admission(query.holder.number, frozenset(query.types) if query.types is not None else None)


class _Admission(msgspec.Struct, frozen=True):
    """Lets in rows of the types asked for that do not plainly belong to somebody else."""

    number: str | None
    types: frozenset[str] | None

    def __call__(self, row: Row) -> Text | None:
        """Why the row is left out."""
        if belongs_to_others(row, self.number):
            return OTHER_HOLDERS
        return None if self.types is None or row.type in self.types else _UNASKED_TYPES


def belongs_to_others(row: Row, number: str | None) -> bool:
    """Whether every holder that the row names has a whole number, and none of them is ``number``.

    A row without holders, or with a number that was masked or is an old one of unknown century, is not held against
    the system: dirty data is shown, another person's licence is not. Other old numbers count as their new ones.
    """
    holders = row.holders
    if not holders:
        return False
    numbers = {citizen_id.upgrade(holder.number) for holder in holders if holder.number}
    if len(numbers) < len(holders) or any(not documents.looks_whole(text) for text in numbers):
        return False
    return number is None or citizen_id.upgrade(number) not in numbers
