"""Row scope: which rows a grant reaches, as small typed conditions over canonical fields, all of which must hold.

A condition is met by parameters before anything is asked, and by every row that comes back. What cannot be read does
not hold. The conditions of two scopes together open no more than either.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Final

import msgspec

from gateway.core.clock import china_date
from gateway.core.identifiers import region
from gateway.core.identifiers.invalid import IdentifierInvalid

MOST_CONDITIONS: Final = 50
MOST_VALUES: Final = 2_000


class Equals(msgspec.Struct, frozen=True, tag="equals"):
    """The field is this text."""

    field: str
    value: str

    def holds(self, value: object) -> bool:
        """Whether it holds for a value of the field."""
        return isinstance(value, str) and value == self.value


class OneOf(msgspec.Struct, frozen=True, tag="one-of"):
    """The field is one of these texts."""

    field: str
    values: frozenset[str]

    def holds(self, value: object) -> bool:
        """Whether it holds for a value of the field."""
        return isinstance(value, str) and value in self.values


class InRegion(msgspec.Struct, frozen=True, tag="in-region"):
    """The field is the code of one of these regions, or of one inside them."""

    field: str
    regions: frozenset[str]

    def holds(self, value: object) -> bool:
        """Whether it holds for a value of the field."""
        try:
            return isinstance(value, str) and any(region.matches(code, value) for code in self.regions)
        except IdentifierInvalid:
            return False


class Within(msgspec.Struct, frozen=True, tag="within"):
    """The field is a day from ``first`` to ``last``, both included; an instant counts by its day in China."""

    field: str
    first: date
    last: date

    def holds(self, value: object) -> bool:
        """Whether it holds for a value of the field."""
        day = _day(value)
        return day is not None and self.first <= day <= self.last


Condition = Equals | OneOf | InRegion | Within


class Scope(msgspec.Struct, frozen=True):
    """Conditions that all hold; none reaches every row."""

    conditions: tuple[Condition, ...] = ()

    @property
    def fields(self) -> frozenset[str]:
        """The fields that must be read to judge a row."""
        return frozenset(one.field for one in self.conditions)

    def joined(self, other: "Scope") -> "Scope":
        """What both reach."""
        return Scope(tuple(dict.fromkeys((*self.conditions, *other.conditions))))

    def reaches(self, row: Mapping[str, object]) -> bool:
        """Whether a row is in it."""
        return all(one.holds(row.get(one.field)) for one in self.conditions)

    def broken_by(self, parameters: Mapping[str, object]) -> str | None:
        """The field of the first condition that a parameter breaks; parameters that are not given break none."""
        return next(
            (one.field for one in self.conditions if one.field in parameters and not one.holds(parameters[one.field])),
            None,
        )

    def filters(self, able: Iterable[str]) -> dict[str, str]:
        """Parameters that ask for no more than the scope: of ``able`` those of which it allows one text only."""
        wanted = frozenset(able)
        return {one.field: one.value for one in self.conditions if isinstance(one, Equals) and one.field in wanted}


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return china_date(value)
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, date) else None
