"""Readers of replies: compiled once for an operation and its wanted fields, then run for every reply."""

import re
from collections.abc import Callable, Mapping
from itertools import repeat
from typing import Any

import msgspec
from lxml.etree import _Element

from adapters.kit.manifest.model import Manifest, Operation, ResponseSection, Success
from adapters.kit.mapping.columns import Column, Warnings, column, paths_of
from adapters.kit.mapping.dirt import DirtyValue
from adapters.kit.mapping.parts import face_column, holders_column, want_face, want_holders
from adapters.kit.mapping.paths import Path, parse_path
from adapters.kit.mapping.rows import ordered, row_type
from adapters.kit.mapping.shape import Gather, Get, Node, Place, Shape
from adapters.kit.mapping.values import text
from gateway.core.errors import SystemFailure
from gateway.core.licence import KEY_FIELDS, LicenceState
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import Row

_BOM = b"\xef\xbb\xbf"
_COUNT = re.compile(r"[0-9]{1,12}")
_SHOWN = 500
"""Characters of the system's own code and message that are kept."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What one reply says.

    Attributes:
        status: the text at ``success.at``; ``accepted`` whether it means success, None if the manifest has no rule.
        code: the system's own code; ``message`` its own text.
        rows: structs of the wanted fields and KEY_FIELDS, with ``warnings`` and ``detail``; none unless accepted.
        dropped: elements left out because they are no objects.
        total: how many rows the system says it has.
        truncated: there are more rows than were read.
        extras: values at the paths that the caller named.
    """

    status: str | None = None
    accepted: bool | None = None
    code: str | None = None
    message: str | None = None
    rows: tuple[Row, ...] = ()
    dropped: int = 0
    total: int | None = None
    truncated: bool = False
    extras: dict[str, str | None] = {}

    def __repr__(self) -> str:
        """No content: rows hold persons, extras hold tokens."""
        return f"Reading(accepted={self.accepted}, rows={len(self.rows)})"


class Reader:
    """A compiled reader; safe to share between calls."""

    def __init__(self, shape: Shape, envelope: "_Envelope", table: "_Table | None", extras: Mapping[str, Get]) -> None:
        self._shape = shape
        self._envelope = envelope
        self._table = table
        self._extras = extras

    def read_json(self, body: bytes) -> Reading:
        """What a JSON reply in UTF-8 says; raises SystemFailure UPSTREAM_FAULT if it cannot be read."""
        try:
            return self._read(self._shape.from_json(body.removeprefix(_BOM)))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _unreadable("the reply is no JSON") from error
        except RecursionError as error:
            raise _unreadable("the reply is nested too deep") from error

    def read_xml(self, payload: _Element) -> Reading:
        """What an XML reply says below ``payload``; raises SystemFailure UPSTREAM_FAULT if it cannot be read."""
        try:
            return self._read(self._shape.from_xml(payload))
        except RecursionError as error:
            raise _unreadable("the reply is nested too deep") from error

    def _read(self, document: object) -> Reading:
        status, accepted, code, message = self._envelope.read(document)
        extras = {name: _lenient(get, document) for name, get in self._extras.items()}
        if accepted is False or self._table is None:
            return Reading(status=status, accepted=accepted, code=code, message=message, extras=extras)
        rows, dropped, total, truncated = self._table.read(document)
        return Reading(
            status=status,
            accepted=accepted,
            code=code,
            message=message,
            rows=rows,
            dropped=dropped,
            total=total,
            truncated=truncated,
            extras=extras,
        )


class _Envelope(msgspec.Struct, frozen=True):
    """Success, code and message around the rows."""

    at: str
    status: Get | None
    accepted: frozenset[str]
    code: Get | None
    message: Get | None

    def read(self, document: object) -> tuple[str | None, bool | None, str | None, str | None]:
        if self.status is None:
            return None, None, None, None
        try:
            status = text(self.status(document))
        except DirtyValue as dirt:
            raise _misshapen(self.at) from dirt
        code = _lenient(self.code, document) if self.code else status
        message = _lenient(self.message, document) if self.message else None
        return _shown(status), status in self.accepted, _shown(code), _shown(message)


class _Table(msgspec.Struct, frozen=True):
    """The rows of a reply: where they are, and their columns in the order of the row's fields."""

    each: str
    gather: Gather
    element: type
    limit: int
    row: Callable[..., Row]
    columns: tuple[Column | str, ...]
    """A column, or the name of a field that the operation does not map. ``state`` gives ``raw_state`` too."""
    detail: tuple[tuple[str, Get], ...] | None
    more: Get | None

    def read(self, document: object) -> tuple[tuple[Row, ...], int, int | None, bool]:
        try:
            elements = self.gather(document)
        except DirtyValue as dirt:
            raise _misshapen(self.each) from dirt
        kept = [element for element in elements[: self.limit] if type(element) is self.element]
        if elements and not kept and not any(isinstance(element, dict | list) for element in elements):
            # Text where rows should be is another reply than the manifest knows, not an empty one.
            raise _misshapen(self.each)
        dropped = min(len(elements), self.limit) - len(kept)
        total = _count(self.more, document)
        truncated = len(elements) > self.limit or (total or 0) > len(elements)
        return self._rows(kept), dropped, total, truncated

    def _rows(self, kept: list[Any]) -> tuple[Row, ...]:
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
            columns.append([{name: _lenient(get, one) for name, get in self.detail} for one in kept])
        return tuple(map(self.row, *columns))


def compile_reading(
    manifest: Manifest, operation: Operation, wanted: frozenset[str], extras: Mapping[str, str] | None = None
) -> Reader:
    """The reader of an operation's replies for the ``wanted`` ROW_FIELDS; KEY_FIELDS are always read.

    Args:
        manifest: a checked manifest; raises ValueError, KeyError or PathInvalid for what the check would have found.
        operation: one of the manifest's.
        wanted: canonical names of ROW_FIELDS.
        extras: paths of further single values by name, also read when the reply is no success.
    """
    success = operation.success or manifest.success
    named = {name: parse_path(path) for name, path in (extras or {}).items()}
    section = operation.response
    tree = Place()
    for path in (*_success_paths(success), *named.values()):
        tree.at(path).value = True
    if section is not None:
        _want_rows(section, wanted | KEY_FIELDS, tree)
    shape = Shape(tree)
    root = shape.root
    return Reader(
        shape,
        _envelope(success, root),
        None if section is None else _table(section, wanted, manifest, root),
        {name: root.getter(path) for name, path in named.items()},
    )


def _success_paths(success: Success | None) -> list[Path]:
    if success is None:
        return []
    return [parse_path(path) for path in (success.at, success.code, success.message) if path is not None]


def _want_rows(section: ResponseSection, fields: frozenset[str], tree: Place) -> None:
    row = tree.at(parse_path(section.each))
    row.row = True
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
    if section.detail is not None:
        for text_path in section.detail.each.values():
            row.at(parse_path(text_path)).value = True
    if section.more is not None:
        tree.at(parse_path(section.more)).value = True


def _envelope(success: Success | None, root: Node) -> _Envelope:
    if success is None:
        return _Envelope("", None, frozenset(), None, None)
    status, code, message = (
        None if path is None else root.getter(parse_path(path)) for path in (success.at, success.code, success.message)
    )
    return _Envelope(success.at, status, success.accepted, code, message)


def _table(section: ResponseSection, wanted: frozenset[str], manifest: Manifest, root: Node) -> _Table:
    path = parse_path(section.each)
    row = root.at(path)
    fields = wanted | KEY_FIELDS | {"state", "raw_state"}
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
    return _Table(
        each=section.each,
        gather=root.gatherer(path),
        element=row.object_type,
        limit=manifest.limits.rows,
        row=row_type(fields),
        columns=tuple(columns),
        detail=_detail(section, wanted, row),
        more=None if section.more is None else root.getter(parse_path(section.more)),
    )


def _detail(section: ResponseSection, wanted: frozenset[str], row: Node) -> tuple[tuple[str, Get], ...] | None:
    detail = section.detail
    if detail is None:
        return None
    spelt = {field.alias or name: name for name, field in ResponseSection.model_fields.items()}
    if wanted.isdisjoint(spelt.get(given, given) for given in detail.gives):
        return None
    return tuple((name, row.getter(parse_path(path), certain=True)) for name, path in detail.each.items())


def _lenient(get: Get, value: object) -> str | None:
    """A text beside the rows: one that cannot be read is only missing."""
    try:
        return text(get(value))
    except DirtyValue:
        return None


def _count(get: Get | None, document: object) -> int | None:
    found = _lenient(get, document) if get else None
    return int(found) if found is not None and _COUNT.fullmatch(found) else None


def _shown(words: str | None) -> str | None:
    return words[:_SHOWN] if words else None


def _misshapen(path: str) -> SystemFailure:
    return _unreadable(f"the reply has another shape than the manifest says at {path}")


def _unreadable(notice: str) -> SystemFailure:
    return SystemFailure(Outcome.UPSTREAM_FAULT, Fault.THEIRS, notice)
