"""Reading TOML strictly: every table by its shape, all findings at once, nothing that is not known let through."""

import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, Final, Generic, TypeVar

import msgspec

MOST_ENTRIES: Final = 20_000
"""Tables in one file."""

_Value = TypeVar("_Value")


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The shape of a table: keys that it does not name are findings."""


class Reading(msgspec.Struct, Generic[_Value], frozen=True):
    """What reading gave: the value, or else findings, a sentence each that begins with where it is."""

    value: _Value | None
    findings: tuple[str, ...] = ()


class Tables(msgspec.Struct, frozen=True):
    """A file: its edition, and its tables by name, each with the words that say where it stands."""

    edition: int
    tables: Mapping[str, tuple[tuple[str, Any], ...]]
    findings: tuple[str, ...]


def read_tables(text: str, shapes: Mapping[str, type[Strict]]) -> Tables:
    """The ``[[tables]]`` of a file that also names its ``edition``, a whole number from 1; never raises for its text.

    Args:
        text: TOML.
        shapes: the shape of each table's entries, by the table's name; every table may be left out.
    """
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Tables(0, {}, (f"it is no TOML: {error}",))
    except RecursionError:
        return Tables(0, {}, ("it is no TOML: it is nested too deeply",))
    findings: list[str] = []
    edition = parsed.pop("edition", None)
    if type(edition) is not int or edition < 1:
        findings.append("edition: a whole number from 1 is expected")
        edition = 0
    tables: dict[str, tuple[tuple[str, Any], ...]] = {}
    for name, entries in parsed.items():
        if name not in shapes:
            findings.append(f"{name}: no such key; {', '.join(('edition', *shapes))} are known")
        elif not isinstance(entries, list) or len(entries) > MOST_ENTRIES:
            findings.append(f"{name}: up to {MOST_ENTRIES} [[{name}]] are expected")
        else:
            tables[name] = tuple(_entries(name, entries, shapes[name], findings))
    return Tables(edition, tables, tuple(findings))


def _entries(name: str, entries: list[Any], shape: type[Strict], findings: list[str]) -> Iterable[tuple[str, Any]]:
    for place, entry in enumerate(entries, 1):
        where = f"{name} {place}"
        try:
            yield where, msgspec.convert(entry, shape)
        except msgspec.ValidationError as error:
            findings.append(f"{where}: {error}")
