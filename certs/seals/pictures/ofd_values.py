"""The values that OFD writes into attributes: numbers, boxes, matrices, colours, and places of characters."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from certs.seals.pictures.geometry import IDENTITY, Matrix, PathInvalid, Point
from certs.seals.pictures.markup import Element
from certs.seals.pictures.paths import numbers_of

MOST_CHARACTERS: Final = 2_000
"""Characters of text in one picture, blanks included."""

_LONGEST = 20_000
_MISSING = "?"  # no number
_HEXADECIMAL = re.compile(r"#([0-9A-Fa-f]{1,2})")


def numbers(text: str, count: int, default: tuple[float, ...]) -> tuple[float, ...]:
    """So many numbers; the default where nothing is written. Raises PathInvalid for anything else."""
    found = tuple(numbers_of(_short(text)))
    if not found:
        return default
    if len(found) != count:
        raise PathInvalid("a number is missing")
    return found


def number(text: str, default: float) -> float:
    """One number; otherwise as numbers."""
    return numbers(text, 1, (default,))[0]


def box(text: str) -> tuple[float, float, float, float]:
    """Left, top, width and height, all 0 where nothing is written; otherwise as numbers."""
    left, top, width, height = numbers(text, 4, (0.0, 0.0, 0.0, 0.0))
    return left, top, width, height


def matrix(text: str) -> Matrix:
    """A matrix, the one that changes nothing where nothing is written; otherwise as numbers."""
    a, b, c, d, e, f = numbers(text, 6, IDENTITY)
    return a, b, c, d, e, f


def level(text: str, default: int) -> int:
    """A number brought between 0 and 255; otherwise as numbers."""
    return round(min(max(number(text, default), 0), 255))


def rgb(text: str) -> tuple[int, int, int]:
    """A colour by its one, three or four numbers: grey, RGB or CMYK; decimal, or hexadecimal after ``#``.

    Raises:
        PathInvalid: it is none.
    """
    parts: list[float] = []
    for part in _short(text).split():
        match = _HEXADECIMAL.fullmatch(part)
        parts += [int(match[1], 16)] if match else numbers_of(part)
    levels = [round(min(max(part, 0), 255)) for part in parts]
    match levels:
        case []:
            return 0, 0, 0
        case [grey]:
            return grey, grey, grey
        case [red, green, blue]:
            return red, green, blue
        case [cyan, magenta, yellow, black]:
            light = 255 - black
            red, green, blue = ((255 - ink) * light // 255 for ink in (cyan, magenta, yellow))
            return red, green, blue
        case _:
            raise PathInvalid("a colour is none")


def characters(element: Element, size: float) -> Iterator[tuple[str, Point]]:
    """Every character of a text object with its origin; raises PathInvalid where that is no number."""
    x = y = 0.0
    for code in element.all("TextCode"):
        x, y = number(code.get("X"), x), number(code.get("Y"), y)
        steps_x, steps_y = _steps(code.get("DeltaX")), _steps(code.get("DeltaY"))
        still = not steps_x and not steps_y
        left, top = x, y
        for place, character in enumerate(code.text.strip("\r\n")):
            yield character, (left, top)
            left += (size / (2 if character.isascii() else 1)) if still else _step(steps_x, place)
            top += _step(steps_y, place)


def _steps(text: str) -> list[float]:
    """Distances between characters; ``g 3 5`` means 5 three times."""
    found: list[float] = []
    words = iter(_short(text).split())
    for word in words:
        if word == "g":
            times, distance = (number(next(words, _MISSING), 0) for _ in range(2))
            found += [distance] * int(min(max(times, 0), MOST_CHARACTERS))
        else:
            found += numbers_of(word)
        if len(found) > MOST_CHARACTERS:
            break
    return found


def _step(steps: Sequence[float], place: int) -> float:
    """The distance to the next character; the last one goes on."""
    return steps[min(place, len(steps) - 1)] if steps else 0.0


def _short(text: str) -> str:
    if len(text) > _LONGEST:
        raise PathInvalid("a value is too long")
    return text
