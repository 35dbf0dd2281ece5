"""Tables: the rows of a reply (licences, cases, sealings, files), found, sifted and read column by column."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import repeat
from typing import Any, Final, NamedTuple

import msgspec

from adapters.kit.manifest.model import Manifest, Operation, ResponseSection
from adapters.kit.mapping.cases import CaseRow, case_columns, want_case
from adapters.kit.mapping.columns import Column, Tables, Warnings, column, paths_of
from adapters.kit.mapping.dirt import DirtyValue
from adapters.kit.mapping.exchanging import (
    CorrectionRow,
    ExchangeRow,
    ListedRow,
    ResourceRow,
    correction_columns,
    exchange_columns,
    listed_columns,
    resource_columns,
    want_correction,
    want_exchange,
    want_resource,
)
from adapters.kit.mapping.failures import misshapen
from adapters.kit.mapping.files import FileRow, file_columns, want_file
from adapters.kit.mapping.identities import ScannedRow, scanned_columns, want_scanned
from adapters.kit.mapping.parts import face_column, holders_column, want_face, want_holders
from adapters.kit.mapping.paths import parse_path
from adapters.kit.mapping.rows import ordered, row_type
from adapters.kit.mapping.sealing import LogRow, SealingRow, log_columns, sealing_columns, want_log, want_sealing
from adapters.kit.mapping.shape import Gather, Get, Node, Place
from adapters.kit.mapping.shares import record_columns, record_maker, want_record
from adapters.kit.mapping.success import RowRefused, RowRule, lenient, want_success
from gateway.core.licence import KEY_FIELDS, LicenceState
from gateway.core.ports import Row

_COUNT = re.compile(r"[0-9]{1,12}")


class _Part(NamedTuple):
    """What a response can be of instead of licences: what it wants, the row that it makes, the row's columns."""

    want: Callable[[Any, Place], None]
    row: Callable[..., Row]
    columns: Callable[[Any, Node, Tables], list[Column | str]]


_PARTS: Final[Mapping[str, _Part]] = {
    "case": _Part(want_case, CaseRow, case_columns),
    "holder": _Part(want_scanned, ScannedRow, scanned_columns),
    "file": _Part(want_file, FileRow, lambda said, row, _: file_columns(said, row)),
    "sealing": _Part(want_sealing, SealingRow, sealing_columns),
    "log": _Part(want_log, LogRow, log_columns),
    "exchange": _Part(want_exchange, ExchangeRow, exchange_columns),
    "correction": _Part(want_correction, CorrectionRow, correction_columns),
    "listed": _Part(want_exchange, ListedRow, listed_columns),
    "resource": _Part(want_resource, ResourceRow, resource_columns),
}
"""By the key of the response section that says it."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a reply; the counts are those of Reading."""

    rows: tuple[Row, ...]
    refused: tuple[RowRefused, ...] = ()
    dropped: int = 0
    seen: int = 0
    total: int | None = None
    cut_off: bool = False


class Table(msgspec.Struct, frozen=True):
    """Where the rows of a reply are, and their columns in the order of the row's fields."""

    each: str
    gather: Gather
    element: type
    limit: int
    row: Callable[..., Row]
    columns: tuple[Column | str, ...]
    """A column, or the name of a field that the operation does not map. ``state`` gives ``raw_state`` too."""
    rule: RowRule | None = None
    detail: tuple[tuple[str, Get], ...] | None = None
    more: Get | None = None

    def read(self, document: object) -> Found:
        """The rows; raises SystemFailure UPSTREAM_FAULT if something else stands where they should be."""
        try:
            elements = self.gather(document)
        except DirtyValue as dirt:
            raise misshapen(self.each) from dirt
        kept: list[Any] = [element for element in elements[: self.limit] if type(element) is self.element]
        if elements and not kept and not any(isinstance(element, dict | list) for element in elements):
            # Text where rows should be is another reply than the manifest knows, not an empty one.
            raise misshapen(self.each)
        dropped = min(len(elements), self.limit) - len(kept)
        total = _count(self.more, document)
        refused: tuple[RowRefused, ...] = ()
        if self.rule is not None:
            kept, refused = self.rule.sift(kept)
        return Found(
            rows=self._rows(kept),
            refused=refused,
            dropped=dropped,
            seen=len(elements),
            total=total,
            cut_off=len(elements) > self.limit,
        )

    def _rows(self, kept: Sequence[Any]) -> tuple[Row, ...]:
        warnings: Warnings = {}
        columns: list[Any] = []
        for source in self.columns:
            if not isinstance(source, Column):
                columns.append(repeat(LicenceState.UNKNOWN if source == "state" else None, len(kept)))
            elif source.field == "state":
                pairs = source.read(kept, warnings)
                columns.append([pair[0] for pair in pairs])
                columns.append([pair[1] for pair in pairs])
            else:
                columns.append(source.read(kept, warnings))
        columns.append([tuple(warnings.get(at, ())) for at in range(len(kept))] if warnings else repeat((), len(kept)))
        if self.detail is not None:
            columns.append([{name: lenient(get, one) for name, get in self.detail} for one in kept])
        return tuple(map(self.row, *columns))


def want_rows(section: ResponseSection, wanted: frozenset[str], tree: Place) -> None:
    """Mark what the rows of a response need: of licences the ``wanted`` ROW_FIELDS and KEY_FIELDS."""
    row = tree.at(parse_path(section.each))
    row.row = True
    want_success(section.row, row)
    named = _part_of(section)
    if named is not None:
        part, said = named
        part.want(said, row)
    elif section.record is not None:
        want_record(section.record, wanted, row)
    else:
        _want_licences(section, wanted | KEY_FIELDS, row)
    if section.detail is not None:
        for text_path in section.detail.each.values():
            row.at(parse_path(text_path)).value = True
    if section.more is not None:
        tree.at(parse_path(section.more)).value = True


def compile_table(manifest: Manifest, operation: Operation, wanted: frozenset[str], root: Node) -> Table | None:
    """The table of an operation's replies; None if it has no response."""
    section = operation.response
    if section is None:
        return None
    path = parse_path(section.each)
    row = root.at(path)
    make: Callable[..., Row]
    named = _part_of(section)
    if named is not None:
        part, said = named
        make, columns = part.row, part.columns(said, row, manifest.codes)
    elif section.record is not None:
        make = record_maker(section.record, wanted)
        columns = record_columns(section.record, wanted, row, manifest.codes)
    else:
        make, columns = _licences(section, wanted, row, manifest)
    rule = section.row
    return Table(
        each=section.each,
        gather=root.gatherer(path),
        element=row.object_type,
        limit=manifest.limits.rows,
        row=make,
        columns=tuple(columns),
        rule=None if rule is None else RowRule(rule, row, lambda code: manifest.outcome_of(operation, code)),
        detail=_detail(section, wanted, row),
        more=None if section.more is None else root.getter(parse_path(section.more)),
    )


def _part_of(section: ResponseSection) -> tuple[_Part, object] | None:
    """The part that a response is of, with what the manifest says of it; None of licences and records."""
    said = ((part, getattr(section, name)) for name, part in _PARTS.items())
    return next(((part, value) for part, value in said if value is not None), None)


def _want_licences(section: ResponseSection, fields: frozenset[str], row: Place) -> None:
    for name in ordered(fields - {"raw_state"}):
        value = getattr(section, name)
        if value is None:
            continue
        if name == "holders":
            want_holders(value, row)
        elif name == "face":
            want_face(value, row)
        else:
            for path in paths_of(value):
                row.at(path).value = True


def _licences(
    section: ResponseSection, wanted: frozenset[str], row: Node, manifest: Manifest
) -> tuple[Callable[..., Row], list[Column | str]]:
    fields = (wanted - {"file"}) | KEY_FIELDS | {"state", "raw_state"}
    columns: list[Column | str] = []
    for name in ordered(fields):
        value = None if name == "raw_state" else getattr(section, name)
        if name == "raw_state" and section.state is not None:
            continue  # the column of state gives both
        if value is None:
            columns.append(name)
        elif name == "holders":
            columns.append(holders_column(value, row, manifest.codes))
        elif name == "face":
            columns.append(face_column(value, row))
        else:
            columns.append(column(name, value, row, manifest.codes))
    return row_type(fields), columns


def _detail(section: ResponseSection, wanted: frozenset[str], row: Node) -> tuple[tuple[str, Get], ...] | None:
    detail = section.detail
    if detail is None:
        return None
    spelt = {field.alias or name: name for name, field in ResponseSection.model_fields.items()}
    if wanted.isdisjoint(spelt.get(given, given) for given in detail.gives):
        return None
    return tuple((name, row.getter(parse_path(path), certain=True)) for name, path in detail.each.items())


def _count(get: Get | None, document: object) -> int | None:
    found = lenient(get, document) if get else None
    return int(found) if found is not None and _COUNT.fullmatch(found) else None
