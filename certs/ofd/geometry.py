"""Lengths and places on pages, in millimetres from the top-left corner, y downwards."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple, Self

_LONGEST: Final = 1_024
LARGEST: Final = 100_000.0
"""Millimetres; a number beyond is not a place on a page."""


class Box(NamedTuple):
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height

    @classmethod
    def read(cls, text: str | None) -> Self | None:
        """The four numbers of an ST_Box; None if it is none."""
        found = numbers(text)
        return cls(*found) if len(found) == 4 else None  # noqa: PLR2004 # x, y, width, height

    def written(self) -> str:
        """As an ST_Box."""
        return " ".join(shortest(number) for number in self)


class Matrix(NamedTuple):
    """A transformation of the plane: x' = ax + cy + e, y' = bx + dy + f."""

    a: float = 1
    b: float = 0
    c: float = 0
    d: float = 1
    e: float = 0
    f: float = 0

    @classmethod
    def read(cls, text: str | None) -> Self:
        """The six numbers of a CTM; the one that changes nothing if there are none."""
        found = numbers(text)
        return cls(*found) if len(found) == 6 else cls()  # noqa: PLR2004 # six of them

    def apply(self, x: float, y: float) -> tuple[float, float]:
        """Where a point goes."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f


def number(text: str | None, default: float) -> float:
    """A length; the default if it is none."""
    found = numbers(text)
    return found[0] if len(found) == 1 else default


def numbers(text: str | None) -> Sequence[float]:
    """The numbers of a list; empty if one of them is no number of a reasonable size."""
    if text is None or len(text) > _LONGEST:
        return []
    try:
        found = [float(word) for word in text.replace(",", " ").split()]
    except ValueError:
        return []
    return found if all(math.isfinite(one) and abs(one) <= LARGEST for one in found) else []


def shortest(value: float) -> str:
    """A length to the hundredth of a micrometre, without zeros at the end."""
    written = f"{value:.5f}".rstrip("0").rstrip(".")
    return "0" if written == "-0" else written
