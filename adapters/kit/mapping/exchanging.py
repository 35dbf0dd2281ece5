"""What exchanges say, read from rows: how far a request is, a line of their list, a resource of their catalogue."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import msgspec

from adapters.kit.manifest.expressions import DateAt, ResponseValue, SplitAt
from adapters.kit.manifest.sharing import (
    CorrectionAt,
    CorrectionState,
    ExchangeAt,
    ItemsAt,
    ListedAt,
    RequestState,
    ResourceAt,
)
from adapters.kit.mapping.columns import Column, Tables, column, paths_of, state_column
from adapters.kit.mapping.dirt import Dirt, DirtyValue
from adapters.kit.mapping.forms import parse_form
from adapters.kit.mapping.paths import parse_path
from adapters.kit.mapping.shape import Node, Place
from adapters.kit.mapping.values import MAX_PARTS, day, instant, split, text
from gateway.core.clock import CHINA
from gateway.core.licence import NO_END, Warned

_LARGEST: Final = 1_000_000_000_000
_MOST_DIGITS: Final = 20
_DAY_LETTERS: Final = frozenset("yMd")
_LETTERS: Final = re.compile("[A-Za-z]")
_NAMES: Final = frozenset({"fields", "keys", "parameters"})
"""Values that are several names."""
_COUNTS: Final = frozenset({"per_day", "in_all"})

Item = Mapping[str, str | None]
"""An information item: what the manifest maps of it, by the words of ItemsAt."""


class ExchangeRow(msgspec.Struct, frozen=True):
    """What a row says of a request; ``state_code`` is the exchange's own word."""

    state: RequestState
    state_code: str | None
    key: str | None
    number: str | None
    fields: tuple[str, ...] | None
    valid_until: datetime | None
    per_day: int | None
    in_all: int | None
    access: str | None
    reason: str | None
    warnings: tuple[Warned, ...] = ()

    def __repr__(self) -> str:
        """State only: there is a secret."""
        return f"ExchangeRow(state={self.state.value})"


class CorrectionRow(msgspec.Struct, frozen=True):
    """What a row says of a dispute; ``state_code`` is the exchange's own word."""

    state: CorrectionState
    state_code: str | None
    key: str | None
    number: str | None
    fields: tuple[str, ...] | None
    reason: str | None
    warnings: tuple[Warned, ...] = ()

    def __repr__(self) -> str:
        """State only: words may name persons."""
        return f"CorrectionRow(state={self.state.value})"


class ListedRow(msgspec.Struct, frozen=True):
    """What a line of a list says."""

    state: RequestState
    state_code: str | None
    number: str | None
    resource: str | None
    key: str | None
    warnings: tuple[Warned, ...] = ()


class ResourceRow(msgspec.Struct, frozen=True):
    """What a row says of a resource."""

    number: str | None
    code: str | None
    title: str | None
    provider: str | None
    sharing: str | None
    keys: tuple[str, ...] | None
    parameters: tuple[str, ...] | None
    abstract: str | None
    condition: str | None
    update_cycle: str | None
    published_on: date | None
    operation: str | None
    items: tuple[Item, ...] | None
    warnings: tuple[Warned, ...] = ()


_SAID: Final = ("key", "number", "fields", "valid_until", "per_day", "in_all", "access", "reason")
_DISPUTED: Final = ("key", "number", "fields", "reason")
_LINE: Final = ("number", "resource", "key")
_RESOURCE: Final = ResourceRow.__struct_fields__[:-2]
_ITEM: Final = ("name", "title", "type", "length", "sensitivity", "masking")


def want_exchange(said: ExchangeAt | ListedAt, row: Place) -> None:
    """Mark what a request's standing needs below a row."""
    _want(said, ("standing", *(_SAID if isinstance(said, ExchangeAt) else _LINE)), row)


def want_correction(said: CorrectionAt, row: Place) -> None:
    """Mark what a dispute's standing needs below a row."""
    _want(said, ("standing", *_DISPUTED), row)


def want_resource(said: ResourceAt, row: Place) -> None:
    """Mark what a resource needs below a row."""
    _want(said, _RESOURCE, row)
    _want(said.items, _ITEM, row.at(parse_path(said.items.each)))


def exchange_columns(said: ExchangeAt, row: Node, tables: Tables) -> list[Column | str]:
    """The columns of ExchangeRow; that of the state gives the code too."""
    state = state_column(said.standing, row, tables, RequestState)
    return [state, *(_column(name, getattr(said, name), row, tables) for name in _SAID)]


def correction_columns(said: CorrectionAt, row: Node, tables: Tables) -> list[Column | str]:
    """The columns of CorrectionRow; that of the state gives the code too."""
    state = state_column(said.standing, row, tables, CorrectionState)
    return [state, *(_column(name, getattr(said, name), row, tables) for name in _DISPUTED)]


def listed_columns(said: ListedAt, row: Node, tables: Tables) -> list[Column | str]:
    """The columns of ListedRow; that of the state gives the code too."""
    state = state_column(said.standing, row, tables, RequestState)
    return [state, *(_column(name, getattr(said, name), row, tables) for name in _LINE)]


def resource_columns(said: ResourceAt, row: Node, tables: Tables) -> list[Column | str]:
    """The columns of ResourceRow."""
    plain = (_column(name, getattr(said, name), row, tables) for name in _RESOURCE)
    return [*plain, _items(said.items, row, tables)]


def _want(
    said: ExchangeAt | CorrectionAt | ListedAt | ResourceAt | ItemsAt, names: tuple[str, ...], place: Place
) -> None:
    for name in names:
        value = getattr(said, name)
        for path in () if value is None else paths_of(value):
            place.at(path).value = True


def _column(name: str, value: ResponseValue | None, row: Node, tables: Tables) -> Column | str:
    if value is None:
        return name
    if name in _NAMES:
        return _names(name, value, row)
    if name == "valid_until":
        return _until(value, row, tables)
    if name == "published_on":
        return msgspec.structs.replace(column("issued_on", value, row, tables), field=name)
    plain = column(name, value, row, tables)
    if name not in _COUNTS:
        return plain
    return msgspec.structs.replace(plain, convert=_then(plain.convert, _count))


def _names(name: str, value: ResponseValue, row: Node) -> Column:
    (path,) = paths_of(value)
    if isinstance(value, SplitAt):
        parts = split(value.by)
        return Column(name, row.getter(path, certain=True), lambda raw: _distinct(parts(raw)))
    return Column(name, row.gatherer(path), lambda found: _distinct([text(one) for one in found]))


def _distinct(names: list[str | None]) -> tuple[str, ...] | None:
    found = tuple(dict.fromkeys(name for name in names if name))
    if len(found) > MAX_PARTS:
        raise DirtyValue(Dirt.TOO_MANY)
    return found or None


def _until(value: ResponseValue, row: Node, tables: Tables) -> Column:
    """An instant; of a day the end, which is when the next one begins."""
    if not isinstance(value, DateAt):
        return msgspec.structs.replace(column("at", value, row, tables), field="valid_until")
    (path,) = paths_of(value)
    forms = [parse_form(form) for form in ((value.form,) if isinstance(value.form, str) else value.form)]
    is_day = all(_DAY_LETTERS.issuperset(_LETTERS.findall(form.text)) for form in forms)
    as_day, as_instant = day(forms, value.no_end), instant(forms)

    def convert(raw: object) -> datetime | None:
        found = as_day(raw)
        if found is None or found == NO_END:
            return None
        if not is_day:
            moment: datetime = as_instant(raw)
            return moment
        try:
            return datetime.combine(found + timedelta(days=1), time(), CHINA)
        except OverflowError:
            raise DirtyValue(Dirt.IMPOSSIBLE_DATE) from None

    return Column("valid_until", row.getter(path, certain=True), convert)


def _items(said: ItemsAt, row: Node, tables: Tables) -> Column:
    path = parse_path(said.each)
    element = row.at(path)
    given = {name: value for name in _ITEM if (value := getattr(said, name)) is not None}
    columns = {name: column(name, value, element, tables, certain=False) for name, value in given.items()}

    def convert(elements: list[object]) -> tuple[Item, ...]:
        if len(elements) > MAX_PARTS:
            raise DirtyValue(Dirt.TOO_MANY)
        return tuple({name: one.convert(one.get(item)) for name, one in columns.items()} for item in elements)

    return Column("items", row.gatherer(path), convert)


def _count(value: object) -> int | None:
    digits = text(value)
    if digits is None:
        return None
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS and int(digits) <= _LARGEST):
        raise DirtyValue(Dirt.NOT_A_NUMBER)
    return int(digits)


def _then(first: Callable[[Any], Any], second: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: second(first(value))
