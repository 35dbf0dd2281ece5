"""Pages as readers see them: millimetres from the top left corner, and what they are in the page's own units."""

from dataclasses import dataclass
from typing import Final, Self

from pyhanko.pdf_utils import generic

from certs.pdf.document import PageObject, entry
from certs.pdf.errors import PdfUnreadable, PlacementInvalid
from gateway.core.text import Text

UNITS_PER_MM: Final = 72 / 25.4
_LETTER: Final = (0.0, 0.0, 612.0, 792.0)
"""What readers show where a page says nothing, as it must."""

_TOLERANCE: Final = 0.05  # mm: a seal may touch the edge after rounding
_LARGEST_UNIT: Final = 75_000

Box = tuple[float, float, float, float]
"""Left, bottom, right, top, in units of the page."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it is shown.

    Attributes:
        box: what of it is shown.
        rotation: degrees by which it is turned clockwise to be shown.
        scale: units per millimetre.
    """

    box: Box
    rotation: int
    scale: float

    @classmethod
    def of(cls, page: PageObject) -> Self:
        """Read the page's own or inherited boxes.

        Raises:
            PdfUnreadable: they are no boxes, or show nothing.
        """
        media = _box(page.get("/MediaBox")) or _LETTER
        crop = _box(page.get("/CropBox")) or media
        box = (max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3]))
        unit = float(entry(page.entries, "/UserUnit", 1))
        rotation = int(str(page.get("/Rotate") or 0)) % 360
        shown = box[0] < box[2] and box[1] < box[3]
        if not shown or rotation % 90 or not 0 < unit <= _LARGEST_UNIT:
            raise PdfUnreadable(Text("页面尺寸或旋转角度有误", "a page's size or rotation is broken"))
        return cls(box, rotation, UNITS_PER_MM / unit)

    @property
    def width(self) -> float:
        """Millimetres from left to right as it is shown."""
        return self._sides[self.rotation % 180 == 90] / self.scale  # noqa: PLR2004 # lying on its side

    @property
    def height(self) -> float:
        """Millimetres from top to bottom as it is shown."""
        return self._sides[self.rotation % 180 != 90] / self.scale  # noqa: PLR2004 # lying on its side

    @property
    def _sides(self) -> tuple[float, float]:
        left, bottom, right, top = self.box
        return right - left, top - bottom

    def place(self, x: float, y: float, width: float, height: float) -> Box:
        """The box of what is ``width`` by ``height`` mm with its top left corner at (x, y).

        Raises:
            PlacementInvalid: it does not lie on the page.
        """
        right, bottom = self.width + _TOLERANCE, self.height + _TOLERANCE
        # false as well for what is not a number
        if not (x >= -_TOLERANCE and y >= -_TOLERANCE and x + width <= right and y + height <= bottom):
            size = f"{self.width:.0f} × {self.height:.0f} mm"
            raise PlacementInvalid(
                Text(f"印章超出页面（页面 {size}）", f"the seal would lie off the page, which is {size}")
            )
        first, second = self._point(x, y), self._point(x + width, y + height)
        return (
            min(first[0], second[0]),
            min(first[1], second[1]),
            max(first[0], second[0]),
            max(first[1], second[1]),
        )

    def _point(self, x: float, y: float) -> tuple[float, float]:
        left, bottom, right, top = self.box
        x, y = x * self.scale, y * self.scale
        return {
            0: (left + x, top - y),
            90: (left + y, bottom + x),
            180: (right - x, bottom + y),
            270: (right - y, top - x),
        }[self.rotation]

    def seen(self, x: float, y: float) -> tuple[float, float]:
        """A point in the page's own units in millimetres from the top left corner."""
        left, bottom, right, top = self.box
        across, down = {
            0: (x - left, top - y),
            90: (y - bottom, x - left),
            180: (right - x, y - bottom),
            270: (top - y, right - x),
        }[self.rotation]
        return across / self.scale, down / self.scale

    @property
    def upright(self) -> tuple[int, int, int, int, int, int]:
        """The matrix that turns an appearance so that it stands upright on the page as it is shown."""
        cos, sin = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}[self.rotation]
        return (cos, sin, -sin, cos, 0, 0)


def _box(found: generic.PdfObject | None) -> Box | None:
    if not isinstance(found, generic.ArrayObject) or len(found) != 4:  # noqa: PLR2004 # the corners of a box
        return None
    values = [float(found[place]) for place in range(4)]
    box = (min(values[0], values[2]), min(values[1], values[3]), max(values[0], values[2]), max(values[1], values[3]))
    return box if box[0] < box[2] and box[1] < box[3] else None
