"""An SVG drawn that is a seal's picture: shapes with plain colours; nothing is ever fetched or run.

What is not drawn (text, gradients, style sheets, references …) is named in the drawing's ``left_out``.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from PIL import ImageColor

from certs.seals.errors import PictureUnusable
from certs.seals.pictures.canvas import TOO_COMPLEX, Canvas, Colour
from certs.seals.pictures.drawing import Drawing, drawing, pixels
from certs.seals.pictures.geometry import (
    IDENTITY,
    Contour,
    Matrix,
    PathInvalid,
    Pen,
    checked,
    magnification,
    moved,
    outlines,
    product,
    scaled,
    turned,
)
from certs.seals.pictures.markup import Element, MarkupInvalid, read_markup
from certs.seals.pictures.ofd import DASHES, OBJECTS, PATHS, SHADES
from certs.seals.pictures.paths import numbers_of, svg_contours
from gateway.core.text import Text

DAMAGED: Final = Text("印章图片中的 SVG 已损坏", "the SVG in the seal's picture is damaged")
EFFECTS: Final = Text("裁剪、蒙版、滤镜与样式表", "clips, masks, filters and style sheets")

_SILENT = ("title", "desc", "metadata", "defs")
_STYLED = (
    "fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin", "stroke-dasharray", "fill-rule",
    "fill-opacity", "stroke-opacity", "color",
)  # fmt: skip
_EFFECTS = ("clip-path", "mask", "filter", "class")
_TRANSFORM = re.compile(r"\s*(matrix|translate|scale|rotate|skewX|skewY)\s*\(([^()]*)\)[\s,]*")
_LENGTH = re.compile(r"([-+0-9.eE]+)(?:px|mm|cm|pt|in)?")
_MOST_OBJECTS = 20_000


@dataclass(frozen=True, slots=True)
class _Place:
    """Where shapes stand, and the properties that they inherit."""

    matrix: Matrix
    style: Mapping[str, str]
    opacity: float = 1.0


def draw_svg(data: bytes, width: float, height: float, dots_per_inch: int) -> Drawing:
    """Draw the picture in the middle of so many millimetres, as large as fits.

    Raises:
        PictureUnusable: it is no SVG, or too large or too complex.
    """
    try:
        root = read_markup(data)
        if root.name != "svg":
            raise PictureUnusable(DAMAGED)
        size = pixels(width, height, dots_per_inch)
        painter = _Painter(Canvas(*size))
        painter.group(root, _Place(_fitted(root, size), {}))
    except (MarkupInvalid, PathInvalid) as error:
        raise PictureUnusable(DAMAGED) from error
    return drawing(painter.canvas.finish(), painter.left_out)


class _Painter:
    """Draws one document."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas: Final = canvas
        self.left_out: Final[list[Text]] = []
        self._objects = _MOST_OBJECTS

    def group(self, element: Element, place: _Place) -> None:
        """Draw what the element contains."""
        for child in element.children:
            self._objects -= 1
            if self._objects < 0:
                raise PictureUnusable(TOO_COMPLEX)
            if child.name not in _SILENT:
                self._draw(child, place)

    def _draw(self, element: Element, place: _Place) -> None:
        written = _declared(element)
        if any(written.get(name, "none") != "none" for name in _EFFECTS) or element.name == "style":
            self.left_out.append(EFFECTS)
        try:
            inside = replace(
                place,
                matrix=checked(product(_transform(element.get("transform")), place.matrix)),
                style={**place.style, **{name: written[name] for name in _STYLED if name in written}},
                opacity=place.opacity * _share(written.get("opacity", "1")),
            )
            if element.name in {"g", "svg", "a"}:
                self.group(element, inside)
            elif (shape := _SHAPES.get(element.name)) is not None:
                self._paint(shape(element, magnification(inside.matrix)), inside)
            elif element.name != "style":
                self.left_out.append(OBJECTS)
        except PathInvalid:
            self.left_out.append(PATHS)

    def _paint(self, contours: list[Contour], place: _Place) -> None:
        style = place.style
        if colour := self._colour(style.get("fill", "black"), style.get("fill-opacity", "1"), place):
            even_odd = style.get("fill-rule") == "evenodd"
            polygons = [contour.points for contour in contours]
            self.canvas.fill(polygons, place.matrix, colour, even_odd=even_odd)
        if colour := self._colour(style.get("stroke", "none"), style.get("stroke-opacity", "1"), place):
            if style.get("stroke-dasharray", "none") != "none":
                self.left_out.append(DASHES)
            cap, join = style.get("stroke-linecap", "butt"), style.get("stroke-linejoin", "miter")
            width = abs(_length(style.get("stroke-width", "1")))
            lines = outlines(contours, width, cap=cap.capitalize(), join=join.capitalize())
            self.canvas.fill(lines, place.matrix, colour)

    def _colour(self, text: str, opacity: str, place: _Place) -> Colour | None:
        text = text.strip()
        if text == "currentColor":
            text = place.style.get("color", "black")
        if text in {"none", "transparent"}:
            return None
        if text.startswith("url("):
            self.left_out.append(SHADES)
            return None
        try:
            red, green, blue, alpha = ImageColor.getcolor(text, "RGBA")  # type: ignore[misc] # of this mode it has four
        except ValueError:
            raise PathInvalid("a colour is none") from None
        return red, green, blue, round(alpha * place.opacity * _share(opacity))


def _declared(element: Element) -> Mapping[str, str]:
    """The element's properties; those of its ``style`` count more than its attributes."""
    pairs = (part.partition(":") for part in element.get("style").split(";"))
    return {**element.attributes, **{name.strip(): value.strip() for name, colon, value in pairs if colon}}


def _fitted(root: Element, size: tuple[int, int]) -> Matrix:
    """The way from the picture's units to pixels."""
    box = numbers_of(root.get("viewBox")) or [0.0, 0.0, _length(root.get("width")), _length(root.get("height"))]
    if len(box) != 4 or box[2] <= 0 or box[3] <= 0:  # noqa: PLR2004 # x, y, width, height
        raise PathInvalid("the picture has no size")
    scale = min(size[0] / box[2], size[1] / box[3])
    middle = (size[0] - box[2] * scale) / 2, (size[1] - box[3] * scale) / 2
    return product(product(moved(-box[0], -box[1]), scaled(scale, scale)), moved(*middle))


def _transform(text: str) -> Matrix:
    matrix, place = IDENTITY, 0
    text = text.strip()
    while place < len(text):
        match = _TRANSFORM.match(text, place)
        if match is None:
            raise PathInvalid("a transformation is none")
        matrix = product(_one_transform(match[1], numbers_of(match[2])), matrix)
        place = match.end()
    return matrix


def _one_transform(name: str, numbers: list[float]) -> Matrix:
    make = _TRANSFORMS.get((name, len(numbers)))
    if make is None:
        raise PathInvalid("a transformation is none")
    return make(*numbers)


def _slanted(x: float, y: float) -> Matrix:
    return 1.0, math.tan(math.radians(y)), math.tan(math.radians(x)), 1.0, 0.0, 0.0


_TRANSFORMS: Final[Mapping[tuple[str, int], Callable[..., Matrix]]] = {
    ("matrix", 6): lambda *numbers: numbers,
    ("translate", 1): lambda x: moved(x, 0),
    ("translate", 2): moved,
    ("scale", 1): lambda both: scaled(both, both),
    ("scale", 2): scaled,
    ("rotate", 1): turned,
    ("rotate", 3): lambda angle, x, y: product(product(moved(-x, -y), turned(angle)), moved(x, y)),
    ("skewX", 1): lambda angle: _slanted(angle, 0),
    ("skewY", 1): lambda angle: _slanted(0, angle),
}


def _length(text: str) -> float:
    """A length without its unit; all of one picture are taken to be of the same."""
    match = _LENGTH.fullmatch(text.strip())
    numbers = numbers_of(match[1]) if match else []
    if len(numbers) != 1:
        raise PathInvalid("a length is none")
    return numbers[0]


def _share(text: str) -> float:
    """A number between 0 and 1, perhaps in percent."""
    number = _length(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    return min(max(number, 0.0), 1.0)


# ---- shapes


def _path(element: Element, scale: float) -> list[Contour]:
    return svg_contours(element.get("d"), scale)


def _rectangle(element: Element, _: float) -> list[Contour]:
    x, y, width, height = (_length(element.get(name, "0")) for name in ("x", "y", "width", "height"))
    points = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    return [Contour(points, closed=True)]


def _ellipse(element: Element, scale: float) -> list[Contour]:
    x, y = _length(element.get("cx", "0")), _length(element.get("cy", "0"))
    radii = (_length(element.get("rx", element.get("r", "0"))), _length(element.get("ry", element.get("r", "0"))))
    pen = Pen(scale)
    pen.move((x - radii[0], y))
    for end in ((x + radii[0], y), (x - radii[0], y)):
        pen.arc(radii, 0.0, large=False, sweep=True, end=end)
    pen.close()
    return pen.contours


def _line(element: Element, _: float) -> list[Contour]:
    x1, y1, x2, y2 = (_length(element.get(name, "0")) for name in ("x1", "y1", "x2", "y2"))
    return [Contour([(x1, y1), (x2, y2)])]


def _polyline(element: Element, _: float) -> list[Contour]:
    numbers = numbers_of(element.get("points"))
    points = list(zip(numbers[::2], numbers[1::2], strict=False))
    return [Contour(points, closed=element.name == "polygon")] if points else []


_SHAPES: Final[Mapping[str, Callable[[Element, float], list[Contour]]]] = {
    "path": _path,
    "rect": _rectangle,
    "circle": _ellipse,
    "ellipse": _ellipse,
    "line": _line,
    "polyline": _polyline,
    "polygon": _polyline,
}
