"""What a right answer is, computed from the world alone and never through the gateway.

For each field the first system in order of authority that says something wins; a system whose own word is another
disagrees. The raw state and the reason are those of the system whose state was taken: taken apart they would mix
two stories. Names beside codes (of type and issuer) are captions and nobody disagrees on them.
"""

from collections.abc import Sequence
from datetime import date

import msgspec

from adapters.sandbox.world.generate import World
from adapters.sandbox.world.libraries import Library
from adapters.sandbox.world.mistakes import UNREADABLE, Record
from adapters.sandbox.world.model import FaceField, Party

PREDICTED = (
    "identifier",
    "type",
    "type_name",
    "number",
    "name",
    "holders",
    "issuer",
    "issuer_name",
    "issued_on",
    "valid_from",
    "valid_until",
    "state",
    "raw_state",
    "state_reason",
    "face",
)
"""Canonical fields of a prediction. None of the libraries says as of when it speaks."""

_CAPTIONS = frozenset({"type_name", "issuer_name", "raw_state", "state_reason"})
_OF_STATE = ("raw_state", "state_reason")


class Expected(msgspec.Struct, frozen=True):
    """One licence as a right answer has it.

    Attributes:
        identifier: as the system of most authority spells it; None for a record without one, which stays alone.
        systems: the systems that have the licence, in order of authority.
        values: by canonical field (PREDICTED) the value taken, None if no system has one. ``holders`` is a tuple of
            Party, ``face`` of FaceField, dates are ``date`` with NO_END for no end, all else is text; ``state`` is
            UNKNOWN if no system knows it.
        taken_from: by canonical field the system that the value was taken from; fields without a value are absent.
        disagrees: for each system of ``systems`` the fields on which it says something else, in order of PREDICTED.
        past_end_date: whether ``today`` is after the end; None if no system knows the end.
    """

    identifier: str | None
    systems: tuple[str, ...]
    values: dict[str, object]
    taken_from: dict[str, str]
    disagrees: dict[str, tuple[str, ...]]
    past_end_date: bool | None


_Source = tuple[Library, Record]


def predict_licences(
    world: World, holder: Party, systems_in_authority_order: Sequence[str], today: date
) -> list[Expected]:
    """What asking all the systems for a holder must give, in order of first appearance.

    No system is expected to have cut its answer off: use a holder below the systems' limits.
    """
    groups: dict[object, list[_Source]] = {}
    for system in systems_in_authority_order:
        library = world.libraries[system]
        for place, record in enumerate(library.held_by(holder.number)):
            if UNREADABLE in record.dirty:
                continue
            if all(party.type != holder.type for party in record.licence.holders if party.number == holder.number):
                continue
            identifier = record.licence.identifier
            key: object = (system, place) if identifier is None else identifier.upper()
            groups.setdefault(key, []).append((library, record))
    return [_expected(sources, today) for sources in groups.values()]


def _expected(sources: Sequence[_Source], today: date) -> Expected:
    values: dict[str, object] = {}
    taken_from: dict[str, str] = {}
    disagrees: dict[str, list[str]] = {library.system: [] for library, _ in sources}
    for field in PREDICTED:
        eligible = sources
        if field in _OF_STATE:
            teller = taken_from.get("state", sources[0][0].system)
            eligible = [source for source in sources if source[0].system == teller]
        said = [(library.system, _trimmed(library.says(record, field))) for library, record in eligible]
        spoken = [(system, value) for system, value in said if value is not None]
        values[field] = spoken[0][1] if spoken else None
        if spoken:
            taken_from[field] = spoken[0][0]
        if field not in _CAPTIONS:
            for system, value in spoken:
                if _core(value) != _core(spoken[0][1]):
                    disagrees[system].append(field)
    values["state"] = values["state"] or "UNKNOWN"
    end = values["valid_until"]
    return Expected(
        identifier=sources[0][1].licence.identifier,
        systems=tuple(disagrees),
        values=values,
        taken_from=taken_from,
        disagrees={system: tuple(fields) for system, fields in disagrees.items()},
        past_end_date=today > end if isinstance(end, date) else None,
    )


def _trimmed(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _core(value: object) -> object:
    """What counts in a comparison: holders in any order, printed values without their captions."""
    if isinstance(value, tuple):
        return frozenset(
            (part.name, part.value) if isinstance(part, FaceField) else (part.number, part.name)
            for part in value
            if isinstance(part, FaceField | Party)
        )
    return value
