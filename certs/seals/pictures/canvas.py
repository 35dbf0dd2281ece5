"""A surface on which polygons, glyphs and pictures are put one over the other, smooth at the edges."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFont

from certs.seals.errors import PictureUnusable
from certs.seals.pictures.geometry import Matrix, Point, applied, inverse, moved, product, scaled
from gateway.core.text import Text

Colour = tuple[int, int, int, int]
Box = tuple[int, int, int, int]

SUPERSAMPLING: Final = 3
MOST_WORK: Final = 3_000_000
"""Rows that edges may cross together; 64 pixels count as one row, as Pillow is quicker: some seconds in all."""

TOO_COMPLEX: Final = Text("印章图片过于复杂，无法绘制", "the seal's picture is too complex to draw")


class Canvas:
    """A transparent surface.

    Args:
        width: pixels of the picture that comes out.
        height: likewise.
    """

    def __init__(self, width: int, height: int) -> None:
        self._size = (width * SUPERSAMPLING, height * SUPERSAMPLING)
        self._image = Image.new("RGBA", self._size)
        self._left = MOST_WORK

    def finish(self) -> Image.Image:
        """The picture, every pixel the mean of its finer ones."""
        premultiplied = self._image.convert("RGBa").reduce(SUPERSAMPLING)
        return premultiplied.convert("RGBA")

    def fill(
        self,
        polygons: Sequence[Sequence[Point]],
        matrix: Matrix,
        colour: Colour,
        *,
        even_odd: bool = False,
        clip: Image.Image | None = None,
    ) -> None:
        """Fill polygons; raises PictureUnusable when it is too much."""
        mask, box = self._area(polygons, matrix, even_odd=even_odd)
        if mask is not None:
            self._put(Image.new("RGBA", mask.size, colour[:3]), mask, box, colour[3], clip)

    def clip(
        self, polygons: Sequence[Sequence[Point]], matrix: Matrix, within: Image.Image | None, *, even_odd: bool = False
    ) -> Image.Image:
        """The mask of what lies in the polygons and ``within``; errors as in fill."""
        self._spend_area(*self._size)
        whole = Image.new("L", self._size)
        mask, box = self._area(polygons, matrix, even_odd=even_odd)
        if mask is not None:
            whole.paste(mask, box[:2])
        return whole if within is None else ImageChops.multiply(whole, within)

    def picture(self, picture: Image.Image, matrix: Matrix, alpha: int, clip: Image.Image | None = None) -> None:
        """Put a picture where the matrix puts the unit square, its top at y = 0."""
        self.spend(picture.width * picture.height // 16)  # it was unpacked, too
        to_unit = scaled(1 / picture.width, 1 / picture.height)
        self._transformed(picture.convert("RGBA"), product(to_unit, matrix), alpha, clip)

    def glyph(
        self,
        font: ImageFont.FreeTypeFont,
        character: str,
        matrix: Matrix,
        colour: Colour,
        clip: Image.Image | None = None,
    ) -> None:
        """Put a character with its origin at 0, 0 of the matrix's space, one unit high."""
        left, top, right, bottom = font.getbbox(character, anchor="ls")
        width, height = math.ceil(right - left) + 2, math.ceil(bottom - top) + 2
        self._spend_area(width, height)
        mask = Image.new("L", (width, height))
        ImageDraw.Draw(mask).text((1 - left, 1 - top), character, fill=255, font=font, anchor="ls")
        letter = Image.new("RGBA", mask.size, colour[:3])
        letter.putalpha(mask)
        place = product(moved(left - 1, top - 1), scaled(1 / font.size, 1 / font.size))
        self._transformed(letter, product(place, matrix), colour[3], clip)

    def _transformed(self, image: Image.Image, matrix: Matrix, alpha: int, clip: Image.Image | None) -> None:
        to_pixels = product(matrix, scaled(SUPERSAMPLING, SUPERSAMPLING))
        corners = [applied(to_pixels, (x, y)) for x in (0, image.width) for y in (0, image.height)]
        box = self._bounded(corners)
        back = inverse(to_pixels)
        if box is None or back is None:
            return
        size = (box[2] - box[0], box[3] - box[1])
        a, b, c, d, e, f = product(moved(box[0], box[1]), back)
        piece = image.transform(size, Image.Transform.AFFINE, (a, c, e, b, d, f), Image.Resampling.BICUBIC)
        self._put(piece, piece.getchannel("A"), box, alpha, clip)

    def _put(self, piece: Image.Image, mask: Image.Image, box: Box, alpha: int, clip: Image.Image | None) -> None:
        self._spend_area(*piece.size)
        if clip is not None:
            mask = ImageChops.multiply(mask, clip.crop(box))
        piece.putalpha(mask.point([level * alpha // 255 for level in range(256)]))
        self._image.alpha_composite(piece, box[:2])

    def _area(
        self, polygons: Sequence[Sequence[Point]], matrix: Matrix, *, even_odd: bool
    ) -> tuple[Image.Image | None, Box]:
        """The mask of the polygons and where it belongs; None where nothing of it can be seen."""
        to_pixels = product(matrix, scaled(SUPERSAMPLING, SUPERSAMPLING))
        placed = [[applied(to_pixels, point) for point in polygon] for polygon in polygons]
        box = self._bounded([point for polygon in placed for point in polygon])
        if box is None:
            return None, (0, 0, 0, 0)
        rows = self._crossings(placed, box)
        mask = Image.new("L", (box[2] - box[0], box[3] - box[1]))
        draw = ImageDraw.Draw(mask)
        for row, crossings in enumerate(rows):
            crossings.sort()
            winding = 0
            for (x, way), (following, _) in pairwise(crossings):
                winding += way
                first, last = math.ceil(x - 0.5), math.ceil(following - 0.5) - 1
                if (winding & 1 if even_odd else winding) and last >= first:
                    draw.line((first, row, last, row), fill=255)
        return mask, box

    def _crossings(self, polygons: Sequence[Sequence[Point]], box: Box) -> list[list[tuple[float, int]]]:
        """For every row of the box where edges cross its middle, and which way they go."""
        left, top, _, bottom = box
        rows: list[list[tuple[float, int]]] = [[] for _ in range(bottom - top)]
        for polygon in polygons:
            for start, end in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
                way, (x, y), (x2, y2) = (1, start, end) if start[1] < end[1] else (-1, end, start)
                first, last = max(top, math.ceil(y - 0.5)), min(bottom, math.ceil(y2 - 0.5))
                self.spend(max(1, last - first))
                slope = (x2 - x) / (y2 - y) if y2 > y else 0.0
                for row in range(first, last):
                    rows[row - top].append((x + slope * (row + 0.5 - y) - left, way))
        return rows

    def _bounded(self, points: Sequence[Point]) -> Box | None:
        """The pixels that the points span, on the surface only."""
        if not points:
            return None
        left, top = (math.floor(min(point[axis] for point in points)) for axis in (0, 1))
        right, bottom = (math.ceil(max(point[axis] for point in points)) + 1 for axis in (0, 1))
        box = max(0, left), max(0, top), min(self._size[0], right), min(self._size[1], bottom)
        return box if box[0] < box[2] and box[1] < box[3] else None

    def _spend_area(self, width: int, height: int) -> None:
        self.spend(width * height // 64)

    def spend(self, work: int) -> None:
        """Use up some of MOST_WORK; raises PictureUnusable when it is too much."""
        self._left -= work
        if self._left < 0:
            raise PictureUnusable(TOO_COMPLEX)
