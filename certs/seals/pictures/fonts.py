"""Fonts for text in pictures: the picture's own, one of the system's with Chinese, Pillow's for Latin letters."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import ImageFont

FOLDERS: Final = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "/System/Library/Fonts")
GLYPH_PIXELS: Final = 144
LARGEST_FONT: Final = 32 * 1024 * 1024

_PREFERRED: Final = {  # name → which face of the collection is the simplified Chinese one
    "NotoSerifCJK-Regular.ttc": 2,
    "NotoSerifCJK-Bold.ttc": 2,
    "NotoSansCJK-Regular.ttc": 2,
    "NotoSansCJK-Bold.ttc": 2,
    "NotoSansCJKsc-Regular.otf": 0,
    "SourceHanSerifSC-Regular.otf": 0,
    "wqy-zenhei.ttc": 0,
    "wqy-microhei.ttc": 0,
    "DroidSansFallbackFull.ttf": 0,
    "PingFang.ttc": 0,
    "simsun.ttc": 0,
}
_MOST_FILES = 20_000
_LARGEST_GLYPH = 8 * GLYPH_PIXELS
_NOWHERE = "\U0010ffff"  # never a character, so its glyph is the one for what a font lacks


class Face:
    """A font at a size from which glyphs are scaled; tells which characters it has."""

    def __init__(self, font: ImageFont.FreeTypeFont) -> None:
        self.font = font
        self._lacking = bytes(font.getmask(_NOWHERE))

    def has(self, character: str) -> bool:
        """Whether the font has a glyph for the character: one that can be drawn and is no giant."""
        try:
            left, top, right, bottom = self.font.getbbox(character)
            if max(right - left, bottom - top) > _LARGEST_GLYPH:
                return False
            return bytes(self.font.getmask(character)) != self._lacking
        except OSError:
            return False


class FontUnusable(ValueError):
    """Bytes that are no font."""


def read_face(data: bytes, index: int = 0) -> Face:
    """A face from a font file's bytes.

    Raises:
        FontUnusable: they are none, or more than LARGEST_FONT.
    """
    if len(data) > LARGEST_FONT:
        raise FontUnusable("a font is too large")
    try:
        return Face(ImageFont.truetype(BytesIO(data), GLYPH_PIXELS, index=index, layout_engine=ImageFont.Layout.BASIC))
    except (OSError, ValueError, TypeError) as error:
        raise FontUnusable("it is no font") from error


@cache
def system_faces(folders: Sequence[str] = FOLDERS) -> tuple[Face, ...]:
    """The faces for text whose font does not come with it, the best first."""
    files = sorted(_found(folders), key=lambda file: list(_PREFERRED).index(file.name))
    faces: list[Face] = []
    while files and not faces:
        file = files.pop(0)
        with suppress(FontUnusable, OSError):
            faces.append(read_face(file.read_bytes(), _PREFERRED[file.name]))
    default = ImageFont.load_default(GLYPH_PIXELS)
    if isinstance(default, ImageFont.FreeTypeFont):
        faces.append(Face(default))
    return tuple(faces)


def pick(faces: Sequence[Face], character: str) -> Face | None:
    """The first face that has the character."""
    return next((face for face in faces if face.has(character)), None)


def _found(folders: Sequence[str]) -> Iterator[Path]:
    seen = 0
    for folder in folders:
        for place, _, names in os.walk(folder):
            for name in names:
                seen += 1
                if seen > _MOST_FILES:
                    return
                if name in _PREFERRED:
                    yield Path(place, name)
