"""Columns: how one canonical field is read from every row, prepared from the manifest's words."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Any

import msgspec

from adapters.kit.manifest.expressions import CodeAt, Constant, DateAt, FirstOf, ResponseValue, SplitAt
from adapters.kit.mapping.dirt import DirtyValue
from adapters.kit.mapping.forms import iso_day, iso_instant, parse_form
from adapters.kit.mapping.paths import Path, parse_path
from adapters.kit.mapping.shape import Get, Node
from adapters.kit.mapping.values import Convert, coded, day, instant, split, state, text
from gateway.core.licence import LicenceState, Warned

Tables = Mapping[str, Mapping[str, str]]
Warnings = dict[int, list[Warned]]
DAYS = frozenset({"issued_on", "valid_from", "valid_until"})
INSTANTS = frozenset({"as_of", "opened_at", "closed_at", "at"})


class Column(msgspec.Struct, frozen=True):
    """A field's raw value of a row object, and the conversion to its canonical value; both raise DirtyValue.

    ``blank`` stands for a value of which nothing can be kept.
    """

    field: str
    get: Get
    convert: Convert
    blank: object = None

    def read(self, rows: Sequence[object], warnings: Warnings) -> list[Any]:
        """The values of all rows. Dirty ones are replaced and reported in ``warnings`` by the row's position."""
        try:
            return list(map(self.convert, map(self.get, rows)))
        except DirtyValue:
            return [self._read_one(row, position, warnings) for position, row in enumerate(rows)]

    def _read_one(self, row: object, position: int, warnings: Warnings) -> object:
        # Only a column with dirt in it comes here: clean ones are read without looking at each value.
        try:
            return self.convert(self.get(row))
        except DirtyValue as dirt:
            warnings.setdefault(position, []).extend(Warned(self.field, reason.value) for reason in dirt.reasons)
            return self.blank if dirt.instead is None else dirt.instead


def paths_of(value: ResponseValue) -> tuple[Path, ...]:
    """The paths that an expression reads."""
    match value:
        case Constant():
            texts: tuple[str, ...] = ()
        case DateAt(date=path) | CodeAt(code=path) | SplitAt(split=path):
            texts = (path,)
        case FirstOf(first=several):
            texts = several
        case _:
            texts = (value,)
    return tuple(map(parse_path, texts))


def column(field: str, value: ResponseValue, node: Node, tables: Tables, *, certain: bool = True) -> Column:
    """The column of ``field`` for objects of ``node``; ``certain`` as in Node.getter.

    Raises ValueError for an expression that cannot give this field: a checked manifest has none.
    """
    if isinstance(value, Constant):
        return Column(field, _nothing, _constant(field, value.value))
    convert = _converter(field, value, tables)
    getters = [node.getter(path, certain=certain) for path in paths_of(value)]
    blank = (LicenceState.UNKNOWN, None) if field == "state" else None
    if len(getters) == 1:
        return Column(field, getters[0], convert, blank)
    return Column(field, _itself, partial(_first, getters, convert), blank)


def state_column(value: ResponseValue | None, node: Node, tables: Tables, states: type[StrEnum]) -> Column:
    """The column of a state and its raw code, of states with one that is UNKNOWN: what every unreadable one is.

    Raises ValueError for an expression that cannot give a state: a checked manifest has none.
    """
    unknown = (states("UNKNOWN"), None)
    if value is None:
        return Column("state", _nothing, lambda _: unknown, unknown)
    if isinstance(value, Constant):
        constant = (states(value.value), None)
        return Column("state", _nothing, lambda _: constant, unknown)
    if isinstance(value, CodeAt):
        get = node.getter(parse_path(value.code), certain=True)
        return Column("state", get, state(tables[value.table], states), unknown)
    if isinstance(value, str):
        return Column("state", node.getter(parse_path(value), certain=True), state(None, states), unknown)
    message = f"a state cannot be read as {type(value).__name__}"
    raise ValueError(message)


def _converter(field: str, value: ResponseValue, tables: Tables) -> Convert:
    if isinstance(value, DateAt):
        forms = [parse_form(form) for form in ((value.form,) if isinstance(value.form, str) else value.form)]
        if field in DAYS:
            return day(forms, value.no_end)
        if field in INSTANTS:
            return instant(forms)
    elif isinstance(value, CodeAt):
        if field == "state":
            return state(tables[value.table])
        if field not in DAYS and field not in INSTANTS:
            return coded(tables[value.table])
    elif isinstance(value, SplitAt):
        if field == "holders":
            return split(value.by)
    else:
        return _plain(field)
    message = f"{field} cannot be read as {type(value).__name__}"
    raise ValueError(message)


def _plain(field: str) -> Convert:
    if field in DAYS:
        return day(())
    if field in INSTANTS:
        return instant(())
    return state(None) if field == "state" else text


def _constant(field: str, value: str) -> Convert:
    if field in DAYS:
        constant: object = iso_day(value)
    elif field in INSTANTS:
        constant = iso_instant(value)
    elif field == "state":
        constant = (LicenceState(value), None)
    else:
        constant = value
    return lambda _: constant


def _first(getters: Sequence[Get], convert: Callable[[Any], Any], row: object) -> object:
    dirty: DirtyValue | None = None
    found = None
    for get in getters:
        try:
            raw = text(get(row))
            if raw is not None:
                found = convert(raw)
                break
        except DirtyValue as dirt:
            dirty = dirty or dirt
    if dirty:
        raise DirtyValue(*dirty.reasons, instead=dirty.instead if found is None else found)
    return convert(None) if found is None else found


def _nothing(_: object) -> None:
    return None


def _itself(row: object) -> object:
    return row
