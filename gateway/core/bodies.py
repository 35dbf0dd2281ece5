"""Dated succession of public bodies: they merge and split, and what was opened to one is its successor's to use."""

from collections.abc import Iterable
from datetime import date

import msgspec

_MOST_STEPS = 16


class Succession(msgspec.Struct, frozen=True):
    """From the day ``on`` the body ``successor`` stands for the body ``code`` (credit codes)."""

    code: str
    successor: str
    on: date


class Bodies:
    """Who stands for whom on a day.

    Raises:
        ValueError: a body has two successors, or succeeds itself in the end.
    """

    def __init__(self, successions: Iterable[Succession]) -> None:
        self._next: dict[str, Succession] = {}
        for succession in successions:
            if succession.code in self._next:
                raise ValueError(f"{succession.code} has two successors")
            self._next[succession.code] = succession
        for code in self._next:
            self.present(code, date.max)

    @property
    def codes(self) -> frozenset[str]:
        """Every body that succeeds or is succeeded."""
        return frozenset(self._next).union(step.successor for step in self._next.values())

    def present(self, code: str, on: date) -> str:
        """The body that stands for ``code`` on that day: itself unless it was succeeded."""
        seen = {code}
        while (step := self._next.get(code)) is not None and step.on <= on:
            code = step.successor
            if code in seen or len(seen) > _MOST_STEPS:
                raise ValueError(f"the succession of {code} does not end")
            seen.add(code)
        return code

    def all_of(self, code: str, on: date) -> frozenset[str]:
        """Every code that is one body with ``code`` on that day, itself too."""
        known = {code, *self._next, *(succession.successor for succession in self._next.values())}
        present = self.present(code, on)
        return frozenset(other for other in known if self.present(other, on) == present)

    def same(self, one: str, other: str, on: date) -> bool:
        """Whether the two codes are one body on that day."""
        return self.present(one, on) == self.present(other, on)
