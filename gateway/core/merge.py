"""Merging: the rows that several systems have of one licence become one licence with its provenance.

Rows are one licence when their identifiers are the same text (case and root apart); rows without an identifier
stay alone. For each field the first system in order of authority that has a value wins; a system whose own value is
another one *disagrees*. The state comes with its raw code and reason from one system, so that they never mix.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

import msgspec

from gateway.core.identifiers import licence_identifier
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.licence import (
    NO_END,
    PUBLIC_NAMES,
    FaceField,
    Holder,
    Licence,
    LicenceKey,
    LicenceState,
    LicenceType,
    Organisation,
    Provenance,
    Warned,
)
from gateway.core.policy.rules import ANY, Authority
from gateway.core.ports import Row
from gateway.core.text import Language
from gateway.core.warnings import warning_text

Seal = Callable[[LicenceKey], str]
_Pair = TypeVar("_Pair", LicenceType, Organisation)


class Contribution(msgspec.Struct, frozen=True):
    """The rows of one system, and the instant it vouches for where a row names none."""

    system: str
    as_of: datetime
    rows: Sequence[Row]


class _Source(msgspec.Struct, frozen=True):
    system: str
    as_of: datetime
    row: Row


def _holder_keys(holders: Sequence[Holder]) -> frozenset[tuple[str | None, str | None]]:
    return frozenset((holder.number, holder.name) for holder in holders)


def _faces_differ(mine: Sequence[FaceField], chosen: Sequence[FaceField]) -> bool:
    """Only fields of the same name can disagree: systems print different selections of a face."""
    known = {field.name: field.value for field in chosen}
    return any(field.name in known and known[field.name] != field.value for field in mine)


def _holders_differ(mine: Sequence[Holder], chosen: Sequence[Holder]) -> bool:
    return _holder_keys(mine) != _holder_keys(chosen)


def _values_differ(mine: object, chosen: object) -> bool:
    return mine != chosen


_DIFFERS: dict[str, Callable[[Any, Any], bool]] = {"holders": _holders_differ, "face": _faces_differ}

_WITH_STATE = ("raw_state", "state_reason")


class _Merger:
    """Merges the sources of one licence, field by field."""

    def __init__(self, sources: Sequence[_Source], authorities: Sequence[Authority]) -> None:
        self._sources = sources
        kind = next((source.row.type for source in sources if source.row.type is not None), None)
        self._authorities = [line for line in authorities if ANY in line.types or kind in line.types]
        self._chosen: dict[str, list[str]] = {source.system: [] for source in sources}
        self._disagrees: dict[str, list[str]] = {source.system: [] for source in sources}

    def take(self, field: str) -> Any:  # noqa: ANN401 - each field has its own type
        """The value of ``field`` by authority; notes who gave it and who says something else."""
        differs = _DIFFERS.get(field, _values_differ)
        chosen: Any = None
        for source in self._ranked(field):
            value = getattr(source.row, field)
            if value is None or value is LicenceState.UNKNOWN:
                continue
            if chosen is None:
                chosen = value
                self._chosen[source.system].append(PUBLIC_NAMES[field])
            elif differs(value, chosen):
                self._disagrees[source.system].append(PUBLIC_NAMES[field])
        return chosen

    def _ranked(self, field: str) -> Sequence[_Source]:
        """The sources, those first whom the first rule that speaks of the field believes."""
        if len(self._sources) == 1:
            return self._sources
        public = PUBLIC_NAMES[field]
        for line in self._authorities:
            if ANY in line.fields or public in line.fields:
                rank = {system: place for place, system in enumerate(line.order)}
                return sorted(self._sources, key=lambda source: rank.get(source.system, len(rank)))
        return self._sources

    def name_beside(self, field: str) -> str | None:
        """The name that stands beside a code; names are captions and take no part in disagreement."""
        for source in self._sources:
            value: str | None = getattr(source.row, field)
            if value is not None:
                return value
        return None

    def state(self, wanted: frozenset[str]) -> tuple[LicenceState, str | None, str | None]:
        """State, raw code and reason, all from the one system whose state was chosen."""
        state = self.take("state")
        teller = next(source for source in self._ranked("state") if state is None or source.row.state is state)
        raw, reason = (getattr(teller.row, name) if name in wanted else None for name in _WITH_STATE)
        if reason is not None:
            self._chosen[teller.system].append(PUBLIC_NAMES["state_reason"])
        return state or LicenceState.UNKNOWN, raw, reason

    def provenance(self) -> tuple[Provenance, ...]:
        """A line per system, in order of authority."""
        return tuple(
            Provenance(
                source.system,
                source.as_of,
                tuple(self._chosen[source.system]),
                tuple(self._disagrees[source.system]),
            )
            for source in self._sources
        )


def _merge_one(
    sources: Sequence[_Source],
    wanted: frozenset[str],
    today: date,
    seal: Seal,
    language: Language,
    authorities: Sequence[Authority],
) -> Licence:
    merger = _Merger(sources, authorities)
    first = sources[0]
    # what normalises to nothing names nothing: such a row is known by its number
    identifier = first.row.identifier if licence_identifier.normalise(first.row.identifier or "") else None
    fields: dict[str, Any] = {name: merger.take(name) for name in _PLAIN if name in wanted}
    if "type" in wanted:
        fields["type"] = _composed(
            LicenceType, merger.take("type"), merger.name_beside("type_name") if "type_name" in wanted else None
        )
    if "issuer" in wanted:
        fields["issuer"] = _composed(
            Organisation, merger.take("issuer"), merger.name_beside("issuer_name") if "issuer_name" in wanted else None
        )
    state, raw_state, reason = merger.state(wanted)
    valid_until = fields.get("valid_until")
    warnings = [(source.system, warned) for source in sources for warned in source.row.warnings]
    if first.row.identifier is not None:
        warnings += [(first.system, Warned("identifier", word)) for word in _identifier_warnings(first.row.identifier)]
    if valid_until is not None:
        fields["past_end_date"] = today > valid_until
    if valid_until == NO_END:
        fields["valid_until"] = None
    key = LicenceKey(identifier=identifier)
    if identifier is None:
        key = LicenceKey(system=first.system, number=first.row.number)
    return Licence(
        id=seal(key),
        state=state,
        raw_state=raw_state,
        state_reason=reason,
        provenance=merger.provenance(),
        warnings=tuple(dict.fromkeys(f"{system}: {warning_text(warned, language)}" for system, warned in warnings)),
        **fields,
    )


_PLAIN = ("identifier", "number", "name", "holders", "issued_on", "valid_from", "valid_until", "face")


def _composed(kind: type[_Pair], code: str | None, name: str | None) -> _Pair | None:
    return None if code is None and name is None else kind(code, name)


def _identifier_warnings(identifier: str) -> tuple[str, ...]:
    """What is wrong with a licence identifier; it is reported, the licence is not refused."""
    try:
        return licence_identifier.parse(identifier).warnings
    except IdentifierInvalid:
        return ("shape",)


def merge(
    contributions: Iterable[Contribution],
    wanted: frozenset[str],
    today: date,
    seal: Seal,
    language: Language,
    authorities: Sequence[Authority] = (),
) -> list[Licence]:
    """Licences from the rows of several systems, given in order of authority.

    Args:
        contributions: rows with at least KEY_FIELDS and the ``wanted`` ROW_FIELDS.
        wanted: the fields to merge.
        today: the calendar day in China by which end dates are judged.
        seal: makes a licence's public id from its key.
        language: of the warnings.
        authorities: whom to believe for which type and field; else the order of ``contributions`` decides.

    Returns:
        One licence per identifier in order of first appearance. Rows of one system that share an identifier are
        one licence too: the first of them speaks.
    """
    groups: dict[object, list[_Source]] = {}
    for contribution in contributions:
        for row in contribution.rows:
            source = _Source(contribution.system, row.as_of or contribution.as_of, row)
            # what normalises to nothing names nothing: such rows are not one licence
            key: object = licence_identifier.normalise(row.identifier or "") or id(row)
            group = groups.setdefault(key, [])
            if all(other.system != source.system for other in group):
                group.append(source)
    return [_merge_one(sources, wanted, today, seal, language, authorities) for sources in groups.values()]
