"""Affine matrices, and paths flattened to polygons: what OFD and SVG pictures are made of."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

Point = tuple[float, float]
Matrix = tuple[float, float, float, float, float, float]
"""``(a, b, c, d, e, f)``: x' = ax + cy + e, y' = bx + dy + f, as OFD, PDF and SVG write it."""

IDENTITY: Final[Matrix] = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
FURTHEST: Final = 1e6
"""Numbers beyond it are nobody's picture."""

_HUGEST = 1e9
_MOST_STEPS = 96
_STEPS_PER_PIXEL = 0.35
_NEARLY_NOTHING = 1e-9


class PathInvalid(ValueError):
    """Path data that cannot be read."""


@dataclass(slots=True)
class Contour:
    """A line from point to point, perhaps closed."""

    points: list[Point] = field(default_factory=list)
    closed: bool = False


def product(first: Matrix, second: Matrix) -> Matrix:
    """The matrix that does ``first`` and then ``second``."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = second
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def moved(x: float, y: float) -> Matrix:
    """The matrix that shifts."""
    return (1.0, 0.0, 0.0, 1.0, x, y)


def scaled(x: float, y: float) -> Matrix:
    """The matrix that stretches."""
    return (x, 0.0, 0.0, y, 0.0, 0.0)


def turned(degrees: float) -> Matrix:
    """The matrix that turns clockwise, as y points down."""
    angle = math.radians(degrees)
    return (math.cos(angle), math.sin(angle), -math.sin(angle), math.cos(angle), 0.0, 0.0)


def applied(matrix: Matrix, point: Point) -> Point:
    """Where the matrix puts the point."""
    a, b, c, d, e, f = matrix
    return a * point[0] + c * point[1] + e, b * point[0] + d * point[1] + f


def inverse(matrix: Matrix) -> Matrix | None:
    """The matrix that undoes this one; None if it flattens everything."""
    a, b, c, d, e, f = matrix
    det = a * d - b * c
    if abs(det) < _NEARLY_NOTHING:
        return None
    return (d / det, -b / det, -c / det, a / det, (c * f - d * e) / det, (b * e - a * f) / det)


def checked(matrix: Matrix) -> Matrix:
    """The matrix itself; a PathInvalid if it leads where there are no pictures."""
    if not all(abs(number) < _HUGEST for number in matrix):
        raise PathInvalid("a matrix leads too far away")
    return matrix


def magnification(matrix: Matrix) -> float:
    """How much larger the matrix makes things, on average of both directions."""
    return math.sqrt(abs(matrix[0] * matrix[3] - matrix[1] * matrix[2]))


class Pen:
    """Draws contours; curves become lines short enough at this magnification.

    Args:
        scale: pixels per unit.
        most: points at most.

    Raises:
        PathInvalid: more points, a point out of reach, or a line before any start.
    """

    def __init__(self, scale: float = 1.0, most: int = 20_000) -> None:
        self.contours: list[Contour] = []
        self._scale = scale
        self._left = most

    @property
    def at(self) -> Point:
        """Where the pen is."""
        if not self.contours:
            raise PathInvalid("a path does not begin with a start")
        contour = self.contours[-1]
        return contour.points[0] if contour.closed else contour.points[-1]

    def move(self, point: Point) -> None:
        """Begin a contour."""
        self.contours.append(Contour())
        self._put(point)

    def line(self, point: Point) -> None:
        """A straight line."""
        if self.contours and self.contours[-1].closed:
            self.move(self.at)
        _ = self.at
        self._put(point)

    def curve(self, *controls: Point) -> None:
        """A Bézier curve by its further points: two for a quadratic, three for a cubic one."""
        points = (self.at, *controls)
        length = sum(math.dist(one, other) for one, other in pairwise(points))
        for step in self._steps(length):
            self.line(_bezier(points, step))

    def arc(self, radii: Point, turn: float, *, large: bool, sweep: bool, end: Point) -> None:
        """An elliptic arc as SVG defines it; ``turn`` in degrees."""
        start = self.at
        rx, ry = abs(radii[0]), abs(radii[1])
        if not (rx > _NEARLY_NOTHING and ry > _NEARLY_NOTHING) or start == end:
            self.line(end)
            return
        back = turned(-turn)
        x, y = applied(back, ((start[0] - end[0]) / 2, (start[1] - end[1]) / 2))
        grow = math.sqrt(max(1.0, (x / rx) ** 2 + (y / ry) ** 2))
        rx, ry = rx * grow, ry * grow
        inside = (rx * ry) ** 2 - (rx * y) ** 2 - (ry * x) ** 2
        factor = math.sqrt(max(0.0, inside) / ((rx * y) ** 2 + (ry * x) ** 2)) * (-1 if large is sweep else 1)
        middle = (factor * rx * y / ry, -factor * ry * x / rx)
        shift = applied(turned(turn), middle)
        centre = ((start[0] + end[0]) / 2 + shift[0], (start[1] + end[1]) / 2 + shift[1])
        first = math.atan2((y - middle[1]) / ry, (x - middle[0]) / rx)
        last = math.atan2((-y - middle[1]) / ry, (-x - middle[0]) / rx)
        span = (last - first) % math.tau - (0 if sweep else math.tau)
        ellipse = product(product(scaled(rx, ry), turned(turn)), moved(*centre))
        for step in self._steps(abs(span) * max(rx, ry)):
            angle = first + span * step
            self.line(end if step == 1 else applied(ellipse, (math.cos(angle), math.sin(angle))))

    def close(self) -> None:
        """Go back to the contour's start."""
        _ = self.at
        self.contours[-1].closed = True

    def _steps(self, length: float) -> Iterator[float]:
        count = max(4, min(_MOST_STEPS, int(length * self._scale * _STEPS_PER_PIXEL)))
        return (step / count for step in range(1, count + 1))

    def _put(self, point: Point) -> None:
        self._left -= 1
        if self._left < 0:
            raise PathInvalid("a path has too many points")
        if not all(abs(number) < FURTHEST for number in point):
            raise PathInvalid("a path leads too far away")
        self.contours[-1].points.append(point)


def outlines(contours: Sequence[Contour], width: float, *, cap: str, join: str) -> list[list[Point]]:
    """The polygons that together are a line of this width; all turn the same way, so that they may overlap."""
    half = width / 2
    found: list[list[Point]] = []
    for contour in contours:
        points = [point for i, point in enumerate(contour.points) if i == 0 or point != contour.points[i - 1]]
        if contour.closed and len(points) > 1 and points[0] != points[-1]:
            points.append(points[0])
        if len(points) == 1:
            found += [_disc(points[0], half)] if cap == "Round" else []
            continue
        found += [_bar(start, end, half) for start, end in pairwise(points)]
        corners = list(zip(points, points[1:], points[2:], strict=False))
        if contour.closed:
            corners.append((points[-2], points[0], points[1]))
        elif cap == "Round":
            found += [_disc(points[0], half), _disc(points[-1], half)]
        elif cap == "Square":
            found += [_ending(points[1], points[0], half), _ending(points[-2], points[-1], half)]
        for before, corner, after in corners:
            found.append(_disc(corner, half) if join == "Round" else _tip(before, corner, after, half, join))
    return [polygon if _area(polygon) >= 0 else polygon[::-1] for polygon in found if polygon]


def _bar(start: Point, end: Point, half: float) -> list[Point]:
    x, y = _normal(start, end, half)
    return [
        (start[0] + x, start[1] + y),
        (end[0] + x, end[1] + y),
        (end[0] - x, end[1] - y),
        (start[0] - x, start[1] - y),
    ]


def _ending(before: Point, end: Point, half: float) -> list[Point]:
    x, y = _normal(before, end, half)
    return _bar(end, (end[0] - y, end[1] + x), half)


def _tip(before: Point, corner: Point, after: Point, half: float, join: str) -> list[Point]:
    """What fills the outer side of a corner: a triangle, and with a miter the pointed tip upon it."""
    (x1, y1), (x2, y2) = _normal(before, corner, half), _normal(corner, after, half)
    if x1 * y2 - y1 * x2 < 0:
        x1, y1, x2, y2 = -x1, -y1, -x2, -y2
    one, other = (corner[0] + x1, corner[1] + y1), (corner[0] + x2, corner[1] + y2)
    opening = (half * half + x1 * x2 + y1 * y2) / 2  # half² · cos² of half the angle between the normals
    if join == "Bevel" or opening < (half / 10) ** 2:
        return [corner, one, other]
    grow = half * half / opening / 2
    return [corner, one, (corner[0] + (x1 + x2) * grow, corner[1] + (y1 + y2) * grow), other]


def _normal(start: Point, end: Point, half: float) -> Point:
    length = math.dist(start, end)
    return (end[1] - start[1]) / length * half, (start[0] - end[0]) / length * half


def _disc(centre: Point, radius: float, sides: int = 24) -> list[Point]:
    angles = (math.tau * side / sides for side in range(sides))
    return [(centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)) for angle in angles]


def _area(polygon: Sequence[Point]) -> float:
    pairs = zip(polygon, [*polygon[1:], polygon[0]], strict=True)
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)


def _bezier(points: Sequence[Point], step: float) -> Point:
    while len(points) > 1:
        points = [(x1 + (x2 - x1) * step, y1 + (y2 - y1) * step) for (x1, y1), (x2, y2) in pairwise(points)]
    return points[0]
