"""Frames around seals in pictures of pages: of the colour of what was found of them, with their names in the report."""

from collections.abc import Mapping
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from certs.examination import Verdict, shown
from certs.seals.pictures.fonts import Face, system_faces

Colour = tuple[int, int, int]

_AMBER: Final = (196, 120, 0)
COLOURS: Final[Mapping[Verdict, Colour]] = {
    Verdict.VALID: (20, 130, 60),
    Verdict.UNDECIDED: _AMBER,
    Verdict.UNSUPPORTED: _AMBER,
    Verdict.INVALID: (214, 40, 40),
}
"""Green, amber, red: on white, each dark enough for white letters on it."""

_LINE: Final = 3
_LETTERS: Final = 16
_MARGIN: Final = 3
_LONGEST: Final = 32
_WHITE: Final = (255, 255, 255)
_UNNAMED: Final = "?"


def mark(paper: Image.Image, box: tuple[float, float, float, float], label: str, verdict: Verdict) -> None:
    """Draw a frame around a seal, and its name on a tag above it, or wherever beside it the page has room.

    Args:
        paper: the page.
        box: left, top, right and bottom of what is seen of the seal, in pixels.
        label: its name in the report; one that is not in there has none.
        verdict: what was found of it.
    """
    colour, pen = COLOURS[verdict], ImageDraw.Draw(paper)
    left, top, right, bottom = box
    frame = (left - _LINE, top - _LINE, max(left, right) + _LINE, max(top, bottom) + _LINE)
    pen.rectangle(frame, outline=colour, width=_LINE)
    text = shown(label)[:_LONGEST] or _UNNAMED
    font = _font(text)
    width = pen.textlength(text, font=font) + 2 * _MARGIN
    height = _LETTERS + 2 * _MARGIN
    x = max(0.0, min(frame[0], paper.width - width))
    y = frame[1] - height if frame[1] >= height else min(frame[3], paper.height - height)
    pen.rectangle((x, y, x + width, y + height), fill=colour)
    pen.text((x + _MARGIN, y + height / 2), text, fill=_WHITE, font=font, anchor="lm")


def _font(text: str) -> ImageFont.FreeTypeFont:
    """The first face that has every letter, else the first one."""
    faces = system_faces()

    def has_all(face: Face) -> bool:
        return all(face.has(character) for character in text if not character.isspace())

    return next(filter(has_all, faces), faces[0]).font.font_variant(size=_LETTERS)
