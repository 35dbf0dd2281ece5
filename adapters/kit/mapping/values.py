"""Converters: from one raw value of a reply to one canonical value. Each returns it or raises DirtyValue.

Raw values are what ``shape`` gives: text, int, bool, Raw (a number with its digits as sent), lists, objects, None.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from msgspec import Raw

from adapters.kit.mapping.dirt import Dirt, DirtyValue
from adapters.kit.mapping.forms import Form, Mismatch, iso_day, iso_instant
from gateway.core.licence import NO_END, LicenceState

MAX_TEXT: Final = 10_000
"""Characters of one value; a longer one is no field of a licence."""
MAX_PARTS: Final = 500
"""Parts of one joined value."""

Convert = Callable[[Any], Any]
_ABSENT: Final = frozenset({"", "null", "NULL"})


def text(value: object) -> str | None:
    """The trimmed text of a scalar; empty and "null" are None; numbers keep their digits."""
    if type(value) is not str:
        if value is None:
            return None
        value = _scalar(value)
    value = value.strip()
    if value in _ABSENT:
        return None
    if len(value) > MAX_TEXT:
        raise DirtyValue(Dirt.TOO_LONG)
    return value


def absent(value: object) -> bool:
    """Whether a raw value says nothing: null, empty, or the word "null"."""
    return value is None or (isinstance(value, str) and value.strip() in _ABSENT)


def single(value: object) -> object:
    """The one element of a list that says anything; what is no list stays as it is."""
    while isinstance(value, list):
        said = [element for element in value if not absent(element)]
        if len(said) > 1:
            raise DirtyValue(Dirt.SEVERAL)
        value = said[0] if said else None
    return value


def _scalar(value: object) -> str:
    value = single(value)
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, Raw):
        return bytes(value).decode()
    raise DirtyValue(Dirt.NOT_TEXT)


def day(forms: Sequence[Form], no_end: Sequence[str] = ()) -> Convert:
    """Days by the first form that fits; without forms, ISO 8601. Texts that begin like one of ``no_end`` are NO_END."""
    return _dated([form.day or _never for form in forms] or [iso_day], no_end)


def instant(forms: Sequence[Form]) -> Convert:
    """Aware instants by the first form that fits; without forms, ISO 8601."""
    return _dated([form.read or _never for form in forms] or [iso_instant], ())


def coded(table: Mapping[str, str]) -> Convert:
    """Canonical codes; an unknown code stays as it came, with a warning."""

    def convert(value: object) -> str | None:
        raw = text(value)
        if raw is None:
            return None
        canonical = table.get(raw)
        if canonical is None:
            raise DirtyValue(Dirt.UNKNOWN_CODE, instead=raw)
        return canonical

    return convert


def state(table: Mapping[str, str] | None, states: type[StrEnum] = LicenceState) -> Convert:
    """Pairs of canonical state and raw code. Without a table the system speaks canonical names itself.

    Args:
        table: the system's code → the canonical name.
        states: the canonical states, of which one is UNKNOWN.
    """
    names = {name.value: name.value for name in states} if table is None else table
    pairs = {raw: (states(name), raw) for raw, name in names.items()}
    unknown = states("UNKNOWN")
    nothing = (unknown, None)

    def convert(value: object) -> tuple[StrEnum, str | None]:
        raw = text(value)
        if raw is None:
            return nothing
        pair = pairs.get(raw)
        if pair is None:
            raise DirtyValue(Dirt.UNKNOWN_CODE, instead=(unknown, raw))
        return pair

    return convert


def split(by: str) -> Convert:
    """The trimmed parts of a joined text; empty parts stay as None, so that columns can be zipped."""

    def convert(value: object) -> list[str | None]:
        joined = text(value)
        if joined is None:
            return []
        if by not in joined:
            return [joined]
        parts: list[str | None] = [
            None if part in _ABSENT else part for part in map(str.strip, joined.split(by, MAX_PARTS))
        ]
        if len(parts) > MAX_PARTS:
            raise DirtyValue(Dirt.TOO_MANY, instead=parts[:MAX_PARTS])
        return parts

    return convert


def _dated(readers: Sequence[Callable[[str], date]], no_end: Sequence[str]) -> Convert:
    endless = tuple(word for word in no_end if word)
    nothing = NO_END if "" in no_end else None

    def convert(value: object) -> date | None:
        written = text(value)
        if written is None:
            return nothing
        if endless and written.startswith(endless):
            return NO_END
        reason = Dirt.NOT_A_DATE
        for read in readers:
            try:
                return read(written)
            except Mismatch:
                continue
            except (ValueError, OverflowError):
                reason = Dirt.IMPOSSIBLE_DATE
        raise DirtyValue(reason)

    return convert


def _never(_: str) -> datetime:
    raise Mismatch
