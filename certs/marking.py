"""Frames around seals in pictures of pages: what was found of them, told by a sign, a word, a line and a colour.

Any one of them does: a tick, a cross or a question mark, and the word behind it; a line that is whole or broken; and
the colour, which not everybody sees, and no black and white printer shows.
"""

from collections.abc import Mapping
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from certs.examination import WORDS, Verdict, shown
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
_DASH: Final = 12
_GAP: Final = 6
_LETTERS: Final = 16
_MARGIN: Final = 3
_LONGEST: Final = 32
_WHITE: Final = (255, 255, 255)
_UNNAMED: Final = "?"
_WHOLE: Final = frozenset({Verdict.VALID, Verdict.INVALID})
"""Verdicts that say something, for which the line is whole."""

_SIGNS: Final[Mapping[Verdict, tuple[tuple[tuple[float, float], ...], ...]]] = {
    Verdict.VALID: (((0.1, 0.55), (0.4, 0.85), (0.9, 0.15)),),
    Verdict.INVALID: (((0.15, 0.15), (0.85, 0.85)), ((0.85, 0.15), (0.15, 0.85))),
}
"""Strokes of a tick and a cross, in a square of side 1: not every font has them. A question mark is in all."""


def mark(paper: Image.Image, box: tuple[float, float, float, float], label: str, verdict: Verdict) -> None:
    """Draw a frame around a seal, and a tag above it, or wherever beside it the page has room.

    Args:
        paper: the page.
        box: left, top, right and bottom of what is seen of the seal, in pixels.
        label: its name in the report, which stands on the tag with the verdict; one that is not in there has none.
        verdict: what was found of it.
    """
    colour, pen = COLOURS[verdict], ImageDraw.Draw(paper)
    left, top, right, bottom = box
    frame = (left - _LINE, top - _LINE, max(left, right) + _LINE, max(top, bottom) + _LINE)
    if verdict in _WHOLE:
        pen.rectangle(frame, outline=colour, width=_LINE)
    else:
        _dashed(paper, frame, colour)
    text, font = _written(shown(label)[:_LONGEST] or _UNNAMED, verdict)
    height = _LETTERS + 2 * _MARGIN
    width = height + pen.textlength(text, font=font) + 2 * _MARGIN
    x = max(0.0, min(frame[0], paper.width - width))
    y = frame[1] - height if frame[1] >= height else min(frame[3], paper.height - height)
    pen.rectangle((x, y, x + width, y + height), fill=colour)
    _sign(pen, (x + _MARGIN, y + _MARGIN), verdict)
    pen.text((x + height + _MARGIN, y + height / 2), text, fill=_WHITE, font=font, anchor="lm")


def _dashed(paper: Image.Image, frame: tuple[float, float, float, float], colour: Colour) -> None:
    """A broken frame, as far as it is on the page: documents say where seals are, and may say anything."""
    pen = ImageDraw.Draw(paper)
    left, right = (_near(at, paper.width) for at in frame[::2])
    top, bottom = (_near(at, paper.height) for at in frame[1::2])
    for begin in range(left, right + 1, _DASH + _GAP):
        end = min(begin + _DASH, right)
        pen.rectangle((begin, top, end, top + _LINE - 1), fill=colour)
        pen.rectangle((begin, bottom - _LINE + 1, end, bottom), fill=colour)
    for begin in range(top, bottom + 1, _DASH + _GAP):
        end = min(begin + _DASH, bottom)
        pen.rectangle((left, begin, left + _LINE - 1, end), fill=colour)
        pen.rectangle((right - _LINE + 1, begin, right, end), fill=colour)


def _near(at: float, size: int) -> int:
    """The pixel, or one just off the page."""
    return round(max(-_LINE, min(at, size + _LINE)))


def _sign(pen: ImageDraw.ImageDraw, at: tuple[float, float], verdict: Verdict) -> None:
    """A tick, a cross or a question mark, in a square of the height of letters."""
    if verdict not in _SIGNS:
        font = _sized(system_faces()[0])
        pen.text((at[0] + _LETTERS / 2, at[1] + _LETTERS / 2), "?", fill=_WHITE, font=font, anchor="mm", stroke_width=1)
        return
    for stroke in _SIGNS[verdict]:
        points = [(at[0] + x * _LETTERS, at[1] + y * _LETTERS) for x, y in stroke]
        pen.line(points, fill=_WHITE, width=_LINE, joint="curve")


def _written(label: str, verdict: Verdict) -> tuple[str, ImageFont.FreeTypeFont]:
    """Name and verdict, in both languages where a face has the letters."""
    word = WORDS[verdict]
    both = f"{label} · {word.zh} {word.en}"
    font = _font(both)
    if font is not None:
        return both, font
    english = f"{label} · {word.en}"
    return english, _font(english) or _sized(system_faces()[0])


def _font(text: str) -> ImageFont.FreeTypeFont | None:
    """The first face that has every letter."""
    for face in system_faces():
        if all(face.has(character) for character in text if not character.isspace()):
            return _sized(face)
    return None


def _sized(face: Face) -> ImageFont.FreeTypeFont:
    return face.font.font_variant(size=_LETTERS)
