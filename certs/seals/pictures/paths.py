"""Path data: OFD's abbreviated data and SVG's ``d``."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from certs.seals.pictures.geometry import FURTHEST, Contour, PathInvalid, Pen, Point

LONGEST: Final = 1_000_000

_TOKEN = re.compile(r"[A-Za-z]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_BETWEEN = re.compile(r"[\s,]*")
_OFD_NUMBERS: Final = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}
_SVG_NUMBERS: Final = {
    letter: count
    for upper, count in {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}.items()
    for letter in (upper, upper.lower())
}


def ofd_contours(data: str, scale: float) -> list[Contour]:
    """The contours of OFD's abbreviated data; raises PathInvalid."""
    pen = Pen(scale)
    for letter, numbers in _commands(data, _OFD_NUMBERS, {"S": "L", "M": "L"}):
        points = _points(numbers)
        if letter in "SM":
            pen.move(points[0])
        elif letter == "L":
            pen.line(points[0])
        elif letter in "QB":
            pen.curve(*points)
        elif letter == "A":
            _arc(pen, numbers, (numbers[5], numbers[6]))
        else:
            pen.close()
    return pen.contours


def svg_contours(data: str, scale: float) -> list[Contour]:
    """The contours of an SVG path; raises PathInvalid."""
    pen, control, before = Pen(scale), (0.0, 0.0), ""
    for letter, numbers in _commands(data, _SVG_NUMBERS, {"M": "L", "m": "l"}):
        upper = letter.upper()
        origin = pen.at if pen.contours else (0.0, 0.0)
        shift = origin if letter.islower() else (0.0, 0.0)
        points = [(x + shift[0], y + shift[1]) for x, y in _points(numbers)] if upper not in "HVA" else []
        if upper in "ST":
            mirrored = before in ("CS" if upper == "S" else "QT")
            first = (2 * origin[0] - control[0], 2 * origin[1] - control[1]) if mirrored else origin
            points.insert(0, first)
        if upper == "M":
            pen.move(points[0])
        elif upper == "L":
            pen.line(points[0])
        elif upper == "H":
            pen.line((numbers[0] + shift[0], origin[1]))
        elif upper == "V":
            pen.line((origin[0], numbers[0] + shift[1]))
        elif upper == "A":
            _arc(pen, numbers, (numbers[5] + shift[0], numbers[6] + shift[1]))
        elif upper == "Z":
            pen.close()
        else:
            pen.curve(*points)
            control = points[-2]
        before = upper
    return pen.contours


def numbers_of(text: str) -> list[float]:
    """Numbers up to FURTHEST, apart by blanks or commas; raises PathInvalid for anything else."""
    return [_number(token) for token in _tokens(text)]


def _commands(data: str, counts: Mapping[str, int], repeated: Mapping[str, str]) -> Iterator[tuple[str, list[float]]]:
    """Each command with its numbers; one whose numbers go on is repeated, some as another."""
    tokens = list(_tokens(data))
    place, letter = 0, ""
    while place < len(tokens):
        if tokens[place].isalpha():
            letter = tokens[place]
            place += 1
        else:
            letter = repeated.get(letter, letter)
        count = counts.get(letter)
        if count is None or (count == 0 and place < len(tokens) and not tokens[place].isalpha()):
            raise PathInvalid("a path has an unknown command")
        values = tokens[place : place + count]
        if len(values) < count:
            raise PathInvalid("a path is cut off")
        place += count
        yield letter, [_number(value) for value in values]


def _tokens(data: str) -> Iterator[str]:
    if len(data) > LONGEST:
        raise PathInvalid("a path is too long")
    place = _BETWEEN.match(data).end()  # type: ignore[union-attr] # it matches everywhere
    while place < len(data):
        match = _TOKEN.match(data, place)
        if match is None:
            raise PathInvalid("a path has an unknown character")
        yield match[0]
        place = _BETWEEN.match(data, match.end()).end()  # type: ignore[union-attr] # as above


def _number(token: str) -> float:
    try:
        number = float(token)
    except ValueError:
        raise PathInvalid("a number is missing") from None
    if abs(number) > FURTHEST:
        raise PathInvalid("a number is too large")
    return number


def _points(numbers: Sequence[float]) -> list[Point]:
    return list(zip(numbers[::2], numbers[1::2], strict=False))


def _arc(pen: Pen, numbers: Sequence[float], end: Point) -> None:
    rx, ry, turn, large, sweep = numbers[:5]
    pen.arc((rx, ry), turn, large=bool(large), sweep=bool(sweep), end=end)
