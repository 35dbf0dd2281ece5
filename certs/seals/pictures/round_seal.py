"""A made-up round seal for development: a red ring, a name along it, a star."""

import math
from collections.abc import Sequence
from typing import Final

from certs.seals.pictures.canvas import Canvas, Colour
from certs.seals.pictures.drawing import Drawing, drawing, pixels
from certs.seals.pictures.fonts import Face, pick, system_faces
from certs.seals.pictures.geometry import Point, moved, product, scaled, turned
from certs.seals.pictures.ofd import CHARACTERS
from gateway.core.text import Text

RED: Final[Colour] = (214, 31, 31, 255)
LONGEST_NAME: Final = 40

_RADIUS = 1.0
_RING = 0.055
_STAR = 0.34
_NAME_RADIUS = 0.70
_NAME_HEIGHT = 0.30
_NAME_SPAN = 224.0  # degrees that a long name takes
_PER_CHARACTER = 22.0
_CODE_HEIGHT = 0.13
_CODE_AT = 0.62
_ABOVE = 0.12  # of a character's height that lies below its middle line


def round_seal(
    name: str,
    *,
    code: str = "",
    star: bool = True,
    millimetres: int = 42,
    dots_per_inch: int = 300,
    faces: Sequence[Face] | None = None,
) -> Drawing:
    """Draw a round seal.

    Args:
        name: whose it is; goes along the ring.
        code: its number, in a line below the middle.
        star: whether a star is in the middle.
        millimetres: its diameter on paper.
        dots_per_inch: how fine, up to LARGEST_DRAWN pixels.
        faces: the fonts to use; the system's if not given. Characters that none has are left out, and the drawing
            says so.

    Raises:
        ValueError: the name is empty or longer than LONGEST_NAME.
    """
    if not 0 < len(name) <= LONGEST_NAME:
        raise ValueError(f"a seal's name has 1 to {LONGEST_NAME} characters")
    fonts = system_faces() if faces is None else faces
    side, _ = pixels(millimetres, millimetres, dots_per_inch)
    canvas = Canvas(side, side)
    middle = product(scaled(side / 2.04, side / 2.04), moved(side / 2, side / 2))
    canvas.fill([_circle(_RADIUS), _circle(_RADIUS - _RING)], middle, RED, even_odd=True)
    if star:
        canvas.fill([_star(_STAR)], middle, RED)
    left_out: list[Text] = []
    turn = min(_PER_CHARACTER, _NAME_SPAN / max(1, len(name) - 1))
    narrow = min(1.0, turn / _PER_CHARACTER)
    for place, character in enumerate(name):
        angle = (place - (len(name) - 1) / 2) * turn
        upright = product(scaled(_NAME_HEIGHT * narrow, _NAME_HEIGHT), moved(-_NAME_HEIGHT * narrow / 2, 0))
        where = product(product(upright, moved(0, -_NAME_RADIUS + _NAME_HEIGHT * _ABOVE)), turned(angle))
        if face := pick(fonts, character):
            canvas.glyph(face.font, character, product(where, middle), RED)
        else:
            left_out.append(CHARACTERS)
    for place, character in enumerate(code):
        x = (place - len(code) / 2) * _CODE_HEIGHT * 0.62
        if face := pick(fonts, character):
            where = product(product(scaled(_CODE_HEIGHT, _CODE_HEIGHT), moved(x, _CODE_AT)), middle)
            canvas.glyph(face.font, character, where, RED)
        else:
            left_out.append(CHARACTERS)
    return drawing(canvas.finish(), left_out)


def _circle(radius: float, sides: int = 240) -> list[Point]:
    angles = (math.tau * side / sides for side in range(sides))
    return [(radius * math.cos(angle), radius * math.sin(angle)) for angle in angles]


def _star(radius: float) -> list[Point]:
    """Five points, one upward, the inner corners where the sides of a regular star cross."""
    inner = radius * math.sin(math.radians(18)) / math.sin(math.radians(54))
    return [
        (reach * math.sin(math.radians(36 * corner)), -reach * math.cos(math.radians(36 * corner)))
        for corner in range(10)
        for reach in [inner if corner % 2 else radius]
    ]
