"""Values of information items in the types that the schema has for them; what fits none becomes null, with a reason."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final

import msgspec
from graphql import GraphQLScalarType

from gateway.core.sharing.resources import InformationItem, ItemType
from gateway.core.sharing.terms import Access
from gateway.core.sharing.values import ValueUnreadable, read_value
from gateway.core.text import Text

DECIMAL: Final = GraphQLScalarType(
    "Decimal",
    serialize=str,
    description="十进制数，以文本给出，不丢失任何一位 · A decimal number, as text, so that none of its digits is lost",
)

_GREATEST: Final = 2**31 - 1
_MOST_DIGITS: Final = 9
"""Of whole numbers that are always Ints."""

_NUMBER: Final = InformationItem(name="", title="", type=ItemType.DECIMAL)

_MASKED = Text(
    "按授权以脱敏值给出，不符合 {type} 类型；如需脱敏值请用 sharedRecords",
    "the grant gives a part of it only, which is no {type}; ask sharedRecords, which gives that part as text",
)
_HASHED = Text(
    "按授权以哈希值给出，不符合 {type} 类型；如需哈希值请用 sharedRecords",
    "the grant gives a hash of it only, which is no {type}; ask sharedRecords, which gives the hash as text",
)
_MISFIT = Text(
    "部分记录的值不在 {type} 类型的范围内；如需原值请用 sharedRecords",
    "values of some records are no {type}; ask sharedRecords, which gives them as they are",
)


class Misfit(ValueError):
    """A value that its field's type has no place for; quotes nothing of it."""


def type_name(item: InformationItem) -> str:
    """The scalar of the item's values: a whole number that may be longer than an Int is a Decimal."""
    if item.type is ItemType.INTEGER and item.length is not None and item.length > _MOST_DIGITS:
        return DECIMAL.name
    return _TYPES[item.type]


class Shape(msgspec.Struct, frozen=True):
    """How the values of an item are shown: under this name, as this scalar."""

    name: str
    type: str

    def gap(self, access: Access | None) -> Text | None:
        """Why nothing is shown of values that are given in this way; None if they are shown."""
        if self.type == _TEXT or access not in _PARTIAL:
            return None
        return _PARTIAL[access].format(type=self.type)

    def misfit(self) -> Text:
        """Why a value that is given whole is not shown."""
        return _MISFIT.format(type=self.type)

    def fit(self, value: object) -> object:
        """The value as the scalar takes it; None stays None.

        Raises:
            Misfit: it takes none such.
        """
        return None if value is None else _FITS[self.type](value)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _decimal(value: object) -> object:
    try:
        return read_value(_NUMBER, _text(value))
    except ValueUnreadable:
        raise Misfit from None


def _int(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool) and -_GREATEST <= value <= _GREATEST:
        return value
    raise Misfit


def _boolean(value: object) -> object:
    if isinstance(value, bool):
        return value
    raise Misfit


def _day(value: object) -> object:
    try:
        return date.fromisoformat(value)  # type: ignore[arg-type] # TypeError is caught
    except (TypeError, ValueError):
        raise Misfit from None


def _instant(value: object) -> object:
    try:
        return datetime.fromisoformat(value)  # type: ignore[arg-type] # TypeError is caught
    except (TypeError, ValueError):
        raise Misfit from None


_TEXT: Final = "String"
_TYPES: Final[Mapping[ItemType, str]] = {
    ItemType.TEXT: _TEXT,
    ItemType.INTEGER: "Int",
    ItemType.DECIMAL: DECIMAL.name,
    ItemType.DATE: "Date",
    ItemType.INSTANT: "DateTime",
    ItemType.BOOLEAN: "Boolean",
}
_FITS: Final[Mapping[str, Callable[[object], object]]] = {
    _TEXT: _text,
    "Int": _int,
    DECIMAL.name: _decimal,
    "Date": _day,
    "DateTime": _instant,
    "Boolean": _boolean,
}
_PARTIAL: Final[Mapping[Access | None, Text]] = {Access.MASK: _MASKED, Access.HASH: _HASHED}
