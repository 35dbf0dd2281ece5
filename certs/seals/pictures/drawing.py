"""What drawing gives: a picture, and what could not be put into it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Final

from PIL import Image

from gateway.core.text import Text

LARGEST_SIDE: Final = 4_096
"""Pixels of a side of what is read at most."""

LARGEST_DRAWN: Final = 1_200
"""Pixels of a side of what is drawn at most: 40 mm at 762 dots per inch."""

TOO_LARGE: Final = Text(
    "印章图片超过 {limit}×{limit} 像素", "the seal's picture has more than {limit} by {limit} pixels"
)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture.

    Attributes:
        png: the file.
        width: pixels.
        height: pixels.
        left_out: what the original has and this has not, each once; empty where it is complete.
    """

    png: bytes = field(repr=False)
    width: int
    height: int
    left_out: tuple[Text, ...] = ()


def drawing(image: Image.Image, left_out: Iterable[Text] = ()) -> Drawing:
    """The drawing of this image."""
    buffer = BytesIO()
    image.save(buffer, "PNG", optimize=False, compress_level=6)
    return Drawing(buffer.getvalue(), image.width, image.height, tuple(dict.fromkeys(left_out)))


def pixels(width: float, height: float, dots_per_inch: int) -> tuple[int, int]:
    """The size in pixels of so many millimetres: as fine as asked for, or as fine as LARGEST_DRAWN allows."""
    per_millimetre = min(dots_per_inch / 25.4, LARGEST_DRAWN / max(width, height))
    return max(1, round(width * per_millimetre)), max(1, round(height * per_millimetre))
