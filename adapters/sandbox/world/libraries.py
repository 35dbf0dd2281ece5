"""Libraries: which licences each one holds, and what it believes of them. One recipe registers one library."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import accumulate
from operator import attrgetter
from random import Random

import msgspec

from adapters.sandbox.world.cast import CastLicence
from adapters.sandbox.world.mistakes import PER_MILLE, Mistake, Record
from adapters.sandbox.world.model import FaceField, Licence
from adapters.sandbox.world.spellings import (
    CITY_STATES,
    CIVIL_STATES,
    DISTRICT_STATES,
    ESTATE_STATES,
    PROVINCE_STATES,
    SHARED_STATES,
    StateWords,
)


class LibraryRecipe(msgspec.Struct, frozen=True):
    """What makes a library.

    Attributes:
        places: licences have a place from 0 to 99 each; the library holds those within ``places`` and so overlaps
            with others by a known share.
        states: its code table for states.
        labels: whether its faces carry captions beside their keys.
        departments: whose licences it holds: a department's own register has no others. None is all of them.
    """

    places: range
    states: StateWords
    labels: bool
    departments: frozenset[str] | None = None

    def takes(self, licence: Licence) -> bool:
        """Whether the library holds licences of this type."""
        return self.departments is None or licence.type.department in self.departments


RECIPES: Mapping[str, LibraryRecipe] = {
    "city-licences": LibraryRecipe(range(80), CITY_STATES, labels=False),
    "province-licences": LibraryRecipe(range(20, 100), PROVINCE_STATES, labels=True),
    "shared-licences": LibraryRecipe(range(10, 90), SHARED_STATES, labels=True),
    "estate-licences": LibraryRecipe(range(100), ESTATE_STATES, labels=True, departments=frozenset({"estate"})),
    "civil-register": LibraryRecipe(range(100), CIVIL_STATES, labels=True, departments=frozenset({"civil"})),
    "district-licences": LibraryRecipe(range(40, 70), DISTRICT_STATES, labels=False),
}
"""The libraries by system code. Each draws from a seed of its own: one more changes none of the others."""

_FACTS: Mapping[str, Callable[[Licence], object]] = {
    **{name: attrgetter(name) for name in ("identifier", "number", "name", "holders")},
    **{name: attrgetter(name) for name in ("issued_on", "valid_from", "valid_until")},
    "type": attrgetter("type.code"),
    "type_name": attrgetter("type.name"),
    "issuer": attrgetter("issuer.code"),
    "issuer_name": attrgetter("issuer.name"),
    "state_reason": attrgetter("reason"),
}

_MISTAKES = tuple(mistake for _, mistake in PER_MILLE)
_THRESHOLDS = tuple(accumulate(share for share, _ in PER_MILLE))
_THOUSAND = 1_000


class Library:
    """What one system holds, found by holder, identifier or number.

    Args:
        system: the system's code.
        recipe: how it was made.
        records: its records, in the order in which it answers.
        today: the day of the world.
    """

    def __init__(self, system: str, recipe: LibraryRecipe, records: Sequence[Record], today: date) -> None:
        self.system = system
        self.recipe = recipe
        self.records = records
        self._today = today
        self._by_holder: dict[str, list[Record]] = {}
        self._by_identifier: dict[str, list[Record]] = {}
        self._by_number: dict[str, list[Record]] = {}
        for record in records:
            for holder in record.licence.holders:
                self._by_holder.setdefault(holder.number, []).append(record)
            if record.licence.identifier is not None:
                self._by_identifier.setdefault(record.licence.identifier.upper(), []).append(record)
            if "number" not in record.dirty:
                self._by_number.setdefault(record.licence.number, []).append(record)

    def held_by(self, number: str) -> Sequence[Record]:
        """Records of which one holder has this number as the library wrote it; a small final x is a capital one."""
        return self._by_holder.get(number.upper(), ())

    def identified(self, identifier: str) -> Sequence[Record]:
        """Records with this identifier, capital or small."""
        return self._by_identifier.get(identifier.upper(), ())

    def numbered(self, number: str) -> Sequence[Record]:
        """Records with this printed number."""
        return self._by_number.get(number, ())

    def state_word(self, record: Record) -> str:
        """The state in the library's own code, dirty ones as they are."""
        return record.dirty.get("state") or self.recipe.states.write(record.licence, self._today)

    def says(self, record: Record, field: str) -> object:
        """What the library says of a canonical field, None where it says nothing that can be understood."""
        if field in record.dirty:
            return None
        if field == "face":
            return self.face(record)
        if field in {"state", "raw_state"}:
            word = self.state_word(record)
            return word if field == "raw_state" else self.recipe.states.means.get(word)
        return _FACTS[field](record.licence)

    def face(self, record: Record) -> tuple[FaceField, ...]:
        """The printed fields as this library gives them."""
        face = record.licence.face
        return face if self.recipe.labels else tuple(msgspec.structs.replace(field, label=None) for field in face)


def stock_libraries(
    seed: int, licences: Sequence[Licence], places: Sequence[int], cast: Sequence[CastLicence], today: date
) -> dict[str, Library]:
    """Every library of RECIPES: first the cast's licences, then its share of all others with its mistakes."""
    libraries = {}
    for system, recipe in RECIPES.items():
        rng = Random(f"{seed}:{system}")  # noqa: S311 - a repeatable world, nothing secret
        records = [member.held(system) for member in cast if member.is_in(system) and recipe.takes(member.licence)]
        draws = [rng.randrange(_THOUSAND) for _ in licences]
        for licence, place, draw in zip(licences, places, draws, strict=True):
            if place in recipe.places and recipe.takes(licence):
                record = Record(licence)
                records.append(_mistake(draw)(record) if draw < _THRESHOLDS[-1] else record)
        libraries[system] = Library(system, recipe, records, today)
    return libraries


def _mistake(draw: int) -> Mistake:
    return next(mistake for mistake, limit in zip(_MISTAKES, _THRESHOLDS, strict=True) if draw < limit)
