"""Comparing a day of somebody else's log with ours: when the day is over, which lines are whose, what came of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final, Generic, Protocol, TypeVar

import msgspec

from gateway.core.clock import CHINA, utc
from gateway.core.tasks import NewTask

AFTER_MIDNIGHT: Final = timedelta(hours=1)
"""When a day's log is taken for complete."""


class Line(Protocol):
    """A line of their log."""

    @property
    def number(self) -> str:
        """What they call it."""
        ...

    @property
    def key(self) -> str | None:
        """What we call it, if they say so."""
        ...


L = TypeVar("L", bound=Line)


class Comparison(msgspec.Struct):
    """What comparing a day gave.

    Attributes:
        settled: what was in doubt and is not any more.
        unknown: lines of theirs that nothing here explains.
        missing: what we have from them and they do not list.
        doubled: what they have more than once.
    """

    lines: int = 0
    settled: int = 0
    unknown: int = 0
    missing: int = 0
    doubled: int = 0

    def words(self) -> dict[str, int]:
        """The figures by their names."""
        return {name: getattr(self, name) for name in self.__struct_fields__}

    def differs(self) -> bool:
        """Whether somebody has to look."""
        return bool(self.unknown or self.missing or self.doubled)


class Lines(Generic[L]):
    """Lines by the key and by the number under which something is known."""

    def __init__(self, lines: Sequence[L]) -> None:
        self._lines = lines
        self._by: Mapping[tuple[str, str | None], list[int]] = defaultdict(list)
        self._used: set[int] = set()
        for place, line in enumerate(lines):
            self._by["number", line.number].append(place)
            if line.key is not None:
                self._by["key", line.key].append(place)

    def of(self, key: str, number: str | None) -> list[L]:
        """Those that have the key or the number, though they may name another key beside that."""
        return self._take({*self._by.get(("key", key), ()), *self._numbered(number)})

    def only_of(self, key: str, number: str | None) -> list[L]:
        """Those that have the key, and of those that have the number the ones that name no other key."""
        numbered = (place for place in self._numbered(number) if self._lines[place].key in {None, key})
        return self._take({*self._by.get(("key", key), ()), *numbered})

    def unused(self) -> list[L]:
        """Those that were nobody's."""
        return [line for place, line in enumerate(self._lines) if place not in self._used]

    def _numbered(self, number: str | None) -> Iterable[int]:
        return () if number is None else self._by.get(("number", number), ())

    def _take(self, places: set[int]) -> list[L]:
        self._used |= places
        return [self._lines[place] for place in sorted(places)]


def closed_at(day: date) -> datetime:
    """From when on the log of a day is taken for complete."""
    return utc(datetime.combine(day + timedelta(days=1), time(), CHINA) + AFTER_MIDNIGHT)


def day_task(kind: str, system: str, day: date) -> NewTask:
    """The task that compares a day of a system's log with ours."""
    name = f"{system} {day.isoformat()}"
    return NewTask(kind=kind, key=name, subject=name, due_at=closed_at(day))


def read_day(subject: str) -> tuple[str, date]:
    """The system and the day of a task."""
    system, _, day = subject.rpartition(" ")
    return system, date.fromisoformat(day)
