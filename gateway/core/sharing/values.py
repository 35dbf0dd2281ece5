"""Values of information items: parameters as callers write them, records as systems gave them, typed by the catalogue.

A decimal stays text, so that none of its digits is lost. Days and instants are ISO 8601.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final

from gateway.core.clock import utc
from gateway.core.sharing.resources import InformationItem, ItemType

MOST_PARAMETERS: Final = 50
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_DECIMAL: Final = re.compile(r"[+-]?([0-9]{1,30}(\.[0-9]{0,20})?|\.[0-9]{1,20})", re.ASCII)
_TRUE: Final = frozenset({"true", "1", "y", "yes", "是"})
_FALSE: Final = frozenset({"false", "0", "n", "no", "否"})


class ValueUnreadable(ValueError):
    """A value that is none of its item; quotes nothing of it."""


def read_value(item: InformationItem, value: str | None) -> object:
    """The value of a record: text, a whole number, True or False; None stays None.

    Raises:
        ValueUnreadable: it is no value of the item's type.
    """
    return None if value is None else _READERS[item.type](value)


def write_parameter(item: InformationItem | None, value: object) -> str:
    """A parameter as it is sent, of what a caller wrote: text, a whole number, True or False.

    Raises:
        ValueUnreadable: it is none of these, none of the item's type, or longer than its values are; a parameter of
            no item is let through as text, for the grant to refuse.
    """
    if isinstance(value, bool):
        value = "true" if value else "false"
    elif isinstance(value, int):
        value = str(value)
    if not isinstance(value, str):
        raise ValueUnreadable("a parameter is text, a whole number, true or false")
    value = value.strip()
    if item is None:
        return value
    if item.length is not None and len(value) > item.length:
        raise ValueUnreadable("a parameter is longer than any value of its field")
    if value:
        _READERS[item.type](value)
    return value


def _integer(value: str) -> object:
    if _INTEGER.fullmatch(value) is None:
        raise ValueUnreadable("a whole number is expected")
    return int(value)


def _decimal(value: str) -> object:
    if _DECIMAL.fullmatch(value) is None:
        raise ValueUnreadable("a number is expected")
    return value


def _day(value: str) -> object:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise ValueUnreadable("a day is expected, as 2026-03-02") from None


def _instant(value: str) -> object:
    try:
        return utc(datetime.fromisoformat(value)).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        raise ValueUnreadable("an instant is expected, as 2026-03-02T04:05:06Z") from None


def _boolean(value: str) -> object:
    word = value.casefold()
    if word not in _TRUE | _FALSE:
        raise ValueUnreadable("true or false is expected")
    return word in _TRUE


_READERS: Final[Mapping[ItemType, Callable[[str], object]]] = {
    ItemType.TEXT: lambda value: value,
    ItemType.INTEGER: _integer,
    ItemType.DECIMAL: _decimal,
    ItemType.DATE: _day,
    ItemType.INSTANT: _instant,
    ItemType.BOOLEAN: _boolean,
}
